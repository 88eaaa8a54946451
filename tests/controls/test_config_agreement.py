"""CFG-5: Config's verdicts beside the credential report's. AA-4: somebody looks for unused access."""

from typing import Any

import pytest

from tests.controls.world import ACCOUNT, ACCOUNT_TARGET, EU, US, Change, good, key, password, perform_in, row
from tests.controls.world_records import analyzer, rule, user, verdict

COMPLIANCE, RULES = "config.rule-compliance", "config.rules"
UNUSED, KEYS = "IAM_USER_UNUSED_CREDENTIALS_CHECK", "ACCESS_KEYS_ROTATED"
MFA, CONSOLE = "IAM_USER_MFA_ENABLED", "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS"
ROOT_MFA = "ROOT_ACCOUNT_MFA_ENABLED"
LEDGER = "AIDAsvc-ledger"
SECOND = 1 / 86_400


def config_says(identifier: str, compliance: str, resource: str = LEDGER) -> Change:
    """Config's verdict on a resource, in place of the one there is."""

    def change(world: Any) -> None:
        name = f"securityhub-{identifier.lower()}-1a2b"
        left = [
            record
            for record in world.records[COMPLIANCE][US]
            if record.get("ConfigRuleName") != name or _resource(record) != resource
        ]
        world.records[COMPLIANCE][US] = left + (
            [verdict(identifier, compliance, resource)] if compliance else []
        )

    return change


def _resource(record: dict[str, Any]) -> str:
    found: str = record["EvaluationResult"]["EvaluationResultIdentifier"]["EvaluationResultQualifier"][
        "ResourceId"
    ]
    return found


def reported(name: str, **columns: str) -> Change:
    """One more user, known to the details as well."""

    def change(world: Any) -> None:
        world.report.append(row(name, **columns))
        world.records["iam.authorization-details"][ACCOUNT_TARGET].append(user(name))

    return change


def ledger(**columns: str) -> Change:
    return lambda world: world.report[1].update(columns)


def root(**columns: str) -> Change:
    return lambda world: world.report[0].update(columns)


def deployed(identifier: str, **members: Any) -> Change:
    return lambda world: world.records[RULES][US].append(rule(identifier, **members))


def no_rules(world: Any) -> None:
    world.records[RULES][US] = []
    world.records[COMPLIANCE][US] = []


CASES = [
    ("no exceptions", []),
    ("exceptions noted", [config_says(MFA, "NON_COMPLIANT")]),
    ("exceptions noted", [ledger(mfa_active="false")]),
    ("no exceptions", [ledger(mfa_active="false"), config_says(MFA, "NON_COMPLIANT")]),
    ("exceptions noted", [config_says(MFA, "")]),
    ("not concluded", [config_says(MFA, "INSUFFICIENT_DATA")]),
    ("exceptions noted", [config_says(MFA, "NOT_APPLICABLE")]),
    ("not concluded", [config_says(MFA, "ODD")]),
    ("no exceptions", [config_says(CONSOLE, "")]),
    ("no exceptions", [config_says(CONSOLE, "NOT_APPLICABLE")]),
    ("exceptions noted", [config_says(CONSOLE, "NON_COMPLIANT")]),
    ("exceptions noted", [reported("p", **password(1, 1)), config_says(MFA, "COMPLIANT", "AIDAp")]),
    ("no exceptions", [reported("p", **password(1, 1)), config_says(MFA, "COMPLIANT", "AIDAp"),
                       config_says(CONSOLE, "COMPLIANT", "AIDAp")]),
    ("no exceptions", [ledger(**key(1, 90, 1))]),
    ("exceptions noted", [ledger(**key(1, 90 + SECOND, 1))]),
    ("no exceptions", [ledger(**key(1, 91, 1)), config_says(KEYS, "NON_COMPLIANT")]),
    ("exceptions noted", [ledger(**key(2, 91, 1))]),
    ("no exceptions", [ledger(**key(2, 91, 1, active=False))]),
    ("not concluded", [ledger(access_key_1_last_rotated="N/A")]),
    ("exceptions noted", [root(mfa_active="false")]),
    ("exceptions noted", [root(access_key_2_active="true")]),
    ("no exceptions", [root(mfa_active="false"), config_says(ROOT_MFA, "NON_COMPLIANT", ACCOUNT)]),
    ("exceptions noted", [config_says(ROOT_MFA, "", ACCOUNT)]),
    ("exceptions noted", [config_says(MFA, "COMPLIANT", "AIDAdeleted")]),
    ("not concluded", [ledger(password_enabled="not_supported")]),
    ("no exceptions", [deployed(UNUSED), config_says(UNUSED, "COMPLIANT")]),
    ("exceptions noted", [deployed(UNUSED), config_says(UNUSED, "COMPLIANT"), ledger(**key(1, 200, 91))]),
    ("no exceptions", [deployed(UNUSED), config_says(UNUSED, "COMPLIANT"), ledger(**key(1, 90, None))]),
    ("exceptions noted", [deployed(UNUSED)]),
    ("no exceptions", [deployed(UNUSED, ConfigRuleState="DELETING")]),
    ("not concluded", [no_rules]),
]  # fmt: skip


