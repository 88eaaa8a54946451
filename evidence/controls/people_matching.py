"""Matches users of AWS to the company's own list of people, by RULES and nothing else; see docs/people.md.

Pure: it knows neither bundles nor settings. Names are never compared: two people may share one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from evidence.statements.people import StatedPerson, same_name

IDENTITY_STORE, IAM = "user of the identity store", "IAM user"
BY_ID, BY_EMAIL, BY_OWNER = "id", "e-mail", "owner tag"
EMAIL_TAG = "email"
"""Key of the tag that says whose IAM user it is, in any case."""
RULES = (
    "A user is a person's where the list's id is the user name.",
    f"Or where the list's e-mail is the user name, the user's primary e-mail, or its tag {EMAIL_TAG}.",
    "Of an IAM user whom neither finds, whoever its owner tag names by id or e-mail answers for it.",
    "Letter case makes no difference. Names are not compared: two people may share one.",
    "A user who is two people's by these rules is nobody's: that is not determined.",
)
"""As they are printed."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A user of AWS, and all that may say whose it is."""

    kind: str
    """IDENTITY_STORE or IAM."""
    id: str
    """What names it for good: UserId, or ARN."""
    names: tuple[str, ...]
    """User names."""
    emails: tuple[str, ...]
    """Primary e-mails, or what the tag EMAIL_TAG says."""
    account: str
    """Empty for a user of the identity store."""
    owners: tuple[str, ...] = ()
    """What the owner tag says: who answers for it, which need not be who uses it."""


@dataclass(frozen=True, slots=True)
class PersonMatch:
    """Whose a user is."""

    identity: Identity
    candidates: tuple[StatedPerson, ...]
    """Whom the rules find, in the list's order: nobody, one, or several, where it is not determined."""
    by: str
    """BY_ID, BY_EMAIL or BY_OWNER: the first that found somebody; empty for nobody."""

    @property
    def person(self) -> StatedPerson | None:
        """Whose it is, or who answers for it where `by` is BY_OWNER; None where nobody or several are."""
        return self.candidates[0] if len(self.candidates) == 1 else None

    @property
    def ambiguous(self) -> bool:
        """It is several people's."""
        return len(self.candidates) > 1

    @property
    def in_words(self) -> str:
        """Whose it is, or why nobody's, a clause."""
        if self.person:
            verb = "its owner is" if self.by == BY_OWNER else "is"
            return f"{verb} {self.person.label}, line {self.person.line}, by {self.by}"
        if self.ambiguous:
            return f"is of lines {', '.join(str(one.line) for one in self.candidates)} alike"
        return "not on the list"


@dataclass(frozen=True)
class PeopleMatches:
    """Users and people, held against each other."""

    matches: tuple[PersonMatch, ...]
    """One for each identity, in their order."""
    without: tuple[StatedPerson, ...]
    """People whose no identity is or may be, in the list's order; owning one for others makes none theirs."""

    @cached_property
    def by_identity(self) -> dict[tuple[str, str], PersonMatch]:
        """By kind and id."""
        return {(one.identity.kind, one.identity.id): one for one in self.matches}

    def of(self, person: StatedPerson) -> tuple[Identity, ...]:
        """Return the identities that are a person's and nobody else's."""
        return tuple(one.identity for one in self.matches if one.person is person and one.by != BY_OWNER)


def match_people(people: Sequence[StatedPerson], identities: Sequence[Identity]) -> PeopleMatches:
    """Return whose each identity is, by RULES, and the people who have none."""
    index = PeopleIndex(people)
    matches = tuple(map(index.match, identities))
    used = {one.line for match in matches if match.by != BY_OWNER for one in match.candidates}
    return PeopleMatches(matches, tuple(one for one in people if one.line not in used))


class PeopleIndex:
    """The people by id and by e-mail, for who matches users as they come."""

    def __init__(self, people: Iterable[StatedPerson]) -> None:
        self._ids: dict[str, list[StatedPerson]] = {}
        self._emails: dict[str, list[StatedPerson]] = {}
        for person in people:
            if person.id:
                self._ids.setdefault(same_name(person.id), []).append(person)
            if person.email:
                self._emails.setdefault(same_name(person.email), []).append(person)

    def match(self, identity: Identity) -> PersonMatch:
        """Return whose an identity is, by RULES."""
        by_id = self._among(self._ids, identity.names)
        by_email = self._among(self._emails, (*identity.names, *identity.emails))
        found, by = by_id | by_email, BY_ID if by_id else BY_EMAIL
        if not found:
            owners = identity.owners
            found, by = self._among(self._ids, owners) | self._among(self._emails, owners), BY_OWNER
        people = tuple(found[line] for line in sorted(found))
        return PersonMatch(identity, people, by if people else "")

    @staticmethod
    def _among(index: dict[str, list[StatedPerson]], values: Iterable[str]) -> dict[int, StatedPerson]:
        found = (person for value in values for person in index.get(same_name(value.strip()), ()))
        return {person.line: person for person in found}
