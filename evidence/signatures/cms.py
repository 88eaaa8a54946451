"""Checks a detached CMS signature (RFC 5652) with CAdES attributes strictly: one form is accepted.

The structure is rebuilt from its parts and compared byte for byte, so that nothing unsigned can hide in it.
The same check serves the seal of a bundle, the seal of a pack and the signature inside a PDF.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from asn1crypto import cms as asn1
from asn1crypto import tsp
from asn1crypto.core import Asn1Value, OctetString
from asn1crypto.parser import emit, parse
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

MIN_RSA_BITS = 3072
CURVES = ("secp256r1", "secp384r1", "secp521r1")
MAX_BYTES = 256 * 1024
MAX_CERTIFICATES = 8

HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_CONTEXT = 2
"""Class of context-specific tags (X.690 §8.1.2.2)."""
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
    value: bytes
    """The signature itself, which a time-stamp inside the CMS is over."""
    token: bytes | None = None
    """The time-stamp token that came with it (DER), not yet checked."""

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


def check(der: bytes, content: bytes, *, stamped: bool = False) -> Signature:
    """Return the signature over the content; raises CmsError when it is not exactly what we would make.

    `stamped`: it may carry one time-stamp token, which is handed back as it is, unchecked.
    """
    if len(der) > MAX_BYTES:
        raise CmsError(f"the signature is larger than {MAX_BYTES} bytes")
    try:
        with warnings.catch_warnings():
            # cryptography warns of certificates that it will refuse one day; what counts here is the verdict.
            warnings.simplefilter("ignore")
            return _check(der, content, stamped)
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


def path_from(
    certificate: x509.Certificate, pool: Sequence[x509.Certificate]
) -> tuple[x509.Certificate, ...]:
    """Return a certificate and those of the pool above it, each issued by the next, as far as they go."""
    path, rest = [certificate], list(pool)
    while above := issuer_of(path[-1], rest):
        path.append(above)
        rest = [one for one in rest if one is not above]
    return tuple(path)


def is_root(certificate: x509.Certificate) -> bool:
    """Return whether a certificate's own key signed it."""
    return _issued(certificate, certificate)


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _check(der: bytes, content: bytes, stamped: bool) -> Signature:
    info = asn1.ContentInfo.load(der, strict=True)
    if info["content_type"].native != "signed_data":
        raise CmsError("it is not CMS signed data")
    signed = info["content"]
    if len(signed["signer_infos"]) != 1:
        raise CmsError("it does not have exactly one signer")
    signer = signed["signer_infos"][0]
    chain = _chain(certificates_of(signed), signer)
    algorithm = signer["digest_algorithm"]["algorithm"].native
    if algorithm not in HASHES:
        raise CmsError(f"the digest {algorithm} is weaker than SHA-256 or unknown")
    token = _token(signer) if stamped else None
    if _rebuilt(signer, chain, algorithm, token) != der:
        raise CmsError("it holds something besides one signature and its certificates")
    attributes = _attributes(signer)
    if attributes["message_digest"].native != digest_of(algorithm, content):
        raise CmsError("it is not over this content")
    check_binding(attributes["signing_certificate_v2"], chain[0])
    _verify(signer, chain[0], HASHES[algorithm]())
    if not may_sign(chain[0]):
        raise CmsError("the key usage of its certificate does not allow signing documents")
    claimed = attributes["signing_time"].native if "signing_time" in attributes else None
    return Signature(chain[0], chain, claimed, signer["signature"].native, token)


def add_time_stamp_token(der: bytes, token: bytes) -> bytes:
    """Return a signature that `check` accepts with a time-stamp token of its value put into it.

    The token is an unsigned attribute (RFC 3161 appendix A): the signature and what it covers stay.
    """
    signed = asn1.ContentInfo.load(der, strict=True)["content"]
    signer = signed["signer_infos"][0]
    chain = _chain(certificates_of(signed), signer)
    return _rebuilt(signer, chain, signer["digest_algorithm"]["algorithm"].native, token)


def _token(signer: asn1.SignerInfo) -> bytes | None:
    """Return the time-stamp of the signature (RFC 3161 appendix A): the one unsigned attribute allowed."""
    attributes = list(signer["unsigned_attrs"])
    if not attributes:
        return None
    if len(attributes) != 1 or attributes[0]["type"].native != "signature_time_stamp_token":
        raise CmsError("it has unsigned attributes besides one time-stamp")
    der: bytes = attributes[0]["values"][0].dump()
    return der


def certificates_of(signed: asn1.SignedData) -> list[x509.Certificate]:
    """Return the certificates that a signature carries, in the order in which they stand."""
    choices = signed["certificates"]
    if not 1 <= len(choices) <= MAX_CERTIFICATES or any(one.name != "certificate" for one in choices):
        raise CmsError("it does not carry the signer's certificate, or carries too many")
    return [x509.load_der_x509_certificate(one.chosen.dump()) for one in choices]


def _chain(pool: list[x509.Certificate], signer: asn1.SignerInfo) -> tuple[x509.Certificate, ...]:
    """Order certificates from the signer upwards; none may be left over."""
    if signer["sid"].name != "issuer_and_serial_number":
        raise CmsError("it names its signer in another form than issuer and serial number")
    wanted = signer["sid"].chosen.dump()
    own = [candidate for candidate in pool if signer_identifier(candidate).chosen.dump() == wanted]
    if len(own) != 1:
        raise CmsError("it does not carry exactly its signer's certificate")
    path = path_from(own[0], [c for c in pool if c is not own[0]])
    if len(path) != len(pool):
        raise CmsError("it carries a certificate that is not above its signer's")
    if len(path) > 1 and not is_root(path[-1]):
        # what the last one says would be covered by no signature that is here
        raise CmsError("its certificates do not go up to a root")
    return path


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


