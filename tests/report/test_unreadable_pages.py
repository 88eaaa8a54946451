"""Evidence that a test of controls refuses stands on no page as a number, but as what cannot be read."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from evidence.controls.catalogue import catalogue
from evidence.controls.engine import perform, run_tests
from evidence.records import Target
from evidence.report import write_workbook
from evidence.report.model import Fact, Table
from evidence.report.names import item_sheet
from evidence.report.pdf.excerpts_detection import analyzer_findings, config_rules
from evidence.report.pdf.excerpts_identity import identity_center
from tests.controls.world import ACCOUNT_TARGET, NOW, ORGANIZATION_TARGET, US, World, good
from tests.report.report_data import FACTS

Page = Callable[..., tuple[list[Fact], list[Table]]]
Spoil = Callable[[Any], Any]
TOO_EARLY = "0001-01-01T00:00:00+14:00"


def renamed(*route: str) -> Spoil:
    """The member at the end of a route under another name."""

    def spoil(record: Any) -> Any:
        inner = record
        for step in route[:-1]:
            inner = inner[step]
        inner[f"{route[-1]}X"] = inner.pop(route[-1])
        return record

    return spoil


def put(value: Any, *route: str) -> Spoil:
    """Another value at the end of a route."""

    def spoil(record: Any) -> Any:
        inner = record
        for step in route[:-1]:
            inner = inner[step]
        inner[route[-1]] = value
        return record

    return spoil


def no_object(_record: Any) -> Any:
    return ["not", "an", "object"]


def page_of(page: Page, item: str, target: Target, spoil: Spoil, folder: Path) -> tuple[dict[str, Fact], str]:
    """Spoil an item's first record; return the page's facts, and all that its tables print."""
    world = good()
    records = world.records[item][target]
    records[0] = spoil(copy.deepcopy(records[0]))
    bundle = world.written(folder)
    assert item in {unit.item for unit in bundle.run.units}
    facts, tables = page(bundle)
    printed = "\n".join(" | ".join(row) for table in tables for row in table.rows)
    return {fact.name: fact for fact in facts}, printed


RULE_NUMBERS = ("Deployed in at least one region", "Rules in all regions together")


@pytest.mark.parametrize(
    "spoil",
    [
        renamed("ConfigRule", "Source"),
        renamed("ConfigRule", "ConfigRuleName"),
        put(5, "ConfigRule", "ConfigRuleState"),
        put({"SourceIdentifier": 7, "Owner": "AWS"}, "ConfigRule", "Source"),
        put(TOO_EARLY, "EvaluationStatus", "LastSuccessfulEvaluationTime"),
        put("soon", "EvaluationStatus", "LastSuccessfulEvaluationTime"),
        put("none", "EvaluationStatus"),
        no_object,
    ],
)
def test_no_rule_is_counted_beside_one_that_cannot_be_read(spoil, tmp_path) -> None:
    facts, printed = page_of(config_rules, "config.rules", US, spoil, tmp_path)
    said = "not readable (123456789012/us-east-1/config/rules.jsonl:1)"
    assert [facts[name].value for name in RULE_NUMBERS] == [said, said]
    assert said in printed
    assert "not deployed" not in printed


@pytest.mark.parametrize(
    "spoil",
    [
        renamed("EvaluationResult", "ComplianceType"),
        put("FINE", "EvaluationResult", "ComplianceType"),
        put(1, "ConfigRuleName"),
        put(TOO_EARLY, "EvaluationResult", "ResultRecordedTime"),
        put("many", "EvaluationResult", "EvaluationResultIdentifier"),
        no_object,
    ],
)
def test_no_result_is_counted_beside_one_that_cannot_be_read(spoil, tmp_path) -> None:
    item = "config.rule-compliance"

    def spoil_last_verdict(record: Any) -> Any:
        return spoil(
            {
                "ConfigRuleName": "securityhub-iam_user_mfa_enabled-1a2b",
                "EvaluationResult": copy.deepcopy(good().records[item][US][-1]["EvaluationResult"]),
            }
        )

    facts, printed = page_of(config_rules, item, US, spoil_last_verdict, tmp_path)
    said = "not readable (123456789012/us-east-1/config/rule-compliance.jsonl:1)"
    assert facts["Evaluation results"].value == said
    assert all(row.endswith(f"{said} | {said}") for row in printed.splitlines())


@pytest.mark.parametrize(
    ("item", "fact", "spoil"),
    [
        ("findings", "Findings", renamed("Finding", "status")),
        ("findings", "Findings", put("GONE", "Finding", "status")),
        ("findings", "Findings", put(TOO_EARLY, "Finding", "createdAt")),
        ("findings", "Findings", put("none", "Details")),
        ("findings", "Findings", no_object),
        ("analyzers", "Analyzers", renamed("Analyzer", "type")),
        ("analyzers", "Analyzers", put(3, "Analyzer", "status")),
        ("analyzers", "Analyzers", no_object),
    ],
)
def test_no_finding_and_no_analyzer_is_counted_beside_one_that_cannot_be_read(
    item, fact, spoil, tmp_path
) -> None:
    facts, printed = page_of(analyzer_findings, f"access-analyzer.{item}", US, spoil, tmp_path)
    said = f"not readable (123456789012/us-east-1/access-analyzer/{item}.jsonl:1)"
    assert facts[fact].value == said
    assert "RESOLVED" not in facts[fact].remark
    assert said in printed or item == "analyzers"


@pytest.mark.parametrize(("item", "test"), [("config.rules", "CFG-3"), ("access-analyzer.findings", "AA-2")])
def test_the_test_of_controls_refuses_the_same_record(item, test, tmp_path) -> None:
    world = good()
    world.records[item][US][0] = ["not", "an", "object"]
    assert perform(catalogue()[test], world.written(tmp_path)).conclusion == "not concluded"


@pytest.mark.parametrize(
    ("item", "fact", "spoil"),
    [
        ("identity-store/users", "People in the identity store", renamed("UserId")),
        ("identity-store/users", "People in the identity store", put("none", "ExternalIds")),
        ("identity-store/users", "People in the identity store", put(TOO_EARLY, "CreatedAt")),
        ("identity-store/users", "People in the identity store", no_object),
        ("identity-store/groups", "Groups", renamed("GroupId")),
        ("identity-store/groups", "Groups", no_object),
        ("identity-center/permission-sets", "Permission sets", renamed("PermissionSet", "Name")),
        ("identity-center/permission-sets", "Permission sets", put([7], "ManagedPolicies")),
        ("identity-center/assignments", "Assignments", put("ROLE", "PrincipalType")),
        ("identity-center/assignments", "Assignments", put(5, "AccountId")),
        ("identity-center/instance", "Instance", renamed("Instance", "OwnerAccountId")),
        ("identity-center/instance", "Instance", put([], "Instance")),
        ("identity-center/instance", "Instance", no_object),
    ],
)
def test_nothing_of_identity_center_is_counted_beside_what_cannot_be_read(
    item, fact, spoil, tmp_path
) -> None:
    facts, printed = page_of(identity_center, item.replace("/", "."), ORGANIZATION_TARGET, spoil, tmp_path)
    said = f"not readable (organization/{item}.jsonl:1)"
    assert facts[fact].value == said
    if fact.startswith("People"):
        assert printed.endswith(said), "the people of an issuer are counted"


EVENT = {"EventName": "CreateBearerToken", "EventTime": NOW.isoformat(), "EventId": "e-1"}


@pytest.mark.parametrize(
    "spoil", [renamed("EventName"), put(TOO_EARLY, "EventTime"), put("soon", "EventTime"), put(1, "EventId")]
)
def test_no_event_is_counted_beside_one_that_cannot_be_read(spoil, tmp_path) -> None:
    world = good()
    spoiled = {"Region": "eu-west-1", "Event": spoil(dict(EVENT))}
    events = [spoiled, {"Region": "eu-west-1", "Event": EVENT}]
    world.records["cloudtrail.access-events"] = {ACCOUNT_TARGET: events}
    *_, table = identity_center(world.written(tmp_path))[1]
    said = "not readable (123456789012/cloudtrail/access-events.jsonl:1)"
    assert table.caption == f"CloudTrail events {said} of 90 days, the identity source's first"
    assert table.rows[0][0] == said
    assert table.total == 2


def sheet_rows(world: World, item: str, folder: Path) -> list[dict[str, Any]]:
    """The rows of an item's sheet, by the titles of its columns."""
    bundle = world.written(folder)
    write_workbook(bundle, run_tests(bundle), FACTS, folder / "made.xlsx")
    rows = [list(row) for row in load_workbook(folder / "made.xlsx")[item_sheet(item)].values]
    header = next(number for number, row in enumerate(rows) if row[0] == "Account")
    return [dict(zip(rows[header], row, strict=True)) for row in rows[header + 1 :]]


