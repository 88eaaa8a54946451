"""CT-1: trails that record what is done, and those that only look like it."""

# ruff: noqa: E501  rows of tables are read across

from collections.abc import Callable, Mapping
from typing import Any

from evidence.bundle.format.models import RegionState, Run
from tests.controls.world import ACCOUNT, EU, US, ago
from tests.corpus.labelled import EXCEPTION, FAIL, MET, OPEN, PASS, UNSETTLED, Case, table
from tests.support.bundles import gap

TRAILS = "cloudtrail.trails"
API = "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/"
OWNER = "210987654321"


def trail(
    settings: Mapping[str, Any] | None = None,
    status: Mapping[str, Any] | None = None,
    selectors: Mapping[str, Any] | None = None,
    owner: str = ACCOUNT,
) -> dict[str, Any]:
    """A trail that records everything, with changes; of another owner, as a member sees it."""
    arn = f"arn:aws:cloudtrail:us-east-1:{owner}:trail/audit"
    described = {
        "Name": "audit", "TrailARN": arn, "HomeRegion": "us-east-1", "IsMultiRegionTrail": True,
        "IncludeGlobalServiceEvents": True, "LogFileValidationEnabled": True, "IsOrganizationTrail": owner != ACCOUNT,
    }  # fmt: skip
    state = {"IsLogging": True, "LatestDeliveryTime": ago(0.01)}
    recorded = {
        "TrailARN": arn,
        "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}],
    }
    mine = owner == ACCOUNT
    return {
        "Trail": described | dict(settings or {}),
        "Status": state | dict(status or {}) if mine else None,
        "EventSelectors": recorded | dict(selectors or {}) if mine else None,
    }


def basic(*selectors: dict[str, Any]) -> dict[str, Any]:
    return trail(selectors={"EventSelectors": list(selectors)})


def advanced(*selectors: list[dict[str, Any]]) -> dict[str, Any]:
    return trail(selectors={"EventSelectors": [], "AdvancedEventSelectors": [
        {"Name": "n", "FieldSelectors": fields} for fields in selectors]})  # fmt: skip


def field(name: str, **operators: list[str]) -> dict[str, Any]:
    return {"Field": name, **operators}


ALL = {"ReadWriteType": "All", "IncludeManagementEvents": True}
KMS = "kms.amazonaws.com"
MANAGEMENT, DATA = field("eventCategory", Equals=["Management"]), field("eventCategory", Equals=["Data"])
IN_GOOD_ORDER = {TRAILS: {US: [trail()], EU: []}}


def _one(verdict: str, conclusion: Any) -> Callable[[list[dict[str, Any]]], dict[str, Any]]:
    return lambda records: {
        "conclusion": conclusion, "rows": {"root": verdict}, "records": {TRAILS: {US: records}},
    }  # fmt: skip


def narrowed(run: Run) -> Mapping[str, Any]:
    """One of the two enabled regions was left out of the run."""
    return {"regions": tuple(
        RegionState(account=ACCOUNT, region=name, status="ENABLED", in_scope=name == "eu-west-1", reason="r")
        for name in ("us-east-1", "eu-west-1"))}  # fmt: skip


