"""The seal: where it stands in a bundle, and what a signer has to offer."""

from datetime import datetime
from typing import Protocol

from evidence.bundle.bag import SEAL, TAG_MANIFEST

SIGNATURE = f"{SEAL}/{TAG_MANIFEST}.p7s"
"""CMS SignedData, detached, DER (RFC 5652)."""
TIME_STAMP = f"{SEAL}/{TAG_MANIFEST}.tsr"
"""The place of an RFC 3161 time-stamp; format version 1 writes none yet."""
CHAIN = f"{SEAL}/chain.pem"
"""The certificates of the signature, PEM, signer first."""


class Signer(Protocol):
    """A signing identity. `evidence.signing` makes them; the bundle only uses one."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the signer's certificate (DER), 64 hex digits."""
        ...

    @property
    def chain_pem(self) -> bytes:
        """The signer's certificate and those above it, PEM, signer first."""
        ...

    def seal(self, content: bytes, moment: datetime) -> bytes:
        """Return a detached CMS signature (DER) over the content; the time is the signer's claim."""
        ...
