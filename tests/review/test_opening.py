"""Who is asked about whose access, what the workbook shows of it, and what it lets be changed."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from evidence.bundle import Bundle
from evidence.errors import UsageError
from evidence.readers.organizations import TAGS
from evidence.review import workbook as sheet
from evidence.review.index import FILE
from evidence.review.listing import ROW_COLUMN
from evidence.review.opening import ReviewPlan, plan_review, write_review
from evidence.review.people import StatedPeople
from evidence.review.previous import LastReview
from evidence.statements.people import PeopleFile
from evidence.statements.records import UsedFile
from tests.controls.test_identity_access import ASSIGNMENTS, GROUPS, add, given, put
from tests.controls.world import ACCOUNT, NOW, Change, good
from tests.review.conftest import HOSTILE, OPENED, OpenedHere
from tests.review.filling import rows_of
from tests.support.bundles import ORGANIZATION_TARGET

LIST = b"""id,name,email,manager
ingrid,Ingrid Solheim,ingrid@x.example,tomas
tomas,Tomas Lindqvist,tomas@x.example,boss@x.example
boss,The Boss,boss@x.example,
"""


def people(content: bytes = LIST) -> StatedPeople:
    read = PeopleFile.read(content)
    return StatedPeople(UsedFile(name="people.csv", sha256="a" * 64, entries=len(read.people)), read.people)


def planned(
    *changes: Change, listed: StatedPeople | None = None, last: LastReview | None = None
) -> ReviewPlan:
    world = good()
    for change in changes:
        change(world)
    return plan_review(world.bundle(), listed, last)


def asked(plan: ReviewPlan) -> dict[str, Counter[str]]:
    return {part.reviewer: Counter(row.access.name for row in part.rows) for part in plan.parts}


def owned(owner: str) -> Change:
    def change(world) -> None:
        tags = [{"Key": "Owner", "Value": owner}]
        world.records[TAGS] = {ORGANIZATION_TARGET: [{"AccountId": ACCOUNT, "Tags": tags}]}

    return change


def test_one_workbook_asks_about_everything_where_nobody_says_who_answers() -> None:
    (part,) = planned().parts
    assert part.reviewer == "all access"
    assert {row.access.kind for row in part.rows} == {"Identity Center", "IAM user", "Root user"}


def test_managers_are_asked_about_their_people_and_the_rest_is_everybody_elses() -> None:
    found = asked(planned(add(ASSIGNMENTS, given("USER", "id-tomas")), listed=people()))
    assert list(found) == ["The Boss (boss)", "Tomas Lindqvist (tomas)", "everybody else"]
    assert list(found["The Boss (boss)"]) == ["tomas"]
    assert list(found["Tomas Lindqvist (tomas)"]) == ["ingrid"]


def test_owners_of_accounts_are_asked_but_not_about_themselves() -> None:
    found = asked(planned(owned("Ingrid")))
    assert "ingrid" not in found["Ingrid"]
    assert list(found["everybody else"]) == ["ingrid"]


def test_the_list_says_by_which_names_people_would_review_themselves() -> None:
    names = {row.access.name: row.names for row in planned(listed=people()).access.rows}
    assert {"ingrid", "Ingrid Solheim", "ingrid@x.example"} <= set(names["ingrid"])


def test_people_without_access_are_counted_and_not_asked_about() -> None:
    plan = planned(put(ASSIGNMENTS))
    assert plan.access.without_access
    assert not any(row.access.kind == "Identity Center" for row in plan.access.rows)


def test_an_access_keeps_its_row_whatever_becomes_of_what_is_told_of_it() -> None:
    def rows(plan: ReviewPlan) -> dict[str, str]:
        return {row.row: row.access.name for row in plan.access.rows}

    renamed = {"GroupId": "g-1", "DisplayName": "another name"}
    assert rows(planned()) == rows(planned(put(GROUPS, renamed)))
    twice = planned(add(ASSIGNMENTS, given("GROUP", "g-1")))
    assert len(twice.access.rows) == len(set(rows(twice))) == len(planned().access.rows) + 1


def test_what_the_review_before_kept_is_shown(tmp_path: Path) -> None:
    row = next(one.row for one in planned().access.rows if one.access.name == "ingrid")
    plan = planned(last=LastReview("b" * 64, {row: "kept 2026-07-01 by Rhea"}))
    told = {one.row: one.shown["Last review"] for one in plan.access.rows}
    assert told.pop(row) == "kept 2026-07-01 by Rhea"
    assert set(told.values()) == {"none on record"}


def test_a_review_itself_and_a_redacted_copy_are_not_reviewed(reviewed: Bundle) -> None:
    run = reviewed.run.model_copy(update={"redacted_from": object()})
    copy = replace(reviewed)
    copy.__dict__["run"] = run
    with pytest.raises(UsageError, match="redacted copy"):
        plan_review(copy, None, None)
    copy.__dict__["run"] = run.model_copy(update={"access_review": object()})
    with pytest.raises(UsageError, match="is an access review itself"):
        plan_review(copy, None, None)


def test_only_the_cells_to_fill_in_are_unlocked_and_none_holds_a_formula(opened: OpenedHere) -> None:
    (path,) = opened.files
    book = load_workbook(path)
    assert book.sheetnames == [sheet.INSTRUCTIONS, sheet.ACCESS]
    assert all(one.protection.sheet for one in book.worksheets)
    rows = list(rows_of(book[sheet.ACCESS]))
    for row in rows:
        assert {title for title, cell in row.items() if not cell.protection.locked} == set(sheet.DECIDED)
    assert HOSTILE in {row["Person or user"].value for row in rows}
    assert not any(
        cell.data_type == "f" for one in book.worksheets for row in one.iter_rows() for cell in row
    )
    allowed = {
        one.formula1 for one in book[sheet.ACCESS].data_validations.dataValidation if one.type == "list"
    }
    assert allowed == {'"keep,revoke,change"'}
    assert [row[ROW_COLUMN].value for row in rows] == [one.row for one in opened.index.workbooks[0].rows]


def test_the_same_bundle_opens_to_the_same_bytes(
    plan: ReviewPlan, opened: OpenedHere, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    again.mkdir()
    write_review(plan, again, opened=OPENED, window_days=30)
    for name in ("review-001.xlsx", FILE):
        assert (again / name).read_bytes() == (opened.folder / name).read_bytes()


def test_a_clock_that_stands_before_the_evidence_opens_nothing(plan: ReviewPlan, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="before the end of the run"):
        write_review(plan, tmp_path, opened=NOW - timedelta(days=1), window_days=30)


def test_access_of_long_ago_is_not_reviewed_today(plan: ReviewPlan, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="shows access as it was 31 days ago"):
        write_review(plan, tmp_path, opened=NOW + timedelta(days=31, hours=1), window_days=30)
