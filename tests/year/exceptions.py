"""Which exceptions each test had in the year, and from when to when, by the script and by what ages.

What `planted` lists for the last quarter stood all year, unless it is told of here.
"""

import itertools
import math
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

from evidence.demo_account import planted, script
from evidence.demo_account.account import analyzers, credentials, roles, users
from evidence.demo_account.account.shapes import ALL_THE_TIME
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT, ROOT_ARN
from evidence.demo_account.people_list import WITHOUT_END
from evidence.demo_account.planted import permission_set, person, recorder, user, verdict
from evidence.demo_account.script import FORMER_AUDITOR, ScriptedFact, ScriptedKind, of_kind
from tests.year.dates import day_of, moment_of

STATED = Path(planted.__file__).with_name("exceptions.toml")
NOON = 0.5
"""Days from midnight, when acceptances begin and end, to the moment that days are counted from."""
KEY_AGE, CONFIG_KEY_AGE, UNUSED = 90.0, 120.0, 90.0
"""Limits, in days: of the settings, of Config's laxer rule, of what is not used."""
_KEYS, _MFA = "ACCESS_KEYS_ROTATED", "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS"
_HARDWARE = "ROOT_ACCOUNT_HARDWARE_MFA_ENABLED"
_UNUSED = "IAM_USER_UNUSED_CREDENTIALS_CHECK"


@dataclass(frozen=True, slots=True)
class ExceptionLife:
    """An exception of a test that stood from a day to another."""

    test: str
    subject: str
    start: float = -math.inf
    end: float = math.inf

    def stands(self, day: float) -> bool:
        """Say whether it stood on a day."""
        return self.start <= day < self.end


def exceptions() -> list[ExceptionLife]:
    """Return every exception of the year."""
    told = list(_told())
    of_script = {one.test for one in told}
    always = (ExceptionLife(one.test, one.subject) for one in planted.PLANTED if one.test not in of_script)
    found: list[ExceptionLife] = []
    for one in sorted((*told, *always), key=lambda life: (life.test, life.subject, life.start)):
        before = (
            found[-1] if found and (found[-1].test, found[-1].subject) == (one.test, one.subject) else None
        )
        if one.start >= one.end:
            continue
        if before and one.start <= before.end:  # the next key of a user whose last one was as bad
            found[-1] = replace(before, end=max(before.end, one.end))
        else:
            found.append(one)
    return found


def _told() -> Iterator[ExceptionLife]:
    yield from _keys()
    yield from _unused()
    yield from _people()
    yield from _iam()
    yield from _detection()
    yield from _roles()
    yield from _other_credentials()
    yield from _listed()


def _arn(name: str) -> str:
    service = name.startswith(("svc-", "="))
    return user(name) if service else user(name, "/")


def _end_of(name: str) -> float:
    found = (one.end for one in of_kind(ScriptedKind.USER) if one.subject == (name,))
    return min(found, default=math.inf)


def _active(key: ScriptedFact) -> tuple[float, float]:
    """Return from when to when a key was active."""
    made = next(
        (one for one in (*users.USERS, *script.OTHER_USERS) if one.name == key.subject[0] and one.keys), None
    )
    told = [one for one in of_kind(ScriptedKind.KEY_ACTIVE) if one.subject == key.subject]
    if told:
        return max(key.start, told[0].start), min(key.end, told[0].end)
    inactive = made and not made.keys[int(key.subject[1]) - 1].active
    return (key.start, key.start) if inactive else (key.start, key.end)


def _keys() -> Iterator[ExceptionLife]:
    for key in of_kind(ScriptedKind.KEY):
        name = key.subject[0]
        start, end = _active(key)
        # Age counts as of the credential report, which AWS made some minutes before.
        old, very_old = (start + limit + users.REPORT_AGE for limit in (KEY_AGE, CONFIG_KEY_AGE))
        yield ExceptionLife("KEY-1", _arn(name), old, end)
        yield ExceptionLife("CFG-4", verdict(_KEYS, name), start + CONFIG_KEY_AGE, end)
        yield ExceptionLife("CFG-5", verdict(_KEYS, name), old, min(end, very_old))
    both = {}
    for key in of_kind(ScriptedKind.KEY):
        both.setdefault(key.subject[0], {}).setdefault(key.subject[1], []).append(_active(key))
    for name, slots in both.items():
        for start, end in slots.get("1", []):
            for other, ended in slots.get("2", []):
                yield ExceptionLife("KEY-2", _arn(name), max(start, other), min(end, ended))


def _last_seen(age: float | None) -> float:
    """Return the day on which what was last used so long before the last quarter was used last of all."""
    return math.inf if age is not None and age < ALL_THE_TIME else -math.inf if age is None else -age


