"""The entity's control numbers and the auditor's request numbers: what counts, and what answers them."""

import csv
import io
from typing import Any

import pytest

from evidence.bundle import Bundle
from evidence.bundle.format.models import AccountState, RegionState
from evidence.controls.engine import run_tests
from evidence.controls.results import Results
from evidence.controls.summary import open_requests, statements
from evidence.report.indexes import CONTROLS, REQUESTS, contradiction_of, index_files
from evidence.statements.records import EntryProblem
from tests.controls.statements import stated
from tests.controls.test_accepted_exceptions import ITEM, made_up, row
from tests.support.bundles import ACCOUNT, ACCOUNT_TARGET, bundle_in_memory, gap, region_target

CONTROL = {"id": "AC-07", "title": "Keys are rotated", "tests": ["KEY-1"], "owner": "Ines Falk"}
REQUEST = {"number": "12", "text": "Keys with their age"}


def numbered(folder, controls=(), requests=(), **options) -> tuple[Bundle, Results]:
    options = {"records": {ITEM: {ACCOUNT_TARGET: [{}]}}} | options
    bundle = bundle_in_memory(**options)
    given = stated(folder, controls=controls, requests=requests)
    return bundle, run_tests(bundle, [made_up([row("a")])], given)


def table(bundle: Bundle, results: Results, name: str) -> list[dict[str, str]]:
    content = dict(index_files(bundle, results, {"t-1": 9}))[name].decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content, newline="")))


def test_tests_know_their_controls_and_requests(tmp_path) -> None:
    controls = [CONTROL | {"request": "12"}, CONTROL | {"id": "AC-08", "tests": ["MFA-1"]}]
    _, results = numbered(tmp_path, controls, [REQUEST, REQUEST | {"number": "13", "tests": ["KEY-1"]}])
    assert [control.id for control in results.controls_of("KEY-1")] == ["AC-07"]
    assert results.requests_of("KEY-1") == ("13", "12")
    assert (results.controls_of("KEY-2"), results.requests_of("KEY-2")) == ((), ())


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"title": "TODO"}, EntryProblem.INCOMPLETE),
        ({"tests": ["KEY-1", "KEY-0"]}, EntryProblem.UNKNOWN_TEST),
        ({"request": "99"}, EntryProblem.MATCHES_NOTHING),
        ({}, EntryProblem.DUPLICATE),
    ],
)
def test_a_control_that_does_not_count_is_a_finding(change, problem, tmp_path) -> None:
    before = [CONTROL] if problem is EntryProblem.DUPLICATE else []
    _, results = numbered(tmp_path, [*before, CONTROL | change], [REQUEST])
    (found,) = results.control_findings
    assert (found.problem, found.subject, len(results.controls)) == (problem, "AC-07", len(before))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"tests": ["KEY-0"]}, EntryProblem.UNKNOWN_TEST),
        ({"items": ["no.such-item"]}, EntryProblem.UNKNOWN_ITEM),
        ({"attachments": ["leavers.csv"]}, EntryProblem.DOCUMENT_MISSING),
        ({"text": "-"}, EntryProblem.INCOMPLETE),
    ],
)
def test_a_request_that_does_not_count_is_a_finding_and_open(change, problem, tmp_path) -> None:
    bundle, results = numbered(tmp_path, requests=[REQUEST | {"items": [ITEM]} | change])
    (found,) = results.request_findings
    assert (found.problem, open_requests(results)) == (problem, ["12"])
    assert "open: 12" in "\n".join(statements(results))
    assert [line["State"] for line in table(bundle, results, REQUESTS)] == ["open"]


def test_a_second_request_of_a_number_is_open_whatever_names_the_number(tmp_path) -> None:
    asked = [REQUEST | {"tests": ["KEY-1"]}, REQUEST | {"text": "Another", "items": [ITEM]}]
    bundle, results = numbered(tmp_path, [CONTROL | {"request": "12"}], asked)
    said = [(line["Asked for"], line["State"]) for line in table(bundle, results, REQUESTS)]
    assert said == [(REQUEST["text"], "answered"), ("Another", "open")]
    (found,) = results.request_findings
    assert (found.problem, open_requests(results)) == (EntryProblem.DUPLICATE, ["12"])


