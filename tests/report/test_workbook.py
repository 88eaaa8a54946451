"""The workbook as spreadsheets see it: no formula, no lost row, no lost digit, real dates."""

import csv
import errno
import gc
import io
import os
import re
import resource
import subprocess
import zipfile
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from evidence.bundle import Bundle
from evidence.controls.declaration import Verdict
from evidence.controls.results import Results
from evidence.errors import StorageError, UsageError
from evidence.report import write_workbook
from evidence.report.names import SHEET_NAME_LIMIT, item_sheet, population_sheet
from evidence.report.workbook import write as workbook_module
from evidence.report.workbook.cells import CELL_LIMIT, text, value
from evidence.report.workbook.columns import RecordLayout, flatten, members
from evidence.report.workbook.sheets import WorkbookBuilder
from tests.report.report_data import FACTS, HOSTILE, NAMES

USERS = "identity-store.users"
_OPEN = (Verdict.EXCEPTION, Verdict.ACCEPTED, Verdict.NOT_DETERMINED)


def grid(path: Path, sheet: str) -> list[tuple[object, ...]]:
    book = load_workbook(path, read_only=True)
    return [tuple(row) for row in book[sheet].iter_rows(values_only=True)]


def below_header(path: Path, sheet: str, first: str) -> list[dict[str, object]]:
    rows = grid(path, sheet)
    at = next(number for number, row in enumerate(rows) if row and row[0] == first)
    return [dict(zip(map(str, rows[at]), row, strict=False)) for row in rows[at + 1 :]]


def test_no_cell_of_any_sheet_is_a_formula_or_an_error(workbook: Path) -> None:
    with zipfile.ZipFile(workbook) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            assert b"<f>" not in content, name
            assert b't="e"' not in content, name
            assert b"TargetMode=" not in content, name  # nothing leads out of the workbook


def test_every_record_has_its_row_and_hostile_names_read_back(workbook: Path) -> None:
    names = [row["UserName"] for row in below_header(workbook, USERS, "Account")]
    assert len(names) == len(NAMES) + len(HOSTILE)
    assert names[: len(NAMES)] == list(NAMES)
    for name in ("=HYPERLINK(1)", "+1", "-1", "@x", "#N/A", "{{ 7 * 7 }}", "_x0041_", HOSTILE[-2]):
        assert name in names
    assert "bell‹U+0007›bell" in names
    assert "turn‹U+202E›left" in names


def test_text_too_long_for_a_cell_says_so_and_where_it_is_whole(workbook: Path) -> None:
    last = str(below_header(workbook, USERS, "Account")[-1]["UserName"])
    assert len(last) == CELL_LIMIT
    assert last.endswith("[cut: 40000 characters; in full at organization/identity-store/users.jsonl:22]")


def test_dates_are_dates_and_numbers_keep_their_digits(workbook: Path) -> None:
    rows = below_header(workbook, "iam.credential-report", "user")
    assert rows[1]["user"] == "=user0"
    assert rows[1]["user_creation_time"] == datetime(2023, 1, 1)  # noqa: DTZ001
    assert rows[1]["password_last_used"] == "no_information"
    assert rows[1]["Line"] == 3
    (role,) = below_header(workbook, "iam.sample-role-policies", "Account")
    assert role["Big"] == "12345678901234567890"
    assert role["Account"] == "123456789012"


def test_a_date_lends_its_format_to_no_number_beside_it(workbook: Path) -> None:
    sheet = load_workbook(workbook)["Calls"]
    for row in sheet.iter_rows(min_row=5):
        for cell in row:
            if isinstance(cell.value, int) and not isinstance(cell.value, bool):
                assert cell.number_format == "General"


