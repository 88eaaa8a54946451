"""Remembers AssumeRole sessions: whose a key is, and what its session policy leaves of the role.

moto's AssumeRole checks nothing. AWS checks that the role exists, that its trust policy names the caller,
the external id, and the size of the session policy; and it answers no call that the session policy does not
allow.
"""

import base64
import json
import threading
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence.demo_account.aws_error import AwsError

POLICY_LENGTH = 2_048
AUTHORISED_AS = {"ListFindingsV2": "ListFindings", "GetFindingV2": "GetFinding"}
"""Operations that IAM knows under another name."""
FREE = ("sts:GetCallerIdentity",)
"""Needs no permission."""


@dataclass(frozen=True, slots=True)
class RoleSession:
    """One session of an assumed role."""

    account: str
    role: str
    name: str
    actions: frozenset[str] | None
    """What the session policy allows; None without one."""
    expires: datetime

    @property
    def arn(self) -> str:
        """As GetCallerIdentity tells it."""
        return f"arn:aws:sts::{self.account}:assumed-role/{self.role}/{self.name}"


_sessions: dict[str, RoleSession] = {}
_guard = threading.Lock()


def forget() -> None:
    """Drop all sessions."""
    with _guard:
        _sessions.clear()


def remember_session(key: str, session: RoleSession) -> None:
    """Remember whose an access key is."""
    with _guard:
        _sessions[key] = session


def token(key: str, session: RoleSession) -> str:
    """Return a session token that holds the session itself, as AWS's do; `restore_session` reads it."""
    allowed = None if session.actions is None else sorted(session.actions)
    told = [key, session.account, session.role, session.name, allowed, session.expires.isoformat()]
    return base64.b64encode(zlib.compress(json.dumps(told).encode())).decode()


def restore_session(key: str, given: str) -> None:
    """Remember the session of a key that another process gave out, from the token sent along."""
    if not given or key in _sessions:
        return
    try:
        told = json.loads(zlib.decompress(base64.b64decode(given)))
        whose, account, role, name, allowed, expires = told
        may = None if allowed is None else frozenset(allowed)
        session = RoleSession(account, role, name, may, datetime.fromisoformat(expires))
    except (ValueError, TypeError, zlib.error):
        return  # not a token of ours: any credentials are the management account's
    if whose == key:
        remember_session(key, session)


def session_of(key: str) -> RoleSession | None:
    """Return the session of an access key, None for any other key."""
    return _sessions.get(key)


def actions(policy: str | None) -> frozenset[str] | None:
    """Return the actions of a session policy; raises AwsError for one that AWS would not take."""
    if not policy:
        return None
    if len(policy) > POLICY_LENGTH:
        raise AwsError("ValidationError", f"'policy' must have length less than or equal to {POLICY_LENGTH}")
    try:
        statements = json.loads(policy)["Statement"]
        return frozenset(action for statement in statements for action in statement["Action"])
    except (ValueError, KeyError, TypeError):
        raise AwsError("MalformedPolicyDocument", "The session policy is malformed.") from None


def check(key: str, service: str, operation: str) -> None:
    """Raise AwsError unless the session policy of the key, where there is one, allows the operation."""
    session = session_of(key)
    if session is None or session.actions is None:
        return
    action = f"{service}:{AUTHORISED_AS.get(operation, operation)}"
    if action not in session.actions and action not in FREE:
        raise AwsError(
            "AccessDeniedException",
            f"User: {session.arn} is not authorized to perform: {action} because no session policy allows "
            f"the {action} action",
            403,
        )


def trusts(trust: Mapping[str, Any], caller: str, external_id: str | None) -> bool:
    """Say whether a role's trust policy lets a caller (an account's id) in, with the external id it gives."""
    for statement in trust["Statement"]:
        principals = statement.get("Principal", {}).get("AWS", [])
        named = [principals] if isinstance(principals, str) else principals
        asked = statement.get("Condition", {}).get("StringEquals", {}).get("sts:ExternalId")
        if any(f":{caller}:" in f"{arn}:" for arn in named) and asked in (None, external_id):
            return True
    return False
