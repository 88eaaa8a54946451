"""AWS Config: recording, deployment, freshness, compliance."""

from datetime import timedelta
from typing import Any

import pytest

from evidence.controls.catalogue import catalogue
from evidence.controls.declaration import Verdict
from evidence.readers.credential_report import ADDITIONAL, COLUMNS
from evidence.readers.evidence import Evidence
from evidence.readers.pointer import Pointer
from evidence.settings.model import SealedSettings, Thresholds
from tests.controls.world import (
    ACCOUNT,
    EU,
    NOW,
    REPORT_FILE,
    US,
    Change,
    World,
    ago,
    csv_of,
    good,
    key,
    password,
    perform_in,
    row,
)
from tests.controls.world_records import REQUIRED, own_verdict, recorder, rule, verdict
from tests.support.bundles import gap, region_target

HOUR = 1 / 24
SECOND = 1 / 86_400
KEYS, ROOT_KEY = "ACCESS_KEYS_ROTATED", "IAM_ROOT_ACCESS_KEY_CHECK"
IAM_TYPES = ["AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::Policy"]


def recorders(*records: dict[str, Any], target=US) -> Change:
    return lambda world: world.records["config.recorders"].update({target: list(records)})


def group(**members: Any) -> dict[str, Any]:
    record = recorder()
    record["ConfigurationRecorder"]["recordingGroup"] = members
    return record


def strategy(name: str, **members: Any) -> dict[str, Any]:
    base = {
        "allSupported": False,
        "includeGlobalResourceTypes": False,
        "recordingStrategy": {"useOnly": name},
    }
    return group(**base | members)


def excluding(*types: str) -> dict[str, Any]:
    return strategy("EXCLUSION_BY_RESOURCE_TYPES", exclusionByResourceTypes={"resourceTypes": list(types)})


def including(*types: str) -> dict[str, Any]:
    return strategy("INCLUSION_BY_RESOURCE_TYPES", resourceTypes=list(types))


def internal() -> dict[str, Any]:
    record = recorder()
    record["ConfigurationRecorder"]["recordingScope"] = "INTERNAL"
    return record


def change_rule(identifier: str, **members: Any) -> Change:
    def change(world: World) -> None:
        for record in world.records["config.rules"][US]:
            if record["ConfigRule"]["Source"]["SourceIdentifier"] == identifier:
                record["ConfigRule"].update(members)

    return change


def change_status(**members: Any) -> Change:
    def change(world: World) -> None:
        record = world.records["config.rules"][US][0]
        record["EvaluationStatus"] = (record["EvaluationStatus"] | members) if members else None

    return change


def add(item: str, *records: dict[str, Any], target=US) -> Change:
    return lambda world: world.records[item][target].extend(records)


def without(identifier: str, item: str = "config.rules") -> Change:
    return lambda world: world.records[item].update(
        {US: [record for record in world.records[item][US] if identifier.lower() not in str(record).lower()]}
    )


def limits(**thresholds: Any) -> Change:
    settings = SealedSettings(thresholds=Thresholds(**thresholds))
    return lambda world: world.options.update(settings=settings)


def results(*records: dict[str, Any]) -> Change:
    """Make these the results of the root key rule, beside those of the others."""
    return lambda world: (without(ROOT_KEY, COMPLIANCE)(world), add(COMPLIANCE, *records)(world))


def users(*rows: dict[str, str]) -> Change:
    """The users of the credential report, root apart."""
    return lambda world: world.report.__setitem__(slice(1, None), list(rows))


def more_credentials(world: World) -> None:
    """A user has credentials that the credential report has no columns for."""
    rows = [entry | {ADDITIONAL: "N/A"} for entry in world.report]
    rows[-1][ADDITIONAL] = "2 more keys"
    world.options["files"] = {REPORT_FILE: csv_of(rows, (*COLUMNS, ADDITIONAL))}


