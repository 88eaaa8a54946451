"""Contradictions inside one bundle: what does not reconcile makes every test over that list incomplete.

Each case changes one of two sources, as a bundle from which something was cut, or an account that changed
meanwhile; all tests are performed, as for a report.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from evidence.controls import engine
from evidence.controls.catalogue import catalogue
from evidence.controls.declaration import ControlTest, Row
from evidence.controls.engine import run_tests
from evidence.controls.inspection import inspect
from evidence.controls.results import TestResult
from evidence.controls.tests.ipe_identity_center import PROVIDERS
from evidence.readers.evidence import Evidence, UndeclaredItemError
from tests.controls.aggregated import aggregated
from tests.controls.world import (
    ACCOUNT_TARGET,
    NOW,
    ORGANIZATION_TARGET,
    Change,
    World,
    good,
)
from tests.controls.world_records import (
    ADMINISTRATOR,
    DETAILS,
    MEMBER,
    SUMMARY,
    document,
    member,
    person,
    role,
    user,
)
from tests.corpus.identity import HOME_REFUSES, LEFTOVER, NARROW, NOTHING, TOMAS
from tests.corpus.labelled import items_in_good_order
from tests.corpus.reconciled import OURS, STRANGER, asked, assigned, deleted, ledger, owned, reserved

AUTHORIZATION = "iam.authorization-details"
PRIVILEGE = {"PRIV-1", "PRIV-2", "TRUST-1", "SAMPLE"}
PEOPLE = {"IDC-2", "IDC-4", "IDC-6"}
"""Tests of controls that range over the users of the identity store."""


def results(*changes: Change) -> dict[str, TestResult]:
    world = good()
    for change in changes:
        change(world)
    return {test.id: test for test in run_tests(world.bundle()).tests}


HERE = {PROVIDERS: ACCOUNT_TARGET}


def put(item: str, *records: dict[str, Any]) -> Change:
    return lambda world: world.records.__setitem__(
        item, {next(iter(world.records.get(item, {HERE.get(item, ORGANIZATION_TARGET): ()}))): list(records)}
    )


def summary(**members: int) -> Change:
    return put("iam.account-summary", SUMMARY | members)


def options(**members: Any) -> Change:
    return lambda world: world.options.update(members)


def incomplete(found: dict[str, TestResult]) -> set[str]:
    """The tests that are not complete, but for those whose items or list only their own cases have."""
    own, known = set(items_in_good_order()), catalogue()
    return {
        test.id
        for test in found.values()
        if test.holes and own.isdisjoint(test.needs) and not known[test.id].needs_people
    }


def test_an_account_in_good_order_contradicts_itself_nowhere() -> None:
    assert incomplete(results()) == set()


USERS, GROUPS, MEMBERSHIPS = (f"identity-store.{name}" for name in ("users", "groups", "memberships"))
SETS, ASSIGNMENTS = "identity-center.permission-sets", "identity-center.assignments"
ACCOUNTS = "organizations.accounts"
UNLISTED = "identity-store.unlisted-principals"

CONTRADICTIONS = {
    "an empty list of users that memberships contradict": ([put(USERS)], PEOPLE),
    "one of the members is not listed": ([put(USERS, person("tomas"))], PEOPLE),
    "a group that memberships name is not listed": ([put(GROUPS)], {"IDC-4", "IDC-6"}),
    "an assignment to a user that no list holds": ([put(ASSIGNMENTS, assigned("USER", "id-x"))], PEOPLE),
    "AWS finds the user that the list lacks": (
        [put(ASSIGNMENTS, assigned("USER", "id-x")), put(UNLISTED, asked("USER", "id-x", True))], PEOPLE),
    "assignments of a set that no list holds": ([put(SETS)], {"IDC-4", "IDC-5", "IDC-6"}),
    "an account that is assigned is not listed": (
        [put(ASSIGNMENTS, assigned("GROUP", "g-1") | {"AccountId": STRANGER})],
        {"ROOT-6", "ORG-1", "IPE-10"},
    ),
    "an account that the organization's analyzer names is not listed": (
        [lambda world: world.records["access-analyzer.findings"].update({
            next(iter(world.records["access-analyzer.findings"])): owned(STRANGER)})],
        {"ROOT-6", "ORG-1", "IPE-10"},
    ),
    "the caller's own account is not listed": ([put(ACCOUNTS, member("3" * 12, "m"))], {"ORG-1", "IPE-10"}),
    "the summary counts more roles": ([summary(Roles=9)], PRIVILEGE),
    "the summary counts fewer policies": ([summary(Policies=1)], PRIVILEGE),
    "the summary counts more users": ([summary(Users=9)], {"USER-1", "MFA-1", "KEY-1", "PRIV-1", "PRIV-2"}),
    "the report lacks a user": (
        [lambda world: world.report.pop()], {"USER-1", "USER-3", "MFA-1", "KEY-1", "PRIV-1"}),
    "more MFA devices than anybody holds": ([summary(MFADevicesInUse=9)], {"MFA-1"}),
    "reserved roles without an instance": (
        [put(item) for item in NOTHING] + [put(AUTHORIZATION, *DETAILS, reserved()), summary(Roles=4)],
        {"IDC-1", "IDC-2", "IDC-3", "IDC-4", "IDC-5", "IDC-6"},
    ),
    "the provider without an instance": (
        [put(item) for item in NOTHING] + [put(PROVIDERS, *OURS)],
        {"IDC-1", "IDC-2", "IDC-6"},
    ),
    "the ledger counted more users": ([options(calls=ledger(USERS, records=9))], PEOPLE),
    "the ledger counted more accounts": ([options(calls=ledger(ACCOUNTS, records=9))], {"ROOT-6", "ORG-1"}),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_what_does_not_reconcile_makes_the_tests_over_it_incomplete(name: str) -> None:
    changes, concerned = CONTRADICTIONS[name]
    found = results(*changes)
    assert concerned <= incomplete(found)
    for test in concerned:
        assert not found[test].complete
        assert found[test].conclusion in ("not concluded", "exceptions noted"), test
        assert any("contradicts" in sentence for sentence in map(str, found[test].holes)), found[test].missing


TRUSTS_A_MEMBER = role(
    "partner",
    AssumeRolePolicyDocument=document(
        Action="sts:AssumeRole", Principal={"AWS": f"arn:aws:iam::{MEMBER}:root"}
    ),
)
NOT_ALL_ACCOUNTS = put(ASSIGNMENTS, assigned("GROUP", "g-1") | {"AccountId": STRANGER})
EXPLAINING = {
    "TRUST-1": [put(AUTHORIZATION, *DETAILS, TRUSTS_A_MEMBER), summary(Roles=4)],
    "PRIV-7": [],
    "IDC-6": [put(USERS, person("tomas"), person("ingrid") | {"UserStatus": "DISABLED"})],
    "AA-2": [],
}
"""Tests that the organization's accounts explain, each with what makes them use it."""


