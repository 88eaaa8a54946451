"""Makes the demo organization as it is on a day of the script, from `account/` as it is in the last quarter.

Ages stay what they are in the last quarter, also of what is made later (negative); `shapes.aged` and the
answers tell them as of the day.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace
from typing import Any

from evidence.demo_account import history, script
from evidence.demo_account.account import analyzers, config_rules, credentials, identity_center, trails, users
from evidence.demo_account.account.shapes import DaysAgo, User, UserAccessKey
from evidence.demo_account.script import ScriptedKind, fact_on, holds


@dataclass(frozen=True, slots=True)
class AccountAsOf:
    """What a day's answers are made from: users, root, and objects with the names of `account`'s modules."""

    day: float
    users: tuple[User, ...]
    root: User
    config: Any
    analyzers: Any
    people: Any
    trails: Any
    credentials: Any


def account_as_of(day: float) -> AccountAsOf:
    """Return the demo organization on a day, counted from the last quarter's: see `script`."""
    there = tuple(_user(one, day) for one in (*users.USERS, *script.OTHER_USERS) if _is_there(one, day))
    return AccountAsOf(
        day=day,
        users=there,
        root=replace(users.ROOT, password=script.root_password(day)),
        config=_config(day),
        analyzers=_analyzers(day),
        people=_people(day),
        trails=SimpleNamespace(**(vars(trails) | {"EVENTS": history.events(day)})),
        credentials=_credentials(day, {one.name for one in there}),
    )


def _is_there(user: User, day: float) -> bool:
    return user.created + day >= 0 and holds(ScriptedKind.USER, (user.name,), day)


def _user(user: User, day: float) -> User:
    mfa = (user.name,)
    enrolled = fact_on(ScriptedKind.MFA, mfa, day)
    password = user.password
    if password and password.changed <= script.ROTATION:
        password = replace(password, changed=(password.changed + day) % script.ROTATION - day)
    return replace(
        user, keys=_keys(user, day), password=password,
        mfa_since=-enrolled.start if enrolled else None, mfa=holds(ScriptedKind.MFA, mfa, day, user.mfa),
    )  # fmt: skip


def _keys(user: User, day: float) -> tuple[UserAccessKey, ...]:
    found = []
    for fact in script.of_kind(ScriptedKind.KEY):
        name, number, turn = fact.subject
        if name == user.name and fact.holds(day):
            key = user.keys[int(number) - 1] if user.keys else script.KEPT_KEYS[name]
            active = holds(ScriptedKind.KEY_ACTIVE, fact.subject, day, key.active)
            found.append(
                (number, replace(key, age=-fact.start, number=int(number), turn=int(turn), active=active))
            )
    return tuple(key for _, key in sorted(found, key=lambda one: one[0]))


def _people(day: float) -> Any:
    """Return people, groups and assignments of a day."""

    def age(kind: ScriptedKind, *subject: str) -> float:
        fact = fact_on(kind, subject, day)
        return math.inf if fact is None else -fact.start

    everybody = (*identity_center.PEOPLE, *script.OTHERS)
    names = [name for name, _, _ in (*everybody, *identity_center.LOCAL)]
    there = {name for name in names if holds(ScriptedKind.PERSON, (name,), day)}
    groups = {
        group: (about, tuple(_members(group, members, names, day)))
        for group, (about, members) in identity_center.GROUPS.items()
    }
    return SimpleNamespace(**(vars(identity_center) | {
        "PEOPLE": tuple(row for row in everybody if row[0] in there),
        "LOCAL": tuple(row for row in identity_center.LOCAL if row[0] in there),
        "DISABLED": tuple(
            name for name in names if name in there and not holds(ScriptedKind.ENABLED, (name,), day)
        ),
        "GROUPS": groups,
        "ASSIGNMENTS": tuple(_assignments(day)),
        "joined": partial(age, ScriptedKind.PERSON),
        "member_since": partial(age, ScriptedKind.MEMBERSHIP),
    }))  # fmt: skip


