"""Prepares management's statements for printing: accepted exceptions, attestations, entries that fail."""

from collections.abc import Iterator
from dataclasses import dataclass

from evidence.controls.declaration import Verdict
from evidence.controls.results import Results, TestResult
from evidence.statements.files import STATEMENT_KINDS
from evidence.statements.records import Acceptance, FileFinding, UsedFile

MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class AcceptedView:
    """One entry that accepted something, and what."""

    test: str
    number: int
    """Position of the test in the report."""
    subjects: tuple[str, ...]
    accepted: Acceptance


@dataclass(frozen=True, slots=True)
class FindingView:
    """One entry that does not count."""

    file: str
    finding: FileFinding


@dataclass(frozen=True, slots=True)
class StatementsSection:
    """The report's section on management's statements."""

    files: tuple[tuple[str, UsedFile | None], ...]
    """(what the file is, the file); None where none was given."""
    accepted: tuple[AcceptedView, ...]
    findings: tuple[FindingView, ...]

    @property
    def given(self) -> bool:
        """Management gave at least one file."""
        return any(file for _, file in self.files)


def statements_section(results: Results) -> StatementsSection:
    """Return what management stated, in the order of the tests, findings in the order of the files."""
    return StatementsSection(
        files=tuple((kind.title, results.used_files.get(kind.name)) for kind in STATEMENT_KINDS),
        accepted=tuple(
            view for number, test in enumerate(results.tests, start=1) for view in _accepted(number, test)
        ),
        findings=tuple(findings(results)),
    )


def findings(results: Results) -> Iterator[FindingView]:
    """Yield the entries that do not count, file after file."""
    for kind in STATEMENT_KINDS:
        yield from (FindingView(kind.name, one) for one in results.findings_of(kind))


def _accepted(number: int, test: TestResult) -> Iterator[AcceptedView]:
    by_entry: dict[int, list[str]] = {}
    entries: dict[int, Acceptance] = {}
    for row in test.rows.with_verdict((Verdict.ACCEPTED,)):
        if row.accepted:
            entries[row.accepted.entry] = row.accepted
            by_entry.setdefault(row.accepted.entry, []).append(row.subject)
    for entry, subjects in sorted(by_entry.items()):
        yield AcceptedView(test.id, number, tuple(subjects), entries[entry])
