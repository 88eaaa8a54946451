"""Access through Identity Center: groups, administrators, sessions, disabled people."""

from datetime import timedelta
from typing import Any

import pytest

from evidence.readers.judged_sets import duration
from evidence.readers.unreadable import MalformedEvidenceError
from evidence.settings.model import SealedSettings, Thresholds
from tests.controls.world import ACCOUNT, ACCOUNT_TARGET, IAM, ORGANIZATION_TARGET, Change, good, perform_in
from tests.controls.world_records import (
    ADMIN_SET,
    ADMINISTRATOR,
    EVERYTHING,
    OWN,
    POWER_USER,
    READ_ONLY,
    document,
    permission_set,
    person,
    policy,
)

SETS, ASSIGNMENTS = "identity-center.permission-sets", "identity-center.assignments"
USERS, GROUPS, MEMBERS = "identity-store.users", "identity-store.groups", "identity-store.memberships"
OTHER = "210987654321"
ANY_TIME = document(Action="*", Resource="*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})


def put(item: str, *records: dict[str, Any]) -> Change:
    return lambda world: world.records.update({item: {ORGANIZATION_TARGET: list(records)}})


def add(item: str, *records: dict[str, Any]) -> Change:
    return lambda world: world.records[item][ORGANIZATION_TARGET].extend(records)


def given(kind: str, principal: str, arn: str = ADMIN_SET, account: str = ACCOUNT) -> dict[str, Any]:
    members = {"AccountId": account, "PermissionSetArn": arn}
    return members | {"PrincipalType": kind, "PrincipalId": principal}


def one_set(session: str = "PT1H", managed: tuple[str, ...] = (ADMINISTRATOR,), **changes: Any) -> Change:
    return put(SETS, permission_set("Set", ADMIN_SET, session, managed, **changes))


def referring(name: str, path: str = "/") -> dict[str, Any]:
    return {"CustomerManagedPolicies": [{"Name": name, "Path": path}]}


def described(arn: str, text: Any) -> Change:
    return lambda world: world.records["iam.authorization-details"][ACCOUNT_TARGET].append(policy(arn, text))


def limits(**members: Any) -> Change:
    return lambda world: world.options.update(settings=SealedSettings(thresholds=Thresholds(**members)))


def crowd(size: int) -> list[Change]:
    """So many members of the one group; one is there already."""
    names = [f"p{number}" for number in range(size - 1)]
    return [
        add(USERS, *(person(name) for name in names)),
        add(
            MEMBERS,
            *({"GroupId": "g-1", "MembershipId": n, "MemberId": {"UserId": f"id-{n}"}} for n in names),
        ),
    ]


def status(name: str, value: str | None) -> Change:
    record = person(name) | ({} if value is None else {"UserStatus": value})
    if value is None:
        del record["UserStatus"]
    others = [person(other) for other in ("ingrid", "tomas") if other != name]
    return put(USERS, record, *others)


def account_state(**members: str) -> Change:
    return put("organizations.accounts", {"Account": {"Id": ACCOUNT, **members}})


TOMAS = given("USER", "id-tomas")
VANISHED = {"InstanceArn": "i", "PermissionSetArn": ADMIN_SET, "Vanished": True}

CASES = [
    ("IDC-3", "no exceptions", []),
    ("IDC-3", "exceptions noted", [add(ASSIGNMENTS, TOMAS)]),
    ("IDC-3", "not applicable", [put(ASSIGNMENTS)]),
    ("IDC-3", "not concluded", [add(ASSIGNMENTS, given("ROLE", "x"))]),
    ("IDC-4", "no exceptions", []),
    ("IDC-4", "no exceptions", [add(ASSIGNMENTS, TOMAS)]),
    ("IDC-4", "exceptions noted", [add(ASSIGNMENTS, given("USER", "id-gone"))]),
    ("IDC-4", "exceptions noted", [add(ASSIGNMENTS, given("GROUP", "g-gone"))]),
    ("IDC-4", "exceptions noted", [put(GROUPS)]),
    ("IDC-4", "no exceptions", crowd(5)),
    ("IDC-4", "exceptions noted", crowd(6)),
    ("IDC-4", "no exceptions", [*crowd(6), limits(administrators_max=6)]),
    ("IDC-4", "not applicable", [one_set(managed=(READ_ONLY,))]),
    ("IDC-4", "not applicable", [one_set(managed=(POWER_USER,))]),
    ("IDC-4", "not applicable", [one_set(managed=("arn:aws:iam::aws:policy/job-function/Billing",))]),
    ("IDC-4", "no exceptions", [one_set(managed=("arn:aws-cn:iam::aws:policy/AdministratorAccess",))]),
    ("IDC-4", "no exceptions", [one_set(managed=(), InlinePolicy=__import__("json").dumps(EVERYTHING))]),
    ("IDC-4", "not concluded", [one_set(managed=(), InlinePolicy=__import__("json").dumps(ANY_TIME))]),
    ("IDC-4", "not concluded", [one_set(managed=(), InlinePolicy="{")]),
    ("IDC-4", "not applicable", [one_set(managed=(), **referring("own"))]),
    ("IDC-4", "no exceptions", [one_set(managed=(), **referring("unattached"))]),
    ("IDC-4", "not concluded", [one_set(managed=(), **referring("elsewhere"))]),
    ("IDC-4", "not concluded", [one_set(managed=(), **referring("own", "/other/"))]),
    ("IDC-4", "no exceptions", [one_set(**referring("elsewhere"))]),
    ("IDC-4", "no exceptions", [one_set(managed=(), **referring("x", "/e/")),
                                described(f"{IAM}:policy/e/x", EVERYTHING)]),
    ("IDC-4", "not applicable", [put(SETS), put(ASSIGNMENTS)]),
    ("IDC-5", "no exceptions", [one_set("PT4H")]),
    ("IDC-5", "exceptions noted", [one_set("PT4H1M")]),
    ("IDC-5", "no exceptions", [one_set("PT8H", (READ_ONLY,))]),
    ("IDC-5", "exceptions noted", [one_set("PT8H1S", (READ_ONLY,))]),
    ("IDC-5", "exceptions noted", [one_set("PT12H", (READ_ONLY,))]),
    ("IDC-5", "no exceptions", [one_set("PT12H", (READ_ONLY,)), limits(session_max_hours=12)]),
    ("IDC-5", "exceptions noted", [one_set("PT2H"), limits(administrator_session_max_hours=1)]),
    ("IDC-5", "exceptions noted", [one_set("PT3H"), limits(session_max_hours=2)]),
    ("IDC-5", "exceptions noted", [one_set("P1D", (READ_ONLY,))]),
    ("IDC-5", "not concluded", [one_set("8 hours")]),
    ("IDC-5", "not concluded", [one_set("")]),
    ("IDC-5", "not concluded", [one_set("PT8H", (), **referring("elsewhere"))]),
    ("IDC-5", "no exceptions", [one_set("PT4H", (), **referring("elsewhere"))]),
    ("IDC-5", "exceptions noted", [one_set("PT9H", (), **referring("elsewhere"))]),
    ("IDC-5", "not applicable", [put(SETS)]),
    ("IDC-6", "not applicable", []),
    ("IDC-6", "exceptions noted", [status("ingrid", "DISABLED")]),
    ("IDC-6", "no exceptions", [status("tomas", "DISABLED")]),
    ("IDC-6", "exceptions noted", [status("tomas", "DISABLED"), add(ASSIGNMENTS, TOMAS)]),
    ("IDC-6", "not concluded", [status("ingrid", None)]),
    ("IDC-6", "no exceptions", [status("tomas", None)]),
    ("IDC-6", "no exceptions", [status("tomas", "PAUSED")]),
    ("IDC-6", "not concluded", [status("ingrid", "PAUSED")]),
    ("IDC-6", "no exceptions", [status("ingrid", "DISABLED"), account_state(State="SUSPENDED")]),
    ("IDC-6", "no exceptions", [status("ingrid", "DISABLED"), account_state(Status="SUSPENDED")]),
    ("IDC-6", "exceptions noted", [status("ingrid", "DISABLED"), account_state(Status="ACTIVE")]),
    ("IDC-6", "not concluded", [status("ingrid", "DISABLED"), put(GROUPS)]),
    ("IDC-6", "not concluded", [status("ingrid", "DISABLED"), put(SETS)]),
    ("IDC-6", "no exceptions", [status("ingrid", "DISABLED"), put(SETS, VANISHED)]),
]  # fmt: skip


@pytest.mark.parametrize(("test", "conclusion", "changes"), CASES)
def test_access(test: str, conclusion: str, changes: list[Change]) -> None:
    world = good()
    for change in changes:
        change(world)
    result = perform_in(world, test)
    assert result.conclusion == conclusion, (result.reason, result.rows)


def test_who_holds_administrator_power_where_and_through_what() -> None:
    world = good()
    add(ASSIGNMENTS, given("GROUP", "g-1", account=OTHER), TOMAS)(world)
    group, straight, people = perform_in(world, "IDC-4").rows
    assert group.attributes == {
        "permission set": "Admin_Set",
        "through": "group leads",
        "accounts": f"{ACCOUNT}, {OTHER}",
        "effective members": "ingrid",
    }
    assert straight.note == "Assigned straight to a person: see IDC-3."
    assert people.observed == "2: ingrid, tomas"


def test_disabled_members_do_not_count_as_administrators() -> None:
    world = good()
    status("ingrid", "DISABLED")(world)
    group, people = perform_in(world, "IDC-4").rows
    assert group.attributes["effective members"] == ""
    assert people.observed == "nobody through 1 permission set with that power, assigned to 1 principal"
    assert "Disabled: ingrid" in group.note


def test_a_policy_of_the_same_name_counts_by_its_strongest() -> None:
    world = good()
    one_set(managed=(), **referring("own"))(world)
    described(OWN.replace("aws:iam", "aws-cn:iam"), EVERYTHING)(world)
    assert perform_in(world, "IDC-4").conclusion == "no exceptions"


@pytest.mark.parametrize(
    ("words", "length"),
    [
        ("PT1H", timedelta(hours=1)),
        ("PT90M", timedelta(minutes=90)),
        ("PT1H30M15S", timedelta(hours=1, minutes=30, seconds=15)),
        ("P1DT2H", timedelta(hours=26)),
        ("PT0S", timedelta()),
    ],
)
def test_durations(words: str, length: timedelta) -> None:
    assert duration(words) == length


@pytest.mark.parametrize(
    "words", ["", "P", "PT", "P1DT", "1H", "PT1", "PT-1H", "P1M", "P1Y", "PT1H ", "pt1h", 8]
)
def test_no_durations(words: Any) -> None:
    with pytest.raises(MalformedEvidenceError):
        duration(words)
