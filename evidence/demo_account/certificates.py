"""Makes a certificate authority for one run of the demo account, and the server's certificate by it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from evidence import storage

HOSTS = ("127.0.0.1", "localhost")
_AUTHORITY = "Authority of the demo account"
_DAYS = 30
_AGE = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class ServerCertificates:
    """Two PEM files: what clients trust, and what the server shows."""

    authority: Path
    """What AWS_CA_BUNDLE is set to."""
    server: Path
    """The server's certificate, then its key."""


def write_certificates(
    folder: Path, hosts: tuple[str, ...] = HOSTS, not_after: datetime | None = None
) -> ServerCertificates:
    """Make an authority and a certificate for these hosts, valid for 30 days or until `not_after`.

    Writes `ca.pem` and `server.pem` into the folder, over those of an earlier run. Raises StorageError where
    it takes no file.
    """
    end = not_after or datetime.now(UTC) + timedelta(days=_DAYS)
    issuer, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = x509.BasicConstraints(ca=True, path_length=0)
    signs = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    names = x509.SubjectAlternativeName([_alternative(host) for host in hosts])
    serves = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())
    authority = _certificate(_AUTHORITY, issuer, issuer, end, ca, signs)
    server = _certificate(hosts[0], key, issuer, end, names, serves, identifier)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    made = ServerCertificates(folder / "ca.pem", folder / "server.pem")
    with storage.storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in ((made.authority, authority), (made.server, server + secret)):
            with storage.replacing(file) as target:
                target.write(content)
    return made


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: ec.EllipticCurvePrivateKey,
    end: datetime,
    *extensions: x509.ExtensionType,
) -> bytes:
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(_AUTHORITY))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - _AGE)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    for one in extensions:
        builder = builder.add_extension(one, critical=isinstance(one, x509.BasicConstraints))
    return builder.sign(issuer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
