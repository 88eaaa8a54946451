"""SAMPLE and IPE: the evidence about the evidence."""

# ruff: noqa: E501  rows of tables are read across

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from evidence.bundle.format.models import AccountState, CallRecord, Run
from evidence.records import Outcome
from evidence.settings.model import Sampling, SealedSettings
from tests.controls.world import (
    ACCOUNT,
    ACCOUNT_TARGET,
    EU,
    IAM,
    NOW,
    ORGANIZATION_TARGET,
    password,
    row,
    stamp,
)
from tests.controls.world_records import (
    DETAILS,
    RECORDS,
    SUMMARY,
    accessed,
    analyzer,
    document,
    finding,
    member,
    policy,
    role,
    scp,
    user,
)
from tests.corpus.labelled import EMPTY, EXCEPTION, FAIL, MET, OPEN, OUTSIDE, PASS, UNSETTLED, Case, table
from tests.support.bundles import gap

AUTHORIZATION = "iam.authorization-details"
SECOND, HOUR = 1 / 86_400, 1 / 24
ONE, TWO, THREE = (
    f"users in the {source}" for source in ("authorization details", "credential report", "account summary")
)


def _users(value: tuple[list[str], list[str], int, Any, list[str]]) -> dict[str, Any]:
    details, reported, figure, conclusion, verdicts = value
    kept = [record for record in DETAILS if "UserDetail" not in record]
    return {
        "records": {AUTHORIZATION: [*(user(name) for name in details), *kept],
                    "iam.account-summary": [SUMMARY | {"Users": figure}]},
        "report": [row(name) for name in reported], "conclusion": conclusion,
        "rows": dict(zip((ONE, TWO, THREE), verdicts, strict=True)), "only": True,
    }  # fmt: skip


MANY = [f"u-{number}" for number in range(5_000)]
IPE_1 = table("IPE-1", {
    "two users everywhere": (["a", "b"], ["a", "b"], 2, PASS, [MET, MET, MET]),
    "no users anywhere": ([], [], 0, PASS, [MET, MET, MET]),
    "one user": (["a"], ["a"], 1, PASS, [MET, MET, MET]),
    "5,000 users": (MANY, MANY, 5_000, PASS, [MET, MET, MET]),
    "one of 5,000 is not in the report": (MANY, MANY[1:], 5_000, FAIL, [MET, EXCEPTION, MET]),
    "in the report alone": (["a"], ["a", "b"], 1, FAIL, [MET, EXCEPTION, MET]),
    "in the details alone": (["a", "b"], ["a"], 2, FAIL, [MET, EXCEPTION, MET]),
    "the summary counts one more": (["a"], ["a"], 2, FAIL, [MET, MET, EXCEPTION]),
    "the summary counts one less": (["a", "b"], ["a", "b"], 1, FAIL, [MET, MET, EXCEPTION]),
    "the same number of others": (["a"], ["b"], 1, FAIL, [MET, EXCEPTION, MET]),
    "names that differ by case are others": (["A"], ["a"], 1, FAIL, [MET, EXCEPTION, MET]),
    "odd legal names": (["=a+b@c,-_."], ["=a+b@c,-_."], 1, PASS, [MET, MET, MET]),
}, _users)  # fmt: skip


def _counts(value: tuple[dict[str, int], Any, dict[str, str]]) -> dict[str, Any]:
    members, conclusion, rows = value
    return {"records": {"iam.account-summary": [SUMMARY | members]}, "conclusion": conclusion, "rows": rows}


