"""USER-2 and ROOT-5: who answers for service accounts, and who holds members' root credentials."""

from typing import Any

import pytest

from evidence.settings.model import SealedSettings, Thresholds
from tests.controls.world import (
    ACCOUNT,
    ACCOUNT_TARGET,
    ORGANIZATION_TARGET,
    Change,
    good,
    key,
    password,
    perform_in,
    row,
)
from tests.controls.world_records import user

DETAILS = "iam.authorization-details"


def tagged(*tags: tuple[str, str]) -> Change:
    """The tags of the one service account."""
    told = [{"Key": name, "Value": value} for name, value in tags]
    return lambda world: world.records[DETAILS][ACCOUNT_TARGET].__setitem__(0, user("svc-ledger", Tags=told))


def reported(name: str, **columns: str) -> Change:
    return lambda world: world.report.append(row(name, **columns))


def setting(name: str) -> Change:
    settings = SealedSettings(thresholds=Thresholds(owner_tag=name))
    return lambda world: world.options.update(settings=settings)


def all_dormant(world: Any) -> None:
    world.report[1] = row("svc-ledger")


CASES = [
    ("no exceptions", []),
    ("no exceptions", [tagged(("owner", "team"))]),
    ("no exceptions", [tagged(("OWNER", "team"), ("x", ""))]),
    ("exceptions noted", [tagged()]),
    ("exceptions noted", [tagged(("owner", ""))]),
    ("exceptions noted", [tagged(("owner", "  "))]),
    ("exceptions noted", [tagged(("owner-of", "team"))]),
    ("exceptions noted", [setting("responsible")]),
    ("no exceptions", [setting("responsible"), tagged(("Responsible", "team"))]),
    ("no exceptions", [reported("person", **password(10, 1))]),
    ("no exceptions", [reported("both", **password(10, 1), **key(1, 10, 1))]),
    ("no exceptions", [reported("old", **key(1, 500, None, active=False))]),
    ("not concluded", [reported("unknown-to-details", **key(2, 10, 1))]),
    ("not concluded", [reported("odd", password_enabled="not_supported")]),
    ("not applicable", [all_dormant]),
]


@pytest.mark.parametrize(("conclusion", "changes"), CASES)
def test_service_accounts(conclusion: str, changes: list[Change]) -> None:
    world = good()
    for change in changes:
        change(world)
    result = perform_in(world, "USER-2")
    assert result.conclusion == conclusion, (result.reason, result.rows)


def test_those_who_are_no_service_accounts_are_listed_apart() -> None:
    world = good()
    reported("person", **password(10, 1))(world)
    rows = perform_in(world, "USER-2").rows
    assert [(entry.attributes["kind"], entry.verdict, entry.note) for entry in rows] == [
        ("service account", "met", ""),
        ("dormant", "out of scope", "See USER-3."),
        ("person", "out of scope", "See USER-1."),
    ]
    assert rows[0].observed == "keys only, owner ledger team"


def features(*names: str) -> dict[str, Any]:
    return {"organizations.root-access": [{"EnabledFeatures": list(names), "Enabled": bool(names)}]}


ALONE = {"organizations.organization": [{"Organization": None}], "organizations.accounts": []}
ROOT_CASES = [
    ("no exceptions", features("RootCredentialsManagement")),
    ("no exceptions", features("RootSessions", "RootCredentialsManagement")),
    ("exceptions noted", features("RootSessions")),
    ("exceptions noted", features()),
    ("not applicable", ALONE | features()),
    ("not concluded", {"organizations.root-access": []}),
    ("not concluded", {"organizations.root-access": [{"Enabled": True}]}),
    ("not concluded", features("")),
]


@pytest.mark.parametrize(("conclusion", "records"), ROOT_CASES)
def test_central_root_access(conclusion: str, records: dict[str, Any]) -> None:
    world = good()
    for item, lines in records.items():
        world.records[item] = {ORGANIZATION_TARGET: lines}
    result = perform_in(world, "ROOT-5")
    assert result.conclusion == conclusion, (result.reason, result.rows)


def test_the_management_account_s_root_is_not_covered() -> None:
    (found,) = perform_in(good(), "ROOT-5").rows
    assert f"management account {ACCOUNT} is not covered" in found.note
