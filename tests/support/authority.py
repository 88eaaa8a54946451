"""A time-stamping authority for tests: `openssl ts` behind HTTP, under a CA made here; and its bad twins."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from evidence.signatures import timestamps

TIME_STAMPING = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
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

Answer = tuple[int, str, bytes]


@cache
def _key(number: int) -> rsa.RSAPrivateKey:
    """Return one of a few keys, made once for all tests of a process."""
    del number
    return rsa.generate_private_key(65537, 3072)


def _certificate(
    subject: tuple[str, rsa.RSAPrivateKey],
    issuer: tuple[str, rsa.RSAPrivateKey],
    extension: x509.ExtensionType,
    critical: bool,
    days: tuple[float, float],
) -> x509.Certificate:
    now = datetime.now(UTC).replace(microsecond=0)
    public = subject[1].public_key()
    return (
        x509.CertificateBuilder(_name(issuer[0]), _name(subject[0]), public, x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(extension, critical)
        .sign(issuer[1], hashes.SHA256())
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass(frozen=True)
class Authority:
    """An authority's files: `tsa.key`, `tsa.pem`, `above.pem` (its CA) and openssl's configuration."""

    folder: Path

    @property
    def root(self) -> Path:
        """The CA's certificate, which a verifier would trust."""
        return self.folder / "above.pem"

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


def kept(answer: bytes, *anchors: x509.Certificate) -> bytes:
    """Return an authority's answer as a .tsr file holds it."""
    return timestamps.response(timestamps.normal(timestamps.granted(answer), anchors))


_ONE_AT_A_TIME = threading.Lock()
"""openssl keeps the serial number in a file."""


def request_for(content: bytes, digest: str = "sha256") -> bytes:
    """Return a TimeStampReq over content."""
    hashed = hashes.Hash({"sha256": hashes.SHA256, "sha1": hashes.SHA1}[digest]())
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
) -> Authority:
    """Make an authority's files in a new folder; `days` is its certificate's validity, from now."""
    folder.mkdir(parents=True)
    root_key, key = _key(keys[0]), _key(keys[1])
    above = (f"{name} root", root_key)
    root = _certificate(above, above, x509.BasicConstraints(ca=True, path_length=None), True, (-800, 8000))
    own = _certificate((name, key), above, purpose, critical, days)
    (folder / "tsa.pem").write_bytes(own.public_bytes(serialization.Encoding.PEM))
    (folder / "above.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    (folder / "tsa.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    (folder / "serial").write_text("01\n")
    (folder / "openssl.cnf").write_text(_CONFIG.format(folder=folder, digest=digest, ess=ess))
    return Authority(folder)


@contextmanager
def serving(respond: Callable[[bytes], Answer]) -> Iterator[str]:
    """Serve an authority on a free loopback port; `respond` gets the body of each POST. Yield the URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, kind, body = respond(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


REPLY = "application/timestamp-reply"


def honest(authority: Authority) -> Callable[[bytes], Answer]:
    """Return how an authority that keeps to RFC 3161 responds."""
    return lambda request: (200, REPLY, authority.answer(request))


def altered(authority: Authority, alter: Callable[[tsp.TimeStampReq], None]) -> Callable[[bytes], Answer]:
    """Return how an authority responds that answers another request than the one it got."""

    def respond(request: bytes) -> Answer:
        parsed = tsp.TimeStampReq.load(request)
        alter(parsed)
        return 200, REPLY, authority.answer(parsed.dump(force=True))

    return respond


def silent(_request: bytes) -> Answer:
    """Never answer in time."""
    time.sleep(30)
    return 200, REPLY, b""
