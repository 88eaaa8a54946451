"""The bundle format is a BagIt 1.0 bag (RFC 8493) with a seal; nothing here knows AWS or PDF."""

from evidence.bundle.open import Bundle, LocatedRecord, open_bundle

__all__ = ["Bundle", "LocatedRecord", "open_bundle"]
