"""Compares two bundles: what changed in account and conclusions, and what cannot be said (docs/changes.md).

Sees bundles through the readers and conclusions through the engine's results; opens and writes nothing.
"""

from evidence.diff.compare import changes_since, compare
from evidence.diff.model import Changes
from evidence.diff.snapshot import SealedResults, Snapshot, take_snapshot

__all__ = ["Changes", "SealedResults", "Snapshot", "changes_since", "compare", "take_snapshot"]
