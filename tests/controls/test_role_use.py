"""Sampled roles' documents as Access Analyzer judges them, and the use of roles and permissions."""

from typing import Any

import pytest

from tests.controls.world import ACCOUNT_TARGET, IAM, Change, World, ago, good, perform_in
from tests.controls.world_records import ADMINISTRATOR, NARROW, OWN, accessed, document, role, validation

SECOND = 1 / 86_400
APP = f"{IAM}:role/app"
VALIDATION, LAST, DETAILS = (
    "access-analyzer.policy-validation",
    "iam.last-accessed",
    "iam.authorization-details",
)


def records(world: Any, item: str) -> list[Any]:
    found: list[Any] = world.records[item][ACCOUNT_TARGET]
    return found


def says(*findings: str) -> Change:
    """Access Analyzer's answer on role app's trust policy."""
    return lambda world: records(world, VALIDATION).__setitem__(0, validation(APP, "trust", *findings))


def about(**services: float | None) -> Change:
    return lambda world: records(world, LAST).__setitem__(0, accessed(APP, **services))


def without_a_service(*policies: Any) -> Change:
    """Role app with these inline policies alone, of which AWS's report says that they allow no service."""

    def change(world: World) -> None:
        about()(world)
        named = [{"PolicyName": "p", "PolicyDocument": one} for one in policies]
        records(world, "iam.sample-role-policies")[0].update(AttachedPolicies=[], InlinePolicies=named)

    return change


def report(**members: Any) -> Change:
    return lambda world: records(world, LAST)[0].update(members)


def with_role(name: str = "extra", path: str = "/", **members: Any) -> Change:
    """One more role, outside the documents of the sample."""
    return lambda world: records(world, DETAILS).append(role(name, path, **members))


def never(days: float) -> dict[str, Any]:
    return {"CreateDate": ago(days), "RoleLastUsed": {}}


def last(days: float) -> dict[str, Any]:
    return {"CreateDate": ago(400), "RoleLastUsed": {"LastUsedDate": ago(days), "Region": "us-east-1"}}


SSO = "/aws-reserved/sso.amazonaws.com/eu-west-1/"
CASES = [
    ("PRIV-4", "no exceptions", says("WARNING MISSING_VERSION", "SUGGESTION EMPTY_ARRAY_ACTION")),
    ("PRIV-4", "exceptions noted", says("ERROR INVALID_ACTION")),
    ("PRIV-4", "exceptions noted", says("SECURITY_WARNING PASS_ROLE_WITH_STAR_IN_RESOURCE")),
    ("PRIV-4", "exceptions noted", says("SUGGESTION X", "ERROR Y")),
    ("PRIV-4", "not concluded", says("NOTICE SOMETHING_NEW")),
    ("PRIV-4", "not concluded", lambda w: records(w, VALIDATION).pop()),
    ("PRIV-4", "not concluded", lambda w: records(w, VALIDATION)[0].update(PolicyType="IDENTITY_POLICY")),
    ("PRIV-4", "not concluded", lambda w: records(w, VALIDATION)[-1].update(PolicyType="RESOURCE_POLICY")),
    ("PRIV-4", "not concluded", lambda w: records(w, VALIDATION).append(validation(APP, "inline:gone"))),
    ("PRIV-4", "not concluded", lambda w: records(w, VALIDATION)[0].pop("Findings")),
    ("PRIV-5", "no exceptions", about(s3=0, ec2=400)),
    ("PRIV-5", "exceptions noted", about(s3=0, ec2=None)),
    ("PRIV-5", "not concluded", about()),
    ("PRIV-5", "no exceptions", without_a_service()),
    ("PRIV-5", "no exceptions", without_a_service(document("Deny", Action="*", Resource="*"))),
    ("PRIV-5", "not concluded", without_a_service(NARROW)),
    ("PRIV-5", "not concluded", without_a_service("no policy")),
    ("PRIV-5", "not concluded", report(JobStatus="FAILED", Error={"Code": "X"})),
    ("PRIV-5", "not concluded", report(JobStatus="IN_PROGRESS")),
    ("PRIV-5", "not concluded", lambda w: records(w, LAST).pop()),
    ("PRIV-5", "not concluded", report(ServicesLastAccessed=[{"LastAuthenticated": None}])),
    ("PRIV-6", "no exceptions", with_role(**last(90))),
    ("PRIV-6", "exceptions noted", with_role(**last(90 + SECOND))),
    ("PRIV-6", "no exceptions", with_role(**never(90))),
    ("PRIV-6", "exceptions noted", with_role(**never(90 + SECOND))),
    ("PRIV-6", "exceptions noted", with_role(CreateDate=ago(91), RoleLastUsed=None)),
    ("PRIV-6", "exceptions noted", with_role(path="/a/b/", **last(91))),
    ("PRIV-6", "exceptions noted", with_role("AWSReservedSSO_fake", "/", **last(91))),
    ("PRIV-6", "exceptions noted", with_role("extra", SSO, **last(91))),
    ("PRIV-6", "no exceptions", with_role("AWSReservedSSO_Admin_1", SSO, **last(91))),
    ("PRIV-6", "no exceptions", with_role("AWSServiceRoleForY", "/aws-service-role/y/", **last(91))),
    ("PRIV-6", "not concluded", with_role(CreateDate=None, RoleLastUsed={})),
]  # fmt: skip


