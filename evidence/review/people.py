"""Says whose an access is, and who manages them, by the company's own list of people (docs/people.md)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence.controls.people_matching import IAM, IDENTITY_STORE, Identity, match_people
from evidence.report.access_listing import IAM_USER, PERSON
from evidence.review.listing import AccessToReview
from evidence.statements.people import StatedPerson, same_name
from evidence.statements.records import UsedFile

_KINDS = {PERSON: IDENTITY_STORE, IAM_USER: IAM}


@dataclass(frozen=True, slots=True)
class StatedPeople:
    """The list that was given."""

    file: UsedFile
    people: tuple[StatedPerson, ...]


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """A person of the list, as far as a review needs it."""

    names: tuple[str, ...]
    """Name, id and e-mail address."""
    manager: str
    """As the list calls the manager; the name, where the list has the manager too. Empty for nobody."""


def listed_people(
    people: Sequence[StatedPerson], rows: Iterable[AccessToReview]
) -> Mapping[str, ListedPerson]:
    """Return whose each access is, by row; nothing of those whom the rules give to nobody, or to several."""
    rows = list(rows)
    identities = {
        (one.access.kind, one.access.id): _identity(one) for one in rows if one.access.kind in _KINDS
    }
    matches = match_people(people, list(identities.values())).by_identity
    managers = {same_name(key): one.label for one in people for key in (one.id, one.email) if key}
    found = {}
    for row in rows:
        match = matches.get((_KINDS.get(row.access.kind, ""), row.access.id))
        if match and match.person:
            person = match.person
            found[row.row] = ListedPerson(
                tuple(filter(None, (person.name, person.id, person.email))),
                managers.get(same_name(person.manager.strip()), person.manager),
            )
    return found


def _identity(one: AccessToReview) -> Identity:
    access = one.access
    emails = tuple(name for name in one.names if "@" in name)
    account = access.account if access.kind == IAM_USER else ""
    return Identity(_KINDS[access.kind], access.id, (access.name,), emails, account)
