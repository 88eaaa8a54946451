"""Writes a pack's indexes: by the auditor's request numbers, and by the entity's own control numbers.

Each line says where the answer lies: page of the report, sheet of the workbook, file and SHA-256.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from evidence.bundle import Bundle
from evidence.bundle.format import bag
from evidence.controls.declaration import Conclusion
from evidence.controls.results import Results, TestResult
from evidence.controls.stated_numbers import name_of_attachment
from evidence.controls.totals import in_words
from evidence.readers import asked
from evidence.readers.coverage import coverage
from evidence.readers.evidence import joined_names, plural
from evidence.readers.organizations import accounts_left_out
from evidence.records import Scope
from evidence.report.csv_text import csv_text
from evidence.report.names import item_sheet, population_sheet
from evidence.statements.shapes import StatedRequest

CONTROLS, REQUESTS = "controls.csv", "requests.csv"
MOST_FILES = 200
"""Files listed of one item for one request; the bundle's manifest lists all."""
_PAGE = "PDF page"
OPEN, IN_PART, ANSWERED = "open", "in part", "answered"


@dataclass(frozen=True, slots=True)
class RequestAnswer:
    """One thing that answers a request, and where it lies."""

    kind: str
    """`item`, `test` or `attachment`."""
    name: str
    title: str
    outcome: str
    whole: bool
    """Nothing is missing of it."""
    page: int | None = None
    sheet: str = ""
    files: tuple[tuple[str, str], ...] = ()
    """(path in the pack, SHA-256)."""


def index_files(bundle: Bundle, results: Results, pages: Mapping[str, int]) -> Iterator[tuple[str, bytes]]:
    """Yield the indexes by their names in the pack, each where management gave its file.

    `pages` are those of the report, by its named destinations.
    """
    if results.controls_file:
        yield CONTROLS, _controls(results, pages)
    if results.requests_file:
        yield REQUESTS, _requests(bundle, results, pages)


def contradiction_of(there: bytes, here: bytes) -> str:
    """Say whether an index says other than it should; which page is which only other versions change."""
    try:
        same = _without_pages(there) == _without_pages(here)
    except (csv.Error, ValueError):
        same = False
    return "" if same else "it says something else"


def _without_pages(index: bytes) -> list[list[str]]:
    header, *rows = csv.reader(io.StringIO(index.decode("utf-8-sig"), newline=""))
    at = header.index(_PAGE) if _PAGE in header else len(header)
    return [row[:at] + row[at + 1 :] for row in (header, *rows)]


def state_of(answers: list[RequestAnswer]) -> str:
    """Return how far a request is answered; what is missing answers nothing."""
    if not answers:
        return OPEN
    return ANSWERED if all(answer.whole for answer in answers) else IN_PART


def answers_to(
    request: StatedRequest, bundle: Bundle, results: Results, pages: Mapping[str, int]
) -> Iterator[RequestAnswer]:
    """Yield what answers a request: items, then tests (by a control as well), then attachments."""
    for item in request.items:
        yield _item(item, bundle)
    for number, test in enumerate(results.tests, start=1):
        if request.number in results.requests_of(test.id):
            yield _test(test, bundle, pages.get(f"t-{number}"))
    for one in bundle.attachments:
        if name_of_attachment(one.file) in request.attachments:
            path = f"{bundle.name}/{bag.PAYLOAD}/{one.file}"
            yield RequestAnswer(
                "attachment", one.file, one.note, "attached", True, files=((path, one.sha256),)
            )


def _test(test: TestResult, bundle: Bundle, page: int | None) -> RequestAnswer:
    """Return what a test answers: no more than what its evidence was asked of."""
    lacks = _said_of(place for item in test.needs for place in _not_asked(item, bundle))
    outcome = ", ".join([in_words(test), *lacks])
    whole = test.complete and test.conclusion is not Conclusion.NOT_CONCLUDED and not lacks
    return RequestAnswer("test", test.id, test.title, outcome, whole, page, population_sheet(test.topic))