@pytest.mark.parametrize("test", EXPLAINING)
def test_a_contradicted_source_explains_nothing_away(test: str) -> None:
    """What a test only uses may be missing; contradicted, it must not make a conclusion better."""
    sound, doubtful = results(*EXPLAINING[test])[test], results(*EXPLAINING[test], NOT_ALL_ACCOUNTS)[test]
    assert sound.conclusion != "not concluded" and sound.complete
    assert ACCOUNTS in doubtful.uses and ACCOUNTS not in doubtful.needs
    known = sound.conclusion == "exceptions noted"
    assert doubtful.conclusion == ("exceptions noted" if known else "not concluded")
    assert not doubtful.complete
    assert [(one.what, one.item) for one in doubtful.missing] == [("contradiction", ACCOUNTS)]


def test_exceptions_are_known_beside_a_contradicted_explanation() -> None:
    stranger = role(
        "stranger",
        AssumeRolePolicyDocument=document(
            Action="sts:AssumeRole", Principal={"AWS": f"arn:aws:iam::{STRANGER}:root"}
        ),
    )
    details = put(AUTHORIZATION, *DETAILS, TRUSTS_A_MEMBER, stranger)
    found = results(details, summary(Roles=5), NOT_ALL_ACCOUNTS)["TRUST-1"]
    assert (found.conclusion, found.complete, found.exceptions) == ("exceptions noted", False, 1)


