"""Who has which access, person by person; and never an empty list where nobody looked."""

from datetime import timedelta

import pytest
from openpyxl import load_workbook

from evidence.controls.engine import run_tests
from evidence.readers.account_summary import SUMMARY
from evidence.readers.authorization_details import DETAILS
from evidence.readers.unreadable import MalformedEvidenceError
from evidence.report import access_listing as listing_module
from evidence.report import write_workbook
from evidence.report.access_listing import (
    IAM_USER,
    PERSON,
    ROOT_USER,
    AccessGap,
    AccessLine,
    AccessRow,
    access_listing,
)
from tests.controls.test_identity_access import (
    ASSIGNMENTS,
    GROUPS,
    MEMBERS,
    OTHER,
    SETS,
    USERS,
    add,
    given,
    one_set,
    put,
    referring,
)
from tests.controls.world import ACCOUNT, ACCOUNT_TARGET, IAM, NOW, Change, World, good, key, password, row
from tests.controls.world_records import ADMIN_SET, ADMINISTRATOR, EVERYTHING, user
from tests.support.bundles import ORGANIZATION_TARGET, gap


def listed(*changes: Change) -> list[AccessLine]:
    world = good()
    for change in changes:
        change(world)
    return list(access_listing(world.bundle()))


def rows(*changes: Change) -> list[AccessRow]:
    found = listed(*changes)
    assert not any(isinstance(line, AccessGap) for line in found)
    return [line for line in found if isinstance(line, AccessRow)]


def lacks(item: str, target=ORGANIZATION_TARGET) -> Change:
    def change(world: World) -> None:
        del world.records[item]
        world.options["gaps"] = [gap(item, target)]

    return change


def test_a_person_has_a_row_for_each_access_by_group_set_and_account() -> None:
    found = [
        one
        for one in rows(add(ASSIGNMENTS, given("GROUP", "g-1", account=OTHER), given("USER", "id-tomas")))
        if one.kind == PERSON
    ]
    assert [(one.name, one.group, one.access, one.account, one.administrator) for one in found] == [
        ("ingrid", "leads", "Admin_Set", ACCOUNT, True),
        ("ingrid", "leads", "Admin_Set", OTHER, True),
        ("tomas", "", "Admin_Set", ACCOUNT, True),
    ]
    first = found[0]
    assert (first.id, first.group_id, first.access_id) == ("id-ingrid", "g-1", ADMIN_SET)
    assert (first.status, first.by, first.mfa, first.last_used) == (
        "ENABLED",
        ADMINISTRATOR.rpartition("/")[2],
        None,
        None,
    )
    assert [pointer.file.rpartition("/")[2] for pointer in first.pointers] == [
        "users.jsonl",
        "assignments.jsonl",
    ]


def test_who_has_nothing_and_access_that_nobody_has_are_rows_too() -> None:
    found = {one.name: one for one in rows(put(MEMBERS), add(ASSIGNMENTS, given("USER", "u-gone")))}
    assert found["ingrid"].note.startswith("No access")
    assert (found["nobody"].group, found["nobody"].note) == (
        "leads",
        "Nobody's access: the group has no members.",
    )
    assert "no list holds this user" in found["u-gone"].note
    assert found["u-gone"].administrator is True


def test_iam_users_and_root_stand_beside_them() -> None:
    def change(world: World) -> None:
        world.report[1:] = [row("ada", **password(40, 3, mfa=False), **key(1, 120, 2), **key(2, 90, None))]
        details = world.records[DETAILS][ACCOUNT_TARGET]
        details[:] = [one for one in details if "UserDetail" not in one]
        details.insert(
            0,
            user(
                "ada", GroupList=["g"], UserPolicyList=[{"PolicyName": "own", "PolicyDocument": EVERYTHING}]
            ),
        )

    root, through_group, own = (one for one in rows(change) if one.kind != PERSON)
    assert (root.kind, root.administrator, root.mfa) == (ROOT_USER, True, True)
    assert (through_group.kind, through_group.group, through_group.administrator) == (IAM_USER, "g", False)
    assert (own.access, own.administrator, own.by) == ("inline policy own", True, "inline policy own")
    assert (own.status, own.mfa, own.key_days) == ("password, 2 active keys", False, 120)
    assert own.last_used == NOW - timedelta(days=2)


