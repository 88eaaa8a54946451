"""The script by which the demo organization changes: what holds from which day to which, and why.

One list of dated facts. `as_of` makes the account of a day from them, `history` what CloudTrail tells of
them, and `happenings` is the record of what they planted. `evidence demo` shows the days EARLIER and LAST;
the script goes on until END, a year after EARLIER, for whoever collects in between.

Days are counted from the last quarter's day: -20 is twenty days before it, 30 a month after. The modules of
`account/` hold the organization as it is on that day; the script says what was otherwise before, and becomes
otherwise later. Nothing is drawn at random: whatever varies depends on names alone (`ids.digest`).
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from evidence.demo_account.account import identity_center as directory
from evidence.demo_account.account import organization, users
from evidence.demo_account.account.shapes import Password, User, UserAccessKey
from evidence.demo_account.ids import digest
from evidence.demo_account.reviews import DIRECT, MISSED, REVIEWS, REVOKED

EARLIER, LAST, END = -92.0, 0.0, 273.0
"""The days of the demonstration's two quarters, and the last one that the script tells of."""
ROTATION = 85.0
"""Days after which the keys of well-kept service accounts are rotated."""


class ScriptedKind(StrEnum):
    """What may hold for a time; `subject` of a fact is what is said here."""

    EMPLOYED = "employed"
    """User name: on the company's own list of people. No AWS service tells of it."""
    PERSON = "person in Identity Center"
    """User name."""
    ENABLED = "enabled"
    """User name."""
    MEMBERSHIP = "member"
    """Group, user name."""
    ASSIGNMENT = "assignment"
    """Permission set, USER or GROUP, its name, account."""
    USER = "IAM user"
    """User name."""
    KEY = "access key"
    """User name, number (1 or 2), turn: how often it was rotated since the last quarter."""
    KEY_ACTIVE = "active key"
    """As of a key."""
    MFA = "MFA device"
    """User name."""
    FINDING = "active finding"
    """Name, by which the analyzers' module calls it."""
    RECORDER = "recorder running"
    """Region."""
    ANALYZER = "analyzer"
    """Region, name."""
    ROOT = "root signed in"
    """One moment; no name."""
    REVIEW = "access review"
    """Quarter, and `complete` or `incomplete`: from its opening to its closing."""
    REVOKED = "revocation decided"
    """What holds, of an assignment or a membership: from the decision until it was carried out."""
    MISSED = "nobody collects"
    """No name: a weekly collection that falls into it is not made."""


@dataclass(frozen=True, slots=True)
class ScriptedFact:
    """Something that holds from a day to another."""

    kind: ScriptedKind
    subject: tuple[str, ...]
    start: float = -math.inf
    end: float = math.inf
    why: str = ""

    def holds(self, day: float) -> bool:
        """Say whether it holds on a day."""
        return self.start <= day < self.end


@dataclass(frozen=True, slots=True)
class Happening:
    """A fact that began or ended: one entry of the record of what is planted."""

    day: float
    began: bool
    fact: ScriptedFact


# People who are not in the last quarter's account: they left before it, or join after it.
OTHERS = (
    (directory.LEFT_BEHIND, "Rolf", "Eide"), ("nils.berg", "Nils", "Berg"),
    ("astrid.holm", "Astrid", "Holm"), ("pedro.alves", "Pedro", "Alves"), ("ngozi.eze", "Ngozi", "Eze"),
    ("katya.orlova", "Катя", "Орлова"), ("tariq.aziz", "Tariq", "Aziz"), ("elin.strand", "Elin", "Strand"),
    ("marco.bianchi", "Marco", "Bianchi"), ("hana.sato", "花", "佐藤"), ("joe.murphy", "Joe", "Murphy"),
    ("ida.nygaard", "Ida", "Nygaard"), ("leo.fischer", "Leo", "Fischer"),
)  # fmt: skip
_TEAMS = ("aws-ledger", "aws-payments", "aws-data", "aws-sre", "aws-support")
_LATE = "hannah.weber"
"""Planted: leaves, and keeps access for nine days."""
LATE_DAYS = 9.0
_LEAVE = {_LATE: 41.0, "jan.devries": 27.0, "mia.johansson": 88.0, "omar.farouk": 146.0, "hana.sato": 205.0,
          "emma.schmidt": 231.0}  # fmt: skip
"""People who leave after the last quarter, and their last day."""

_TAKEN_AWAY = "Revoked by an access review"

FORMER_AUDITOR = "auditor.2024"
"""Planted: a contractor who left long ago, and still signs in as an IAM user."""
IAM_PEOPLE = (
    ("anna.kowalska", "Anna", "Kowalska", False), ("m.delgado", "Maria", "Delgado", False),
    ("k.brandt", "Karl", "Brandt", False), (FORMER_AUDITOR, "Petra", "Voss", True),
)  # fmt: skip
"""Who signs in as IAM user and is on the company's list, and whether as a contractor."""

