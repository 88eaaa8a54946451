"""What an attack is, and how its outcome is judged."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from evidence.findings import Code, VerificationReport
from tests.support.bundles import NOW

Make = Callable[[Path], Path]
"""Leaves the mutated thing in an empty folder, and returns its path."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One mutation."""

    name: str
    make: Make
    expected: frozenset[Code]
    """Findings, at least one of which names what was done."""
    subject: str | None = None
    """The file that one of these findings has to be about; None where it may be about several."""
    pinned: bool = False
    """Whether it takes the signer's certificate to notice: signed anew, by somebody else."""
    now: datetime = field(default=NOW)

    def named_rightly(self, report: VerificationReport) -> bool:
        """Say whether a report has one of the expected findings."""
        return any(
            finding.code in self.expected and self.subject in (None, finding.subject)
            for finding in report.findings
        )


def attack(
    name: str,
    make: Make,
    *expected: Code,
    subject: str | None = None,
    pinned: bool = False,
    now: datetime = NOW,
) -> Attack:
    """Return an attack that has to be named by one of these findings."""
    return Attack(name, make, frozenset(expected), subject, pinned, now)


Family = Callable[[], Iterable[Attack]]
