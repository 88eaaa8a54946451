"""Marks the rows that management accepted, and reports the entries of exceptions.toml that accept nothing.

An accepted exception never hides its row: the verdict becomes `accepted`, with who and until when. An entry
counts as a whole or not at all. It holds from `approved_on` to `expires_on`, both included, on the UTC day
on which the collection of the evidence finished: results do not depend on the day they are computed.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from datetime import UTC, date, datetime, time

from evidence.bundle import Bundle
from evidence.controls.declaration import Row, Verdict
from evidence.readers.evidence import plural
from evidence.statements.files import AcceptedException, StatedAdministrator, StatedPartner
from evidence.statements.patterns import is_pattern, matches, takes_anything
from evidence.statements.records import Acceptance, EntryProblem, FileFinding
from evidence.statements.words import unsaid

REQUIRED = ("reason", "compensating_control", "approver", "approved_on", "expires_on")
REQUIRED_TO_NAME = ("who", "reason", "approver", "approved_on", "expires_on")
"""What an entry that names a partner or an administrator must say."""


class Acceptances:
    """The entries of one exceptions file while the tests of one bundle are performed."""

    def __init__(self, entries: Sequence[AcceptedException], known: Collection[str], as_of: date) -> None:
        self._entries = list(enumerate(entries, start=1))
        self._as_of = as_of
        self._findings: dict[int, FileFinding] = {}
        first: dict[tuple[str, str, str], int] = {}
        for number, entry in self._entries:
            earlier = first.setdefault((entry.test, entry.subject, entry.account), number)
            problem = self._unfit(entry, known, earlier if earlier != number else 0)
            if problem:
                self._find(number, entry, *problem)
        self._unfit_findings = dict(self._findings)

    def afresh(self) -> "Acceptances":
        """Return the same entries, for a test that is performed again: what is found then is not reported."""
        made = copy(self)
        made._findings = dict(self._unfit_findings)
        return made

    def concern(self, test: str) -> bool:
        """Say whether an entry names a test: then all its rows are asked for."""
        return any(entry.test == test and number not in self._findings for number, entry in self._entries)

    def apply(self, test: str, rows: Sequence[Row]) -> dict[int, Acceptance]:
        """Return what accepts rows of a test, by their positions."""
        accepted: dict[int, Acceptance] = {}
        named = RowNames(rows)
        for number, entry in self._entries:
            if entry.test != test or number in self._findings:
                continue
            matched = named.matching(entry)
            failing = [at for at in matched if rows[at].verdict is Verdict.EXCEPTION]
            fresh = [at for at in failing if at not in accepted]
            problem = (
                _anything(entry, [rows[at] for at in matched])
                or _misses(entry, rows, matched, failing)
                or _repeats(accepted, failing, fresh)
                or _predates(entry, [rows[at] for at in fresh])
            )
            if problem:
                self._find(number, entry, *problem)
                continue
            accepted |= dict.fromkeys(fresh, _acceptance(number, entry))
        return accepted

    def findings(self, performed: Collection[str]) -> tuple[FileFinding, ...]:
        """Return what is wrong with entries, in the file's order; `performed` are the tests that were run."""
        return tuple(
            found
            for number, found in sorted(self._findings.items())
            if found.test in performed or found.problem is EntryProblem.UNKNOWN_TEST
        )

    def _find(self, number: int, entry: AcceptedException, problem: EntryProblem, sentence: str) -> None:
        self._findings[number] = FileFinding(
            entry=number, test=entry.test, subject=entry.subject, problem=problem, sentence=sentence
        )

    def _unfit(
        self, entry: AcceptedException, known: Collection[str], earlier: int
    ) -> tuple[EntryProblem, str] | None:
        """Return why an entry cannot count, whatever the evidence is."""
        if entry.test not in known:
            return EntryProblem.UNKNOWN_TEST, f"There is no test {entry.test} that looks at a population."
        if earlier:
            return EntryProblem.DUPLICATE, f"Entry {earlier} names the same test and subject."
        return why_unfit(entry, REQUIRED, self._as_of)


def collection_day(bundle: Bundle) -> date:
    """Return the UTC day on which collecting finished: what management states must hold on it."""
    return bundle.run.finished.astimezone(UTC).date()


def end_of(day: date) -> datetime:
    """Return a day's last moment, in UTC: what came to be on the day of an approval may have been meant."""
    return datetime.combine(day, time.max, UTC)


