"""Asking an authority: what it sends back is believed only if a reader could rely on it."""

import socket
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import tsp

from evidence.clock import Clock, frozen_clock, system_clock
from evidence.demo_account.authority import REPLY, serving
from evidence.errors import AuthorityError, UsageError
from evidence.settings.sections import TimeStampSettings
from evidence.signatures import timestamps
from evidence.signing.authority import HttpAuthority, authority_at
from tests.support.authority import (
    Authority,
    altered,
    honest,
    make_authority,
    request_for,
    silent,
)

CONTENT = b"a seal"


def asked(url: str, *, clock: Clock | None = None, anchors=(), timeout: float = 20) -> bytes:
    return HttpAuthority(url, timeout, clock or system_clock(), anchors).stamp(CONTENT)


def refused(respond, **options) -> str:
    with serving(respond) as address, pytest.raises(AuthorityError) as caught:
        asked(address, **options)
    assert address in caught.value.message
    return caught.value.message


def test_honest(url: str, authority: Authority) -> None:
    stamp = timestamps.check(asked(url, anchors=authority.certificates), CONTENT)
    assert abs(stamp.time - datetime.now(UTC)) < timedelta(minutes=1)
    assert stamp.nonce is not None


def test_request_is_over_sha256_with_the_nonce_that_was_drawn(authority: Authority) -> None:
    seen = []

    def respond(request: bytes):
        seen.append(request)
        return honest(authority)(request)

    with serving(respond) as address:
        HttpAuthority(address, 20, system_clock(), random=bytes).stamp(CONTENT)
    request = tsp.TimeStampReq.load(seen[0])
    assert request["nonce"].native == 1 << 56
    assert (
        request["message_imprint"].dump()
        == tsp.TimeStampReq.load(request_for(CONTENT))["message_imprint"].dump()
    )
    assert request["cert_req"].native


def change(name: str, value):
    def alter(request) -> None:
        request[name] = value

    return alter


def test_answer_to_another_nonce(authority: Authority) -> None:
    assert "nonce" in refused(altered(authority, change("nonce", 7)))


def test_answer_without_nonce(authority: Authority) -> None:
    assert "nonce" in refused(altered(authority, change("nonce", None)))


def test_answer_over_another_imprint(authority: Authority) -> None:
    other = tsp.TimeStampReq.load(request_for(b"other"))["message_imprint"]
    assert "not over this content" in refused(altered(authority, change("message_imprint", other)))


def test_rejection(authority: Authority) -> None:
    """openssl rejects a policy that it does not know, and says so."""
    assert "rejection" in refused(altered(authority, change("req_policy", "1.2.3.99")))


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (
            (200, "text/html", b"<html>Sign in to the hotel's network</html>"),
            "does not answer as a",
        ),
        ((200, REPLY, b"<html>"), "not that of a time-stamping authority"),
        ((200, REPLY, b""), "not that of a time-stamping authority"),
        ((200, REPLY, b"\x30" * 100_000), "larger than"),
        ((503, REPLY, b""), "HTTP status 503"),
        ((302, REPLY, b""), "HTTP status 302"),
    ],
)
def test_no_time_stamp(answer, word: str) -> None:
    assert word in refused(lambda _request: answer)


def test_silence() -> None:
    assert "no answer came in time" in refused(silent, timeout=0.3)


def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(AuthorityError, match="cannot be reached"):
            asked(f"http://127.0.0.1:{taken.getsockname()[1]}/")


@pytest.mark.parametrize("hours", [-1, 1])
def test_clocks_apart(authority: Authority, hours: int) -> None:
    wrong = frozen_clock(datetime.now(UTC) + timedelta(hours=hours))
    assert "this machine says" in refused(honest(authority), clock=wrong)


def test_not_under_the_certificate_given(authority: Authority, stranger: Authority) -> None:
    assert "not under" in refused(honest(stranger), anchors=authority.certificates)


def test_weak_answer(tmp_path) -> None:
    assert "weaker" in refused(honest(make_authority(tmp_path / "tsa", digest="sha1")))


def test_settings(authority: Authority, tmp_path) -> None:
    assert authority_at(TimeStampSettings(), system_clock()) is None
    named = authority_at(TimeStampSettings(url="http://tsa.example/", ca=authority.root), system_clock())
    assert named is not None and named.anchors == authority.certificates
    with pytest.raises(UsageError, match="cannot be read"):
        authority_at(TimeStampSettings(url="http://tsa.example/", ca=tmp_path / "none"), system_clock())


@pytest.mark.parametrize(
    "url",
    [
        "ftp://tsa.example/", "file:///etc/passwd", "tsa", "http://user:word@tsa.example/",
        "http://tsa.example/?key=secret",
    ],
)  # fmt: skip
def test_urls_that_are_not_asked(url: str) -> None:
    with pytest.raises(ValueError, match="must be a"):
        TimeStampSettings(url=url)
