"""Chooses what the page holds: results and rows, the ledger, then the items' files, the smallest first.

Where not all of it fits, the bodies of the largest items are left out, and the page names them: a reader is
told where in the bundle they are, and never that there are none.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from evidence.bundle.format import bag
from evidence.bundle.open import Bundle
from evidence.controls.declaration import Verdict
from evidence.controls.results import Results, TestResult
from evidence.controls.row_results import rows_apart
from evidence.readers import credential_report
from evidence.readers.evidence import CREDENTIAL_REPORT
from evidence.readers.unreadable import Unreadable
from evidence.report.browser import access
from evidence.report.browser.blocks import BlockStore
from evidence.report.facts import ItemFacts
from evidence.report.workbook.readable import check_of

OPEN = frozenset({Verdict.EXCEPTION, Verdict.ACCEPTED, Verdict.NOT_DETERMINED})
"""Verdicts of rows that somebody has to look at: they are read when the page opens, the others when asked."""


@dataclass(frozen=True, slots=True)
class ItemBody:
    """The files of one evidence item, in the order of its units."""

    block: str
    item: str
    files: tuple[dict[str, Any], ...]
    """Of each file: path, bytes, SHA-256, records, account and region."""

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file["bytes"] for file in self.files)


@dataclass
class PageContents:
    """What was taken, and what was left out."""

    store: BlockStore
    left_out: list[dict[str, Any]] = field(default_factory=list)
    """Name and size of what is not in the page."""

    def offer(self, block: str, content: Iterable[bytes], **named: Any) -> bool:
        """Take a block, or note that it is left out."""
        taken = self.store.add(block, content)
        if not taken:
            self.left_out.append({"block": block, **named})
        return taken


def fill(contents: PageContents, bundle: Bundle, results: Results, listed: Sequence[ItemBody]) -> None:
    """Offer everything there is, what somebody has to look at first."""
    for number, test in enumerate(results.tests):
        _offer_rows(contents, f"open{number}", test, is_open=True)
    for number, test in sorted(enumerate(results.tests), key=lambda one: (len(one[1].rows), one[0])):
        _offer_rows(contents, f"rest{number}", test, is_open=False)
    contents.offer("gaps", _file(bundle, bag.GAPS), what="gaps.json", file=bag.GAPS)
    contents.offer("access", access.lines(bundle), what="the access listing")
    contents.offer("calls", _file(bundle, bag.CALLS), what="the call ledger", file=bag.CALLS)
    full = False  # once an item does not fit, no larger one is tried
    for body in sorted(listed, key=lambda one: (one.size, one.item)):
        named = {"what": body.item, "bytes": body.size}
        if full:
            contents.left_out.append({"block": body.block, **named})
        else:
            full = not contents.offer(body.block, _Lines(bundle, body).pieces(), **named)


def results_without_rows(results: Results) -> bytes:
    """Return results.json with every test's rows left out: they are in blocks of their own."""
    return results.model_dump_json(context=rows_apart()).encode()


def _offer_rows(contents: PageContents, block: str, test: TestResult, *, is_open: bool) -> None:
    count = sum((verdict in OPEN) is is_open for verdict in test.rows.verdicts())
    if count:
        kind = "exceptions and what is not determined" if is_open else "rows without an exception"
        contents.offer(block, _rows(test, is_open), what=f"{test.id}: {kind}", test=test.id, rows=count)


def _rows(test: TestResult, is_open: bool) -> Iterator[bytes]:
    """Yield a list of [number in the test, row], each row as it stands in results.json."""
    before = b"["
    for number, (verdict, text) in enumerate(zip(test.rows.verdicts(), test.rows.texts(), strict=True)):
        if (verdict in OPEN) is is_open:
            yield before + f"[{number},".encode() + text.lstrip() + b"]"
            before = b","
    yield b"]"


def bodies(bundle: Bundle) -> list[ItemBody]:
    """Return the items that were planned, with their files."""
    planned = [entry.item for entry in bundle.run.items if entry.planned]
    return [
        ItemBody(f"item{number}", item, tuple(_files(bundle, item))) for number, item in enumerate(planned)
    ]


def _files(bundle: Bundle, item: str) -> Iterator[dict[str, Any]]:
    for unit in bundle.units(item):
        for path in unit.files:
            yield {
                "path": path,
                "bytes": (bundle.root / bag.PAYLOAD / path).stat().st_size,
                "sha256": bundle.hashes.get(path, ""),
                "account": unit.target.account,
                "region": unit.target.region,
            }


class _Lines:
    """The lines of an item's files, each once: accounts of one organization have much in common.

    Above all AWS's own policies, which stand too far apart for a compression to find them.
    """

    def __init__(self, bundle: Bundle, body: ItemBody) -> None:
        self._bundle, self._body = bundle, body
        self._numbers: dict[bytes, int] = {}
        """Of each line, by its hash."""

    def pieces(self) -> Iterator[bytes]:
        """Yield each line when it is seen first, then, for each file, the numbers of its lines."""
        made_of: list[list[int]] = []
        for file in self._body.files:
            made_of.append([])
            for line in self._lines(file["path"]):
                key = blake2b(line, digest_size=16).digest()
                if key not in self._numbers:
                    self._numbers[key] = len(self._numbers)
                    yield line + b"\n"
                made_of[-1].append(self._numbers[key])
        yield json.dumps(made_of, separators=(",", ":")).encode()

    def _lines(self, path: str) -> Iterator[bytes]:
        """Yield what stands between the newlines of a file: it comes out again to the byte."""
        line = b"\n"
        for line in _file(self._bundle, path):
            yield line.removesuffix(b"\n")
        if line.endswith(b"\n"):
            yield b""


def _file(bundle: Bundle, path: str) -> Iterator[bytes]:
    with bundle.open(path) as content:
        yield from content


def items(bundle: Bundle, listed: Iterable[ItemBody], facts: Iterable[ItemFacts]) -> list[Mapping[str, Any]]:
    """Return what the summary says of each item."""
    by_item = {fact.item: fact for fact in facts}
    return [_item(bundle, body, by_item.get(body.item)) for body in listed]


def _item(bundle: Bundle, body: ItemBody, fact: ItemFacts | None) -> Mapping[str, Any]:
    units = bundle.units(body.item)
    outcomes = [unit.outcome.value for unit in units]
    return {
        "block": body.block,
        "item": body.item,
        "title": fact.title if fact else body.item,
        "operations": fact.operations if fact else (),
        "blind_spots": fact.blind_spots if fact else (),
        "files": body.files,
        "records": sum(unit.records for unit in units),
        "outcomes": {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))},
    }


def unreadable(bundle: Bundle) -> Iterator[tuple[str, str]]:
    """Yield where a record stands that no test of controls can read, and why."""
    for entry in bundle.run.items:
        if entry.planned and entry.item != CREDENTIAL_REPORT:
            found = map(check_of(entry.item), bundle.records(entry.item))
            yield from ((str(one.pointer), one.why) for one in found if one)
    for unit in bundle.units(CREDENTIAL_REPORT):
        for path in unit.files:
            if path.endswith(".csv"):
                lines = credential_report.rows(bundle.read(path), path)
                yield from ((str(one.pointer), one.why) for one, _ in lines if isinstance(one, Unreadable))
