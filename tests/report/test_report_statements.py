"""What management stated stands in report and workbook: who, until when, and what does not count."""

import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from evidence.bundle import Bundle
from evidence.controls.attestations import attested_test
from evidence.controls.declaration import Verdict
from evidence.controls.engine import perform
from evidence.controls.results import BearingResult, Conclusion, Results
from evidence.controls.row_results import Rows
from evidence.report import write_workbook
from evidence.report.pdf.page import html
from evidence.statements.records import Acceptance, Attestation, EntryProblem, FileFinding, UsedFile
from tests.report.report_data import FACTS

HOSTILE = "<b>Eve</b>, =1+1"
ACCEPTANCE = Acceptance(
    entry=3,
    approver=f"Ines {HOSTILE}",
    approved_on=date(2026, 9, 1),
    expires_on=date(2026, 12, 31),
    reason="Until the move.",
    compensating_control="A fence.",
    ticket="SEC-1",
)
ATTESTATION = Attestation(
    entry=1,
    statement=f"The key is in the safe {HOSTILE}",
    attested_by="Tomas Reyes",
    attested_on=date(2026, 9, 2),
    valid_until=date(2026, 12, 30),
    document="attachments/safe.png",
    document_sha256="ab" * 32,
)
BEARING = (
    BearingResult(
        test="ROOT-3", conclusion=Conclusion.EXCEPTIONS, complete=True, exceptions=1, accepted=0,
        contradicts=f"the device is virtual {HOSTILE}",
    ),
    BearingResult(
        test="ROOT-4", conclusion=Conclusion.EXCEPTIONS, complete=False, exceptions=2, accepted=1,
        contradicts="",
    ),
)  # fmt: skip
FILE = UsedFile(name="mine.toml", sha256="9e" * 32, entries=4)
FINDING = FileFinding(
    entry=4,
    test="KEY-1",
    subject="arn:x",
    problem=EntryProblem.EXPIRED,
    sentence="It expired after 2026-08-31.",
)


@pytest.fixture(scope="module")
def stated(source: tuple[Bundle, Results]) -> tuple[Bundle, Results]:
    """Results with an accepted row, an attested test, one that is not, and findings."""
    bundle, results = source
    last = results.tests[-1]
    accepted = replace(last.rows[0], verdict=Verdict.ACCEPTED, accepted=ACCEPTANCE)
    tests = (
        last.model_copy(update={"rows": Rows.of([*last.rows[1:], accepted]), "accepted": 1}),
        _attested(bundle, "ATT-X-SAFE-AND-SOUND", ATTESTATION),
        _attested(bundle, "ATT-X-LATER", None),
    )
    return bundle, results.model_copy(
        update={
            "tests": (*results.tests[:-1], *tests),
            "exceptions_file": FILE,
            "attestations_file": FILE,
            "exception_findings": (FINDING,),
            "attestation_findings": (FINDING.model_copy(update={"test": "ATT-X-LATER", "subject": ""}),),
        }
    )


def _attested(bundle: Bundle, name: str, attestation: Attestation | None):
    result = perform(attested_test(name, "Safe", ("CC6.4",)), bundle)
    conclusion = Conclusion.ATTESTED if attestation else result.conclusion
    bearing = BEARING if attestation else ()
    return result.model_copy(
        update={"attestation": attestation, "conclusion": conclusion, "bearing": bearing}
    )


def words(stated: tuple[Bundle, Results]) -> str:
    """The report's words, without tags and breaks."""
    page = re.sub(r"<[^>]*>", " ", html(*stated, FACTS, None))
    return re.sub(r"\s+", " ", page.replace("\u200b", ""))


def test_an_accepted_row_shows_who_and_until_when(stated) -> None:
    text = words(stated)
    assert "Accepted by Ines &lt;b&gt;Eve&lt;/b&gt;, =1+1 until 2026-12-31." in text
    assert ", 1 accepted" in text
    assert "Meanwhile: A fence." in text
    assert "2026-09-01 to 2026-12-31, SEC-1" in text


