"""IPE-12 to IPE-17: sources that name each other's members, and those that do not."""

# ruff: noqa: E501  rows of tables are read across

import json
from typing import Any

from evidence.bundle.format import bag
from evidence.bundle.format.models import CallRecord
from evidence.controls.declaration import Conclusion
from tests.controls.world import ACCOUNT, EU, ORGANIZATION_TARGET, US, ago
from tests.controls.world_records import (
    ADMIN_SET,
    DETAILS,
    INSTANCE,
    MEMBER,
    RECORDS,
    finding,
    member,
    own_verdict,
    permission_set,
    person,
    role,
    verdict,
)
from tests.corpus.labelled import EMPTY, EXCEPTION, FAIL, MET, OPEN, PASS, UNSETTLED, Case, table
from tests.support.bundles import contents, gap

USERS, GROUPS, MEMBERSHIPS = (f"identity-store.{name}" for name in ("users", "groups", "memberships"))
UNLISTED = "identity-store.unlisted-principals"
SETS, ASSIGNMENTS = "identity-center.permission-sets", "identity-center.assignments"
EVENTS = "cloudtrail.access-events"
IDC = "identity-center.instance"
STORE_DOC = (
    "https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_ListGroupMemberships.html"
)
SSO_DOC = "https://docs.aws.amazon.com/singlesignon/latest/APIReference/"
STRANGER = "444455556666"


def of_group(user: str, group: str = "g-1") -> dict[str, Any]:
    return {"GroupId": group, "MembershipId": f"m-{user}-{group}", "MemberId": {"UserId": user}}


def _store(value: tuple[list[str], list[str], list[tuple[str, str]], Conclusion, str, str]) -> dict[str, Any]:
    """Of (names of users, ids of groups, (user id, group) of memberships, conclusion, verdict on each)."""
    users, groups, pairs, conclusion, of_users, of_groups = value
    rows = {"users that memberships name": of_users, "groups that memberships name": of_groups}
    return {
        "records": {USERS: [person(name) for name in users], GROUPS: [{"GroupId": one} for one in groups],
                    MEMBERSHIPS: [of_group(*pair) for pair in pairs]},
        "conclusion": conclusion, "rows": rows if of_users else {}, "only": True,
    }  # fmt: skip


MANY = [f"u{number}" for number in range(38)]
IPE_12 = (*table("IPE-12", {
    "one of each": (["a"], ["g"], [("id-a", "g")], PASS, MET, MET),
    "many in one group": (MANY, ["g"], [(f"id-{one}", "g") for one in MANY], PASS, MET, MET),
    "users without a group": (["a", "b"], ["g"], [("id-a", "g")], PASS, MET, MET),
    "a group without members": (["a"], ["g", "h"], [("id-a", "g")], PASS, MET, MET),
    "no membership": (["a"], ["g"], [], EMPTY, "", ""),
    "nothing at all": ([], [], [], EMPTY, "", ""),
    "an empty list of users that 38 memberships contradict": ([], ["g"], [(f"id-{one}", "g") for one in MANY], FAIL, EXCEPTION, MET),
    "one user of 38 is not listed": (MANY[1:], ["g"], [(f"id-{one}", "g") for one in MANY], FAIL, EXCEPTION, MET),
    "an empty list of groups": (["a"], [], [("id-a", "g")], FAIL, MET, EXCEPTION),
    "one of two groups is not listed": (["a"], ["g"], [("id-a", "g"), ("id-a", "h")], FAIL, MET, EXCEPTION),
    "neither user nor group": ([], [], [("id-a", "g")], FAIL, EXCEPTION, EXCEPTION),
    "an id in other letters is another": (["a"], ["g"], [("ID-A", "g")], FAIL, EXCEPTION, MET),
}, _store, reference=STORE_DOC),
    Case("IPE-12", "a user that cannot be read may be the one not listed", OPEN, {
        "users that memberships name": UNSETTLED, "organization/identity-store/users.jsonl:2": UNSETTLED}, {
        USERS: [person("a"), {"UserName": "b"}], MEMBERSHIPS: [of_group("id-a"), of_group("id-b")]}),
    Case("IPE-12", "users that were not collected", OPEN, gaps=[gap(USERS, ORGANIZATION_TARGET)], only=True),
)  # fmt: skip


