"""What management writes into the sheet of exceptions comes back as drafts, or is refused in one sentence."""

import re
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from evidence.bundle import Bundle
from evidence.cli.responses import import_
from evidence.controls.results import Results
from evidence.controls.returned_drafts import acceptances_draft, responses_draft
from evidence.errors import UsageError
from evidence.report import write_workbook
from evidence.report.workbook import exceptions_sheet as sheet
from evidence.report.workbook.returned import read_returned
from evidence.statements.files import EXCEPTIONS, read_file
from tests.report.report_data import NAMES
from tests.report.test_remedies_in_report import sample
from tests.support.make_samples import SAMPLES

HOSTILE = f"KEY-9:{len(NAMES) + 1}"
"""The exception whose subject is `=HYPERLINK(1)`."""
ANSWER = {sheet.OWNER: "Ada, CTO", sheet.RESPONSE: 'We "mend" it.\n=now()', sheet.DUE: date(2026, 12, 1)}
ACCEPTANCE = {
    sheet.ACCEPTED_BY: "Bo, CISO", sheet.ACCEPTED_ON: datetime(2026, 9, 1),  # noqa: DTZ001
    sheet.ACCEPTED_UNTIL: "2027-01-31", sheet.REASON: "Until the move.", sheet.COMPENSATING: "none",
}  # fmt: skip
Edit = Callable[[Any, dict[str, Any]], None]


@pytest.fixture(scope="module")
def returned(workbook: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Edit], Path]:
    """Write the sheet alone, as an edit of the hostile row leaves it."""
    folder = tmp_path_factory.mktemp("returned")
    return lambda edit: written(workbook, folder / "back.xlsx", HOSTILE, edit)


def written(workbook: Path, path: Path, exception: str, edit: Edit) -> Path:
    """Write a workbook's sheet alone, as an edit of one row leaves it."""
    source = load_workbook(workbook, read_only=True)
    rows = list(source["Exceptions"].iter_rows(values_only=True))
    source.close()
    book = Workbook()
    made = book.active
    made.title = "Exceptions"
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            if value is not None:
                cell = made.cell(number, column, value)
                cell.data_type = "s" if isinstance(value, str) else cell.data_type
    header = next(row for row in made.iter_rows() if row[0].value == sheet.EXCEPTION)
    line = next(row for row in made.iter_rows() if row[0].value == exception)
    edit(made, {cell.value: line[cell.column - 1] for cell in header})
    book.save(path)
    return path


def say(words: dict[str, Any]) -> Edit:
    def edit(_sheet: Any, row: dict[str, Any]) -> None:
        for title, value in words.items():
            row[title].value = value
            row[title].data_type = "s" if isinstance(value, str) else row[title].data_type

    return edit


def test_responses_come_back_as_a_draft(source: tuple[Bundle, Results], returned) -> None:
    found = read_returned(returned(say(ANSWER)), *source)
    assert not found.acceptances
    (entry,) = tomllib.loads(responses_draft("b", found.answers))["responses"]
    assert entry == {
        "test": "KEY-9",
        "subject": "=HYPERLINK(1)",
        "account": "123456789012",
        "response": 'We "mend" it.\n=now()',
        "owner": "Ada, CTO",
        "due_on": date(2026, 12, 1),
    }


def test_acceptances_come_back_as_a_draft_that_is_read(source, returned, tmp_path: Path) -> None:
    found = read_returned(returned(say(ACCEPTANCE)), *source)
    assert not found.answers
    path = tmp_path / "exceptions.toml"
    path.write_text(acceptances_draft("b", found.acceptances), "utf-8")
    (entry,) = read_file(EXCEPTIONS, path).said.exception
    assert (entry.test, entry.subject, entry.approver) == ("KEY-9", "=HYPERLINK(1)", "Bo, CISO")
    assert (entry.approved_on, entry.expires_on) == (date(2026, 9, 1), date(2027, 1, 31))


def test_a_sheet_with_nothing_said_says_nothing(source, returned) -> None:
    found = read_returned(returned(say({})), *source)
    assert not found.answers and not found.acceptances


def twice(made: Any, row: dict[str, Any]) -> None:
    made.append([cell.value for cell in row.values()])
    made.cell(made.max_row, 1).data_type = made.cell(made.max_row, 6).data_type = "s"


def formula(_sheet: Any, row: dict[str, Any]) -> None:
    row[sheet.OWNER].value = '=HYPERLINK("x")'


def another_bundle(made: Any, _row: dict[str, Any]) -> None:
    line = next(row[0] for row in made.iter_rows() if str(row[0].value).startswith(sheet.BUNDLE_LINE))
    line.value = f"{sheet.BUNDLE_LINE}{'0' * 64}"


def without_column(made: Any, row: dict[str, Any]) -> None:
    made.delete_cols(row[sheet.OWNER].column)


