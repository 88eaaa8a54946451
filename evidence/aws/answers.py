"""Checks that AWS's answer is whole: boto3 takes HTML, `{}` and half a body for 'nothing found'."""

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.model import OperationModel
from botocore.session import Session

from evidence.aws.failures import AnswerError
from evidence.records import Operation

TOKEN_MEMBERS = ("NextToken", "nextToken", "Marker")
"""How AWS's services name their pagination token, in requests and in answers."""
MAX_PAGES = 20_000
_DIGESTED = frozenset({*TOKEN_MEMBERS, "ExternalId", "Policy"})
"""Parameters that the ledger shows as a digest: tokens, and AssumeRole's external id and session policy."""


class _LastExchange(threading.local):
    """The thread's last exchange, as seen on the wire, for what botocore does not hand on.

    Without `__slots__`: slots of a `threading.local` are shared by all threads.
    """

    def __init__(self) -> None:
        self.region = ""
        self.status = 0
        self.headers: Mapping[str, str] = {}


_seen = _LastExchange()


def watch(session: Session) -> None:
    """Look at every answer of this session's clients before botocore parses it."""
    emitter = session.get_component("event_emitter")
    emitter.register("before-sign.*.*", _before_sign)
    emitter.register("before-parse.*.*", _before_parse)


@contextmanager
def nested_exchange() -> Iterator[None]:
    """Let another exchange happen in the middle of one (credentials are renewed at signing)."""
    before = _seen.region, _seen.status, _seen.headers
    try:
        yield
    finally:
        _seen.region, _seen.status, _seen.headers = before


def start_attempt() -> None:
    """Start an attempt: nothing signed, no answer yet."""
    _seen.region, _seen.status, _seen.headers = "", 0, {}


def signed_for() -> str:
    """Return the region that this thread's last request was signed for: a global service has its own."""
    return _seen.region


def last_answer() -> tuple[int, Mapping[str, str]]:
    """Return HTTP status and headers of the answer this thread got last; 0 when none came."""
    return _seen.status, _seen.headers


def _before_sign(region_name: str, **_: Any) -> None:
    _seen.region = region_name


def _before_parse(response_dict: Mapping[str, Any], **_: Any) -> None:
    headers = {key.lower(): value for key, value in response_dict["headers"].items()}
    _seen.status, _seen.headers = response_dict["status_code"], headers
    check_body(response_dict["status_code"], headers, response_dict["body"])


def check_body(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Raise AnswerError for an answer shorter than it says, and for a web page in the place of a good one.

    AWS's own front doors refuse with web pages: those have a status that botocore takes for an error.
    """
    if status < 300 and headers.get("content-type", "").lower().startswith("text/html"):
        raise AnswerError("the answer is a web page, as a proxy sends, not AWS's")
    length = headers.get("content-length", "")
    if length.isdecimal() and "content-encoding" not in headers and len(body) != int(length):
        raise AnswerError(f"the answer was cut short: {len(body)} of {length} bytes")


def check_members(operation: Operation, answer: Mapping[str, Any]) -> None:
    """Raise AnswerError when the member that must be there is absent: `{}` is not an empty list."""
    if operation.list_key is not None and operation.list_key not in answer:
        raise AnswerError(f"the answer has no {operation.list_key}")


def count(operation: Operation, answer: Mapping[str, Any]) -> int | None:
    """Return how many members stand under the list key; 1 for a single structure, None without a key."""
    if operation.list_key is None:
        return None
    members = answer[operation.list_key]
    return len(members) if isinstance(members, list) else 1


def next_token(answer: Mapping[str, Any]) -> str | None:
    """Return the token of the page that follows, None when this is the last one.

    Raises AnswerError when AWS says that there is more and does not say where.
    """
    token: str | None = next((answer[name] for name in TOKEN_MEMBERS if answer.get(name)), None)
    if "IsTruncated" not in answer:
        return token
    if not answer["IsTruncated"]:
        return None
    if token is None:
        raise AnswerError("more pages follow, but the answer does not say where")
    return token


def token_parameter(model: OperationModel) -> str:
    """Return the parameter that takes the token. Raises AnswerError when the operation takes none."""
    members = model.input_shape.members if model.input_shape else {}
    for name in TOKEN_MEMBERS:
        if name in members:
            return name
    raise AnswerError(f"more pages follow, but {model.name} cannot ask for them")


class PageTokens:
    """The tokens one listing has used: a second use means that it would never end."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def use(self, token: str) -> None:
        """Raise AnswerError when the token was used before or too many pages were read."""
        mark = digest(token)
        if mark in self._used:
            raise AnswerError("a pagination token came back: the listing goes in circles")
        if len(self._used) >= MAX_PAGES:
            raise AnswerError(f"the listing has more than {MAX_PAGES} pages")
        self._used.add(mark)


def redact(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as the ledger shows them: pagination tokens and the like only as a digest."""
    return dict(_redacted(parameters))


def digest(token: str) -> str:
    """Return `sha256:` and 16 hex digits: enough to tell two tokens apart, too little to use one."""
    return f"sha256:{hashlib.sha256(token.encode()).hexdigest()[:16]}"


def _redacted(parameters: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in parameters.items():
        yield name, digest(str(value)) if name in _DIGESTED else value
