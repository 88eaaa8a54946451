"""Replays AWS's answers from memory, as a process of its own: a cheap server, whose cost it tells apart.

It first passes each request on to another server and keeps the last answer to it, so that no job is ever "in
progress". After the line `replay ACCOUNT` on its input it answers by itself, and any account that it never
met like ACCOUNT, under the other's number. The line `usage` has it tell what that took. It ends when its
input does.
"""

import asyncio
import http.client
import json
import re
import ssl
import sys
import time
from dataclasses import dataclass
from email.utils import formatdate
from functools import partial
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_SCOPE = re.compile(rb"Credential=([^/]+)/\d+/([^/]+/[^/]+)/")
_TARGET = re.compile(rb"\r\nx-amz-target: *([^\r]+)", re.IGNORECASE)
_ROLE = re.compile(rb"Action=AssumeRole&.*RoleArn=arn%3Aaws%3Aiam%3A%3A(\d{12})%3Arole%2F([^&]+)", re.DOTALL)
_GIVEN_KEY = re.compile(rb"<AccessKeyId>([^<]+)<")
_MOMENTS = {"StartTime", "EndTime"}
_ANYBODY = b""
"""Whose name the last answer to each request stands under too: a policy that several accounts have is
validated in one of them, now in this one, now in that."""
_NOT_KEPT = {"date", "connection", "transfer-encoding"}
_HOUR = 3600
_SESSION = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<Credentials><AccessKeyId>ASIA{key:>016}</AccessKeyId><SecretAccessKey>replayed</SecretAccessKey>
<SessionToken>replayed</SessionToken><Expiration>{until}</Expiration></Credentials>
<AssumedRoleUser><AssumedRoleId>AROAREPLAYED:evidence</AssumedRoleId>
<Arn>arn:aws:sts::{account}:assumed-role/{role}/evidence</Arn></AssumedRoleUser></AssumeRoleResult>
<ResponseMetadata><RequestId>replayed</RequestId></ResponseMetadata></AssumeRoleResponse>"""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request, as it came."""

    head: bytes
    body: bytes


class Replay:
    """What is answered. The access key says whose request it is: a session's ends with its account."""

    def __init__(self, origin: str) -> None:
        self._origin = http.client.HTTPConnection(urlsplit(origin).netloc)
        self._answers: dict[tuple[bytes, bytes], tuple[bytes, bytes]] = {}
        self._accounts: dict[bytes, bytes] = {}
        self._like: bytes | None = None
        """Whom accounts resemble that were not met; None while answers are still recorded."""
        self._requests = 0
        self._missing: list[str] = []

    def obey(self, line: str) -> dict[str, object]:
        """Do what a line of input says, and return what is told of it."""
        if line.startswith("replay"):
            self._like = line.removeprefix("replay").strip().encode()
        return {"processor": time.process_time(), "requests": self._requests, "missing": self._missing[:3]}

    def answer(self, request: HttpRequest) -> bytes:
        """Return the whole answer to a request."""
        self._requests += 1
        entered = _ROLE.search(request.body)
        if self._like is None:
            head, body = self._forward(request, entered)
        elif entered:
            head, body = _session(*(word.decode() for word in entered.groups()))
        else:
            head, body = self._remembered(request, self._like)
        return b"%sDate: %s\r\n\r\n%s" % (head, formatdate(usegmt=True).encode(), body)

    def _remembered(self, request: HttpRequest, like: bytes) -> tuple[bytes, bytes]:
        account, asked = self._identified(request)
        if found := self._answers.get((account, asked)):
            return found
        if like and (found := self._answers.get((like, asked.replace(account, like)))):
            return found[0], found[1].replace(like, account)
        if found := self._answers.get((_ANYBODY, asked)):
            return found
        self._missing.append(f"{account.decode()} {asked.decode()}")
        return _head("501 Not recorded", 0), b""

    def _forward(self, request: HttpRequest, entered: re.Match[bytes] | None) -> tuple[bytes, bytes]:
        account, asked = self._identified(request)
        first, *lines = request.head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ")
        self._origin.request(method, path, request.body, dict(line.split(": ", 1) for line in lines))
        got = self._origin.getresponse()
        body = got.read()
        kept = [f"{name}: {value}" for name, value in got.getheaders() if name.lower() not in _NOT_KEPT]
        head = "\r\n".join([f"HTTP/1.1 {got.status} {got.reason}", *kept, ""]).encode("latin-1")
        self._answers[account, asked] = self._answers[_ANYBODY, asked] = head, body
        if entered and (given := _GIVEN_KEY.search(body)):
            self._accounts[given[1]] = entered[1]
        return head, body

    def _identified(self, request: HttpRequest) -> tuple[bytes, bytes]:
        """Return whose a request is, and what makes it the same as another: no moment, no signature."""
        scope, target = _SCOPE.search(request.head), _TARGET.search(request.head)
        access_key, where = scope.groups() if scope else (b"", b"")
        account = self._accounts.get(access_key, access_key[-12:])
        method, path, _ = request.head.partition(b"\r\n")[0].split(b" ")
        asked = (where, target[1] if target else b"", method, *_sorted(path), *_sorted(request.body))
        return account, b" ".join(asked)


def _sorted(text: bytes) -> list[bytes]:
    """Return the parts of a path, form or JSON document in one order, whoever sent it, and no moments."""
    if not text.startswith(b"{"):
        return sorted(re.split(rb"[?&]", text))
    asked = json.loads(text)
    kept = {name: value for name, value in asked.items() if name not in _MOMENTS}
    return [json.dumps(kept, sort_keys=True).encode()]


def _session(account: str, role: str) -> tuple[bytes, bytes]:
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + _HOUR))
    body = _SESSION.format(key=account, account=account, role=role, until=until).encode()
    return _head("200 OK", len(body)), body


def _head(status: str, length: int) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n".encode()


class ReplayConnection(asyncio.Protocol):
    """One client's connection, which stays open for the next request."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where answers go."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  for the type checker
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self._held += data
        while (end := self._held.find(b"\r\n\r\n")) >= 0:
            head = self._held[:end]
            length = _LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._held) < whole:
                return
            body, self._held = self._held[end + 4 : whole], self._held[whole:]
            self._transport.write(self._replay.answer(HttpRequest(head, body)))


async def serve(origin: str, certificate: str) -> None:
    """Listen without TLS and with it, print both ports, and obey until the input ends."""
    loop = asyncio.get_running_loop()
    replay, over = Replay(origin), loop.create_future()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listen = partial(loop.create_server, partial(ReplayConnection, replay), "127.0.0.1", 0, backlog=1024)
    servers = [await listen(), await listen(ssl=context)]

    def read() -> None:
        line = sys.stdin.readline()
        if line:
            print(json.dumps(replay.obey(line)), flush=True)
        elif not over.done():
            over.set_result(None)

    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    loop.add_reader(sys.stdin, read)
    await over


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
