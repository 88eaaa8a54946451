"""Marks the rows that management accepted, and reports the entries of exceptions.toml that accept nothing.

An accepted exception never hides its row: the verdict becomes `accepted`, with who and until when. An entry
counts as a whole or not at all. It holds from `approved_on` to `expires_on`, both included, on the UTC day
on which the collection of the evidence finished: results do not depend on the day they are computed.
"""

from collections.abc import Collection, Sequence
from copy import copy
from dataclasses import replace
from datetime import UTC, date, datetime, time

from evidence.bundle import Bundle
from evidence.controls.declaration import Row, Verdict
from evidence.controls.results import RowResult
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
        for number, entry in self._entries:
            problem = self._unfit(number, entry, known)
            if problem:
                self._find(number, entry, *problem)
        self._unfit_findings = dict(self._findings)

    def afresh(self) -> "Acceptances":
        """Return the same entries, for a test that is performed again: what is found then is not reported."""
        made = copy(self)
        made._findings = dict(self._unfit_findings)
        return made

    def apply(self, test: str, rows: Sequence[Row], results: Sequence[RowResult]) -> tuple[RowResult, ...]:
        """Return the results of a test's rows with the accepted ones marked; `results` are of `rows`."""
        made = list(results)
        for number, entry in self._entries:
            if entry.test != test or number in self._findings:
                continue
            named = matching(entry, rows)
            failing = [at for at in named if results[at].verdict is Verdict.EXCEPTION]
            fresh = [at for at in failing if made[at].verdict is Verdict.EXCEPTION]
            problem = (
                _anything(entry, [rows[at] for at in named])
                or _misses(entry, rows, named, failing)
                or self._repeats(made, failing, fresh)
                or _predates(entry, [rows[at] for at in fresh])
            )
            if problem:
                self._find(number, entry, *problem)
                continue
            for at in fresh:
                made[at] = replace(made[at], verdict=Verdict.ACCEPTED, accepted=_acceptance(number, entry))
        return tuple(made)

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
        self, number: int, entry: AcceptedException, known: Collection[str]
    ) -> tuple[EntryProblem, str] | None:
        """Return why an entry cannot count, whatever the evidence is."""
        if entry.test not in known:
            return EntryProblem.UNKNOWN_TEST, f"There is no test {entry.test} that looks at a population."
        for earlier, other in self._entries[: number - 1]:
            if (other.test, other.subject, other.account) == (entry.test, entry.subject, entry.account):
                return EntryProblem.DUPLICATE, f"Entry {earlier} names the same test and subject."
        return why_unfit(entry, REQUIRED, self._as_of)

    def _repeats(
        self, made: Sequence[RowResult], failing: Sequence[int], fresh: Sequence[int]
    ) -> tuple[EntryProblem, str] | None:
        if fresh:
            return None
        earlier = sorted({accepted.entry for at in failing if (accepted := made[at].accepted)})
        names = ", ".join(str(number) for number in earlier)
        return EntryProblem.DUPLICATE, f"All that it matches is accepted by entry {names}."


def collection_day(bundle: Bundle) -> date:
    """Return the UTC day on which collecting finished: what management states must hold on it."""
    return bundle.run.finished.astimezone(UTC).date()


def end_of(day: date) -> datetime:
    """Return a day's last moment, in UTC: what came to be on the day of an approval may have been meant."""
    return datetime.combine(day, time.max, UTC)


def matching(entry: AcceptedException, rows: Sequence[Row]) -> list[int]:
    """Return the positions of the rows that an entry names; a subject that is one exactly is no pattern."""
    here = [at for at, row in enumerate(rows) if entry.account in ("", row.account)]
    named = {at for subject in (entry.subject, *entry.also) for at in _named(subject, rows, here)}
    return sorted(named)


def _named(subject: str, rows: Sequence[Row], here: Sequence[int]) -> list[int]:
    exact = [at for at in here if subject in _names(rows[at])]
    if exact or not is_pattern(subject):
        return exact
    return [at for at in here if any(matches(subject, name) for name in _names(rows[at]))]


def _anything(entry: AcceptedException, named: Sequence[Row]) -> tuple[EntryProblem, str] | None:
    """Return which pattern of an entry takes whatever there could be, whatever its stated maximum is."""
    subjects = {row.subject for row in named}
    for one in (entry.subject, *entry.also):
        if one not in subjects and takes_anything(one, subjects):
            return EntryProblem.MATCHES_TOO_MANY, f"{one} takes whatever there could be."
    return None


def _names(row: Row) -> tuple[str, ...]:
    return (row.subject, *row.aliases)


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