def test_an_attested_test_shows_the_statement_and_no_population(stated) -> None:
    (attested, not_attested) = words(stated).split("ATT-X-SAFE-AND-SOUND")[-1].split("ATT-X-LATER")[:2]
    for said in ("attested", "The key is in the safe", "Tomas Reyes, on 2026-09-02, valid until 2026-12-30"):
        assert said in attested
    assert "attachments/safe.png" in attested
    assert "ab" * 32 in attested
    assert "in the population" not in attested
    assert "No attestation of it was given." in not_attested.split("What management stated")[0]


def test_what_bears_on_a_statement_stands_beside_it_and_what_denies_it_on_the_first_page(stated) -> None:
    text = words(stated)
    attested = text.split("ATT-X-SAFE-AND-SOUND")[-1].split("ATT-X-LATER")[0]
    assert "attested contradicted by ROOT-3" in attested
    assert (
        "ROOT-3: exceptions noted (1 exception). Contradicts the statement: the device is virtual &lt;b&gt;"
        in attested
    )
    assert "ROOT-4: exceptions noted (2 exceptions, 1 accepted), not complete" in attested
    summary = text.split("At a glance")[1].split("Contents")[0]
    assert "Statements of management that tests contradict" in summary
    assert "ATT-X-SAFE-AND-SOUND Safe ◆ attested contradicted by ROOT-3" in summary


def test_files_and_findings_are_listed(stated) -> None:
    section = words(stated).split("What management stated")[-1]
    assert section.count("9e" * 32) == 2
    assert "exceptions, entry 4 KEY-1 arn:x expired . It expired after 2026-08-31." in section
    assert "attestations, entry 4 ATT-X-LATER expired ." in section


def test_without_files_the_section_says_so(source) -> None:
    assert "no exception was accepted, and nothing attested" in words(source)


def test_the_matrix_has_room_for_every_id(stated) -> None:
    assert "ATT-X-SA…" in words(stated)


def sheets(stated: tuple[Bundle, Results], path: Path) -> dict[str, list[list]]:
    write_workbook(*stated, FACTS, path)
    book = load_workbook(path, read_only=True)
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


def table(rows: list[list]) -> list[dict]:
    """The rows below the header, which is the first row of more than two cells in use after a blank one."""
    start = next(at for at, row in enumerate(rows) if not any(row)) + 1
    return [dict(zip(rows[start], row, strict=False)) for row in rows[start + 1 :]]


def test_the_workbook_names_who_and_until_when(stated, tmp_path: Path) -> None:
    made = sheets(stated, tmp_path / "a.xlsx")
    row = [entry for entry in table(made["Tests Root"]) if entry["Test"] == "KEY-9"][-1]
    assert (row["Verdict"], row["Accepted by"], row["Until"]) == (
        "accepted",
        ACCEPTANCE.approver,
        datetime(2026, 12, 31),  # noqa: DTZ001
    )
    (accepted,) = [entry for entry in table(made["Exceptions"]) if entry["Status"] == "accepted"]
    assert (accepted["Entry"], accepted["Test"], accepted["Reason for acceptance"]) == (
        3,
        "KEY-9",
        "Until the move.",
    )
    attested = {entry["Test"]: entry for entry in table(made["Attested"])}["ATT-X-SAFE-AND-SOUND"]
    assert attested["Stated by"] == "Tomas Reyes"
    assert attested["Tests that bear on it"] == "ROOT-3: exceptions noted; ROOT-4: exceptions noted"
    assert attested["Contradicted by"] == f"ROOT-3: the device is virtual {HOSTILE}"
    assert [found["Finding"] for found in table(made["Statement findings"])] == ["expired", "expired"]
    counts = {entry["Test"]: entry["Accepted"] for entry in table(made["Conclusions"])}
    assert counts["KEY-9"] == 1


def test_without_files_there_are_no_such_sheets(source, tmp_path: Path) -> None:
    made = sheets(source, tmp_path / "a.xlsx")
    assert "Statement findings" not in made
    assert {entry["Stated by"] for entry in table(made["Attested"])} == {None}
