"""Asks AWS who is calling (sts GetCallerIdentity), and says what its failures mean for the whole run."""

from dataclasses import dataclass

from evidence.aws.caller import RequestSender
from evidence.aws.calls import Question
from evidence.aws.cause import EXPIRED, credentials_error, explain, message
from evidence.aws.failures import CALL_ERRORS, Failure
from evidence.aws.gate import CALLER_IDENTITY
from evidence.errors import CredentialsError, EndpointError, EvidenceError, PermissionMissingError
from evidence.foreign import CredentialSourceError, diagnose
from evidence.next_steps import REFUSALS
from evidence.records import DENIALS, Cause

ITEM = "sts.caller"
FILE = "run.json"


@dataclass(frozen=True, slots=True)
class CallerIdentity:
    """The identity AWS saw."""

    account: str
    arn: str
    user_id: str


class CallerDeniedError(PermissionMissingError):
    """AWS took the credentials, and does not tell their owner who it is."""

    def __init__(self, failure: Failure, message: str) -> None:
        super().__init__(message, REFUSALS.get(failure.cause, ""))
        self.failure = failure


def identify(caller: RequestSender, depth: int) -> CallerIdentity:
    """Ask AWS who is calling.

    Raises CredentialsError when AWS does not take the credentials, EndpointError when it cannot be reached,
    CallerDeniedError when even this is denied.
    """
    try:
        answer = caller.ask(Question(CALLER_IDENTITY, {}, ITEM, FILE, depth)).payload or {}
    except CALL_ERRORS as error:
        raise _reason(error) from error
    except ValueError as error:  # botocore's word for an AWS_ENDPOINT_URL that is no URL
        raise EndpointError("AWS cannot be asked: the endpoint that is set is no URL.") from error
    return CallerIdentity(answer["Account"], answer["Arn"], answer["UserId"])


def _reason(error: Exception) -> EvidenceError:
    failure = explain(error, regional=False)
    if isinstance(error, CredentialSourceError):
        return credentials_error(error)
    if failure.error_code in EXPIRED:
        return CredentialsError("The AWS credentials have expired.")
    if failure.cause is Cause.CREDENTIALS_EXPIRED:
        return CredentialsError(
            f"AWS does not take the credentials: {message(error)} ({failure.error_code})."
        )
    if failure.cause is Cause.CLOCK_WRONG:
        return EndpointError(
            f"AWS refuses requests signed at this machine's time: {message(error)}.",
            "Set the clock (timedatectl, sntp) and run again.",
        )
    if failure.cause in DENIALS:
        return CallerDeniedError(failure, f"AWS does not let the caller ask who it is: {message(error)}.")
    return EndpointError(
        f"AWS cannot be asked: {message(error)} ({failure.error_code}).", diagnose(error).advice
    )
