"""Writes the access listing as the page holds it: what cannot be shown, then a line for each access."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from evidence.bundle.open import Bundle
from evidence.readers.access_review import DECISIONS, is_review, read_review
from evidence.readers.evidence import Evidence
from evidence.report.access_listing import AccessRow, access_listing
from evidence.report.access_review import decision_rows


def lines(bundle: Bundle) -> Iterator[bytes]:
    """Yield a JSON list of the lines; one with the member `why` is access that cannot be shown.

    Those of an access review say what was decided besides.
    """
    before = "["
    for members in _reviewed(bundle) if is_review(bundle) else _listed(bundle):
        yield (before + json.dumps(members, ensure_ascii=False, default=str)).encode()
        before = ","
    yield b"]" if before == "," else b"[]"


def _listed(bundle: Bundle) -> Iterator[dict[str, Any]]:
    for line in access_listing(bundle):
        pointers = line.pointers if isinstance(line, AccessRow) else filter(None, (line.pointer,))
        yield {**asdict(line), "pointers": list(map(str, pointers))}


def _reviewed(bundle: Bundle) -> Iterator[dict[str, Any]]:
    review = read_review(Evidence.whole(bundle))
    for hidden in review.not_shown:
        where = [str(hidden.pointer)]
        yield {"item": DECISIONS, "account": hidden.account, "why": hidden.why, "pointers": where}
    for one in review.unreadable:
        yield {"item": DECISIONS, "account": "", "why": one.why, "pointers": [str(one.pointer)]}
    absent = {"display": "", "status": "", "by": "", "contractor": "", "key_days": None}
    for row, why in decision_rows(bundle):
        told = {"note": row.reviewed_before, "does_not_count": why, "pointers": [str(row.pointer)]}
        yield {**absent, **asdict(row), **told}
