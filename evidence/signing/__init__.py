"""Signs PDF, seal and pack: keys, certificates, and one signer for all."""

from evidence.signing.load import load_signer
from evidence.signing.signer import Signer, SignerIdentity

__all__ = ["Signer", "SignerIdentity", "load_signer"]
