"""A web server that answers what a test has written down, so that the wire itself can misbehave."""

import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DATE = "Thu, 01 Oct 2026 06:00:00 GMT"


@dataclass
class Reply:
    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    """Content-Length to claim, where it is not the body's."""


def reply(document: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(
        json.dumps(document).encode(), status, {"Content-Type": "application/x-amz-json-1.1", **headers}
    )


def error(code: str, status: int = 400, message: str = "no") -> Reply:
    return reply({"__type": code, "message": message}, status)


def xml(body: str, status: int = 200) -> Reply:
    return Reply(body.encode(), status, {"Content-Type": "text/xml"})


class ScriptedAws:
    """Answers with the replies of its script, one after the other; the last one again and again."""

    def __init__(self) -> None:
        self.script: list[Reply] = [Reply()]
        self.requests: list[bytes] = []
        self.lines: list[str] = []
        """Method and target of each request, and the operation that it names where it names one."""
        self.keys: list[str] = []
        """The access key id that signed each request; empty without signature."""
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                scripted.requests.append(body)
                named = re.search("(?:^|&)Action=(\\w+)", body.decode("latin-1"))
                target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
                name = named[1] if named else target
                scripted.lines.append(f"{self.command} {self.path} {name}".rstrip())
                signed = re.search("Credential=(\\w+)/", self.headers.get("Authorization") or "")
                scripted.keys.append(signed[1] if signed else "")
                answer = scripted.script.pop(0) if len(scripted.script) > 1 else scripted.script[0]
                self.send_response_only(answer.status)
                length = len(answer.body) if answer.length is None else answer.length
                sent = {"Date": DATE, "x-amzn-RequestId": f"request-{len(scripted.requests)}"}
                for name, value in (sent | {"Content-Length": str(length)} | answer.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_POST  # noqa: N815 - http.server's names

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