@pytest.mark.parametrize(
    ("item", "target", "spoil", "why"),
    [
        ("access-analyzer.findings", US, put("GONE", "Finding", "status"), "has the status 'GONE'"),
        ("access-analyzer.findings", US, no_object, "a record is not an object"),
        ("config.rules", US, renamed("ConfigRule", "ConfigRuleName"), "member 'ConfigRuleName' is missing"),
        ("config.rules", US, no_object, "a record is not an object"),
        ("identity-store.users", ORGANIZATION_TARGET, put(TOO_EARLY, "CreatedAt"), "UTC has no day"),
        ("identity-store.users", ORGANIZATION_TARGET, no_object, "a record is not an object"),
    ],
)
def test_the_row_of_a_record_that_cannot_be_read_says_so(item, target, spoil, why, tmp_path) -> None:
    world = good()
    records = world.records[item][target]
    records.append(spoil(copy.deepcopy(records[0])))
    rows = sheet_rows(world, item, tmp_path)
    (spoiled,) = [row for row in rows if row["Not readable"]]
    assert spoiled["Line"] == len(records)
    assert why in spoiled["Not readable"]
    assert spoiled["Not readable"].startswith(
        f"not readable ({spoiled['File below data/']}:{len(records)}): "
    )


def test_a_sheet_whose_records_can_all_be_read_has_no_such_column(tmp_path) -> None:
    assert all("Not readable" not in row for row in sheet_rows(good(), "config.rules", tmp_path))
