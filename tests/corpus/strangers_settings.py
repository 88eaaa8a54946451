"""What a stranger tried last of lists and settings: parameters, selectors, closed regions, ages, who holds what."""

# ruff: noqa: E501  rows of tables are read across

from typing import Any

from evidence.bundle.format.models import RegionState
from tests.controls.world import ACCOUNT, EU, IAM, US, key, password, row
from tests.controls.world_records import (
    ADMIN_SET,
    EVERYTHING,
    MEMBER,
    NARROW,
    PASSWORD_POLICY,
    document,
    finding,
    member,
    person,
    policy,
    rule,
    scp,
    user,
)
from tests.corpus.config import CONSOLE, KEYS, RULES, evaluated
from tests.corpus.escalation import BOUND, BOUNDARY, DETAILS, allow, both, group, of_a_user
from tests.corpus.escalation import deny as denied
from tests.corpus.labelled import (
    EMPTY,
    EXCEPTION,
    FAIL,
    MET,
    OPEN,
    OUTSIDE,
    PASS,
    UNSETTLED,
    Case,
    table,
)
from tests.corpus.organization import FULL, POLICIES, deny
from tests.corpus.trails import ALL, DATA, KMS, MANAGEMENT, TRAILS, advanced, basic, field, trail
from tests.corpus.trust import STRANGER

VERDICTS = {PASS: MET, FAIL: EXCEPTION, OPEN: UNSETTLED}


def _config(test: str, identifier: str) -> Any:
    def make(value: tuple[Any, Any]) -> dict[str, Any]:
        record, said = value
        conclusion = {MET: PASS, EXCEPTION: FAIL, UNSETTLED: OPEN}[said]
        more = {"thresholds": {"required_config_rules": [identifier]}} if test == "CFG-2" else {}
        return {"records": {RULES: {US: [record]}}, "conclusion": conclusion, "rows": {US.region if unread(record) else identifier: said}} | more  # fmt: skip

    return make


def unread(record: dict[str, Any]) -> bool:
    """Parameters that are no object cost their region."""
    return record["ConfigRule"].get("InputParameters") in ("[]", "{", "null")


def aged(given: Any) -> dict[str, Any]:
    return rule(KEYS, InputParameters=given)


CFG_2 = {
    "null": (aged('{"maxAccessKeyAge":null}'), UNSETTLED),
    "no number": (aged('{"maxAccessKeyAge":"ninety"}'), UNSETTLED),
    "an empty text": (aged('{"maxAccessKeyAge":""}'), UNSETTLED),
    "90.9": (aged('{"maxAccessKeyAge":90.9}'), UNSETTLED),
    "a list": (aged('{"maxAccessKeyAge":["90"]}'), UNSETTLED),
    "true": (aged('{"maxAccessKeyAge":true}'), UNSETTLED),
    "with blanks": (aged('{"maxAccessKeyAge":" 90 "}'), MET),
    "parameters are no object": (aged("[]"), UNSETTLED),
    "parameters are no JSON": (aged("{"), UNSETTLED),
    "parameters are null": (aged("null"), UNSETTLED),
    "parameters are left out": ({**rule(KEYS), "ConfigRule": {name: value for name, value in rule(KEYS)["ConfigRule"].items() if name != "InputParameters"}}, MET),
    "another parameter": (aged('{"other":"365"}'), MET),
    "no whole number as text": (aged('{"maxAccessKeyAge":"90.5"}'), UNSETTLED),
    "thousands": (aged('{"maxAccessKeyAge":"1_0"}'), UNSETTLED),
    "less than nothing": (aged('{"maxAccessKeyAge":"-1"}'), UNSETTLED),
}  # fmt: skip
CFG_3 = {
    "both triggers, evaluated 25 hours ago": (evaluated(KEYS, 25, Source={"Owner": "AWS", "SourceIdentifier": KEYS, "SourceDetails": [{"EventSource": "aws.config", "MessageType": "ConfigurationItemChangeNotification"}, {"EventSource": "aws.config", "MessageType": "ScheduledNotification", "MaximumExecutionFrequency": "TwentyFour_Hours"}]}), MET),
    "both triggers, evaluated 27 hours ago": (evaluated(KEYS, 27, Source={"Owner": "AWS", "SourceIdentifier": KEYS, "SourceDetails": [{"EventSource": "aws.config", "MessageType": "ConfigurationItemChangeNotification"}, {"EventSource": "aws.config", "MessageType": "ScheduledNotification", "MaximumExecutionFrequency": "TwentyFour_Hours"}]}), EXCEPTION),
    "one hour, evaluated three hours ago": (evaluated(KEYS, 2.9, MaximumExecutionFrequency="One_Hour"), MET),
    "one hour, evaluated longer ago": (evaluated(KEYS, 3.1, MaximumExecutionFrequency="One_Hour"), EXCEPTION),
    "the source's frequency alone": (evaluated(KEYS, 9, Source={"Owner": "AWS", "SourceIdentifier": KEYS, "SourceDetails": [{"EventSource": "aws.config", "MessageType": "ScheduledNotification", "MaximumExecutionFrequency": "Six_Hours"}]}), EXCEPTION),
    "twelve hours": (evaluated(CONSOLE, 13.9, MaximumExecutionFrequency="Twelve_Hours"), MET),
}  # fmt: skip

