"""Simulates AWS's API as a WSGI application: the functions of `answers` reply, then moto."""

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from io import BytesIO
from typing import Any

from evidence.demo_account import sessions, wire
from evidence.demo_account.answers import catalogue
from evidence.demo_account.aws_error import AwsError
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT
from evidence.demo_account.member import ORGANIZATION_SERVICES, member_answer
from evidence.demo_account.trail import DELAY, Trail
from evidence.demo_account.wire import ApiRequest, HttpAnswer
from evidence.demo_account.world import DemoWorld, World

REQUESTS_PATH = "/_evidence/requests"
_WEB_PAGE = ("content-type", "text/html")

StartResponse = Callable[..., Any]
Interceptor = Callable[[ApiRequest, Callable[[], HttpAnswer]], HttpAnswer]


def _answer_as_it_is(_call: ApiRequest, answer: Callable[[], HttpAnswer]) -> HttpAnswer:
    return answer()


class DemoApp:
    """The demo account. One per process: moto keeps its state in globals, and this one owns it.

    Its clock starts at `now`, and ages are counted from `ages_from`, or else from there too.

    `world` makes the accounts that are answered for: the embedded ones unless told otherwise. `intercept` is
    given each request and the function that answers it, and returns what is sent.
    """

    def __init__(
        self,
        now: datetime,
        *,
        trail_delay: float = DELAY,
        ages_from: datetime | None = None,
        world: Callable[[datetime, Trail], World] = DemoWorld,
        intercept: Interceptor = _answer_as_it_is,
    ) -> None:
        self._now = _whole(now)
        self._started = time.monotonic()
        self._intercept = intercept
        self._seen: list[tuple[str, str]] = []
        self._lock = threading.Lock()
        self._trail = Trail(self._clock, trail_delay)
        self._world = world(_whole(ages_from or now), self._trail)
        self._answers = catalogue()
        logging.getLogger("werkzeug").setLevel(logging.ERROR)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        body = _body(environ)  # always whole: the next request follows on the same connection
        if environ.get("PATH_INFO") == REQUESTS_PATH:
            return self._send(start_response, self._ledger())
        request_id = str(uuid.uuid4())
        environ["wsgi.input"] = BytesIO(body)
        call = replace(wire.read(environ, request_id), received=self._clock())
        with self._lock:
            self._seen.append((call.service, call.operation))
        environ["wsgi.input"] = BytesIO(body)
        answer = self._intercept(call, lambda: self._answer(call, environ))
        self._trail.record(call, answer, environ.get("HTTP_USER_AGENT", ""))
        return self._send(start_response, answer, request_id)

    def _answer(self, call: ApiRequest, environ: dict[str, Any]) -> HttpAnswer:
        handler = self._answers.get((call.service, call.operation))
        context = self._world.context(call.account)
        try:
            sessions.check(call.key, wire.signing_name(call.service), call.operation)
            if handler is None or (context is None and call.service not in ORGANIZATION_SERVICES):
                return self._from_moto(call, environ)
            context = context or self._world.management
            if call.account != MANAGEMENT_ACCOUNT:
                return wire.write(call, member_answer(handler, context, call))
            return wire.write(call, handler(context, call))
        except AwsError as error:
            return wire.write_error(call, error)

    def _from_moto(self, call: ApiRequest, environ: dict[str, Any]) -> HttpAnswer:
        moto = self._world.moto
        if moto is None:
            return wire.write_error(call, _unknown(call, NotImplementedError()))
        got: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
            got.update(status=int(status.split(" ", 1)[0]), headers=headers)

        environ["HTTP_X_MOTO_ACCOUNT_ID"] = call.account
        try:
            body = b"".join(moto(environ, start))
        except Exception as error:  # noqa: BLE001
            return wire.write_error(call, _unknown(call, error))
        return HttpAnswer(got["status"], tuple(_cleaned(got["headers"], body)), body)

    def _ledger(self) -> HttpAnswer:
        with self._lock:
            seen = [{"service": service, "operation": operation} for service, operation in self._seen]
        return HttpAnswer(200, (("Content-Type", "application/json"),), json.dumps(seen).encode())

    def _send(
        self, start_response: StartResponse, answer: HttpAnswer, request_id: str | None = None
    ) -> Iterable[bytes]:
        headers = [(name, value) for name, value in answer.headers if name.lower() != "x-amzn-requestid"]
        named = {name.lower() for name, _ in headers}
        if "date" not in named:
            headers.append(("Date", format_datetime(self._clock(), usegmt=True)))
        if request_id and "x-amz-request-id" not in named:
            headers.append(("x-amzn-RequestId", request_id))
        if "content-length" not in named:
            headers.append(("Content-Length", str(len(answer.body))))
        start_response(f"{answer.status} {_phrase(answer.status)}", headers)
        return [answer.body]

    def _clock(self) -> datetime:
        """Return the demo account's own time, which goes on from `now`."""
        return self._now + timedelta(seconds=time.monotonic() - self._started)


def _whole(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def _body(environ: dict[str, Any]) -> bytes:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length:
        return bytes(environ["wsgi.input"].read(length))
    if environ.get("wsgi.input_terminated"):
        return bytes(environ["wsgi.input"].read())
    return b""


def _cleaned(headers: list[tuple[str, str]], body: bytes) -> list[tuple[str, str]]:
    """Return moto's headers without its own clock's date and its server's name, with JSON called JSON.

    moto's KMS calls JSON a web page, as only a proxy would.
    """
    kept = [(name, value) for name, value in headers if name.lower() not in {"date", "server"}]
    if not body.startswith(b"{") or not any((name.lower(), value[:9]) == _WEB_PAGE for name, value in kept):
        return kept
    others = [(name, value) for name, value in kept if name.lower() != "content-type"]
    return [*others, ("Content-Type", "application/x-amz-json-1.1")]


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"


def _unknown(call: ApiRequest, error: Exception) -> AwsError:
    if isinstance(error, NotImplementedError):
        return AwsError("UnknownOperationException", f"The demo account does not know {call.operation}.")
    return AwsError("InternalFailure", f"moto failed on {call.service}:{call.operation}: {error!r}", 500)
