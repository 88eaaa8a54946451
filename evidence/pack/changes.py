"""Reads the changes that lie in a pack (changes.json)."""

from pathlib import Path

from pydantic import ValidationError

from evidence.bundle.format import strictjson
from evidence.diff import Changes
from evidence.errors import EvidenceError
from evidence.pack import layout
from evidence.storage import read_up_to


def packed_changes(root: Path) -> Changes | None:
    """Return the changes in a pack's folder, None without any. Raises EvidenceError for other content."""
    path = root / layout.CHANGES
    if not path.is_file():
        return None
    try:
        return Changes.model_validate_json(read_up_to(path, strictjson.MAX_BYTES))
    except ValidationError as error:
        raise EvidenceError(f"{layout.CHANGES} holds no changes as this version reads them.") from error