class RowNames:
    """The rows of a test by the names that entries give them: very many entries may name very many rows."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._at: dict[str, list[int]] = {}
        for at, row in enumerate(rows):
            for name in dict.fromkeys((row.subject, *row.aliases)):
                self._at.setdefault(name, []).append(at)

    def matching(self, entry: AcceptedException) -> list[int]:
        """Return the positions of the rows an entry names; a subject that is one exactly is no pattern."""
        named = {at for subject in (entry.subject, *entry.also) for at in self._named(subject, entry.account)}
        return sorted(named)

    def _named(self, subject: str, account: str) -> list[int]:
        exact = self._within(account, self._at.get(subject, ()))
        if exact or not is_pattern(subject):
            return exact
        return self._within(
            account, (at for name, every in self._at.items() if matches(subject, name) for at in every)
        )

    def _within(self, account: str, positions: Iterable[int]) -> list[int]:
        return [at for at in positions if account in ("", self._rows[at].account)]


def _anything(entry: AcceptedException, named: Sequence[Row]) -> tuple[EntryProblem, str] | None:
    """Return which pattern of an entry takes whatever there could be, whatever its stated maximum is."""
    subjects = {row.subject for row in named}
    for one in (entry.subject, *entry.also):
        if one not in subjects and takes_anything(one, subjects):
            return EntryProblem.MATCHES_TOO_MANY, f"{one} takes whatever there could be."
    return None


def _repeats(
    accepted: Mapping[int, Acceptance], failing: Sequence[int], fresh: Sequence[int]
) -> tuple[EntryProblem, str] | None:
    if fresh:
        return None
    earlier = sorted({accepted[at].entry for at in failing if at in accepted})
    names = ", ".join(str(number) for number in earlier)
    return EntryProblem.DUPLICATE, f"All that it matches is accepted by entry {names}."


def _misses(
    entry: AcceptedException, rows: Sequence[Row], named: Sequence[int], failing: Sequence[int]
) -> tuple[EntryProblem, str] | None:
    if not failing:
        if not rows:
            said = "The test has no rows: its evidence is missing, or its population is empty."
        elif named:
            verdicts = sorted({rows[at].verdict.value for at in named})
            said = f"What it matches is no exception: {', '.join(verdicts)}."
        else:
            said = "No row of the test has this subject."
        return EntryProblem.MATCHES_NOTHING, said
    if len(failing) > entry.maximum_matches:
        return EntryProblem.MATCHES_TOO_MANY, (
            f"It matches {plural(len(failing), 'exception')}; its stated maximum is {entry.maximum_matches}."
        )
    return None


def _predates(entry: AcceptedException, rows: Sequence[Row]) -> tuple[EntryProblem, str] | None:
    """Return which of the rows came to be after the entry was approved: nobody can have meant them."""
    if entry.approved_on is None:
        return None
    approved = end_of(entry.approved_on)
    later = [(when, row.subject) for row in rows if (when := row.began or row.since) and when > approved]
    if not later:
        return None
    when, subject = max(later)
    return EntryProblem.PREDATES, (
        f"It was approved on {entry.approved_on}; of {plural(len(rows), 'exception')} that it matches "
        f"{len(later)} began later: {subject} on {when.date()}."
    )


def why_unfit(
    entry: AcceptedException | StatedAdministrator | StatedPartner, required: Sequence[str], as_of: date
) -> tuple[EntryProblem, str] | None:
    """Return why an entry does not count on a day: a required text says nothing, or it does not hold."""
    if empty := unsaid(entry, required):
        return EntryProblem.INCOMPLETE, f"It does not say: {empty}."
    return why_invalid("Approved on", entry.approved_on, "expired after", entry.expires_on, as_of)


def why_invalid(
    begins: str, start: date | None, ends: str, end: date | None, as_of: date
) -> tuple[EntryProblem, str] | None:
    """Return why a statement does not hold on a day; None when it does, from `start` to `end` inclusive."""
    if start is not None and as_of < start:
        return EntryProblem.NOT_YET_VALID, f"{begins} {start}, after the evidence was collected on {as_of}."
    if end is not None and as_of > end:
        return EntryProblem.EXPIRED, f"It {ends} {end}; the evidence was collected on {as_of}."
    return None


def _acceptance(number: int, entry: AcceptedException) -> Acceptance:
    if entry.approved_on is None or entry.expires_on is None:
        raise RuntimeError("an incomplete entry accepts nothing")
    return Acceptance(
        entry=number,
        approver=entry.approver,
        approved_on=entry.approved_on,
        expires_on=entry.expires_on,
        reason=entry.reason,
        compensating_control=entry.compensating_control,
        ticket=entry.ticket,
    )
