"""Config, Access Analyzer, CloudTrail and Identity Center as real accounts and newer API models give them."""

# ruff: noqa: E501  rows of tables are read across

from typing import Any

from tests.controls.world import ACCOUNT, EU, ORGANIZATION_TARGET, US, ago
from tests.controls.world_records import (
    ADMIN_SET,
    analyzer,
    document,
    finding,
    permission_set,
    recorder,
    rule,
)
from tests.corpus.analyzer import ANALYZERS, FINDINGS, HERE, INSIDE, KEYS, UNUSED, UNUSED_ROLE
from tests.corpus.config import EXCEPTION, FAIL, GUIDE, MET, OPEN, OUTSIDE, PASS, UNSETTLED, evaluated
from tests.corpus.labelled import EMPTY, Case, table
from tests.corpus.strangers_records import prefixed
from tests.corpus.trails import ALL, API, DATA, KMS, MANAGEMENT, TRAILS, advanced, basic, field, trail

VERDICTS = {PASS: MET, FAIL: EXCEPTION, OPEN: UNSETTLED, EMPTY: OUTSIDE}

KEYS_RULE, ROOT_RULE = "ACCESS_KEYS_ROTATED", "IAM_ROOT_ACCESS_KEY_CHECK"


def _deployed(value: tuple[dict[str, Any], str]) -> dict[str, Any]:
    changes, said = value
    return {"records": {"config.rules": {US: [rule(KEYS_RULE, **changes)]}}, "thresholds": {"required_config_rules": [KEYS_RULE]},
            "conclusion": {MET: PASS, EXCEPTION: FAIL, UNSETTLED: OPEN}[said], "rows": {KEYS_RULE: said} if said != UNSETTLED else {}}  # fmt: skip


