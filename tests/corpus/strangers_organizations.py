"""What strangers' organizations hold: other accounts, other types of policies, administrators by group, odd answers."""

# ruff: noqa: E501  rows of tables are read across

from collections.abc import Sequence
from typing import Any

from evidence.bundle.format.models import AccountState, RegionState
from evidence.records import Scope, Target
from tests.controls.world import ACCOUNT, EU, IAM, US, key, password, row
from tests.controls.world_records import (
    ADMIN_SET,
    ADMINISTRATOR,
    EVERYTHING,
    MEMBER,
    RECORDS,
    analyzer,
    document,
    member,
    own_verdict,
    permission_set,
    person,
    policy,
    scp,
    user,
    verdict,
)
from tests.corpus.escalation import ADMINS, DETAILS, allow, both, deny, group, of_a_role, of_a_user
from tests.corpus.labelled import EXCEPTION, FAIL, MET, OPEN, OUTSIDE, PASS, UNSETTLED, Case, table
from tests.corpus.organization import ARN, BOTH, FULL, POLICIES, SCP_DOC, UNITS, kind, units

ANALYZERS, RESULTS, RULES = "access-analyzer.analyzers", "config.rule-compliance", "config.rules"
ADMIN = policy(ADMINISTRATOR, EVERYTHING)
DISABLED_TYPES = (
    "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_getting-started_concepts.html"
)
OTHERS = ("DECLARATIVE_POLICY_EC2", "TAG_POLICY", "BACKUP_POLICY", "AISERVICES_OPT_OUT_POLICY", "CHATBOT_POLICY",
          "SECURITYHUB_POLICY", "S3_POLICY", "INSPECTOR_POLICY", "BEDROCK_POLICY", "UPGRADE_ROLLOUT_POLICY",
          "NETWORK_SECURITY_DIRECTOR_POLICY")  # fmt: skip


def of_type(name: str) -> dict[str, Any]:
    summary = {"Id": f"p-{name.lower()}", "Name": name.lower(), "Type": name}
    return {"PolicySummary": summary, "Content": '{"ec2_attributes":{"image_block_public_access":{"state":{"@@assign":"block_new_sharing"}}}}',
            "Targets": [{"TargetId": "r-1"}]}  # fmt: skip


def _organization(value: tuple[dict[str, Any], Any]) -> list[Case]:
    records, conclusion = value
    said = {PASS: MET, FAIL: EXCEPTION, OPEN: UNSETTLED}[conclusion]
    return [
        Case(test, "", conclusion, {f"{ARN}/{MEMBER}": said}, records, reference=SCP_DOC)
        for test in ("ROOT-6", "ORG-1")
    ]


def featured(features: str) -> dict[str, Any]:
    described = {"Arn": "arn:o", "MasterAccountId": ACCOUNT, "FeatureSet": features}
    return {"organizations.organization": [{"Organization": described}]}


ORGANIZATIONS = {
    **{f"beside a policy of type {name}": ({POLICIES: [*BOTH, of_type(name)]}, PASS) for name in OTHERS},
    "every other type is enabled": ({UNITS: units(kind("ENABLED"), *(kind("ENABLED", name) for name in OTHERS))}, PASS),
    "every type but this one is enabled": ({UNITS: units(*(kind("ENABLED", name) for name in OTHERS))}, FAIL),
    "all features": (featured("ALL"), PASS),
    "consolidated billing alone, which has no such policies": (featured("CONSOLIDATED_BILLING"), FAIL),
    "members that are new": ({"organizations.accounts": [member(ACCOUNT, "m"), {"Account": member(MEMBER, "x")["Account"] | {"Paths": ["o-1/r-1/"], "JoinedMethod": "CREATED", "Email": ""}}]}, PASS),
    "a policy twice in the list": ({POLICIES: [*BOTH, *BOTH]}, PASS),
    "AWS's own policy by another name": ({POLICIES: [scp("p-FullAWSAccess", EVERYTHING, "r-1", "ou-1", ACCOUNT, MEMBER), *BOTH[1:]]}, PASS),
    "a Deny attached to another unit": ({POLICIES: [FULL, scp("x", document("Deny", Action="*", Resource="*"), "ou-2")]}, FAIL),
    "a Deny attached to the management account": ({POLICIES: [FULL, scp("x", document("Deny", Action="*", Resource="*"), ACCOUNT)]}, FAIL),
    "a Deny attached to the account itself": ({POLICIES: [FULL, scp("x", document("Deny", Action="*", Resource="*"), MEMBER)]}, PASS),
    "a Deny attached to nothing": ({POLICIES: [FULL, scp("x", document("Deny", Action="*", Resource="*"))]}, FAIL),
}  # fmt: skip

