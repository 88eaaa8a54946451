"""Who is administrator, and whether the sample of roles can be drawn again."""

from typing import Any

import pytest

from evidence.settings.model import Sampling, SealedSettings, Thresholds
from tests.controls.world import ACCOUNT_TARGET, IAM, ORGANIZATION_TARGET, Change, World, good, perform_in
from tests.controls.world_records import (
    ADMINISTRATOR,
    EVERYTHING,
    NARROW,
    OWN,
    POWER_USER,
    READ_ONLY,
    document,
    policy,
    role,
    sampled,
    user,
)
from tests.support.bundles import gap

DETAILS, DOCUMENTS = "iam.authorization-details", "iam.sample-role-policies"
SSO = "/aws-reserved/sso.amazonaws.com/eu-west-1/"
SSO_ROLE = "AWSReservedSSO_Admin_Set_0123456789abcdef"


def details(world: World) -> list[dict[str, Any]]:
    return world.records[DETAILS][ACCOUNT_TARGET]


def add(*records: dict[str, Any]) -> Change:
    return lambda world: details(world).extend(records)


def own(*documents: Any) -> Change:
    """Make these the versions of the attached own policy, the default first."""

    def change(world: World) -> None:
        details(world)[:] = [
            record for record in details(world) if record.get("Policy", {}).get("Arn") != OWN
        ]
        details(world).append(policy(OWN, *documents))

    return change


def inline(name: str, value: Any) -> list[dict[str, Any]]:
    return [{"PolicyName": name, "PolicyDocument": value}]


def attached(arn: str) -> list[dict[str, str]]:
    return [{"PolicyArn": arn, "PolicyName": "p"}]


def accept(*patterns: str) -> Change:
    settings = SealedSettings(thresholds=Thresholds(accepted_administrator_roles=patterns))
    return lambda world: world.options.update(settings=settings)


def group(name: str, arn: str) -> dict[str, Any]:
    detail = {"GroupName": name, "Arn": f"{IAM}:group/{name}", "Path": "/"}
    return {"GroupDetail": detail | {"AttachedManagedPolicies": attached(arn)}}


def drop(item: str) -> Change:
    return lambda world: world.records.pop(item)


def drop_sets(world: World) -> None:
    world.records["identity-center.permission-sets"][ORGANIZATION_TARGET].clear()


