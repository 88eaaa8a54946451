"""Signs with a private key on a PKCS#11 token (smart card, YubiKey, HSM), which never leaves it.

pyHanko opens the session and chooses mechanism and encoding (`pyhanko.sign.pkcs11`). Tokens differ in what
they can do: where one has no combined mechanism for the digest, the digest is made here and signed there.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asn1crypto import keys as asn1
from asn1crypto.algos import SignedDigestAlgorithm
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from evidence.errors import SigningError
from evidence.signing.keys import PrivateKey, PublicKey, Sign, digest_of, load_public, remote_key
from evidence.signing.passphrase import Prompt, passphrase

if TYPE_CHECKING:
    from pkcs11 import Session

_INSTALL = "uv tool install 'aws-evidence[pkcs11]'"
_REASONS = {
    "PinIncorrect": ("the PIN is wrong", "Count the tries: most tokens lock themselves after three."),
    "PinLenRange": ("the PIN is wrong", "Count the tries: most tokens lock themselves after three."),
    "PinInvalid": ("the PIN is wrong", "Count the tries: most tokens lock themselves after three."),
    "PinLocked": ("its PIN is locked", "Unlock it with the security officer's PIN, or use another token."),
    "PinExpired": ("its PIN has expired", "Set a new one with the maker's program."),
    "TokenNotPresent": ("it was taken out", "Put it back, then run again."),
    "DeviceRemoved": ("it was taken out", "Put it back, then run again."),
    "KeyFunctionNotPermitted": ("its key may not sign", "Use a key made for signing (CKA_SIGN)."),
}


@dataclass(frozen=True, slots=True)
class TokenKeyLocation:
    """Where a key is."""

    module: Path
    """The PKCS#11 library."""
    token: str | None
    """Label; None for the only token there is."""
    key: str
    """Label of the private key."""

    @property
    def name(self) -> str:
        """The key as errors call it."""
        return f"PKCS#11 key {self.key!r}"


def open_pkcs11(
    place: TokenKeyLocation, pin_file: Path | None, prompt: Prompt
) -> tuple[PrivateKey, list[x509.Certificate]]:
    """Return the key, ready to sign, and every certificate on its token.

    The PIN comes as a pass phrase does. The session lasts as long as the program. Raises SigningError without
    PKCS#11 support, library, token or key, and for a wrong PIN or an unfit key.
    """
    try:
        from pkcs11.exceptions import PKCS11Error
    except ImportError as error:
        raise SigningError("The support for PKCS#11 tokens is not installed.", _INSTALL) from error
    try:
        session = _open(place, pin_file, prompt)
        private = _private(session, place)
        certificates = _certificates(session)
        public = load_public(_public(session, private, place, certificates), place.name)
        key = remote_key(public, _signing(private, public, place), place.name)
    except PKCS11Error as error:
        raise _refused(error, place) from error
    return key, [certificate for _, certificate in certificates]


def _open(place: TokenKeyLocation, pin_file: Path | None, prompt: Prompt) -> "Session":
    from pkcs11 import lib
    from pkcs11.exceptions import PKCS11Error, UserAlreadyLoggedIn
    from pyhanko.config.pkcs11 import TokenCriteria
    from pyhanko.sign.pkcs11 import open_pkcs11_session

    try:
        slots = lib(str(place.module)).get_slots(token_present=True)
        labels = [slot.get_token().label for slot in slots]
    except PKCS11Error as error:
        raise SigningError(
            f"{place.module} cannot be loaded as a PKCS#11 library ({type(error).__name__}).",
            "Name the library of the token's maker with --pkcs11-module.",
        ) from error
    labels = [label for label in labels if label]
    if place.token is None and len(labels) != 1:
        raise SigningError(f"{len(labels)} tokens are there, so one has to be named.", _choose(labels))
    token = labels[0] if place.token is None else place.token
    if labels.count(token) != 1:
        many = "more than one token" if token in labels else "no token"
        raise SigningError(f"There is {many} called {token!r}.", _choose(labels))
    pin = passphrase(f"the token {token}", pin_file, prompt).decode("utf-8", "surrogateescape")
    module, criteria = str(place.module), TokenCriteria(label=token)
    try:
        return open_pkcs11_session(module, token_criteria=criteria, user_pin=pin)
    except (
        UserAlreadyLoggedIn
    ):  # by a session that this program opened before: it counts for the whole program
        return open_pkcs11_session(module, token_criteria=criteria)


