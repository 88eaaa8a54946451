"""Asks a time-stamping authority over HTTP (RFC 3161 §3.4) and checks everything it answers.

The messages are asn1crypto's; what is accepted is decided by `signatures.timestamps`, as for a reader.
No credentials are ever sent: no netrc, no cookies, no user in the URL, no redirect followed.
"""

import secrets
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPException

from asn1crypto import tsp
from cryptography import x509

from evidence import __version__
from evidence.clock import Clock
from evidence.errors import AuthorityError
from evidence.findings import TimeStampSubject
from evidence.foreign import diagnose
from evidence.settings.sections import TimeStampSettings
from evidence.signatures import cms, timestamps, trust

DIGEST = "sha256"
_QUERY, _REPLY = "application/timestamp-query", "application/timestamp-reply"
_NONCE_BYTES = 8
_SKEW = timedelta(minutes=10)
"""How far the authority's clock may be from ours: as far as a verifier lets them be apart."""
_BLOCK = 16 * 1024


@dataclass(frozen=True)
class HttpAuthority:
    """A time-stamping authority at a URL."""

    url: str
    timeout: float
    """Seconds, for the connection and each wait for more."""
    clock: Clock
    anchors: tuple[x509.Certificate, ...] = ()
    """Certificates under which the answer must be, when there are any."""
    random: Callable[[int], bytes] = secrets.token_bytes
    digest: str = DIGEST
    """Of what is stamped: `sha256`, `sha384` or `sha512`."""

    def stamp(self, content: bytes) -> bytes:
        """Return a time-stamp of the content as a .tsr file holds it.

        Raises AuthorityError when there is no answer, or one that a reader could not rely on.
        """
        nonce = int.from_bytes(b"\x01" + self.random(_NONCE_BYTES - 1))
        answer = self._post(_request(content, nonce, self.digest))
        try:
            token = timestamps.normal(timestamps.granted(answer), self.anchors)
            stamp = timestamps.check_token(token, content)
        except timestamps.TimeStampError as error:
            raise AuthorityError(f"The answer of {self.url} is no time-stamp to rely on: {error}.") from error
        self._check(stamp, nonce)
        return timestamps.response(token)

    def _check(self, stamp: timestamps.TimeStamp, nonce: int) -> None:
        now = self.clock.now()
        if stamp.nonce != nonce:
            raise AuthorityError(f"The answer of {self.url} is to another request: its nonce is not ours.")
        if abs(stamp.time - now) > _SKEW:
            raise AuthorityError(
                f"{self.url} says that it is {stamp.time:%Y-%m-%d %H:%M:%S} UTC, this machine says "
                f"{now:%Y-%m-%d %H:%M:%S} UTC.",
                "Set the machine's clock, or choose another authority.",
            )
        given = trust.Trust(authorities=self.anchors)
        stamped, _ = trust.judge_time_stamp(stamp, TimeStampSubject.SEAL, given, now=now, subject=self.url)
        if self.anchors and not stamped.trusted:
            raise AuthorityError(
                f"The answer of {self.url} is made by {stamped.authority}, which is not under the "
                "certificate given with --timestamp-ca.",
                "Check --timestamp-ca: it takes the authority's root certificate.",
            )

    def _post(self, query: bytes) -> bytes:
        headers = {"Content-Type": _QUERY, "Accept": _REPLY, "User-Agent": f"evidence/{__version__}"}
        request = urllib.request.Request(self.url, query, headers, method="POST")  # noqa: S310 (checked)
        try:
            with _opener().open(request, timeout=self.timeout) as reply:
                if reply.status != 200 or reply.headers.get_content_type() != _REPLY:
                    raise AuthorityError(f"{self.url} does not answer as a time-stamping authority.")
                return self._read(reply.read1)
        except urllib.error.HTTPError as error:
            error.close()
            raise AuthorityError(f"{self.url} answers with HTTP status {error.code}.") from error
        except (OSError, HTTPException) as error:
            raise AuthorityError(f"{self.url} cannot be reached: {diagnose(error).clause}.") from error
        except ValueError as error:
            raise AuthorityError(f"{self.url} is no address that can be asked.") from error

    def _read(self, more: Callable[[int], bytes]) -> bytes:
        """Read the answer, as long as it stays small and comes in time."""
        answer, until = b"", self.clock.monotonic() + self.timeout
        while len(answer) <= timestamps.MAX_BYTES and (block := more(_BLOCK)):
            answer += block
            if self.clock.monotonic() > until:
                raise AuthorityError(f"{self.url} did not answer within {self.timeout:.0f} seconds.")
        return answer


def authority_at(settings: TimeStampSettings, clock: Clock, *, digest: str = DIGEST) -> HttpAuthority | None:
    """Return the authority that the settings name, or None; raises UsageError for an unreadable CA file."""
    if settings.url is None:
        return None
    anchors = trust.load_certificates(settings.ca, "--timestamp-ca") if settings.ca else ()
    return HttpAuthority(settings.url, float(settings.timeout_seconds), clock, anchors, digest=digest)


def _request(content: bytes, nonce: int, digest: str) -> bytes:
    imprint = {"hash_algorithm": {"algorithm": digest}, "hashed_message": cms.digest_of(digest, content)}
    members = {"version": 1, "message_imprint": imprint, "nonce": nonce, "cert_req": True}
    der: bytes = tsp.TimeStampReq(members).dump()
    return der


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would send the request where nobody said it should go."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def _opener() -> urllib.request.OpenerDirector:
    """Return a client for http and https alone, through the environment's proxy if there is one."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _NoRedirect(),
    ):
        opener.add_handler(handler)
    return opener
