"""Gathers whom bundles show as users of AWS, to be held against the company's own list of people."""

from dataclasses import dataclass, replace

from evidence.controls.declaration import Severity
from evidence.controls.people_access import NEEDS, USES, UserAccess, iam_users, store_users
from evidence.controls.people_matching import IAM, Identity
from evidence.period.opened import OpenedPack
from evidence.readers.coverage import coverage
from evidence.readers.evidence import Evidence
from evidence.readers.identity_center import ITEMS
from evidence.readers.unreadable import MALFORMED, reason
from evidence.statements.people import PeopleFile
from evidence.statements.records import UsedFile

UserKey = tuple[str, str]
"""Kind and id: UserId of a person; of an IAM user the unique id, as its ARN may be given again."""


@dataclass(frozen=True, slots=True)
class SeenUser:
    """A user of AWS, as bundles show it."""

    identity: Identity
    """All names and addresses that bundles give it."""
    name: str
    severity: Severity | None
    """HIGH where it was an administrator in some bundle."""
    without_tags: str
    """Why nobody knows its tags, a sentence; empty where some bundle tells them."""
    service: bool
    bundle: int
    """The last bundle that shows it; 0 where events alone tell of it."""
    pointers: tuple[str, ...]
    """Where that says so."""


def unseen_user(key: UserKey, name: str) -> SeenUser:
    """Return a user of whom events alone tell, or whom no bundle shows readably."""
    kind, identity = key
    names = (name,) if kind == IAM and name != identity else ()
    return SeenUser(
        Identity(kind, identity, names, (), ""), name or identity, None,
        without_tags="Events alone tell of it: no bundle shows whose it is.", service=False, bundle=0,
        pointers=(),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class StatedList:
    """The company's own list of people that is used."""

    people: PeopleFile
    used: UsedFile
    whence: str
    """Where it is from, a clause."""


class PeopleGatherer:
    """The users of all bundles, and the list of people in the packs."""

    def __init__(self) -> None:
        self.users: dict[UserKey, SeenUser] = {}
        self.ids: dict[str, str] = {}
        """Unique ids of IAM users to their ARNs, as last seen."""
        self.missing: list[str] = []
        """Bundles that do not show all users, a sentence each."""
        self.packed: StatedList | None = None
        """The list in the last pack that has one."""

    def add(self, pack: OpenedPack) -> None:
        """Take the next bundle."""
        bundle, unique = pack.bundle, pack.snapshot.unique_ids
        covered = coverage(bundle, NEEDS)
        evidence = Evidence(bundle, NEEDS, USES, covered)
        self.ids |= {identity: arn for arn, identity in unique.items() if ":user/" in arn}
        for read, needs in ((store_users, ITEMS), (iam_users, NEEDS)):
            if read is store_users and coverage(bundle, needs).nothing:
                continue  # what it lacks is said with the populations
            try:
                for user in read(evidence):
                    self._take(pack.number, user, unique.get(user.identity.id, user.identity.id))
            except MALFORMED as error:
                self.missing.append(f"The users of bundle {pack.number} cannot all be read: {reason(error)}.")
        if pack.statements.people:
            found = pack.statements.people
            self.packed = StatedList(
                found.said, found.used, f"the list in the pack of bundle {pack.number}, {found.used.name}"
            )

    def _take(self, number: int, user: UserAccess, unique: str) -> None:
        key = (user.identity.kind, unique if user.identity.kind == IAM else user.identity.id)
        known = self.users.get(key)
        identity = user.identity
        if known:
            before = known.identity
            identity = replace(
                identity,
                names=tuple(dict.fromkeys((*before.names, *identity.names))),
                emails=tuple(dict.fromkeys((*before.emails, *identity.emails))),
                owners=before.owners if user.without_tags else identity.owners,
            )
        self.users[key] = SeenUser(
            identity=identity,
            name=user.name,
            severity=user.severity or (known.severity if known else None),
            without_tags=user.without_tags and (known.without_tags if known else user.without_tags),
            service=user.service,
            bundle=number,
            pointers=tuple(map(str, user.pointers)),
        )
