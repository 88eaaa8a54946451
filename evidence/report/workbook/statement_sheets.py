"""Writes the workbook's sheets on management's statements: what it attested, and entries that fail."""

from collections.abc import Iterable

from evidence.controls import topics
from evidence.controls.results import Results
from evidence.report.names import ATTESTED, FINDINGS
from evidence.report.statements import findings
from evidence.report.workbook import cells
from evidence.report.workbook.sheets import SheetFile, SheetTable, WorkbookBuilder, columns_of
from evidence.statements.records import UsedFile

KIND = "Management's word"


def write(book: WorkbookBuilder, results: Results) -> None:
    """Write what is for management to attest, and the entries of its files that do not count."""
    _attested(book, results)
    if results.used_files:
        _findings(book, results)


def _file(used: UsedFile) -> SheetFile:
    return SheetFile(f"{used.name} (in the pack, beside results.json)", used.sha256)


def _attested(book: WorkbookBuilder, results: Results) -> None:
    columns = columns_of(
        ("Test", 16), ("Title", 40), ("Conclusion", 16), ("Statement", 50), ("Stated by", 24), ("On", 12),
        ("Until", 12), ("Entry", 8), ("Document below data/", 30), ("SHA-256 of it", 66),
        ("Tests that bear on it", 40), ("Contradicted by", 40),
    )  # fmt: skip
    remark = "An attestation is management's word: nothing was tested."
    files = [_file(results.attestations_file)] if results.attestations_file else []
    with SheetTable(
        book, ATTESTED, "What management attested", files, columns, [remark], KIND, wrap=True, breaks=(8,)
    ) as table:
        for test in results.tests:
            said = test.attestation
            if test.topic == topics.ATTESTED.name or said:
                word = (
                    (
                        said.statement, said.attested_by, said.attested_on, said.valid_until, said.entry,
                        said.document, said.document_sha256,
                    )
                    if said
                    else ("",) * 7
                )  # fmt: skip
                table.add(
                    (
                        test.id, test.title, cells.Marked(test.conclusion.value), *word,
                        _joined((one.test, one.conclusion.value) for one in test.bearing),
                        _joined((one.test, one.contradicts) for one in test.bearing),
                    )
                )  # fmt: skip


def _joined(said: Iterable[tuple[str, str]]) -> str:
    """Return what is said of tests in one cell; a test of which nothing is said is left out."""
    return "; ".join(f"{test}: {words}" for test, words in said if words)


def _findings(book: WorkbookBuilder, results: Results) -> None:
    columns = columns_of(
        ("File", 16), ("Entry", 8), ("Test", 26), ("Subject", 50), ("Finding", 20), ("In words", 60)
    )
    files = [_file(used) for used in results.used_files.values()]
    title = "Entries that do not count"
    with SheetTable(book, FINDINGS, title, files, columns, kind=KIND, wrap=True) as table:
        for view in findings(results):
            found = view.finding
            values = (view.file, found.entry, found.test, found.subject, found.problem.value, found.sentence)
            table.add(map(cells.value, values))
