"""A figure that rests on evidence that was not collected is not printed as a number: none is not nothing."""

from collections.abc import Callable

import pytest

from evidence.bundle import Bundle
from evidence.records import Target
from evidence.report.model import Fact
from evidence.report.pdf.excerpts_detection import analyzer_findings, config_rules
from evidence.report.pdf.excerpts_iam import credential_report, security_status
from evidence.report.pdf.excerpts_identity import identity_center
from tests.controls.world import good
from tests.support.bundles import gap

Excerpt = Callable[[Bundle], tuple[list[Fact], list]]
FIGURES: list[tuple[Excerpt, str, tuple[str, ...]]] = [
    (
        credential_report,
        "iam.credential-report",
        ("IAM users", "With a console password", "Active access keys"),
    ),
    (security_status, "iam.credential-report", ("Console users with MFA",)),
    (security_status, "iam.mfa-devices", ("Virtual MFA device registered for root",)),
    (security_status, "iam.account-summary", ("Account summary",)),
    (config_rules, "config.rules", ("Deployed in at least one region", "Rules in all regions together")),
    (config_rules, "config.rule-compliance", ("Evaluation results",)),
    (analyzer_findings, "access-analyzer.analyzers", ("Analyzers",)),
    (analyzer_findings, "access-analyzer.findings", ("Findings",)),
    (identity_center, "identity-store.users", ("People in the identity store",)),
    (identity_center, "identity-store.groups", ("Groups",)),
    (identity_center, "identity-center.assignments", ("Assignments",)),
]


def shown(excerpt: Excerpt, item: str, targets: list[Target]) -> dict[str, Fact]:
    world = good()
    for target in targets:
        del world.records[item][target]
    if not world.records[item]:
        del world.records[item]
    world.options["gaps"] = [gap(item, target) for target in targets]
    return {fact.name: fact for fact in excerpt(world.bundle())[0]}


@pytest.mark.parametrize(
    ("excerpt", "item", "names"), FIGURES, ids=lambda value: getattr(value, "__name__", "")
)
def test_what_was_not_collected_is_no_number(excerpt: Excerpt, item: str, names: tuple[str, ...]) -> None:
    facts = shown(excerpt, item, list(good().records[item]))
    for name in names:
        assert facts[name].value == "not collected", facts[name]
        assert "permission" in facts[name].remark


def test_what_was_collected_in_part_says_so() -> None:
    target = next(iter(good().records["config.rules"]))
    facts = shown(config_rules, "config.rules", [target])
    assert facts["Rules in all regions together"].value[0].isdigit()
    assert f"without {target.label}, not collected" in facts["Rules in all regions together"].remark