def _said_of(places: Iterable[str]) -> list[str]:
    """Return a clause that names the places where nobody asked, none where there are none."""
    named = list(dict.fromkeys(places))
    return [f"not asked for everywhere: {joined_names(named)}"] if named else []


def _item(item: str, bundle: Bundle) -> RequestAnswer:
    scope = next(entry for entry in bundle.run.items if entry.item == item)
    paths = [path for unit in bundle.units(item) for path in unit.files]
    files = [(f"{bundle.name}/{bag.PAYLOAD}/{path}", bundle.hashes[path]) for path in paths]
    if len(files) > MOST_FILES:
        more = f"and {len(files) - MOST_FILES:,} more: {bundle.name}/{bag.MANIFEST}"
        files = [*files[:MOST_FILES], (more, "")]
    gaps = len(bundle.gaps_of(item))
    lacks = [plural(gaps, "gap")] if gaps else []
    lacks += _said_of(_not_asked(item, bundle))
    outcome = ", ".join(["collected", *lacks])
    if not scope.planned:
        outcome = f"not collected: {scope.reason}"
    elif not paths:
        outcome = f"not collected: {', '.join(lacks) or 'no unit of it was planned'}"
    whole = scope.planned and bool(bundle.units(item)) and not lacks
    return RequestAnswer("item", item, scope.title, outcome, whole, None, item_sheet(item), tuple(files))


def _not_asked(item: str, bundle: Bundle) -> Iterator[str]:
    """Yield where nobody asked for an item that the run has units of: regions, and accounts."""
    units = bundle.units(item)
    if not units:
        return
    yield from map(str, asked.unasked(bundle, item))
    gaps = {entry.target.target() for entry in bundle.gaps_of(item)}
    yield from sorted(target.label for target in coverage(bundle, (item,)).targets - gaps)
    if units[0].target.scope is not Scope.ORGANIZATION:
        alike: dict[str, list[str]] = {}
        for state in accounts_left_out(bundle):
            alike.setdefault(state.reason, []).append(state.account)
        yield from (f"{joined_names(accounts)} ({why})" for why, accounts in alike.items())


def _as_file(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table in UTF-8, marked as such: spreadsheets would guess another encoding."""
    return csv_text(header, rows).encode("utf-8-sig")


def _requests(bundle: Bundle, results: Results, pages: Mapping[str, int]) -> bytes:
    header = (
        "Request", "Asked for", "State", "Answered by", "Name", "Title", "Outcome", _PAGE, "Sheet",
        "File in the pack", "SHA-256",
    )  # fmt: skip

    def rows() -> Iterator[tuple[object, ...]]:
        listed: set[str] = set()
        for request in results.requests:
            # What names a number is about the first entry that has it: another one is open.
            again = request.number in listed
            listed.add(request.number)
            answers = [] if again else list(answers_to(request, bundle, results, pages))
            head = (request.number, request.text, state_of(answers))
            for one in answers:
                for file, digest in one.files or (("", ""),):
                    place = (one.page or "", one.sheet, file, digest)
                    yield (*head, one.kind, one.name, one.title, one.outcome, *place)
            if not answers:
                yield (*head, *[""] * (len(header) - len(head)))

    return _as_file(header, rows())


def _controls(results: Results, pages: Mapping[str, int]) -> bytes:
    header = (
        "Control", "Title", "Owner", "Frequency", "Request", "Test", "Test title", "Criteria", "Conclusion",
        "Exceptions", "Accepted", "Not determined", _PAGE, "Sheet",
    )  # fmt: skip
    tests = {test.id: (number, test) for number, test in enumerate(results.tests, start=1)}

    def rows() -> Iterator[tuple[object, ...]]:
        for control in results.controls:
            head = (control.id, control.title, control.owner, control.frequency, control.request)
            for name in control.tests:
                if name not in tests:
                    yield (*head, name, *[""] * (len(header) - len(head) - 1))
                    continue
                number, test = tests[name]
                yield (
                    *head, name, test.title, " ".join(test.criteria), in_words(test), test.exceptions,
                    test.accepted, test.not_determined, pages.get(f"t-{number}", ""),
                    population_sheet(test.topic),
                )  # fmt: skip

    return _as_file(header, rows())