def assigned(kind: str, name: str, to: str = ADMIN_SET) -> dict[str, str]:
    return {"AccountId": ACCOUNT, "PermissionSetArn": to, "PrincipalType": kind, "PrincipalId": name}


def deleted(
    name: str, principal: str, source: str = "sso-directory.amazonaws.com", **full: Any
) -> dict[str, Any]:
    key = "userId" if name == "DeleteUser" else "groupId"
    event = {"requestParameters": {key: principal}, **full}
    members = {
        "EventName": name,
        "EventTime": ago(3),
        "EventSource": source,
        "CloudTrailEvent": json.dumps(event),
    }
    return {"Region": "eu-west-1", "Event": members}


def asked(kind: str, name: str, exists: object) -> dict[str, Any]:
    """What AWS said of a principal that no list holds."""
    return {"PrincipalType": kind, "PrincipalId": name, "Exists": exists}


LEFT = {"identity-center.assignments": [assigned("USER", "id-x")]}
VANISHED = {"InstanceArn": INSTANCE, "PermissionSetArn": "arn:gone", "Vanished": True}
OTHER_SET = permission_set("Other", "arn:other")
SET_ROW, GROUP_ROW, USER_ROW = (
    f"{kind} that assignments name" for kind in ("permission sets", "groups", "users")
)
ALL = {SET_ROW: MET, GROUP_ROW: MET}


def _assigned(value: tuple[dict[str, list[Any]], Conclusion, dict[str, str]]) -> dict[str, Any]:
    records, conclusion, rows = value
    return {"records": records, "conclusion": conclusion, "rows": rows, "only": True}