def _unused() -> Iterator[ExceptionLife]:
    for one in users.USERS:
        for start, end in _unused_of(one):
            yield ExceptionLife("USER-3", _arn(one.name), start, end)
            yield ExceptionLife("CFG-4", verdict(_UNUSED, one.name), start, end)
    yield ExceptionLife("CFG-4", f"{_HARDWARE} {MANAGEMENT_ACCOUNT}")


def _unused_of(one: users.User) -> Iterator[tuple[float, float]]:
    if one.password:
        yield _last_seen(one.password.used) + UNUSED, _end_of(one.name)
    for number, key in enumerate(one.keys, start=1):
        turns = [fact for fact in of_kind(ScriptedKind.KEY) if fact.subject[:2] == (one.name, str(number))]
        for fact in turns:
            start, end = _active(fact)
            yield max(_last_seen(key.used), start) + UNUSED, end


def _people() -> Iterator[ExceptionLife]:
    for one in of_kind(ScriptedKind.ASSIGNMENT):
        given, kind, name, account = one.subject
        if kind == "USER":
            subject = f"{permission_set(given)} {account} USER:{person(name)}"
            yield ExceptionLife("IDC-3", subject, one.start, one.end)
            gone = next(fact.end for fact in of_kind(ScriptedKind.PERSON) if fact.subject == (name,))
            yield ExceptionLife("IDC-4", f"{permission_set(given)} USER:{person(name)}", gone, one.end)
    for test in planted.PLANTED:
        if test.test == "IDC-3" and person("break.glass") in test.subject:
            yield ExceptionLife("IDC-3", test.subject)
    for disabled in of_kind(ScriptedKind.ENABLED):
        access = [
            one.end
            for one in (*of_kind(ScriptedKind.MEMBERSHIP), *of_kind(ScriptedKind.ASSIGNMENT))
            if disabled.subject[0] in one.subject
        ]
        yield ExceptionLife("IDC-6", person(disabled.subject[0]), disabled.end, max(access))


def _iam() -> Iterator[ExceptionLife]:
    for one in users.USERS:
        end, console = _end_of(one.name), one.password is not None
        if console:
            yield ExceptionLife("USER-1", _arn(one.name), -one.created, end)
            enrolled = [fact.start for fact in of_kind(ScriptedKind.MFA) if fact.subject == (one.name,)]
            without = enrolled[0] if enrolled else -math.inf if one.mfa else end
            yield ExceptionLife("MFA-1", _arn(one.name), end=without)
            yield ExceptionLife("CFG-4", verdict(_MFA, one.name), end=without)
        if one.policies or one.inline:
            yield ExceptionLife("PRIV-8", _arn(one.name), end=end)
    made = {one.name: -one.created for one in users.USERS}
    for listed in planted.PLANTED:
        if listed.test in ("PRIV-2", "MFA-2", "USER-2"):
            name = listed.subject.rpartition("/")[2]
            start = made[name] if listed.test == "USER-2" else -math.inf
            yield ExceptionLife(listed.test, listed.subject, start, _end_of(name))


def _detection() -> Iterator[ExceptionLife]:
    regions = {one.subject[0] for one in of_kind(ScriptedKind.RECORDER)}
    for region in sorted(regions):
        runs = sorted(
            (one for one in of_kind(ScriptedKind.RECORDER) if one.subject == (region,)),
            key=lambda one: one.start,
        )
        for before, after in itertools.pairwise(runs):
            yield ExceptionLife("CFG-1", recorder(region), before.end, after.start)
    found = {one["id"]: one for some in analyzers.FINDINGS.values() for one in some}
    scripted = {analyzers.finding_id(one.subject[0]): one for one in of_kind(ScriptedKind.FINDING)}
    for identity, one in found.items():
        made, fact = -one["createdAt"].days, scripted.get(identity)
        if one["findingType"] != "ExternalAccess":
            if one["status"] == "ACTIVE":
                yield ExceptionLife("AA-5", identity, made + UNUSED)
        elif fact or one["status"] == "ACTIVE":
            end = fact.end if fact else math.inf
            yield ExceptionLife("AA-2", identity, max(made, fact.start if fact else made), end)
    for root in of_kind(ScriptedKind.ROOT):
        yield ExceptionLife("ROOT-4", ROOT_ARN, root.start, root.start + UNUSED)


def _roles() -> Iterator[ExceptionLife]:
    for one in roles.ROLES:
        if one in roles.LINKED or one in roles.RESERVED:
            continue
        used = -one.created if one.used is None else _last_seen(one.used)
        path = f"{one.path.strip('/')}/{one.name}".lstrip("/")
        yield ExceptionLife("PRIV-6", planted.role(path), used + UNUSED)