def check_binding(attribute: Asn1Value, certificate: x509.Certificate, *, alone: bool = True) -> None:
    """Raise CmsError unless a signing-certificate attribute (RFC 5035 §4) names this certificate first.

    The signature names its certificate by hash, so that none can be put in its place. `alone`: by no other.
    """
    first = attribute["certs"][0]
    algorithm = first["hash_algorithm"]["algorithm"].native
    if algorithm not in HASHES or (alone and len(attribute["certs"]) != 1):
        raise CmsError("its signing-certificate attribute is not accepted")
    if first["cert_hash"].native != certificate.fingerprint(HASHES[algorithm]()):
        raise CmsError("it was made for another certificate")


def _rebuilt(
    signer: asn1.SignerInfo, chain: Sequence[x509.Certificate], algorithm: str, token: bytes | None
) -> bytes:
    digest = asn1.DigestAlgorithm({"algorithm": algorithm})
    attributes = sorted(_in_its_one_form(one.dump()) for one in signer["signed_attrs"])
    own = _sequence(
        asn1.CMSVersion("v1").dump()
        + signer_identifier(chain[0]).dump()
        + digest.dump()
        + emit(_CONTEXT, 1, 0, b"".join(attributes))
        + asn1.SignedDigestAlgorithm({"algorithm": _mechanism(chain[0], algorithm)}).dump()
        + OctetString(signer["signature"].native).dump()
    )
    return signed_data(
        1,
        digest.dump(),
        asn1.EncapsulatedContentInfo({"content_type": "data"}).dump(),
        sorted(one.public_bytes(serialization.Encoding.DER) for one in chain),
        own if token is None else _stamped(own, token),
    )


@lru_cache(maxsize=64)
def _in_its_one_form(attribute: bytes) -> bytes:
    """Return an attribute encoded again.

    asn1crypto takes long for the one that names the certificate, which all signatures of a signer share, and
    longer for it within all the others.
    """
    der: bytes = asn1.CMSAttribute.load(attribute, strict=True).dump(force=True)
    return der


def signed_data(
    version: int, digest: bytes, encapsulated: bytes, certificates: Sequence[bytes], signer: bytes
) -> bytes:
    """Return the DER of CMS SignedData (RFC 5652 §5.1) of one signer from the DER of its parts."""
    body = (
        asn1.CMSVersion(version).dump()
        + _set(digest)
        + encapsulated
        + emit(_CONTEXT, 1, 0, b"".join(certificates))
        + _set(signer)
    )
    return _sequence(asn1.ContentType("signed_data").dump() + emit(_CONTEXT, 1, 0, _sequence(body)))


def _stamped(signer: bytes, token: bytes) -> bytes:
    """Return a signer's DER with a time-stamp of its signature as the only unsigned attribute."""
    _, _, _, _, contents, _ = parse(signer)
    attribute = _sequence(asn1.CMSAttributeType("signature_time_stamp_token").dump() + _set(token))
    return _sequence(contents + emit(_CONTEXT, 1, 1, attribute))


def _sequence(contents: bytes) -> bytes:
    der: bytes = emit(0, 1, 16, contents)
    return der


def _set(contents: bytes) -> bytes:
    der: bytes = emit(0, 1, 17, contents)
    return der


def _asn1(certificate: x509.Certificate) -> asn1.Certificate:
    return asn1.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def signer_identifier(certificate: x509.Certificate) -> asn1.SignerIdentifier:
    """Return how a signature names its signer: by issuer and serial number."""
    parsed = _asn1(certificate)
    members = {"issuer": parsed.issuer, "serial_number": parsed.serial_number}
    return asn1.SignerIdentifier("issuer_and_serial_number", asn1.IssuerAndSerialNumber(members))


def _mechanism(certificate: x509.Certificate, algorithm: str) -> str:
    return f"{algorithm}_{'rsa' if isinstance(certificate.public_key(), rsa.RSAPublicKey) else 'ecdsa'}"


def digest_of(algorithm: str, content: bytes) -> bytes:
    """Return the digest of content by an algorithm of HASHES."""
    digest = hashes.Hash(HASHES[algorithm]())
    digest.update(content)
    return digest.finalize()


def signed_attributes(signer: asn1.SignerInfo) -> bytes:
    """Return what a signature is over: its attributes' own bytes, as a SET (RFC 5652 §5.4)."""
    return _set(signer["signed_attrs"].contents)


def _verify(signer: asn1.SignerInfo, certificate: x509.Certificate, algorithm: hashes.HashAlgorithm) -> None:
    signature = signer["signature"].native
    verify_signature(certificate, signature, signed_attributes(signer), algorithm)
    if canonical(signature, certificate.public_key()) != signature:
        raise CmsError("the signature is not in its one form")


def canonical(signature: bytes, key: "CertificatePublicKeyTypes") -> bytes:
    """Return a signature in its one form: of ECDSA's (r, s) and (r, n - s), which both verify, the smaller s.

    Who has no key can turn one into the other; bytes that nothing else vouches for could be changed so.
    """
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return signature
    r, s = decode_dss_signature(signature)
    return encode_dss_signature(r, min(s, key.curve.group_order - s))


def verify_signature(
    certificate: x509.Certificate, signature: bytes, message: bytes, algorithm: hashes.HashAlgorithm
) -> None:
    """Raise CmsError unless the key of the certificate is fit and signed the message."""
    key = certificate.public_key()
    unfit = unfit_key(key)
    if unfit:
        raise CmsError(unfit)
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(algorithm))
    except InvalidSignature as error:
        raise CmsError("the signature does not match its certificate") from error