IPE_13 = table("IPE-13", {
    "a group": ({}, PASS, ALL),
    "a group and a user": ({ASSIGNMENTS: [assigned("GROUP", "g-1"), assigned("USER", "id-tomas")]}, PASS, ALL | {USER_ROW: MET}),
    "a set that nobody has": ({SETS: [*RECORDS[SETS][ORGANIZATION_TARGET], OTHER_SET]}, PASS, ALL),
    "nothing is assigned": ({ASSIGNMENTS: []}, EMPTY, {}),
    "no list holds the set": ({SETS: []}, FAIL, ALL | {SET_ROW: EXCEPTION}),
    "another set is listed": ({SETS: [OTHER_SET]}, FAIL, ALL | {SET_ROW: EXCEPTION}),
    "five assignments of a set that no list holds": (
        {ASSIGNMENTS: [assigned("GROUP", "g-1", "arn:cut")] * 5}, FAIL, ALL | {SET_ROW: EXCEPTION}),
    "the set vanished meanwhile": ({SETS: [VANISHED], ASSIGNMENTS: [assigned("GROUP", "g-1", "arn:gone")]}, PASS, ALL),
    "no list holds the group": ({GROUPS: []}, OPEN, ALL | {GROUP_ROW: UNSETTLED}),
    "no list holds the user": ({ASSIGNMENTS: [assigned("USER", "id-x")]}, OPEN, {SET_ROW: MET, USER_ROW: UNSETTLED}),
    "the group was deleted, and CloudTrail shows it": (
        {GROUPS: [], EVENTS: [deleted("DeleteGroup", "g-1")]}, PASS, ALL),
    "another group was deleted": ({GROUPS: [], EVENTS: [deleted("DeleteGroup", "g-10")]}, OPEN, ALL | {GROUP_ROW: UNSETTLED}),
    "its deletion was refused": (
        {GROUPS: [], EVENTS: [deleted("DeleteGroup", "g-1", errorCode="AccessDenied")]}, OPEN, ALL | {GROUP_ROW: UNSETTLED}),
    "a group of IAM that is called like it was deleted": (
        {GROUPS: [], EVENTS: [deleted("DeleteGroup", "g-1", "iam.amazonaws.com")]}, OPEN, ALL | {GROUP_ROW: UNSETTLED}),
    "it was deleted through the identity store's API": (
        {GROUPS: [], EVENTS: [deleted("DeleteGroup", "g-1", "identitystore.amazonaws.com")]}, PASS, ALL),
    "a user of the group's id was deleted": (
        {GROUPS: [], EVENTS: [deleted("DeleteUser", "g-1")]}, OPEN, ALL | {GROUP_ROW: UNSETTLED}),
    "the user was deleted, and CloudTrail shows it": (
        {ASSIGNMENTS: [assigned("USER", "id-x")], EVENTS: [deleted("DeleteUser", "id-x")]}, PASS, {SET_ROW: MET, USER_ROW: MET}),
    "the group is gone, AWS says": ({GROUPS: [], UNLISTED: [asked("GROUP", "g-1", False)]}, PASS, ALL),
    "the user is gone, AWS says": (LEFT | {UNLISTED: [asked("USER", "id-x", False)]}, PASS, {SET_ROW: MET, USER_ROW: MET}),
    "no list holds the user, AWS finds it: the list was cut": (
        LEFT | {UNLISTED: [asked("USER", "id-x", True)]}, FAIL, {SET_ROW: MET, USER_ROW: EXCEPTION}),
    "the list of groups was cut, AWS finds one": (
        {GROUPS: [], UNLISTED: [asked("GROUP", "g-1", True)]}, FAIL, ALL | {GROUP_ROW: EXCEPTION}),
    "an event of its deletion, and AWS finds it": (
        LEFT | {EVENTS: [deleted("DeleteUser", "id-x")], UNLISTED: [asked("USER", "id-x", True)]}, FAIL, {SET_ROW: MET, USER_ROW: EXCEPTION}),
    "a group of the user's id is gone": (LEFT | {UNLISTED: [asked("GROUP", "id-x", False)]}, OPEN, {SET_ROW: MET, USER_ROW: UNSETTLED}),
    "another user is gone": (LEFT | {UNLISTED: [asked("USER", "id-y", False)]}, OPEN, {SET_ROW: MET, USER_ROW: UNSETTLED}),
    "one of two is gone, AWS was not asked for the other": (
        {ASSIGNMENTS: [assigned("USER", "id-x"), assigned("USER", "id-y")], UNLISTED: [asked("USER", "id-y", False)]},
        OPEN, {SET_ROW: MET, USER_ROW: UNSETTLED}),
    "one of two is gone, AWS finds the other": (
        {ASSIGNMENTS: [assigned("USER", "id-x"), assigned("USER", "id-y")],
         UNLISTED: [asked("USER", "id-y", False), asked("USER", "id-x", True)]}, FAIL, {SET_ROW: MET, USER_ROW: EXCEPTION}),
    "an answer that cannot be read is no proof": (
        LEFT | {UNLISTED: [asked("USER", "id-x", "no")]}, OPEN,
        {SET_ROW: MET, USER_ROW: UNSETTLED, "organization/identity-store/unlisted-principals.jsonl:1": UNSETTLED}),
}, _assigned, reference=f"{SSO_DOC}API_DeletePermissionSet.html")  # fmt: skip

ACCOUNTS = "organizations.accounts"
SOURCES = ("the organization and the run", "assignments", "units", "policies")
NAMED = {f"accounts that {source} name": MET for source in SOURCES[:2]}


UNLISTED = dict.fromkeys((f"accounts that {source} name" for source in (*SOURCES, "findings")), EXCEPTION)


def owned(account: str) -> list[dict[str, Any]]:
    return [finding("bucket", "ACTIVE", resourceOwnerAccount=account)]


def target(account: str) -> list[dict[str, Any]]:
    summary = {"Id": "p-1", "Name": "p", "Type": "SERVICE_CONTROL_POLICY"}
    return [
        {"PolicySummary": summary, "Content": "{}", "Targets": [{"TargetId": account}, {"TargetId": "r-1"}]}
    ]


def delegate(account: str) -> list[dict[str, Any]]:
    services = [{"ServicePrincipal": "access-analyzer.amazonaws.com"}]
    return [{"DelegatedAdministrator": {"Id": account}, "DelegatedServices": services}]


