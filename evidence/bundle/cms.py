"""Strict check of a detached CMS signature (RFC 5652) with CAdES attributes: one form is accepted.

The structure is rebuilt from its parts and compared byte for byte, so that nothing unsigned can hide in it.
The same check serves the seal of a bundle, the seal of a pack and the signature inside a PDF.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from asn1crypto import cms as asn1
from asn1crypto import tsp
from asn1crypto.core import Asn1Value
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

MIN_RSA_BITS = 3072
CURVES = ("secp256r1", "secp384r1", "secp521r1")
MAX_BYTES = 256 * 1024
MAX_CERTIFICATES = 8

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_REQUIRED = {"content_type", "message_digest", "signing_certificate_v2"}
_OPTIONAL = {"signing_time"}

# asn1crypto learns the signing-certificate attribute (RFC 5035) when its time-stamp module is imported.
_SIGNING_CERTIFICATE = tsp.SigningCertificateV2


class CmsError(ValueError):
    """The signature is not one to rely on; the message says why, one clause."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that holds over its content."""

    certificate: x509.Certificate
    """The signer's."""
    chain: tuple[x509.Certificate, ...]
    """The signer's certificate and those above it, each issued by the next."""
    signing_time: datetime | None
    """What the signer claims."""

    @property
    def chain_pem(self) -> bytes:
        """The chain as chain.pem holds it."""
        return pem(self.chain)


def pem(certificates: Sequence[x509.Certificate]) -> bytes:
    """Return certificates as PEM, one after the other, nothing between."""
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)


def fingerprint(certificate: x509.Certificate) -> str:
    """Return SHA-256 of a certificate's DER, 64 hex digits."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def check(der: bytes, content: bytes) -> Signature:
    """Return the signature over the content; raises CmsError when it is not exactly what we would make."""
    if len(der) > MAX_BYTES:
        raise CmsError(f"the signature is larger than {MAX_BYTES} bytes")
    try:
        with warnings.catch_warnings():
            # cryptography warns of certificates that it will refuse one day; what counts here is the verdict.
            warnings.simplefilter("ignore")
            return _check(der, content)
    except CmsError:
        raise
    # Over hostile bytes asn1crypto and cryptography raise whatever their innards raise, under no common
    # class. Whatever it was: the signature does not hold.
    except Exception as error:
        raise CmsError("the signature is not well-formed CMS") from error


def unfit_key(key: "CertificatePublicKeyTypes") -> str | None:
    """Return why a public key is not accepted, in words, or None when it is."""
    if isinstance(key, rsa.RSAPublicKey):
        short = key.key_size < MIN_RSA_BITS
        return f"the RSA key has {key.key_size} bits, fewer than {MIN_RSA_BITS}" if short else None
    if isinstance(key, ec.EllipticCurvePublicKey):
        return None if key.curve.name in CURVES else f"the curve {key.curve.name} is not accepted"
    return "the key is neither RSA nor ECDSA"


def may_sign(certificate: x509.Certificate) -> bool:
    """Return whether a certificate's key usage, if any, allows signing documents (RFC 5280 §4.2.1.3)."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature or usage.content_commitment


def issuer_of(certificate: x509.Certificate, pool: Sequence[x509.Certificate]) -> x509.Certificate | None:
    """Return the certificate of the pool whose key signed this one."""
    return next((candidate for candidate in pool if _issued(certificate, candidate)), None)


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _check(der: bytes, content: bytes) -> Signature:
    info = asn1.ContentInfo.load(der, strict=True)
    if info["content_type"].native != "signed_data":
        raise CmsError("it is not CMS signed data")
    signed = info["content"]
    if len(signed["signer_infos"]) != 1:
        raise CmsError("it does not have exactly one signer")
    signer = signed["signer_infos"][0]
    chain = _chain(_certificates(signed), signer)
    algorithm = signer["digest_algorithm"]["algorithm"].native
    if algorithm not in _HASHES:
        raise CmsError(f"the digest {algorithm} is weaker than SHA-256 or unknown")
    if _rebuilt(signer, chain, algorithm) != der:
        raise CmsError("it holds something besides one signature and its certificates")
    attributes = _attributes(signer)
    if attributes["message_digest"].native != _digest(algorithm, content):
        raise CmsError("it is not over this content")
    _check_binding(attributes["signing_certificate_v2"], chain[0])
    _verify(signer, chain[0], _HASHES[algorithm]())
    if not may_sign(chain[0]):
        raise CmsError("the key usage of its certificate does not allow signing documents")
    claimed = attributes["signing_time"].native if "signing_time" in attributes else None
    return Signature(chain[0], chain, claimed)


