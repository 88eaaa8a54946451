"""CFG: scopes, triggers and frequencies of rules, and a root without credentials; more in test_config.py."""

# ruff: noqa: E501  rows of tables are read across

from collections.abc import Mapping
from typing import Any

from evidence.bundle.format.models import RegionState, Run
from tests.controls.world import ACCOUNT, EU, US, ago, key, password, row
from tests.controls.world_records import REQUIRED, SUMMARY, own_verdict, recorder, rule, verdict
from tests.corpus.labelled import EXCEPTION, FAIL, MET, OPEN, OUTSIDE, PASS, UNSETTLED, Case, table

RULES, COMPLIANCE, RECORDERS = "config.rules", "config.rule-compliance", "config.recorders"
GUIDE = "https://docs.aws.amazon.com/config/latest/developerguide/"
HOUR, SECOND = 1 / 24, 1 / 86_400
INLINE, POLICY_RULE = "IAM_NO_INLINE_POLICY_CHECK", "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS"
MFA, HARDWARE = "ROOT_ACCOUNT_MFA_ENABLED", "ROOT_ACCOUNT_HARDWARE_MFA_ENABLED"
KEYS, CONSOLE, ROOT_KEY = (
    "ACCESS_KEYS_ROTATED",
    "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS",
    "IAM_ROOT_ACCESS_KEY_CHECK",
)
OTHERS = [rule(identifier) for identifier in REQUIRED]


def scoped(*types: str, **more: Any) -> dict[str, Any]:
    return {"ComplianceResourceTypes": [f"AWS::IAM::{one}" for one in types], **more}


def _scope(value: tuple[str, Any, Any]) -> dict[str, Any]:
    identifier, scope, verdict = value
    return {
        "conclusion": PASS if verdict == MET else FAIL, "rows": {identifier: verdict},
        "thresholds": {"required_config_rules": [identifier]},
        "records": {RULES: {US: [rule(identifier, **({} if scope is None else {"Scope": scope}))]}},
    }  # fmt: skip


SCOPES = table("CFG-2", {
    "a change-triggered rule without a scope": (INLINE, None, MET),
    "with an empty scope": (INLINE, {}, MET),
    "with all three types": (INLINE, scoped("User", "Role", "Group"), MET),
    "with all three and another": (INLINE, scoped("User", "Role", "Group", "Policy"), MET),
    "without groups": (INLINE, scoped("User", "Role"), EXCEPTION),
    "with groups alone": (INLINE, scoped("Group"), EXCEPTION),
    "with a type that it does not look at": (POLICY_RULE, scoped("Role"), EXCEPTION),
    "with the type it is meant for": (POLICY_RULE, scoped("Policy"), MET),
    "on users, with users": ("IAM_USER_NO_POLICIES_CHECK", scoped("User"), MET),
    "on users, with roles": ("IAM_USER_GROUP_MEMBERSHIP_CHECK", scoped("Role"), EXCEPTION),
    "a periodic rule takes no heed of types": (ROOT_KEY, scoped("Role"), MET),
    "one resource": (INLINE, scoped("User", ComplianceResourceId="AIDA1"), EXCEPTION),
    "a tag": (INLINE, {"TagKey": "team"}, EXCEPTION),
    "a rule that is not in the table": ("ENCRYPTED_VOLUMES", {"ComplianceResourceTypes": ["AWS::EC2::Volume"]}, MET),
}, _scope, reference=f"{GUIDE}evaluate-config_components.html")  # fmt: skip


def partition(name: str) -> Any:
    return lambda _run: {"partition": name}


def less(*identifiers: str) -> dict[str, Any]:
    return {RULES: {US: [rule(one) for one in REQUIRED if one not in identifiers]}}


OFFERED = (
    *(Case("CFG-2", f"root's MFA is not offered in {name}", PASS, {MFA: OUTSIDE}, less(MFA), run=partition(name),
           reference=f"{GUIDE}root-account-mfa-enabled.html") for name in ("aws-us-gov", "aws-cn")),
    Case("CFG-2", "root's MFA is offered elsewhere", FAIL, {MFA: EXCEPTION}, less(MFA)),
    Case("CFG-2", "users' MFA is offered in aws-cn", FAIL, {"IAM_USER_MFA_ENABLED": EXCEPTION},
         less("IAM_USER_MFA_ENABLED", MFA), run=partition("aws-cn")),
    Case("CFG-2", "one that is deployed all the same is looked at", FAIL, {MFA: EXCEPTION},
         {RULES: {US: [*less(MFA)[RULES][US], rule(MFA, ConfigRuleState="DELETING")]}}, run=partition("aws-us-gov")),
)  # fmt: skip