POLICIES, UNITS, DELEGATED, FINDINGS = (
    "organizations.policies",
    "organizations.units",
    "organizations.delegated-administrators",
    "access-analyzer.findings",
)
IPE_14 = table("IPE-14", {
    "all are listed": ({}, PASS, NAMED),
    "an assignment in another account": ({ASSIGNMENTS: [assigned("GROUP", "g-1") | {"AccountId": MEMBER}]}, PASS, NAMED),
    "an assignment in an account that no list holds": (
        {ASSIGNMENTS: [assigned("GROUP", "g-1") | {"AccountId": STRANGER}]}, FAIL, {"accounts that assignments name": EXCEPTION}),
    "the caller's account alone is listed, another is assigned": (
        {ACCOUNTS: [member(ACCOUNT, "own")], ASSIGNMENTS: [assigned("GROUP", "g-1") | {"AccountId": MEMBER}]},
        FAIL, UNLISTED | {"accounts that the organization and the run name": MET, "accounts that findings name": MET}),
    "the caller's own is not listed": ({ACCOUNTS: [member(MEMBER, "m")]}, FAIL, UNLISTED),
    "none is listed": ({ACCOUNTS: []}, FAIL, UNLISTED),
    "a finding in a listed account": ({FINDINGS: owned(MEMBER)}, PASS, {"accounts that findings name": MET}),
    "a finding in an account that no list holds": ({FINDINGS: owned(STRANGER)}, FAIL, {"accounts that findings name": EXCEPTION}),
    "a policy on a listed account": ({POLICIES: target(MEMBER)}, PASS, {"accounts that policies name": MET}),
    "a policy on an account that no list holds": ({POLICIES: target(STRANGER)}, FAIL, {"accounts that policies name": EXCEPTION}),
    "a place in the tree of one": ({UNITS: [{"AccountId": STRANGER, "ParentId": "r-1"}]}, FAIL, {"accounts that units name": EXCEPTION}),
    "a delegated administrator that no list holds": ({DELEGATED: delegate(STRANGER)}, FAIL, {"accounts that delegated administrators name": EXCEPTION}),
    "a delegated administrator that is listed": ({DELEGATED: delegate(MEMBER)}, PASS, {"accounts that delegated administrators name": MET}),
    "no organization": ({"organizations.organization": [{"Organization": None}], ACCOUNTS: []}, EMPTY, {}),
}, lambda value: {"records": {item: ({next(iter(RECORDS[item])): of} if item in RECORDS else {ORGANIZATION_TARGET: of})
                              for item, of in value[0].items()}, "conclusion": value[1],
                  "rows": value[2]},
   reference="https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html")  # fmt: skip

AUTHORIZATION, PROVIDERS = "iam.authorization-details", "iam.identity-providers"
ROW = f"Identity Center in {ACCOUNT}"
HOME = "eu-west-1"


def reserved(name: str = "Admin_Set", region: str = HOME, used: float | None = 0.1) -> dict[str, Any]:
    path = "/aws-reserved/sso.amazonaws.com/" + (f"{region}/" if region else "")
    last = {"LastUsedDate": ago(used), "Region": "us-east-1"} if used is not None else {}
    return role(f"AWSReservedSSO_{name}_0123456789abcdef", path, RoleLastUsed=last)


SAML = f"arn:aws:iam::{ACCOUNT}:saml-provider"
OURS = [{"SAMLProvider": {"Arn": f"{SAML}/AWSSSO_0123456789abcdef_DO_NOT_DELETE"}}]
THEIRS = [{"SAMLProvider": {"Arn": f"{SAML}/okta"}}]
IN_GOOD_ORDER = {PROVIDERS: {next(iter(RECORDS[AUTHORIZATION])): []}}


def _reserved(value: tuple[list[Any], list[Any] | None, list[Any], Conclusion, str | None]) -> dict[str, Any]:
    """Of (roles, instances or None for the one there is, providers, conclusion, verdict)."""
    made, instances, providers, conclusion, verdict = value
    records: dict[str, Any] = {AUTHORIZATION: [*DETAILS, *made], PROVIDERS: providers}
    return {"records": records | ({} if instances is None else {IDC: instances, SETS: []}), "conclusion": conclusion,
            "rows": {ROW: verdict} if verdict else {}, "only": True}  # fmt: skip


