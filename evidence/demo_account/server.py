"""Runs the HTTP server of the demo account, which answers many requests at once."""

import contextlib
import io
import logging
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from evidence.errors import StorageError, UsageError

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Any]


def create_app(
    now: datetime | Callable[[], datetime],
    *,
    trail_delay: float = 300.0,
    day: float = 0.0,
    ages_from: datetime | None = None,
) -> WsgiApp:
    """Return the demo account as a WSGI application; every date in it is relative to `ages_from`, or `now`.

    `now` may be what tells it, asked when all is loaded, so that the clock is not behind by then.
    `day` says which day of the script that is (`evidence.demo_account.script`): 0 is the last quarter's.
    `trail_delay` is the seconds after which CloudTrail tells of a request. Raises UsageError when moto is not
    installed.
    """
    try:
        from evidence.demo_account.app import DemoApp
        from evidence.demo_account.world import DemoWorld
    except ModuleNotFoundError as error:
        raise UsageError(
            f"The demo account needs moto, which is not installed ({error.name} is missing).",
            "Install it: uv tool install 'aws-evidence[demo]'",
        ) from error
    return DemoApp(
        now if isinstance(now, datetime) else now(),
        trail_delay=trail_delay,
        ages_from=ages_from,
        world=partial(DemoWorld, day=day),
    )


def cannot_listen(host: str, port: int) -> StorageError:
    """Return what is said of an address that cannot be had."""
    return StorageError(
        f"The demo account cannot listen on {host}:{port}.", "Choose another --port, or 0 for a free one."
    )


class DemoServer:
    """A threaded HTTP server around a WSGI application."""

    def __init__(
        self,
        host: str,
        port: int,
        app: WsgiApp,
        listener: socket.socket | None = None,
        certificate: Path | None = None,
    ) -> None:
        """Bind, or take a socket that listens already; port 0 takes a free one.

        With a certificate, whose key is in the same PEM file, it speaks TLS. Raises StorageError when the
        address cannot be had.
        """
        from werkzeug.exceptions import ClientDisconnected
        from werkzeug.serving import WSGIRequestHandler, make_server

        tls = _tls(certificate)

        class QuietRequestHandler(WSGIRequestHandler):
            """Says nothing on stderr, keeps connections, and does not wait for small packets to fill."""

            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def run_wsgi(self) -> None:
                """Answer one request, and leave the connection for the next, as AWS does.

                werkzeug's own ends every connection, as it serves any application: one that leaves a part of
                a request unread, or gives no length. This one reads each body whole and gives each length.
                """
                if self.headers.get("Expect", "").lower() == "100-continue":
                    self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                    self.wfile.flush()  # the client waits for it
                head: list[Any] = []
                try:
                    body = b"".join(app(self.make_environ(), lambda *given: head.extend(given)))
                except (ConnectionError, ClientDisconnected):  # a fault, or a client that was killed
                    self.close_connection = True
                    return
                self.send_response(int(head[0].split(" ", 1)[0]), head[0].split(" ", 1)[1])
                for name, value in head[1]:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"" if self.command == "HEAD" else body)
                self.wfile.flush()

            def setup(self) -> None:
                """Shake hands in the connection's own thread: a slow client keeps no other waiting."""
                if tls is not None:
                    self.request = tls.wrap_socket(self.request, server_side=True)
                super().setup()

            def send_response(self, code: int, message: str | None = None) -> None:
                """Add no Date and Server of the server's own: boto3 would join two dates."""
                self.send_response_only(code, message)

            def log(self, kind: str, message: str, *arguments: Any) -> None:
                logging.getLogger("evidence.demo_account").debug(message, *arguments, extra={"kind": kind})

        try:
            with contextlib.redirect_stderr(io.StringIO()):  # werkzeug prints advice about its own --port
                self._server = make_server(
                    host, port, app, threaded=True, request_handler=QuietRequestHandler,
                    fd=listener.fileno() if listener else None,
                )  # fmt: skip
        except (OSError, SystemExit) as error:
            raise cannot_listen(host, port) from error

        self._server.handle_error = _say_nothing  # type: ignore[method-assign]
        self._scheme = "https" if tls else "http"

    @property
    def url(self) -> str:
        """What AWS_ENDPOINT_URL is set to."""
        return f"{self._scheme}://{self._server.host}:{self._server.port}"

    def run(self) -> None:
        """Serve until interrupted."""
        try:
            self._server.serve_forever()
        finally:
            self._server.server_close()

    def start(self) -> None:
        """Serve in a thread of this process, until `stop`."""
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Stop what `start` began."""
        self._server.shutdown()
        self._server.server_close()


def _say_nothing(request: Any, client_address: Any) -> None:  # noqa: ARG001 - socketserver's names
    """A client that shook no hands, or left: its own business, and told of in the log alone."""
    logging.getLogger("evidence.demo_account").debug("a connection broke", exc_info=True)


def _tls(certificate: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def serve(
    host: str, port: int, app: WsgiApp, ready: Callable[[str], None], certificate: Path | None = None
) -> None:
    """Serve until interrupted; calls `ready` with the URL once requests are accepted."""
    server = DemoServer(host, port, app, certificate=certificate)
    ready(server.url)
    server.run()


def write_ready_file(file: Path, url: str) -> None:
    """Tell whoever waits for the file that requests are answered; it appears with the URL in it."""
    half = file.with_name(file.name + ".partial")
    half.write_text(f"{url}\n", encoding="utf-8")
    half.replace(file)
