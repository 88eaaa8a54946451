"""Results for other tools: well formed, complete, and the same each time. `make oscal` asks trestle."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from evidence.bundle import Bundle, open_bundle
from evidence.controls.declaration import Conclusion
from evidence.controls.results import Results
from evidence.errors import UsageError, VerificationError
from evidence.exporting import exported
from evidence.report.exports import exceptions_csv, summary_markdown
from evidence.report.facts import read_results
from evidence.report.oscal import assessment_results
from evidence.statements.files import NOTHING_STATED, statements_in
from tests.report.report_data import bundle_of, results_of
from tests.support.bundles import NOW

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="module")
def source() -> tuple[Bundle, Results]:
    (folder,) = SAMPLES.glob("evidence-*")
    return open_bundle(folder), read_results(SAMPLES / "results.json")


@pytest.fixture(scope="module")
def result(source: tuple[Bundle, Results]) -> dict[str, Any]:
    document = json.loads(assessment_results(*source))["assessment-results"]
    assert set(document) == {"uuid", "metadata", "import-ap", "results", "back-matter"}
    return document["results"][0]


def members(value: object) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name, inner
            yield from members(inner)
    for inner in value if isinstance(value, list) else ():
        yield from members(inner)


def test_each_export_is_the_same_each_time(source: tuple[Bundle, Results]) -> None:
    assert assessment_results(*source) == assessment_results(*source)
    assert exceptions_csv(source[1]) == exceptions_csv(source[1])


def test_ids_are_of_digests_stand_once_and_lead_somewhere(source: tuple[Bundle, Results]) -> None:
    said = list(members(json.loads(assessment_results(*source))))
    ids = [value for name, value in said if name == "uuid"]
    assert len(set(ids)) == len(ids)
    assert {UUID(one).version for one in ids} == {5}
    named = {value for name, value in said if name.endswith("-uuid")}
    named |= {value[1:] for name, value in said if name == "href" and value.startswith("#")}
    assert named <= set(ids)
    for name, value in said:
        assert value not in ("", [], {}) or name == "include-all", name
        assert name != "title" or "\n" not in value


def test_only_a_test_without_exceptions_is_satisfied(
    source: tuple[Bundle, Results], result: dict[str, Any]
) -> None:
    states = {one["target"]["target-id"]: one["target"]["status"]["state"] for one in result["findings"]}
    for test in source[1].tests:
        wanted = {Conclusion.NO_EXCEPTIONS: "satisfied", Conclusion.EXCEPTIONS: "not-satisfied",
                  Conclusion.NOT_CONCLUDED: "not-satisfied"}.get(test.conclusion)  # fmt: skip
        assert states.get(test.id) == wanted


def test_each_exception_is_observed_and_tabled(
    source: tuple[Bundle, Results], result: dict[str, Any]
) -> None:
    failing = sum(test.exceptions + test.accepted for test in source[1].tests)
    assert [one["types"] for one in result["observations"]].count(["finding"]) == failing
    rows = list(csv.DictReader(io.StringIO(exceptions_csv(source[1]).decode("utf-8-sig"), newline="")))
    assert len(rows) == failing
    accepted = {row["Accepted by"] for row in rows if row["Verdict"] == "accepted"}
    assert accepted == {"Tomas Reyes, VP Engineering", "Ines Falk, CISO"}


def test_no_foreign_word_is_markup(tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path)
    results = results_of(bundle)
    page = summary_markdown(bundle, results).decode()
    assert r"Northwind \<Ledger\> \& Söhne" in page
    assert not re.search(r"(?<!\\)[<>`]", page)


def test_a_pack_has_its_own_statements_and_has_to_verify(tmp_path: Path) -> None:
    wanted = {tmp_path / "e.csv": lambda _, results: exceptions_csv(results)}
    (tmp_path / "pack.zip").write_bytes(b"PK")
    with pytest.raises(VerificationError):
        exported(tmp_path / "pack.zip", NOTHING_STATED, wanted, now=NOW)
    with pytest.raises(UsageError, match="already"):
        exported(tmp_path / "pack.zip", statements_in(SAMPLES), wanted, now=NOW)
    with pytest.raises(UsageError, match="neither"):
        exported(SAMPLES / "report.pdf", NOTHING_STATED, wanted, now=NOW)
