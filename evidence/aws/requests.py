"""Holds a request that is about to be sent against what its operation sends, as pinned in `requests.json`.

The gate knows operations by name. A name says nothing of what leaves the machine: that follows from the model
behind it, and from whatever has changed the request since. So the prepared request itself is looked at.

What is pinned is what tells AWS which operation it is to execute, and no more than that:

- Where all of a service's operations are posted to one address (protocols query, ec2, json), AWS goes by the
  name in the request: `Action` in the form, or `X-Amz-Target`. Each that is there must be the declared one.
  Services go from one of these protocols to another with a release of botocore, so that neither the protocol
  nor the prefix of the target is pinned.
- Where operations differ by method and path (rest-json, rest-xml), these are pinned, and the names that may
  stand in the query.
- A service of either kind may become one of Smithy's RPC protocols: then the declared name is in the path.

A service that goes from names to paths would be refused: no pinned name says which path is the right one. AWS
has never done that under the same name. It takes a release of this program with another table.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.model import OperationModel

FILE = Path(__file__).with_name("requests.json")
_LABEL = re.compile(r"\\\{\w+\\\}")
_ONE_SEGMENT = r"(?!\.\.?(?:/|\Z))[^/]+"
"""What a label in a path stands for; `..` would lead to another path."""


class PathNotPlainError(ValueError):
    """What tells an operation apart is more than a path of plain labels."""


@dataclass(frozen=True, slots=True)
class PinnedRequest:
    """What an operation sends."""

    service: str
    """boto3's client name."""
    operation: str
    event: str
    """Service and operation as botocore's events name them: `config-service.DescribeConfigRules`."""
    method: str
    path: str
    """As in AWS's model: `/analyzer/{analyzerName}/archive-rule`."""
    query: tuple[str, ...] = ()
    """The parameters that may stand in the query."""

    def difference(self, request: AWSPreparedRequest) -> str:
        """Return in what a prepared request is not this one, in words; nothing when it is."""
        url = urlsplit(_text(request.url))
        rpc = "smithy-protocol" in request.headers
        method = "POST" if rpc else self.method
        if request.method != method:
            return f"what would be sent is {request.method}, not {method}"
        if url.fragment or not self._may_ask(url, rpc):
            return "its address has a query that is not the operation's"
        if not re.fullmatch(self._rpc_path() if rpc else self._rest_path(), url.path):
            return "its path is not the operation's"
        if not rpc and self.path == "/" and _named(request) != {self.operation}:
            return "what would be sent names another operation"
        return ""

    def _may_ask(self, url: SplitResult, rpc: bool) -> bool:
        asked = {name for name, _ in parse_qsl(url.query, keep_blank_values=True)}
        return asked <= (set() if rpc else set(self.query))

    def _rpc_path(self) -> str:
        return rf"/service/[\w.]+/operation/{self.operation}"

    def _rest_path(self) -> str:
        return _LABEL.sub(lambda _: _ONE_SEGMENT, re.escape(self.path))


@cache
def pinned_requests() -> dict[tuple[str, str], PinnedRequest]:
    """Return what each operation sends that this program may call, by boto3's client name and operation."""
    rows = json.loads(FILE.read_text(encoding="utf-8"))
    requests = (PinnedRequest(**row | {"query": tuple(row["query"])}) for row in rows)
    return {(request.service, request.operation): request for request in requests}


def request_of(model: OperationModel) -> PinnedRequest:
    """Return what an operation sends by a botocore model.

    Raises PathNotPlainError for a path that this module could not hold a request against.
    """
    path: str = model.http["requestUri"]
    named = not model.service_model.resolved_protocol.startswith("rest")
    if not re.fullmatch(r"[\w/{}.-]+", path) or (path == "/" and not named):
        raise PathNotPlainError(f"{model.name} is told apart by more than a path of plain labels: {path}")
    members: dict[str, Any] = model.input_shape.members if model.input_shape else {}
    query = {
        shape.serialization.get("name", name)
        for name, shape in members.items()
        if shape.serialization.get("location") == "querystring"
    }
    service = model.service_model
    event = f"{service.service_id.hyphenize()}.{model.name}"
    return PinnedRequest(
        service.service_name, model.name, event, model.http["method"], path, tuple(sorted(query))
    )


def _named(request: AWSPreparedRequest) -> set[str]:
    """Return the operations that a request names, in whatever way."""
    target = _text(request.headers.get("X-Amz-Target"))
    names = {target.rpartition(".")[2]} if target else set()
    if not target or "form" in _text(request.headers.get("Content-Type")).lower():
        fields = parse_qsl(_text(request.body), keep_blank_values=True)
        names |= {value for name, value in fields if name.lower() == "action"}
    return names


def _text(value: Any) -> str:
    """Return a header or a body as text: botocore leaves bytes, text or nothing."""
    return value.decode("latin-1") if isinstance(value, bytes | bytearray) else str(value or "")
