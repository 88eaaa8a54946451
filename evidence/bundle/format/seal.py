"""Says where the seal stands in a bundle, and what a signer has to offer."""

from datetime import datetime
from typing import Protocol

from evidence.bundle.format.bag import SEAL, TAG_MANIFEST

SIGNATURE = f"{SEAL}/{TAG_MANIFEST}.p7s"
"""CMS SignedData, detached, DER (RFC 5652)."""
TIME_STAMP = f"{SEAL}/{TAG_MANIFEST}.tsr"
"""RFC 3161 time-stamp of the signature, as TimeStampResp; may be added after the bundle was sealed."""
CHAIN = f"{SEAL}/chain.pem"
"""The certificates of the signature, PEM, signer first."""


class SealSigner(Protocol):
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


class TimeStampAuthority(Protocol):
    """A time-stamping authority. `evidence.signing` reaches one; the bundle only uses its answers."""

    def stamp(self, content: bytes) -> bytes:
        """Return a time-stamp of the content as a .tsr file holds it (`timestamps.check` accepts it).

        Raises AuthorityError when there is no answer, or one that cannot be relied on.
        """
        ...