CT_1 = {
    "by name of event": (advanced([MANAGEMENT, field("eventName", NotEquals=["AssumeRole"])]), EXCEPTION),
    "by who": (advanced([MANAGEMENT, field("userIdentity.arn", NotStartsWith=["arn:aws:sts::1:assumed-role/x"])]), EXCEPTION),
    "by where sessions begin": (advanced([MANAGEMENT, field("sessionCredentialFromConsole", Equals=["true"])]), EXCEPTION),
    "by type of event": (advanced([MANAGEMENT, field("eventType", NotEquals=["AwsServiceEvent"])]), EXCEPTION),
    "by resources": (advanced([MANAGEMENT, field("resources.ARN", StartsWith=["arn"])]), EXCEPTION),
    "reads and writes in one list": (advanced([MANAGEMENT, field("readOnly", Equals=["true", "false"])]), MET),
    "neither reads nor writes": (advanced([MANAGEMENT, field("readOnly", Equals=[])]), EXCEPTION),
    "reads, twice": (advanced([MANAGEMENT, field("readOnly", Equals=["true"]), field("readOnly", Equals=["false"])]), EXCEPTION),
    "not writes": (advanced([MANAGEMENT, field("readOnly", NotEquals=["false"])]), EXCEPTION),
    "only a network's events": (advanced([field("eventCategory", Equals=["NetworkActivity"]), field("eventSource", Equals=[KMS])]), EXCEPTION),
    "no field": (advanced([DATA], [MANAGEMENT, field("eventSource", NotEquals=[])]), MET),
    "all sources but two that may": (advanced([MANAGEMENT, field("eventSource", NotEquals=[KMS, "rdsdata.amazonaws.com"])]), MET),
    "all sources but one that may and one that may not": (advanced([MANAGEMENT, field("eventSource", NotEquals=[KMS, "sts.amazonaws.com"])]), EXCEPTION),
    "basic: sources but one that may not": (basic(ALL | {"ExcludeManagementEventSources": ["sts.amazonaws.com"]}), EXCEPTION),
    "basic beside advanced": (trail(selectors={"EventSelectors": [ALL], "AdvancedEventSelectors": [{"FieldSelectors": [DATA]}]}), EXCEPTION),
}  # fmt: skip


def _trail(value: tuple[Any, str]) -> dict[str, Any]:
    return {"records": {TRAILS: {US: [value[0]]}}, "rows": {"root": value[1]}, "conclusion": PASS if value[1] == MET else FAIL}  # fmt: skip


SECOND = 1 / 86400
USER_3 = {
    "a key of exactly 90 days, never used": (key(1, 90, None), PASS, MET),
    "a key of a second more, never used": (key(1, 90 + SECOND, None), FAIL, EXCEPTION),
    "a password never used, changed exactly 90 days ago": (password(90, None), PASS, MET),
    "a password never used, changed a second earlier": (password(90 + SECOND, None), FAIL, EXCEPTION),
    "a password used exactly 90 days ago": (password(400, 90), PASS, MET),
    "a password used N/A": (password(400, None) | {"password_last_used": "N/A"}, FAIL, EXCEPTION),
    "a password used N/A, changed lately": (password(4, None) | {"password_last_used": "N/A"}, PASS, MET),
    "a password that dates nothing, of an old user": (password(400, None) | {"password_last_changed": "N/A"}, FAIL, EXCEPTION),
    "a password of which neither is told": (password(400, None) | {"password_last_changed": "not_supported", "password_last_used": "no_information"}, FAIL, EXCEPTION),
    "one key used, the other never": (key(1, 400, 1) | key(2, 91, None), FAIL, EXCEPTION),
    "an old inactive key": (key(1, 400, None, active=False) | key(2, 10, 1), PASS, MET),
    "a key whose date is no date": (key(1, 10, None) | {"access_key_1_last_rotated": "N/A"}, OPEN, UNSETTLED),
    "a key used no_information": (key(1, 400, None) | {"access_key_1_last_used_date": "no_information"}, FAIL, EXCEPTION),
    "a password used lately, and a key that dates nothing": (password(9, 1) | key(1, 10, None) | {"access_key_1_last_rotated": "N/A"}, OPEN, UNSETTLED),
}  # fmt: skip