def evaluated(
    identifier: str, succeeded: float | None, failed: float | None = None, **members: Any
) -> dict[str, Any]:
    """A rule by when it was last evaluated, in hours before collection."""
    times = {"LastSuccessfulEvaluationTime": succeeded, "LastFailedEvaluationTime": failed}
    status = {name: ago(hours * HOUR) for name, hours in times.items() if hours is not None}
    return rule(identifier, **members) | {"EvaluationStatus": status}


def _evaluation(value: tuple[dict[str, Any], str]) -> dict[str, Any]:
    record, said = value
    identifier = record["ConfigRule"]["Source"]["SourceIdentifier"]
    others = [one for one in OTHERS if one["ConfigRule"]["Source"]["SourceIdentifier"] != identifier]
    conclusion = {MET: PASS, EXCEPTION: FAIL, UNSETTLED: OPEN}[said]
    return {"conclusion": conclusion, "rows": {identifier: said},
            "records": {RULES: {US: [*others, record]}}}  # fmt: skip


def every(frequency: str) -> dict[str, Any]:
    return {"MaximumExecutionFrequency": frequency}


def runs_on(*messages: str, **more: str) -> dict[str, Any]:
    details = [{"EventSource": "aws.config", "MessageType": message, **more} for message in messages]
    return {"Source": {"Owner": "AWS", "SourceIdentifier": KEYS, "SourceDetails": details}}


LIMITS = {"One_Hour": 3, "Three_Hours": 5, "Six_Hours": 8, "Twelve_Hours": 14, "TwentyFour_Hours": 26}
ON_CHANGES = (INLINE, POLICY_RULE, "IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS", "IAM_USER_NO_POLICIES_CHECK",
              "IAM_USER_GROUP_MEMBERSHIP_CHECK")  # fmt: skip
EVALUATIONS = table("CFG-3", {
    **{f"{name}, as old as allowed": (evaluated(KEYS, hours, **every(name)), MET) for name, hours in LIMITS.items()},
    **{f"{name}, a second older": (evaluated(KEYS, hours + 1 / 3600, **every(name)), EXCEPTION)
       for name, hours in LIMITS.items()},
    "no frequency, 26 hours": (evaluated(KEYS, 26), MET),
    "no frequency, a second more": (evaluated(KEYS, 26 + 1 / 3600), EXCEPTION),
    "periodic, failed since": (evaluated(KEYS, 5, 4), EXCEPTION),
    "periodic, failed before": (evaluated(KEYS, 4, 5), MET),
    "periodic, never succeeded": (evaluated(KEYS, None, 5), EXCEPTION),
    **{f"{name} after a quiet year": (evaluated(name, 365 * 24), MET) for name in ON_CHANGES},
    "on changes, never evaluated": (evaluated(INLINE, None), EXCEPTION),
    "on changes, failed since": (evaluated(INLINE, 500, 400), EXCEPTION),
    "on changes, failed before": (evaluated(INLINE, 400, 500), MET),
    "on changes, with a frequency that means nothing": (evaluated(INLINE, 500, **every("One_Hour")), MET),
    "its own description says changes": (evaluated(KEYS, 500, **runs_on("ConfigurationItemChangeNotification")), MET),
    "its own description says both": (
        evaluated(KEYS, 500, **runs_on("ConfigurationItemChangeNotification", "ScheduledNotification")), EXCEPTION),
    "its own description says how often": (
        evaluated(KEYS, 4, **runs_on("ScheduledNotification", MaximumExecutionFrequency="One_Hour")), EXCEPTION),
}, _evaluation, reference=f"{GUIDE}managed-rules-by-trigger-type.html")  # fmt: skip


def _recorder(value: tuple[list[Any], str]) -> dict[str, Any]:
    records, said = value
    return {"conclusion": PASS if said == MET else FAIL, "rows": {INLINE: said},
            "records": {RULES: {US: [*OTHERS, evaluated(INLINE, 500)]}, RECORDERS: {US: records}}}  # fmt: skip


