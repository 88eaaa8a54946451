"""What comes back from reviewers counts as it was sent out, or is refused with its file and row."""

import subprocess
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from evidence.bundle import Bundle
from evidence.errors import UsageError
from evidence.review import workbook as sheet
from evidence.review.index import FILE, read_index
from evidence.review.listing import PERSON_COLUMN, ROW_COLUMN
from tests.controls.world import NOW
from tests.review.conftest import CLOSED, HOSTILE, OPENED, OpenedHere, reviewed_world
from tests.review.filling import REVIEWER, Row

Edit = Callable[[Any, list[Row]], None]


def in_row(**cells: Any) -> Edit:
    """Write values into cells of Ingrid's first row."""

    def edit(_sheet: Any, rows: list[Row]) -> None:
        row = next(one for one in rows if one[PERSON_COLUMN].value == "ingrid")
        for title, value in cells.items():
            row[title].value = value

    return edit


def test_what_is_decided_as_it_must_be_has_nothing_against_it(opened: OpenedHere) -> None:
    opened.fill(in_row(Decision=" Revoke ", Comment=" gone", Date=CLOSED.date().isoformat()))
    closed = opened.close()
    assert closed.problems == ()
    first = next(one for one in closed.records if one["Access"]["Name"] == "ingrid")["Decision"]
    assert {name: first[name] for name in ("Decision", "Reviewer", "Date", "Comment", "Refused")} == {
        "Decision": "revoke", "Reviewer": REVIEWER, "Date": CLOSED.date().isoformat(), "Comment": "gone",
        "Refused": "",
    }  # fmt: skip
    assert sorted(one["Decision"]["Decision"] for one in closed.records)[-2:] == ["keep", "revoke"]


def same_again(worksheet: Any, rows: list[Row]) -> None:
    worksheet.append([cell.value for cell in rows[0].values()])


def without_first(worksheet: Any, rows: list[Row]) -> None:
    worksheet.delete_rows(rows[0][ROW_COLUMN].row)


def one_more(worksheet: Any, rows: list[Row]) -> None:
    worksheet.append([cell.value for title, cell in rows[0].items() if title != ROW_COLUMN] + ["f" * 32])