@pytest.mark.parametrize(
    ("present", "told"), [(1, "password"), (0, "nothing to sign in with"), ("some", "password not told")]
)
def test_whether_root_has_a_password_the_account_summary_tells(present: object, told: str) -> None:
    def change(world: World) -> None:
        world.records[SUMMARY][ACCOUNT_TARGET][0]["AccountPasswordPresent"] = present

    (root,) = (one for one in listed(change) if isinstance(one, AccessRow) and one.kind == ROOT_USER)
    assert root.status == told


def test_what_decides_power_and_cannot_be_read_decides_nothing() -> None:
    (one, *_) = rows(one_set("PT1H", (), **referring("elsewhere")))
    assert one.administrator is None
    assert "elsewhere" in one.by


def test_a_contractor_is_known_only_where_the_directory_says_so() -> None:
    def change(world: World) -> None:
        world.records[USERS][ORGANIZATION_TARGET][0]["UserType"] = "Contractor"

    assert [one.contractor for one in rows(change) if one.kind == PERSON] == ["user type: Contractor", ""]


@pytest.mark.parametrize("item", [USERS, GROUPS, MEMBERS, SETS, ASSIGNMENTS])
def test_what_was_not_collected_is_a_line_and_nobody_is_said_to_have_no_access(item: str) -> None:
    first, *others = listed(lacks(item))
    assert isinstance(first, AccessGap)
    assert first.item == item
    assert item in first.why
    assert not any(isinstance(one, AccessRow) and "No access: neither" in one.note for one in others)
    assert not any(isinstance(one, AccessRow) and one.note.startswith("Nobody's") for one in others)


def test_an_account_without_its_details_has_users_of_whom_nothing_is_said() -> None:
    first, *others = listed(lacks(DETAILS, ACCOUNT_TARGET))
    assert isinstance(first, AccessGap)
    assert (first.item, first.account) == (DETAILS, ACCOUNT)
    users = [one for one in others if isinstance(one, AccessRow) and one.kind == IAM_USER]
    assert [(one.name, one.administrator) for one in users] == [("svc-ledger", None), ("dormant", None)]
    assert all("not known" in one.note for one in users)


def test_records_that_nobody_can_read_are_lines_with_file_and_line() -> None:
    def change(world: World) -> None:
        world.records[USERS][ORGANIZATION_TARGET].append({"UserName": "no id"})
        world.report.append(row("odd", mfa_active="maybe"))
        world.records[DETAILS][ACCOUNT_TARGET].append({"UserDetail": {"Arn": f"{IAM}:user/odd"}})

    gaps = [line for line in listed(change) if isinstance(line, AccessGap)]
    assert [str(one.pointer).rpartition("/")[2] for one in gaps[:2]] == [
        "users.jsonl:3",
        "credential-report.csv:5",
    ]
    assert all("not readable" in one.why for one in gaps)
    assert len(gaps) == 3


def test_a_directory_that_nobody_can_read_leaves_the_accounts() -> None:
    first, *others = listed(add(GROUPS, {"DisplayName": "no id"}))
    assert isinstance(first, AccessGap)
    assert "not in the documented form" in first.why
    assert {one.kind for one in others if isinstance(one, AccessRow)} == {ROOT_USER, IAM_USER}


def test_policies_that_nobody_can_read_leave_the_people(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_evidence: object) -> None:
        raise MalformedEvidenceError("a file is cut")

    monkeypatch.setattr(listing_module, "judged_sets", refuse)
    first, ingrid, *_ = listed()
    assert isinstance(first, AccessGap) and "a file is cut" in first.why
    assert isinstance(ingrid, AccessRow)
    assert (ingrid.name, ingrid.access, ingrid.administrator) == ("ingrid", "Admin_Set", None)


def test_the_sheet_puts_what_it_cannot_show_first(tmp_path) -> None:
    world = good()
    lacks(MEMBERS)(world)
    bundle = world.written(tmp_path / "bundle")
    write_workbook(bundle, run_tests(bundle), (), tmp_path / "a.xlsx")
    lines = [list(line) for line in load_workbook(tmp_path / "a.xlsx")["Access listing"].values]
    at = next(number for number, line in enumerate(lines) if line[0] == "Person or user")
    first = dict(zip(lines[at], lines[at + 1], strict=True))
    assert (first["Person or user"], first["Kind"]) == ("cannot be shown", MEMBERS)
    shown = [dict(zip(lines[at], line, strict=True)) for line in lines[at + 2 :]]
    assert {one["Administrator"] for one in shown} <= {"yes", "no", "not determined"}
    assert {one["Contractor"] for one in shown} == {"not known"}
