"""Answers requests as a WSGI application: faults and latency first, then the overlay, then moto."""

import contextlib
import json
import logging
import socket
import struct
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from io import BytesIO
from typing import Any

from evidence.demo_account import sessions, wire
from evidence.demo_account.answers import catalogue
from evidence.demo_account.aws_error import AwsError
from evidence.demo_account.faults import HANG, Fault, Faults
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT
from evidence.demo_account.member import ORGANIZATION_SERVICES, member_answer
from evidence.demo_account.misbehave import NoAnswer, fault_answer
from evidence.demo_account.paging import page_number
from evidence.demo_account.throttle import Throttle
from evidence.demo_account.trail import DELAY, Trail
from evidence.demo_account.wire import ApiRequest, HttpAnswer
from evidence.demo_account.world import DemoWorld, World

REQUESTS_PATH = "/_evidence/requests"
_WEB_PAGE = ("content-type", "text/html")

StartResponse = Callable[..., Any]


class DemoApp:
    """The demo account. One per process: moto keeps its state in globals, and this one owns it.

    `world` makes the accounts that are answered for: the embedded ones unless told otherwise. `throttle`
    refuses what comes too fast.
    """

    def __init__(
        self,
        now: datetime,
        latency: float,
        faults: Sequence[Fault],
        trail_delay: float = DELAY,
        *,
        world: Callable[[datetime, Trail], World] = DemoWorld,
        throttle: Throttle | None = None,
    ) -> None:
        self._now = now.astimezone(UTC).replace(microsecond=0)
        self._started = time.monotonic()
        self._latency = latency
        self.inject(faults)
        self._seen: list[tuple[str, str]] = []
        self._lock = threading.Lock()
        self._throttle = throttle
        self._trail = Trail(self._clock, trail_delay)
        self._world = world(self._now, self._trail)
        self._answers = catalogue()
        logging.getLogger("werkzeug").setLevel(logging.ERROR)

    def inject(self, faults: Sequence[Fault]) -> None:
        """Meet requests with these faults from now on, in place of those before."""
        self._faults = Faults(faults)

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
        if self._latency:
            time.sleep(self._latency)
        environ["wsgi.input"] = BytesIO(body)
        try:
            answer = self._answer(call, environ)
        except NoAnswer as none:
            _disconnect(environ.get("werkzeug.socket"), 0.0 if none.at_once else HANG)
            raise
        self._trail.record(call, answer, environ.get("HTTP_USER_AGENT", ""))
        return self._send(start_response, answer, request_id)

    def _answer(self, call: ApiRequest, environ: dict[str, Any]) -> HttpAnswer:
        account = str(call.parameters.get("RoleArn", "::::")).split(":")[4] or call.account
        if self._throttle is not None and self._throttle.refuses(account, call.service):
            return wire.write_error(call, Throttle.error(call))
        fault = self._faults.meeting(call.service, call.operation, account, call.region, page_number(call))
        if fault is None:
            return self._sound_answer(call, environ)
        return fault_answer(fault, call, lambda: self._sound_answer(call, environ))

    def _sound_answer(self, call: ApiRequest, environ: dict[str, Any]) -> HttpAnswer:
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
        return HttpAnswer(got["status"], tuple(_labelled(got["headers"], body)), body)

    def _ledger(self) -> HttpAnswer:
        with self._lock:
            seen = [{"service": service, "operation": operation} for service, operation in self._seen]
        return HttpAnswer(200, (("Content-Type", "application/json"),), json.dumps(seen).encode())

    def _send(
        self, start_response: StartResponse, answer: HttpAnswer, request_id: str | None = None
    ) -> Iterable[bytes]:
        dropped = {"date", "x-amzn-requestid", "server"}
        headers = [(name, value) for name, value in answer.headers if name.lower() not in dropped]
        headers.append(("Date", format_datetime(self._clock(answer.clock_ahead), usegmt=True)))
        if request_id and not any(name.lower() == "x-amz-request-id" for name, _ in headers):
            headers.append(("x-amzn-RequestId", request_id))
        if not any(name.lower() == "content-length" for name, _ in headers):
            headers.append(("Content-Length", str(len(answer.body))))
        start_response(f"{answer.status} {_phrase(answer.status)}", headers)
        return [answer.body]

    def _clock(self, ahead: float = 0.0) -> datetime:
        """Return the sample's own time, which goes on from `now`, or one that is wrong by some seconds."""
        return self._now + timedelta(seconds=time.monotonic() - self._started + ahead)


def _disconnect(connection: socket.socket | None, seconds: float) -> None:
    """Reset a connection, after waiting that long for the client to leave by itself."""
    if connection is None:  # in process, without a server
        return
    connection.settimeout(seconds or None)
    with contextlib.suppress(OSError):
        if seconds:
            connection.recv(1)  # nothing comes, but the end of the connection
    # Closing with a linger time of zero sends RST instead of FIN (socket(7)).
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _body(environ: dict[str, Any]) -> bytes:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length:
        return bytes(environ["wsgi.input"].read(length))
    if environ.get("wsgi.input_terminated"):
        return bytes(environ["wsgi.input"].read())
    return b""


def _labelled(headers: list[tuple[str, str]], body: bytes) -> list[tuple[str, str]]:
    """Return the headers with JSON called JSON: moto's KMS calls it a web page, as only a proxy would."""
    if not body.startswith(b"{"):
        return headers
    kept = [(name, value) for name, value in headers if (name.lower(), value[:9]) != _WEB_PAGE]
    return headers if len(kept) == len(headers) else [*kept, ("Content-Type", "application/x-amz-json-1.1")]


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"


def _unknown(call: ApiRequest, error: Exception) -> AwsError:
    if isinstance(error, NotImplementedError):
        return AwsError("UnknownOperationException", f"The demo account does not know {call.operation}.")
    return AwsError("InternalFailure", f"moto failed on {call.service}:{call.operation}: {error!r}", 500)