PWD_1 = {
    "13 characters": ({"MinimumPasswordLength": 13}, FAIL),
    "23 remembered": ({"PasswordReusePrevention": 23}, FAIL),
    "length as text": ({"MinimumPasswordLength": "14"}, OPEN),
    "length as a truth value": ({"MinimumPasswordLength": True}, OPEN),
    "a class as text": ({"RequireSymbols": "true"}, OPEN),
    "a class as a number": ({"RequireSymbols": 1}, OPEN),
    "a class that is null": ({"RequireNumbers": None}, OPEN),
    "one class untold, another not required": ({"RequireNumbers": None, "RequireSymbols": False}, FAIL),
    "reuse is null": ({"PasswordReusePrevention": None}, FAIL),
    "hard expiry": ({"HardExpiry": True, "ExpirePasswords": True, "MaxPasswordAge": 90}, PASS),
    "128 characters": ({"MinimumPasswordLength": 128}, PASS),
}  # fmt: skip

# Regions that a policy closes, and what it leaves usable there.
HOME = {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}
TOWER = ["access-analyzer:*", "account:*", "acm:*", "cloudfront:*", "cloudtrail:LookupEvents", "config:*", "ec2:DescribeRegions", "ec2:DescribeTransitGateways",
         "iam:*", "kms:*", "organizations:*", "route53:*", "s3:GetBucketLocation", "s3:ListAllMyBuckets", "s3:GetBucketPublic*", "sts:*", "support:*", "tag:GetResources", "waf:*"]  # fmt: skip
OF_ANOTHER = {"organizations.organization": [{"Organization": {"Arn": "arn:o", "MasterAccountId": MEMBER}}]}
LEFT_OUT = [
    RegionState(account=ACCOUNT, region=name, status="ENABLED", in_scope=inside, reason="r")
    for name, inside in (("us-east-1", True), ("eu-west-1", False))
]
REGIONS = {
    "as Control Tower closes them": (deny(HOME, Action=None, NotAction=TOWER), True),
    "EC2 is left usable": (deny(HOME, Action=None, NotAction=["iam:*", "sts:*", "ec2:*"]), False),
    "S3 is left usable": (deny(HOME, Action=None, NotAction=["iam:*", "s3:*"]), False),
    "S3 is left to write": (deny(HOME, Action=None, NotAction=["iam:*", "s3:Put*"]), False),
    "Lambda is left to create": (deny(HOME, Action=None, NotAction=["iam:*", "lambda:CreateFunction"]), False),
    "nearly all is left usable": (deny(HOME, Action=None, NotAction=["a*", "b*", "c*", "d*", "e*", "f*", "g*", "h*", "i*", "k*", "l*", "r*", "s*"]), False),
    "one service alone is barred": (deny(HOME, Action=["lightsail:*"]), False),
    "to roles, and users are left": (deny(HOME | {"StringEquals": {"aws:PrincipalType": "AssumedRole"}}, Action=None, NotAction=TOWER), False),
    "to who has no tag": (deny(HOME | {"StringNotEquals": {"aws:PrincipalTag/x": "y"}}, Action=None, NotAction=TOWER), False),
    "by regions that are wildcards": (deny({"StringNotLike": {"aws:RequestedRegion": "us-*"}}, Action=None, NotAction=TOWER), True),
    "by regions that take the region in": (deny({"StringNotLike": {"aws:RequestedRegion": ["us-*", "eu-*"]}}, Action=None, NotAction=TOWER), False),
    "if the region is told": (deny({"StringNotEqualsIfExists": {"aws:RequestedRegion": "us-east-1"}}, Action=None, NotAction=TOWER), True),
    "at another account": (None, False),
}  # fmt: skip


