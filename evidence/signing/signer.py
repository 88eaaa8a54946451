"""Signs the seal, the pack and the PDF with one signing identity, wherever its private key is."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from evidence.signatures import cms
from evidence.signing import keys
from evidence.signing.detached import detached_signature
from evidence.signing.keys import PrivateKey

if TYPE_CHECKING:
    from pyhanko.sign.signers import Signer as PdfSigner


@dataclass(frozen=True, slots=True)
class SignerIdentity:
    """Who signs, for printing in a report."""

    subject: str
    """The certificate's subject, as RFC 4514 text."""
    fingerprint: str
    """SHA-256 of the certificate (DER), 64 hex digits."""
    not_before: datetime
    not_after: datetime
    self_signed: bool


@dataclass(frozen=True)
class Signer:
    """A private key, its certificate and those above it; `load_signer` checks that they fit."""

    key: PrivateKey
    chain: tuple[x509.Certificate, ...]
    """The signer's certificate first, each issued by the next."""

    @property
    def certificate(self) -> x509.Certificate:
        """The signer's certificate."""
        return self.chain[0]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the signer's certificate (DER), 64 hex digits."""
        return cms.fingerprint(self.certificate)

    @property
    def digest(self) -> str:
        """The digest that this identity signs, as pyHanko calls it: `sha256`, `sha384` or `sha512`."""
        return keys.digest_of(keys.public_of(self.key)).name

    @property
    def identity(self) -> SignerIdentity:
        """Who signs, for printing."""
        return identity_of(self.certificate)

    @property
    def certificate_pem(self) -> bytes:
        """The signer's certificate alone, to hand to the auditor."""
        return cms.pem(self.chain[:1])

    @property
    def chain_pem(self) -> bytes:
        """The signer's certificate and those above it, PEM, signer first."""
        return cms.pem(self.chain)

    def seal(self, content: bytes, moment: datetime) -> bytes:
        """Return a detached CMS signature with CAdES attributes (DER); the time is the signer's claim.

        Raises SigningError when a device or service does not sign.
        """
        return detached_signature(self.key, _asn1(self.chain), content, moment)

    @cached_property
    def pyhanko(self) -> "PdfSigner":
        """This identity as pyHanko takes it."""
        return _pyhanko(self.key, self.chain)


def identity_of(certificate: x509.Certificate) -> SignerIdentity:
    """Return the printable identity of a certificate."""
    return SignerIdentity(
        subject=certificate.subject.rfc4514_string(),
        fingerprint=cms.fingerprint(certificate),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        self_signed=certificate.subject == certificate.issuer,
    )


def _pyhanko(key: PrivateKey, chain: tuple[x509.Certificate, ...]) -> "PdfSigner":
    from pyhanko.sign.signers import Signer as PdfSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    class KeyObjectSigner(PdfSigner):
        """Signs with the key object in hand, so that it is never encoded again and may be anywhere."""

        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
            del digest_algorithm, dry_run
            return keys.sign(key, data)

    certificates = _asn1(chain)
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple(certificates[1:])
    return KeyObjectSigner(signing_cert=certificates[0], cert_registry=store)


def _asn1(chain: tuple[x509.Certificate, ...]) -> list[asn1.Certificate]:
    return [asn1.Certificate.load(one.public_bytes(serialization.Encoding.DER)) for one in chain]
