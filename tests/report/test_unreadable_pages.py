"""Evidence that a test of controls refuses stands on no page as a number, but as what cannot be read."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.controls.catalogue import catalogue
from evidence.controls.engine import perform
from evidence.records import Target
from evidence.report.model import Fact, Table
from evidence.report.pdf.excerpts_detection import analyzer_findings, config_rules
from tests.controls.world import US, good

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
    bundle = world.bundle(folder)
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
    assert perform(catalogue()[test], world.bundle(tmp_path)).conclusion == "not concluded"