def _other_credentials() -> Iterator[ExceptionLife]:
    for one in credentials.SERVICE:
        name, identity = one["UserName"], one["ServiceSpecificCredentialId"]
        subject = f"{_arn(name)} credential for {one['ServiceName']} {identity}"
        if one["Status"] == "Inactive":
            continue
        old = -one["CreateDate"].days + KEY_AGE
        expires = -one["ExpirationDate"].days if "ExpirationDate" in one else math.inf
        yield ExceptionLife("KEY-3", subject, min(old, expires), _end_of(name))
    for name, some in credentials.SSH_KEYS.items():
        for one in some:
            if one["Status"] == "Active":
                subject = f"{_arn(name)} SSH public key {credentials.ssh_key_id(name)}"
                yield ExceptionLife("KEY-3", subject, -one["UploadDate"].days + KEY_AGE, _end_of(name))
    for one in credentials.CERTIFICATES:
        yield ExceptionLife("KEY-3", one["Arn"], -one["Expiration"].days)


@dataclass(frozen=True, slots=True)
class AcceptedLife:
    """From which day to which management accepts an exception, both included."""

    test: str
    subject: str
    """A shell pattern."""
    approved_on: date
    expires_on: date
    until: float = math.inf
    """A day from which on the entry accepts nothing: it matches what was made after its approval."""

    def holds(self, test: str, subject: str, day: float) -> bool:
        """Say whether an exception is accepted on a day."""
        within = self.approved_on <= moment_of(day).date() <= self.expires_on and day < self.until
        return within and self.is_of(test, subject)

    def days(self) -> tuple[float, float]:
        """Return from when to when it is accepted, in days of the script."""
        after = day_of(self.expires_on + timedelta(days=1)) - NOON
        return day_of(self.approved_on) - NOON, min(after, self.until)

    def is_of(self, test: str, subject: str) -> bool:
        """Say whether it is about an exception."""
        return self.test == test and fnmatchcase(subject, self.subject)


_BY_RULE = {"monitoring-vendors": ("datadog", "wiz")}
"""The findings that an archive rule selects."""


def accepted() -> Iterator[AcceptedLife]:
    """Yield what management accepts all year, as its file says; not what it approved before it was there."""
    stated = tomllib.loads(STATED.read_text(encoding="utf-8"))
    refused = {(one.test, one.subject) for one in planted.REFUSED}
    for one in stated["exception"]:
        if (one["test"], one["subject"]) in refused:
            continue
        named = [analyzers.finding_id(name) for name in _BY_RULE.get(one["subject"], ())]
        for subject in named or [one["subject"]]:
            found = AcceptedLife(one["test"], subject, one["approved_on"], one["expires_on"])
            yield replace(found, until=_made_later(found)) if one["test"] == "JML-1" else found


def _made_later(by: AcceptedLife) -> float:
    """Return when the first user was made that an approval cannot have meant."""
    made = (
        -one.created
        for one in (*users.USERS, *script.OTHER_USERS)
        if fnmatchcase(_arn(one.name), by.subject) and -one.created > day_of(by.approved_on) + NOON
    )
    return min(made, default=math.inf)


LEAVER_ACCESS = 1.0
"""Days for which leavers may still have access, by the settings."""


def _listed() -> Iterator[ExceptionLife]:
    """Yield what the company's own list of people shows: who is not on it, who left, who has no end."""
    for one in planted.PLANTED:
        if one.test == "JML-1" and "/service/" not in one.subject:
            yield ExceptionLife("JML-1", one.subject, end=_end_of(one.subject.rpartition("/")[2]))
    for name in {one.subject[0] for one in of_kind(ScriptedKind.KEY)}:
        active = [_active(one) for one in of_kind(ScriptedKind.KEY) if one.subject[0] == name]
        for start, end in active:
            yield ExceptionLife("JML-1", _arn(name), start, end)
    people = {one.subject: one.end for one in of_kind(ScriptedKind.PERSON)}
    disabled = {one.subject: one.end for one in of_kind(ScriptedKind.ENABLED)}
    for one in of_kind(ScriptedKind.EMPLOYED):
        (name,) = one.subject
        gone = disabled.get(one.subject, people.get(one.subject, _end_of(name)))
        who = person(name) if one.subject in people else _arn(name)
        yield ExceptionLife("JML-2", who, one.end + NOON + LEAVER_ACCESS, gone)
        if name == FORMER_AUDITOR:
            yield ExceptionLife("JML-4", who, one.end + NOON, gone)
    yield ExceptionLife("JML-4", person(WITHOUT_END))