WRONG: dict[str, tuple[Edit, str]] = {
    "nothing": (in_row(Decision=None), "nobody decided"),
    "another word": (in_row(Decision="maybe"), "'maybe' is none of keep, revoke, change"),
    "no reviewer": (in_row(Reviewer=" "), "it names no reviewer"),
    "no day": (in_row(Date=None), "it has no date"),
    "a word as a day": (in_row(Date="soon"), "the date is no day such as 2026-12-31"),
    "before it was opened": (in_row(Date=date(2026, 9, 1)), "its date, 2026-09-01, is before the review"),
    "in the future": (in_row(Date=date(2027, 9, 1)), "its date, 2027-09-01, is in the future"),
    "by the person": (in_row(Reviewer="INGRID"), "the reviewer is the person reviewed (by name)"),
    "by the person, with what does not show": (in_row(Reviewer="ing\u200brid"), "is the person reviewed"),
    "a word in a reviewer's place": (in_row(Reviewer="TBD"), "it names no reviewer"),
    "a cell that was locked": (in_row(Access="ReadOnly"), "the cell Access is not as it was sent out"),
    "a locked cell cleared": (in_row(Account=None), "the cell Account is not as it was sent out"),
    "a formula to decide": (in_row(Decision='="keep"'), "the cell Decision holds a formula"),
    "a formula elsewhere": (in_row(Note="=1+1"), "the cell Note holds a formula"),
    "a formula for a name": (in_row(Reviewer="=A1"), "the cell Reviewer holds a formula"),
    "a number as a reviewer": (in_row(Reviewer=1.5), "the cell Reviewer is no text"),
    "a row less": (without_first, "the row did not come back"),
    "a row twice": (same_again, "the row came back more than once"),
    "a row that was never asked about": (one_more, "was not asked about"),
    "a comment without end": (
        in_row(Comment="x" * 5000),
        "the cell Comment is longer than 4,000 characters",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_does_not_fit_is_told_with_its_row_and_nothing_else(opened: OpenedHere, wrong: str) -> None:
    edit, said = WRONG[wrong]
    opened.fill(edit)
    (problem,) = opened.close().problems
    assert said in problem.what
    assert problem.workbook == "review-001.xlsx"


def test_a_decision_is_late_when_the_review_is(opened: OpenedHere) -> None:
    opened.fill(in_row(Date=OPENED.date() + timedelta(days=33)))
    said = [problem.what for problem in opened.close(now=OPENED + timedelta(days=40)).problems]
    assert said == [
        "it is closed later than 30 days after it was opened",
        "its date, 2026-11-04, is later than 30 days after the review was opened",
    ]


def test_a_workbook_that_is_missing_is_noticed(opened: OpenedHere) -> None:
    closed = opened.close(files=[])
    assert [(one.workbook, one.what) for one in closed.problems] == [
        ("review-001.xlsx", "it did not come back")
    ]
    assert {one["Decision"]["Refused"] for one in closed.records} == {"its workbook did not come back"}


def linked(path: Path, target: str) -> None:
    book = load_workbook(path)
    book[sheet.ACCESS]["L9"].hyperlink = target
    book.save(path)


def test_a_link_is_refused_and_an_address_that_a_program_made_one_is_not(opened: OpenedHere) -> None:
    opened.fill()
    linked(opened.files[0], "mailto:rhea@x.example")
    assert opened.close().problems == ()
    for target in ("https://x.example", "#Sheet!A1"):
        linked(opened.files[0], target)
        with pytest.raises(UsageError, match="link"):
            opened.close()


def test_files_that_are_no_workbook_of_the_review_are_refused(opened: OpenedHere, tmp_path: Path) -> None:
    (tmp_path / "text.xlsx").write_text("keep")
    with zipfile.ZipFile(tmp_path / "empty.xlsx", "w"):
        pass
    for name in ("text.xlsx", "empty.xlsx"):
        with pytest.raises(UsageError, match="cannot be read as a workbook"):
            opened.close(files=[tmp_path / name])
    with pytest.raises(UsageError, match=r"are both review-001\.xlsx"):
        opened.close(files=[*opened.files, *opened.files])
    book = load_workbook(opened.files[0])
    book[sheet.ACCESS].title = "Mine"
    book.save(tmp_path / "renamed.xlsx")
    with pytest.raises(UsageError, match="has no sheet"):
        opened.close(files=[tmp_path / "renamed.xlsx"])


@pytest.mark.parametrize(
    ("line", "said"), [("A3", "another bundle"), ("A4", "another review"), ("A2", "which workbook")]
)
def test_a_workbook_of_something_else_is_refused(opened: OpenedHere, line: str, said: str) -> None:
    opened.fill(lambda worksheet, _: worksheet[line].__setattr__("value", "changed"))
    with pytest.raises(UsageError, match=said):
        opened.close()


def test_another_bundle_and_an_index_that_was_changed_are_refused(opened: OpenedHere, tmp_path: Path) -> None:
    opened.fill()
    (tmp_path / "other").mkdir()
    other = reviewed_world(tmp_path / "other")
    mine, opened.bundle = opened.bundle, Bundle(other.root, "0" * 64, other.hashes)
    with pytest.raises(UsageError, match="was opened over"):
        opened.close()
    opened.bundle = mine
    index = read_index(opened.folder / FILE)[0]
    book = index.workbooks[0]
    told = book.rows[0].model_copy(update={"last_review": "kept yesterday"})
    changed = book.model_copy(update={"rows": (told, *book.rows[1:])})
    (opened.folder / FILE).write_bytes(index.model_copy(update={"workbooks": (changed,)}).to_bytes())
    with pytest.raises(UsageError, match=r"review\.json was changed"):
        opened.close()
    fewer = index.model_copy(update={"workbooks": (book.model_copy(update={"rows": book.rows[1:]}),)})
    (opened.folder / FILE).write_bytes(fewer.to_bytes())
    with pytest.raises(UsageError, match="contradicts itself"):
        opened.close()


def test_a_clock_that_stands_before_the_opening_closes_nothing(opened: OpenedHere) -> None:
    opened.fill()
    with pytest.raises(UsageError, match="before the review was opened"):
        opened.close(now=NOW)


def test_a_workbook_that_libreoffice_saved_comes_back_as_it_was(opened: OpenedHere, tmp_path: Path) -> None:
    opened.fill(in_row(Reviewer="Rhea Quinn"))
    (path,) = opened.files
    home = (tmp_path / "home").as_uri()
    command = [
        "soffice",
        f"-env:UserInstallation={home}",
        "--headless",
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
    ]
    subprocess.run([*command, "--outdir", tmp_path, path], check=True, capture_output=True)
    closed = opened.close(files=[tmp_path / path.name])
    assert closed.problems == ()
    assert HOSTILE in {one["Access"]["Name"] for one in closed.records}
