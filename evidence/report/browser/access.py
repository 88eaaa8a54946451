"""Writes the access listing as the page holds it: what cannot be shown, then a line for each access."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from evidence.bundle.open import Bundle
from evidence.report.access_listing import AccessRow, access_listing


def lines(bundle: Bundle) -> Iterator[bytes]:
    """Yield a JSON list of the lines; one with the member `why` is access that cannot be shown."""
    before = "["
    for line in access_listing(bundle):
        pointers = line.pointers if isinstance(line, AccessRow) else filter(None, (line.pointer,))
        members = {**asdict(line), "pointers": list(map(str, pointers))}
        yield (before + json.dumps(members, ensure_ascii=False, default=str)).encode()
        before = ","
    yield b"]" if before == "," else b"[]"
