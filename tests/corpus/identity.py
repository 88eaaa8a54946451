"""IDC: Identity Center in use; more stands in tests/controls/test_identity.py."""

# ruff: noqa: E501  rows of tables are read across

from typing import Any

from evidence.controls.declaration import Conclusion
from tests.controls.world import ACCOUNT, ORGANIZATION_TARGET
from tests.controls.world_records import ADMIN_SET, INSTANCE, RECORDS
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
        ITEM: [instance()], "organizations.organization": [{"Organization": None}]}),
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
