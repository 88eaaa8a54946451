"""Enters other accounts: assumes one role in each, narrowed by a session policy, and renews it in time.

The only place that calls AssumeRole. Its session is gated to that one operation; the credentials that come
of it sign requests of the collecting session, whose gate does not let AssumeRole through.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from botocore.credentials import RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from evidence.aws import answers
from evidence.aws.caller import RequestSender
from evidence.aws.calls import Question
from evidence.aws.cause import explain
from evidence.aws.failures import AnswerError, DeadlineError, Failure, RoleError
from evidence.aws.gate import ASSUME_ROLE
from evidence.clock import rfc3339
from evidence.records import Cause

ITEM = "sts.caller"
OPERATION = f"{ASSUME_ROLE.service}:{ASSUME_ROLE.name}"
SECONDS = 3600
"""How long a session lasts before it is renewed: what AWS grants through any chain of roles."""

_WHY = (
    (re.compile(r"no identity-based policy allows", re.I), Cause.PERMISSION_MISSING,
     "the caller's own policies do not allow sts:AssumeRole on it"),
    (re.compile(r"explicit deny in a service control policy", re.I), Cause.DENIED_BY_SCP,
     "a service control policy denies it"),
    (re.compile(r"explicit deny in a resource control policy", re.I), Cause.ROLE_NOT_ASSUMED,
     "a resource control policy denies it"),
    (re.compile(r"no (resource-based|role trust) policy allows|role trust policy", re.I),
     Cause.ROLE_NOT_ASSUMED, "the role's trust policy does not allow the caller"),
)  # fmt: skip
_UNTOLD = (
    "AWS does not say which of these it is: there is no such role, its trust policy does not name the "
    "caller or asks for another external id, or the caller may not assume it"
)
_DENIED = frozenset({"AccessDenied", "AccessDeniedException"})


@dataclass(frozen=True, slots=True)
class AssumedRole:
    """What is assumed in one account, and how."""

    arn: str
    session_name: str
    external_id: str | None
    policy: str
    """The session policy: what this session may do at most, whatever the role may."""


def assume_role(
    caller: RequestSender, role: AssumedRole, depth: int, now: Callable[[], datetime]
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


def _assume(caller: RequestSender, role: AssumedRole, depth: int, asked: datetime) -> dict[str, Any]:
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
    except (ClientError, BotoCoreError, ResponseParserError, AnswerError, DeadlineError) as error:
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
    cause, reason = next(
        ((cause, reason) for pattern, cause, reason in _WHY if pattern.search(failure.message)),
        (Cause.ROLE_NOT_ASSUMED, _UNTOLD),
    )
    said = f"{role.arn} could not be assumed: {reason}. AWS said: {failure.message}"
    return replace(failure, cause=cause, message=said)