IPE_15 = (*table("IPE-15", {
    "a role at home where the instance is": ([reserved()], None, [], PASS, MET),
    "with the provider": ([reserved()], None, OURS, PASS, MET),
    "no role and no provider": ([], None, [], EMPTY, None),
    "another provider alone": ([], None, THEIRS, EMPTY, None),
    "no role, no instance": ([], [], [], EMPTY, None),
    "a role and no instance": ([reserved()], [], [], FAIL, EXCEPTION),
    "a role never used and no instance": ([reserved(used=None)], [], [], FAIL, EXCEPTION),
    "the provider alone and no instance": ([], [], OURS, FAIL, EXCEPTION),
    "a role and an account's own instance": (
        [reserved()], [{"Region": HOME, "Instance": {"InstanceArn": "i-2", "OwnerAccountId": MEMBER, "Status": "ACTIVE"}}], [], FAIL, EXCEPTION),
    "a role at home elsewhere": ([reserved(region="us-east-1")], None, [], FAIL, EXCEPTION),
    "one of two roles at home elsewhere": ([reserved(), reserved(region="us-west-2")], None, [], FAIL, EXCEPTION),
    "a role whose path names no region": ([reserved(region="")], None, [], PASS, MET),
    "used three hours ago, of a set that no list holds": ([reserved("Gone", used=0.125)], None, [], FAIL, EXCEPTION),
    "used 12 hours ago, of such a set": ([reserved("Gone", used=0.5)], None, [], FAIL, EXCEPTION),
    "used more than 12 hours ago, of such a set: a leftover": ([reserved("Gone", used=0.51)], None, [], PASS, MET),
    "never used, of such a set": ([reserved("Gone", used=None)], None, [], PASS, MET),
    "such a name under another path is somebody's role": (
        [role("AWSReservedSSO_Gone_0123456789abcdef", "/mine/")], [], [], EMPTY, None),
}, _reserved, reference="https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html"),
    Case("IPE-15", "no role, no instance, and a permission set", FAIL, {"permission sets of Identity Center": EXCEPTION}, {IDC: []}),
    Case("IPE-15", "used lately, and a set vanished meanwhile", PASS, {ROW: MET},
         {AUTHORIZATION: [*DETAILS, reserved("Gone")], SETS: [*RECORDS[SETS][ORGANIZATION_TARGET], VANISHED]}),
)  # fmt: skip


def ledger(item: str = "", drop: bool = False, more: Any = (), **members: Any) -> list[CallRecord]:
    """The calls of the account in good order; those of one item with other members, dropped, or with more."""
    calls = [CallRecord.model_validate_json(line) for line in contents(RECORDS).files[bag.CALLS].splitlines()]
    rest = [call for call in calls if call.item != item]
    own = [] if drop else [call.model_copy(update=members) for call in calls if call.item == item]
    return [*rest, *own, *(own[0].model_copy(update=change) for change in more)]


