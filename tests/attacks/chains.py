"""Certificates above the signer's: no hash binds them, only their own issuer's signature does."""

import base64
import textwrap
from collections.abc import Iterator
from datetime import timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from evidence.bundle.format import bag
from evidence.findings import Code
from evidence.signing.signer import Signer
from tests.attacks.material import CHAIN, SIGNATURE, a_bundle, flipped, original
from tests.attacks.model import Attack, attack
from tests.support.bundles import NOW


def attacks() -> Iterator[Attack]:
    """Yield each byte of the root's certificate flipped, in the seal and in chain.pem alike."""
    leaf, root = (one.public_bytes(serialization.Encoding.DER) for one in _signer().chain)
    seal = _signer().seal(original().bag[bag.TAG_MANIFEST], NOW)
    for position in range(len(root)):

        def files(position: int = position) -> dict[str, bytes]:
            damaged = flipped(root, position, 1 << position % 8)
            return original().bag | {
                SIGNATURE: seal.replace(root, damaged),
                CHAIN: _pem(leaf) + _pem(damaged),
            }

        yield attack(f"root's certificate, byte {position}", a_bundle(files), Code.SEAL_INVALID)
    swapped = lambda: original().bag | {SIGNATURE: seal, CHAIN: _pem(root) + _pem(leaf)}  # noqa: E731
    yield attack("chain.pem in another order", a_bundle(swapped), Code.SEAL_INVALID, subject=CHAIN)
    alone = lambda: original().bag | {SIGNATURE: seal, CHAIN: _pem(leaf)}  # noqa: E731
    yield attack("chain.pem without the root", a_bundle(alone), Code.SEAL_INVALID, subject=CHAIN)


def _pem(der: bytes) -> bytes:
    lines = "\n".join(textwrap.wrap(base64.b64encode(der).decode(), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n".encode()


@cache
def _signer() -> Signer:
    """Return an identity under an authority."""
    above, key = (ec.derive_private_key(number, ec.SECP256R1()) for number in (5001, 5002))
    names = [x509.Name.from_rfc4514_string(f"CN={name}") for name in ("Company CA", "Company evidence")]
    root = _certificate(names[0], names[0], above, above, ca=True)
    return Signer(key, (_certificate(names[1], names[0], key, above, ca=False), root))


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    *,
    ca: bool,
) -> x509.Certificate:
    return (
        x509.CertificateBuilder(issuer, subject, key.public_key(), 7 if ca else 8)
        .not_valid_before(NOW - timedelta(days=30))
        .not_valid_after(NOW + timedelta(days=3_000))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(by, hashes.SHA256(), ecdsa_deterministic=True)
    )