@pytest.mark.parametrize(("test", "conclusion", "change"), CASES)
def test_roles(test: str, conclusion: str, change: Change) -> None:
    world = good()
    change(world)
    result = perform_in(world, test)
    assert result.conclusion == conclusion, (result.reason, result.rows)


@pytest.mark.parametrize("test", ["PRIV-4", "PRIV-5"])
def test_without_a_sample_there_is_nothing_to_inspect(test: str) -> None:
    world = good()
    for item in ("iam.sample-role-policies", VALIDATION, LAST):
        records(world, item).clear()
    assert perform_in(world, test).conclusion == "not applicable"


def test_each_document_is_a_row_that_names_its_findings() -> None:
    world = good()
    says("ERROR B", "ERROR A", "WARNING C")(world)
    rows = perform_in(world, "PRIV-4").rows
    assert [row.subject for row in rows][:2] == [f"{APP} trust", f"{APP} attached:{OWN}"]
    assert (rows[0].observed, rows[0].note) == ("findings: ERROR A, ERROR B", "Advice: WARNING C.")
    assert len(rows) == 4


def test_unused_services_are_named() -> None:
    world = good()
    about(s3=1, sqs=None, ec2=None)(world)
    row = perform_in(world, "PRIV-5").rows[0]
    assert row.observed == "2 of 3 services allowed never used"
    assert row.attributes == {"unused services": "ec2, sqs"}


def test_since_when_a_role_is_unused() -> None:
    world = good()
    with_role(attached=(ADMINISTRATOR,), **last(100))(world)
    (row,) = [row for row in perform_in(world, "PRIV-6").rows if row.verdict == "exception"]
    assert row.subject == f"{IAM}:role/extra"
    assert "100 days" in row.observed
    assert row.since is not None
    assert row.since.isoformat().replace("+00:00", "Z") == ago(10)


def test_an_odd_answer_of_validation_costs_its_own_row() -> None:
    """It was the whole account: an ERROR in another document of it was not seen."""
    world = good()
    records(world, VALIDATION)[0].pop("Findings")
    records(world, VALIDATION)[-1]["Findings"] = [{"findingType": "ERROR", "issueCode": "INVALID_ACTION"}]
    result = perform_in(world, "PRIV-4")
    assert (result.conclusion, result.complete, result.exceptions) == ("exceptions noted", False, 1)
    odd = [row for row in result.rows if "not in the documented form" in row.observed]
    assert [str(row.pointers[0]).rpartition(":")[2] for row in odd] == ["1"]
