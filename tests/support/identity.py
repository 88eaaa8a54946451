"""A fixed signing identity for tests and samples: the same key, the same certificate, the same bytes."""

from datetime import UTC, datetime
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import Name, NameAttribute
from cryptography.x509.oid import NameOID

from evidence.signing.keygen import self_signed
from evidence.signing.signer import Signer

VALID_FROM = datetime(2026, 9, 1, tzinfo=UTC)


@cache
def signer(name: str = "Northwind Ledger Evidence", secret: int = 20261001, years: int = 10) -> Signer:
    """Return the identity of a number known to everybody: never trust it outside of tests."""
    key = ec.derive_private_key(secret, ec.SECP256R1())
    subject = Name(
        [
            NameAttribute(NameOID.ORGANIZATION_NAME, "Northwind Ledger (sample)"),
            NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    return Signer(key, (self_signed(key, subject, years=years, now=VALID_FROM),))


def stranger() -> Signer:
    """Return somebody else's identity under the same name."""
    return signer(secret=666)
