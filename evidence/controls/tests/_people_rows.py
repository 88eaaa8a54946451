"""Makes the rows of the tests that hold users against the company's own list of people."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, time, timedelta

from evidence.controls.declaration import Row, Verdict
from evidence.controls.people_access import UserAccess, iam_users, store_users
from evidence.controls.people_matching import BY_OWNER, PeopleIndex, PersonMatch
from evidence.controls.rows import unreadable_lines
from evidence.controls.tests.identity_access import unreadable_people_rows
from evidence.readers.evidence import Evidence
from evidence.readers.identity_center import identity_directory
from evidence.statements.people import PeopleFile, StatedPerson

COLUMNS = (
    "name", "kind", "access", "person", "line", "matched by", "started", "left", "contractor", "manager",
)  # fmt: skip
Judged = tuple[Verdict, str, str]
"""Verdict, what was observed of the person, and a note."""


def list_of(evidence: Evidence) -> PeopleFile:
    """Return the list; the engine runs no rule without it."""
    assert evidence.known.people is not None  # noqa: S101  needs_people
    return evidence.known.people


def gone(person: StatedPerson, user: UserAccess, limit: timedelta) -> bool:
    """Say whether a person's last day had ended, at 24:00 UTC, longer than a limit before a user was seen."""
    # Counted back from then: of a day that is far off nothing can be counted on.
    begun = user.seen - limit - timedelta(days=1)
    return person.left is not None and begun > datetime.combine(person.left, time.min, UTC)


def rows_of_people(
    evidence: Evidence,
    judge: Callable[[StatedPerson, UserAccess], Judged],
    expected: str,
    outside: str = "",
) -> Iterator[Row]:
    """Yield one row per user: judged where it is one person's and gives access, else out of scope.

    `outside` are the words for those whom the judge puts out of scope.
    """

    def judged(user: UserAccess, match: PersonMatch) -> Row:
        said = f"{user.words}; {match.in_words}"
        why = user.outside
        if not why and match.person is None and not match.ambiguous and not user.without_tags:
            why = "not on the list: see JML-1"
        if not why and match.by == BY_OWNER:
            why = "somebody answers for it: see JML-1"
        if why:
            return user_row(user, match, (Verdict.OUT_OF_SCOPE, said, ""), expected, why)
        if match.person is None:
            return user_row(user, match, (Verdict.NOT_DETERMINED, said, user.without_tags), expected)
        verdict, observed, note = judge(match.person, user)
        if verdict is Verdict.EXCEPTION and user.access is None:
            verdict = Verdict.NOT_DETERMINED
        return user_row(user, match, (verdict, f"{observed}; {said}", note), expected, outside)

    yield from user_rows(evidence, judged, expected)


def user_rows(
    evidence: Evidence, judged: Callable[[UserAccess, PersonMatch], Row], expected: str
) -> Iterator[Row]:
    """Yield a row for each user, and one not determined for each that cannot be read; IAM's first."""
    index = PeopleIndex(list_of(evidence).people)
    for found in (iam_users, store_users):
        yield from (judged(user, index.match(user.identity)) for user in found(evidence))
    for account in evidence.accounts:
        yield from unreadable_lines(evidence, account, expected, COLUMNS)
    yield from unreadable_people_rows(identity_directory(evidence), *COLUMNS)


def user_row(user: UserAccess, match: PersonMatch, judged: Judged, expected: str, outside: str = "") -> Row:
    verdict, observed, note = judged
    failing = verdict is Verdict.EXCEPTION
    manager = {"manager": match.person.manager} if match.person and match.person.manager else {}
    return Row(
        subject=user.identity.id,
        account=user.identity.account,
        verdict=verdict,
        observed=f"{user.name}: {observed}",
        expected=expected,
        pointers=user.pointers,
        began=user.created if failing else None,
        note=note,
        attributes=columns_of(user, match.person, match.by),
        severity=user.severity if failing else None,
        outside=(outside or user.outside) if verdict is Verdict.OUT_OF_SCOPE else "",
        fills={**user.fills, **manager},
    )


def columns_of(user: UserAccess | None, person: StatedPerson | None, by: str) -> Mapping[str, str]:
    values = dict.fromkeys(COLUMNS, "")
    if user:
        values |= {"name": user.name, "kind": user.identity.kind, "access": user.words, "matched by": by}
    if person:
        values |= {
            "person": person.label,
            "line": str(person.line),
            "started": str(person.started or ""),
            "left": str(person.left or ""),
            "contractor": "yes" if person.contractor else "no",
            "manager": person.manager,
        }
    return values
