"""Loads private keys: in memory, or behind a device or service that signs on request.

All kinds offer cryptography's own interface, `RSAPrivateKey` or `EllipticCurvePrivateKey`, so that whatever
signs (the seal, the PDF, a new certificate) does not know where the key is.
"""

from collections.abc import Callable
from typing import NoReturn, Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from evidence.errors import SigningError
from evidence.signatures import cms

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

Sign = Callable[[bytes], bytes]
"""Signs content: RSA with PKCS #1 v1.5 or ECDSA (DER), over the digest that `digest_of` names."""

Digest = hashes.SHA256 | hashes.SHA384 | hashes.SHA512

_BY_CURVE: dict[str, Digest] = {
    "secp256r1": hashes.SHA256(),
    "secp384r1": hashes.SHA384(),
    "secp521r1": hashes.SHA512(),
}
STRONG = "Use RSA of 3072 bits or more, P-256, P-384 or P-521."
_TRIAL = b"evidence: does this key sign?"
"""Not DER, so that it can be taken for no certificate, no request and no signed attributes of CMS."""


def digest_of(public: PublicKey) -> Digest:
    """Return the digest that a key signs: SHA-256 for RSA, for ECDSA the one of the curve's strength.

    AWS KMS offers no other for its curves, and FIPS 186-5 §6.1.1 asks for one that is no weaker.
    """
    if isinstance(public, ec.EllipticCurvePublicKey):
        return _BY_CURVE.get(public.curve.name, hashes.SHA512())
    return hashes.SHA256()


def public_of(key: PrivateKey) -> PublicKey:
    """Return the public half of a key."""
    return key.public_key()


def sign(key: PrivateKey, data: bytes) -> bytes:
    """Return the key's signature over the data, with `digest_of` its public key, in its one form.

    A key in memory gives equal bytes for equal data, ECDSA by RFC 6979. Raises SigningError when a device or
    service does not sign.
    """
    algorithm = digest_of(public_of(key))
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, PKCS1v15(), algorithm)
    try:
        signature = key.sign(data, ec.ECDSA(algorithm, deterministic_signing=True))
    except UnsupportedAlgorithm:
        signature = key.sign(data, ec.ECDSA(algorithm))
    return cms.canonical(signature, public_of(key))


def supported(key: object, name: str = "private key") -> PrivateKey:
    """Return a key if it is of a kind and strength that signs here; raises SigningError."""
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise SigningError(f"The {name} is neither RSA nor ECDSA.", STRONG)
    unfit = cms.unfit_key(key.public_key())
    if unfit:
        raise SigningError(f"The {name} is too weak: {unfit}.", STRONG)
    return key


def load_public(der: bytes, name: str) -> PublicKey:
    """Return a public key (SubjectPublicKeyInfo); raises SigningError for a kind that does not sign here."""
    public = serialization.load_der_public_key(der)
    if not isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise SigningError(f"The {name} is neither RSA nor ECDSA.", STRONG)
    return public


def remote_key(public: PublicKey, sign: Sign, name: str) -> PrivateKey:
    """Return a key that lives elsewhere, by its public half and by how it signs.

    Each signature is checked before it is used. Raises SigningError for a weak key.
    """
    if isinstance(public, rsa.RSAPublicKey):
        return supported(_RemoteRsa(public, sign, name), name)
    return supported(_RemoteEcdsa(public, sign, name), name)


def prove(key: PrivateKey) -> None:
    """Let a key sign a few fixed bytes: what stands in the way shows before anything is collected.

    Raises SigningError.
    """
    sign(key, _TRIAL)


class _RemoteKey:
    """What both kinds of remote keys share; everything that would need the private half refuses."""

    def __init__(self, sign: Sign, name: str) -> None:
        self._sign = sign
        self._name = name

    def _signature(self, data: bytes, check: Callable[[bytes], None]) -> bytes:
        signature = self._sign(data)
        try:
            check(signature)
        except InvalidSignature as error:
            raise SigningError(
                f"The {self._name} gave a signature that does not match its public key.",
                "Check that the device or service is the right one, and in order.",
            ) from error
        return signature

    def private_numbers(self) -> NoReturn:
        self._refuse()

    def private_bytes(self, *_: object, **__: object) -> NoReturn:
        self._refuse()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def _refuse(self) -> NoReturn:
        raise SigningError(f"The {self._name} cannot leave its place.")


class _RemoteRsa(_RemoteKey, rsa.RSAPrivateKey):
    def __init__(self, public: rsa.RSAPublicKey, sign: Sign, name: str) -> None:
        super().__init__(sign, name)
        self._public = public

    @property
    def key_size(self) -> int:
        return self._public.key_size

    def public_key(self) -> rsa.RSAPublicKey:
        return self._public

    def sign(self, data: bytes, padding: object, algorithm: object) -> bytes:
        digest = digest_of(self._public)
        _only(isinstance(padding, PKCS1v15) and getattr(algorithm, "name", "") == digest.name)
        return self._signature(data, lambda found: self._public.verify(found, data, PKCS1v15(), digest))

    def decrypt(self, *_: object) -> NoReturn:
        self._refuse()


class _RemoteEcdsa(_RemoteKey, ec.EllipticCurvePrivateKey):
    def __init__(self, public: ec.EllipticCurvePublicKey, sign: Sign, name: str) -> None:
        super().__init__(sign, name)
        self._public = public

    @property
    def key_size(self) -> int:
        return self._public.key_size

    @property
    def curve(self) -> ec.EllipticCurve:
        return self._public.curve

    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self._public

    def sign(self, data: bytes, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:  # type: ignore[override]
        digest = digest_of(self._public)
        _only(getattr(signature_algorithm.algorithm, "name", "") == digest.name)
        return self._signature(data, lambda found: self._public.verify(found, data, ec.ECDSA(digest)))

    def exchange(self, *_: object) -> NoReturn:
        self._refuse()


def _only(right: bool) -> None:
    if not right:
        raise SigningError("A key was asked for another kind of signature than it makes here.")
