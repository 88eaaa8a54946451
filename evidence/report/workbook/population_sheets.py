"""Writes the populations of the tests: every member with its verdict, one sheet for each topic."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from evidence.bundle.format import bag
from evidence.bundle.open import Bundle
from evidence.controls import topics
from evidence.controls.declaration import Severity, Verdict
from evidence.controls.results import Results, TestResult
from evidence.controls.row_results import RowRemedy, RowResult
from evidence.report.names import population_sheet
from evidence.report.workbook import cells
from evidence.report.workbook.sheets import SheetTable, WorkbookBuilder, bundle_file, columns_of

_COLUMNS = columns_of(
    ("Test", 10), ("Subject", 56), ("Account", 15),
    ("Region", 14), ("Verdict", 14), ("Severity", 10),
    ("Observed", 46), ("Expected", 30), ("Since", 12),
    ("Accepted by", 24), ("Until", 12), ("Note", 40),
)  # fmt: skip
_LAST = columns_of(("Remedy by command", 60), ("Where to look (file:line below data/)", 60))
_LOUD = frozenset({Verdict.EXCEPTION, Verdict.ACCEPTED, Verdict.NOT_DETERMINED})
"""Verdicts that have a colour: those of which a reader wants to see each."""


@dataclass
class PopulationPlaces:
    """Where the rows of each test stand in the workbook, to lead there."""

    _starts: dict[str, list[tuple[int, str, int]]] = field(default_factory=dict)
    """Of each test, for each sheet: the first position, the sheet, its row."""

    def begin(self, test: str, position: int, sheet: str, row: int) -> None:
        """Note that rows of a test begin here, or go on here."""
        self._starts.setdefault(test, []).append((position, sheet, row))

    def of(self, test: TestResult, position: int = 0) -> tuple[str, int]:
        """Return the sheet and the row, counted from 0, of a test's row; of its sheet without rows."""
        found = population_sheet(test.topic), 0
        for first, sheet, row in self._starts.get(test.id, ()):
            if first <= position:
                found = sheet, row + position - first
        return found


def word(severity: Severity | None) -> cells.Value:
    """Return a severity as a cell; nothing where there is none."""
    return cells.Marked(severity.value) if severity else ""


def remedy_text(remedy: RowRemedy | None) -> str:
    """Return the steps and the commands, a line each; nothing where there is nothing to mend."""
    return "\n".join((remedy.console, *remedy.cli)) if remedy else ""


def write(book: WorkbookBuilder, bundle: Bundle, results: Results) -> PopulationPlaces:
    """Write the populations; what management attests has none. Return where the rows stand."""
    by_topic: dict[str, list[TestResult]] = {}
    for test in results.tests:
        by_topic.setdefault(test.topic, []).append(test)
    places = PopulationPlaces()
    for topic, tests in by_topic.items():
        if topic != topics.ATTESTED.name:
            _topic(book, bundle, topic, tests, places)
    return places


def _topic(
    book: WorkbookBuilder, bundle: Bundle, topic: str, tests: Sequence[TestResult], places: PopulationPlaces
) -> None:
    keys: dict[str, None] = {}
    paths: set[str] = set()
    for test in tests:
        for row in test.rows:
            keys.update(dict.fromkeys(row.attributes))
            paths.update(pointer.file for pointer in row.pointers)
    files = [bundle_file(bundle, path) for path in sorted(paths or {bag.RUN})]
    columns = (*_COLUMNS, *columns_of(*((key, 24) for key in keys)), *_LAST)
    title = f"{topic}: {', '.join(test.id for test in tests)}"
    remarks = [
        "Conclusions: sheet Conclusions. Procedures, populations in words and limits: sheet Procedures."
    ]
    with SheetTable(
        book, population_sheet(topic), title, files, columns, remarks, kind="Populations of tests",
        first=2, exceptions=sum(test.exceptions for test in tests),
    ) as table:  # fmt: skip
        for test in tests:
            sheet = ""
            for position, row in enumerate(test.rows):
                table.add(_values(test, row, keys), str(row.pointers[0]) if row.pointers else "")
                if table.sheet.get_name() != sheet:
                    sheet = table.sheet.get_name()
                    places.begin(test.id, position, sheet, table.used - 1)


def _values(test: TestResult, row: RowResult, keys: Iterable[str]) -> Iterator[cells.Value]:
    verdict, accepted = row.verdict, row.accepted
    yield from (
        test.id, row.subject, row.account, row.region,
        cells.Marked(verdict.value) if verdict in _LOUD else verdict.value, word(row.severity),
        row.observed, row.expected, cells.day(row.since),
        accepted.approver if accepted else "", accepted.expires_on if accepted else "", row.note,
    )  # fmt: skip
    attributes = row.attributes
    yield from (cells.attribute(attributes.get(key)) for key in keys)
    yield "\n".join(row.remedy.cli) if row.remedy else ""
    yield ", ".join(map(str, row.pointers))