def _choose(labels: list[str]) -> str:
    there = f" There are: {', '.join(labels)}." if labels else ""
    return f"Plug it in, or name another with --pkcs11-token.{there}"


def _private(session: "Session", place: TokenKeyLocation) -> Any:
    from pkcs11 import Attribute, ObjectClass

    found = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: place.key}))
    if len(found) != 1:
        every = session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})
        labels = sorted({str(_attribute(key, Attribute.LABEL)) for key in every})
        raise SigningError(
            f"The token has {'more than one' if found else 'no'} private key labelled {place.key!r}.",
            f"Name another with --pkcs11-key. There are: {', '.join(labels) or 'none'}.",
        )
    if not _attribute(found[0], Attribute.SIGN):
        raise SigningError(f"The {place.name} may not sign.", _REASONS["KeyFunctionNotPermitted"][1])
    return found[0]


def _certificates(session: "Session") -> list[tuple[bytes, x509.Certificate]]:
    """Return the token's certificates with their ids; one that is not X.509 is passed over."""
    from pkcs11 import Attribute, ObjectClass

    found = []
    for entry in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        try:
            certificate = x509.load_der_x509_certificate(entry[Attribute.VALUE])
        except ValueError:
            continue
        found.append((bytes(_attribute(entry, Attribute.ID) or b""), certificate))
    return found


def _public(
    session: "Session",
    private: Any,
    place: TokenKeyLocation,
    certificates: list[tuple[bytes, x509.Certificate]],
) -> bytes:
    """Return the public half (DER): the key object with the same id, else the certificate with it.

    A token filled from a PKCS#12 file often has no public key object. A wrong one does no harm: the first
    signature is checked against it.
    """
    from pkcs11 import Attribute, KeyType, ObjectClass
    from pkcs11.util.ec import encode_ec_public_key
    from pkcs11.util.rsa import encode_rsa_public_key

    own = bytes(_attribute(private, Attribute.ID) or b"")
    wanted = {Attribute.CLASS: ObjectClass.PUBLIC_KEY, Attribute.ID: own}
    objects: list[Any] = list(session.get_objects(wanted)) if own else []
    kind = private.key_type
    if kind not in (KeyType.RSA, KeyType.EC):
        raise SigningError(f"The {place.name} is neither RSA nor ECDSA.")
    if kind == KeyType.RSA:
        encoded = encode_rsa_public_key(objects[0] if objects else private)
        return bytes(asn1.PublicKeyInfo.wrap(encoded, "rsa").dump())
    if objects:
        return bytes(encode_ec_public_key(objects[0]))
    for identity, certificate in certificates:
        if own and identity == own:
            return certificate.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
    raise SigningError(
        f"The token has neither a public key nor a certificate with the id of the {place.name}.",
        "Put one beside it with the maker's program.",
    )


def _attribute(entry: Any, attribute: Any) -> Any:
    from pkcs11.exceptions import AttributeTypeInvalid

    try:
        return entry[attribute]
    except AttributeTypeInvalid:
        return None


def _signing(private: Any, public: PublicKey, place: TokenKeyLocation) -> Sign:
    from pkcs11.exceptions import PKCS11Error
    from pyhanko.sign.pkcs11 import select_pkcs11_signing_params

    digest = digest_of(public).name
    kind = "rsa" if private.key_type.name == "RSA" else "ecdsa"
    mechanism = SignedDigestAlgorithm({"algorithm": f"{digest}_{kind}"})
    offered = {one.name for one in private.session.token.slot.get_mechanisms()}
    combined = {"rsa": f"{digest.upper()}_RSA_PKCS", "ecdsa": f"ECDSA_{digest.upper()}"}[kind]
    how = select_pkcs11_signing_params(mechanism, digest, combined not in offered, {})

    def sign(data: bytes) -> bytes:
        try:
            message = how.pre_sign_transform(data) if how.pre_sign_transform else data
            signature = private.sign(message, **how.sign_kwargs)
        except PKCS11Error as error:
            raise _refused(error, place) from error
        return bytes(how.post_sign_transform(signature) if how.post_sign_transform else signature)

    return sign


def _refused(error: Exception, place: TokenKeyLocation) -> SigningError:
    kind = type(error).__name__
    if kind in _REASONS:
        reason, advice = _REASONS[kind]
        return SigningError(f"The token with the {place.name} cannot be used: {reason}.", advice)
    return SigningError(
        f"The token with the {place.name} cannot be used: it refuses with {kind}.",
        "Check --pkcs11-module, --pkcs11-token and --pkcs11-key, or try the maker's own program.",
    )
