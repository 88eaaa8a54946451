"""The workbook as spreadsheets see it: no formula, no lost row, no lost digit, real dates."""

import csv
import errno
import os
import re
import resource
import subprocess
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from evidence.bundle import Bundle
from evidence.controls.results import Results
from evidence.errors import StorageError, UsageError
from evidence.report import write_workbook
from evidence.report.names import SHEET_NAME_LIMIT, item_sheet
from evidence.report.workbook import write as workbook_module
from evidence.report.workbook.cells import CELL_LIMIT, text_cell, value
from evidence.report.workbook.columns import flatten, layout
from evidence.report.workbook.sheets import WorkbookBuilder
from tests.report.report_data import FACTS, HOSTILE, NAMES

USERS = "identity-store.users"


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
    for text in ("=HYPERLINK(1)", "+1", "-1", "@x", "#N/A", "{{ 7 * 7 }}", "_x005F_x0041_"):
        assert text in names
    assert "bell‹U+0007›bell" in names
    assert "turn‹U+202E›left" in names


def test_text_too_long_for_a_cell_says_so_and_where_it_is_whole(workbook: Path) -> None:
    last = str(below_header(workbook, USERS, "Account")[-1]["UserName"])
    assert len(last) == CELL_LIMIT
    assert last.endswith("[cut: 40000 characters; in full at organization/identity-store/users.jsonl:21]")


def test_dates_are_dates_and_numbers_keep_their_digits(workbook: Path) -> None:
    rows = below_header(workbook, "iam.credential-report", "Line")
    assert rows[1]["user"] == "=user0"
    assert rows[1]["user_creation_time"] == datetime(2023, 1, 1)  # noqa: DTZ001
    assert rows[1]["password_last_used"] == "no_information"
    assert rows[1]["Line"] == 3
    (role,) = below_header(workbook, "iam.sample-role-policies", "Account")
    assert role["Role.Big"] == "12345678901234567890"
    assert role["Account"] == "123456789012"


def test_a_date_lends_its_format_to_no_number_beside_it(workbook: Path) -> None:
    sheet = load_workbook(workbook)["Calls"]
    for row in sheet.iter_rows(min_row=5):
        for cell in row:
            if isinstance(cell.value, int) and not isinstance(cell.value, bool):
                assert cell.number_format == "General"


def test_every_sheet_names_its_files_with_their_digests(
    source: tuple[Bundle, Results], workbook: Path
) -> None:
    bundle = source[0]
    book = load_workbook(workbook, read_only=True)
    index = {(row[0], row[2]): row[3] for row in grid(workbook, "Index")[6:]}
    assert {name for name, _ in index} == set(book.sheetnames) - {"Index"}
    for (name, file), digest in index.items():
        assert digest == (bundle.hashes[str(file)] if digest else None)
        if digest:
            top = " ".join(str(cell) for row in grid(workbook, str(name))[:12] for cell in row)
            assert str(file) in top
            assert str(digest) in top
    for unit in bundle.run.units:
        assert item_sheet(unit.item) in book.sheetnames
        for file in unit.files:
            assert (item_sheet(unit.item), file) in index


def test_the_index_counts_the_rows_of_a_sheet_once_whatever_its_files(workbook: Path) -> None:
    book, index = load_workbook(workbook), grid(workbook, "Index")[6:]
    counts = [(str(row[0]), row[4]) for row in index if row[4] is not None]
    assert len(index) > len(counts) == len(book.sheetnames) - 1
    for name, rows in counts:
        header = int(book[name].freeze_panes[1:]) - 1
        assert rows == len(grid(workbook, name)[header:]), name


def test_headers_are_frozen_filtered_and_wide_enough(workbook: Path) -> None:
    book = load_workbook(workbook)
    for sheet in book.worksheets:
        assert sheet.freeze_panes, sheet.title
        assert sheet.auto_filter.ref.startswith(f"A{int(sheet.freeze_panes[1:]) - 1}:"), sheet.title
        assert sheet.column_dimensions["A"].width >= 8
    links = [cell.hyperlink.location for cell in book["Index"]["A"] if cell.hyperlink]
    assert len(links) == book["Index"].max_row - 6
    assert {re.fullmatch(r"'(.+)'!A1", link)[1] for link in links} <= set(book.sheetnames)


def test_gaps_stand_in_their_sheet_and_over_the_items(workbook: Path) -> None:
    assert {row["Item"] for row in below_header(workbook, "Gaps", "Item")} == {
        "iam.password-policy",
        "config.recorders",
    }
    assert any("GAP: 123456789012" in str(row[0]) for row in grid(workbook, "iam.password-policy"))
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
    assert "_x0041_" in names  # unescaped by spreadsheets, not by openpyxl
    names = [name.replace("_x0041_", "_x005F_x0041_") for name in names]
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
    monkeypatch.setenv("TMPDIR", "/nowhere")  # openpyxl's temporary files stay in our staging folder
    path = tmp_path / "appendices.xlsx"
    write_workbook(*source, FACTS, path)
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(UsageError, match="exists already"):
        write_workbook(*source, FACTS, path)
    assert list(tmp_path.iterdir()) == [path]


@given(st.text(st.characters(exclude_categories=[]), max_size=200))
def test_any_text_fits_a_cell_and_is_no_formula(text: str) -> None:
    sheet = WorkbookBuilder().workbook.create_sheet("x")
    cell = text_cell(sheet, text)
    held = cell if isinstance(cell, str) else cell.value
    held.encode()
    assert len(held) <= CELL_LIMIT
    if isinstance(cell, str):
        assert not cell.startswith("=")
    else:
        assert cell.data_type == "s"
        assert cell.quotePrefix


@given(st.text(max_size=60))
def test_sheet_names_are_valid_and_never_taken_twice(wanted: str) -> None:
    book = WorkbookBuilder()
    for _ in range(3):
        name = book.sheet_name(wanted)
        assert 0 < len(name) <= SHEET_NAME_LIMIT
        assert not re.search(r"[\[\]:*?/\\]", name)
        assert name.casefold() not in {taken.casefold() for taken in book.workbook.sheetnames}
        book.workbook.create_sheet(name)


def test_values_become_what_a_cell_can_hold() -> None:
    assert value("2026-10-01T08:00:00+02:00") == datetime(2026, 10, 1, 6)  # noqa: DTZ001
    assert value("2026-99-01T08:00:00Z") == "2026-99-01T08:00:00Z"
    assert value(["a", "b"]) == "a; b"
    assert value([{"b": 1, "a": 2}]) == '[{"a": 2, "b": 1}]'
    assert value(10**15) == "1000000000000000"
    assert value(float("nan")) == "nan"


def test_records_flatten_to_leaves_and_the_rest_shares_a_column() -> None:
    assert flatten({"A": {"B": {"C": {"D": 1}}}, "E": []}) == {"A.B.C": {"D": 1}, "E": []}
    wide = {f"k{i}": i for i in range(70)}
    plan = layout("any.item", lambda: [wide])
    assert len(plan.columns) == 61
    assert plan.values(wide)[-1] == {f"k{i}": i for i in range(60, 70)}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("room", [0, 5_000, 60_000])
def test_a_disk_that_is_full_is_told_and_nothing_is_left(source, tmp_path, room: int) -> None:
    """lxml writes the sheets, and has errors of its own; a limit for a file's size stands for the disk's."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        with pytest.raises(StorageError, match=os.strerror(errno.EFBIG)) as caught:
            write_workbook(*source, FACTS, tmp_path / "a.xlsx")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.errno == errno.EFBIG
    assert list(tmp_path.iterdir()) == []
