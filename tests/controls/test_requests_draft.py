"""A requests.toml proposed from an auditor's own list: what confirms it is a person."""

import tomllib
from pathlib import Path

import pytest
from openpyxl import Workbook

from evidence.controls.catalogue import catalogue
from evidence.controls.requests_draft import draft_requests
from evidence.errors import ConfigError
from evidence.statements.request_sheet import MOST_ROWS, AskedLine, read_request_sheet

ASKED = [AskedLine("1", "All IAM users with their MFA"), AskedLine("B-2", "Minutes of the board")]


def written(path: Path, rows: list[list[object]]) -> Path:
    if path.suffix == ".csv":
        path.write_text("\n".join(";".join(map(str, row)) for row in rows), encoding="utf-8")
        return path
    book = Workbook()
    book.create_sheet("Cover").append(["Northwind"])
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("name", ["list.csv", "list.xlsx"])
def test_the_columns_of_a_list_are_found_or_named(name: str, tmp_path: Path) -> None:
    rows = [["Ref.", "Due", "Request Description"], [1, "soon", ASKED[0].text], ["B-2", "", ASKED[1].text]]
    path = written(tmp_path / name, [["SOC 2 list", "", ""], *rows, ["", "", "no number"]])
    read = read_request_sheet(path)
    assert (read.lines, read.unread) == (ASKED, ("Cover",) if name == "list.xlsx" else ())
    assert read_request_sheet(path, "due", "ref").lines == [AskedLine("soon", "1")]
    with pytest.raises(ConfigError, match="no two columns") as caught:
        read_request_sheet(path, "Number")
    assert "Ref., Due, Request Description" in caught.value.advice


def test_every_sheet_with_such_columns_is_read(tmp_path: Path) -> None:
    book = Workbook()
    for at, one in enumerate(ASKED):
        for row in (["No", "Request"], [one.number, one.text]):
            (book.active if at == 0 else book.worksheets[-1]).append(row)
        book.create_sheet(f"Part {at}")
    book.save(tmp_path / "list.xlsx")
    read = read_request_sheet(tmp_path / "list.xlsx")
    assert (read.lines, read.unread) == (ASKED, ())


@pytest.mark.parametrize("name", ["list.csv", "list.xlsx"])
def test_a_list_that_is_too_long_is_refused_whole(name: str, tmp_path: Path) -> None:
    rows = [["No", "Request"], *([number, "Users"] for number in range(MOST_ROWS))]
    assert len(read_request_sheet(written(tmp_path / name, rows[:-1])).lines) == MOST_ROWS - 1
    with pytest.raises(ConfigError, match="more than 5,000 rows"):
        read_request_sheet(written(tmp_path / name, rows))


def test_a_formula_without_its_value_is_refused_where_a_line_would_be_lost(tmp_path: Path) -> None:
    head = ["No", "Request", "Due"]
    path = written(tmp_path / "list.xlsx", [head, [1, ASKED[0].text, "=NOW()"], ["=A2+1", "", ""]])
    assert read_request_sheet(path).lines == ASKED[:1]
    path = written(tmp_path / "lost.xlsx", [head, [1, ASKED[0].text], ["=A2+1", "Users of today"]])
    with pytest.raises(ConfigError, match="formula without a value, beside Users of today"):
        read_request_sheet(path)


@pytest.mark.parametrize("content", [b"PK\x03\x04 and no workbook", b"\xff\xfe", b"", b'a,"b'])
def test_what_is_no_table_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(content)
    with pytest.raises(ConfigError, match="request list"):
        read_request_sheet(tmp_path / "list.csv")


def test_proposals_count_for_nothing_until_they_are_confirmed() -> None:
    items = {"iam.mfa-devices": "IAM MFA devices", "cloudtrail.trails": "CloudTrail trails"}
    hostile = AskedLine("3", 'MFA "\nitems = ["iam.mfa-devices"]')
    drafted = draft_requests([*ASKED, hostile], "list\n.csv", items, catalogue().values())
    read = tomllib.loads(drafted.text)["requests"]
    assert read == [{"number": one.number, "text": one.text} for one in (*ASKED, hostile)]
    assert (drafted.requests, drafted.unmatched) == (3, 1)
    confirmed = tomllib.loads(drafted.text.replace("# items", "items").replace("# tests", "tests"))[
        "requests"
    ]
    assert confirmed[0]["items"] == ["iam.mfa-devices"]
    assert "MFA-1" in confirmed[0]["tests"]
    assert confirmed[1].keys() == {"number", "text"}
