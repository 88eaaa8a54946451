"""Divides the rows of an access review among reviewers: by manager, by the account's owner, or not at all."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence.controls.review_rules import name_forms, same_person
from evidence.review.listing import AccessToReview

REMAINDER = "everybody else"
EVERYBODY = "all access"


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """A person of the company's own list, as far as a review needs it."""

    names: tuple[str, ...]
    """Name or id, and e-mail address."""
    manager: str
    """Empty where the list names none."""


@dataclass(frozen=True, slots=True)
class ReviewerPart:
    """What one reviewer is asked about."""

    reviewer: str
    """Whom the workbook is for, as the list or the tag names them; or REMAINDER, or EVERYBODY."""
    rows: tuple[AccessToReview, ...]


FindPerson = Callable[[AccessToReview], ListedPerson | None]
"""Says who of the list has an access; None where nobody is found, or more than one."""


def divide(
    rows: Iterable[AccessToReview],
    find: FindPerson | None,
    owners: Mapping[str, str],
    *,
    most: int,
) -> tuple[ReviewerPart, ...]:
    """Return the parts by reviewer, sorted, none of more than `most` rows; nobody is asked about themselves.

    `owners` are those who answer for accounts, by account. A manager goes before an owner.
    """
    asked: dict[str, list[AccessToReview]] = {}
    for row in rows:
        asked.setdefault(_reviewer(row, find, owners), []).append(row)
    if set(asked) == {REMAINDER}:
        asked = {EVERYBODY: asked[REMAINDER]}
    names = sorted(asked, key=lambda name: (name == REMAINDER, name.casefold(), name))
    return tuple(
        ReviewerPart(name, tuple(asked[name][start : start + most]))
        for name in names
        for start in range(0, len(asked[name]), most)
    )


def _reviewer(row: AccessToReview, find: FindPerson | None, owners: Mapping[str, str]) -> str:
    person = find(row) if find else None
    for name in (person.manager if person else "", owners.get(row.access.account, "")):
        if name and not same_person(name, row.names):
            return name
    return REMAINDER


def by_names(people: Sequence[ListedPerson]) -> FindPerson:
    """Return what finds the one person of a list whose name, id or address is that of an access."""

    known: dict[str, set[int]] = {}
    for number, person in enumerate(people):
        for form in (form for name in person.names for form in name_forms(name)):
            known.setdefault(form, set()).add(number)
            if "@" in form:
                known.setdefault(form.partition("@")[0], set()).add(number)

    def find(row: AccessToReview) -> ListedPerson | None:
        found: set[int] = set()
        for form in (form for name in row.names for form in name_forms(name)):
            found |= known.get(form, set())
        return people[found.pop()] if len(found) == 1 else None

    return find