ALL = {"groups": MET, "roles": MET, "policies": MET}
IPE_2 = (
    *table("IPE-2", {
        "as counted": ({}, PASS, ALL),
        **{f"{name} {sign:+d}": ({name: SUMMARY[name] + sign}, FAIL, ALL | {name.lower(): EXCEPTION})
           for name in ("Groups", "Roles", "Policies") for sign in (1, -1) if (name, sign) != ("Roles", -1)},
        "Roles less the service-linked one": ({"Roles": SUMMARY["Roles"] - 1}, OPEN, ALL | {"roles": UNSETTLED}),
        "Roles -2": ({"Roles": SUMMARY["Roles"] - 2}, FAIL, ALL | {"roles": EXCEPTION}),
        "none of anything in the summary": (
            {"Groups": 0, "Roles": 0, "Policies": 0}, FAIL, dict.fromkeys(ALL, EXCEPTION)),
        "users are IPE-1's": ({"Users": 99}, PASS, ALL),
    }, _counts),
    Case("IPE-2", "an account with nothing", PASS, ALL, {
        AUTHORIZATION: [], "iam.account-summary": [SUMMARY | {"Groups": 0, "Roles": 0, "Policies": 0}]}),
    Case("IPE-2", "AWS's own policies are not counted", PASS, ALL, {
        AUTHORIZATION: [policy("arn:aws:iam::aws:policy/X", document(Action="s3:*", Resource="*"))],
        "iam.account-summary": [SUMMARY | {"Groups": 0, "Roles": 0, "Policies": 0}]}),
)  # fmt: skip


def _devices(value: tuple[int, list[str], Any]) -> dict[str, Any]:
    figure, owners, conclusion = value
    devices = [{"SerialNumber": f"{IAM}:mfa/{number}"} | ({"User": {"Arn": f"{IAM}:{owner}"}} if owner else {})
               for number, owner in enumerate(owners)]  # fmt: skip
    return {
        "report": [row("a", **password(9, 1)), row("b", **password(9, 1)), row("c")], "conclusion": conclusion,
        "records": {"iam.account-summary": [SUMMARY | {"MFADevicesInUse": figure}], "iam.mfa-devices": devices},
    }  # fmt: skip


IPE_3 = tuple(
    case if case.conclusion is PASS else Case(**{**vars(case), "rows": {
        "MFA devices in use": EXCEPTION if case.conclusion is FAIL else UNSETTLED}})
    for case in table("IPE-3", {
        "two users, root not counted": (2, [], PASS),
        "two users, root counted": (3, [], PASS),
        "one less": (1, [], FAIL),
        "one more than with root": (4, [], FAIL),
        "none, as no device is virtual": (0, [], OPEN),
        "one virtual device of two users, and no other": (1, ["user/a"], OPEN),
        "one less than the virtual devices": (1, ["user/a", "user/b"], FAIL),
        "two virtual devices of one user": (3, ["user/a", "user/a"], PASS),
        "the same, with root": (4, ["user/a", "user/a"], PASS),
        "an unassigned device": (2, [""], PASS),
        "root has two": (4, ["root", "root"], PASS),
        "root has two, one more": (5, ["root", "root"], FAIL),
    }, _devices)
)  # fmt: skip


def units(item: str, **members: Any) -> Callable[[Run], Mapping[str, Any]]:
    return lambda run: {
        "units": tuple(unit.model_copy(update=members if unit.item == item else {}) for unit in run.units)
    }


def drop(item: str, target: Any = None) -> Callable[[Run], Mapping[str, Any]]:
    return lambda run: {"units": tuple(
        unit for unit in run.units if unit.item != item or (target and unit.target.target() != target)
    )}  # fmt: skip


def twice(item: str) -> Callable[[Run], Mapping[str, Any]]:
    return lambda run: {"units": (*run.units, next(unit for unit in run.units if unit.item == item))}