# PRIV-7: who is administrator by a group, and which policies may be attached.
BOSS = [ADMINS, user("boss", GroupList=["admins"]), ADMIN]
TO_BOSS = {"group/admins": OUTSIDE, "user/boss": OUTSIDE}
STRONG = "arn:aws:iam::aws:policy/AdministratorAccess"


def but(operator: str, *arns: str) -> dict[str, Any]:
    return {operator: {"iam:PolicyARN": list(arns)}}


ATTACHING = {
    "a key for an administrator by group": ([*BOSS, of_a_user(allow("iam:CreateAccessKey", resource=f"{IAM}:user/boss"))], FAIL, TO_BOSS | {"user/a": EXCEPTION}),
    "a password for an administrator by group": ([*BOSS, of_a_user(allow("iam:UpdateLoginProfile", resource=f"{IAM}:user/b*"))], FAIL, TO_BOSS | {"user/a": EXCEPTION}),
    "a key for somebody of another group": ([*BOSS, user("c", GroupList=["g"]), group(), of_a_user(allow("iam:CreateAccessKey", resource=f"{IAM}:user/c"))], PASS, TO_BOSS | {"group/g": MET, "user/c": MET, "user/a": MET}),
    "attaching all but AdministratorAccess": ([of_a_user(allow("iam:AttachUserPolicy", Condition=but("ArnNotEquals", STRONG)))], FAIL, {"user/a": EXCEPTION}),
    "attaching, with a Deny of AdministratorAccess": ([of_a_user(both(allow("iam:AttachUserPolicy"), deny("iam:AttachUserPolicy", Condition=but("ArnEquals", STRONG))))], FAIL, {"user/a": EXCEPTION}),
    "attaching AWS's policies alone": ([of_a_user(allow("iam:AttachUserPolicy", Condition=but("ArnLike", "arn:aws:iam::aws:policy/*")))], FAIL, {"user/a": EXCEPTION}),
    "attaching policies of a name": ([of_a_user(allow("iam:AttachUserPolicy", Condition=but("ArnLike", f"{IAM}:policy/app-*")))], PASS, {"user/a": MET}),
    "attaching a policy of one's own that is everything": (
        [of_a_user(allow("iam:AttachUserPolicy", Condition=but("ArnEquals", f"{IAM}:policy/all"))), policy(f"{IAM}:policy/all", EVERYTHING)], FAIL, {"user/a": EXCEPTION}),
    "attaching IAMFullAccess alone": ([of_a_role(allow("iam:AttachRolePolicy", Condition=but("ArnEquals", "arn:aws:iam::aws:policy/IAMFullAccess")))], FAIL, {"role/r": EXCEPTION}),
}  # fmt: skip


def _records(value: tuple[Sequence[Any], Any, dict[str, str]]) -> dict[str, Any]:
    records, conclusion, rows = value
    return {"records": {DETAILS: list(records)}, "conclusion": conclusion, "rows": rows, "only": True}


# Config's results, side by side with the report.
PEOPLE = [row("svc-ledger", **key(1, 30, 1), mfa_active="true"), row("dormant", mfa_active="true")]
ROOT_KEY = "IAM_ROOT_ACCESS_KEY_CHECK"


def _results(value: tuple[list[dict[str, Any]], Any, dict[str, Any]]) -> dict[str, Any]:
    more, conclusion, rows = value
    usual = [record for record in RECORDS[RESULTS][US] if ROOT_KEY.lower() not in str(record).lower()]
    return {"records": {RESULTS: {US: [*usual, *more]}}, "conclusion": conclusion, "rows": rows}