def test_every_file_that_a_sheet_shows_is_named_with_its_digest(
    source: tuple[Bundle, Results], workbook: Path
) -> None:
    bundle, results = source
    book = load_workbook(workbook, read_only=True)
    files = {
        (row["Sheet"], row["File below data/"]): row["SHA-256"]
        for row in below_header(workbook, "Files", "Sheet")
    }
    assert {name for name, _ in files} <= set(book.sheetnames)
    for (_, file), digest in files.items():
        assert digest == (
            results.digest if str(file).startswith("results.json") else bundle.hashes[str(file)]
        )
    assert {file for name, file in files if name == "Conclusions"} == {"results.json (in the pack)"}
    for unit in bundle.run.units:
        assert item_sheet(unit.item) in book.sheetnames
        for file in unit.files:
            assert (item_sheet(unit.item), file) in files


def test_the_index_has_one_line_for_each_sheet_with_its_rows(workbook: Path) -> None:
    book, index = load_workbook(workbook), below_header(workbook, "Index", "Sheet")
    assert [row["Sheet"] for row in index] == book.sheetnames[1:]
    assert [row["Sheet"] for row in index[:3]] == ["Conclusions", "Exceptions", "Access listing"]
    for row in index:
        sheet = book[str(row["Sheet"])]
        header = int(sheet.freeze_panes[1:]) - 1
        assert row["Rows"] == sheet.max_row - header, sheet.title
    links = [cell.hyperlink.location for cell in book["Index"]["A"] if cell.hyperlink]
    assert {re.fullmatch(r"'(.+)'!A1", link)[1] for link in links} == set(book.sheetnames)


def test_sheets_are_frozen_filtered_named_and_fit_for_print(workbook: Path) -> None:
    book = load_workbook(workbook)
    areas = {name: found.attr_text.replace("$", "") for name, found in book.defined_names.items()}
    for sheet in book.worksheets:
        header = re.fullmatch(r"[BC](\d+)", sheet.freeze_panes)[1]
        area = f"A{int(header) - 1}:{get_column_letter(sheet.max_column)}"
        assert sheet.auto_filter.ref.startswith(area), sheet.title
        assert areas[re.sub(r"\W", "_", sheet.title)] == f"'{sheet.title}'!{sheet.auto_filter.ref}"
        assert sheet.column_dimensions["A"].width >= 8
        assert sheet.print_title_rows == f"${int(header) - 1}:${int(header) - 1}"
        assert sheet.page_setup.orientation == "landscape"
        assert "&P of &N" in sheet.oddFooter.right.text or "Page" in sheet.oddFooter.right.text
        wide = sheet.page_setup.scale == 68
        assert wide or sheet.page_setup.fitToHeight == 0 or sheet.sheet_properties.pageSetUpPr.fitToPage
        assert not wide or sheet.print_title_cols.startswith("$A:")
    assert book.properties.creator == "evidence"
    assert book.properties.title.startswith("Appendices to evidence-")


def test_the_populations_of_a_topic_share_a_sheet_to_which_conclusions_lead(
    source: tuple[Bundle, Results], workbook: Path
) -> None:
    results, book = source[1], load_workbook(workbook)
    conclusions = book["Conclusions"]
    links = {cell.value: cell.hyperlink.location for cell in conclusions["A"] if cell.hyperlink}
    shown = [row["Conclusion"] for row in below_header(workbook, "Conclusions", "Test")]
    assert shown[0] == "exceptions noted"
    assert sorted(shown, key=shown.index) == shown  # each conclusion in one run of rows
    for test in results.tests:
        sheet, row = re.fullmatch(r"'(.+)'!A(\d+)", links[test.id]).groups()
        assert sheet == population_sheet(test.topic)
        if test.rows:
            assert (book[sheet][f"A{row}"].value, book[sheet][f"B{row}"].value) == (
                test.id,
                text(test.rows[0].subject),
            )