CASES: tuple[Case, ...] = (
    *table("CT-1", {
        "one trail of all": [trail()],
        "no event selectors at all": [basic()],
        "an event selector with its defaults": [basic({})],
        "data events beside": [basic({"IncludeManagementEvents": False}, ALL)],
        "without KMS, whose events are many": [basic(ALL | {"ExcludeManagementEventSources": [KMS]})],
        "advanced: all management events": [advanced([MANAGEMENT])],
        "advanced: without KMS": [advanced([MANAGEMENT, field("eventSource", NotEquals=[KMS])])],
        "advanced: data events beside": [advanced([DATA], [MANAGEMENT])],
        "advanced: some, and all": [advanced([MANAGEMENT, field("readOnly", Equals=["true"])], [MANAGEMENT])],
        "a stopped one beside": [trail({"TrailARN": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/old"}, {"IsLogging": False}), trail()],
        "a delivery to CloudWatch that failed": [trail(status={"LatestCloudWatchLogsDeliveryError": "denied"})],
        "an error that is empty": [trail(status={"LatestDeliveryError": ""})],
    }, _one(MET, PASS), reference=f"{API}API_GetEventSelectors.html"),
    *table("CT-1", {
        "no trail": [],
        "stopped": [trail(status={"IsLogging": False, "StopLoggingTime": ago(9)})],
        "one region alone": [trail({"IsMultiRegionTrail": False})],
        "without global services": [trail({"IncludeGlobalServiceEvents": False})],
        "without validation": [trail({"LogFileValidationEnabled": False})],
        "validation is not mentioned": [trail({"LogFileValidationEnabled": None})],
        "the last delivery failed": [trail(status={"LatestDeliveryError": "AccessDenied"})],
        "nothing was ever delivered": [trail(status={"LatestDeliveryTime": None})],
        "the last digest failed": [trail(status={"LatestDigestDeliveryError": "AccessDenied"})],
        "writes alone": [basic(ALL | {"ReadWriteType": "WriteOnly"})],
        "reads alone": [basic(ALL | {"ReadWriteType": "ReadOnly"})],
        "data events alone": [basic(ALL | {"IncludeManagementEvents": False})],
        "without IAM": [basic(ALL | {"ExcludeManagementEventSources": ["iam.amazonaws.com"]})],
        "advanced: data events alone": [advanced([DATA])],
        "advanced: network activity alone": [advanced([field("eventCategory", Equals=["NetworkActivity"])])],
        "advanced: writes alone": [advanced([MANAGEMENT, field("readOnly", Equals=["false"])])],
        "advanced: one source alone": [advanced([MANAGEMENT, field("eventSource", Equals=["s3.amazonaws.com"])])],
        "advanced: without STS": [advanced([MANAGEMENT, field("eventSource", NotEquals=[KMS, "sts.amazonaws.com"])])],
        "advanced: one event alone": [advanced([MANAGEMENT, field("eventName", Equals=["PutObject"])])],
        "advanced: not of some sessions": [advanced([MANAGEMENT, field("sessionCredentialFromConsole", NotEquals=["true"])])],
        "two halves of two regions": [
            trail({"TrailARN": f"arn:aws:cloudtrail:{region}:{ACCOUNT}:trail/a", "IsMultiRegionTrail": False}) for region in ("us-east-1", "eu-west-1")],
    }, _one(EXCEPTION, FAIL), reference=f"{API}API_GetTrailStatus.html"),
    *table("CT-1", {
        "the organization's, and its owner was not asked": [trail(owner=OWNER)],
        "the organization's, beside a stopped one": [trail(status={"IsLogging": False}), trail(owner=OWNER)],
    }, _one(UNSETTLED, OPEN), reference="https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html"),
    Case("CT-1", "the organization's is of one region, as the member sees", FAIL, {"root": EXCEPTION},
         {TRAILS: {US: [trail({"IsMultiRegionTrail": False}, owner=OWNER)]}}),
    Case("CT-1", "none where it was looked for, and one region was not asked", OPEN, {"root": UNSETTLED},
         {TRAILS: {US: [], EU: []}}, run=narrowed),
    Case("CT-1", "one where it was looked for, and one region was not asked", PASS, {"root": MET},
         {TRAILS: {US: [], EU: [trail({"HomeRegion": "eu-west-1"})]}}, run=narrowed),
    Case("CT-1", "none in one region, a gap in the other", OPEN, {"root": UNSETTLED},
         {TRAILS: {EU: []}}, gaps=[gap(TRAILS, US)]),
    Case("CT-1", "a trail whose state was not collected", OPEN,
         {"root": UNSETTLED, f"{ACCOUNT}/us-east-1/cloudtrail/trails.jsonl:1": UNSETTLED},
         {TRAILS: {US: [trail() | {"Status": None}]}}),
    Case("CT-1", "a trail whose selectors were not collected", OPEN,
         {"root": UNSETTLED, f"{ACCOUNT}/us-east-1/cloudtrail/trails.jsonl:1": UNSETTLED},
         {TRAILS: {US: [trail() | {"EventSelectors": None}]}}),
)  # fmt: skip