HEALTH = (
    *table("CFG-3", {
        "on changes, the recorder stopped": ([recorder(recording=False)], EXCEPTION),
        "on changes, the recorder fails": ([recorder(lastStatus="Failure")], EXCEPTION),
        "on changes, no recorder": ([], EXCEPTION),
        "on changes, the recorder works": ([recorder()], MET),
    }, _recorder),
    Case("CFG-3", "periodic rules run without a recorder", PASS, {KEYS: MET}, {RECORDERS: {US: []}}),
    Case("CFG-3", "of a rule that is not known, a quiet day settles nothing", OPEN, {"ENCRYPTED_VOLUMES": UNSETTLED},
         {RULES: {US: [*OTHERS, evaluated("ENCRYPTED_VOLUMES", 500)]}},
         thresholds={"required_config_rules": ["ENCRYPTED_VOLUMES"]}),
    Case("CFG-3", "of a rule that is not known, a failure does", FAIL, {"ENCRYPTED_VOLUMES": EXCEPTION},
         {RULES: {US: [*OTHERS, evaluated("ENCRYPTED_VOLUMES", 2, 1)]}},
         thresholds={"required_config_rules": ["ENCRYPTED_VOLUMES"]}),
    Case("CFG-3", "an odd rule in one region hides no stale one in the next", FAIL,
         {"us-east-1": UNSETTLED, KEYS: EXCEPTION},
         {RULES: {US: [evaluated(KEYS, 1, **every("Two_Hours"))], EU: [evaluated(KEYS, 50)]}}),
    Case("CFG-4", "an odd result in one region hides no noncompliant one in the next", FAIL,
         {"us-east-1": UNSETTLED, f"{ROOT_KEY} {ACCOUNT}": EXCEPTION},
         {RULES: {EU: [rule(ROOT_KEY)]}, COMPLIANCE: {US: [{"EvaluationResult": {}}], EU: [verdict(ROOT_KEY, "NON_COMPLIANT")]}}),
    Case("CFG-3", "a frequency that AWS has not", OPEN, {"us-east-1": UNSETTLED},
         records={RULES: {US: [evaluated(KEYS, 1, **every("Two_Hours"))]}}),
)  # fmt: skip

BARE = {"AccountMFAEnabled": 0, "AccountPasswordPresent": 0, "AccountAccessKeysPresent": 0,
        "AccountSigningCertificatesPresent": 0}  # fmt: skip
WITHOUT = row("<root_account>", mfa_active="false")


def results(identifier: str, *found: dict[str, Any]) -> dict[str, Any]:
    """These results of a rule about root, beside those of the others."""
    deployed = [*OTHERS, *([rule(identifier)] if identifier not in REQUIRED else [])]
    told = [verdict(one, "COMPLIANT", ACCOUNT if "ROOT" in one else "AIDAsvc-ledger")
            for one in REQUIRED if one != identifier]  # fmt: skip
    return {RULES: {US: deployed}, COMPLIANCE: {US: [*told, *found]}}


def _rootless(value: tuple[str, dict[str, Any], dict[str, str], str]) -> dict[str, Any]:
    identifier, summary, root, said = value
    figures = {name: figure for name, figure in (SUMMARY | BARE | summary).items() if figure is not None}
    return {
        "conclusion": PASS if said == OUTSIDE else OPEN, "report": [WITHOUT | root],
        "rows": {f"{identifier} {ACCOUNT}": said},
        "records": {**results(identifier, verdict(identifier, "NOT_APPLICABLE")), "iam.account-summary": [figures]},
    }  # fmt: skip