def test_every_exception_is_a_row_to_work_in(source: tuple[Bundle, Results], workbook: Path) -> None:
    results, sheet = source[1], load_workbook(workbook)["Exceptions"]
    rows = below_header(workbook, "Exceptions", "Exception")
    wanted = [row for test in results.tests for row in test.rows if row.verdict in _OPEN]
    assert len(rows) == len(wanted)
    assert [row["Status"] for row in rows] == sorted(
        (row["Status"] for row in rows), key=["exception", "accepted", "not determined"].index
    )
    hostile = next(row for row in rows if row["Subject"] == "=HYPERLINK(1)")
    assert hostile["Exception"] == f"KEY-9:{len(NAMES) + 1}"
    assert hostile["Since"] == datetime(2026, 6, 1)  # noqa: DTZ001
    assert hostile["Days"] == 122
    (same,) = [
        row for row in below_header(workbook, "Tests Root", "Test") if row["Subject"] == "=HYPERLINK(1)"
    ]
    assert (same["Verdict"], same["days"]) == ("exception", 91)
    assert hostile["Where to look (file:line below data/)"].endswith(f":{len(NAMES) + 3}")
    validated = {
        found.formula1 or found.type: str(found.sqref) for found in sheet.data_validations.dataValidation
    }
    titles = [cell.value for cell in sheet[int(sheet.freeze_panes[1:]) - 1]]
    tick = get_column_letter(titles.index("Tick") + 1)
    assert validated['"A,B,C"'].startswith(f"{tick}{sheet.freeze_panes[1:]}:{tick}")


def test_gaps_stand_in_their_sheet_and_over_the_items(workbook: Path) -> None:
    assert {row["Item"] for row in below_header(workbook, "Gaps", "Item")} == {
        "iam.password-policy",
        "config.recorders",
    }
    assert any("GAP: iam.password-policy: 123456789012" in str(row[0]) for row in grid(workbook, "Account"))
    assert any("Empty answer" in str(row[0]) for row in grid(workbook, "config.rules"))


def test_libreoffice_reads_the_same_cells(workbook: Path, tmp_path: Path) -> None:
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    command = ["soffice", f"-env:UserInstallation={(tmp_path / 'home').as_uri()}", "--headless"]
    subprocess.run(
        [*command, "--convert-to", every_sheet, "--outdir", str(tmp_path), str(workbook)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (users,) = tmp_path.glob(f"*-{USERS}.csv")
    with users.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))
    header = next(row for row in rows if row[0] == "Account")
    names = [row[header.index("UserName")] for row in rows[rows.index(header) + 1 :]]
    assert names[:-1] == [str(row["UserName"]) for row in below_header(workbook, USERS, "Account")][:-1]
    (report,) = tmp_path.glob("*-iam.credential-report.csv")
    assert "2023-01-01 00:00:00" in report.read_text("utf-8")


def test_a_full_sheet_continues_on_the_next(source: tuple[Bundle, Results], tmp_path: Path) -> None:
    path = tmp_path / "small.xlsx"
    workbook_module.write(*source, FACTS, path, most_rows=12)
    names = [name for name in load_workbook(path, read_only=True).sheetnames if name.startswith(USERS)]
    rows = [row for name in names for row in below_header(path, name, "Account")]
    assert len(names) > 2
    assert len(rows) == len(NAMES) + len(HOSTILE)


def test_nothing_is_left_beside_the_workbook_and_nothing_is_overwritten(
    source: tuple[Bundle, Results], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", "/nowhere")  # the library's temporary files stay in our staging folder
    path = tmp_path / "appendices.xlsx"
    write_workbook(*source, FACTS, path)
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(UsageError, match="exists already"):
        write_workbook(*source, FACTS, path)
    assert list(tmp_path.iterdir()) == [path]


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=[]), max_size=200))
def test_any_text_fits_a_cell_and_is_no_formula(raw: str) -> None:
    made = io.BytesIO()
    book = WorkbookBuilder(Path("x"), large=False)
    book.workbook.filename = made
    sheet = book.workbook.add_worksheet("x")
    for row, words in enumerate((raw, f"={raw}", f"<r>{raw}</r>")):
        if words:
            book.put(sheet, row, 0, words)
    book.workbook.close()
    cells = [row[0] for row in load_workbook(made)["x"].iter_rows(max_col=1, max_row=3)]
    assert [cell.value or "" for cell in cells] == list(map(text, (raw, f"={raw}", f"<r>{raw}</r>")))
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert cells[1].quotePrefix