# IAM users who are not in the last quarter's account.
_OLD_BILLING, _ESG = "svc-old-billing", "svc-esg-report"
OTHER_USERS = (
    User(_OLD_BILLING, 910, "finance@northwind.example", "/service/", groups=["data-exports"]),
    User(_ESG, -33, "finance@northwind.example", "/service/", groups=["data-exports"]),
)
KEPT_KEYS = {_OLD_BILLING: UserAccessKey(0, 104), _ESG: UserAccessKey(0, 0.4, "athena")}
"""What their keys are used for; when they were made is said below."""


def _people() -> Iterator[ScriptedFact]:
    """Yield who is in Identity Center, enabled, and on the company's list, from when to when."""
    started = {name: -directory.joined(name) for name, _, _ in (*directory.PEOPLE, *directory.LOCAL)}
    started |= {directory.LEFT_BEHIND: -430.0, "nils.berg": -397.0}
    started |= {
        name: 12.0 + 21 * number + digest("starts", name)[0] % 7
        for number, (name, _, _) in enumerate(OTHERS[2:])
    }
    disabled = {"lucas.martin": -40.0, "anya.sokolova": -33.0, "ben.carter": -9.0}
    left = disabled | {directory.LEFT_BEHIND: -20.0, "nils.berg": -48.0} | _LEAVE
    local = {name for name, _, _ in directory.LOCAL}
    for name, day in started.items():
        last = left.get(name, math.inf)
        gone = last + (LATE_DAYS if name == _LATE else 54 if name in disabled else 0)
        why = "Access outlives the last day by nine days" if name == _LATE else ""
        if name not in local:
            yield ScriptedFact(ScriptedKind.EMPLOYED, (name,), day, last)
        yield ScriptedFact(ScriptedKind.PERSON, (name,), day, gone, why)
        if name in disabled:
            yield ScriptedFact(ScriptedKind.ENABLED, (name,), day, last, "Disabled, and left in the groups")
        for group in _groups(name):
            _, revoked = REVOKED.get((group, name), (0, math.inf))
            yield ScriptedFact(
                ScriptedKind.MEMBERSHIP, (group, name), -_member_age(group, name, -day),
                min(gone, revoked), _TAKEN_AWAY if revoked < gone else why,
            )  # fmt: skip


def _iam_people() -> Iterator[ScriptedFact]:
    """Yield who of the IAM users is on the company's list; nobody is who was the first administrator's."""
    ages = {user.name: user.created for user in users.USERS}
    for name, _, _, _ in IAM_PEOPLE:
        end = -290.0 if name == FORMER_AUDITOR else math.inf
        yield ScriptedFact(ScriptedKind.EMPLOYED, (name,), -ages[name], end)


def _groups(name: str) -> tuple[str, ...]:
    found = tuple(group for group, (_, members) in directory.GROUPS.items() if name in members)
    if name == directory.LEFT_BEHIND:
        return ("aws-platform-leads",)
    if name in {other for other, _, _ in OTHERS}:
        return ("aws-engineering", _TEAMS[digest("team", name)[0] % len(_TEAMS)])
    return found


def _member_age(group: str, name: str, joined: float) -> float:
    known = any(name == row[0] for row in (*directory.PEOPLE, *directory.LOCAL))
    return directory.member_since(group, name) if known else joined


def _assignments() -> Iterator[ScriptedFact]:
    kind = ScriptedKind.ASSIGNMENT
    data, staging, production = (
        organization.DATA_ACCOUNT, organization.STAGING_ACCOUNT, organization.PRODUCTION_ACCOUNT,
    )  # fmt: skip
    left, of_old = directory.LEFT_BEHIND, directory.GROUP_LEFT_BEHIND
    yield ScriptedFact(kind, ("DataEngineer", "GROUP", "aws-data", data), -70, why="The data team's account")
    yield ScriptedFact(kind, DIRECT, -51, REVOKED[DIRECT][1], "Straight to a person")
    yield ScriptedFact(kind, ("PaymentsDeveloper", "USER", "nils.berg", production), -180, -48, "Taken away")
    yield ScriptedFact(kind, ("AdministratorAccess", "USER", left, data), -300, 5, "Outlives its user")
    yield ScriptedFact(kind, ("ViewOnly", "GROUP", of_old, staging), end=5, why="Outlives its group")