CONDITIONAL = document(Action="*", Resource="*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
SET_ROLE = role(SSO_ROLE, SSO, (ADMINISTRATOR,))

CASES = [
    ("PRIV-1", "no exceptions", []),
    ("PRIV-1", "exceptions noted", [own(EVERYTHING)]),
    ("PRIV-1", "no exceptions", [own(NARROW, EVERYTHING, EVERYTHING)]),
    ("PRIV-1", "exceptions noted", [own(document(NotAction="aws-portal:*", Resource="*"))]),
    ("PRIV-1", "not concluded", [own(CONDITIONAL)]),
    ("PRIV-1", "no exceptions", [add(user("root-like", AttachedManagedPolicies=attached(ADMINISTRATOR)))]),
    ("PRIV-1", "exceptions noted", [add(role("r", RolePolicyList=inline("all", EVERYTHING)))]),
    ("PRIV-1", "exceptions noted", [add(user("u", UserPolicyList=inline("all", EVERYTHING)))]),
    ("PRIV-1", "no exceptions", [add(user("u", UserPolicyList=inline("some", NARROW)))]),
    ("PRIV-2", "not applicable", []),
    ("PRIV-2", "not applicable", [add(role("power", attached=(POWER_USER,)))]),
    ("PRIV-2", "exceptions noted", [add(user("u", AttachedManagedPolicies=attached(ADMINISTRATOR)))]),
    ("PRIV-2", "exceptions noted", [own(EVERYTHING)]),
    ("PRIV-2", "exceptions noted", [add(role("r", attached=(ADMINISTRATOR,)))]),
    ("PRIV-2", "no exceptions", [add(role("r", attached=(ADMINISTRATOR,))), accept(f"{IAM}:role/r")]),
    ("PRIV-2", "no exceptions", [add(role("r", attached=(ADMINISTRATOR,))), accept("*:role/?")]),
    ("PRIV-2", "exceptions noted", [add(role("r2", attached=(ADMINISTRATOR,))), accept(f"{IAM}:role/r")]),
    ("PRIV-2", "exceptions noted", [add(user("u", UserPolicyList=inline("a", EVERYTHING))), accept("*")]),
    ("PRIV-2", "no exceptions", [add(group("empty", ADMINISTRATOR))]),
    ("PRIV-2", "exceptions noted", [add(group("full", ADMINISTRATOR), user("u", GroupList=["full"]))]),
    ("PRIV-2", "not concluded", [own(CONDITIONAL)]),
    ("PRIV-2", "no exceptions", [add(SET_ROLE)]),
    ("PRIV-2", "exceptions noted", [add(SET_ROLE), drop_sets]),
    ("PRIV-2", "not concluded", [add(SET_ROLE), drop("identity-store.users")]),
    ("PRIV-2", "exceptions noted", [add(role(SSO_ROLE, "/", (ADMINISTRATOR,)))]),
]


@pytest.mark.parametrize(("test", "conclusion", "changes"), CASES)
def test_privilege(test: str, conclusion: str, changes: list[Change]) -> None:
    world = good()
    for change in changes:
        change(world)
    result = perform_in(world, test)
    assert result.conclusion == conclusion, (result.reason, result.rows)


def test_a_role_of_identity_center_is_traced_to_people() -> None:
    world = good()
    add(SET_ROLE)(world)
    assert perform_in(world, "PRIV-2").rows[0].note == (
        "Permission set Admin_Set: group leads with 1 member: ingrid."
    )


def test_deleted_principals_leave_assignments_behind() -> None:
    world = good()
    add(SET_ROLE)(world)
    world.records["identity-center.assignments"][ORGANIZATION_TARGET][0]["PrincipalId"] = "g-gone"
    note = perform_in(world, "PRIV-2").rows[0].note
    assert note == "Permission set Admin_Set: group g-gone (deleted) with 0 members."


def test_a_gap_in_the_trace_names_the_item() -> None:
    world = good()
    add(SET_ROLE)(world)
    del world.records["identity-store.groups"]
    world.options["gaps"] = [gap("identity-store.groups", ORGANIZATION_TARGET)]
    assert "identity-store.groups not collected" in perform_in(world, "PRIV-2").rows[0].note


def test_subjects_name_the_policy_or_its_owner() -> None:
    world = good()
    own(EVERYTHING)(world)
    add(role("r", RolePolicyList=inline("all", EVERYTHING)))(world)
    rows = [row for row in perform_in(world, "PRIV-1").rows if row.verdict == "exception"]
    assert [row.subject for row in rows] == [OWN, f"{IAM}:role/r inline:all"]
    assert rows[0].attributes["held by"] == "role app"


def test_a_policy_that_the_details_do_not_describe_is_malformed() -> None:
    world = good()
    add(role("r", attached=(f"{IAM}:policy/unknown",)))(world)
    result = perform_in(world, "PRIV-2")
    assert result.conclusion == "not concluded"
    assert "which the details do not describe" in result.rows[0].observed


def test_a_broken_document_is_not_a_pass() -> None:
    world = good()
    own("%7B")(world)
    assert perform_in(world, "PRIV-1").conclusion == "not concluded"


SEED = SealedSettings(sampling=Sampling(seed="auditor", role_names=("aud*",)))


def test_the_selection_is_drawn_again() -> None:
    world = good()
    world.options["settings"] = SEED
    result = perform_in(world, "SAMPLE")
    assert result.conclusion == "no exceptions", result.rows
    selection, *strata, named, drawn = result.rows
    assert [entry.observed for entry in strata] == ["1 drawn of 1 role"]
    assert "Seed: auditor" in selection.note
    assert (named.subject, named.attributes["selected by"]) == (f"{IAM}:role/audit", "named in the settings")
    assert drawn.attributes["selected by"] == "at random, rank 1"
    assert drawn.attributes["documents"] == f"attached {OWN}, trust"


def change_selection(**members: Any) -> Change:
    def change(world: World) -> None:
        world.options["samples"] = [world.selection().model_copy(update=members)]

    return change


def forge_details(world: World) -> None:
    world.options["samples"] = [world.selection()]
    details(world).append(role("slipped-in", attached=(READ_ONLY,)))


def forget_document(world: World) -> None:
    world.records[DOCUMENTS][ACCOUNT_TARGET].pop()


def add_document(world: World) -> None:
    world.records[DOCUMENTS][ACCOUNT_TARGET].append(sampled(role("x"), "random"))


def blank_document(world: World) -> None:
    world.records[DOCUMENTS][ACCOUNT_TARGET][0]["AttachedPolicies"][0]["PolicyDocument"] = None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (change_selection(seed="chosen by hand"), "seed recorded as chosen by hand"),
        (change_selection(chosen=()), "random roles recorded as 0 roles"),
        (change_selection(method="picked"), "method recorded as picked"),
        (change_selection(population=9), "population recorded as 9"),
        (lambda world: world.options.update(samples=[]), "run.json records no selection"),
        (forge_details, "population recorded as 2, drawn again as 3"),
        (forget_document, "documents were not collected"),
        (
            lambda w: w.records[DOCUMENTS][ACCOUNT_TARGET].append(sampled(role("x"), "random")),
            "does not choose it",
        ),
        (blank_document, "differs from the authorization details"),
    ],
)
def test_a_sample_that_cannot_be_drawn_again_is_an_exception(change: Change, said: str) -> None:
    world = good()
    change(world)
    result = perform_in(world, "SAMPLE")
    assert result.conclusion == "exceptions noted"
    assert any(said in row.observed for row in result.rows if row.verdict == "exception"), result.rows