DEVICES, RULES = "iam.mfa-devices", "config.rules"
IPE_4 = (
    Case("IPE-4", "everything planned ended", PASS, {DEVICES: MET, RULES: [MET, MET]}),
    Case("IPE-4", "a gap that is named is an ending", PASS, {DEVICES: MET}, gaps=[gap(DEVICES)]),
    Case("IPE-4", "a gap that nobody names", FAIL, {DEVICES: EXCEPTION}, run=units(DEVICES, outcome=Outcome.GAP)),
    Case("IPE-4", "no unit at all", FAIL, {DEVICES: EXCEPTION}, run=drop(DEVICES)),
    Case("IPE-4", "no unit in one region", FAIL, {RULES: [EXCEPTION, MET]}, run=drop(RULES, EU)),
    Case("IPE-4", "a unit stands twice", FAIL, {DEVICES: EXCEPTION}, run=twice(DEVICES)),
    Case("IPE-4", "a unit without files", FAIL, {DEVICES: EXCEPTION}, run=units(DEVICES, files=())),
    Case("IPE-4", "a file that is not in the bundle", FAIL, {DEVICES: EXCEPTION},
         run=units(DEVICES, files=(f"{ACCOUNT}/iam/elsewhere.jsonl",))),
    Case("IPE-4", "a file of no unit but a folder's name", FAIL, {RULES: [EXCEPTION, EXCEPTION]},
         run=units(RULES, files=("data",))),
    Case("IPE-4", "nothing was planned", OPEN, run=lambda _run: {"items": ()}, only=True),
    Case("IPE-4", "what was left out on purpose is not planned", PASS, options={"excluded": ["cloudtrail.trails"]}),
)  # fmt: skip


def call(seq: int = 1, truncated: bool = False, **members: Any) -> CallRecord:
    return CallRecord(
        **{
            "seq": seq, "item": DEVICES, "service": "iam", "operation": "ListVirtualMFADevices",
            "parameters": {}, "account": ACCOUNT, "region": "us-east-1", "request_id": "r", "status": 200,
            "attempts": 1, "started": NOW, "finished": NOW, "aws_date": NOW, "records": 100,
            "truncated": truncated, "depth": seq, "file": "", **members,
        }
    )  # fmt: skip


def _calls(value: tuple[Any, ...]) -> dict[str, Any]:
    return {"options": {"calls": value[0]}, "conclusion": value[1],
            "rows": {f"{DEVICES} iam:ListVirtualMFADevices": value[2:] or EXCEPTION} if value[1] is FAIL else {}}  # fmt: skip


TOKEN = {"Marker": "sha256:0123456789abcdef"}
IPE_5 = table("IPE-5", {
    "one page": ([call()], PASS),
    "an empty page": ([call(records=0)], PASS),
    "two pages": ([call(1, True), call(2, parameters=TOKEN)], PASS),
    "three pages": ([call(1, True), call(2, True, parameters=TOKEN), call(3, parameters=TOKEN)], PASS),
    "cut after the first": ([call(1, True)], FAIL),
    "cut after the second": ([call(1, True), call(2, True, parameters=TOKEN)], FAIL),
    "cut where nothing was listed": ([call(1, True, records=0)], FAIL),
    "the other page is of another account": ([call(1, True), call(2, account="210987654321", parameters=TOKEN)], FAIL, EXCEPTION, MET),
    "the other page is of another region": ([call(1, True), call(2, region="eu-west-1", parameters=TOKEN)], FAIL, MET, EXCEPTION),
    "the other page is of another item": ([call(1, True), call(2, item="sts.caller", parameters=TOKEN)], FAIL),
    "the other page is of other parameters": ([call(1, True), call(2, parameters={"PathPrefix": "/"})], FAIL),
    "another series is complete": ([call(1, parameters={"PathPrefix": "/"}), call(2, True)], FAIL),
    "calls that list nothing": ([call(records=None, truncated=True)], OPEN),
    "no calls": ([], OPEN),
}, _calls)  # fmt: skip

HEAD = "iam.credential-report"


def _age(value: tuple[float, Any]) -> dict[str, Any]:
    days, conclusion = value
    return {"records": {HEAD: [{"GeneratedTime": stamp(days), "ReportFormat": "text/csv"}]}, "conclusion": conclusion,
            "rows": {"credential report": MET if conclusion is PASS else EXCEPTION}}  # fmt: skip