def _iam() -> Iterator[ScriptedFact]:
    """Yield users, MFA devices and the first administrator's end."""
    user = ScriptedKind.USER
    yield ScriptedFact(user, (_OLD_BILLING,), -910, -55, "Switched off, with its key of 140 days")
    yield ScriptedFact(user, ("svc-new-warehouse",), -20, why="The new warehouse")
    yield ScriptedFact(user, ("svc-poc-textract",), end=1, why="The trial is over")
    yield ScriptedFact(user, ("legacy-admin",), end=4, why="Its last job has a role of its own")
    yield ScriptedFact(user, ("auditor.2024",), end=9, why="The audit of 2024 is over")
    yield ScriptedFact(user, ("svc-partner-sandbox",), end=20, why="Nobody uses it")
    yield ScriptedFact(user, (_ESG,), 33, why="A report of its own")
    yield ScriptedFact(ScriptedKind.MFA, ("m.delgado",), -60, why="Enrolled after the last review")
    yield ScriptedFact(ScriptedKind.MFA, ("k.brandt",), 10, why="Enrolled after the last review")


_ROTATED_LATE = {"svc-erp-sync": -212.0}
"""Planted: the last rotation but one, so that the key before was too old."""
_ROTATED_AT_LAST = {"svc-crm-export": 16.0, "svc-card-tokens": 12.0, "svc-legacy-ftp": 150.0}
"""Keys past the limit in the last quarter, and the day of their rotation."""
_ONE_OF_TWO = {("svc-mail-relay", "1"), ("svc-terraform", "1")}
"""Second keys, of which there was no predecessor."""


def _keys() -> Iterator[ScriptedFact]:
    """Yield every key of the account with its turns: rotation ends one and begins the next at once."""
    for user in (*users.USERS, *OTHER_USERS):
        for number, key in enumerate(user.keys, start=1):
            yield from _turns(user.name, str(number), key)
    yield ScriptedFact(ScriptedKind.KEY, (_OLD_BILLING, "1", "0"), -232, -55, "Not rotated in time")
    yield from _cut((_ESG, "1"), 33.0, 0)
    old = "Left active when it was rotated"
    yield ScriptedFact(
        ScriptedKind.KEY_ACTIVE, ("svc-terraform", "2", "0"), end=-13, why="Rotated, as it should be"
    )
    yield ScriptedFact(ScriptedKind.KEY_ACTIVE, ("svc-tax-filing", "1", "0"), end=5, why="Used once a year")
    yield ScriptedFact(ScriptedKind.KEY, ("svc-mail-relay", "2", "0"), -74, 2, old)
    yield ScriptedFact(ScriptedKind.KEY, ("svc-mail-relay", "2", "-1"), -74 - ROTATION, -74)


def _turns(user: str, number: str, key: UserAccessKey) -> Iterator[ScriptedFact]:
    made = -key.age
    if (user, number) == ("svc-mail-relay", "2"):
        return
    if not key.active or (key.age > ROTATION and user not in _ROTATED_AT_LAST):
        before = user == "svc-tax-filing"
        if before:
            yield ScriptedFact(ScriptedKind.KEY, (user, number, "-1"), made - 89, made)
        yield ScriptedFact(ScriptedKind.KEY, (user, number, "0"), made)
        return
    if user in _ROTATED_AT_LAST:
        again = _ROTATED_AT_LAST[user]
        yield ScriptedFact(ScriptedKind.KEY, (user, number, "0"), made, again, "Rotated too late")
        if key.age <= -EARLIER + ROTATION:
            yield ScriptedFact(ScriptedKind.KEY, (user, number, "-1"), made - ROTATION, made)
        yield from _cut((user, number), again, 1)
        return
    if user in _ROTATED_LATE:
        yield ScriptedFact(
            ScriptedKind.KEY, (user, number, "-1"), _ROTATED_LATE[user], made, "Rotated too late"
        )
    elif (user, number) not in _ONE_OF_TWO and user != "svc-new-warehouse":
        for turn in (-1, -2):
            start = made + turn * ROTATION
            yield ScriptedFact(ScriptedKind.KEY, (user, number, str(turn)), start, start + ROTATION)
    yield from _cut((user, number), made, 0)


def _cut(key: tuple[str, str], start: float, turn: int) -> Iterator[ScriptedFact]:
    """Yield the turns of a key that is rotated in time, from one on until the script's end."""
    while start <= END:
        yield ScriptedFact(ScriptedKind.KEY, (*key, str(turn)), start, start + ROTATION)
        start, turn = start + ROTATION, turn + 1


