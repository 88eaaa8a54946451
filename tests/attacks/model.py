"""What an attack is, and how its outcome is judged."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from evidence.bundle.verify.verdicts import OverallVerdict
from evidence.findings import Code, Finding
from tests.support.bundles import NOW

Make = Callable[[Path], Path]
"""Leaves the mutated thing in an empty folder, and returns its path."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verifier said."""

    findings: tuple[Finding, ...]
    word: OverallVerdict
    unknown: tuple[str, ...] = ()
    """What it says that it does not know."""


Examine = Callable[[Path], Verdict]


@dataclass(frozen=True, slots=True)
class Qualified:
    """How a verifier has to take what it cannot refuse: never without saying what it does not know."""

    word: OverallVerdict
    unknown: str
    """Begins what it has to say that it does not know."""


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
    examine: Examine | None = None
    """Who is asked, if not `evidence verify` and the verifier in the pack."""
    qualified: Qualified | None = None
    """Where it is not refused."""

    def named_rightly(self, found: Iterable[Finding]) -> bool:
        """Say whether one of the expected findings is among these."""
        return any(
            finding.code in self.expected and self.subject in (None, finding.subject) for finding in found
        )

    def taken_rightly(self, verdict: Verdict) -> bool:
        """Say whether it was taken as it may be, and no better."""
        return self.qualified is not None and (
            verdict.word is self.qualified.word
            and any(one.startswith(self.qualified.unknown) for one in verdict.unknown)
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