def _closed(test: str) -> Any:
    def make(value: tuple[Any, bool]) -> dict[str, Any]:
        statement, closes = value
        said = OUTSIDE if closes else EXCEPTION
        item, subject = {
            "CFG-1": ("config.recorders", f"arn:aws:config:eu-west-1:{ACCOUNT}:recorder"),
            "AA-1": ("access-analyzer.analyzers", "eu-west-1"),
            "IPE-9": ("", "eu-west-1"),
        }[test]
        policies = [FULL, scp("regions", statement or deny(HOME), "r-1" if statement else MEMBER)]
        more = {item: {EU: []}} if item else {}
        return {"records": OF_ANOTHER | {POLICIES: policies} | more, "conclusion": PASS if closes else FAIL, "rows": {subject: said}} | ({} if item else {"options": {"regions": LEFT_OUT}})  # fmt: skip

    return make


# IPE-14: what is over, and what is not.
FINDINGS = "access-analyzer.findings"


def _found(value: tuple[list[Any], Any]) -> dict[str, Any]:
    records, conclusion = value
    return {"records": {FINDINGS: {US: records}}, "conclusion": conclusion, "rows": {"accounts that findings name": VERDICTS[conclusion]}}  # fmt: skip


def elsewhere(status: str) -> dict[str, Any]:
    return finding(f"f-{status}", status, resourceOwnerAccount=STRANGER)


IPE_14 = {
    "a finding resolved, of an account that has left": ([elsewhere("RESOLVED")], PASS),
    "a finding resolved, and an active one": ([elsewhere("RESOLVED"), elsewhere("ACTIVE")], FAIL),
    "an archived finding": ([elsewhere("ARCHIVED")], FAIL),
    "a finding whose status is new": ([elsewhere("PAUSED")], FAIL),
}  # fmt: skip

# Findings of an analyzer that no list holds: what it archives, and by which rules, is not known.
UNLISTED_ANALYZER = {"access-analyzer.analyzers": {US: []}, FINDINGS: {US: [finding("f", "RESOLVED")]}}
ODD_ROW = f"{ACCOUNT}/us-east-1/access-analyzer/findings.jsonl:1"
SOURCES_DIFFER = (
    Case("AA-2", "combined: findings of an analyzer that no list holds", OPEN, {ODD_ROW: UNSETTLED}, UNLISTED_ANALYZER),
    Case("AA-3", "combined: findings of an analyzer that no list holds", OPEN, {ODD_ROW: UNSETTLED}, UNLISTED_ANALYZER),
    Case("IPE-10", "combined: a finding resolved, of an account that has left", PASS, {f"arn:aws:organizations::{ACCOUNT}:account/o-1/{MEMBER}": OUTSIDE}, {FINDINGS: {US: [elsewhere("RESOLVED")]}}),
    Case("IPE-10", "combined: an active finding, of an account that no list holds", FAIL, {STRANGER: EXCEPTION}, {FINDINGS: {US: [elsewhere("ACTIVE")]}}),
)  # fmt: skip

# IDC-6: who holds what.
USERS, ASSIGNMENTS, SETS, MEMBERSHIPS, GROUPS = (
    "identity-store.users",
    "identity-center.assignments",
    "identity-center.permission-sets",
    "identity-store.memberships",
    "identity-store.groups",
)


def off(name: str = "tomas", **changes: Any) -> dict[str, Any]:
    return person(name) | {"UserStatus": "DISABLED"} | changes


def to(principal: str, of: str = "GROUP", account: str = ACCOUNT, what: str = ADMIN_SET) -> dict[str, str]:
    return {"AccountId": account, "PermissionSetArn": what, "PrincipalType": of, "PrincipalId": principal}


def of_group(group: str, *people: str) -> list[dict[str, Any]]:
    return [
        {"GroupId": group, "MembershipId": f"m-{group}-{one}", "MemberId": {"UserId": one}} for one in people
    ]