def _members(group: str, listed: Iterable[str], names: Iterable[str], day: float) -> Iterable[str]:
    others = (name for name in names if name not in listed)
    return (
        name
        for name in (*listed, *others)
        if holds(ScriptedKind.MEMBERSHIP, (group, name), day, otherwise=False)
    )


def _assignments(day: float) -> Iterable[tuple[str, str, str, tuple[str, ...]]]:
    kind, listed = ScriptedKind.ASSIGNMENT, set()
    for given, to, principal, accounts in identity_center.ASSIGNMENTS:
        listed |= {(given, to, principal, account) for account in accounts}
        there = tuple(account for account in accounts if holds(kind, (given, to, principal, account), day))
        if there:
            yield given, to, principal, there
    for one in script.of_kind(kind):
        if one.holds(day) and one.subject not in listed:
            given, to, principal, account = one.subject
            yield given, to, principal, (account,)


def _config(day: float) -> Any:
    """Return AWS Config's recorders as they run on a day; its rules are always the same."""
    recording = {
        region: (group, holds(ScriptedKind.RECORDER, (region,), day, runs))
        for region, (group, runs) in config_rules.RECORDING.items()
    }
    stops = {
        one.subject[0]: -one.end for one in script.of_kind(ScriptedKind.RECORDER) if one.end <= day
    }  # fmt: skip
    return SimpleNamespace(**(vars(config_rules) | {
        "RECORDING": recording,
        "recorder_status": lambda region: config_rules.recorder_status(
            region, recording=recording, stopped=stops.get(region, config_rules.STOPPED)
        ),
    }))  # fmt: skip


def _analyzers(day: float) -> Any:
    there = {
        region: [
            _analyzer(region, one, day)
            for one in some
            if holds(ScriptedKind.ANALYZER, (region, one["name"]), day)
        ]
        for region, some in analyzers.ANALYZERS.items()
    }
    told = {analyzers.finding_id(one.subject[0]): one for one in script.of_kind(ScriptedKind.FINDING)}

    def finding(one: Mapping[str, Any]) -> dict[str, Any]:
        fact = told.get(one["id"])
        return {**one, **({"status": "ACTIVE" if fact.holds(day) else "RESOLVED"} if fact else {})}

    findings = {
        arn: [finding(one) for one in some if one["createdAt"].days + day >= 0]
        for arn, some in analyzers.FINDINGS.items()
    }
    return SimpleNamespace(**(vars(analyzers) | {"ANALYZERS": there, "FINDINGS": findings}))


def _analyzer(region: str, one: Mapping[str, Any], day: float) -> dict[str, Any]:
    """Return an analyzer with the age of its last making."""
    fact = fact_on(ScriptedKind.ANALYZER, (region, one["name"]), day)
    again = {"createdAt": DaysAgo(-fact.start, once=True)} if fact and fact.start > -math.inf else {}
    return {**one, **again}


def _credentials(day: float, there: set[str]) -> Any:
    """Return the credentials beyond passwords and access keys that are there on a day."""

    def kept(some: Iterable[Mapping[str, Any]], made: str) -> list[dict[str, Any]]:
        return [_ending(one, day) for one in some if one[made].days + day >= 0]

    return SimpleNamespace(
        SERVICE=[one for one in kept(credentials.SERVICE, "CreateDate") if one["UserName"] in there],
        SSH_KEYS={user: kept(some, "UploadDate") for user, some in credentials.SSH_KEYS.items()},
        SIGNING={user: kept(some, "UploadDate") for user, some in credentials.SIGNING.items()},
        CERTIFICATES=kept(credentials.CERTIFICATES, "UploadDate"),
    )


def _ending(one: Mapping[str, Any], day: float) -> dict[str, Any]:
    """Return a credential as it is on a day; one with an end is expired from then on."""
    end = one.get("ExpirationDate")
    if not isinstance(end, DaysAgo):
        return {**one}
    return {**one, "Status": "Expired" if end.days + day >= 0 else "Active"}