def _certificates(signed: asn1.SignedData) -> list[x509.Certificate]:
    choices = signed["certificates"]
    if not 1 <= len(choices) <= MAX_CERTIFICATES or any(one.name != "certificate" for one in choices):
        raise CmsError("it does not carry the signer's certificate, or carries too many")
    return [x509.load_der_x509_certificate(one.chosen.dump()) for one in choices]


def _chain(pool: list[x509.Certificate], signer: asn1.SignerInfo) -> tuple[x509.Certificate, ...]:
    """Order certificates from the signer upwards; none may be left over."""
    if signer["sid"].name != "issuer_and_serial_number":
        raise CmsError("it names its signer in another form than issuer and serial number")
    wanted = signer["sid"].chosen.dump()
    own = [candidate for candidate in pool if _sid(candidate).chosen.dump() == wanted]
    if len(own) != 1:
        raise CmsError("it does not carry exactly its signer's certificate")
    chain, rest = own, [c for c in pool if c is not own[0]]
    while rest:
        above = issuer_of(chain[-1], rest)
        if above is None:
            raise CmsError("it carries a certificate that is not above its signer's")
        chain.append(above)
        rest.remove(above)
    return tuple(chain)


def _attributes(signer: asn1.SignerInfo) -> dict[str, Asn1Value]:
    attributes = {one["type"].native: one["values"] for one in signer["signed_attrs"]}
    names = set(attributes)
    if len(names) != len(signer["signed_attrs"]) or any(len(values) != 1 for values in attributes.values()):
        raise CmsError("a signed attribute stands twice")
    if not _REQUIRED <= names <= _REQUIRED | _OPTIONAL:
        raise CmsError("its signed attributes are not those of a CAdES signature")
    values = {name: found[0] for name, found in attributes.items()}
    if values["content_type"].native != "data":
        raise CmsError("its content type is not data")
    return values


def _check_binding(attribute: Asn1Value, certificate: x509.Certificate) -> None:
    """RFC 5035 §4: the signature names its certificate by hash, so that none can be put in its place."""
    first = attribute["certs"][0]
    algorithm = first["hash_algorithm"]["algorithm"].native
    if algorithm not in _HASHES or len(attribute["certs"]) != 1:
        raise CmsError("its signing-certificate attribute is not accepted")
    if first["cert_hash"].native != certificate.fingerprint(_HASHES[algorithm]()):
        raise CmsError("it was made for another certificate")


def _rebuilt(signer: asn1.SignerInfo, chain: Sequence[x509.Certificate], algorithm: str) -> bytes:
    digest = asn1.DigestAlgorithm({"algorithm": algorithm})
    encoded = [asn1.CertificateChoices("certificate", _asn1(one)) for one in chain]
    own = asn1.SignerInfo(
        {
            "version": "v1",
            "sid": _sid(chain[0]),
            "digest_algorithm": digest,
            "signature_algorithm": {"algorithm": _mechanism(chain[0], algorithm)},
            "signed_attrs": asn1.CMSAttributes(list(signer["signed_attrs"])),
            "signature": signer["signature"].native,
        }
    )
    signed = asn1.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [digest],
            "encap_content_info": {"content_type": "data"},
            "certificates": encoded,
            "signer_infos": [own],
        }
    )
    rebuilt: bytes = asn1.ContentInfo({"content_type": "signed_data", "content": signed}).dump(force=True)
    return rebuilt


def _asn1(certificate: x509.Certificate) -> asn1.Certificate:
    return asn1.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def _sid(certificate: x509.Certificate) -> asn1.SignerIdentifier:
    parsed = _asn1(certificate)
    members = {"issuer": parsed.issuer, "serial_number": parsed.serial_number}
    return asn1.SignerIdentifier("issuer_and_serial_number", asn1.IssuerAndSerialNumber(members))


def _mechanism(certificate: x509.Certificate, algorithm: str) -> str:
    return f"{algorithm}_{'rsa' if isinstance(certificate.public_key(), rsa.RSAPublicKey) else 'ecdsa'}"


def _digest(algorithm: str, content: bytes) -> bytes:
    digest = hashes.Hash(_HASHES[algorithm]())
    digest.update(content)
    return digest.finalize()


def _verify(signer: asn1.SignerInfo, certificate: x509.Certificate, algorithm: hashes.HashAlgorithm) -> None:
    key = certificate.public_key()
    unfit = unfit_key(key)
    if unfit:
        raise CmsError(unfit)
    signature = signer["signature"].native
    message = signer["signed_attrs"].untag().dump()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(algorithm))
    except InvalidSignature as error:
        raise CmsError("the signature does not match its certificate") from error