LATER = (NOW.replace(hour=7)).isoformat()
EXPLAINED = {
    "a user made after the report": [
        put(AUTHORIZATION, *DETAILS, user("new", CreateDate=LATER)), summary(Users=2)],
    "the summary leaves out exactly the service-linked role": [summary(Roles=2)],
    "a role made after the summary": [
        put(AUTHORIZATION, *DETAILS, role("new", CreateDate=LATER)), summary(Roles=3)],
    "exactly the virtual devices are counted, and there are none": [summary(MFADevicesInUse=0)],
    "a group whose deletion CloudTrail shows": [
        put(GROUPS), put(MEMBERSHIPS), put("cloudtrail.access-events", deleted("DeleteGroup", "g-1"))],
    "a user that AWS, asked by the id, does not have": [
        put(ASSIGNMENTS, assigned("USER", "id-x")), put(UNLISTED, asked("USER", "id-x", False))],
}  # fmt: skip


@pytest.mark.parametrize("name", EXPLAINED)
def test_what_is_explained_exactly_makes_nothing_incomplete(name: str) -> None:
    found = results(*EXPLAINED[name])
    assert {test for test in incomplete(found) if catalogue()[test].family == "controls"} == set()


def test_no_instance_is_not_said_beside_roles_in_use() -> None:
    made = put(AUTHORIZATION, *DETAILS, reserved())
    found = results(*(put(item) for item in NOTHING), made, summary(Roles=4))["IDC-1"]
    assert found.conclusion == "not concluded"
    assert [entry.verdict for entry in found.rows] == ["not determined"]
    assert "IPE-15" in found.rows[0].note


def test_a_role_in_use_is_no_leftover() -> None:
    used = put(AUTHORIZATION, *DETAILS, LEFTOVER, role("other"))
    found = results(used, summary(Roles=5))["PRIV-2"]
    unsettled = [entry for entry in found.rows if "Gone" in entry.subject]
    assert [entry.verdict for entry in unsettled] in (["exception"], ["not determined"])
    lately = reserved("Gone", used=0.125)
    lately["RoleDetail"]["AttachedManagedPolicies"] = [{"PolicyArn": ADMINISTRATOR, "PolicyName": "p"}]
    found = results(put(AUTHORIZATION, *DETAILS, lately), summary(Roles=4))["PRIV-2"]
    (entry,) = [entry for entry in found.rows if "Gone" in entry.subject]
    assert entry.verdict == "not determined"


def test_an_exception_is_known_all_the_same() -> None:
    found = results(
        put(USERS, person("ingrid") | {"UserStatus": "DISABLED"}),
        put(ASSIGNMENTS, TOMAS, assigned("GROUP", "g-1")),
    )
    assert (found["IDC-6"].conclusion, found["IDC-6"].complete) == ("exceptions noted", False)


LEAVER = (put(USERS, person("ingrid"), person("tomas") | {"UserStatus": "DISABLED"}),
          put(ASSIGNMENTS, assigned("USER", "id-gone"), assigned("GROUP", "g-1")))  # fmt: skip


@pytest.mark.parametrize(
    ("more", "conclusion"),
    [
        ([], "not concluded"),
        ([put(UNLISTED, asked("USER", "id-gone", False))], "no exceptions"),
        ([put(UNLISTED, asked("USER", "id-gone", True))], "not concluded"),
        ([put(UNLISTED, asked("GROUP", "id-gone", False))], "not concluded"),
    ],
)
def test_a_leftover_assignment_is_told_from_a_cut_list_by_asking(more: list[Change], conclusion: str) -> None:
    found = results(*LEAVER, *more)["IDC-6"]
    assert (found.conclusion, [row.verdict for row in found.rows]) == (conclusion, ["met"])


def test_a_store_that_lost_its_people_is_no_leftover() -> None:
    """The users' list is cut as is the answer about one of them: memberships still deny it."""
    found = results(put(USERS), put(UNLISTED, asked("USER", "id-ingrid", False)))["IDC-6"]
    assert found.conclusion == "not concluded"


def test_doubts_name_their_test_and_both_numbers() -> None:
    sentence, other = map(str, results(put(USERS))["IDC-6"].missing)
    assert sentence == (
        "IPE-12 contradicts identity-store.users: users that memberships name, "
        "1 named by memberships, 0 of them listed; not listed: id-ingrid"
    )
    assert other == sentence.replace("store.users", "store.memberships")