IPE_6 = (
    *table("IPE-6", {
        "made now": (0, PASS),
        "exactly 4 hours old": (4 * HOUR, PASS),
        "a second older": (4 * HOUR + SECOND, FAIL),
        "a second younger": (4 * HOUR - SECOND, PASS),
        "a day old": (1, FAIL),
        "made 5 seconds after collection: the clocks differ": (-5 * SECOND, PASS),
        "made 6 seconds after collection": (-6 * SECOND, FAIL),
    }, _age, reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html"),
    Case("IPE-6", "a limit of one hour", FAIL, {"credential report": EXCEPTION}, thresholds={"credential_report_hours": 1},
         records={HEAD: [{"GeneratedTime": stamp(1 * HOUR + SECOND), "ReportFormat": "text/csv"}]}),
    Case("IPE-6", "a unit that began before the run", FAIL, {DEVICES: EXCEPTION},
         run=units(DEVICES, started=NOW - timedelta(seconds=1))),
    Case("IPE-6", "a unit that ended after the run", FAIL, {DEVICES: EXCEPTION},
         run=units(DEVICES, finished=NOW + timedelta(seconds=1))),
    Case("IPE-6", "a unit that ended before it began", FAIL, {DEVICES: EXCEPTION},
         run=units(DEVICES, started=NOW + timedelta(seconds=1))),
)  # fmt: skip


def _clock(value: tuple[list[float | None], Any]) -> dict[str, Any]:
    seconds, conclusion = value
    return {"options": {"calls": [
        call(number, aws_date=None if skew is None else NOW + timedelta(seconds=skew))
        for number, skew in enumerate(seconds, start=1)
    ]}, "conclusion": conclusion}  # fmt: skip


CLOCK = "clock of the collecting machine"
IPE_7 = tuple(
    Case(**{**vars(case), "rows": {CLOCK: {PASS: MET, FAIL: EXCEPTION, OPEN: UNSETTLED}[case.conclusion]}})
    for case in table("IPE-7", {
        "no distance": ([0], PASS),
        "6 seconds behind: one is the header's": ([-6], PASS),
        "6 seconds ahead": ([6], PASS),
        "a little more behind": ([-6.001], FAIL),
        "a little more ahead": ([6.001], FAIL),
        "one answer of three": ([0, 60, 0], FAIL),
        "the last answer": ([0, 0, -60], FAIL),
        "an hour": ([3600], FAIL),
        "one of two without a date": ([None, 1], PASS),
        "no answer with a date": ([None, None], OPEN),
    }, _clock)
)  # fmt: skip


def caller(**members: str) -> Callable[[Run], Mapping[str, Any]]:
    return lambda run: {"caller_end": run.caller_start.model_copy(update=members)}


ROLE = f"arn:aws:sts::{ACCOUNT}:assumed-role"
CALLER = f"{ROLE}/EvidenceReader/audit"
IPE_8 = (
    Case("IPE-8", "the same", PASS, {CALLER: MET}),
    Case("IPE-8", "the role's next session", PASS, run=caller(user_id="AROAEXAMPLEEVIDENCE00:later")),
    Case("IPE-8", "another role", FAIL, {CALLER: EXCEPTION}, run=caller(arn=f"{ROLE}/Other/audit", user_id="AROAOTHER:audit")),
    Case("IPE-8", "a user", FAIL, {CALLER: EXCEPTION}, run=caller(arn=f"{IAM}:user/a", user_id="AIDA1")),
    Case("IPE-8", "another account", FAIL, {CALLER: EXCEPTION}, run=caller(account="210987654321", arn="arn:aws:sts::210987654321:assumed-role/EvidenceReader/audit")),
    Case("IPE-8", "not known at the end", OPEN, {CALLER: UNSETTLED}, run=lambda _run: {"caller_end": None}),
    Case("IPE-8", "root", FAIL, {CALLER: EXCEPTION}, run=caller(arn=f"{IAM}:root", user_id=ACCOUNT)),
    Case("IPE-8", "a role whose name is longer", FAIL, {CALLER: EXCEPTION}, run=caller(arn=f"{ROLE}/EvidenceReader2/audit")),
    Case("IPE-8", "a role whose name is shorter", FAIL, {CALLER: EXCEPTION}, run=caller(arn=f"{ROLE}/EvidenceRead/audit")),
    Case("IPE-8", "another partition", FAIL, {CALLER: EXCEPTION}, run=caller(arn=f"arn:aws-cn:sts::{ACCOUNT}:assumed-role/EvidenceReader/audit")),
)  # fmt: skip


def _regions(value: tuple[dict[str, str], Any, dict[str, str]]) -> dict[str, Any]:
    listed, conclusion, rows = value
    records = [{"RegionName": region, "RegionOptStatus": status} for region, status in listed.items()]
    return {"records": {"account.regions": records}, "conclusion": conclusion, "rows": rows, "only": True}


IN_SCOPE, BY_DEFAULT = {"us-east-1": "ENABLED", "eu-west-1": "ENABLED"}, {"us-east-1": "ENABLED_BY_DEFAULT"}
BOTH = {"us-east-1": MET, "eu-west-1": MET}
IPE_9 = table("IPE-9", {
    "both": (IN_SCOPE, PASS, BOTH),
    "one by default": (BY_DEFAULT, PASS, {"us-east-1": MET}),
    "one more by default": (IN_SCOPE | {"us-west-2": "ENABLED_BY_DEFAULT"}, FAIL, BOTH | {"us-west-2": EXCEPTION}),
    "one more, opted in": (IN_SCOPE | {"af-south-1": "ENABLED"}, FAIL, BOTH | {"af-south-1": EXCEPTION}),
    "two more": (IN_SCOPE | dict.fromkeys(("af-south-1", "me-south-1"), "ENABLED"), FAIL,
                 BOTH | dict.fromkeys(("af-south-1", "me-south-1"), EXCEPTION)),
    "one more, disabled": (IN_SCOPE | {"af-south-1": "DISABLED"}, PASS, BOTH | {"af-south-1": OUTSIDE}),
    "one more, being disabled": (IN_SCOPE | {"af-south-1": "DISABLING"}, PASS, BOTH | {"af-south-1": OUTSIDE}),
    "one more, being enabled": (IN_SCOPE | {"af-south-1": "ENABLING"}, PASS, BOTH | {"af-south-1": OUTSIDE}),
    "none is listed": ({}, OPEN, {}),
    "disabled ones alone": ({"af-south-1": "DISABLED"}, OPEN, {"af-south-1": OUTSIDE}),
}, _regions, reference="https://docs.aws.amazon.com/accounts/latest/reference/API_Region.html")  # fmt: skip


OTHER, THIRD = "333333333333", "4" * 12
ORGANIZATION = f"arn:aws:organizations::{ACCOUNT}:account/o-1"
LEFT_OUT = {OTHER: "excluded by /Sandbox: Holds nothing."}
NOT_ASKED = {OTHER: "not asked for: this run covers the caller's account and those named in the settings"}
BY_A_FLAG = {OTHER: f"excluded by {OTHER}: left out on the command line"}
NOT_INCLUDED = {OTHER: "not included by /Workloads"}


def _accounts(value: tuple[dict[str, str], dict[str, str], Any, dict[str, str]]) -> dict[str, Any]:
    """Of (state by account listed, reason by account left out, conclusion, verdict by account)."""
    listed, out, conclusion, verdicts = value
    states = [AccountState(account=ACCOUNT, state="ACTIVE", in_scope=True, reason="the caller's own")]
    states += [
        AccountState(account=one, state="ACTIVE", in_scope=False, reason=why) for one, why in out.items()
    ]
    return {
        "records": {
            "organizations.accounts": [member(one, "a", state) for one, state in listed.items()],
            **PLACES,
        },
        "run": lambda _run: {"account_states": tuple(states)},
        "conclusion": conclusion,
        "rows": {f"{ORGANIZATION}/{one}" if one in listed else one: said for one, said in verdicts.items()},
        "only": True,
    }


LIST = "organization/organizations/accounts.jsonl"
PLACES: dict[str, list[Any]] = {"organizations.units": [], "organizations.policies": []}
OWN = {ACCOUNT: "ACTIVE"}
BOTH_ACTIVE = OWN | {OTHER: "ACTIVE"}
IPE_10 = table("IPE-10", {
    "one account": (OWN, {}, PASS, {ACCOUNT: MET}),
    "another is left out for a reason": (BOTH_ACTIVE, LEFT_OUT, PASS, {ACCOUNT: MET, OTHER: OUTSIDE}),
    "another was merely not asked for": (BOTH_ACTIVE, NOT_ASKED, FAIL, {ACCOUNT: MET, OTHER: EXCEPTION}),
    "another is left out by a flag, without a reason": (BOTH_ACTIVE, BY_A_FLAG, FAIL, {ACCOUNT: MET, OTHER: EXCEPTION}),
    "another is not among those asked for": (BOTH_ACTIVE, NOT_INCLUDED, FAIL, {ACCOUNT: MET, OTHER: EXCEPTION}),
    "another was not asked for, and is suspended": (OWN | {OTHER: "SUSPENDED"}, NOT_ASKED, PASS, {ACCOUNT: MET, OTHER: OUTSIDE}),
    "another is not known to the run": (BOTH_ACTIVE, {}, FAIL, {ACCOUNT: MET, OTHER: EXCEPTION}),
    "of two others one is not known": (BOTH_ACTIVE | {THIRD: "ACTIVE"}, LEFT_OUT, FAIL,
                                       {ACCOUNT: MET, OTHER: OUTSIDE, THIRD: EXCEPTION}),
    "another is suspended": (OWN | {OTHER: "SUSPENDED"}, {}, PASS, {ACCOUNT: MET, OTHER: OUTSIDE}),
    "another is being closed": (OWN | {OTHER: "PENDING_CLOSURE"}, {}, PASS, {ACCOUNT: MET, OTHER: OUTSIDE}),
    "another is closed": (OWN | {OTHER: "CLOSED"}, {}, PASS, {ACCOUNT: MET, OTHER: OUTSIDE}),
    "another is not activated yet": (OWN | {OTHER: "PENDING_ACTIVATION"}, {}, PASS, {ACCOUNT: MET, OTHER: OUTSIDE}),
    "another is in a state of a new name": (OWN | {OTHER: "DORMANT"}, {}, FAIL, {ACCOUNT: MET, OTHER: EXCEPTION}),
    "the one that was asked is not listed": ({OTHER: "ACTIVE"}, LEFT_OUT, FAIL, {ACCOUNT: EXCEPTION, OTHER: OUTSIDE}),
    "no organization": ({}, {}, EMPTY, {}),
    "the run knew an account that is not listed": (OWN, LEFT_OUT, FAIL, {ACCOUNT: MET, OTHER: EXCEPTION}),
}, _accounts, reference="https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html")  # fmt: skip


def _named(value: tuple[str, Any]) -> dict[str, Any]:
    """One account is listed, and an item names others."""
    item, records = value
    return {"records": {"organizations.accounts": [member(ACCOUNT, "a")], **PLACES, item: records},
            "rows": {THIRD: EXCEPTION, f"{ORGANIZATION}/{ACCOUNT}": MET}, "conclusion": FAIL, "only": True}  # fmt: skip


IPE_10_NAMED = table("IPE-10", {
    "the tree names one that is not listed": ("organizations.units", [{"Root": {"Id": "r-1"}}, {"AccountId": THIRD, "ParentId": "r-1"}]),
    "a policy is attached to one that is not listed": ("organizations.policies", [scp("x", document(Action="*", Resource="*"), "r-1", THIRD)]),
    "services are delegated to one that is not listed": ("organizations.delegated-administrators", {
        ORGANIZATION_TARGET: [{"DelegatedAdministrator": {"Id": THIRD}, "DelegatedServices": []}]}),
    "people are assigned to one that is not listed": ("identity-center.assignments", [
        {"AccountId": THIRD, "PermissionSetArn": "p", "PrincipalType": "GROUP", "PrincipalId": "g"}]),
    "a finding is of one that is not listed": ("access-analyzer.findings", [finding("x", "ACTIVE", resourceOwnerAccount=THIRD)]),
}, _named)  # fmt: skip
IPE_10_ODD = (
    Case("IPE-10", "an account without a name", PASS, {f"{ORGANIZATION}/{ACCOUNT}": MET}, PLACES | {
        "organizations.accounts": [{"Account": {"Id": ACCOUNT, "Arn": f"{ORGANIZATION}/{ACCOUNT}", "State": "ACTIVE"}}]}, only=True),
    Case("IPE-10", "an account without a state", PASS, {f"{ORGANIZATION}/{ACCOUNT}": MET}, PLACES | {
        "organizations.accounts": [{"Account": {"Id": ACCOUNT, "Arn": f"{ORGANIZATION}/{ACCOUNT}"}}]}, only=True),
    Case("IPE-10", "a record that is no account", OPEN, {f"{ORGANIZATION}/{ACCOUNT}": MET, LIST + ":2": UNSETTLED}, PLACES | {
        "organizations.accounts": [member(ACCOUNT, "a"), {"Account": {}}]}, only=True),
)  # fmt: skip


def sample(**members: Any) -> Callable[[Run], Mapping[str, Any]]:
    return lambda run: {"samples": tuple(entry.model_copy(update=members) for entry in run.samples)}


VANISHED_ROLE = {"RoleName": "app", "Arn": f"{IAM}:role/app", "SelectedBy": "random", "Vanished": True}
SELECTION = f"selection of roles in {ACCOUNT}"
DOCUMENTS = "iam.sample-role-policies"
SAMPLE = (
    Case("SAMPLE", "drawn again alike", PASS, {SELECTION: MET}),
    Case("SAMPLE", "another seed is recorded", FAIL, {SELECTION: EXCEPTION}, run=sample(seed="1")),
    Case("SAMPLE", "another method is recorded", FAIL, {SELECTION: EXCEPTION}, run=sample(method="by hand")),
    Case("SAMPLE", "another population is recorded", FAIL, {SELECTION: EXCEPTION}, run=sample(population=99)),
    Case("SAMPLE", "another digest of the population", FAIL, {SELECTION: EXCEPTION}, run=sample(population_digest="0" * 64)),
    Case("SAMPLE", "other roles are recorded", FAIL, {SELECTION: EXCEPTION}, run=sample(chosen=(f"{IAM}:role/app",))),
    Case("SAMPLE", "a named role is recorded, none is named", FAIL, {SELECTION: EXCEPTION}, run=sample(named=(f"{IAM}:role/app",))),
    Case("SAMPLE", "another size is recorded", FAIL, {SELECTION: EXCEPTION}, run=sample(size=1)),
    Case("SAMPLE", "nothing is recorded", FAIL, {SELECTION: EXCEPTION}, run=lambda _run: {"samples": ()}),
    Case("SAMPLE", "documents of a sampled role are missing", FAIL, {"role/app": EXCEPTION, "role/audit": EXCEPTION},
         {DOCUMENTS: []}),
    Case("SAMPLE", "a sampled role was deleted before its documents were read", PASS, {"role/app": OUTSIDE, "role/audit": MET},
         {DOCUMENTS: [VANISHED_ROLE, *RECORDS[DOCUMENTS][ACCOUNT_TARGET][1:]]}),
    Case("SAMPLE", "another role was deleted", FAIL, {"role/app": EXCEPTION, "role/audit": MET},
         {DOCUMENTS: [VANISHED_ROLE | {"Arn": f"{IAM}:role/x"}, *RECORDS[DOCUMENTS][ACCOUNT_TARGET][1:]]}),
    Case("SAMPLE", "the table draws nothing of a population that is not empty", FAIL,
         {"stratum the rest in " + ACCOUNT: EXCEPTION}, {DOCUMENTS: []},
         options={"settings": SealedSettings(sampling=Sampling(table=((99, 0),)))}),
    Case("SAMPLE", "no roles", EMPTY, {}, {AUTHORIZATION: [], DOCUMENTS: []}, only=True),
    Case("SAMPLE", "service-linked roles alone", EMPTY, {}, {
        AUTHORIZATION: [role("AWSServiceRoleForX", "/aws-service-role/x.amazonaws.com/")], DOCUMENTS: []}, only=True),
)  # fmt: skip

FEATURES = "organizations.root-access"
REST = (
    *table("ROOT-5", {
        "a feature whose name is longer": (["RootCredentialsManagementX"], FAIL),
        "in other letters": (["rootcredentialsmanagement"], FAIL),
        "named twice": (["RootCredentialsManagement"] * 2, PASS),
    }, lambda value: {"records": {FEATURES: [{"EnabledFeatures": value[0], "Enabled": True}]}, "conclusion": value[1],
                      "rows": {"arn:o": MET if value[1] is PASS else EXCEPTION}}),
    *table("PRIV-5", {
        "one service, used today": ({"s3": 0}, PASS),
        "one service, never used": ({"s3": None}, FAIL),
        "the last of many": (dict.fromkeys((f"s{number}" for number in range(99)), 1) | {"z": None}, FAIL),
    }, lambda value: {"conclusion": value[1], "rows": {"role/app": MET if value[1] is PASS else EXCEPTION}, "records": {
        "iam.last-accessed": [accessed(f"{IAM}:role/app", **value[0]), accessed(f"{IAM}:role/audit", s3=1)]}}),
    *table("AA-4", {
        "none": ([], FAIL),
        "the account's": ([("ACCOUNT_UNUSED_ACCESS", "ACTIVE")], PASS),
        "the organization's": ([("ORGANIZATION_UNUSED_ACCESS", "ACTIVE")], PASS),
        "external access is something else": ([("ACCOUNT", "ACTIVE")], FAIL),
        "so is the organization's": ([("ORGANIZATION", "ACTIVE")], FAIL),
        "so is internal access": ([("ORGANIZATION_INTERNAL_ACCESS", "ACTIVE")], FAIL),
        "being made": ([("ACCOUNT_UNUSED_ACCESS", "CREATING")], FAIL),
        "disabled": ([("ACCOUNT_UNUSED_ACCESS", "DISABLED")], FAIL),
        "failed": ([("ORGANIZATION_UNUSED_ACCESS", "FAILED")], FAIL),
        "one of two works": ([("ACCOUNT_UNUSED_ACCESS", "FAILED"), ("ORGANIZATION_UNUSED_ACCESS", "ACTIVE")], PASS),
    }, lambda value: {"conclusion": value[1], "rows": {"root": MET if value[1] is PASS else EXCEPTION}, "records": {
        "access-analyzer.analyzers": [
            analyzer("us-east-1", f"a{number}", type=kind, status=status)
            for number, (kind, status) in enumerate(value[0])]}}),
)  # fmt: skip

CASES: tuple[Case, ...] = (
    *IPE_1, *IPE_2, *IPE_3, *IPE_4, *IPE_5, *IPE_6, *IPE_7, *IPE_8, *IPE_9, *IPE_10, *IPE_10_NAMED, *IPE_10_ODD, *SAMPLE, *REST,
)  # fmt: skip
