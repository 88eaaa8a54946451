"""The tests' AWS server: a generated organization from one process and from two, and how soon it answers."""

import re
import socket
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.measure import Row
from tests.support.served import serving

ORGANIZATION = ("--accounts", "1000", "--regions", "4", "--seed", "7")
THREADS, REQUESTS, SECONDS = 8, 100, 60.0
"""Requests at once, how many each sends in turn, and how long one may take."""
_SCOPE = "Credential=AKIADEMODEMODEMODEMO/20261001/us-east-1/{service}/aws4_request"


def processes_row(_scratch: Path) -> Row:
    """Seconds a request from two processes over those from one."""
    one, two = _seconds("1"), _seconds("2")
    note = f"{1 / one:.0f} and {1 / two:.0f} requests/s, {THREADS} at once, 1,000 accounts"
    return Row("AWS server, 2 processes / 1 (ms a request)", two * 1e3, one * 1e3, 0.75, note)


def size_row(_scratch: Path) -> Row:
    """Seconds until a server of 1,000 accounts answers over those of 3 accounts."""
    small, large = (_start("--accounts", count) for count in ("3", "1000"))
    return Row("AWS server ready, 1,000 accounts / 3 (s)", large, small, 1.5)


def _start(*options: str) -> float:
    started = time.perf_counter()
    with serving(*options):
        return time.perf_counter() - started


def _seconds(processes: str) -> float:
    """Return seconds a request while all connections are busy."""
    with serving(*ORGANIZATION, "--processes", processes) as url:
        _ask(url, 20)
        threads = [threading.Thread(target=_ask, args=(url, REQUESTS)) for _ in range(THREADS)]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return (time.perf_counter() - started) / (THREADS * REQUESTS)


def _ask(url: str, count: int) -> None:
    """Send requests one after the other on one connection, cheaply: it is the server that is measured."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), SECONDS) as connection:
        for number in range(count):
            connection.sendall(_MIX[number % len(_MIX)])
            _take_answer(connection)


def _take_answer(connection: socket.socket) -> None:
    """Receive one answer whole. Raises RuntimeError when it is an error, or not told how long it is."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"\r\nContent-Length: (\d+)", head)
    if b" 200 " not in head.split(b"\r\n", 1)[0] or length is None:
        raise RuntimeError(head.decode())
    left = int(length[1]) - len(body)
    while left > 0:
        left -= len(_more(connection))


def _more(connection: socket.socket) -> bytes:
    if block := connection.recv(65_536):
        return block
    raise RuntimeError("the server ended the connection in the middle of an answer")


def _request(service: str, kind: str, body: str, *more: str) -> bytes:
    lines = ("POST / HTTP/1.1", "Host: demo", f"Content-Type: {kind}", f"Content-Length: {len(body)}",
             f"Authorization: AWS4-HMAC-SHA256 {_SCOPE.format(service=service)}", *more)  # fmt: skip
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


_FORM, _JSON = "application/x-www-form-urlencoded; charset=utf-8", "application/x-amz-json-1.1"
_MIX = (
    _request("iam", _FORM, "Action=GetAccountSummary&Version=2010-05-08"),
    _request("iam", _FORM, "Action=GetAccountAuthorizationDetails&Version=2010-05-08"),
    _request("iam", _FORM, "Action=GetCredentialReport&Version=2010-05-08"),
    _request("config", _JSON, "{}", "X-Amz-Target: StarlingDoveService.DescribeConfigRules"),
    _request("config", _JSON, "{}", "X-Amz-Target: StarlingDoveService.DescribeConfigurationRecorders"),
    _request("organizations", _JSON, "{}", "X-Amz-Target: AWSOrganizationsV20161128.ListAccounts"),
)
"""What a collection asks most, one after the other."""
