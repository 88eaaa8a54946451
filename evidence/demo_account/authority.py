"""A time-stamping authority (RFC 3161) of the demonstration: over HTTP on a loopback port, trusted by nobody.

Its certificates say so by name, so that every report, and every verification, does too. pyHanko's testing
authority makes the answers; here are its certificates, what RFC 5816 asks for beside, and the HTTP.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from asn1crypto import keys, pem, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

NAME = "Demonstration time-stamping authority, not trusted by anyone"
ROOT_NAME = "Demonstration time-stamping root, not trusted by anyone"
TIME_STAMPING = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
REPLY = "application/timestamp-reply"

HttpReply = tuple[int, str, bytes]
"""Status, content type, body."""


@dataclass(frozen=True)
class AuthorityFiles:
    """A folder with an authority's `tsa.key` and `tsa.pem`, and `above.pem`: its root's certificate."""

    folder: Path

    @property
    def root(self) -> Path:
        """The root's certificate, which a verifier would trust."""
        return self.folder / "above.pem"

    def stamped(self, request: bytes, moment: datetime) -> bytes:
        """Return the TimeStampResp to a TimeStampReq: granted, whatever the certificate is for."""
        own, root = (_certificate_in(self.folder / name) for name in ("tsa.pem", "above.pem"))
        key = keys.PrivateKeyInfo.load(pem.unarmor((self.folder / "tsa.key").read_bytes())[2])
        above = SimpleCertificateStore.from_certs([root])  # type: ignore[no-untyped-call]
        stamper = _NamedBySha256(own, key, certs_to_embed=above, fixed_dt=moment.replace(microsecond=0))
        answer: bytes = stamper.request_tsa_response(tsp.TimeStampReq.load(request)).dump()
        return answer


class _NamedBySha256(DummyTimeStamper):
    """Names its certificate by SHA-256 (RFC 5816), where pyHanko's own uses SHA-1."""

    def _sign_tst_info(self, tst_info_data: bytes, md_algorithm: str, dt: datetime) -> tuple[bytes, Any]:
        _, attributes = super()._sign_tst_info(tst_info_data, md_algorithm, dt)
        binding = simple_cms_attribute("signing_certificate_v2", as_signing_certificate_v2(self.tsa_cert))  # type: ignore[no-untyped-call]
        kept = [one for one in attributes if one["type"].native != "signing_certificate"]
        attributes = type(attributes)([*kept, binding])
        key = _loaded(self.tsa_key.dump())
        return key.sign(attributes.dump(), PKCS1v15(), _DIGESTS[md_algorithm]()), attributes


_DIGESTS: dict[str, type[hashes.SHA256] | type[hashes.SHA384] | type[hashes.SHA512]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
"""What a request may be over: the authority signs with the same."""


@cache
def _loaded(der: bytes) -> RSAPrivateKey:
    """Load a key once: checking an RSA key takes longer than to sign with it."""
    key = serialization.load_der_private_key(der, None)
    assert isinstance(key, RSAPrivateKey)  # noqa: S101  made below
    return key


def _certificate_in(file: Path) -> asn1.Certificate:
    return asn1.Certificate.load(pem.unarmor(file.read_bytes())[2])


def write_authority(
    folder: Path,
    now: datetime,
    names: tuple[str, str] = (NAME, ROOT_NAME),
    *,
    private: tuple[RSAPrivateKey, RSAPrivateKey] | None = None,
    purpose: x509.ExtendedKeyUsage = TIME_STAMPING,
    critical: bool = True,
    days: tuple[float, float] = (-400, 4000),
) -> AuthorityFiles:
    """Write an authority's key, its certificate and its root's into a new folder.

    `days` is its certificate's validity, counted from now; `names` and `private` are its own and the root's,
    whose key is forgotten.
    """
    folder.mkdir(parents=True)
    key, root_key = private or (generate_private_key(65537, 3072), generate_private_key(65537, 3072))
    above = (names[1], root_key)
    authority = x509.BasicConstraints(ca=True, path_length=None)
    own = _issued((names[0], key), above, now, days).add_extension(purpose, critical)
    root = _issued(above, above, now, (2 * days[0], 2 * days[1])).add_extension(authority, critical=True)
    for file, builder in (("tsa.pem", own), ("above.pem", root)):
        signed = builder.sign(root_key, hashes.SHA256())
        (folder / file).write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "tsa.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return AuthorityFiles(folder)


def _issued(
    subject: tuple[str, RSAPrivateKey],
    issuer: tuple[str, RSAPrivateKey],
    now: datetime,
    days: tuple[float, float],
) -> x509.CertificateBuilder:
    whole = now.replace(microsecond=0)
    public, number = subject[1].public_key(), x509.random_serial_number()
    builder = x509.CertificateBuilder(_name(issuer[0]), _name(subject[0]), public, number)
    first, last = (whole + timedelta(days=one) for one in days)
    return builder.not_valid_before(first).not_valid_after(last)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@contextmanager
def serving(respond: Callable[[bytes], HttpReply]) -> Iterator[str]:
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


@contextmanager
def serve_authority(files: AuthorityFiles, clock: Callable[[], datetime]) -> Iterator[str]:
    """Serve an authority that stamps by a clock; yield its URL."""
    with serving(lambda request: (200, REPLY, files.stamped(request, clock()))) as url:
        yield url