KEYS_ROW = f"{ROOT_KEY} {ACCOUNT}"
CFG_4 = {
    "compliant": ([verdict(ROOT_KEY, "COMPLIANT")], PASS, {KEYS_ROW: MET}),
    "noncompliant": ([verdict(ROOT_KEY, "NON_COMPLIANT")], FAIL, {KEYS_ROW: EXCEPTION}),
    "noncompliant by the rule's own verdict alone": ([verdict(ROOT_KEY, "COMPLIANT"), own_verdict(ROOT_KEY, "NON_COMPLIANT")], OPEN, {KEYS_ROW: MET, ROOT_KEY: UNSETTLED}),
    "compliant by the rule's own verdict alone": ([own_verdict(ROOT_KEY, "COMPLIANT")], OPEN, {ROOT_KEY: UNSETTLED}),
    "no result at all": ([], OPEN, {ROOT_KEY: UNSETTLED}),
    "insufficient data": ([verdict(ROOT_KEY, "INSUFFICIENT_DATA")], OPEN, {KEYS_ROW: UNSETTLED}),
    "insufficient data, and noncompliant elsewhere": ([verdict(ROOT_KEY, "INSUFFICIENT_DATA"), verdict("IAM_USER_MFA_ENABLED", "NON_COMPLIANT", "AIDAx")], FAIL, {KEYS_ROW: UNSETTLED, "IAM_USER_MFA_ENABLED AIDAx": EXCEPTION}),
    "compliant in small letters": ([verdict(ROOT_KEY, "compliant")], OPEN, {KEYS_ROW: UNSETTLED}),
    "of a rule that is not deployed": ([verdict(ROOT_KEY, "COMPLIANT", name="gone")], OPEN, {ROOT_KEY: UNSETTLED}),
    "both words of one resource": ([verdict(ROOT_KEY, "COMPLIANT"), verdict(ROOT_KEY, "NON_COMPLIANT")], FAIL, {KEYS_ROW: [MET, EXCEPTION]}),
}  # fmt: skip
CFG_5 = {
    "the report knows an old key, Config none": ([row("svc-ledger", **key(1, 200, 1), mfa_active="true"), PEOPLE[1]], FAIL, {"ACCESS_KEYS_ROTATED AIDAsvc-ledger": EXCEPTION}),
    "as Config says": (PEOPLE, PASS, {"ACCESS_KEYS_ROTATED AIDAsvc-ledger": MET}),
    "the report knows a person without MFA": ([row("svc-ledger", **key(1, 30, 1), **password(9, 1, mfa=False)), PEOPLE[1]], FAIL, {"MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS AIDAsvc-ledger": EXCEPTION, "IAM_USER_MFA_ENABLED AIDAsvc-ledger": EXCEPTION}),
    "the user is in the report no more": ([PEOPLE[1]], FAIL, {f"{name} AIDAsvc-ledger": EXCEPTION for name in ("ACCESS_KEYS_ROTATED", "IAM_USER_MFA_ENABLED", "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS")}),
    "a key of exactly 90 days": ([row("svc-ledger", **key(1, 90, 1), mfa_active="true"), PEOPLE[1]], PASS, {"ACCESS_KEYS_ROTATED AIDAsvc-ledger": MET}),
}  # fmt: skip

# Identity Center.
USERS, ASSIGNMENTS, SETS = (
    "identity-store.users",
    "identity-center.assignments",
    "identity-center.permission-sets",
)


def assigned(principal: str, to: str = ADMIN_SET, of: str = "USER", account: str = ACCOUNT) -> dict[str, str]:
    return {"AccountId": account, "PermissionSetArn": to, "PrincipalType": of, "PrincipalId": principal}


def without(*names: str, **members: Any) -> dict[str, Any]:
    return {name: value for name, value in (person("tomas") | members).items() if name not in names}


READERS = permission_set("Read", "arn:read", managed=("arn:aws:iam::aws:policy/ReadOnlyAccess",))
IDC_6 = {
    "disabled in small letters": ({USERS: [without(UserStatus="disabled")], ASSIGNMENTS: [assigned("id-tomas")]}, OPEN, {"id-tomas": UNSETTLED}),
    "disabled, reads alone": ({USERS: [without(UserStatus="DISABLED")], SETS: [READERS], ASSIGNMENTS: [assigned("id-tomas", "arn:read")]}, FAIL, {"id-tomas": EXCEPTION}),
    "disabled, in an account that is closed": ({USERS: [without(UserStatus="DISABLED")], ASSIGNMENTS: [assigned("id-tomas", account=MEMBER)], "organizations.accounts": [member(ACCOUNT, "m"), member(MEMBER, "x", "SUSPENDED")]}, PASS, {"id-tomas": MET}),
    "disabled, with members that are new": ({USERS: [without(UserStatus="DISABLED", Website="x", Birthdate="x")], ASSIGNMENTS: []}, PASS, {"id-tomas": MET}),
    "without a name": ({USERS: [without("UserName", UserStatus="DISABLED")], ASSIGNMENTS: [assigned("id-tomas")]}, FAIL, {"id-tomas": EXCEPTION}),
}  # fmt: skip
IDC_3 = {
    "a kind of principal that is new": ({ASSIGNMENTS: [assigned("x", of="APPLICATION")]}, OPEN, {}),
    "groups in two accounts": ({ASSIGNMENTS: [assigned("g-1", of="GROUP"), assigned("g-1", of="GROUP", account=MEMBER)]}, PASS, {}),
    "a set that is gone": ({ASSIGNMENTS: [assigned("id-tomas", "arn:gone")]}, FAIL, {f"arn:gone {ACCOUNT} USER:id-tomas": EXCEPTION}),
}  # fmt: skip
IDC_2 = {
    "an issuer of Entra": ([person("a", "https://sts.windows.net/0f0f0f0f-1111-2222-3333-444455556666/")], PASS, {"id-a": MET}),
    "an issuer that is blank": ([person("a"), person("b", " ")], OPEN, {"id-a": MET, "id-b": UNSETTLED}),
    "nobody in the store": ([], OPEN, {"identity source": UNSETTLED}),
    "three issuers": ([person("a"), person("b", "https://x.example"), person("c", "https://y.example")], PASS, {}),
}  # fmt: skip

