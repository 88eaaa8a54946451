"""Gives a request that meets a fault its faulty answer."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

from evidence.demo_account import wire
from evidence.demo_account.aws_error import AwsError
from evidence.demo_account.ids import CALLER_ARN
from evidence.demo_account.paging import TOKENS, sent_token
from evidence.demo_account.wire import ApiRequest, HttpAnswer
from tests.aws_server.faults import Fault, message_of

CLOCK_AHEAD = timedelta(minutes=10)
HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><p>Corporate proxy<br></body></html>"


class NoAnswer(ConnectionError):  # noqa: N818 - no error of the demo account's: it is what the client is to meet
    """The connection is to end without an answer."""

    def __init__(self, *, at_once: bool) -> None:
        super().__init__("injected by the demo account")
        self.at_once = at_once
        """Reset now; else only when the client has given up waiting."""


def fault_answer(fault: Fault, call: ApiRequest, sound: Callable[[], HttpAnswer]) -> HttpAnswer:
    """Return the faulty answer; `sound` gives the one that was due. Raises NoAnswer where there is none."""
    special = _SPECIAL.get(fault.error)
    if special is not None:
        return special(call, sound)
    message = message_of(fault, call.service, call.operation, CALLER_ARN)
    return wire.write_error(call, AwsError(fault.error, message, fault.status))


def _html(_call: ApiRequest, _sound: Callable[[], HttpAnswer]) -> HttpAnswer:
    return HttpAnswer(200, (("Content-Type", "text/html"),), HTML)


def _empty(call: ApiRequest, _sound: Callable[[], HttpAnswer]) -> HttpAnswer:
    if call.protocol in ("query", "ec2"):
        body = f"<{call.operation}Response><{call.operation}Result/></{call.operation}Response>"
        return HttpAnswer(200, (("Content-Type", "text/xml"),), body.encode())
    return HttpAnswer(200, (("Content-Type", "application/json"),), b"{}")


def _blank(call: ApiRequest, _sound: Callable[[], HttpAnswer]) -> HttpAnswer:
    kind = "text/xml" if call.protocol in ("query", "ec2") else "application/json"
    return HttpAnswer(200, (("Content-Type", kind),), b"")


def _wrong_types(_call: ApiRequest, sound: Callable[[], HttpAnswer]) -> HttpAnswer:
    answer = sound()
    document = {name: _other_type(value) for name, value in json.loads(answer.body).items()}
    return replace(answer, body=json.dumps(document).encode())


def _other_type(value: Any) -> Any:
    return [7] if isinstance(value, dict) else {"unexpected": 7} if isinstance(value, str) else "unexpected"


def _wrong_clock(call: ApiRequest, sound: Callable[[], HttpAnswer]) -> HttpAnswer:
    answer = sound()
    date = format_datetime(call.received + CLOCK_AHEAD, usegmt=True) if call.received else ""
    return replace(answer, headers=(*answer.headers, ("Date", date)))


def _reset(_call: ApiRequest, _sound: Callable[[], HttpAnswer]) -> HttpAnswer:
    raise NoAnswer(at_once=True)


def _hang(_call: ApiRequest, _sound: Callable[[], HttpAnswer]) -> HttpAnswer:
    raise NoAnswer(at_once=False)


def _truncated(_call: ApiRequest, sound: Callable[[], HttpAnswer]) -> HttpAnswer:
    whole = sound()
    length = ("Content-Length", str(len(whole.body)))
    headers = tuple(header for header in whole.headers if header[0].lower() != "content-length")
    return replace(
        whole, headers=(*headers, length, ("Connection", "close")), body=whole.body[: len(whole.body) // 2]
    )


def _repeated_token(call: ApiRequest, sound: Callable[[], HttpAnswer]) -> HttpAnswer:
    """Hand back the token that was sent, so that the same page comes again and again."""
    answer = sound()
    sent = sent_token(call.parameters) or "AAAA"
    if call.protocol in ("query", "ec2"):
        return _with_marker(answer, sent)
    document = json.loads(answer.body)
    token = next(name for name in TOKENS[1:] if name.casefold() == "nexttoken" and _spelled(call, name))
    return replace(answer, body=json.dumps({**document, token: sent}).encode())


def _spelled(call: ApiRequest, token: str) -> bool:
    shape = wire.service_model(call.service).operation_model(call.operation).output_shape
    return token in shape.members


def _with_marker(answer: HttpAnswer, marker: str) -> HttpAnswer:
    body = answer.body.decode()
    body = body.replace("<IsTruncated>false</IsTruncated>", "<IsTruncated>true</IsTruncated>")
    start, end = body.find("<Marker>"), body.find("</Marker>")
    if start >= 0:
        body = body[:start] + body[end + len("</Marker>") :]
    body = body.replace("</IsTruncated>", f"</IsTruncated><Marker>{marker}</Marker>")
    return replace(answer, body=body.encode())


def _no_token(_call: ApiRequest, sound: Callable[[], HttpAnswer]) -> HttpAnswer:
    answer = sound()
    body = answer.body.decode()
    start, end = body.find("<Marker>"), body.find("</Marker>")
    if start >= 0:
        body = body[:start] + body[end + len("</Marker>") :]
    body = body.replace("<IsTruncated>false</IsTruncated>", "<IsTruncated>true</IsTruncated>")
    return replace(answer, body=body.encode())


_SPECIAL = {
    "html200": _html,
    "empty200": _empty,
    "blank200": _blank,
    "truncated": _truncated,
    "wrong-types": _wrong_types,
    "wrong-clock": _wrong_clock,
    "reset": _reset,
    "hang": _hang,
    "repeated-token": _repeated_token,
    "no-token": _no_token,
}
