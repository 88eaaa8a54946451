"""Simulates STS: GetCallerIdentity, and AssumeRole with the checks that AWS makes and moto does not."""

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from evidence.demo_account import sessions
from evidence.demo_account.answers import AnswerContext, answers
from evidence.demo_account.aws_error import AwsError
from evidence.demo_account.ids import CALLER_ARN, digest, unique_id
from evidence.demo_account.wire import ApiRequest


@answers("sts", "GetCallerIdentity")
def caller_identity(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Return the session that the key belongs to; any other key is that of one session of one role."""
    session = sessions.session_of(call.key)
    if session is not None:
        user = f"{unique_id('AROA', f'{session.account} {session.role}')}:{session.name}"
        return {"Account": session.account, "Arn": session.arn, "UserId": user}
    return {
        "Account": context.account,
        "Arn": CALLER_ARN,
        "UserId": f"{unique_id('AROA', 'EvidenceCollector')}:evidence",
    }


@answers("sts", "AssumeRole")
def assume_role(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Give a session of a role that exists, trusts the caller, and is asked for with its external id."""
    given = call.parameters
    arn, name = str(given["RoleArn"]), str(given["RoleSessionName"])
    account, role = arn.split(":")[4], arn.rsplit("/", 1)[-1]
    if not _trusted(context.neighbour(account), arn, call.account, given.get("ExternalId")):
        raise AwsError(
            "AccessDenied",
            f"User: {CALLER_ARN} is not authorized to perform: sts:AssumeRole on resource: {arn}",
            403,
        )
    until = (call.received or context.now) + timedelta(seconds=int(given.get("DurationSeconds") or 3600))
    session = sessions.RoleSession(account, role, name, sessions.actions(given.get("Policy")), until)
    key = unique_id("ASIA", f"{account} {call.request_id}")[:20]
    sessions.remember_session(key, session)
    return {
        "Credentials": {
            "AccessKeyId": key,
            "SecretAccessKey": base64.b64encode(digest("secret", key)).decode()[:40],
            "SessionToken": sessions.token(key, session),
            "Expiration": until,
        },
        "AssumedRoleUser": {"AssumedRoleId": f"{unique_id('AROA', f'{account} {role}')}:{name}",
                            "Arn": session.arn},
        "PackedPolicySize": len(given.get("Policy") or "") * 100 // sessions.POLICY_LENGTH,
    }  # fmt: skip


def _trusted(there: AnswerContext | None, arn: str, caller: str, external_id: str | None) -> bool:
    """Say whether the role is in the account `there`, None where nobody can enter, and lets the caller in."""
    found = [role for role in there.iam.roles.values() if role.arn == arn] if there else []
    return any(
        sessions.trusts(json.loads(role.assume_role_policy_document), caller, external_id) for role in found
    )
