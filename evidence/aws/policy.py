"""Makes the IAM policy that lets the collectors read what they declare, and nothing else."""

import json
import threading
from collections.abc import Iterable
from functools import cache
from typing import Any

from evidence.aws.gate import CALLER_IDENTITY
from evidence.aws.models import open_session
from evidence.errors import UsageError
from evidence.records import Operation

SID = "EvidenceReadOnly"
ENTERS = "EvidenceEntersAccounts"
SESSION_POLICY_LENGTH = 2_048
"""Characters that AssumeRole takes as a session policy."""

_reading = threading.Lock()
"""One model in memory at a time: they take up to 15 MB, and accounts are entered side by side."""


def actions(operations: Iterable[Operation]) -> list[str]:
    """Return the IAM actions that authorise the operations, sorted, each once.

    The prefix is the service's name in request signatures (botocore's model): `access-analyzer` for boto3's
    `accessanalyzer`, `sso` for `sso-admin`. Where AWS authorises an operation under another name, the
    operation's declaration says so.
    """
    return sorted({action for operation in (*operations, CALLER_IDENTITY) for action in _actions(operation)})


def _actions(operation: Operation) -> Iterable[str]:
    if operation.iam_actions:
        return operation.iam_actions
    return (f"{signing_name(operation.service)}:{operation.name}",)


def signing_name(service: str) -> str:
    """Return a service's name in signatures and policies. Raises BotoCoreError for one that is unknown."""
    with _reading:
        return _read_signing_name(service)


@cache
def _read_signing_name(service: str) -> str:
    """Read a service's model for one word of it, once: every account that is entered gets a policy."""
    name: str = open_session().get_service_model(service).signing_name
    return name


def document(operations: Iterable[Operation], *more: dict[str, Any]) -> dict[str, Any]:
    """Return the policy document; `more` are statements beside the one for the operations."""
    read = {"Sid": SID, "Effect": "Allow", "Action": actions(operations), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [read, *more]}


def assume_role_statement(roles: Any) -> dict[str, Any]:
    """Return the statement that lets the caller assume the roles in other accounts; `roles` is a resource."""
    return {"Sid": ENTERS, "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": roles}


def session_policy(operations: Iterable[Operation]) -> str:
    """Return the policy of a session in an assumed role: what the role may do, it may do no more than this.

    Raises UsageError when AWS would not take it (AssumeRole's parameter Policy: 2,048 characters).
    """
    statement = {"Effect": "Allow", "Action": actions(operations), "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
    if len(text) > SESSION_POLICY_LENGTH:
        raise UsageError(
            f"The session policy of {len(statement['Action'])} actions has {len(text):,} characters; "
            f"AWS takes {SESSION_POLICY_LENGTH:,}.",
            "Leave items out with --exclude-item: a wider policy is never used instead.",
        )
    return text