def test_roles_that_were_not_drawn_are_listed() -> None:
    world = good()
    details(world).extend(role(f"more-{number}") for number in range(3))
    world.options["settings"] = SealedSettings(sampling=Sampling(table=((100, 2),)))
    chosen = set(world.selection(world.options["settings"]).chosen)
    world.records[DOCUMENTS][ACCOUNT_TARGET] = [
        sampled(entry, "random")
        for entry in details(world)
        if entry.get("RoleDetail", {}).get("Arn") in chosen
    ]
    result = perform_in(world, "SAMPLE")
    assert result.conclusion == "no exceptions", result.rows
    assert (result.population_size, result.inspected) == (7, 4)


def test_no_roles_is_not_applicable() -> None:
    world = good()
    details(world)[:] = [record for record in details(world) if "RoleDetail" not in record]
    world.records[DOCUMENTS][ACCOUNT_TARGET] = []
    assert perform_in(world, "SAMPLE").conclusion == "not applicable"


def test_a_policy_without_one_default_version_is_malformed() -> None:
    world = good()
    own(EVERYTHING)(world)
    details(world)[-1]["Policy"]["PolicyVersionList"] = []
    said = [one.observed for one in perform_in(world, "PRIV-1").rows if one.verdict == "not determined"]
    assert ["has 0 default versions" in one for one in said] == [True]


def test_an_assignment_to_a_person_is_traced_to_the_person() -> None:
    world = good()
    add(SET_ROLE)(world)
    straight = {"PrincipalType": "USER", "PrincipalId": "id-tomas"}
    world.records["identity-center.assignments"][ORGANIZATION_TARGET][0].update(straight)
    assert perform_in(world, "PRIV-2").rows[0].note == "Permission set Admin_Set: user tomas."


def test_inline_and_boundary_documents_count_too() -> None:
    world = good()
    boundary = {"PermissionsBoundaryArn": OWN, "PermissionsBoundaryType": "Policy"}
    detail = role("app", attached=(OWN,), RolePolicyList=inline("some", NARROW), PermissionsBoundary=boundary)
    details(world)[:] = [
        detail if r.get("RoleDetail", {}).get("RoleName") == "app" else r for r in details(world)
    ]
    record = world.records[DOCUMENTS][ACCOUNT_TARGET][0]
    record["InlinePolicies"] = inline("some", NARROW)
    assert perform_in(world, "SAMPLE").conclusion == "exceptions noted"
    record["PermissionsBoundary"] = {"PolicyArn": OWN, "VersionId": "v1", "PolicyDocument": NARROW}
    result = perform_in(world, "SAMPLE")
    assert result.conclusion == "no exceptions", result.rows
    documents = {row.subject: row.attributes["documents"] for row in result.rows}
    assert documents[f"{IAM}:role/app"] == f"attached {OWN}, boundary {OWN}, inline some, trust"
