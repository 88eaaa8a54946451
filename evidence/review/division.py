"""Divides the rows of an access review among reviewers: by manager, by the account's owner, or not at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evidence.controls.review_rules import same_person
from evidence.review.listing import AccessToReview
from evidence.review.people import ListedPerson

REMAINDER = "everybody else"
EVERYBODY = "all access"


@dataclass(frozen=True, slots=True)
class ReviewerPart:
    """What one reviewer is asked about."""

    reviewer: str
    """Whom the workbook is for, as the list or the tag names them; or REMAINDER, or EVERYBODY."""
    rows: tuple[AccessToReview, ...]


def divide(
    rows: Iterable[AccessToReview],
    people: Mapping[str, ListedPerson],
    owners: Mapping[str, str],
    *,
    most: int,
) -> tuple[ReviewerPart, ...]:
    """Return the parts by reviewer, sorted, none of more than `most` rows; nobody is asked about themselves.

    `people` are whose each row is, `owners` those who answer for
    accounts, by account. A manager goes before an owner.
    """
    asked: dict[str, list[AccessToReview]] = {}
    for row in rows:
        asked.setdefault(_reviewer(row, people.get(row.row), owners), []).append(row)
    if set(asked) == {REMAINDER}:
        asked = {EVERYBODY: asked[REMAINDER]}
    names = sorted(asked, key=lambda name: (name == REMAINDER, name.casefold(), name))
    return tuple(
        ReviewerPart(name, tuple(asked[name][start : start + most]))
        for name in names
        for start in range(0, len(asked[name]), most)
    )


def _reviewer(row: AccessToReview, person: ListedPerson | None, owners: Mapping[str, str]) -> str:
    for name in (person.manager if person else "", owners.get(row.access.account, "")):
        if name and not same_person(name, row.names):
            return name
    return REMAINDER
