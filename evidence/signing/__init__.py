"""Signing: keys, certificates, and one signer for PDF, seal and pack."""

from evidence.signing.load import load_signer
from evidence.signing.signer import Identity, Signer

__all__ = ["Identity", "Signer", "load_signer"]