COMPLIANCE = "config.rule-compliance"
CONSOLE = "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS"
SILENT = [without(CONSOLE, COMPLIANCE)]
"""The rule about users with a password gives no result."""
QUIET = [without(KEYS, COMPLIANCE)]
"""The rule about keys gives none."""
PERSON = row("ada", **password(10, 1))
SERVICE = row("svc-ledger", **key(1, 30, 1))
CUSTOM = {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": ROOT_KEY}
LAX = {"InputParameters": '{"maxAccessKeyAge": "91"}'}

CASES = [
    ("CFG-1", "no exceptions", []),
    ("CFG-1", "exceptions noted", [recorders(target=EU)]),
    ("CFG-1", "exceptions noted", [recorders(recorder(recording=False), target=EU)]),
    ("CFG-1", "exceptions noted", [recorders(recorder(lastStatus="Failure"), target=EU)]),
    ("CFG-1", "exceptions noted", [recorders(recorder(lastStatus="Pending"), target=EU)]),
    ("CFG-1", "no exceptions", [recorders(recorder(lastStatus="SUCCESS"), target=EU)]),
    ("CFG-1", "exceptions noted", [recorders(recorder() | {"Status": None}, target=EU)]),
    ("CFG-1", "exceptions noted", [recorders(internal(), target=EU)]),
    ("CFG-1", "exceptions noted", [recorders(recorder(iam=False))]),
    ("CFG-1", "exceptions noted", [recorders(recorder(recording=False)), recorders(recorder(), target=EU)]),
    ("CFG-1", "no exceptions", [recorders(recorder(iam=False)), recorders(recorder(), target=EU)]),
    ("CFG-1", "no exceptions", [recorders(excluding("AWS::EC2::Volume"))]),
    ("CFG-1", "exceptions noted", [recorders(excluding("AWS::IAM::Role"))]),
    ("CFG-1", "no exceptions", [recorders(including(*IAM_TYPES))]),
    ("CFG-1", "exceptions noted", [recorders(including(*IAM_TYPES[:3]))]),
    ("CFG-2", "no exceptions", []),
    ("CFG-2", "exceptions noted", [without("IAM_USER_MFA_ENABLED")]),
    ("CFG-2", "exceptions noted", [change_rule(ROOT_KEY, ConfigRuleState="DELETING")]),
    ("CFG-2", "no exceptions", [change_rule(ROOT_KEY, ConfigRuleState="EVALUATING")]),
    ("CFG-2", "exceptions noted", [change_rule(ROOT_KEY, Source=CUSTOM)]),
    ("CFG-2", "exceptions noted", [change_rule(KEYS, **LAX)]),
    ("CFG-2", "no exceptions", [change_rule(KEYS, InputParameters='{"maxAccessKeyAge": 30}')]),
    ("CFG-2", "no exceptions", [change_rule(KEYS, InputParameters="")]),
    ("CFG-2", "exceptions noted", [change_rule(KEYS, InputParameters=""), limits(key_max_age_days=60)]),
    (
        "CFG-2",
        "no exceptions",
        [change_rule(KEYS, **LAX), add("config.rules", rule(KEYS, ConfigRuleName="strict"))],
    ),
    ("CFG-2", "not concluded", [change_rule(KEYS, InputParameters='{"maxAccessKeyAge": "soon"}')]),
    ("CFG-2", "not concluded", [change_rule(KEYS, InputParameters="[]")]),
    ("CFG-2", "exceptions noted", [change_rule(ROOT_KEY, Scope={"ComplianceResourceId": "AIDA1"})]),
    ("CFG-2", "exceptions noted", [change_rule(ROOT_KEY, Scope={"TagKey": "team"})]),
    (
        "CFG-2",
        "no exceptions",
        [change_rule(ROOT_KEY, Scope={"ComplianceResourceTypes": ["AWS::IAM::User"]})],
    ),
    ("CFG-2", "exceptions noted", [recorders(recorder(iam=False))]),
    ("CFG-2", "exceptions noted", [recorders(recorder(), target=EU)]),
    ("CFG-2", "not applicable", [limits(required_config_rules=())]),
    ("CFG-3", "no exceptions", []),
    ("CFG-3", "no exceptions", [change_status(LastSuccessfulEvaluationTime=ago(26 * HOUR))]),
    ("CFG-3", "exceptions noted", [change_status(LastSuccessfulEvaluationTime=ago(26 * HOUR + SECOND))]),
    ("CFG-3", "exceptions noted", [change_status(LastFailedEvaluationTime=ago(0.4))]),
    ("CFG-3", "no exceptions", [change_status(LastFailedEvaluationTime=ago(0.6))]),
    ("CFG-3", "no exceptions", [change_status(LastFailedEvaluationTime=ago(0.5))]),
    ("CFG-3", "exceptions noted", [change_status()]),
    (
        "CFG-3",
        "exceptions noted",
        [change_status(LastSuccessfulEvaluationTime=ago(25.5 * HOUR)), limits(config_evaluation_hours=1)],
    ),
    (
        "CFG-3",
        "exceptions noted",
        [add("config.rules", rule("IAM_PASSWORD_POLICY") | {"EvaluationStatus": None}, target=EU)],
    ),
    ("CFG-3", "no exceptions", [add("config.rules", rule("ENCRYPTED_VOLUMES") | {"EvaluationStatus": None})]),
    ("CFG-3", "not concluded", [lambda world: world.records["config.rules"].update({US: []})]),
    ("CFG-4", "no exceptions", []),
    ("CFG-4", "exceptions noted", [results(verdict(ROOT_KEY, "NON_COMPLIANT"))]),
    ("CFG-4", "not concluded", [results(verdict(ROOT_KEY, "INSUFFICIENT_DATA"))]),
    ("CFG-4", "not concluded", [results(verdict(ROOT_KEY, "NOT_APPLICABLE"))]),
    (
        "CFG-4",
        "no exceptions",
        [results(verdict(ROOT_KEY, "COMPLIANT"), verdict(ROOT_KEY, "NOT_APPLICABLE", "x"))],
    ),
    ("CFG-4", "not concluded", [results()]),
    (
        "CFG-4",
        "not concluded",
        [results(verdict(ROOT_KEY, "COMPLIANT"), own_verdict(ROOT_KEY, "NON_COMPLIANT"))],
    ),
    ("CFG-4", "not concluded", [results(verdict(ROOT_KEY, "FINE"))]),
    ("CFG-4", "not concluded", [lambda world: world.records["config.rules"].update({US: []})]),
    ("CFG-4", "not concluded", [add("config.rules", rule("IAM_PASSWORD_POLICY"))]),
    ("CFG-4", "no exceptions", [*SILENT]),
    ("CFG-4", "no exceptions", [*SILENT, add(COMPLIANCE, own_verdict(CONSOLE, "INSUFFICIENT_DATA"))]),
    ("CFG-4", "no exceptions", [*SILENT, add(COMPLIANCE, verdict(CONSOLE, "NOT_APPLICABLE", "AIDA1"))]),
    ("CFG-4", "not concluded", [*SILENT, add(COMPLIANCE, verdict(CONSOLE, "INSUFFICIENT_DATA", "AIDA1"))]),
    ("CFG-4", "not concluded", [*SILENT, add(COMPLIANCE, own_verdict(CONSOLE, "NON_COMPLIANT"))]),
    ("CFG-4", "not concluded", [*SILENT, users(PERSON)]),
    ("CFG-4", "not concluded", [*SILENT, users(PERSON | {"password_enabled": "not_supported"})]),
    ("CFG-4", "not concluded", [*SILENT, lambda world: world.records.pop("iam.credential-report")]),
    ("CFG-4", "no exceptions", [*QUIET, users(PERSON, row("svc-ledger", **key(1, 300, 1, active=False)))]),
    ("CFG-4", "not concluded", [*QUIET, users(SERVICE)]),
    ("CFG-4", "not concluded", [*QUIET, users(row("svc-ledger", **key(2, 30, 1)))]),
    ("CFG-4", "not concluded", [*QUIET, users(row("a")), more_credentials]),
    ("CFG-4", "not concluded", [without("IAM_USER_MFA_ENABLED", COMPLIANCE), users(row("nobody"))]),
    ("CFG-4", "no exceptions", [without("IAM_USER_MFA_ENABLED", COMPLIANCE), users()]),
    (
        "CFG-4",
        "no exceptions",
        [
            add("config.rules", rule("ENCRYPTED_VOLUMES")),
            add(COMPLIANCE, verdict("ENCRYPTED_VOLUMES", "NON_COMPLIANT")),
        ],
    ),
]


@pytest.mark.parametrize(("test", "conclusion", "changes"), CASES)
def test_config(test: str, conclusion: str, changes: list[Change]) -> None:
    world = good()
    for change in changes:
        change(world)
    result = perform_in(world, test)
    assert result.conclusion == conclusion, (result.reason, result.rows)


def test_a_rule_without_anybody_to_look_at_says_so() -> None:
    world = good()
    for change in SILENT:
        change(world)
    (found,) = [row for row in perform_in(world, "CFG-4").rows if row.subject == CONSOLE]
    assert (found.verdict, found.observed) == (
        "out of scope",
        "no result: no IAM user has a password by the credential report of 2026-10-01 06:00Z",
    )
    assert str(found.pointers[-1]) == f"{ACCOUNT}/iam/credential-report.csv"


def test_newer_regions_never_record_iam() -> None:
    world = good()
    new = region_target("ap-southeast-4")
    world.options["regions"] = ("ap-southeast-4",)
    world.records["config.recorders"] = {new: [recorder()]}
    rows = perform_in(world, "CFG-1").rows
    assert [(row.verdict, row.observed) for row in rows][1] == ("exception", "recorded in no region")


def test_a_gap_elsewhere_leaves_it_open_where_iam_is_recorded() -> None:
    world = good()
    recorders(recorder(iam=False))(world)
    del world.records["config.recorders"][EU]
    world.options["gaps"] = [gap("config.recorders", EU)]
    result = perform_in(world, "CFG-1")
    assert [row.verdict for row in result.rows] == ["met", "not determined"]


def test_an_exception_names_both_values_and_points_somewhere() -> None:
    world = good()
    change_rule(KEYS, **LAX)(world)
    without("IAM_USER_MFA_ENABLED")(world)
    found = {row.subject: row for row in perform_in(world, "CFG-2").rows if row.verdict == "exception"}
    assert "maxAccessKeyAge is 91 where 90 is required" in found[KEYS].observed
    assert found["IAM_USER_MFA_ENABLED"].pointers == (Pointer(f"{ACCOUNT}/us-east-1/config/rules.jsonl"),)


def test_users_have_their_names_beside_the_ids_of_config() -> None:
    world = good()
    told = verdict(ROOT_KEY, "NON_COMPLIANT", "AIDAsvc-ledger")
    told["EvaluationResult"]["Annotation"] = "No MFA."
    results(told, verdict(ROOT_KEY, "COMPLIANT", "AIDAdormant"))(world)
    (found,) = [row for row in perform_in(world, "CFG-4").rows if row.verdict == "exception"]
    assert found.subject == f"{ROOT_KEY} AIDAsvc-ledger"
    assert found.note == "arn:aws:iam::123456789012:user/svc-ledger: No MFA."


@pytest.mark.parametrize(
    ("identifier", "columns", "days"),
    [
        (KEYS, key(1, 97, 1), 97),
        (KEYS, key(1, 97, 1) | key(2, 200, 1), 200),
        (KEYS, key(1, 97, 1) | key(2, 200, 1, active=False), 97),
        ("IAM_USER_UNUSED_CREDENTIALS_CHECK", key(1, 300, 120), 120),
        ("IAM_USER_UNUSED_CREDENTIALS_CHECK", key(1, 300, None), 300),
        ("IAM_USER_UNUSED_CREDENTIALS_CHECK", key(1, 300, 1) | password(200, 150), 150),
        ("IAM_USER_MFA_ENABLED", key(1, 300, 1), None),
    ],
)
@pytest.mark.parametrize("test", ["CFG-4", "CFG-5"])
def test_began_is_when_the_fact_began_and_not_since_when_it_is_too_old(
    test: str, identifier: str, columns: dict[str, str], days: float | None
) -> None:
    world = good()
    world.report[1] = row("svc-ledger", **columns)
    if identifier not in REQUIRED:
        add("config.rules", rule(identifier))(world)
    kept = [
        one
        for one in world.records[COMPLIANCE][US]
        if identifier.lower() not in str(one) or "AIDAsvc-ledger" not in str(one)
    ]
    said = "NON_COMPLIANT" if test == "CFG-4" else "COMPLIANT"
    world.records[COMPLIANCE][US] = [*kept, verdict(identifier, said, "AIDAsvc-ledger")]
    found = [
        one
        for one in catalogue()[test].rule(Evidence.whole(world.bundle()))
        if one.verdict is Verdict.EXCEPTION and one.subject == f"{identifier} AIDAsvc-ledger"
    ]
    assert [one.began for one in found] == [days and NOW - timedelta(days=days)]
    assert [one.since for one in found] == [None]