IDC_6 = {
    "by a group": ({USERS: [off()], MEMBERSHIPS: of_group("g-1", "id-tomas")}, FAIL, {"id-tomas": EXCEPTION}),
    "by a group that no list holds": ({USERS: [off()], GROUPS: [], MEMBERSHIPS: of_group("g-1", "id-tomas")}, OPEN, {"id-tomas": UNSETTLED}),
    "in a group that holds nothing": ({USERS: [off()], GROUPS: [{"GroupId": "g-1"}, {"GroupId": "g-2"}], MEMBERSHIPS: of_group("g-2", "id-tomas")}, PASS, {"id-tomas": MET}),
    "by a group, in an account being closed": ({USERS: [off()], MEMBERSHIPS: of_group("g-1", "id-tomas"), ASSIGNMENTS: [to("g-1", account=MEMBER)], "organizations.accounts": [member(ACCOUNT, "m"), member(MEMBER, "x", "PENDING_CLOSURE")]}, PASS, {"id-tomas": MET}),
    "by a group, in an account that no list holds": ({USERS: [off()], MEMBERSHIPS: of_group("g-1", "id-tomas"), ASSIGNMENTS: [to("g-1", account=STRANGER)]}, FAIL, {"id-tomas": EXCEPTION}),
    "by itself and a group": ({USERS: [off()], MEMBERSHIPS: of_group("g-1", "id-tomas"), ASSIGNMENTS: [to("g-1"), to("id-tomas", "USER")]}, FAIL, {"id-tomas": EXCEPTION}),
    "of a set that no list holds": ({USERS: [off()], ASSIGNMENTS: [to("id-tomas", "USER", what="arn:gone")]}, OPEN, {"id-tomas": UNSETTLED}),
    "of a set that no list holds, and one that is": ({USERS: [off()], ASSIGNMENTS: [to("id-tomas", "USER", what="arn:gone"), to("id-tomas", "USER")]}, FAIL, {"id-tomas": EXCEPTION}),
    "two of the same id, one disabled": ({USERS: [off(), person("tomas")], ASSIGNMENTS: [to("id-tomas", "USER")]}, FAIL, {"id-tomas": EXCEPTION}),
    "a kind of principal in small letters": ({USERS: [off()], ASSIGNMENTS: [to("id-tomas", "user")]}, OPEN, {}),
    "a membership twice": ({USERS: [off()], MEMBERSHIPS: of_group("g-1", "id-tomas") * 2}, FAIL, {"id-tomas": EXCEPTION}),
    "a status that is null": ({USERS: [off(UserStatus=None)], ASSIGNMENTS: [to("id-tomas", "USER")]}, OPEN, {"id-tomas": UNSETTLED}),
    "a status that is null, holds nothing": ({USERS: [off(UserStatus=None)], ASSIGNMENTS: []}, PASS, {"id-tomas": MET}),
}  # fmt: skip

