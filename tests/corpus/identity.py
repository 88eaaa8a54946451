"""IDC: Identity Center in use; more stands in tests/controls/test_identity.py."""

# ruff: noqa: E501  rows of tables are read across

from typing import Any

from evidence.bundle.format.models import RegionState
from evidence.controls.declaration import Conclusion
from evidence.records import Scope, Target
from tests.controls.world import ACCOUNT, ACCOUNT_TARGET, EU, ORGANIZATION_TARGET, US, ago
from tests.controls.world_records import (
    ADMIN_SET,
    ADMINISTRATOR,
    DETAILS,
    INSTANCE,
    LOOKED_UP,
    RECORDS,
    analyzer,
    person,
    recorder,
    role,
)
from tests.corpus.labelled import EMPTY, EXCEPTION, FAIL, MET, OPEN, OUTSIDE, PASS, UNSETTLED, Case, table

ITEM = "identity-center.instance"
RECORD = RECORDS[ITEM][ORGANIZATION_TARGET][0]
DOC = "https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_InstanceMetadata.html"


def instance(**members: Any) -> dict[str, Any]:
    return RECORD | {"Instance": RECORD["Instance"] | members}


OTHERS = {"OwnerAccountId": "210987654321", "InstanceArn": "arn:aws:sso:::instance/ssoins-2"}

CASES: tuple[Case, ...] = (
    Case("IDC-1", "being deleted", FAIL, {INSTANCE: EXCEPTION},
         {ITEM: [instance(Status="DELETE_IN_PROGRESS")]}, reference=DOC),
    Case("IDC-1", "failed to be made", FAIL, {INSTANCE: EXCEPTION},
         {ITEM: [instance(Status="CREATE_FAILED")]}, reference=DOC),
    Case("IDC-1", "an account's own instance beside it", PASS, {INSTANCE: MET},
         {ITEM: [instance(**OTHERS), instance()]}),
    Case("IDC-1", "an account's own instance, not yet made, beside it", PASS, {INSTANCE: MET},
         {ITEM: [instance(**OTHERS, Status="CREATE_IN_PROGRESS"), instance()]}),
    Case("IDC-1", "no organization, an instance", EMPTY, records={
        ITEM: [instance()], "organizations.organization": [{"Organization": None}], "organizations.accounts": []}),
    Case("IDC-1", "the management account is another, which was not asked", OPEN, {"arn:o": UNSETTLED}, records={
        "organizations.organization": [{"Organization": {"Arn": "arn:o", "MasterAccountId": "210987654321"}}]}),
)  # fmt: skip

assert RECORD["Instance"]["OwnerAccountId"] == ACCOUNT


def assigned(*holders: tuple[str, str]) -> dict[str, list[dict[str, str]]]:
    return {
        "identity-center.assignments": [
            {"AccountId": ACCOUNT, "PermissionSetArn": ADMIN_SET, "PrincipalType": kind, "PrincipalId": name}
            for kind, name in holders
        ]
    }


def _assigned(value: tuple[list[tuple[str, str]], Conclusion]) -> dict[str, Any]:
    holders, conclusion = value
    subject = f"{ADMIN_SET} {ACCOUNT}"
    rows = {f"{subject} {kind}:{name}": EXCEPTION if kind == "USER" else MET for kind, name in holders}
    return {"records": assigned(*holders), "conclusion": conclusion, "rows": rows, "only": True}


GROUP, PERSON = ("GROUP", "g-1"), ("USER", "id-ingrid")
CASES += table("IDC-3", {
    "a group": ([GROUP], PASS),
    "a user": ([PERSON], FAIL),
    "a group and a user": ([GROUP, PERSON], FAIL),
    "two users": ([PERSON, ("USER", "id-tomas")], FAIL),
    "nobody": ([], EMPTY),
    "a deleted group is a group all the same": ([("GROUP", "gone")], PASS),
    "a deleted user is a user all the same": ([("USER", "gone")], FAIL),
}, _assigned, reference="https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_AccountAssignment.html")  # fmt: skip


