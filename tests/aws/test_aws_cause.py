"""Failures become causes that a reader can act on."""

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from evidence.aws.cause import explain
from evidence.aws.failures import AnswerError, DeadlineError
from evidence.records import Cause

SCP = "User: x is not authorized to perform: y with an explicit deny in a service control policy"


def aws(code: str, message: str = "", status: int = 400) -> ClientError:
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Operation")


CASES = [
    (aws("AccessDenied"), Cause.PERMISSION_MISSING),
    (aws("AccessDeniedException"), Cause.PERMISSION_MISSING),
    (aws("UnauthorizedOperation"), Cause.PERMISSION_MISSING),
    (aws("AuthorizationError"), Cause.PERMISSION_MISSING),
    (aws("AccessDeniedException", SCP), Cause.DENIED_BY_SCP),
    (aws("AccessDenied", SCP), Cause.DENIED_BY_SCP),
    (aws("Throttling"), Cause.THROTTLED),
    (aws("TooManyRequestsException"), Cause.THROTTLED),
    (aws("Anything", status=429), Cause.THROTTLED),
    (aws("ExpiredToken"), Cause.CREDENTIALS_EXPIRED),
    (aws("ExpiredTokenException"), Cause.CREDENTIALS_EXPIRED),
    (aws("InvalidClientTokenId"), Cause.CREDENTIALS_EXPIRED),
    (aws("UnrecognizedClientException"), Cause.CREDENTIALS_EXPIRED),
    (aws("RequestExpired"), Cause.CLOCK_WRONG),
    (
        aws("InvalidSignatureException", "Signature expired: 20261001T060000Z is now earlier than …"),
        Cause.CLOCK_WRONG,
    ),
    (aws("SignatureDoesNotMatch", "Signature not yet current: 20261001T060000Z …"), Cause.CLOCK_WRONG),
    (aws("SubscriptionRequiredException"), Cause.SERVICE_NOT_ENABLED),
    (aws("AWSOrganizationsNotInUseException"), Cause.SERVICE_NOT_ENABLED),
    (aws("NoAvailableConfigurationRecorderException"), Cause.SERVICE_NOT_ENABLED),
    (aws("OptInRequired"), Cause.SERVICE_NOT_ENABLED),
    (aws("ExpiredNextTokenException"), Cause.ANSWER_INCOMPLETE),
    (aws("InvalidNextTokenException"), Cause.ANSWER_INCOMPLETE),
    (aws("ValidationException"), Cause.FAILED),
    (aws("com.amazonaws.sso#AccessDeniedException"), Cause.PERMISSION_MISSING),
    (EndpointConnectionError(endpoint_url="https://x"), Cause.UNREACHABLE),
    (ConnectTimeoutError(endpoint_url="https://x"), Cause.UNREACHABLE),
    (ReadTimeoutError(endpoint_url="https://x"), Cause.UNREACHABLE),
    (ResponseParserError("no XML"), Cause.ANSWER_INCOMPLETE),
    (AnswerError("no list"), Cause.ANSWER_INCOMPLETE),
    (DeadlineError("late"), Cause.DEADLINE),
    (NoCredentialsError(), Cause.CREDENTIALS_EXPIRED),
    (KeyError("Arn"), Cause.FAILED),
]


@pytest.mark.parametrize(("error", "cause"), CASES, ids=lambda value: str(value)[:40])
def test_cause(error: Exception, cause: Cause) -> None:
    assert explain(error, regional=False).cause is cause


@pytest.mark.parametrize("code", ["UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure"])
def test_credentials_refused_in_one_region_mean_that_the_region_is_disabled(code: str) -> None:
    assert explain(aws(code), regional=True).cause is Cause.REGION_DISABLED


def test_expired_credentials_are_no_disabled_region() -> None:
    assert explain(aws("ExpiredToken"), regional=True).cause is Cause.CREDENTIALS_EXPIRED


def test_a_message_is_one_bounded_line_without_what_was_signed() -> None:
    told = explain(
        aws("SignatureDoesNotMatch", "It does not match.\n\nx-amz-security-token:secret" + "x" * 2000),
        regional=False,
    )
    assert told.message == "It does not match."
    assert len(explain(aws("X", "y" * 9000), regional=False).message) == 500