def _detection() -> Iterator[ScriptedFact]:
    """Yield what watches, with its holes, findings that were dealt with, and root's one sign-in."""
    recorder, finding = ScriptedKind.RECORDER, ScriptedKind.FINDING
    yield ScriptedFact(recorder, ("eu-central-1",), end=-19, why="Stopped, and forgotten")
    yield ScriptedFact(recorder, ("eu-central-1",), 6, why="Started again")
    yield ScriptedFact(recorder, ("us-west-2",), end=100, why="Stands still for nine days")
    yield ScriptedFact(recorder, ("us-west-2",), 109, why="Started again")
    yield ScriptedFact(ScriptedKind.ANALYZER, ("eu-west-1", "account-external"), end=130, why="Deleted")
    yield ScriptedFact(ScriptedKind.ANALYZER, ("eu-west-1", "account-external"), 137, why="Made again")
    yield ScriptedFact(finding, ("old-queue",), -300, -12, "The queue's policy was narrowed")
    yield ScriptedFact(finding, ("brand-assets",), -34, 30, "Moved behind the CDN")
    yield ScriptedFact(finding, ("ledger-key",), -51, 45, "The vendor's grant was revoked")
    yield ScriptedFact(ScriptedKind.ROOT, (), -412, -412, "To close an account")
    yield ScriptedFact(ScriptedKind.ROOT, (), 75, 75, "To change the support plan")


def _reviews() -> Iterator[ScriptedFact]:
    """Yield the access reviews of the year, what they revoked, and the week in which nobody collects."""
    for review, held in REVIEWS.items():
        yield ScriptedFact(ScriptedKind.REVIEW, review, *held, why="Access is reviewed each quarter")
    for subject, (decided, done) in REVOKED.items():
        late = "Carried out late" if subject == DIRECT else "Carried out in time"
        yield ScriptedFact(ScriptedKind.REVOKED, subject, decided, done, late)
    yield ScriptedFact(ScriptedKind.MISSED, (), *MISSED, why="The machine that collects is replaced")


@cache
def facts() -> tuple[ScriptedFact, ...]:
    """Return all that the script says; what it does not mention is always as in the last quarter."""
    found = (
        *_people(), *_iam_people(), *_assignments(), *_iam(), *_keys(), *_detection(), *_reviews(),
    )  # fmt: skip
    return tuple(_last_day_of_users(found))


def _last_day_of_users(found: Iterable[ScriptedFact]) -> Iterator[ScriptedFact]:
    """Yield facts; a deleted user's keys and devices end with it."""
    found = tuple(found)
    ends = {one.subject[0]: one.end for one in found if one.kind is ScriptedKind.USER}
    for one in found:
        end = min(one.end, ends.get(one.subject[0], math.inf)) if one.kind in _OF_USERS else one.end
        if one.start < end or one.kind is ScriptedKind.ROOT:
            yield ScriptedFact(one.kind, one.subject, one.start, end, one.why)


_OF_USERS = (ScriptedKind.KEY, ScriptedKind.KEY_ACTIVE, ScriptedKind.MFA)


@cache
def _by_subject() -> dict[tuple[ScriptedKind, tuple[str, ...]], list[ScriptedFact]]:
    found: dict[tuple[ScriptedKind, tuple[str, ...]], list[ScriptedFact]] = {}
    for one in facts():
        found.setdefault((one.kind, one.subject), []).append(one)
    return found


def of_kind(kind: ScriptedKind) -> Iterator[ScriptedFact]:
    """Yield the facts of a kind."""
    return (one for one in facts() if one.kind is kind)


def fact_on(kind: ScriptedKind, subject: tuple[str, ...], day: float) -> ScriptedFact | None:
    """Return the fact that holds of something on a day."""
    return next((one for one in _by_subject().get((kind, subject), ()) if one.holds(day)), None)


def holds(kind: ScriptedKind, subject: tuple[str, ...], day: float, otherwise: bool = True) -> bool:
    """Say whether something holds on a day; `otherwise` is as in the last quarter, if nothing is scripted."""
    return fact_on(kind, subject, day) is not None if (kind, subject) in _by_subject() else otherwise


def happenings(since: float, until: float) -> list[Happening]:
    """Return what began or ended after a day, up to another one, in order: the record of what is planted."""
    found = [Happening(one.start, True, one) for one in facts() if since < one.start <= until]
    found += [
        Happening(one.end, False, one)
        for one in facts()
        if since < one.end <= until and one.kind is not ScriptedKind.ROOT
    ]
    return sorted(found, key=lambda one: (one.day, not one.began, one.fact.kind, one.fact.subject))


def root_password(day: float) -> Password:
    """Return root's password as it is on a day, ages told from the last quarter."""
    assert users.ROOT.password is not None  # noqa: S101  planted
    used = max(one.start for one in of_kind(ScriptedKind.ROOT) if one.start <= day)
    return Password(users.ROOT.password.changed, -used)