def narrowed(**left_out: str) -> dict[str, Any]:
    """A run of us-east-1 alone, where the regions named stand so: `left out` by the settings, or not enabled."""
    states = [
        RegionState(account=ACCOUNT, region="us-east-1", status="ENABLED", in_scope=True, reason="enabled")
    ]
    states += [
        RegionState(
            account=ACCOUNT,
            region=region.replace("_", "-"),
            status=status,
            in_scope=False,
            reason="left out by the settings",
        )
        for region, status in left_out.items()
    ]
    return {"regions": states}


def question(region: str, answered: bool = True, scope: str = "CURRENT_REGION") -> dict[str, Any]:
    refused = (
        {}
        if answered
        else {"Cause": "permission missing", "ErrorCode": "AccessDeniedException", "Message": "No."}
    )
    return {"Region": region, "Asked": {"RegionScope": scope, "Answered": answered, **refused}}


def everywhere(answered: bool = True) -> dict[str, Any]:
    return question("us-east-1", answered, "ALL_REGIONS")


SETS, ASSIGNMENTS = "identity-center.permission-sets", "identity-center.assignments"
USERS, GROUPS, MEMBERSHIPS = (f"identity-store.{name}" for name in ("users", "groups", "memberships"))
NOTHING = {ITEM: [], SETS: [], ASSIGNMENTS: [], USERS: [], GROUPS: [], MEMBERSHIPS: []}
NARROW, WHOLE = narrowed(eu_west_1="ENABLED"), narrowed(af_south_1="DISABLED")
LISTING = "https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListInstances.html"
ORGANIZATION_ROW = RECORDS["organizations.organization"][ORGANIZATION_TARGET][0]["Organization"]["Arn"]


def _asked(value: tuple[list[Any], dict[str, Any], Conclusion, str]) -> dict[str, Any]:
    """Of (records of the instance's item, options of the run, conclusion, verdict)."""
    found, options, conclusion, verdict = value
    subject = INSTANCE if any("Instance" in one for one in found) else ORGANIZATION_ROW
    return {
        "records": {ITEM: found},
        "options": options,
        "conclusion": conclusion,
        "rows": {subject: verdict},
    }


HOME_REFUSES = [question("us-east-1"), question("eu-west-1", answered=False)]
BOTH_ANSWER = [question("us-east-1"), question("eu-west-1")]
CASES += table("IDC-1", {
    "none, every enabled region answered": ([], {}, FAIL, EXCEPTION),
    "none, one region left out of the run": ([], NARROW, OPEN, UNSETTLED),
    "none, the region left out is not enabled": ([], WHOLE, FAIL, EXCEPTION),
    "none, nobody could list the regions": ([], {"regions": [
        RegionState(account=ACCOUNT, region="us-east-1", status="UNKNOWN", in_scope=True, reason="a guess")]}, OPEN, UNSETTLED),
    "none, both regions answered": (BOTH_ANSWER, {}, FAIL, EXCEPTION),
    "none, one region refused": (HOME_REFUSES, {}, OPEN, UNSETTLED),
    "none, one region refused, all regions answered at once": ([everywhere(), *HOME_REFUSES], {}, FAIL, EXCEPTION),
    "none, all regions answered at once, in a narrowed run": ([everywhere()], NARROW, FAIL, EXCEPTION),
    "none, all regions were refused at once, each answered": ([everywhere(False), *BOTH_ANSWER], {}, FAIL, EXCEPTION),
    "none, all regions were refused at once, in a narrowed run": ([everywhere(False), question("us-east-1")], NARROW, OPEN, UNSETTLED),
    "found, in a narrowed run": ([instance()], NARROW, PASS, MET),
    "found, one region refused": ([*HOME_REFUSES, instance()], {}, PASS, MET),
    "found and failed, one region refused": ([*HOME_REFUSES, instance(Status="CREATE_FAILED")], {}, FAIL, EXCEPTION),
}, _asked, reference=LISTING)  # fmt: skip

NOTHING_TOLD = {
    f"{test}: {name}": (test, options, conclusion)
    for test in ("IDC-2", "IDC-3", "IDC-4", "IDC-5", "IDC-6")
    for name, options, conclusion in (
        ("no instance in a narrowed run", NARROW, OPEN),
        ("no instance, every enabled region answered", WHOLE, EMPTY),
    )
}
CASES += tuple(
    Case(test, name.partition(": ")[2], conclusion, records=NOTHING, options=options, only=test != "IDC-2")
    for name, (test, options, conclusion) in NOTHING_TOLD.items()
)
CASES += tuple(
    Case(test, "no instance, its region refused", OPEN, records=NOTHING | {ITEM: HOME_REFUSES})
    for test in ("IDC-2", "IDC-3", "IDC-4", "IDC-5", "IDC-6")
)