def test_a_cut_counts_as_excel_does() -> None:
    held = text("\U0001f98a" * 20_000, "a:1")
    assert len(held.encode("utf-16-le")) // 2 <= CELL_LIMIT
    assert held.endswith("[cut: 20000 characters; in full at a:1]")


@given(st.text(max_size=60))
def test_sheet_names_are_valid_and_never_taken_twice(wanted: str) -> None:
    book = WorkbookBuilder(Path("x"), large=False)
    for _ in range(3):
        name = book.sheet_name(wanted)
        assert 0 < len(name) <= SHEET_NAME_LIMIT
        assert not re.search(r"[\[\]:*?/\\]", name)
        assert name.casefold() not in {taken.casefold() for taken in book.workbook.sheetnames}
        book.workbook.add_worksheet(name)
    book.workbook.fileclosed = True


def test_values_become_what_a_cell_can_hold() -> None:
    assert value("2026-10-01T08:00:00+02:00") == datetime(2026, 10, 1, 6)  # noqa: DTZ001
    assert value("2026-99-01T08:00:00Z") == "2026-99-01T08:00:00Z"
    assert value(["a", "b"]) == "a; b"
    assert value([{"b": 1, "a": 2}]) == '[{"a": 2, "b": 1}]'
    assert value(10**15) == "1000000000000000"
    assert value(float("nan")) == "nan"


def test_records_flatten_to_leaves_and_the_rest_shares_a_column() -> None:
    assert flatten({"A": {"B": {"C": {"D": 1}}}, "E": []}) == {"A.B.C": {"D": 1}, "E": []}
    assert members("iam.authorization-details", {"UserDetail": {"Arn": "a"}}) == {"Kind": "User", "Arn": "a"}
    same = {"Event": {"Region": "in", "Kind": 1}, "Region": "out"}
    assert members("cloudtrail.access-events", same) == {
        "Kind": "Event",
        "Region": "out",
        "Event.Region": "in",
        "Event.Kind": 1,
    }
    wide = {f"k{i}": i for i in range(70)}
    plan = RecordLayout([wide])
    assert len(plan.columns) == 61
    assert plan.values(wide)[-1] == {f"k{i}": i for i in range(60, 70)}


def test_a_large_workbook_has_the_same_cells(source, workbook: Path, tmp_path, monkeypatch) -> None:
    """What is written row by row, and what is kept in memory, differ in their bytes alone.

    openpyxl leaves Excel's escape of an escape as it is in strings that stand in their cells.
    """
    monkeypatch.setattr(workbook_module, "ROWS_IN_MEMORY", 0)
    write_workbook(*source, FACTS, tmp_path / "large.xlsx")
    small, large = (load_workbook(path, read_only=True) for path in (workbook, tmp_path / "large.xlsx"))
    assert small.sheetnames == large.sheetnames
    for one, other in zip(small, large, strict=True):
        rows = zip_longest(one.iter_rows(values_only=True), other.iter_rows(values_only=True))
        for row, same in rows:
            assert row == tuple(
                cell.replace("_x005F_", "_") if isinstance(cell, str) else cell for cell in same
            )


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("room", [0, 5_000, 60_000])
def test_a_disk_that_is_full_is_told_and_nothing_is_left(source, tmp_path, room: int) -> None:
    """The library has errors of its own; a limit for a file's size stands for the disk's."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        with pytest.raises(StorageError, match=os.strerror(errno.EFBIG)) as caught:
            write_workbook(*source, FACTS, tmp_path / "a.xlsx")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.errno == errno.EFBIG
    assert list(tmp_path.iterdir()) == []
    del caught
    gc.collect()  # what cannot be flushed any more says so here, under the filter