# Two accounts, of which one is no member.

SHARED = analyzer("us-east-1", "org", type="ORGANIZATION")


def joined(account: str) -> dict[str, Any]:
    """A run of a second account, in two regions each, with the organization's analyzer in the first."""
    states = tuple(
        AccountState(account=one, name="a", state="ACTIVE", in_scope=True, reason="all")
        for one in (ACCOUNT, account)
    )
    regions = [RegionState(account=one, region=region, status="ENABLED", in_scope=True, reason="enabled")
               for one in (ACCOUNT, account) for region in ("us-east-1", "eu-west-1")]  # fmt: skip
    return {
        "options": {"accounts": (ACCOUNT, account), "regions": regions},
        "run": lambda _run: {"account_states": states},
    }


def strange(account: str, *own: dict[str, Any], unused: bool = False) -> dict[str, Any]:
    shared = analyzer("us-east-1", "org", type="ORGANIZATION_UNUSED_ACCESS" if unused else "ORGANIZATION")
    here = [shared, *([SHARED] if unused else [])]
    there = {
        Target(Scope.REGION, account, "us-east-1"): list(own),
        Target(Scope.REGION, account, "eu-west-1"): list(own),
    }
    return {ANALYZERS: {US: here, EU: [analyzer("eu-west-1", "org", type="ORGANIZATION")], **there}}


STRANGER = "777777777777"
ACROSS = (
    Case("AA-1", "strangers: an organization's analyzer covers no account outside it", FAIL, {"us-east-1": [MET, EXCEPTION], "eu-west-1": [MET, EXCEPTION]}, strange(STRANGER), **joined(STRANGER)),
    Case("AA-1", "strangers: an organization's analyzer covers a member", PASS, {"us-east-1": [MET, MET], "eu-west-1": [MET, MET]}, strange(MEMBER), **joined(MEMBER)),
    Case("AA-4", "strangers: an organization's analyzer covers no account outside it", FAIL, {"root": MET, f"arn:aws:iam::{STRANGER}:root": EXCEPTION}, strange(STRANGER, unused=True), **joined(STRANGER)),
    Case("AA-4", "strangers: an organization's analyzer covers a member", PASS, {"root": MET, f"arn:aws:iam::{MEMBER}:root": MET}, strange(MEMBER, unused=True), **joined(MEMBER)),
)  # fmt: skip


CASES: tuple[Case, ...] = (
    *(Case(**{**vars(case), "name": f"strangers: {name}"}) for name, value in ORGANIZATIONS.items() for case in _organization(value)),
    *table("PRIV-7", {f"strangers: {name}": value for name, value in ATTACHING.items()}, _records),
    *table("CFG-4", {f"strangers: {name}": value for name, value in CFG_4.items()}, _results),
    *table("CFG-5", {f"strangers: {name}": value for name, value in CFG_5.items()}, lambda value: {"report": value[0], "conclusion": value[1], "rows": value[2]}),
    *table("IDC-6", {f"strangers: {name}": value for name, value in IDC_6.items()}, lambda value: {"records": value[0], "conclusion": value[1], "rows": value[2]}),
    *table("IDC-3", {f"strangers: {name}": value for name, value in IDC_3.items()}, lambda value: {"records": value[0], "conclusion": value[1], "rows": value[2]}),
    *table("IDC-2", {f"strangers: {name}": value for name, value in IDC_2.items()}, lambda value: {"records": {USERS: value[0]}, "conclusion": value[1], "rows": value[2]}),
    *ACROSS,
)  # fmt: skip
