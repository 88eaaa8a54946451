"""The script of changes: the last quarter is `account/` itself, every other day follows from the record."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evidence.demo_account.account import analyzers, config_rules, credentials, identity_center, users
from evidence.demo_account.as_of import AccountAsOf, account_as_of
from evidence.demo_account.history import TOLD_AS, events
from evidence.demo_account.script import (
    EARLIER,
    END,
    LAST,
    LATE_DAYS,
    Happening,
    ScriptedFact,
    ScriptedKind,
    fact_on,
    happenings,
    of_kind,
)

MOMENT = 0.01
"""Days: much less than between two happenings."""


def test_on_the_last_quarters_day_the_account_is_as_it_is_written() -> None:
    today = account_as_of(LAST)
    keys = [[replace(key, number=0) for key in user.keys] for user in today.users]
    assert [replace(one, keys=(), mfa_since=None) for one in today.users] == [
        replace(one, keys=()) for one in users.USERS
    ]
    assert keys == [list(one.keys) for one in users.USERS]
    assert today.root == users.ROOT
    for name in ("PEOPLE", "LOCAL", "DISABLED", "GROUPS", "ASSIGNMENTS"):
        assert getattr(today.people, name) == getattr(identity_center, name), name
    assert today.config.RECORDING == config_rules.RECORDING
    assert (today.analyzers.ANALYZERS, today.analyzers.FINDINGS) == (
        analyzers.ANALYZERS,
        analyzers.FINDINGS,
    )
    for name in ("SERVICE", "SSH_KEYS", "SIGNING", "CERTIFICATES"):
        assert getattr(today.credentials, name) == getattr(credentials, name), name


def _user(there: AccountAsOf, name: str) -> Any:
    return next((one for one in there.users if one.name == name), None)


def _key(there: AccountAsOf, name: str, number: str, turn: str) -> Any:
    keys = _user(there, name).keys if _user(there, name) else ()
    return next((one for one in keys if (one.number, one.turn) == (int(number), int(turn))), None)


def _active(there: AccountAsOf, name: str) -> bool:
    found = [one for some in there.analyzers.FINDINGS.values() for one in some]
    return any(one["id"] == analyzers.finding_id(name) and one["status"] == "ACTIVE" for one in found)


SHOWS: dict[ScriptedKind, Callable[..., Any]] = {
    ScriptedKind.PERSON: lambda at, name: name in {one for one, _, _ in at.people.PEOPLE + at.people.LOCAL},
    ScriptedKind.ENABLED: lambda at, name: name not in at.people.DISABLED,
    ScriptedKind.MEMBERSHIP: lambda at, group, name: name in at.people.GROUPS[group][1],
    ScriptedKind.ASSIGNMENT: lambda at, given, kind, who, account: any(
        (given, kind, who) == row[:3] and account in row[3] for row in at.people.ASSIGNMENTS
    ),
    ScriptedKind.USER: _user,
    ScriptedKind.KEY: _key,
    ScriptedKind.KEY_ACTIVE: lambda at, *key: _key(at, *key) and _key(at, *key).active,
    ScriptedKind.MFA: lambda at, name: _user(at, name) and _user(at, name).mfa,
    ScriptedKind.FINDING: _active,
    ScriptedKind.RECORDER: lambda at, region: at.config.RECORDING[region][1],
    ScriptedKind.ANALYZER: lambda at, region, name: any(
        one["name"] == name for one in at.analyzers.ANALYZERS[region]
    ),
}
"""Whether the account of a day shows a fact; the others are the company's own doing, and ROOT a moment."""
NOT_SHOWN = {
    ScriptedKind.EMPLOYED, ScriptedKind.ROOT, ScriptedKind.REVIEW, ScriptedKind.REVOKED, ScriptedKind.MISSED,
}  # fmt: skip


