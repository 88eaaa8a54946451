"""Simulates an AWS that is slow, throttled or faulty, or an organization of any size, for tests."""

import contextlib
import socket
import struct
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from evidence.demo_account import wire
from evidence.demo_account.app import DemoApp
from evidence.demo_account.paging import page_number
from evidence.demo_account.trail import DELAY, Trail
from evidence.demo_account.wire import ApiRequest, HttpAnswer
from evidence.demo_account.world import DemoWorld, World
from tests.aws_server.faults import HANG, Fault, Faults
from tests.aws_server.generated.extent import Extent
from tests.aws_server.generated.world import GeneratedWorld
from tests.aws_server.misbehave import NoAnswer, fault_answer
from tests.aws_server.throttle import Throttle


class FaultyApp:
    """The demo account as a WSGI application, each request met by latency, throttling and faults first."""

    def __init__(
        self,
        now: datetime,
        *,
        latency: float = 0.0,
        faults: Sequence[Fault] = (),
        throttle: float | None = None,
        extent: Extent | None = None,
        trail_delay: float = DELAY,
        told: bool = True,
    ) -> None:
        """Prepare to answer: `extent` generates an organization in the demo account's place.

        `latency` is in seconds, for each request; `throttle` in requests a second for each account and
        service; of a generated organization, CloudTrail tells nothing unless `told`.
        """
        self.inject(faults)
        self._latency = latency
        self._throttle = Throttle(throttle) if throttle else None

        def world(moment: datetime, trail: Trail) -> World:
            if extent is None:
                return DemoWorld(moment, trail)
            return GeneratedWorld(extent, moment, trail if told else None)

        self._app = DemoApp(now, trail_delay=trail_delay, world=world, intercept=self._intercept)

    def inject(self, faults: Sequence[Fault]) -> None:
        """Meet requests with these faults from now on, in place of those before."""
        self._faults = Faults(faults)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request, or end its connection."""
        try:
            return self._app(environ, start_response)
        except NoAnswer as none:
            _disconnect(environ.get("werkzeug.socket"), 0.0 if none.at_once else HANG)
            raise

    def _intercept(self, call: ApiRequest, answer: Callable[[], HttpAnswer]) -> HttpAnswer:
        if self._latency:
            time.sleep(self._latency)
        account = str(call.parameters.get("RoleArn", "::::")).split(":")[4] or call.account
        if self._throttle is not None and self._throttle.refuses(account, call.service):
            return wire.write_error(call, Throttle.error(call))
        fault = self._faults.meeting(call.service, call.operation, account, call.region, page_number(call))
        return answer() if fault is None else fault_answer(fault, call, answer)


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
