"""Makes the rows of the tests that hold users over the period against the company's own list of people."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from evidence.controls.declaration import Row, Verdict
from evidence.controls.people_matching import BY_OWNER, PersonMatch
from evidence.period.accesses import HeldAccess
from evidence.period.model import PeriodPointer
from evidence.period.people import SeenUser, UserKey
from evidence.period.period_test import PeriodEvidence, RowOverPeriod, pointers_of
from evidence.readers.evidence import joined_names

NO_LIST = "The company's own list of people was not given (people.csv, --people), and lies in no pack."
COLUMNS = ("name", "kind", "access", "person", "line", "matched by", "started", "left", "contractor")
User = tuple[UserKey, PersonMatch, Sequence[HeldAccess]]


def users_with_access(evidence: PeriodEvidence) -> Iterator[User]:
    """Yield the users who had, or may have had, access in the period, with whose they are."""
    matches = _matches(evidence)
    for key in sorted(evidence.accesses):
        if evidence.accesses[key] and key in matches:
            yield key, matches[key], evidence.accesses[key]


def _matches(evidence: PeriodEvidence) -> Mapping[UserKey, PersonMatch]:
    found = evidence.matches.matches if evidence.matches else ()
    return dict(zip(evidence.users, found, strict=True)) if found else {}


def own_users(evidence: PeriodEvidence) -> Iterator[tuple[SeenUser, PersonMatch, Sequence[HeldAccess]]]:
    """Yield the users that are, or may be, somebody's of the list."""
    for key, match, held in users_with_access(evidence):
        if match.candidates and match.by != BY_OWNER:
            yield evidence.users[key], match, held


def missing(evidence: PeriodEvidence) -> Iterator[str]:
    """Yield what stands against a conclusion of all these tests, one sentence each."""
    if evidence.people is None:
        yield NO_LIST
    yield from evidence.not_shown
    yield from evidence.holes


def needs(column: str, evidence: PeriodEvidence) -> Iterator[str]:
    """Yield the same of a test that rests on a column of the list."""
    yield from missing(evidence)
    if evidence.people and not evidence.people.people.says(column):
        yield f"The list has no column {column}."


def user_row(
    evidence: PeriodEvidence,
    user: SeenUser,
    match: PersonMatch,
    held: Sequence[HeldAccess],
    judged: tuple[Verdict, str, str],
    *,
    expected: str,
    since: datetime | None = None,
) -> RowOverPeriod:
    """Return a row of a user; `judged` are the verdict, what was observed and a note."""
    verdict, observed, note = judged
    person = match.person
    columns = {
        "name": user.name,
        "kind": user.identity.kind,
        "access": joined_names(dict.fromkeys(one.what for one in held), 6),
        "person": person.label if person else "",
        "line": str(person.line) if person else "",
        "matched by": match.by,
        "started": str(person.started or "") if person else "",
        "left": str(person.left or "") if person else "",
        "contractor": ("yes" if person.contractor else "no") if person else "",
    }
    row = Row(
        subject=user.identity.id,
        account=user.identity.account,
        verdict=verdict,
        observed=f"{user.name}: {observed}",
        expected=expected,
        pointers=(),
        since=since,
        note=note,
        attributes=columns,
        severity=user.severity if verdict is Verdict.EXCEPTION else None,
    )
    return RowOverPeriod(row, pointers_of(held, evidence.bundles) or _seen_at(user))


def _seen_at(user: SeenUser) -> tuple[PeriodPointer, ...]:
    return tuple(PeriodPointer(bundle=user.bundle, place=place) for place in user.pointers)