def test_tests_that_a_contradiction_does_not_concern_conclude() -> None:
    found = results(put(USERS))
    assert {"KEY-1", "ROOT-1", "CFG-1", "IDC-5"}.isdisjoint(incomplete(found))


NARROWED = dict.fromkeys(("IDC-1", "IDC-2", "IDC-3", "IDC-4", "IDC-5", "IDC-6"), "not concluded")


@pytest.mark.parametrize("how", [options(**NARROW), put("identity-center.instance", *HOME_REFUSES)])
def test_a_run_that_did_not_ask_where_identity_center_is_at_home_says_so(how: Change) -> None:
    """The gravest: `--regions us-east-1`, and everything at home in eu-west-1."""

    def us_alone(world: World) -> None:
        for records in world.records.values():
            for target in [one for one in records if one.region == "eu-west-1"]:
                if "regions" in world.options:
                    del records[target]

    found = results(*(put(item) for item in NOTHING), how, us_alone)
    assert {test: found[test].conclusion for test in NARROWED} == NARROWED
    assert all("not asked" in found[test].reason or "settle" in found[test].reason for test in NARROWED)


def test_a_report_of_root_alone_is_no_report_without_users() -> None:
    found = results(lambda world: world.report.__delitem__(slice(1, None)))
    assert found["USER-1"].conclusion == "not concluded"


def reconciling(id: str, needs: tuple[str, ...], seen: list[tuple[str, ...]]) -> ControlTest:  # noqa: A002
    """A test that reconciles, and keeps what items it was given."""

    def rule(evidence: Evidence) -> Iterator[Row]:
        seen.append(tuple(item for item in (*needs, AGGREGATE) if _declared(evidence, item)))
        yield from ()

    return replace(catalogue()["IPE-2"], id=id, needs=needs, uses=(), rule=rule)


def _declared(evidence: Evidence, item: str) -> bool:
    try:
        evidence.has(item)
    except UndeclaredItemError:
        return False
    return True


AGGREGATE = "config.aggregate-compliance"


def test_a_test_that_reconciles_is_performed_once() -> None:
    seen: list[tuple[str, ...]] = []
    test = reconciling("X-1", (AUTHORIZATION,), seen)
    (found,) = run_tests(good().bundle(), [test]).tests
    assert (found.id, seen) == ("X-1", [(AUTHORIZATION,)])


def test_a_test_that_reconciles_reads_the_results_of_this_run_s_source() -> None:
    seen: list[tuple[str, ...]] = []
    run_tests(aggregated(good()).bundle(), [reconciling("X-1", ("config.rule-compliance",), seen)])
    assert seen == [(AGGREGATE,)]


def test_one_test_alone_performs_none_that_cannot_contradict_it(monkeypatch) -> None:
    """And those that can are performed: one test concludes alone as it does among all."""
    performed: list[str] = []
    counting = engine.inspect
    monkeypatch.setattr(
        engine, "inspect", lambda test, *rest: performed.append(test.id) or counting(test, *rest)
    )
    run_tests(good().bundle(), [catalogue()["KEY-1"]])
    assert sorted(performed) == ["IPE-1", "IPE-16", "KEY-1"]
    performed.clear()
    run_tests(good().bundle())
    assert len(performed) == len(set(performed))


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_test_concludes_alone_as_among_all(name: str) -> None:
    changes, concerned = CONTRADICTIONS[name]
    together = results(*changes)
    world = good()
    for change in changes:
        change(world)
    bundle = world.bundle()
    for test in sorted(concerned):
        (alone,) = run_tests(bundle, [catalogue()[test]]).tests
        assert alone == together[test]


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_doubts_are_of_items_that_the_test_reads(name: str) -> None:
    """What a test that reconciles may doubt is what it declares, or it ranges over the whole run."""
    world = good()
    for change in CONTRADICTIONS[name][0]:
        change(world)
    bundle = world.bundle()
    for test in catalogue().values():
        if test.reconciles and test.needs:
            found = {item for row in inspect(test, bundle).rows() for item in row.doubts}
            assert found <= {*test.needs, *test.uses, *test.doubts}