LEFTOVER = role(
    "AWSReservedSSO_Gone_0123456789abcdef", "/aws-reserved/sso.amazonaws.com/eu-west-1/", (ADMINISTRATOR,)
)
ROLE = "role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Gone_0123456789abcdef"
CASES += table("PRIV-2", {
    "a reserved role whose set is gone": ({}, {}, FAIL, EXCEPTION),
    "a reserved role, no instance in a narrowed run": (NOTHING, NARROW, OPEN, UNSETTLED),
    "a reserved role, the home region refused": (NOTHING | {ITEM: HOME_REFUSES}, {}, OPEN, UNSETTLED),
    "a reserved role, no instance anywhere": (NOTHING, WHOLE, FAIL, EXCEPTION),
}, lambda value: {"records": value[0] | {"iam.authorization-details": [*DETAILS, LEFTOVER]}, "options": value[1],
                  "conclusion": value[2], "rows": {ROLE: value[3]}}, reference=LISTING)  # fmt: skip

RECORDERS = "config.recorders"
TYPES = f"arn:aws:config::{ACCOUNT}:iam-types"
CASES += table("CFG-1", {
    "IAM is recorded in no region": ({}, FAIL, EXCEPTION),
    "IAM is recorded in no region that was asked": (NARROW, OPEN, UNSETTLED),
    "the region left out is not enabled": (WHOLE, FAIL, EXCEPTION),
}, lambda value: {"records": {RECORDERS: {US: [recorder(iam=False)]} | ({} if value[0] else {EU: [recorder(iam=False)]})},
                  "options": value[0], "conclusion": value[1], "rows": {TYPES: value[2]}})  # fmt: skip


def event(name: str) -> dict[str, Any]:
    members = {"EventName": name, "EventTime": ago(3), "Username": "lead", "CloudTrailEvent": "{}"}
    return {"Region": "eu-west-1", "Event": members}


ODD = {"UserId": "id-odd", "UserName": "odd", "IdentityStoreId": "d-1"}
ANN = person("ann")
DIRECTORY = [event("AssociateDirectory")]


def _source(value: tuple[list[dict[str, Any]], list[Any], Conclusion, dict[str, str]]) -> dict[str, Any]:
    users, happened, conclusion, rows = value
    return {
        "records": {USERS: users, "cloudtrail.access-events": [*LOOKED_UP, *happened]},
        "conclusion": conclusion,
        "rows": rows,
    }


CASES += table("IDC-2", {
    "an external id without an issuer costs one row": (
        [ANN, person("bob"), ODD | {"ExternalIds": [{"Id": "7"}]}], [], OPEN, {"id-odd": UNSETTLED, "id-ann": MET, "id-bob": MET}),
    "an empty issuer is none": ([ANN, ODD | {"ExternalIds": [{"Issuer": "", "Id": "7"}]}], [], OPEN, {"id-odd": UNSETTLED}),
    "a second external id has an issuer": (
        [ANN, ODD | {"ExternalIds": [{"Id": "7"}, {"Issuer": "https://idp.example/1", "Id": "8"}]}], [], PASS, {"id-odd": MET}),
    "a user that cannot be read costs one row": ([ANN, {"UserName": "b"}], [], OPEN, {
        "organization/identity-store/users.jsonl:2": UNSETTLED, "id-ann": MET}),
    "a status that is new": ([ANN | {"UserStatus": "PAUSED"}], [], PASS, {"id-ann": MET}),
    "nobody carries an issuer: from a directory, or made by hand": ([ODD], [], OPEN, {"id-odd": UNSETTLED, "identity source": UNSETTLED}),
    "nobody carries an issuer, an external provider was turned on": (
        [ODD], [event("EnableExternalIdPConfigurationForDirectory")], FAIL, {"id-odd": EXCEPTION}),
    "one of two carries no issuer": ([ANN, ODD], [], FAIL, {"id-odd": EXCEPTION}),
    "nobody carries an issuer, a directory was put in the place": (
        [ODD], DIRECTORY, FAIL, {"id-odd": UNSETTLED, "proof: CloudTrail events": EXCEPTION}),
}, _source, reference="https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_User.html")  # fmt: skip