def second_column(made: Any, row: dict[str, Any]) -> None:
    cell = row[sheet.RESPONSE]
    head = next(line for line in made.iter_rows() if line[0].value == sheet.EXCEPTION)[0].row
    made.cell(head, made.max_column + 1, sheet.RESPONSE)
    cell.value = "lost otherwise"


def error(_sheet: Any, row: dict[str, Any]) -> None:
    row[sheet.OWNER].value = "#REF!"
    row[sheet.OWNER].data_type = "e"


def with_part(path: Path, change: Callable[[bytes], bytes]) -> Path:
    """Write a workbook again, with its sheet's bytes changed."""
    made = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w") as new:
        for part in old.infolist():
            content = old.read(part)
            new.writestr(part, change(content) if part.filename == "xl/worksheets/sheet1.xml" else content)
    return made


def test_a_stale_dimension_hides_no_response(source, returned) -> None:
    stale = with_part(
        returned(say(ANSWER)),
        lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:A3"', xml),
    )
    assert len(read_returned(stale, *source).answers) == 1


def test_rows_without_end_are_refused(source, returned) -> None:
    def endless(xml: bytes) -> bytes:
        return re.sub(rb"<dimension [^>]*/>", b"", xml).replace(
            b"</sheetData>", b'<row r="99999999999"/></sheetData>'
        )

    with pytest.raises(UsageError, match="cannot be read as a workbook"):
        read_returned(with_part(returned(say(ANSWER)), endless), *source)


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (second_column, "the columns that it had, each once"),
        (error, "it holds an error of a formula"),
        (say({sheet.RESPONSE: True}), "Management's response is no text"),
        (say({sheet.EXCEPTION: "KEY-9:9999"}), "row [0-9]+: KEY-9:9999 is no exception of this bundle"),
        (say({sheet.EXCEPTION: None}), "is no exception of this bundle"),
        (say({sheet.EXCEPTION: "KEY-9:1"}), "the subject of KEY-9:1 is not what the sealed row has"),
        (say({sheet.ACCOUNT: "210987654321"}), f"the account of {HOSTILE} is not"),
        (say({sheet.DUE: "soon"}), "Due date is no day such as 2026-12-31"),
        (twice, f"{HOSTILE} stands there twice"),
        (formula, "it holds a formula"),
        (another_bundle, "is of another bundle"),
        (without_column, "has no sheet Exceptions with the columns that it had"),
    ],
)
def test_what_does_not_fit_is_refused(edit: Edit, why: str, source, returned) -> None:
    with pytest.raises(UsageError, match=why):
        read_returned(returned(edit), *source)


def test_what_is_no_workbook_is_refused(source, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 no zip")
    with pytest.raises(UsageError, match="cannot be read as a workbook"):
        read_returned(tmp_path / "a.xlsx", *source)


def test_rows_that_are_alike_make_one_entry_and_must_be_said_the_same_of(source, returned) -> None:
    (one,) = read_returned(returned(say(ANSWER)), *source).answers
    assert responses_draft("b", [one, one]).count("[[responses]]") == 1
    with pytest.raises(UsageError, match="different things are said"):
        responses_draft("b", [one, replace(one, said={"owner": "Eve"})])


def test_the_command_writes_drafts_and_overwrites_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And what is accepted already is changed in its own file."""
    bundle, results = sample()
    write_workbook(bundle, results, (), tmp_path / "a.xlsx")
    numbered = ((test.id, at, row) for test in results.tests for at, row in enumerate(test.rows, start=1))
    accepted = next(f"{test}:{at}" for test, at, row in numbered if row.accepted)
    edited = written(tmp_path / "a.xlsx", tmp_path / "b.xlsx", accepted, say({sheet.ACCEPTED_BY: "Eve"}))
    with pytest.raises(UsageError, match=r"accepted by entry \d+ of exceptions.toml: change it there"):
        read_returned(edited, bundle, results)
    back = written(tmp_path / "a.xlsx", tmp_path / "back.xlsx", "TRUST-1:16", say(ANSWER))
    drafts = tmp_path / "drafts"
    stated, people = SAMPLES / "exceptions.toml", SAMPLES / "people.csv"
    drafts.mkdir()
    with pytest.raises(UsageError, match=r"JML-1:[0-9]+ is no exception of this bundle"):
        import_(back, bundle.root, stated, output=drafts)  # without the list that the sheet was made with
    import_(back, bundle.root, stated, people, drafts)
    answered = sum(row.response is not None for test in results.tests for row in test.rows)
    assert f"{answered} to look over" in capsys.readouterr().err
    assert [path.name for path in drafts.iterdir()] == ["responses.toml"]
    with pytest.raises(UsageError, match="exists already"):
        import_(back, bundle.root, stated, people, drafts)
