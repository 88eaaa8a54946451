"""Turns a failure into the cause that a gap names."""

import re

from botocore.exceptions import ClientError

from evidence.aws.denials import is_about_a_key, next_step, refusing_policy
from evidence.aws.failures import AnswerError, DeadlineError, Failure, NotEnabledError, RoleError
from evidence.aws.retry import code_of, is_throttling, source_of
from evidence.aws.scrubbing import without_secrets
from evidence.errors import CredentialsError
from evidence.foreign import CredentialSourceError, ForeignKind, diagnose
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
    source = source_of(error)
    if isinstance(source, ClientError):
        return code_of(source) or "Unknown"
    if isinstance(error, RoleError):
        return error.failure.error_code
    return type(source).__name__


def message(error: Exception) -> str:
    """Return what was said in one bounded clause: AWS's words without credentials, else words of ours.

    Of AWS's only the first line: SignatureDoesNotMatch goes on with the signed headers, session token
    included. No library's and no system's: see `evidence.foreign`.
    """
    source = source_of(error)
    if isinstance(source, ClientError):
        said = str(source.response.get("Error", {}).get("Message", "")).strip()
        said = without_secrets(said.partition("\n")[0].rstrip())[:_MESSAGE_LENGTH] or "AWS gave no message"
        return said if source is error else f"{error}: {said}"
    return diagnose(error).clause[:_MESSAGE_LENGTH]


def credentials_error(error: CredentialSourceError) -> CredentialsError:
    """Return the error that a failed source of credentials ends a run with."""
    said = message(error)
    return CredentialsError(
        f"{said[:1].upper()}{said[1:]} ({error_code(error)}).".replace("..", "."), diagnose(error).advice
    )


def _cause(error: Exception, regional: bool) -> Cause:
    if isinstance(error, ClientError):
        if is_about_a_key(error, message(error)) and not is_throttling(error):
            return Cause.REFUSED_BY_KEY
        return _aws_cause(error, code_of(error), regional)
    for kinds, cause in _BY_TYPE:
        if isinstance(error, kinds):
            return cause
    return _BY_KIND.get(diagnose(error).kind, Cause.FAILED)


_BY_TYPE: tuple[tuple[tuple[type[Exception], ...], Cause], ...] = (
    ((DeadlineError,), Cause.DEADLINE),
    ((NotEnabledError,), Cause.SERVICE_NOT_ENABLED),
    ((AnswerError, UnicodeError), Cause.ANSWER_INCOMPLETE),
)
_BY_KIND = {
    ForeignKind.CREDENTIALS: Cause.CREDENTIALS_EXPIRED,
    ForeignKind.NETWORK: Cause.UNREACHABLE,
    ForeignKind.ANSWER: Cause.ANSWER_INCOMPLETE,
}


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