ACCESS_EVENTS = "cloudtrail.access-events"
TURNED_ON, TURNED_OFF = event("EnableExternalIdPConfigurationForDirectory"), event("AssociateDirectory")
LOOKUP_DOC = "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html"
EVENTS_PROOF = "proof: CloudTrail events"


def answered(*less: str, **more: Any) -> list[dict[str, Any]]:
    """The questions, those of some names answered otherwise."""
    return [
        one | {"Asked": one["Asked"] | more} if one["Asked"]["EventName"] in less else one
        for one in LOOKED_UP
    ]


LATE = {"Answered": False, "Cause": "out of time", "ErrorCode": "DeadlineError", "Message": "late"}
DELEGATE = Target(Scope.ACCOUNT, "111122223333")


def _asked(value: tuple[Any, Conclusion, str]) -> dict[str, Any]:
    """Of (records of access events, conclusion, verdict on them): everybody carries an issuer."""
    records, conclusion, verdict = value
    return {"records": {USERS: [ANN], ACCESS_EVENTS: records}, "conclusion": conclusion,
            "rows": {EVENTS_PROOF: verdict}}  # fmt: skip


CASES += table("IDC-2", {
    "every name was answered, and nothing happened": (answered(), PASS, OUTSIDE),
    "no name was asked for": ([], OPEN, UNSETTLED),
    "one name that turns a provider off came too late": (answered("AssociateDirectory", **LATE), OPEN, UNSETTLED),
    "one name that turns a provider on was refused": (answered("CreateBearerToken", **LATE), OPEN, UNSETTLED),
    "a name that tells nothing of the source came too late": (answered("CreateAccountAssignment", **LATE), PASS, OUTSIDE),
    "a name was asked for since a day only": (answered("AssociateDirectory", From=ago(7)), OPEN, UNSETTLED),
    "the names were asked for in another region": ([one | {"Region": "us-east-1"} for one in LOOKED_UP], OPEN, UNSETTLED),
    "turned on, and a name that turns off came too late": ([*answered("AssociateDirectory", **LATE), TURNED_ON], OPEN, UNSETTLED),
    "turned off, and a name that changes came too late": (
        [*answered("ImportExternalIdPCertificate", **LATE), TURNED_OFF], FAIL, EXCEPTION),
    "turned off in a region where it is not at home": ([*LOOKED_UP, TURNED_OFF | {"Region": "us-east-1"}], PASS, OUTSIDE),
    "turned off in the delegated administrator's account": (
        {ACCOUNT_TARGET: answered(), DELEGATE: [*LOOKED_UP, TURNED_OFF]}, FAIL, EXCEPTION),
    "a name came too late in the delegated administrator's account": (
        {ACCOUNT_TARGET: answered(), DELEGATE: answered("AssociateDirectory", **LATE)}, OPEN, UNSETTLED),
    "a member was asked for nothing of Identity Center": ({ACCOUNT_TARGET: answered(), DELEGATE: []}, PASS, OUTSIDE),
    "an event that cannot be read": ([*LOOKED_UP, event("x") | {"Event": {"EventName": 1}}], OPEN, UNSETTLED),
    "a member's event that cannot be read": (
        {ACCOUNT_TARGET: answered(), DELEGATE: [event("x") | {"Event": {"EventName": 1}}]}, PASS, OUTSIDE),
    "an event that was kept is gone": (answered("AssociateDirectory", Kept=1), OPEN, UNSETTLED),
    "an event that was kept is there": ([*answered("AssociateDirectory", Kept=1), TURNED_OFF], FAIL, EXCEPTION),
    "a question that does not say how many were kept": (answered("AssociateDirectory", Kept=None), OPEN, UNSETTLED),
    "a question that cannot be read": (answered("AssociateDirectory", Answered="yes"), OPEN, UNSETTLED),
}, _asked, reference=LOOKUP_DOC)  # fmt: skip

