"""The read-only gate refuses every operation that no collector declared, before it leaves the machine.

It is asked three times: for the operation's name, when a client is asked for it and again before botocore
builds the request, and for the request itself, right before it is sent. The last holds whatever led there: a
retry, a redirect, a handler that changed it, a model that says something else under a declared name.

An exact allowlist, because prefixes are none: GetSecretValue, GetFederationToken and GetSessionToken are
Get* operations too.
"""

from collections.abc import Iterable
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from botocore.model import OperationModel
from botocore.session import Session

from evidence.aws.custom_operations import custom_request
from evidence.aws.requests import pinned_requests
from evidence.errors import WriteRefusedError
from evidence.records import Operation

CALLER_IDENTITY = Operation("sts", "GetCallerIdentity", list_key="Account")
"""Always allowed: a run asks who it is at its start and at its end."""
ASSUME_ROLE = Operation("sts", "AssumeRole", list_key="Credentials")
"""Allowed in one place, the session that enters other accounts (`evidence.aws.roles`); it changes nothing."""


def allow_only(session: Session, operations: Iterable[Operation]) -> None:
    """Let clients of this session send the operations given, and nothing else.

    botocore copies a session's handlers into every client it creates. It emits `provide-client-params` before
    it validates, signs or presigns anything; `before-call` is asked a second time for the case that a library
    calls an operation without the first event; `before-send` is the last in every attempt. What installed
    packages declare is looked at here too: raises UsageError for what is not known to read alone.
    """
    operations = (*operations, CALLER_IDENTITY)
    allowed = frozenset((operation.service, operation.name) for operation in operations)
    requests = {pinned.event: pinned for name, pinned in pinned_requests().items() if name in allowed}
    foreign = (custom_request(operation) for operation in operations if operation.pin)
    requests |= {pinned.event: pinned for pinned in foreign}

    def refuse_others(model: OperationModel, **_: Any) -> None:
        name = (model.service_model.service_name, model.name)
        if name not in allowed:
            raise WriteRefusedError(*name)

    def refuse_changed(request: AWSPreparedRequest, event_name: str, **_: Any) -> None:
        _event, service, operation = event_name.split(".")
        pinned = requests.get(f"{service}.{operation}")
        if pinned is None:
            raise WriteRefusedError(service, operation, "what it sends is not pinned (`make requests`)")
        if difference := pinned.difference(request):
            raise WriteRefusedError(pinned.service, pinned.operation, difference)

    emitter = session.get_component("event_emitter")
    emitter.register_first("provide-client-params.*.*", refuse_others)
    emitter.register_first("before-call.*.*", refuse_others)
    emitter.register_last("before-send", refuse_changed)  # handlers of a shorter name come last