ROOTLESS = (
    *table("CFG-4", {
        "not applicable, and root has nothing": (MFA, {}, {}, OUTSIDE),
        "hardware: not applicable, and root has nothing": (HARDWARE, {}, {}, OUTSIDE),
        "not applicable, the summary says a password": (MFA, {"AccountPasswordPresent": 1}, {}, UNSETTLED),
        "not applicable, the summary says nothing of a password": (MFA, {"AccountPasswordPresent": None}, {}, UNSETTLED),
        "not applicable, the summary says a key": (MFA, {"AccountAccessKeysPresent": 1}, {}, UNSETTLED),
        "not applicable, the summary says a certificate": (MFA, {"AccountSigningCertificatesPresent": 1}, {}, UNSETTLED),
        "not applicable, the report says a password": (MFA, {}, {"password_enabled": "true"}, UNSETTLED),
        "not applicable, the report does not say": (MFA, {}, {"password_enabled": "not_supported"}, UNSETTLED),
        "not applicable, the report says a key": (MFA, {}, key(1, 10, 1), UNSETTLED),
        "not applicable, the report dates an inactive key": (MFA, {}, key(2, 10, 1, active=False), UNSETTLED),
        "not applicable, the report says a certificate": (MFA, {}, {"cert_1_active": "true"}, UNSETTLED),
        "hardware: not applicable, the report says a key": (HARDWARE, {}, key(1, 10, 1), UNSETTLED),
    }, _rootless, reference=f"{GUIDE}root-account-mfa-enabled.html"),
    Case("CFG-4", "root's key: not applicable settles nothing", OPEN,
         {ROOT_KEY: UNSETTLED}, results(ROOT_KEY, verdict(ROOT_KEY, "NOT_APPLICABLE")), report=[WITHOUT]),
    Case("CFG-4", "root has nothing, and the rule said nothing", PASS, {MFA: OUTSIDE},
         {**results(MFA), "iam.account-summary": [SUMMARY | BARE]}, report=[WITHOUT]),
    Case("CFG-4", "root has nothing, and Config says noncompliant", FAIL, {f"{MFA} {ACCOUNT}": EXCEPTION},
         {**results(MFA, verdict(MFA, "NON_COMPLIANT")), "iam.account-summary": [SUMMARY | BARE]}, report=[WITHOUT]),
    Case("CFG-4", "an odd word costs itself alone", FAIL,
         {f"{MFA} {ACCOUNT}": EXCEPTION, f"{MFA} x": UNSETTLED},
         results(MFA, verdict(MFA, "NON_COMPLIANT"), verdict(MFA, "FINE", "x"))),
    Case("CFG-4", "one user cannot be judged", OPEN, {f"{CONSOLE} AIDAdormant": UNSETTLED},
         {COMPLIANCE: {US: [*(own_verdict(one, "COMPLIANT") for one in REQUIRED),
                            *(verdict(one, "COMPLIANT", ACCOUNT if "ROOT" in one else "AIDAsvc-ledger") for one in REQUIRED),
                            verdict(CONSOLE, "INSUFFICIENT_DATA", "AIDAdormant")]}}),
    Case("CFG-5", "root has nothing: not applicable is the same", PASS, {f"{MFA} {ACCOUNT}": MET},
         results(MFA, verdict(MFA, "NOT_APPLICABLE"), verdict("IAM_USER_MFA_ENABLED", "COMPLIANT", "AIDAdormant")),
         report=[WITHOUT, row("svc-ledger", **key(1, 30, 1), mfa_active="true"), row("dormant", mfa_active="true")]),
    Case("CFG-5", "root may have a password: not applicable is open", OPEN, {f"{MFA} {ACCOUNT}": UNSETTLED},
         results(MFA, verdict(MFA, "NOT_APPLICABLE"), verdict("IAM_USER_MFA_ENABLED", "COMPLIANT", "AIDAdormant")),
         report=[WITHOUT | {"password_enabled": "not_supported"},
                 row("svc-ledger", **key(1, 30, 1), mfa_active="true"), row("dormant", mfa_active="true")]),
    Case("CFG-5", "root has a password and no MFA: not applicable is wrong", FAIL, {f"{MFA} {ACCOUNT}": EXCEPTION},
         results(MFA, verdict(MFA, "NOT_APPLICABLE"), verdict("IAM_USER_MFA_ENABLED", "COMPLIANT", "AIDAdormant")),
         report=[WITHOUT | password(9, 1, mfa=False),
                 row("svc-ledger", **key(1, 30, 1), mfa_active="true"), row("dormant", mfa_active="true")]),
    Case("CFG-5", "an inactive root key is a key", FAIL, {f"{ROOT_KEY} {ACCOUNT}": EXCEPTION},
         results(ROOT_KEY, verdict(ROOT_KEY, "COMPLIANT"), verdict("IAM_USER_MFA_ENABLED", "COMPLIANT", "AIDAdormant")),
         report=[row("<root_account>", mfa_active="true", **key(1, 99, 1, active=False)),
                 row("svc-ledger", **key(1, 30, 1), mfa_active="true"), row("dormant", mfa_active="true")]),
)  # fmt: skip


def narrowed(run: Run) -> Mapping[str, Any]:
    """One of the two enabled regions was left out of the run."""
    return {"regions": tuple(
        RegionState(account=ACCOUNT, region=name, status="ENABLED", in_scope=name == "eu-west-1", reason="r")
        for name in ("us-east-1", "eu-west-1"))}  # fmt: skip


ONE_REGION = {RECORDERS: {US: [], EU: [recorder(iam=False)]}}
NARROWED = (
    Case("CFG-1", "IAM recorded nowhere that was asked, and one region was not", OPEN,
         {f"arn:aws:config::{ACCOUNT}:iam-types": UNSETTLED}, ONE_REGION, run=narrowed),
    Case("CFG-2", "IAM recorded nowhere that was asked, and one region was not", OPEN,
         dict.fromkeys(REQUIRED, UNSETTLED), ONE_REGION, run=narrowed),
)  # fmt: skip

CASES: tuple[Case, ...] = (*NARROWED, *SCOPES, *OFFERED, *EVALUATIONS, *HEALTH, *ROOTLESS)
