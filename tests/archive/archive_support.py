"""Packs of quarters."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from evidence.signing import Signer
from tests.support.bundles import NOW
from tests.support.identity import signer
from tests.support.packs import make_parts

LATER = datetime(2028, 1, 1, tzinfo=UTC)
START = NOW - timedelta(hours=10)
SCOPE = "aws:123456789012"


def quarter(folder: Path, number: int, by: Signer | None = None, **run) -> tuple[Path, str]:
    """Make a pack of a quarter; return it and its bundle's digest."""
    run.setdefault("sequence", number)
    run.setdefault("now", START + timedelta(hours=number))
    identity = by or signer()
    folder.mkdir(parents=True, exist_ok=True)
    parts = make_parts(folder, identity, **run)
    return parts.pack(f"{number}.zip", identity), parts.bundle.digest