RULES = "config.rules"
TWO_RULES = [record for record in RECORDS[RULES][US] if "ConfigRule" in record][:2]
IPE_16 = table("IPE-16", {
    "as counted": ({}, {}, PASS, {USERS: MET}),
    "a user was cut": ({USERS: [person("ingrid")]}, {}, FAIL, {USERS: EXCEPTION}),
    "all users were cut": ({USERS: []}, {}, FAIL, {USERS: EXCEPTION}),
    "a user was put in": ({USERS: [person("ingrid"), person("tomas"), person("new")]}, {}, FAIL, {USERS: EXCEPTION}),
    "one in the place of another is not seen": ({USERS: [person("ingrid"), person("new")]}, {}, PASS, {USERS: MET}),
    "an empty list": ({USERS: []}, {"item": USERS, "records": 0}, PASS, {USERS: MET}),
    "an empty list that nobody asked for": ({USERS: []}, {"item": USERS, "drop": True}, PASS, {USERS: MET}),
    "a list that nobody asked for": ({}, {"item": USERS, "drop": True}, FAIL, {USERS: EXCEPTION}),
    "two pages": ({}, {"item": USERS, "records": 1, "more": [{"records": 1}]}, PASS, {USERS: MET}),
    "the second page was cut": ({}, {"item": USERS, "records": 2, "more": [{"records": 1}]}, FAIL, {USERS: EXCEPTION}),
    "a refused call beside it": ({}, {"item": USERS, "more": [{"records": None, "status": 403}]}, PASS, {USERS: MET}),
    "the answer fed another file": ({}, {"item": USERS, "file": "elsewhere.jsonl"}, FAIL, {USERS: [EXCEPTION, EXCEPTION]}),
    "the answer of another operation": ({}, {"item": USERS, "operation": "ListGroups"}, FAIL, {USERS: EXCEPTION}),
    "a rule of one region was cut": ({RULES: {US: TWO_RULES}}, {}, FAIL, {RULES: [EXCEPTION, MET]}),
    "a conformance pack was put in": ({RULES: {US: [*RECORDS[RULES][US], {"ConformancePack": {}}]}}, {}, FAIL, {RULES: [EXCEPTION, MET]}),
    "a file that the run does not name": ({}, {"item": USERS, "more": [{"file": "organization/identity-store/elsewhere.jsonl"}]}, FAIL, {USERS: [MET, EXCEPTION]}),
    "what fed no file of records": ({}, {"item": USERS, "more": [{"file": "run.json"}]}, PASS, {USERS: MET}),
}, lambda value: {"records": value[0], "options": {"calls": ledger(**value[1])}, "conclusion": value[2], "rows": value[3]})  # fmt: skip

COMPLIANCE = "config.rule-compliance"
ALL_RULES = RECORDS[RULES][US]
STRANGE = [own_verdict("IAM_PASSWORD_POLICY", "COMPLIANT")]
IPE_17 = table("IPE-17", {
    "every rule with a verdict is listed": ({}, PASS, [MET]),
    "a rule with a verdict is not listed": ({RULES: {US: [one for one in ALL_RULES if one != ALL_RULES[0]], EU: RECORDS[RULES][EU]}}, FAIL, [EXCEPTION]),
    "no rule is listed, and all have verdicts": ({RULES: {US: [], EU: []}}, FAIL, [EXCEPTION]),
    "a verdict on a rule of no list": ({COMPLIANCE: {US: [*RECORDS[COMPLIANCE][US], *STRANGE], EU: []}}, FAIL, [EXCEPTION]),
    "results alone of a rule of no list": ({COMPLIANCE: {US: [verdict("IAM_PASSWORD_POLICY", "COMPLIANT")], EU: []}}, FAIL, [EXCEPTION]),
    "a listed rule without a verdict is another matter": ({COMPLIANCE: {US: RECORDS[COMPLIANCE][US][:1], EU: []}}, PASS, [MET]),
    "a rule of nobody's list beside others": ({RULES: {US: ALL_RULES[:2], EU: []}}, FAIL, [EXCEPTION]),
    "in the second region alone": ({COMPLIANCE: {US: [], EU: STRANGE}}, FAIL, [EXCEPTION]),
    "the only verdict is on a rule that is listed": ({COMPLIANCE: {US: RECORDS[COMPLIANCE][US][:1], EU: []}, RULES: {US: ALL_RULES[:1], EU: []}}, PASS, [MET]),
    "a rule that cannot be read": ({RULES: {US: [{"ConfigRule": {}}], EU: []}}, OPEN, {"us-east-1": UNSETTLED}),
    "no verdict at all": ({COMPLIANCE: {US: [], EU: []}}, EMPTY, {}),
    "a verdict that cannot be read": ({COMPLIANCE: {US: [{"ComplianceByConfigRule": {}}], EU: []}}, OPEN, {"us-east-1": UNSETTLED}),
}, lambda value: {"records": value[0], "conclusion": value[1], "rows": value[2] if isinstance(value[2], dict) else {"rules with a verdict": value[2]}},
    reference="https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeComplianceByConfigRule.html")  # fmt: skip

CASES: tuple[Case, ...] = (*IPE_12, *IPE_13, *IPE_14, *IPE_15, *IPE_16, *IPE_17)
