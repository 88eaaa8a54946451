"""Writes the sheets of conclusions: test by test, exceptions first, and what rows make together."""

from typing import Any

from evidence.bundle.format import bag
from evidence.bundle.open import Bundle
from evidence.controls.declaration import Conclusion
from evidence.controls.results import Results, TestResult
from evidence.controls.totals import beside, totals
from evidence.report.lax_settings import lax_headline
from evidence.report.model import plural, yes_no
from evidence.report.names import CONCLUSIONS, JOINED_FACTS, LAX_SETTINGS, PROCEDURES
from evidence.report.workbook import cells
from evidence.report.workbook.population_sheets import PopulationPlaces, remedy_text, word
from evidence.report.workbook.sheets import (
    SheetFile,
    SheetTable,
    WorkbookBuilder,
    bundle_file,
    columns_of,
    place,
)

KIND = "Read first"
_ORDER = (
    Conclusion.EXCEPTIONS, Conclusion.NOT_CONCLUDED, Conclusion.ATTESTED, Conclusion.NO_EXCEPTIONS,
    Conclusion.NOT_APPLICABLE,
)  # fmt: skip
_COLUMNS = columns_of(
    ("Test", 16), ("Title", 36), ("Conclusion", 17), ("Beside it", 20), ("Severity", 10),
    ("Exceptions", 11), ("Accepted", 10), ("Not determined", 11), ("Inspected", 10), ("Population", 11),
    ("As of (UTC)", 19), ("Why", 50), ("Missing", 40), ("Topic", 24), ("Criteria", 18),
    ("Counted with", 12), ("Complete", 10), ("Advisory", 10), ("Considered", 11), ("Out of scope", 11),
    ("Why out of scope", 50),
)  # fmt: skip
_PROCEDURES = columns_of(
    ("Test", 16), ("Risk", 34), ("Procedure", 60), ("Population ranges over", 34), ("Attribute", 30),
    ("Needs", 24), ("Limits", 44), ("Remedy", 60),
)  # fmt: skip


def write(book: WorkbookBuilder, bundle: Bundle, results: Results, places: PopulationPlaces) -> None:
    """Write the conclusions, those with exceptions first, each with a link to its rows."""
    remarks = [f"Computed from bundle {bundle.name}, sha256:{bundle.digest}"]
    remarks += [
        f"{total.name}: {plural(total.tests, 'test')}: {total.words}" for total in totals(results.tests)
    ]
    remarks += [
        f"Not of this program: {one.name} {one.version}, sha256:{one.sha256}: "
        f"{', '.join(one.items + one.tests)}"
        for one in results.custom
    ]
    if laxer := lax_headline(results.lax_settings):
        remarks.append(f"{laxer}: see sheet {LAX_SETTINGS}.")
    files = [SheetFile("results.json (in the pack)", results.digest)]
    with SheetTable(
        book, CONCLUSIONS, "Conclusions of the tests of controls", files, _COLUMNS, remarks, KIND, wrap=True,
        breaks=(11, 17), exceptions=sum(test.exceptions for test in results.tests),
    ) as table:  # fmt: skip
        for test in sorted(results.tests, key=_rank):
            sheet, row = places.of(test)
            link = cells.Linked(test.id, place(sheet, row))
            table.add(map(cells.value, _conclusion(test, link)))


def _rank(test: TestResult) -> tuple[int, int]:
    return _ORDER.index(test.conclusion), -test.severity.weight if test.severity else 0


def _conclusion(test: TestResult, link: cells.Linked) -> tuple[Any, ...]:
    return (
        link, test.title, cells.Marked(test.conclusion.value), beside(test), word(test.severity),
        test.exceptions, test.accepted, test.not_determined, test.inspected, test.population_size,
        test.as_of, test.reason, tuple(map(str, test.missing)), test.topic, test.criteria,
        test.family.value, yes_no(test.complete), yes_no(test.advisory), test.considered, test.out_of_scope,
        tuple(f"{count}: {reason}" for reason, count in test.out_of_scope_why.items()),
    )  # fmt: skip


def write_procedures(book: WorkbookBuilder, results: Results) -> None:
    """Write what each test is, in words, in the order of the catalogue."""
    files = [SheetFile("results.json (in the pack)", results.digest)]
    title = "What each test asks, of what, how, and what it does not show"
    with SheetTable(book, PROCEDURES, title, files, _PROCEDURES, [], KIND, wrap=True, breaks=(5,)) as table:
        for test in results.tests:
            values = (
                test.id, test.risk, test.procedure, test.population, test.attribute, test.needs, test.limits,
                remedy_text(test.remedy),
            )  # fmt: skip
            table.add(map(cells.value, values))


def write_joined(book: WorkbookBuilder, bundle: Bundle, results: Results) -> None:
    """Write what rows make together."""
    columns = columns_of(
        ("Severity", 10), ("Fact", 34), ("Subject", 46),
        ("Account", 15), ("Why", 50), ("Tests", 16),
        ("Rows", 50), ("Remedy", 60),
        ("Where to look (file:line below data/)", 50),
    )  # fmt: skip
    remark = "What rows make together, of several tests or with the organization's units; counted in none."
    paths = {pointer.file for fact in results.joined for pointer in fact.pointers} or {bag.RUN}
    files = [bundle_file(bundle, path) for path in sorted(paths)]
    title = "Joined facts, the heaviest first"
    with SheetTable(
        book, JOINED_FACTS, title, files, columns, [remark], KIND, wrap=True, breaks=(5,)
    ) as table:
        for fact in results.joined:
            rows = [f"{row.test} {row.subject}" for row in fact.rows]
            rows += [f"and {fact.more:,} more"] if fact.more else []
            values = (
                word(fact.severity), fact.title, fact.subject, fact.account, fact.why, fact.tests,
                "\n".join(rows), remedy_text(fact.remedy), ", ".join(map(str, fact.pointers)),
            )  # fmt: skip
            table.add(map(cells.value, values), str(fact.pointers[0]) if fact.pointers else "")
