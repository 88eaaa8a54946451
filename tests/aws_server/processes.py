"""Serves from several processes behind one listening socket, which share a throttle and nothing else."""

import gc
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn

from evidence.demo_account.server import DemoServer, WsgiApp, cannot_listen
from evidence.errors import EvidenceError

REQUESTS_PATH = "/_evidence/requests"
_BACKLOG = 1024
_HOST = "127.0.0.1"


def serve_in(
    processes: int, port: int, app: WsgiApp, ready: Callable[[str], None], certificate: Path | None = None
) -> None:
    """Serve until interrupted, in so many processes forked from this one; `app` must have started no thread.

    The processes end when this one does, however it ends. Raises StorageError when the address cannot be had,
    EvidenceError when a process ends before this one.
    """
    if not hasattr(os, "fork"):
        raise EvidenceError("Several processes need a system that can fork.", "Leave --processes out.")
    try:
        listener = socket.create_server((_HOST, port), backlog=_BACKLOG)
    except OSError as error:
        raise cannot_listen(_HOST, port) from error
    alive, held = os.pipe()
    gc.freeze()  # what is shared so far stays shared: nothing of it is collected
    children = {_child(listener, app, alive, held, certificate) for _ in range(processes)}
    os.close(alive)
    ready(f"{'https' if certificate else 'http'}://{_HOST}:{listener.getsockname()[1]}")
    try:
        ended, status = os.wait()
    except KeyboardInterrupt:
        return  # how serving ends
    finally:
        os.close(held)  # tells the children, as the end of this process would
    for child in children - {ended}:
        os.waitpid(child, 0)
    raise EvidenceError(
        f"A process of the demo server ended by itself ({os.waitstatus_to_exitcode(status)}).",
        "Start it again, with fewer --processes if memory ran out.",
    )


def _child(listener: socket.socket, app: WsgiApp, alive: int, held: int, certificate: Path | None) -> int:
    child = os.fork()
    if child:
        return child
    os.close(held)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, whose end reaches this process
    threading.Thread(target=_end_with_parent, args=(alive,), daemon=True).start()
    try:
        host, port = listener.getsockname()[:2]
        DemoServer(host, port, without_ledger(app), listener, certificate).run()
    finally:
        os._exit(1)


def _end_with_parent(alive: int) -> NoReturn:
    os.read(alive, 1)
    os._exit(0)


def without_ledger(app: WsgiApp) -> WsgiApp:
    """Return the application without its list of requests: one process knows only its own."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != REQUESTS_PATH:
            answered: Iterable[bytes] = app(environ, start_response)
            return answered
        start_response("501 Not Implemented", [("Content-Type", "text/plain")])
        return [b"Several processes answer, and each knows its own requests only.\n"]

    return answer
