"""AA: coverage, findings, archive rules, unused and internal access; more in tests/controls/test_analyzer.py."""

# ruff: noqa: E501  rows of tables are read across

from collections.abc import Mapping
from typing import Any

from tests.controls.world import ACCOUNT, EU, US, ago
from tests.controls.world_records import MEMBER, analyzer, finding
from tests.corpus.labelled import EMPTY, EXCEPTION, FAIL, MET, OPEN, OUTSIDE, PASS, UNSETTLED, Case, table

ANALYZERS, FINDINGS = "access-analyzer.analyzers", "access-analyzer.findings"
HERE = analyzer("us-east-1")
LIST = "https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_AnalyzerSummary.html"
SUMMARY = "https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_FindingSummaryV2.html"
KEYS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-filter-keys.html"
CRITERION = "https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_Criterion.html"
SECOND = 1 / 86_400
ARN = f"arn:aws:access-analyzer:us-east-1:{ACCOUNT}:analyzer"
ORGANIZATION = analyzer("us-east-1", "org", type="ORGANIZATION")
UNUSED = analyzer("us-east-1", "u", type="ACCOUNT_UNUSED_ACCESS")
INSIDE = analyzer("us-east-1", "i", type="ACCOUNT_INTERNAL_ACCESS")


def without(record: dict[str, Any], member: str) -> dict[str, Any]:
    """A finding whose summary has one member less."""
    return record | {"Finding": {name: value for name, value in record["Finding"].items() if name != member}}