CFG_2 = {
    "no parameters at all": ({"InputParameters": ""}, MET),
    "89 days": ({"InputParameters": '{"maxAccessKeyAge":"89"}'}, MET),
    "91 days": ({"InputParameters": '{"maxAccessKeyAge":"91"}'}, EXCEPTION),
    "365 days, as a number": ({"InputParameters": '{"maxAccessKeyAge":365}'}, EXCEPTION),
    "evaluating": ({"ConfigRuleState": "EVALUATING"}, MET),
    "deleting its results": ({"ConfigRuleState": "DELETING_RESULTS"}, EXCEPTION),
    "only before resources are made": ({"EvaluationModes": [{"Mode": "PROACTIVE"}]}, EXCEPTION),
    "before and after resources are made": ({"EvaluationModes": [{"Mode": "DETECTIVE"}, {"Mode": "PROACTIVE"}]}, MET),
    "after resources are made": ({"EvaluationModes": [{"Mode": "DETECTIVE"}]}, MET),
    "no mode in a list": ({"EvaluationModes": []}, MET),
    "of a service, by its own name": ({"CreatedBy": "securityhub.amazonaws.com", "ConfigRuleName": "x"}, MET),
    "one's own Lambda of that name": ({"Source": {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": KEYS_RULE}}, EXCEPTION),
    "one's own policy of that name": ({"ConfigRuleName": KEYS_RULE, "Source": {"Owner": "CUSTOM_POLICY", "SourceDetails": []}}, EXCEPTION),
    "one user alone": ({"Scope": {"ComplianceResourceTypes": ["AWS::IAM::User"], "ComplianceResourceId": "AIDA1"}}, EXCEPTION),
    "a tag": ({"Scope": {"TagKey": "team", "TagValue": "core"}}, EXCEPTION),
}  # fmt: skip
TYPES = f"arn:aws:config::{ACCOUNT}:iam-types"
HERE_RECORDS = f"arn:aws:config:us-east-1:{ACCOUNT}:recorder"


def recording(group: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    made = recorder(**status)
    if group is not None:
        made["ConfigurationRecorder"] = made["ConfigurationRecorder"] | {"recordingGroup": group}
    return made


def types(*names: str) -> list[str]:
    return [f"AWS::IAM::{name}" for name in names]


def _recorder(value: tuple[dict[str, Any], Any, str, str]) -> dict[str, Any]:
    record, conclusion, here, iam = value
    return {
        "records": {"config.recorders": {US: [record]}},
        "conclusion": conclusion,
        "rows": {HERE_RECORDS: here, TYPES: iam},
    }


FOUR = types("User", "Role", "Group", "Policy")
CFG_1 = {
    "types by name": (recording({"allSupported": False, "includeGlobalResourceTypes": False, "resourceTypes": FOUR, "recordingStrategy": {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"}}), PASS, MET, MET),
    "types by name, but one": (recording({"allSupported": False, "includeGlobalResourceTypes": False, "resourceTypes": FOUR[1:]}), FAIL, MET, EXCEPTION),
    "everything but a type": (recording({"allSupported": False, "includeGlobalResourceTypes": False, "exclusionByResourceTypes": {"resourceTypes": ["AWS::EC2::Instance"]}, "resourceTypes": [], "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"}}), PASS, MET, MET),
    "everything but policies": (recording({"allSupported": False, "includeGlobalResourceTypes": False, "exclusionByResourceTypes": {"resourceTypes": types("Policy")}, "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"}}), FAIL, MET, EXCEPTION),
    "all, without global types": (recording({"allSupported": True, "includeGlobalResourceTypes": False, "recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"}}), FAIL, MET, EXCEPTION),
    "nothing": (recording({"allSupported": False, "includeGlobalResourceTypes": False, "resourceTypes": []}), FAIL, MET, EXCEPTION),
    "once a day": (recording() | {"ConfigurationRecorder": recording()["ConfigurationRecorder"] | {"recordingMode": {"recordingFrequency": "DAILY"}}}, PASS, MET, MET),
    "SUCCESS in capitals": (recording(lastStatus="SUCCESS"), PASS, MET, MET),
    "pending": (recording(lastStatus="Pending"), FAIL, EXCEPTION, MET),
    "failing": (recording(lastStatus="FAILURE", lastErrorCode="AccessDenied"), FAIL, EXCEPTION, MET),
    "recording is not told": (recording(recording=None), FAIL, EXCEPTION, EXCEPTION),
    "recording as text": (recording(recording="true"), FAIL, EXCEPTION, EXCEPTION),
    "a service's own recorder": (recording() | {"ConfigurationRecorder": recording()["ConfigurationRecorder"] | {"servicePrincipal": "config.amazonaws.com", "recordingScope": "INTERNAL"}}, FAIL, EXCEPTION, EXCEPTION),
    "no state at all": (recording() | {"Status": None}, FAIL, EXCEPTION, EXCEPTION),
}  # fmt: skip


def _evaluated(value: tuple[dict[str, Any], str]) -> dict[str, Any]:
    record, said = value
    return {"records": {"config.rules": {US: [record]}}, "conclusion": {MET: PASS, EXCEPTION: FAIL, UNSETTLED: OPEN}[said],
            "rows": {record["ConfigRule"]["Source"]["SourceIdentifier"]: said}}  # fmt: skip


CFG_3 = {
    "no evaluation at all": (rule(KEYS_RULE) | {"EvaluationStatus": None}, EXCEPTION),
    "a status without times": (rule(KEYS_RULE) | {"EvaluationStatus": {"ConfigRuleName": "x", "FirstEvaluationStarted": False}}, EXCEPTION),
    "invoked lately, evaluated never": (rule(KEYS_RULE) | {"EvaluationStatus": {"LastSuccessfulInvocationTime": ago(0.1)}}, EXCEPTION),
    "failed in the same moment": (evaluated(KEYS_RULE, 3, 3), MET),
    "an error of the past": (rule(KEYS_RULE) | {"EvaluationStatus": {"LastSuccessfulEvaluationTime": ago(0.1), "LastFailedEvaluationTime": ago(5), "LastErrorCode": "Throttled"}}, MET),
    "the first evaluation failed": (rule(ROOT_RULE) | {"EvaluationStatus": {"LastFailedEvaluationTime": ago(0.1), "LastErrorCode": "AccessDenied"}}, EXCEPTION),
}  # fmt: skip

# Access Analyzer.
ARN = f"arn:aws:access-analyzer:us-east-1:{ACCOUNT}:analyzer"


def _rule(conclusion: Any, verdict: str) -> Any:
    return lambda criteria: {
        "conclusion": conclusion, "rows": {f"{ARN}/a/archive-rule/r": verdict},
        "records": {ANALYZERS: {US: [HERE | {"ArchiveRules": [{"ruleName": "r", "filter": criteria}]}]}}}  # fmt: skip


AA_3 = (
    *table("AA-3", {f"strangers: all by {name}": value for name, value in {
        "a part that is empty": {"resource": {"contains": [""]}},
        "none of no values": {"resource": {"neq": []}},
        "each truth value": {"isPublic": {"eq": ["true", "false"]}},
        "the one kind there is": {"findingType": {"eq": ["ExternalAccess"]}},
        "the kinds of every analyzer": {"findingType": {"eq": ["ExternalAccess", "InternalAccess", "UnusedIAMRole"]}},
        "a letter": {"resource": {"contains": ["a"]}},
        "a slash or a colon": {"resource": {"contains": ["/", ":"]}},
        "a status in small letters": {"status": {"eq": ["active"]}},
        "no account of strangers": {"resourceOwnerAccount": {"neq": ["000000000000", "999999999999"]}},
        "a date that is nowhere": {"condition.aws:CurrentTime": {"exists": False}, "isPublic": {"exists": True}},
    }.items()}, _rule(FAIL, EXCEPTION), reference=KEYS),
    *table("AA-3", {f"strangers: some by {name}": value for name, value in {
        "one of no values": {"resource": {"eq": []}},
        "a part of no values": {"resource": {"contains": []}},
        "one account as principal": {"principal.AWS": {"eq": ["111111111111"]}},
        "a provider": {"principal.Federated": {"contains": ["okta"]}},
        "everything twice, and roles": {"findingType": {"eq": ["ExternalAccess"]}, "resourceType": {"eq": ["AWS::IAM::Role"]}},
    }.items()}, _rule(PASS, MET), reference=KEYS),
)  # fmt: skip
AA_1 = table("AA-1", {f"strangers: {name}": value for name, value in {
    "being made": ([analyzer("us-east-1", status="CREATING")], EXCEPTION),
    "active in small letters": ([analyzer("us-east-1", status="active")], EXCEPTION),
    "of internal access alone": ([INSIDE], EXCEPTION),
    "of unused access alone": ([UNUSED], EXCEPTION),
    "of the organization, failed, beside one's own": ([HERE, analyzer("us-east-1", "o", type="ORGANIZATION", status="FAILED")], MET),
    "of the organization": ([analyzer("us-east-1", "o", type="ORGANIZATION")], MET),
    "with more members than are known": ([HERE | {"Analyzer": HERE["Analyzer"] | {"managedBy": "x", "configuration": {}}}], MET),
}.items()}, lambda value: {"records": {ANALYZERS: {US: value[0]}}, "rows": {"us-east-1": value[1]},
                           "conclusion": PASS if value[1] == MET else FAIL})  # fmt: skip


def told(record: dict[str, Any], **external: Any) -> dict[str, Any]:
    details = {"isPublic": False, "principal": {"AWS": "1"}, "condition": {}} | external
    return record | {"Details": {"findingDetails": [{"externalAccessDetails": details}]}}


AA_2 = (
    *table("AA-2", {f"strangers: {name}": value for name, value in {
        "a provider's principal": ([told(finding("f", "ACTIVE"), principal={"Federated": "arn:aws:iam::1:saml-provider/x"})], FAIL, {"f": EXCEPTION}),
        "without a kind": ([finding("f", "ACTIVE", findingType="ExternalAccess")], FAIL, {"f": EXCEPTION}),
        "of a policy that a control policy of resources bars": ([told(finding("f", "ACTIVE"), resourceControlPolicyRestriction="APPLICABLE")], FAIL, {"f": EXCEPTION}),
        "of a directory bucket": ([finding("f", "ACTIVE", resourceType="AWS::S3Express::DirectoryBucket")], FAIL, {"f": EXCEPTION}),
        "of a type that is new": ([finding("f", "ACTIVE", resourceType="AWS::New::Thing")], FAIL, {"f": EXCEPTION}),
        "unused and internal beside": ([finding("u", "ACTIVE", analyzer="u", **UNUSED_ROLE), finding("i", "ACTIVE", findingType="InternalAccess")], PASS, {}),
        "active in small letters": ([finding("f", "active")], OPEN, {}),
        "resolved, archived": ([finding("r", "RESOLVED"), finding("a", "ARCHIVED")], PASS, {}),
        "of an analyzer that is gone": ([finding("f", "ACTIVE", analyzer="gone")], FAIL, {"f": EXCEPTION, f"{ACCOUNT}/us-east-1/access-analyzer/findings.jsonl:1": UNSETTLED}),
    }.items()}, lambda value: {"records": {FINDINGS: {US: value[0]}}, "conclusion": value[1], "rows": value[2]} | (
        {"rows": {f"{ACCOUNT}/us-east-1/access-analyzer/findings.jsonl:1": UNSETTLED}} if value[1] is OPEN else {})),
    Case("AA-2", "strangers: severity of public access", FAIL, {"f": EXCEPTION}, {FINDINGS: {US: [told(finding("f", "ACTIVE"), isPublic=True, principal={"AWS": "*"})]}}, severities={"f": "critical"}),
    Case("AA-2", "strangers: everybody under a condition is not public", FAIL, {"f": EXCEPTION}, {FINDINGS: {US: [told(finding("f", "ACTIVE"), principal={"AWS": "*"}, condition={"aws:SourceVpc": "vpc-1"})]}}, severities={"f": "high"}),
)  # fmt: skip
AA_4_5_6 = (
    Case("AA-4", "strangers: disabled", FAIL, {"root": EXCEPTION}, {ANALYZERS: {US: [HERE, analyzer("us-east-1", "u", type="ACCOUNT_UNUSED_ACCESS", status="DISABLED")]}}),
    Case("AA-4", "strangers: in the other region", PASS, {"root": MET}, {ANALYZERS: {US: [HERE], EU: [analyzer("eu-west-1", "u", type="ACCOUNT_UNUSED_ACCESS")]}}),
    Case("AA-4", "strangers: of the organization", PASS, {"root": MET}, {ANALYZERS: {US: [HERE, analyzer("us-east-1", "u", type="ORGANIZATION_UNUSED_ACCESS")]}}),
    Case("AA-4", "strangers: of internal access", FAIL, {"root": EXCEPTION}, {ANALYZERS: {US: [HERE, INSIDE]}}),
    Case("AA-5", "strangers: a kind of unused access that is new", FAIL, {"f": EXCEPTION}, {FINDINGS: {US: [finding("f", "ACTIVE", analyzer="u", findingType="UnusedIAMRoleTrust", resourceType="AWS::IAM::Role", createdAt=ago(400)) | {"Details": None}]}}),
    Case("AA-5", "strangers: of the organization, of another account", FAIL, {"f": EXCEPTION}, {
        ANALYZERS: {US: [HERE, analyzer("us-east-1", "u", type="ORGANIZATION_UNUSED_ACCESS")]},
        FINDINGS: {US: [finding("f", "ACTIVE", analyzer="u", **UNUSED_ROLE, resourceOwnerAccount="333333333333", createdAt=ago(400))]}}),
    Case("AA-6", "strangers: of the organization", FAIL, {"f": EXCEPTION}, {
        ANALYZERS: {US: [HERE, analyzer("us-east-1", "i", type="ORGANIZATION_INTERNAL_ACCESS")]},
        FINDINGS: {US: [finding("f", "ACTIVE", analyzer="i", findingType="InternalAccess") | {"Details": None}]}}),
)  # fmt: skip

# CloudTrail.
READS, WRITES = {"ReadWriteType": "ReadOnly"}, {"ReadWriteType": "WriteOnly"}
CT_1 = {
    "reads by one selector, writes by another": (basic(ALL | READS, ALL | WRITES), MET),
    "reads by two selectors": (basic(ALL | READS, ALL | READS), EXCEPTION),
    "reads with management events, writes without": (basic(ALL | READS, {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": False}), EXCEPTION),
    "advanced: reads by one selector, writes by another": (advanced([MANAGEMENT, field("readOnly", Equals=["true"])], [MANAGEMENT, field("readOnly", Equals=["false"])]), MET),
    "advanced: writes by one selector, reads without KMS by another": (advanced([MANAGEMENT, field("readOnly", Equals=["false"])], [MANAGEMENT, field("readOnly", Equals=["true"]), field("eventSource", NotEquals=[KMS])]), MET),
    "advanced: reads of one source, and writes": (advanced([MANAGEMENT, field("readOnly", Equals=["true"]), field("eventSource", Equals=["s3.amazonaws.com"])], [MANAGEMENT, field("readOnly", Equals=["false"])]), EXCEPTION),
    "advanced: a field that stands twice": (advanced([MANAGEMENT, field("eventSource", NotEquals=["iam.amazonaws.com"]), field("eventSource", NotEquals=[KMS])]), EXCEPTION),
    "advanced: a category that is misspelled": (advanced([field("eventCategory", Equals=["Managment"])]), EXCEPTION),
    "advanced: management beside data in one list": (advanced([field("eventCategory", Equals=["Management", "Data"])]), MET),
    "advanced: sources that begin so are left out": (advanced([MANAGEMENT, field("eventSource", NotStartsWith=["iam"])]), EXCEPTION),
    "advanced: RDS's data are left out": (advanced([MANAGEMENT, field("eventSource", NotEquals=["rdsdata.amazonaws.com"])]), MET),
    "advanced: data events of one bucket": (advanced([DATA, field("resources.type", Equals=["AWS::S3::Object"])]), EXCEPTION),
    "logging is text": (trail(status={"IsLogging": "true"}), EXCEPTION),
    "multi-region is text": (trail({"IsMultiRegionTrail": "true"}), EXCEPTION),
    "a trail with members that are new": (trail({"TrailStatus": "x", "SnsTopicARN": "arn:x"}, {"LatestNotificationError": ""}), MET),
    "no delivery is told": (trail(status={"LatestDeliveryTime": ""}), EXCEPTION),
    "GovCloud": (trail({"TrailARN": f"arn:aws-us-gov:cloudtrail:us-east-1:{ACCOUNT}:trail/audit"}), MET),
}  # fmt: skip

# Identity Center.
SETS = "identity-center.permission-sets"
IAM_FULL = "arn:aws:iam::aws:policy/IAMFullAccess"


def _session(value: tuple[dict[str, Any], Any]) -> dict[str, Any]:
    record, conclusion = value
    return {
        "records": {SETS: [record]},
        "conclusion": conclusion,
        "rows": {ADMIN_SET: VERDICTS[conclusion]},
        "only": True,
    }


EVERYTHING = document(Action="*", Resource="*")
ADMIN = ("arn:aws:iam::aws:policy/AdministratorAccess",)
IDC_5 = {
    "an hour in minutes": (permission_set("S", ADMIN_SET, "PT60M"), PASS),
    "eight hours in minutes": (permission_set("S", ADMIN_SET, "PT480M"), PASS),
    "a minute more": (permission_set("S", ADMIN_SET, "PT481M"), FAIL),
    "a day": (permission_set("S", ADMIN_SET, "P1D"), FAIL),
    "seconds": (permission_set("S", ADMIN_SET, "PT28801S"), FAIL),
    "administrators, a minute beyond four hours": (permission_set("S", ADMIN_SET, "PT4H1M", ADMIN), FAIL),
    "GovCloud's administrators, eight hours": (permission_set("S", ADMIN_SET, "PT8H", ("arn:aws-us-gov:iam::aws:policy/AdministratorAccess",)), FAIL),
    "all by an inline policy as text, eight hours": (permission_set("S", ADMIN_SET, "PT8H", InlinePolicy='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'), FAIL),
    "all of IAM by an inline policy, eight hours": (permission_set("S", ADMIN_SET, "PT8H", InlinePolicy='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}'), FAIL),
    "IAMFullAccess, eight hours": (permission_set("S", ADMIN_SET, "PT8H", (IAM_FULL,)), FAIL),
    "reading, eight hours": (permission_set("S", ADMIN_SET, "PT8H", ("arn:aws:iam::aws:policy/ReadOnlyAccess",)), PASS),
    "a duration that is none": (permission_set("S", ADMIN_SET, "8 hours"), OPEN),
}  # fmt: skip
HOLDER = f"{ADMIN_SET} GROUP:g-1"
IDC_4 = {
    "IAMFullAccess": (permission_set("S", ADMIN_SET, managed=(IAM_FULL,)), PASS, {HOLDER: MET}),
    "all of IAM by an inline policy": (permission_set("S", ADMIN_SET, InlinePolicy='{"Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}'), PASS, {HOLDER: MET}),
    "all by an inline policy": (permission_set("S", ADMIN_SET, InlinePolicy='{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'), PASS, {HOLDER: MET}),
    "the sovereign cloud's administrators": (permission_set("S", ADMIN_SET, managed=("arn:aws-eusc:iam::aws:policy/AdministratorAccess",)), PASS, {HOLDER: MET}),
    "reading": (permission_set("S", ADMIN_SET, managed=("arn:aws:iam::aws:policy/ReadOnlyAccess",)), EMPTY, {}),
    "a customer's policy that no account has": (permission_set("S", ADMIN_SET, CustomerManagedPolicies=[{"Name": "x", "Path": "/"}]), OPEN, {ADMIN_SET: UNSETTLED}),
}  # fmt: skip


DELEGATES = "organizations.delegated-administrators"
TO = {
    "DelegatedAdministrator": {"Id": "210987654321"},
    "DelegatedServices": [{"ServicePrincipal": "access-analyzer.amazonaws.com"}],
}
UNREAD = {"Analyzer": {"arn": 1}, "ArchiveRules": []}
FILE = f"{ACCOUNT}/us-east-1/access-analyzer/analyzers.jsonl:1"
ASKED = (
    Case("AA-1", "strangers: none here, and the delegated administrator was not asked", OPEN, {"us-east-1": UNSETTLED}, {
        ANALYZERS: {US: []}, DELEGATES: {ORGANIZATION_TARGET: [TO]}}),
    Case("AA-1", "strangers: one here, and the delegated administrator was not asked", PASS, {"us-east-1": MET}, {DELEGATES: {ORGANIZATION_TARGET: [TO]}}),
    Case("AA-1", "strangers: one that nobody can read, and none in the other region", FAIL, {
        "us-east-1": UNSETTLED, FILE: UNSETTLED, "eu-west-1": EXCEPTION}, {ANALYZERS: {US: [UNREAD], EU: []}}),
    Case("AA-1", "strangers: one that nobody can read beside one that works", OPEN, {"us-east-1": MET, FILE: UNSETTLED}, {ANALYZERS: {US: [UNREAD, HERE]}}),
    Case("AA-4", "strangers: none here, and the delegated administrator was not asked", OPEN, {"root": UNSETTLED}, {
        ANALYZERS: {US: [HERE]}, DELEGATES: {ORGANIZATION_TARGET: [TO]}}),
    Case("AA-4", "strangers: one that nobody can read may be it", OPEN, {"root": UNSETTLED, FILE: UNSETTLED}, {ANALYZERS: {US: [UNREAD, HERE]}}),
)  # fmt: skip

BROKEN = {"ConfigurationRecorder": {}}
UNREAD_RECORDERS = (
    Case("CFG-1", "strangers: a recorder that nobody can read, none in the other region", FAIL, {
        "us-east-1": UNSETTLED, HERE_RECORDS.replace("us-east-1", "eu-west-1"): EXCEPTION, TYPES: UNSETTLED},
        {"config.recorders": {US: [BROKEN], EU: []}}),
    Case("CFG-1", "strangers: a recorder that nobody can read, IAM in the other region", OPEN, {"us-east-1": UNSETTLED, TYPES: MET},
         {"config.recorders": {US: [BROKEN], EU: [recorder()]}}),
)  # fmt: skip

CASES: tuple[Case, ...] = (
    *UNREAD_RECORDERS,
    *ASKED,
    *prefixed("CFG-1", CFG_1, _recorder, f"{GUIDE}select-resources.html"),
    *prefixed("CFG-2", CFG_2, _deployed, f"{GUIDE}evaluate-config_components.html"),
    *prefixed("CFG-3", CFG_3, _evaluated, f"{GUIDE}managed-rules-by-trigger-type.html"),
    *AA_1, *AA_2, *AA_3, *AA_4_5_6,
    *prefixed("CT-1", CT_1, lambda value: {"records": {TRAILS: {US: [value[0]]}}, "rows": {"root": value[1]}, "conclusion": PASS if value[1] == MET else FAIL}, f"{API}API_GetEventSelectors.html"),
    *prefixed("IDC-4", IDC_4, lambda value: {"records": {SETS: [value[0]]}, "conclusion": value[1], "rows": value[2]}),
    *prefixed("IDC-5", IDC_5, _session),
)  # fmt: skip