TOMAS = {
    "AccountId": ACCOUNT,
    "PermissionSetArn": ADMIN_SET,
    "PrincipalType": "USER",
    "PrincipalId": "id-tomas",
}
CUT = TOMAS | {"PermissionSetArn": "arn:cut"}


def _disabled(value: tuple[str | None, dict[str, list[Any]], Conclusion, str | None]) -> dict[str, Any]:
    """Of (status of tomas, records that differ, conclusion, verdict on tomas)."""
    status, records, conclusion, verdict = value
    tomas = {key: of for key, of in person("tomas").items() if key != "UserStatus"} | (
        {"UserStatus": status} if status else {}
    )
    return {"records": {USERS: [person("ingrid"), tomas]} | records, "conclusion": conclusion,
            "rows": {"id-tomas": verdict} if verdict else {}, "only": True}  # fmt: skip


CASES += table("IDC-6", {
    "disabled, holds nothing": ("DISABLED", {}, PASS, MET),
    "disabled, holds a set": ("DISABLED", {ASSIGNMENTS: [TOMAS]}, FAIL, EXCEPTION),
    "disabled, beside five assignments of a set that no list holds": ("DISABLED", {ASSIGNMENTS: [CUT] * 5}, OPEN, UNSETTLED),
    "disabled, one such beside one that works": ("DISABLED", {ASSIGNMENTS: [CUT, TOMAS]}, FAIL, EXCEPTION),
    "disabled, through a group that no list holds": (
        "DISABLED", {GROUPS: [], MEMBERSHIPS: [{"GroupId": "g-1", "MembershipId": "m", "MemberId": {"UserId": "id-tomas"}}]}, OPEN, UNSETTLED),
    "disabled, of a set that vanished meanwhile": (
        "DISABLED", {ASSIGNMENTS: [CUT], SETS: [{"InstanceArn": INSTANCE, "PermissionSetArn": "arn:cut", "Vanished": True}]}, PASS, MET),
    "a new status, holds nothing": ("PAUSED", {}, PASS, MET),
    "a new status, holds a set": ("PAUSED", {ASSIGNMENTS: [TOMAS]}, OPEN, UNSETTLED),
    "no status, holds a set": (None, {ASSIGNMENTS: [TOMAS]}, OPEN, UNSETTLED),
    "enabled, holds a set": ("ENABLED", {ASSIGNMENTS: [TOMAS]}, EMPTY, None),
}, _disabled)  # fmt: skip
CASES += (
    Case("IDC-6", "a user that cannot be read costs one row", FAIL, {
        "id-tomas": EXCEPTION, "organization/identity-store/users.jsonl:2": UNSETTLED},
        {USERS: [person("tomas") | {"UserStatus": "DISABLED"}, {"UserName": "b"}], ASSIGNMENTS: [TOMAS]}, only=True),
)  # fmt: skip

US_ANALYZERS = {
    "access-analyzer.analyzers": {
        US: [analyzer("us-east-1"), analyzer("us-east-1", "u", type="ACCOUNT_UNUSED_ACCESS")]
    }
}
CASES += (
    Case("CFG-1", "recorded where it was asked, an enabled region left out", OPEN, {"eu-west-1": OUTSIDE, TYPES: MET},
         {RECORDERS: {US: [recorder()]}}, options=NARROW),
    Case("CFG-1", "stopped where it was asked, an enabled region left out", FAIL,
         {f"arn:aws:config:us-east-1:{ACCOUNT}:recorder": EXCEPTION, "eu-west-1": OUTSIDE, TYPES: UNSETTLED},
         {RECORDERS: {US: [recorder(recording=False)]}}, options=NARROW),
    Case("CFG-1", "recorded where it was asked, a region left out that is not enabled", PASS, {TYPES: MET},
         {RECORDERS: {US: [recorder()]}}, options=WHOLE),
    Case("AA-1", "an analyzer where it was asked, an enabled region left out", OPEN, {"eu-west-1": OUTSIDE},
         US_ANALYZERS, options=NARROW),
    Case("AA-4", "one is enough, an enabled region left out", PASS, {"root": MET}, US_ANALYZERS, options=NARROW),
)  # fmt: skip
