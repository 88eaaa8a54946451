"""Writes the workbook's sheets on management's statements, where it gave the file."""

from collections.abc import Iterable

from evidence.controls.declaration import Verdict
from evidence.controls.results import Results
from evidence.report.statements import findings
from evidence.report.workbook import cells
from evidence.report.workbook.sheets import SheetFile, SheetTable, WorkbookBuilder
from evidence.statements.records import UsedFile

_WHO = 30
_DAY = 12


def write(book: WorkbookBuilder, results: Results) -> None:
    """Write the sheets for the files that were given."""
    if results.exceptions_file:
        _accepted(book, results, results.exceptions_file)
    if results.attestations_file:
        _attested(book, results, results.attestations_file)
    if results.used_files:
        _findings(book, results)


def _file(used: UsedFile) -> SheetFile:
    return SheetFile(f"{used.name} (in the pack, beside results.json)", used.sha256)


def _accepted(book: WorkbookBuilder, results: Results, used: UsedFile) -> None:
    columns = (
        ("Entry", 8), ("Test", 12), ("Subject", 60), ("Account", 15), ("Accepted by", _WHO), ("From", _DAY),
        ("Until", _DAY), ("Reason", 60), ("Compensating control", 60), ("Ticket", 16), ("Observed", 50),
    )  # fmt: skip
    remark = "Accepted exceptions are still exceptions."
    with SheetTable(
        book, "Accepted", "Exceptions that management accepted", [_file(used)], columns, [remark]
    ) as table:
        for test in results.tests:
            for row in test.rows.with_verdict((Verdict.ACCEPTED,)):
                if row.accepted:
                    by = row.accepted
                    table.add(
                        (
                            by.entry, test.id, row.subject, row.account, by.approver, str(by.approved_on),
                            str(by.expires_on), by.reason, by.compensating_control, by.ticket, row.observed,
                        )
                    )  # fmt: skip


def _attested(book: WorkbookBuilder, results: Results, used: UsedFile) -> None:
    columns = (
        ("Entry", 8), ("Test", 26), ("Title", 50), ("Statement", 60), ("Stated by", _WHO), ("On", _DAY),
        ("Until", _DAY), ("Document below data/", 40), ("SHA-256 of it", 66),
        ("Tests that bear on it", 60), ("Contradicted by", 60),
    )  # fmt: skip
    remark = "An attestation is management's word: nothing was tested."
    with SheetTable(book, "Attested", "What management attested", [_file(used)], columns, [remark]) as table:
        for test in results.tests:
            if test.attestation:
                said = test.attestation
                table.add(
                    (
                        said.entry, test.id, test.title, said.statement, said.attested_by,
                        str(said.attested_on), str(said.valid_until), said.document, said.document_sha256,
                        _joined((one.test, one.conclusion.value) for one in test.bearing),
                        _joined((one.test, one.contradicts) for one in test.bearing),
                    )
                )  # fmt: skip


def _joined(said: Iterable[tuple[str, str]]) -> str:
    """Return what is said of tests in one cell; a test of which nothing is said is left out."""
    return "; ".join(f"{test}: {words}" for test, words in said if words)


def _findings(book: WorkbookBuilder, results: Results) -> None:
    columns = (
        ("File", 16), ("Entry", 8), ("Test", 26), ("Subject", 60), ("Finding", 20), ("In words", 70),
    )  # fmt: skip
    files = [_file(used) for used in results.used_files.values()]
    with SheetTable(book, "Statement findings", "Entries that do not count", files, columns) as table:
        for view in findings(results):
            found = view.finding
            values = (view.file, found.entry, found.test, found.subject, found.problem.value, found.sentence)
            table.add(cells.value(member) for member in values)
