"""Joined facts: each kind, its near misses, what it weighs, and what it says of parts."""

from pathlib import Path
from typing import Any

import pytest

from evidence.bundle.format.models import AccountState
from evidence.controls import joined
from evidence.controls.catalogue import catalogue
from evidence.controls.declaration import Severity, Verdict
from evidence.controls.engine import perform, run_tests
from evidence.controls.results import JoinedFact, Results
from evidence.controls.summary import fix_first, table
from evidence.statements.files import NOTHING_STATED, Statements
from tests.controls.statements import exception, stated
from tests.controls.test_analyzer import findings
from tests.controls.test_escalation_rows import climbing
from tests.controls.test_identity_access import ASSIGNMENTS, USERS, add, given, put, status
from tests.controls.test_trust import EXTERNAL_ID, OUTSIDER, trusting
from tests.controls.world import ACCOUNT, ACCOUNT_TARGET, IAM, Change, World, good, key, password, row
from tests.controls.world_records import ADMINISTRATOR, EVERYTHING, SUMMARY, document, finding, person, user
from tests.support.bundles import gap

JOINING = ("ROOT-1", "USER-3", "MFA-1", "KEY-1", "PRIV-2", "PRIV-7", "TRUST-1", "AA-2", "IDC-2", "IDC-6")
ANN = f"{IAM}:user/ann"
GROUP = {
    "GroupDetail": {
        "GroupName": "admins",
        "Arn": f"{IAM}:group/admins",
        "Path": "/",
        "AttachedManagedPolicies": [{"PolicyArn": ADMINISTRATOR}],
    }
}
MAYBE = document(Action="*", Resource="*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})


def iam(*records: dict[str, Any]) -> Change:
    return lambda world: world.records["iam.authorization-details"][ACCOUNT_TARGET].extend(records)


def ann(columns: dict[str, str], **details: Any) -> Change:
    """A user, in the credential report and in the details."""

    def change(world: World) -> None:
        world.report.append(row("ann", **columns))
        iam(user("ann", **details))(world)

    return change


def attached(arn: str = ADMINISTRATOR) -> dict[str, Any]:
    return {"AttachedManagedPolicies": [{"PolicyArn": arn}]}


def inline(made: Any) -> dict[str, Any]:
    return {"UserPolicyList": [{"PolicyName": "in", "PolicyDocument": made}]}


def role_r(principal: Any = OUTSIDER, condition: Any = None, **changes: Any) -> Change:
    """A role `r` that trusts somebody."""

    def change(world: World) -> None:
        trusting(principal, condition)(world)
        world.records["iam.authorization-details"][ACCOUNT_TARGET][-1]["RoleDetail"] |= changes

    return change


def climbs() -> dict[str, Any]:
    return {"RolePolicyList": climbing("r")["RoleDetail"]["RolePolicyList"]}


def rootless(world: World) -> None:
    """Root has a password and no MFA."""
    world.records["iam.account-summary"] = {ACCOUNT_TARGET: [SUMMARY | {"AccountMFAEnabled": 0}]}
    world.report[0] |= {"mfa_active": "false", "password_enabled": "true"}


def disabled(*holding: dict[str, Any], **changes: Any) -> Change:
    """A person `tomas` whom somebody disabled, and what the person holds."""

    def change(world: World) -> None:
        put(USERS, person("ingrid"), person("tomas", **changes) | {"UserStatus": "DISABLED"})(world)
        add(ASSIGNMENTS, *holding)(world)

    return change


def joined_in(
    *changes: Change, unit: str = "/Production", given_statements: Statements = NOTHING_STATED
) -> Results:
    world = good()
    for change in changes:
        change(world)
    bundle = world.bundle()
    state = AccountState(account=ACCOUNT, state="ACTIVE", unit=unit, in_scope=True, reason="asked for")
    bundle.__dict__["run"] = bundle.run.model_copy(update={"account_states": (state,)})
    return run_tests(bundle, [catalogue()[name] for name in JOINING], given_statements)


NO_MFA, UNUSED = password(30, 1, mfa=False), key(1, 30, None) | key(2, 300, 200)
TOMAS = given("USER", "id-tomas")
PUBLIC = findings(finding("f", "ACTIVE", public=True))

FACTS: dict[str, tuple[list[Change], str, str, str, tuple[str, ...]]] = {
    "an outsider may take an administrator": (
        [role_r(AttachedManagedPolicies=[{"PolicyArn": ADMINISTRATOR}])],
        "outsider-administrator", f"{IAM}:role/r", "critical", ("TRUST-1", "PRIV-2"),
    ),
    "an outsider may take a role that climbs": (
        [role_r(**climbs())], "outsider-administrator", f"{IAM}:role/r", "critical", ("TRUST-1", "PRIV-7"),
    ),
    "anybody may": (
        [role_r("*", **climbs())], "outsider-administrator", f"{IAM}:role/r", "critical",
        ("TRUST-1", "PRIV-7"),
    ),
    "an administrator with a password and no MFA": (
        [ann(NO_MFA, **attached())], "administrator-without-mfa", ANN, "critical", ("MFA-1", "PRIV-2"),
    ),
    "by an inline policy": (
        [ann(NO_MFA, **inline(EVERYTHING))], "administrator-without-mfa", ANN, "critical",
        ("MFA-1", "PRIV-2"),
    ),
    "by a group": (
        [iam(GROUP), ann(NO_MFA, GroupList=["admins"])], "administrator-without-mfa", ANN, "critical",
        ("MFA-1", "PRIV-2"),
    ),
    "a key that is unused, and one not rotated": (
        [ann(UNUSED, **attached())], "unused-administrator-key", ANN, "high", ("USER-3", "KEY-1", "PRIV-2"),
    ),
    "a key that is unused, by a group": (
        [iam(GROUP), ann(key(1, 200, None), GroupList=["admins"])], "unused-administrator-key", ANN, "high",
        ("USER-3", "KEY-1", "PRIV-2"),
    ),
    "a public resource": ([PUBLIC], "public-resource", "arn:aws:s3:::f", "critical", ("AA-2",)),
    "root without MFA": (
        [rootless, findings(finding("f", "ACTIVE"))], "root-without-mfa", f"{IAM}:root", "critical",
        ("ROOT-1", "AA-2"),
    ),
    "a disabled person with an assignment": (
        [disabled(TOMAS)], "disabled-with-access", "id-tomas", "high", ("IDC-6", "IDC-2"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "kind", "subject", "severity", "tests"), FACTS.values(), ids=FACTS)
def test_what_joins(
    changes: list[Change], kind: str, subject: str, severity: str, tests: tuple[str, ...]
) -> None:
    results = joined_in(*changes)
    (fact,) = (one for one in results.joined if one.id == kind)
    assert (fact.subject, fact.severity, fact.tests) == (subject, severity, tests)
    told = {(test.id, one.subject): one for test in results.tests for one in test.rows}
    parts = [told[part.test, part.subject] for part in fact.rows]
    assert {pointer for part in parts for pointer in part.pointers} == set(fact.pointers)
    assert parts[0].verdict is Verdict.EXCEPTION
    assert fact.remedy == parts[0].remedy
    heaviest = max(part.severity.weight for part in parts if part.severity)
    assert fact.severity.weight in (heaviest, heaviest + 1)
    assert fact.why.endswith(".")


NEAR_MISSES: dict[str, list[Change]] = {
    "an account in order": [],
    "an outsider who is narrowed": [role_r(OUTSIDER, EXTERNAL_ID, **climbs())],
    "an outsider, and no power": [role_r()],
    "power, and no outsider": [role_r({"AWS": f"{IAM}:root"}, **climbs())],
    "the outsider of one role, the power of another": [
        role_r(), iam(climbing("s"))
    ],
    "a service, and power": [role_r({"Service": "fis.amazonaws.com"}, **climbs())],
    "a deleted identity, and power": [role_r({"AWS": "AROA7TVWPUZCRBJZR5XJX"}, **climbs())],
    "an administrator with MFA": [ann(password(30, 1), **attached())],
    "no MFA, and no power": [ann(NO_MFA)],
    "no MFA, and power perhaps": [ann(NO_MFA, **inline(MAYBE))],
    "the password not known": [ann(NO_MFA | {"password_enabled": "N/A"}, **attached())],
    "a group of administrators without the user": [iam(GROUP), ann(NO_MFA)],
    "an administrator's key in use": [ann(key(1, 30, 1), **attached())],
    "an unused key of nobody strong": [ann(UNUSED)],
    "an unused password of an administrator": [ann(password(200, 200), **attached())],
    "an unused key that is inactive": [ann(key(1, 300, 200, active=False), **attached())],
    "shared with one, not with all": [findings(finding("f", "ACTIVE"))],
    "public once": [findings(finding("f", "RESOLVED", public=True))],
    "public, and archived": [findings(finding("f", "ARCHIVED", public=True))],
    "public perhaps": [findings(finding("f", "ACTIVE", public=True, error="ACCESS_DENIED"))],
    "root without MFA, nothing shared": [rootless],
    "findings, and root with MFA": [findings(finding("f", "ACTIVE"))],
    "a person enabled": [add(ASSIGNMENTS, TOMAS)],
    "disabled, and nothing held": [disabled()],
    "disabled here, unknown to the provider": [disabled(TOMAS, issuer="")],
    "a status that nobody knows": [status("tomas", "PAUSED"), add(ASSIGNMENTS, TOMAS)],
}  # fmt: skip


@pytest.mark.parametrize("changes", NEAR_MISSES.values(), ids=NEAR_MISSES)
def test_what_does_not_join(changes: list[Change]) -> None:
    assert joined_in(*changes).joined == ()


@pytest.mark.parametrize("unit", ["", "/"])
def test_a_public_resource_outside_any_unit_is_its_test_s_own(unit: str) -> None:
    assert joined_in(PUBLIC, unit=unit).joined == ()


def test_the_unit_is_named() -> None:
    (fact,) = joined_in(PUBLIC, unit="/Workloads/Production").joined
    assert fact.why == "arn:aws:s3:::f is public, in an account of the unit /Workloads/Production."


@pytest.mark.parametrize("test", ["MFA-1", "PRIV-2"])
def test_an_accepted_exception_does_not_join(test: str, tmp_path: Path) -> None:
    change = ann(NO_MFA, **attached())
    accepted = stated(tmp_path, exceptions=[exception(test, ANN)])
    results = joined_in(change, given_statements=accepted)
    assert [one.accepted for one in results.tests if one.id == test] == [1]
    assert results.joined == ()
    assert joined_in(change).joined != ()


def test_a_test_that_was_not_performed_joins_nothing() -> None:
    results = joined_in(ann(NO_MFA, **attached()))
    without = [test for test in results.tests if test.id != "PRIV-2"]
    assert joined.joined_facts(without, {}) == ()


def test_many_rows_are_counted_and_some_named() -> None:
    many = [finding(f"f{number}", "ACTIVE") for number in range(40)]
    (fact,) = joined_in(rootless, findings(*many)).joined
    assert (len(fact.rows), fact.more) == (joined.MOST_ROWS, 41 - joined.MOST_ROWS)
    assert "40 findings" in fact.why


def test_the_heaviest_stands_first_and_the_terminal_names_seven() -> None:
    several = [finding(f"f{number}", "ACTIVE", public=True) for number in range(9)]
    results = joined_in(disabled(TOMAS), ann(UNUSED, **attached()), rootless, findings(*several))
    weights = [fact.severity.weight for fact in results.joined]
    assert weights == sorted(weights, reverse=True)
    assert results.joined[0].id == "root-without-mfa"
    lines = fix_first(results)
    assert (len(lines), lines[0], lines[-1]) == (9, "Fix first:", "  and 5 more")
    assert lines[1] == (
        f"  critical: Root without MFA in an account that shares outside: {IAM}:root (ROOT-1, AA-2)"
    )
    (left,) = joined_in(disabled(TOMAS)).joined
    assert fix_first(joined_in(disabled(TOMAS)))[2] == f"    {left.why}"  # its subject is an id
    assert "Fix first:" in table(results)
    assert fix_first(joined_in()) == []


def test_results_are_read_back_as_they_were() -> None:
    results = joined_in(ann(NO_MFA, **attached()))
    assert Results.model_validate_json(results.to_bytes()) == results
    assert isinstance(results.joined[0], JoinedFact)
    assert Severity.CRITICAL.weight == max(one.weight for one in Severity)


WEIGHED = ("USER-1", "USER-3", "MFA-1", "MFA-2", "KEY-1")
LACKING = NO_MFA | UNUSED


@pytest.mark.parametrize("test", WEIGHED)
@pytest.mark.parametrize(
    ("details", "weight"),
    [(attached(), "high"), ({}, "medium"), (inline(MAYBE), "medium"), ({"GroupList": ["admins"]}, "high")],
)
def test_what_an_administrator_lacks_weighs_more(test: str, details: dict[str, Any], weight: str) -> None:
    world = good()
    iam(GROUP)(world)
    ann(LACKING, **details)(world)
    result = perform(catalogue()[test], world.bundle())
    assert {one.severity for one in result.rows if one.subject == ANN and one.severity} == {weight}


@pytest.mark.parametrize("test", ["USER-1", "USER-3", "MFA-1", "KEY-1"])
def test_without_the_details_nobody_is_known_to_be_one(test: str) -> None:
    world = good()
    ann(LACKING, **attached())(world)
    del world.records["iam.authorization-details"]
    world.options["gaps"] = [gap("iam.authorization-details")]
    result = perform(catalogue()[test], world.bundle())
    assert {one.severity for one in result.rows if one.subject == ANN and one.severity} == {"medium"}
