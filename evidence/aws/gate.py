"""The read-only gate refuses every operation that no collector declared, before it leaves the machine.

An exact allowlist, because prefixes are none: GetSecretValue, GetFederationToken and GetSessionToken are
Get* operations too.
"""

from collections.abc import Iterable
from typing import Any

from botocore.model import OperationModel
from botocore.session import Session

from evidence.errors import WriteRefusedError
from evidence.records import Operation

CALLER_IDENTITY = Operation("sts", "GetCallerIdentity", list_key="Account")
"""Always allowed: a run asks who it is at its start and at its end."""
ASSUME_ROLE = Operation("sts", "AssumeRole", list_key="Credentials")
"""Allowed in one place, the session that enters other accounts (`evidence.aws.roles`); it changes nothing."""


def allow_only(session: Session, operations: Iterable[Operation]) -> None:
    """Let clients of this session send the operations given, and nothing else.

    botocore copies a session's handlers into every client it creates, and emits `provide-client-params`
    before it validates, signs or presigns anything. `before-call` is asked a second time, right before
    sending, for the case that a library calls an operation without the first event.
    """
    allowed = frozenset((operation.service, operation.name) for operation in (*operations, CALLER_IDENTITY))

    def refuse(model: OperationModel, **_: Any) -> None:
        name = (model.service_model.service_name, model.name)
        if name not in allowed:
            raise WriteRefusedError(*name)

    emitter = session.get_component("event_emitter")
    emitter.register_first("provide-client-params.*.*", refuse)
    emitter.register_first("before-call.*.*", refuse)