def test_the_index_says_where_each_answer_lies(tmp_path) -> None:
    asked = [REQUEST | {"items": [ITEM], "tests": ["KEY-1"]}, {"number": "13", "text": "=HYPERLINK(1)"}]
    bundle, results = numbered(tmp_path, [CONTROL], asked)
    item, test, left = table(bundle, results, REQUESTS)
    path = next(file for unit in bundle.units(ITEM) for file in unit.files)
    assert (item["Name"], item["SHA-256"]) == (ITEM, bundle.hashes[path])
    assert item["File in the pack"] == f"{bundle.name}/data/{path}"
    assert (test["Outcome"], test["PDF page"], test["Sheet"]) == ("exceptions noted", "9", "Tests T")
    assert {item["State"], test["State"]} == {"answered"}
    assert (left["Asked for"], left["State"]) == ("'=HYPERLINK(1)", "open")
    (control,) = table(bundle, results, CONTROLS)
    assert (control["Control"], control["Conclusion"], control["PDF page"]) == (
        "AC-07",
        "exceptions noted",
        "9",
    )


def test_what_is_missing_answers_nothing(tmp_path) -> None:
    lost = {"gaps": [gap(ITEM, ACCOUNT_TARGET)], "records": {}}
    bundle, results = numbered(tmp_path, requests=[REQUEST | {"items": [ITEM]}], **lost)
    (line,) = table(bundle, results, REQUESTS)
    assert (line["State"], line["Outcome"]) == ("in part", "not collected: 1 gap")
    assert dict(index_files(bundle, results, {})).keys() == {REQUESTS}


def left_out(place: str) -> dict[str, Any]:
    """Options of a bundle that was asked in one region of one account, and there alone."""
    if place == "eu-west-1":
        out = {"status": "ENABLED", "in_scope": False, "reason": "not asked for"}
        return {"regions": ["us-east-1", RegionState(account=ACCOUNT, region=place, **out)]}
    if place == "us-west-2":
        return {"regions": ["us-east-1", place]}
    state = AccountState(account=place, state="ACTIVE", in_scope=False, reason="not asked for")
    return {"regions": ["us-east-1"], "account_states": (state,)}


@pytest.mark.parametrize("place", ["eu-west-1", "us-west-2", "210987654321"])
def test_what_was_not_asked_for_everywhere_answers_in_part(place, tmp_path) -> None:
    asked = [REQUEST | {"items": ["config.recorders"]}]
    options = {"records": {"config.recorders": {region_target(): [{}]}}} | left_out(place)
    bundle, results = numbered(tmp_path, requests=asked, **options)
    (line,) = table(bundle, results, REQUESTS)
    assert line["State"] == "in part"
    assert line["Outcome"].startswith("collected, not asked for everywhere: ")
    assert place in line["Outcome"]


def test_a_test_answers_no_more_than_its_evidence_was_asked_of(tmp_path) -> None:
    """It concludes on all that was collected; an account that settings leave out was not."""
    asked = [REQUEST | {"tests": ["KEY-1"]}]
    bundle, results = numbered(tmp_path, requests=asked, **left_out("210987654321"))
    (line,) = table(bundle, results, REQUESTS)
    assert results.tests[0].complete
    assert (line["State"], line["Outcome"]) == (
        "in part",
        "exceptions noted, not asked for everywhere: 210987654321 (not asked for)",
    )


def test_other_pages_are_no_contradiction(tmp_path) -> None:
    bundle, results = numbered(tmp_path, requests=[REQUEST | {"tests": ["KEY-1"]}])
    here, there = (dict(index_files(bundle, results, {"t-1": page}))[REQUESTS] for page in (9, 10))
    assert here != there
    assert contradiction_of(there, here) == ""
    for other in (there.replace(b"exceptions noted", b"no exceptions"), b"", b"\xff", there + b"13,more\n"):
        assert contradiction_of(other, here)