# PRIV-7: boundaries that can be lifted, and those that cannot.
PUT = allow("iam:PutUserPolicy")
PRIV_7 = {
    "a boundary that leaves IAM out": (of_a_user(PUT, **BOUND), NARROW, MET),
    "a boundary of all": (of_a_user(PUT, **BOUND), EVERYTHING, EXCEPTION),
    "a boundary of all, with a Deny": (of_a_user(PUT, **BOUND), both(EVERYTHING, denied("iam:Put*")), MET),
    "a boundary that its holder may take off": (of_a_user(allow("iam:PutUserPolicy", "iam:DeleteUserPermissionsBoundary"), **BOUND), allow("iam:DeleteUserPermissionsBoundary"), EXCEPTION),
    "a boundary that its holder may take off from another": (of_a_user(both(PUT, allow("iam:DeleteUserPermissionsBoundary", resource=f"{IAM}:user/b")), **BOUND), allow("iam:DeleteUserPermissionsBoundary"), MET),
    "a boundary whose removal the boundary bars": (of_a_user(allow("iam:PutUserPolicy", "iam:DeleteUserPermissionsBoundary"), **BOUND), NARROW, MET),
    "a boundary whose policy its holder may rewrite": (of_a_user(allow("iam:PutUserPolicy", "iam:CreatePolicyVersion"), **BOUND), allow("iam:CreatePolicyVersion"), EXCEPTION),
    "a boundary whose policy its holder may rewrite, by a pattern": (of_a_user(allow("iam:PutUserPolicy", "iam:CreatePolicyVersion"), **BOUND), allow("iam:Create*"), EXCEPTION),
    "a boundary that is not described": (of_a_user(PUT, **BOUND), None, UNSETTLED),
    "a boundary that allows in a region": (of_a_user(PUT, **BOUND), allow("iam:PutUserPolicy", Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1"}}), EXCEPTION),
    "a boundary that allows another user's": (of_a_user(PUT, **BOUND), allow("iam:PutUserPolicy", resource=f"{IAM}:user/b"), MET),
    "a boundary that allows one's own": (of_a_user(PUT, **BOUND), allow("iam:PutUserPolicy", resource=f"{IAM}:user/a"), EXCEPTION),
    "a boundary by NotAction": (of_a_user(PUT, **BOUND), document(NotAction="iam:*", Resource="*"), MET),
    "a boundary by NotResource": (of_a_user(PUT, **BOUND), document(Action="*", NotResource=f"{IAM}:user/a"), EXCEPTION),
}  # fmt: skip


def _bounded(value: tuple[Any, Any, str]) -> dict[str, Any]:
    holder, bounds, said = value
    conclusion = {MET: PASS, EXCEPTION: FAIL, UNSETTLED: OPEN}[said]
    records = [holder, *([policy(BOUNDARY, bounds)] if bounds else [])]
    return {"records": {DETAILS: records}, "conclusion": conclusion, "rows": {"user/a": said}}


# PRIV-8 and PRIV-2 of groups.
GROUPED = {
    "a user in a group that no record describes": ("PRIV-2", [user("a", GroupList=["gone"])], OPEN, {"user/a": UNSETTLED}),
    "a boundary is no policy of a user": ("PRIV-8", [user("a", **BOUND), policy(BOUNDARY, EVERYTHING)], PASS, {"user/a": MET}),
    "an empty inline list": ("PRIV-8", [user("a", UserPolicyList=[])], PASS, {"user/a": MET}),
    "an inline policy": ("PRIV-8", [of_a_user(NARROW)], FAIL, {"user/a": EXCEPTION}),
    "an administrator by two groups": ("PRIV-2", [group(EVERYTHING), user("a", GroupList=["g", "h"])], FAIL, {"group/g": EXCEPTION, "user/a": UNSETTLED}),
    "a group of administrators without members": ("PRIV-2", [group(EVERYTHING)], PASS, {"group/g": MET}),
    "everything by NotAction of nothing": ("PRIV-2", [of_a_user(document(NotAction=[], Resource="*"))], FAIL, {"user/a": EXCEPTION}),
    "an older version is everything": ("PRIV-2", [user("a", AttachedManagedPolicies=[{"PolicyArn": f"{IAM}:policy/p"}]), policy(f"{IAM}:policy/p", NARROW, EVERYTHING)], EMPTY, {}),
}  # fmt: skip

CASES: tuple[Case, ...] = (
    *table("PRIV-7", {f"combined: {name}": value for name, value in PRIV_7.items()}, _bounded),
    *(Case(test, f"combined: {name}", conclusion, rows, {DETAILS: records}) for name, (test, records, conclusion, rows) in GROUPED.items()),
    *(case for test in ("CFG-1", "AA-1", "IPE-9") for case in table(test, {f"combined: closed, {name}": value for name, value in REGIONS.items()}, _closed(test))),
    *SOURCES_DIFFER,
    *table("IPE-14", {f"combined: {name}": value for name, value in IPE_14.items()}, _found),
    *table("IDC-6", {f"combined: {name}": value for name, value in IDC_6.items()}, lambda value: {"records": value[0], "conclusion": value[1], "rows": value[2]}),
    *table("CFG-2", {f"combined: {name}": value for name, value in CFG_2.items()}, _config("CFG-2", KEYS)),
    *(Case("CFG-3", f"combined: {name}", **_config("CFG-3", value[0]["ConfigRule"]["Source"]["SourceIdentifier"])(value)) for name, value in CFG_3.items()),
    *table("CT-1", {f"combined: {name}": value for name, value in CT_1.items()}, _trail),
    *table("USER-3", {f"combined: {name}": value for name, value in USER_3.items()}, lambda value: {"report": [row("a", **value[0])], "conclusion": value[1], "rows": {"user/a": value[2]}, "only": True}),
    *table("PWD-1", {f"combined: {name}": value for name, value in PWD_1.items()}, lambda value: {"records": {"iam.password-policy": [{"PasswordPolicy": PASSWORD_POLICY | value[0]}]}, "conclusion": value[1], "rows": {"account-password-policy": VERDICTS[value[1]]}, "report": [row("a", **password(1, 1))]}),
)  # fmt: skip
