"""Finds the rows that entries of management's files name, and keeps what is wrong with entries.

An entry counts as a whole or not at all, and of one that does not the results say why.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from copy import copy
from typing import Generic, Self, TypeVar

from evidence.controls.declaration import Row
from evidence.statements.patterns import is_pattern, matches
from evidence.statements.records import EntryProblem, FileFinding
from evidence.statements.shapes import AcceptedException, StatedResponse

Entry = TypeVar("Entry", AcceptedException, StatedResponse)
Problem = tuple[EntryProblem, str]


class RowEntries(ABC, Generic[Entry]):
    """The entries of one file while the tests of one bundle are performed."""

    def __init__(self, entries: Sequence[Entry], known: Collection[str]) -> None:
        self._entries: list[tuple[int, Entry]] = list(enumerate(entries, start=1))
        self._findings: dict[int, FileFinding] = {}
        first: dict[tuple[str, str, str], int] = {}
        for number, entry in self._entries:
            earlier = first.setdefault((entry.test, entry.subject, entry.account), number)
            if problem := self._unnamed(entry, known, earlier if earlier != number else 0):
                self._find(number, entry, *problem)
        self._unfit_findings = dict(self._findings)

    def afresh(self) -> Self:
        """Return the same entries, for a test that is performed again: what is found then is not reported."""
        made = copy(self)
        made._findings = dict(self._unfit_findings)
        return made

    def concern(self, test: str) -> bool:
        """Say whether an entry names a test: then all its rows are asked for."""
        return any(entry.test == test and number not in self._findings for number, entry in self._entries)

    def findings(self, performed: Collection[str]) -> tuple[FileFinding, ...]:
        """Return what is wrong with entries, in the file's order; `performed` are the tests that were run."""
        return tuple(
            found
            for number, found in sorted(self._findings.items())
            if found.test in performed or found.problem is EntryProblem.UNKNOWN_TEST
        )

    @abstractmethod
    def _unfit(self, entry: Entry) -> Problem | None:
        """Return why an entry cannot count, whatever the evidence is."""

    def _unnamed(self, entry: Entry, known: Collection[str], earlier: int) -> Problem | None:
        if entry.test not in known:
            return EntryProblem.UNKNOWN_TEST, f"There is no test {entry.test} that looks at a population."
        if earlier:
            return EntryProblem.DUPLICATE, f"Entry {earlier} names the same test and subject."
        return self._unfit(entry)

    def _of(self, test: str) -> list[tuple[int, Entry]]:
        """Return the entries of a test that count so far, with their places in the file."""
        return [
            (number, entry)
            for number, entry in self._entries
            if entry.test == test and number not in self._findings
        ]

    def _find(self, number: int, entry: Entry, problem: EntryProblem, sentence: str) -> None:
        self._findings[number] = FileFinding(
            entry=number, test=entry.test, subject=entry.subject, problem=problem, sentence=sentence
        )


class RowNames:
    """The rows of a test by the names that entries give them: very many entries may name very many rows."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._at: dict[str, list[int]] = {}
        for at, row in enumerate(rows):
            for name in dict.fromkeys((row.subject, *row.aliases)):
                self._at.setdefault(name, []).append(at)

    def exactly(self, subject: str, account: str) -> list[int]:
        """Return the positions of the rows of a subject, in an account if one is given."""
        return self._within(account, self._at.get(subject, ()))

    def matching(self, entry: AcceptedException) -> list[int]:
        """Return the positions of the rows an entry names; a subject that is one exactly is no pattern."""
        named = {at for subject in (entry.subject, *entry.also) for at in self._named(subject, entry.account)}
        return sorted(named)

    def _named(self, subject: str, account: str) -> list[int]:
        exact = self.exactly(subject, account)
        if exact or not is_pattern(subject):
            return exact
        return self._within(
            account, (at for name, every in self._at.items() if matches(subject, name) for at in every)
        )

    def _within(self, account: str, positions: Iterable[int]) -> list[int]:
        return [at for at in positions if account in ("", self._rows[at].account)]


def why_none_fails(rows: Sequence[Row], named: Sequence[int]) -> str:
    """Return why what an entry names is no exception, in a sentence; `named` are positions of rows."""
    if not rows:
        return "The test has no rows: its evidence is missing, or its population is empty."
    if named:
        verdicts = sorted({rows[at].verdict.value for at in named})
        return f"What it matches is no exception: {', '.join(verdicts)}."
    return "No row of the test has this subject."