@pytest.mark.parametrize(("conclusion", "changes"), CASES)
def test_agreement(conclusion: str, changes: list[Change]) -> None:
    world = good()
    for change in changes:
        change(world)
    result = perform_in(world, "CFG-5")
    assert result.conclusion == conclusion, (result.reason, [r for r in result.rows if r.verdict != "met"])


def lax(world: Any) -> None:
    for record in world.records[RULES][US]:
        if record["ConfigRule"]["Source"]["SourceIdentifier"] == KEYS:
            record["ConfigRule"]["InputParameters"] = '{"maxAccessKeyAge":"120"}'


def narrow(world: Any) -> None:
    for record in world.records[RULES][US]:
        record["ConfigRule"]["Scope"] = {"TagKey": "team"}


def older(world: Any) -> None:
    """The credential report is a day older than Config's results."""
    world.records["iam.credential-report"][ACCOUNT_TARGET][0]["GeneratedTime"] = "2026-09-30T06:00:00Z"


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ([lax, ledger(**key(1, 97, 1))], "Wrong rule: its maxAccessKeyAge is 120 where 90 is required."),
        ([narrow, ledger(**key(1, 97, 1))], "Wrong rule: it is narrowed to resources tagged team."),
        ([ledger(**key(1, 97, 1))], "Lag: Config's result is of 2026-09-30 18:00Z, older than"),
        ([older, ledger(**key(1, 97, 1))], "Lag of the credential report, which is older than"),
        ([config_says(MFA, "")], "Config has no result"),
        ([config_says(MFA, "COMPLIANT", "AIDAdeleted")], "Lag: the user was deleted, or made after"),
    ],
)
def test_both_verdicts_stand_side_by_side_with_the_likely_cause(changes, cause) -> None:
    world = good()
    for change in changes:
        change(world)
    (found,) = [entry for entry in perform_in(world, "CFG-5").rows if entry.verdict == "exception"]
    assert found.note.startswith(cause)
    both = found.attributes["config"], found.attributes["credential report"]
    assert found.observed == "Config: {}; by the credential report: {}".format(*both)
    assert found.attributes["report generated"]


WATCH, FOR_ALL = {"type": "ACCOUNT_UNUSED_ACCESS"}, {"type": "ORGANIZATION_UNUSED_ACCESS"}


@pytest.mark.parametrize(
    ("us", "eu", "conclusion"),
    [
        ([], [], "exceptions noted"),
        ([analyzer("us-east-1")], [], "exceptions noted"),
        ([analyzer("us-east-1", **WATCH)], [], "no exceptions"),
        ([], [analyzer("eu-west-1", **WATCH)], "no exceptions"),
        ([analyzer("us-east-1", **FOR_ALL)], [], "no exceptions"),
        ([analyzer("us-east-1", type="ACCOUNT_INTERNAL_ACCESS")], [], "exceptions noted"),
        ([analyzer("us-east-1", status="CREATING", **WATCH)], [], "exceptions noted"),
        ([analyzer("us-east-1", status="DISABLED", **WATCH)], [], "exceptions noted"),
        (
            [analyzer("us-east-1", status="FAILED", **WATCH)],
            [analyzer("eu-west-1", **WATCH)],
            "no exceptions",
        ),
        ([analyzer("us-east-1", **WATCH), analyzer("us-east-1", **FOR_ALL)], [], "no exceptions"),
        ([{"Analyzer": {"arn": "a", "status": "ACTIVE"}, "ArchiveRules": []}], [], "not concluded"),
    ],
)
def test_unused_access_is_analysed(us, eu, conclusion) -> None:
    world = good()
    world.records["access-analyzer.analyzers"] = {US: us, EU: eu}
    assert perform_in(world, "AA-4").conclusion == conclusion
