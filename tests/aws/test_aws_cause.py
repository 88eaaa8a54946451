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
from evidence.next_steps import REFUSALS
from evidence.records import DENIALS as ALL_DENIALS
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


def refused(words: str) -> str:
    return (
        f"User: arn:aws:sts::111122223333:assumed-role/audit/e is not authorized to perform: config:X {words}"
    )


DENIALS = {
    "with an explicit deny in a service control policy": Cause.DENIED_BY_SCP,
    "with an explicit deny in a service control policy: arn:aws:x::1:policy/p": Cause.DENIED_BY_SCP,
    "because no service control policy allows the config:X action": Cause.ALLOWED_BY_NO_SCP,
    "with an explicit deny in a resource control policy": Cause.DENIED_BY_RCP,
    "because no resource control policy allows the config:X action": Cause.DENIED_BY_RCP,
    "with an explicit deny in a permissions boundary": Cause.DENIED_BY_BOUNDARY,
    "because no permissions boundary allows the config:X action": Cause.DENIED_BY_BOUNDARY,
    "with an explicit deny in a session policy": Cause.DENIED_BY_SESSION_POLICY,
    "because no session policy allows the config:X action": Cause.DENIED_BY_SESSION_POLICY,
    "with an explicit deny in a VPC endpoint policy": Cause.DENIED_BY_ENDPOINT,
    "because no VPC endpoint policy allows the config:X action": Cause.DENIED_BY_ENDPOINT,
    "with an explicit deny in an identity-based policy": Cause.DENIED_BY_IDENTITY_POLICY,
    "because no identity-based policy allows the config:X action": Cause.PERMISSION_MISSING,
    "with an explicit deny in a resource-based policy": Cause.DENIED_BY_RESOURCE_POLICY,
    "because no resource-based policy allows the config:X action": Cause.DENIED_BY_RESOURCE_POLICY,
    "": Cause.PERMISSION_MISSING,
    "because no policy of a kind that is new allows the config:X action": Cause.PERMISSION_MISSING,
}


@pytest.mark.parametrize(("words", "cause"), DENIALS.items())
def test_the_policy_that_refuses_is_the_cause_and_says_what_to_do(words: str, cause: Cause) -> None:
    told = explain(aws("AccessDeniedException", refused(words)), regional=True)
    assert told.cause is cause
    step = REFUSALS.get(cause, "")
    assert told.message == " ".join(filter(None, (refused(words).strip(), step and f"What to do: {step}")))


def test_every_denial_but_a_missing_permission_has_a_step_of_its_own() -> None:
    assert set(REFUSALS) == (ALL_DENIALS - {Cause.PERMISSION_MISSING}) | {Cause.REFUSED_BY_KEY}


KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def about_a_key(code: str, reason: str, message: str) -> ClientError:
    error = aws(code, message)
    error.response["Reason"] = reason
    return error


@pytest.mark.parametrize(
    "error",
    [
        aws("AccessDeniedException", f"User: x is not authorized to perform: kms:Decrypt on resource: {KEY} "
            "because no resource-based policy allows the kms:Decrypt action"),
        about_a_key("AccessDeniedException", "KMS_ACCESS_DENIED", f"No access to {KEY}."),
        about_a_key("AccessDeniedException", "KMS_AccessDeniedException", f"No access to {KEY}."),
        about_a_key("ValidationException", "KMS_DISABLED", f"{KEY} is disabled."),
        about_a_key("ResourceNotFoundException", "KMS_KEY_NOT_FOUND", f"{KEY} is gone."),
    ],
)  # fmt: skip
def test_a_key_that_refuses_is_named(error: ClientError) -> None:
    told = explain(error, regional=False)
    assert told.cause is Cause.REFUSED_BY_KEY
    assert f"The key: {KEY}." in told.message


def test_a_key_that_aws_does_not_name_is_to_be_found_in_the_instances_record() -> None:
    told = explain(about_a_key("AccessDeniedException", "KMS_ACCESS_DENIED", "Denied."), regional=False)
    assert told.cause is Cause.REFUSED_BY_KEY
    assert "EncryptionConfigurationDetails in identity-center.instance" in told.message


def test_a_key_that_is_throttled_is_throttled() -> None:
    told = explain(about_a_key("ThrottlingException", "KMS_THROTTLING", "Slow down."), regional=False)
    assert told.cause is Cause.THROTTLED


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
