"""The bundle format: a BagIt 1.0 bag (RFC 8493) with a seal. Knows no AWS and no PDF."""

from evidence.bundle.open import Bundle, Located, open_bundle

__all__ = ["Bundle", "Located", "open_bundle"]
