"""The demonstration's time-stamping authority, answered by a program that is not ours, and its bad twins.

Certificates and HTTP are those of `evidence.demo_account.authority`; `openssl ts` makes the tokens.
"""

import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from evidence.demo_account.authority import (
    REPLY,
    TIME_STAMPING,
    AuthorityFiles,
    HttpReply,
    write_authority,
)
from evidence.signatures import timestamps

_CONFIG = """\
[tsa]
default_tsa = authority
[authority]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/above.pem
signer_key = {folder}/tsa.key
signer_digest = {digest}
default_policy = 1.2.3.4.1
digests = sha1, sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_alg = {ess}
"""


@cache
def _key(number: int) -> rsa.RSAPrivateKey:
    """Return one of a few keys, made once for all tests of a process."""
    del number
    return rsa.generate_private_key(65537, 3072)


class Authority(AuthorityFiles):
    """An authority's files, and openssl's configuration beside them."""

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """The CA's certificate, loaded."""
        return tuple(x509.load_pem_x509_certificates(self.root.read_bytes()))

    def answer(self, request: bytes) -> bytes:
        """Answer a TimeStampReq by `openssl ts -reply`."""
        query = self.folder / f"{threading.get_ident()}.tsq"
        query.write_bytes(request)
        command = ["openssl", "ts", "-reply", "-config", self.folder / "openssl.cnf", "-queryfile", query]
        with _ONE_AT_A_TIME:
            return subprocess.run(command, capture_output=True, check=True).stdout

    def stamp(self, content: bytes, digest: str = "sha256") -> bytes:
        """Return an answer over content, without a nonce."""
        return self.answer(request_for(content, digest=digest))


@dataclass(frozen=True)
class AuthorityThen:
    """An authority as it answered at some time."""

    authority: Authority
    moment: datetime
    digest: str = "sha256"

    def stamp(self, content: bytes) -> bytes:
        """Return a time-stamp of that time, as a .tsr file holds it."""
        return kept(self.authority.stamped(request_for(content, digest=self.digest), self.moment))


def kept(answer: bytes, *anchors: x509.Certificate) -> bytes:
    """Return an authority's answer as a .tsr file holds it."""
    return timestamps.response(timestamps.normal(timestamps.granted(answer), anchors))


_ONE_AT_A_TIME = threading.Lock()
"""openssl keeps the serial number in a file."""


def request_for(content: bytes, digest: str = "sha256") -> bytes:
    """Return a TimeStampReq over content."""
    known = {"sha512": hashes.SHA512, "sha256": hashes.SHA256, "sha1": hashes.SHA1}
    hashed = hashes.Hash(known[digest]())
    hashed.update(content)
    imprint = {"hash_algorithm": {"algorithm": digest}, "hashed_message": hashed.finalize()}
    return tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "cert_req": True}).dump()


def make_authority(
    folder: Path,
    name: str = "Test authority",
    *,
    purpose: x509.ExtendedKeyUsage = TIME_STAMPING,
    critical: bool = True,
    days: tuple[float, float] = (-400, 4000),
    digest: str = "sha256",
    ess: str = "sha256",
    keys: tuple[int, int] = (1, 2),
    now: datetime | None = None,
) -> Authority:
    """Make an authority's files in a new folder; `days` is its certificate's validity, from now."""
    private = (_key(keys[1]), _key(keys[0]))
    write_authority(
        folder, now or datetime.now(UTC), (name, f"{name} root"), private=private, purpose=purpose,
        critical=critical, days=days,
    )  # fmt: skip
    (folder / "serial").write_text("01\n")
    (folder / "openssl.cnf").write_text(_CONFIG.format(folder=folder, digest=digest, ess=ess))
    return Authority(folder)


def honest(authority: Authority) -> Callable[[bytes], HttpReply]:
    """Return how an authority that keeps to RFC 3161 responds."""
    return lambda request: (200, REPLY, authority.answer(request))


def altered(authority: Authority, alter: Callable[[tsp.TimeStampReq], None]) -> Callable[[bytes], HttpReply]:
    """Return how an authority responds that answers another request than the one it got."""

    def respond(request: bytes) -> HttpReply:
        parsed = tsp.TimeStampReq.load(request)
        alter(parsed)
        return 200, REPLY, authority.answer(parsed.dump(force=True))

    return respond


def silent(_request: bytes) -> HttpReply:
    """Never answer in time."""
    time.sleep(30)
    return 200, REPLY, b""