def details(record: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A finding with other details of external access; None takes one away."""
    external = dict(record["Details"]["findingDetails"][0]["externalAccessDetails"]) | members
    kept = {name: value for name, value in external.items() if value is not None}
    return record | {"Details": {"findingDetails": [{"externalAccessDetails": kept}]}}


def twin(name: str, status: str = "ACTIVE", **changes: Any) -> dict[str, Any]:
    """The organization analyzer's finding of the same access as `finding("one")`."""
    return finding(name, status, analyzer="org", **{"resource": "arn:aws:s3:::one"} | changes)


UNUSED_TYPES = ("UnusedIAMRole", "UnusedIAMUserAccessKey", "UnusedIAMUserPassword", "UnusedPermission")
UNUSED_ROLE = {"findingType": "UnusedIAMRole", "resourceType": "AWS::IAM::Role"}
INTERNAL_ACCESS = {"findingType": "InternalAccess"}


def _rule(conclusion: Any, verdict: str, kind: str = "ACCOUNT") -> Any:
    """Cases of one archive rule of the analyzer, which has one resolved finding, of the bucket `old`."""

    def make(criteria: Mapping[str, Any]) -> dict[str, Any]:
        with_rule = analyzer("us-east-1", type=kind) | {
            "ArchiveRules": [{"ruleName": "r", "filter": criteria}]
        }
        return {"conclusion": conclusion, "rows": {f"{ARN}/a/archive-rule/r": verdict},
                "records": {ANALYZERS: {US: [with_rule]}}}  # fmt: skip

    return make


OTHER = "210987654321"
WIDE = (
    *table("AA-3", {
        "a filter of nothing": {},
        "a criterion of nothing": {"resource": {}},
        "not a status that no active finding has": {"status": {"neq": ["RESOLVED"]}},
        "neither archived nor resolved": {"status": {"neq": ["ARCHIVED", "RESOLVED"]}},
        "not public, not private, but the word is wrong": {"isPublic": {"neq": ["no"]}},
        "not a kind that the analyzer does not find": {"findingType": {"neq": ["UnusedPermission"]}},
        "not a type that does not exist": {"resourceType": {"neq": ["AWS::EC2::Instance"]}},
        "not users, who have no external findings": {"resourceType": {"neq": ["AWS::IAM::User"]}},
        "not a resource that no finding is about": {"resource": {"neq": ["arn:aws:s3:::none"]}},
        "not an id that no finding has": {"id": {"neq": ["0"]}},
        "not an account, and its own is another": {"resourceOwnerAccount": {"neq": [OTHER]}},
        "the analyzer's own account": {"resourceOwnerAccount": {"eq": [ACCOUNT]}},
        "its own account and another": {"resourceOwnerAccount": {"eq": [OTHER, ACCOUNT]}},
        "a part of its own account": {"resourceOwnerAccount": {"contains": [ACCOUNT[:6]]}},
        "its own account in the resource": {"resource": {"contains": [ACCOUNT]}},
        "not a principal that does not occur": {"principal.AWS": {"neq": ["1"]}},
        "not a key that does not exist": {"principal.Nobody": {"neq": ["1"]}},
        "without a condition that does not occur": {"condition.aws:SourceVpc": {"exists": False}},
        "without an error": {"error": {"exists": False}},
        "not an error that does not occur": {"error": {"neq": ["NONE"]}},
        "with an owner": {"resourceOwnerAccount": {"exists": True}},
        "with a kind": {"findingType": {"exists": True}},
        "with arn:aws in the resource": {"resource": {"contains": ["arn:aws"]}},
        "with arn:aws: in capitals": {"resource": {"contains": ["ARN:AWS:"]}},
        "with a colon": {"resource": {"contains": [":"]}},
        "with AWS:: in the type": {"resourceType": {"contains": ["AWS::"]}},
        "with AWS:: or a type": {"resourceType": {"contains": ["Bucket", "AWS::"]}},
        "with the letter that true and false share": {"isPublic": {"contains": ["e"]}},
        "with a hyphen in the id": {"id": {"contains": ["-"]}},
        "two ways to say everything": {"status": {"neq": ["RESOLVED"]}, "resource": {"contains": ["arn:"]}},
        "everything, twice in one criterion": {"status": {"eq": ["ACTIVE"], "neq": ["RESOLVED"]}},
        "whatever a control policy of resources says": {
            "resourceControlPolicyRestriction": {"neq": ["NONE"]}},
    }, _rule(FAIL, EXCEPTION), reference=KEYS),
    *table("AA-3", {
        "of the organization: not an account without findings": {"resourceOwnerAccount": {"neq": [OTHER]}},
        "of the organization: with arn:aws in the resource": {"resource": {"contains": ["arn:aws"]}},
    }, _rule(FAIL, EXCEPTION, "ORGANIZATION"), reference=CRITERION),
)  # fmt: skip
NARROW = (
    *table("AA-3", {
        "not public": {"isPublic": {"neq": ["true"]}},
        "not buckets": {"resourceType": {"neq": ["AWS::S3::Bucket"]}},
        "not the resource of a finding": {"resource": {"neq": ["arn:aws:s3:::old"]}},
        "not what is active, which is nothing": {"status": {"neq": ["ACTIVE"]}},
        "another account": {"resourceOwnerAccount": {"eq": [OTHER]}},
        "not its own account": {"resourceOwnerAccount": {"neq": [ACCOUNT]}},
        "with an error": {"error": {"exists": True}},
        "with a condition": {"condition.aws:SourceVpc": {"exists": True}},
        "buckets by a part of the ARN": {"resource": {"contains": ["arn:aws:s3:::"]}},
        "buckets by a part of the type": {"resourceType": {"contains": ["AWS::S3"]}},
        "everything, and buckets": {"status": {"eq": ["ACTIVE"]}, "resourceType": {"eq": ["AWS::S3::Bucket"]}},
        "one principal that exists": {"principal.AWS": {"eq": ["902371465120"], "exists": True}},
        "a type that exists, named": {"resourceType": {"exists": True, "eq": ["AWS::KMS::Key"]}},
        "resource is there, and one is named": {"resource": {"exists": True, "contains": ["logs"]}},
    }, _rule(PASS, MET), reference=KEYS),
    *table("AA-3", {
        "of the organization: one account": {"resourceOwnerAccount": {"eq": [ACCOUNT]}},
        "of the organization: its account in the resource": {"resource": {"contains": [ACCOUNT]}},
        "of the organization: not the account of its findings": {"resourceOwnerAccount": {"neq": [ACCOUNT]}},
    }, _rule(PASS, MET, "ORGANIZATION"), reference=CRITERION),
)  # fmt: skip
EVERYTHING = [{"ruleName": "all", "filter": {}}]
TOGETHER = tuple(
    Case("AA-3", name, FAIL if verdict == EXCEPTION else PASS,
         {f"{ARN}/a/archive-rule/{number}": verdict for number in range(len(filters))},
         {ANALYZERS: {US: [HERE | {"ArchiveRules": [
             {"ruleName": str(number), "filter": one} for number, one in enumerate(filters)]}]}})
    for name, verdict, filters in (
        ("public, and not public", EXCEPTION, [{"isPublic": {"eq": ["true"]}}, {"isPublic": {"eq": ["false"]}}]),
        ("public, and all but public", EXCEPTION, [{"isPublic": {"eq": ["true"]}}, {"isPublic": {"neq": ["true"]}}]),
        ("buckets, and all but buckets", EXCEPTION, [
            {"resourceType": {"contains": ["S3::Bucket"]}}, {"resourceType": {"neq": ["AWS::S3::Bucket"]}}]),
        ("public, and what is active and not public", EXCEPTION, [
            {"isPublic": {"eq": ["true"]}}, {"isPublic": {"eq": ["false"]}, "status": {"eq": ["ACTIVE"]}}]),
        ("public, and buckets that are not public", MET, [
            {"isPublic": {"eq": ["true"]}}, {"isPublic": {"eq": ["false"]}, "resourceType": {"eq": ["AWS::S3::Bucket"]}}]),
        ("public, and buckets", MET, [{"isPublic": {"eq": ["true"]}}, {"resourceType": {"eq": ["AWS::S3::Bucket"]}}]),
        ("buckets, and keys", MET, [
            {"resourceType": {"eq": ["AWS::S3::Bucket"]}}, {"resourceType": {"eq": ["AWS::KMS::Key"]}}]),
    )
)  # fmt: skip
APART = tuple(
    Case("AA-3", name, conclusion, rows, {ANALYZERS: {US: list(known)}, FINDINGS: {US: list(found)}})
    for name, conclusion, rows, known, found in (
        ("a rule of unused access that archives all", EMPTY, {f"{ARN}/u": OUTSIDE},
         [HERE, UNUSED | {"ArchiveRules": EVERYTHING}], []),
        ("a rule of internal access that archives all", EMPTY, {f"{ARN}/i": OUTSIDE},
         [HERE, INSIDE | {"ArchiveRules": EVERYTHING}], []),
        ("unused access is archived", EMPTY, {f"{ARN}/u": OUTSIDE}, [HERE, UNUSED],
         [finding("f", "ARCHIVED", analyzer="u", **UNUSED_ROLE)]),
        ("unused access beside external", FAIL, {f"{ARN}/u": OUTSIDE, "g": EXCEPTION}, [HERE, UNUSED],
         [finding("f", "ARCHIVED", analyzer="u", **UNUSED_ROLE), finding("g", "ARCHIVED")]),
        ("the same access archived twice", FAIL, {"one": EXCEPTION}, [HERE, ORGANIZATION],
         [finding("one", "ARCHIVED"), twin("two", "ARCHIVED")]),
        ("a kind that is not known", FAIL, {"n": EXCEPTION}, [HERE],
         [finding("n", "ARCHIVED", findingType="FederatedAccess")]),
        ("an odd record hides no other", FAIL,
         {f"{ACCOUNT}/us-east-1/access-analyzer/findings.jsonl:1": UNSETTLED, "g": EXCEPTION}, [HERE],
         [finding("f", "NEW"), finding("g", "ARCHIVED")]),
    )
)  # fmt: skip

CASES: tuple[Case, ...] = (
    Case("AA-1", "two analyzers, one works", PASS, {"eu-west-1": MET},
         {ANALYZERS: {EU: [analyzer("eu-west-1", "x", status="FAILED"), analyzer("eu-west-1", "y")]}}),
    Case("AA-1", "none anywhere", FAIL, {"us-east-1": EXCEPTION, "eu-west-1": EXCEPTION},
         {ANALYZERS: {US: [], EU: []}}),
    Case("AA-1", "an analyzer of unused access in the organization", FAIL, {"us-east-1": EXCEPTION},
         {ANALYZERS: {US: [analyzer("us-east-1", type="ORGANIZATION_UNUSED_ACCESS")]}}, reference=LIST),
    Case("AA-1", "a status that AWS has not", FAIL, {"us-east-1": EXCEPTION},
         {ANALYZERS: {US: [analyzer("us-east-1", status="GONE")]}}, reference=LIST),
    Case("AA-2", "two of three are resolved", FAIL, {"c": EXCEPTION},
         {FINDINGS: {US: [finding("a", "RESOLVED"), finding("b", "RESOLVED"), finding("c", "ACTIVE")]}}),
    Case("AA-2", "public", FAIL, {"p": EXCEPTION}, {FINDINGS: {US: [finding("p", "ACTIVE", public=True)]}}),
    Case("AA-2", "an error hides no known exception", FAIL, {"e": UNSETTLED, "p": EXCEPTION},
         {FINDINGS: {US: [finding("e", "ACTIVE", error="INTERNAL_ERROR"), finding("p", "ACTIVE")]}}),
    Case("AA-2", "a resolved finding with an error", PASS, {},
         {FINDINGS: {US: [finding("e", "RESOLVED", error="INTERNAL_ERROR")]}}),
    Case("AA-2", "of no type, with details of external access", FAIL, {"a": EXCEPTION},
         {FINDINGS: {US: [without(finding("a", "ACTIVE"), "findingType")]}}, reference=SUMMARY),
    *(Case(test, "of no type, without details", OPEN, {f"{ACCOUNT}/us-east-1/access-analyzer/findings.jsonl:1": UNSETTLED}, {
        ANALYZERS: {US: [HERE, UNUSED, INSIDE]},
        FINDINGS: {US: [without(finding("a", "ACTIVE", **UNUSED_ROLE), "findingType") | {"Details": None}]},
    }, reference=SUMMARY) for test in ("AA-2", "AA-5", "AA-6")),
    Case("AA-2", "an unknown beside nothing else", OPEN, {"e": UNSETTLED},
         {FINDINGS: {US: [finding("e", "ACTIVE", error="ACCESS_DENIED")]}}, reference=SUMMARY),
    Case("AA-2", "an error in one analyzer, not in the other", FAIL, {"one": EXCEPTION}, {
        ANALYZERS: {US: [HERE, ORGANIZATION]},
        FINDINGS: {US: [finding("one", "ACTIVE", error="ACCESS_DENIED"), twin("two")]}}),
    Case("AA-2", "the same access by account and organization is one row", FAIL, {"one": EXCEPTION}, {
        ANALYZERS: {US: [HERE, ORGANIZATION]}, FINDINGS: {US: [finding("one", "ACTIVE"), twin("two")]}}),
    Case("AA-2", "another principal is another row", FAIL, {"one": EXCEPTION, "two": EXCEPTION}, {
        ANALYZERS: {US: [HERE, ORGANIZATION]},
        FINDINGS: {US: [finding("one", "ACTIVE"), details(twin("two"), principal={"AWS": "1"})]}}),
    Case("AA-2", "another action is another row", FAIL, {"one": EXCEPTION, "two": EXCEPTION}, {
        ANALYZERS: {US: [HERE, ORGANIZATION]},
        FINDINGS: {US: [finding("one", "ACTIVE"), details(twin("two"), action=["s3:PutObject"])]}}),
    Case("AA-2", "how an analyzer came to it does not matter", FAIL, {"one": EXCEPTION}, {
        ANALYZERS: {US: [HERE, ORGANIZATION]},
        FINDINGS: {US: [finding("one", "ACTIVE"), details(twin("two"), sources=[{"type": "BUCKET_ACL"}],
                                                          resourceControlPolicyRestriction="APPLICABLE")]}}),
    Case("AA-2", "two findings of one analyzer stay two", FAIL, {"one": EXCEPTION, "two": EXCEPTION},
         {FINDINGS: {US: [finding("one", "ACTIVE"), finding("two", "ACTIVE", resource="arn:aws:s3:::one")]}}),
    Case("AA-2", "archived by the account, active for the organization", FAIL, {"two": EXCEPTION}, {
        ANALYZERS: {US: [HERE, ORGANIZATION]},
        FINDINGS: {US: [finding("one", "ARCHIVED"), twin("two")]}}),
    Case("AA-2", "gone since it was listed", FAIL, {"one": EXCEPTION, "two": EXCEPTION}, {
        ANALYZERS: {US: [HERE, ORGANIZATION]},
        FINDINGS: {US: [finding("one", "ACTIVE") | {"Details": None}, twin("two") | {"Details": None}]}}),
    Case("AA-2", "a role is found in every region", FAIL, {"r1": EXCEPTION}, {
        FINDINGS: {US: [finding("r1", "ACTIVE", resource="arn:r", resourceType="AWS::IAM::Role")],
                   EU: [finding("r2", "ACTIVE", resource="arn:r", resourceType="AWS::IAM::Role")
                        | {"AnalyzerArn": "arn:aws:access-analyzer:eu-west-1:123456789012:analyzer/a"}]}}),
    Case("AA-2", "a kind of finding that is not known", FAIL, {"n": EXCEPTION},
         {FINDINGS: {US: [finding("n", "ACTIVE", findingType="FederatedAccess")]}}, reference=SUMMARY),
    Case("AA-2", "internal access is AA-6's", PASS, {},
         {FINDINGS: {US: [finding("n", "ACTIVE", findingType="InternalAccess") | {"Details": None}]}}),
    Case("AA-2", "one finding without an owner costs itself", FAIL,
         {f"{ACCOUNT}/us-east-1/access-analyzer/findings.jsonl:1": UNSETTLED, "b": EXCEPTION},
         {FINDINGS: {US: [without(finding("a", "ACTIVE"), "resourceOwnerAccount"), finding("b", "ACTIVE")]}}),
    *(Case("AA-5", name, conclusion, rows, {FINDINGS: {US: list(found)}}) for name, conclusion, rows, found in (
        ("none", PASS, {f"{ARN}/u": MET}, []),
        ("exactly 90 days old", PASS, {"f": MET}, [finding("f", "ACTIVE", **UNUSED_ROLE, createdAt=ago(90))]),
        ("a second older", FAIL, {"f": EXCEPTION},
         [finding("f", "ACTIVE", **UNUSED_ROLE, createdAt=ago(90 + SECOND))]),
        ("old, and resolved", PASS, {}, [finding("f", "RESOLVED", **UNUSED_ROLE, createdAt=ago(400))]),
        ("old, and archived", PASS, {}, [finding("f", "ARCHIVED", **UNUSED_ROLE, createdAt=ago(400))]),
        ("of every kind", FAIL, dict.fromkeys(UNUSED_TYPES, EXCEPTION),
         [finding(kind, "ACTIVE", **UNUSED_ROLE | {"findingType": kind}, createdAt=ago(91))
          for kind in UNUSED_TYPES]),
        ("external access is AA-2's", PASS, {}, [finding("f", "ACTIVE", createdAt=ago(400))]),
        ("internal access is AA-6's", PASS, {},
         [finding("f", "ACTIVE", findingType="InternalAccess", createdAt=ago(400))]),
        ("of an unknown day", OPEN, {"f": UNSETTLED}, [without(finding("f", "ACTIVE", **UNUSED_ROLE), "createdAt")]),
        ("that AWS could not analyse", OPEN, {"f": UNSETTLED},
         [finding("f", "ACTIVE", **UNUSED_ROLE, createdAt=ago(91), error="INTERNAL_ERROR")]),
        ("a key and a password of one user", FAIL, {"k": EXCEPTION, "p": EXCEPTION},
         [finding(name, "ACTIVE", analyzer="u", resource="arn:u", resourceType="AWS::IAM::User", createdAt=ago(91),
                  findingType=kind) | {"Details": None}
          for name, kind in (("k", "UnusedIAMUserAccessKey"), ("p", "UnusedIAMUserPassword"))]),
    )),
    Case("AA-5", "a limit of its own", FAIL, {"f": EXCEPTION},
         {FINDINGS: {US: [finding("f", "ACTIVE", **UNUSED_ROLE, createdAt=ago(31))]}},
         thresholds={"unused_finding_days": 30}),
    Case("AA-5", "no analyzer of unused access", EMPTY, {}, {ANALYZERS: {US: [HERE]}}),
    Case("AA-5", "one that does not work", EMPTY, {f"{ARN}/u": OUTSIDE}, {
        ANALYZERS: {US: [HERE, analyzer("us-east-1", "u", type="ACCOUNT_UNUSED_ACCESS", status="FAILED")]}}),
    Case("AA-6", "no analyzer of internal access", EMPTY, {}),
    *(Case("AA-6", name, conclusion, rows, {ANALYZERS: {US: [HERE, INSIDE]}, FINDINGS: {US: list(found)}})
      for name, conclusion, rows, found in (
        ("none", PASS, {f"{ARN}/i": MET}, []),
        ("one", FAIL, {"f": EXCEPTION}, [finding("f", "ACTIVE", **INTERNAL_ACCESS)]),
        ("archived", PASS, {}, [finding("f", "ARCHIVED", **INTERNAL_ACCESS)]),
        ("resolved", PASS, {}, [finding("f", "RESOLVED", **INTERNAL_ACCESS)]),
        ("that AWS could not analyse", OPEN, {"f": UNSETTLED},
         [finding("f", "ACTIVE", **INTERNAL_ACCESS, error="ACCESS_DENIED")]),
        ("external access is AA-2's", PASS, {}, [finding("f", "ACTIVE")]),
        ("unused access is AA-5's", PASS, {}, [finding("f", "ACTIVE", **UNUSED_ROLE)]),
        ("of another account", FAIL, {"f": EXCEPTION},
         [finding("f", "ACTIVE", **INTERNAL_ACCESS, resourceOwnerAccount=MEMBER)]),
        ("two", FAIL, {"f": EXCEPTION, "g": EXCEPTION},
         [finding(name, "ACTIVE", **INTERNAL_ACCESS) for name in ("f", "g")]),
        ("a status that AWS has not", OPEN,
         {f"{ACCOUNT}/us-east-1/access-analyzer/findings.jsonl:1": UNSETTLED},
         [finding("f", "NEW", **INTERNAL_ACCESS)]),
    )),
    Case("AA-6", "an analyzer that does not work", EMPTY, {f"{ARN}/i": OUTSIDE}, {
        ANALYZERS: {US: [HERE, analyzer("us-east-1", "i", type="ACCOUNT_INTERNAL_ACCESS", status="DISABLED")]}}),
    *WIDE, *NARROW, *TOGETHER, *APART,
)  # fmt: skip
