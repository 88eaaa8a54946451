"""Enters other accounts: assumes one role in each, narrowed by a session policy, and renews it in time.

The only place that calls AssumeRole. Its session is gated to that one operation; the credentials that come
of it sign requests of the collecting session, whose gate does not let AssumeRole through.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from botocore.credentials import RefreshableCredentials

from evidence.aws import answers
from evidence.aws.caller import Answer
from evidence.aws.calls import Question
from evidence.aws.cause import explain
from evidence.aws.failures import CALL_ERRORS, Failure, RoleError
from evidence.aws.gate import ASSUME_ROLE
from evidence.clock import rfc3339
from evidence.records import Cause

ITEM = "sts.caller"
OPERATION = f"{ASSUME_ROLE.service}:{ASSUME_ROLE.name}"
SECONDS = 3600
"""How long a session lasts before it is renewed: what AWS grants through any chain of roles."""

_WHY = {
    Cause.DENIED_BY_SCP: "a service control policy denies it",
    Cause.ALLOWED_BY_NO_SCP: "no service control policy allows it",
    Cause.DENIED_BY_RCP: "a resource control policy denies it",
    Cause.DENIED_BY_BOUNDARY: "the caller's permissions boundary does not let it through",
    Cause.DENIED_BY_SESSION_POLICY: "the policy of the caller's session does not let it through",
    Cause.DENIED_BY_ENDPOINT: "the policy of the VPC endpoint on the way does not let it through",
    Cause.DENIED_BY_IDENTITY_POLICY: "the caller's own policies deny it",
}
_OWN = re.compile(r"no identity-based policy allows", re.I)
_OWN_WORDS = "the caller's own policies do not allow sts:AssumeRole on it"
_TRUST = re.compile(r"role trust policy", re.I)
_TRUST_WORDS = "the role's trust policy does not allow the caller"
_UNTOLD = (
    "AWS does not say which of these it is: there is no such role, its trust policy does not name the "
    "caller or asks for another external id, or the caller may not assume it"
)
_DENIED = frozenset({"AccessDenied", "AccessDeniedException"})


class QuestionSender(Protocol):
    """Asks AWS in one account; a `RequestSender` does."""

    def ask(self, question: Question) -> Answer:
        """Return AWS's answer; raises one of CALL_ERRORS."""
        ...


@dataclass(frozen=True, slots=True)
class AssumedRole:
    """What is assumed in one account, and how."""

    arn: str
    session_name: str
    external_id: str | None
    policy: str
    """The session policy: what this session may do at most, whatever the role may."""


def assume_role(
    caller: QuestionSender, role: AssumedRole, depth: int, now: Callable[[], datetime]
) -> RefreshableCredentials:
    """Assume a role; return credentials that are renewed before they expire, however long the run takes.

    `caller` asks in the name of whoever runs this, behind the gate for AssumeRole; `depth` is the call's own.
    Raises RoleError, then and whenever renewing fails.
    """

    def again() -> dict[str, Any]:
        with answers.nested_exchange():
            return _assume(caller, role, depth, now())

    first = _assume(caller, role, depth, now())
    return RefreshableCredentials(
        first["access_key"],
        first["secret_key"],
        first["token"],
        datetime.fromisoformat(first["expiry_time"]),
        refresh_using=again,
        method="assume-role",
        time_fetcher=now,
    )


def _assume(caller: QuestionSender, role: AssumedRole, depth: int, asked: datetime) -> dict[str, Any]:
    """Return the credentials, as botocore takes them.

    They expire so long after they were asked for, by the local clock: AWS's Expiration would be read with a
    clock that may be hours off.
    """
    parameters: dict[str, Any] = {
        "RoleArn": role.arn,
        "RoleSessionName": role.session_name,
        "DurationSeconds": SECONDS,
        "Policy": role.policy,
    }
    if role.external_id:
        parameters["ExternalId"] = role.external_id
    try:
        answer = caller.ask(Question(ASSUME_ROLE, parameters, ITEM, "", depth)).payload or {}
    except CALL_ERRORS as error:
        raise RoleError(_why(role, error)) from error
    given = answer["Credentials"]
    return {
        "access_key": given["AccessKeyId"],
        "secret_key": given["SecretAccessKey"],
        "token": given["SessionToken"],
        "expiry_time": rfc3339(asked + timedelta(seconds=SECONDS)),
    }


def _why(role: AssumedRole, error: Exception) -> Failure:
    """Return why, as exactly as AWS's words tell."""
    failure = replace(explain(error, regional=False), operation=OPERATION)
    if failure.error_code not in _DENIED:
        return replace(failure, message=f"{role.arn} could not be assumed: {failure.message}")
    cause, reason = _reason(failure)
    said = f"{role.arn} could not be assumed: {reason}. AWS said: {failure.message}"
    return replace(failure, cause=cause, message=said)


def _reason(failure: Failure) -> tuple[Cause, str]:
    if failure.cause in _WHY:
        return failure.cause, _WHY[failure.cause]
    if _OWN.search(failure.message):
        return Cause.PERMISSION_MISSING, _OWN_WORDS
    if failure.cause is Cause.DENIED_BY_RESOURCE_POLICY or _TRUST.search(failure.message):
        return Cause.ROLE_NOT_ASSUMED, _TRUST_WORDS
    return Cause.ROLE_NOT_ASSUMED, _UNTOLD
