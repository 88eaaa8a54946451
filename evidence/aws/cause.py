"""Turns a failure into the cause that a gap names."""

import re

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    ResponseStreamingError,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as BotoConnectionError
from botocore.parsers import ResponseParserError

from evidence.aws.denials import is_about_a_key, next_step, refusing_policy
from evidence.aws.failures import AnswerError, DeadlineError, Failure, NotEnabledError, RoleError
from evidence.aws.retry import code_of, is_throttling
from evidence.aws.scrubbing import without_secrets
from evidence.records import Cause

PERMISSION = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AccountNotManagementOrDelegatedAdministratorException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "ForbiddenException",
        "NotAuthorized",
        "NotAuthorizedException",
        "OrganizationAccessDeniedException",
        "UnauthorizedException",
        "UnauthorizedOperation",
    }
)
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
SKEWED = frozenset({"RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed"})
REFUSED_CREDENTIALS = frozenset(
    {
        "AuthFailure",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
"""What a region that is not enabled answers too, to credentials that are fine elsewhere."""
NOT_ENABLED = frozenset(
    {
        "AWSOrganizationsNotInUseException",
        "OptInRequired",
        "OptInRequiredException",
        "ServiceAccessNotEnabledException",
        "ServiceNotEnabledException",
        "SubscriptionRequired",
        "SubscriptionRequiredException",
    }
)
TOKEN_EXPIRED = frozenset(
    {
        "ExpiredNextToken",
        "ExpiredNextTokenException",
        "ExpiredPaginationToken",
        "ExpiredPaginationTokenException",
        "InvalidMarker",
        "InvalidNextToken",
        "InvalidNextTokenException",
        "InvalidPaginationToken",
        "InvalidPaginationTokenException",
    }
)
"""A listing that broke off between two pages: what was read is no population."""
_CLOCK = re.compile(r"signature (expired|not yet current)", re.IGNORECASE)
"""How AWS refuses a request that was signed by a clock more than some minutes off (Signature Version 4)."""
_MESSAGE_LENGTH = 500


def explain(error: Exception, *, regional: bool) -> Failure:
    """Return why a call failed; `regional` says that only one region's evidence was asked for."""
    if isinstance(error, RoleError):
        return error.failure
    cause, said = _cause(error, regional), message(error)
    # A policy that refuses, or a key, is not mended by the permissions that the collectors ask for.
    step = next_step(cause, said)
    return Failure(cause, error_code(error), " ".join(filter(None, (said, step and f"What to do: {step}"))))


def error_code(error: Exception) -> str:
    """Return AWS's error code, or the name of the error where AWS gave none."""
    if isinstance(error, ClientError):
        return code_of(error) or "Unknown"
    if isinstance(error, RoleError):
        return error.failure.error_code
    return type(error).__name__


def message(error: Exception) -> str:
    """Return one line of what was said, bounded, without credentials and where this runs.

    Only the first line: SignatureDoesNotMatch goes on with the signed headers, session token included.
    """
    text = str(error)
    if isinstance(error, ClientError):
        text = str(error.response.get("Error", {}).get("Message", "")) or text
    return without_secrets((text.strip().splitlines() or [""])[0])[:_MESSAGE_LENGTH]


def _cause(error: Exception, regional: bool) -> Cause:
    if isinstance(error, ClientError):
        if is_about_a_key(error, message(error)) and not is_throttling(error):
            return Cause.REFUSED_BY_KEY
        return _aws_cause(error, code_of(error), regional)
    for kinds, cause in _BY_TYPE:
        if isinstance(error, kinds):
            return cause
    return Cause.FAILED


_BY_TYPE: tuple[tuple[tuple[type[Exception], ...], Cause], ...] = (
    ((DeadlineError,), Cause.DEADLINE),
    ((NotEnabledError,), Cause.SERVICE_NOT_ENABLED),
    (
        (AnswerError, ResponseParserError, IncompleteReadError, ResponseStreamingError, UnicodeError),
        Cause.ANSWER_INCOMPLETE,
    ),
    (
        (
            NoCredentialsError,
            PartialCredentialsError,
            CredentialRetrievalError,
            TokenRetrievalError,
            SSOError,
        ),
        Cause.CREDENTIALS_EXPIRED,
    ),
    ((HTTPClientError, BotoConnectionError), Cause.UNREACHABLE),
    ((BotoCoreError,), Cause.FAILED),
)


def _aws_cause(error: ClientError, code: str, regional: bool) -> Cause:
    if is_throttling(error):
        return Cause.THROTTLED
    if code in SKEWED or _CLOCK.match(message(error)):
        return Cause.CLOCK_WRONG
    if code in PERMISSION:
        return refusing_policy(message(error))
    if code in REFUSED_CREDENTIALS:
        return Cause.REGION_DISABLED if regional else Cause.CREDENTIALS_EXPIRED
    if code.startswith("NoAvailable"):
        return Cause.SERVICE_NOT_ENABLED
    return next((cause for codes, cause in _BY_CODE if code in codes), Cause.FAILED)


_BY_CODE = (
    (EXPIRED, Cause.CREDENTIALS_EXPIRED),
    (NOT_ENABLED, Cause.SERVICE_NOT_ENABLED),
    (TOKEN_EXPIRED, Cause.ANSWER_INCOMPLETE),
)