def test_the_account_changes_when_the_record_says_so_and_only_then() -> None:
    assert set(SHOWS) == set(ScriptedKind) - NOT_SHOWN
    days = sorted({one.day for one in happenings(EARLIER, END)})
    there = {day: account_as_of(day) for at in days for day in (at - MOMENT, at + MOMENT)}
    for one in happenings(EARLIER, END):
        if one.fact.kind in SHOWS:
            shown = [bool(SHOWS[one.fact.kind](there[one.day + step], *one.fact.subject))
                     for step in (-MOMENT, MOMENT)]  # fmt: skip
            assert shown == [not one.began, one.began], one


def test_cloudtrail_tells_what_happened_on_its_day_for_ninety_days() -> None:
    for one in happenings(EARLIER, END):
        told = TOLD_AS.get(one.fact.kind)
        name = (told.began if one.began else told.ended) if told else ""
        if name:
            assert _told(name, one, one.day), one
            assert _told(name, one, one.day + 90), one
            assert not _told(name, one, one.day - MOMENT), one
            assert not _told(name, one, one.day + 90 + MOMENT), one


def _told(name: str, one: Happening, day: float) -> bool:
    return any(
        event["EventName"] == name and -event["EventTime"].days == one.day
        for some in events(day).values()
        for event in some
    )


def test_every_event_has_an_id_of_its_own() -> None:
    for day in (EARLIER, LAST, 90.0, END):
        ids = [event["EventId"] for some in events(day).values() for event in some]
        assert len(ids) == len(set(ids))


def test_the_year_holds_what_is_planted_in_it() -> None:
    (late,) = [one for one in of_kind(ScriptedKind.EMPLOYED) if _keeps_access(one)]
    assert LAST < late.end < END
    stops = [one for one in happenings(LAST, END) if one.fact.kind is ScriptedKind.RECORDER]
    assert [(one.began, one.day) for one in stops if one.fact.subject == ("us-west-2",)] == [
        (False, 100),
        (True, 109),
    ]
    made = [one.began for one in happenings(LAST, END) if one.fact.kind is ScriptedKind.ANALYZER]
    assert made == [False, True]
    assert [one.day for one in happenings(EARLIER, END) if one.fact.kind is ScriptedKind.ROOT] == [75]
    turns = {one.fact.subject[:2] for one in happenings(EARLIER, END) if one.fact.kind is ScriptedKind.KEY}
    assert len(turns) > 30, "keys age and rotate"


def _keeps_access(fact: ScriptedFact) -> bool:
    """Say whether somebody who left is still a person in Identity Center, enabled, for nine days."""
    person = fact_on(ScriptedKind.PERSON, fact.subject, fact.end)
    enabled = fact_on(ScriptedKind.ENABLED, fact.subject, fact.end)
    return person is not None and enabled is None and person.end == fact.end + LATE_DAYS


@pytest.mark.parametrize("day", [EARLIER, 77.0, END])
def test_nothing_is_younger_than_the_day_nor_used_before_it_was_made(day: float) -> None:
    from evidence.demo_account.app import DemoApp
    from evidence.demo_account.moto_account import populate
    from evidence.demo_account.world import DemoWorld

    now = datetime(2026, 10, 1, 6, tzinfo=UTC) + timedelta(days=day)
    try:
        app = DemoApp(now, world=lambda moment, trail: DemoWorld(moment, trail, day))
        context = app._world.management
        made = [
            (user.create_date, key.create_date, key.last_used.timestamp if key.last_used else now)
            for user in context.iam.users.values()
            for key in user.access_keys
        ]
        latest = now.replace(tzinfo=None)
        assert all(created <= key <= used.replace(tzinfo=None) <= latest for created, key, used in made)
        for person in context.people.PEOPLE:
            assert context.once(context.people.joined(person[0])) <= now
    finally:
        populate(datetime(2026, 10, 1, 6, tzinfo=UTC), account_as_of(LAST))  # moto's state is of the process
