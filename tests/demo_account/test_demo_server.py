"""The demo server's connections and clock: what a client of AWS relies on without looking."""

import http.client
import socket
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from evidence.demo_account.account.organization import LOG_ACCOUNT
from evidence.demo_account.ids import COLLECTOR, EXTERNAL_ID
from tests.demo_account.served_demo import NOW, ServedDemo


def test_a_connection_is_kept_for_the_next_request(clean: ServedDemo) -> None:
    kept = http.client.HTTPConnection("127.0.0.1", int(clean.server.url.rpartition(":")[2]))
    kept.connect()
    socket = kept.sock
    for method, body in (("POST", b"Action=ListUsers&Version=2010-05-08"), ("GET", b"unread"), ("GET", None)):
        kept.request(method, "/_evidence/requests", body)
        assert kept.getresponse().read().startswith(b"[")
        assert kept.sock is socket
    kept.close()


def test_sessions_last_an_hour_from_when_they_are_asked_for(
    clean: ServedDemo, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = clean.app._app
    monkeypatch.setattr(app, "_started", app._started - 7200)  # the server has run for two hours
    given = clean.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{LOG_ACCOUNT}:role/{COLLECTOR}",
        RoleSessionName="late",
        ExternalId=EXTERNAL_ID,
    )
    left = given["Credentials"]["Expiration"] - NOW
    assert timedelta(hours=3) <= left < timedelta(hours=4)  # and for as long as other tests took


def test_a_client_that_dies_in_the_middle_of_a_request_is_no_news(clean: ServedDemo, capfd) -> None:
    place = urlsplit(clean.server.url)
    with socket.create_connection((place.hostname, place.port)) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n"
                       b"Content-Type: application/x-www-form-urlencoded\r\n\r\nAction=")  # fmt: skip
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100) == b""
    assert capfd.readouterr().err == ""
