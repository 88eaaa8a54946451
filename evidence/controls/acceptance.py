"""Marks the rows that management accepted, and reports the entries of exceptions.toml that accept nothing.

An accepted exception never hides its row: the verdict becomes `accepted`, with who and until when. An entry
counts as a whole or not at all. It holds from `approved_on` to `expires_on`, both included, on the UTC day
on which the collection of the evidence finished: results do not depend on the day they are computed.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time

from evidence.bundle import Bundle
from evidence.controls.declaration import Row, Verdict
from evidence.controls.row_entries import RowEntries, RowNames, why_none_fails
from evidence.readers.evidence import plural
from evidence.statements.patterns import takes_anything
from evidence.statements.records import Acceptance, EntryProblem
from evidence.statements.shapes import AcceptedException, StatedAdministrator, StatedPartner
from evidence.statements.words import unsaid

REQUIRED = ("reason", "compensating_control", "approver", "approved_on", "expires_on")
REQUIRED_TO_NAME = ("who", "reason", "approver", "approved_on", "expires_on")
"""What an entry that names a partner or an administrator must say."""


class Acceptances(RowEntries[AcceptedException]):
    """The entries of one exceptions file while the tests of one bundle are performed."""

    def __init__(self, entries: Sequence[AcceptedException], known: Collection[str], as_of: date) -> None:
        self._as_of = as_of
        super().__init__(entries, known)

    def apply(self, test: str, rows: Sequence[Row]) -> dict[int, Acceptance]:
        """Return what accepts rows of a test, by their positions."""
        accepted: dict[int, Acceptance] = {}
        named = RowNames(rows)
        for number, entry in self._of(test):
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

    def _unfit(self, entry: AcceptedException) -> tuple[EntryProblem, str] | None:
        return why_unfit(entry, REQUIRED, self._as_of)


def collection_day(bundle: Bundle) -> date:
    """Return the UTC day on which collecting finished: what management states must hold on it."""
    return bundle.run.finished.astimezone(UTC).date()


def end_of(day: date) -> datetime:
    """Return a day's last moment, in UTC: what came to be on the day of an approval may have been meant."""
    return datetime.combine(day, time.max, UTC)


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
        return EntryProblem.MATCHES_NOTHING, why_none_fails(rows, named)
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
