"""What changed between two bundles: things by their ids, and what one of the two does not show."""

import copy
import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.bundle import Bundle
from evidence.bundle.format.models import RegionState
from evidence.controls.catalogue import catalogue
from evidence.controls.engine import run_tests
from evidence.diff import Changes, SealedResults, Snapshot, compare, take_snapshot
from evidence.diff.model import BundleSide, ChangeReason, ChangeWord, EntryKind
from evidence.diff.text import change_facts, change_markdown, change_text
from evidence.errors import UsageError
from evidence.records import Cause
from evidence.settings.model import SealedSettings
from evidence.statements.files import NOTHING_STATED
from tests.controls.statements import exception, stated
from tests.controls.world import (
    ACCOUNT,
    ACCOUNT_TARGET,
    EU,
    ORGANIZATION_TARGET,
    US,
    World,
    good,
    key,
    password,
)
from tests.controls.world_records import ADMINISTRATOR, document, finding, person, rule, user
from tests.support.bundles import gap

TESTS = ("MFA-1", "KEY-1", "PRIV-2", "ATT-1")
DETAILS, REPORT = "iam.authorization-details", "iam.credential-report"
Change = Callable[[World], object]


def snapshot(
    bundle: Bundle, statements: Any = NOTHING_STATED, sealed: Any = None, tests: Sequence[str] = TESTS
) -> Snapshot:
    performed = run_tests(bundle, [catalogue()[one] for one in tests], statements)
    return take_snapshot(bundle, performed, sealed)


def snapshot_after(changes: Sequence[Change], tests: Sequence[str] = TESTS) -> Snapshot:
    if not changes:
        return untouched(tests)
    world = good()
    for change in changes:
        change(world)
    return snapshot(world.bundle(), tests=tests)


@functools.cache
def untouched(tests: Sequence[str]) -> Snapshot:
    return snapshot(good().bundle(), tests=tests)


def changed(*changes: Change, old: Sequence[Change] = (), tests: Sequence[str] = TESTS) -> Changes:
    """Return what a change of the account in good order comes to."""
    return compare(snapshot_after(old, tests), snapshot_after(changes, tests))


def details(world: World) -> list[Any]:
    return world.records[DETAILS][ACCOUNT_TARGET]


def told(found: Changes, *kinds: EntryKind) -> list[str]:
    return [f"{one.kind} {one.change} {one.id}" for one in found.entries if not kinds or one.kind in kinds]


def test_a_bundle_and_itself() -> None:
    found = changed()
    assert (found.entries, found.tests) == ((), ())
    assert found.notes[0] == "Both are the same bundle."


def renamed(world: World) -> None:
    detail = details(world)[1]["UserDetail"]
    arn = detail["Arn"].replace("dormant", "asleep")
    details(world)[1]["UserDetail"] = detail | {"UserName": "asleep", "Arn": arn}
    world.report[2] |= {"user": "asleep", "arn": arn}


def test_another_name_is_a_change_of_the_same_user() -> None:
    found = changed(renamed, lambda w: w.report[2].update(password(10, 1)), old=[without_mfa])
    (entry,) = [one for one in found.entries if one.kind is EntryKind.USER]
    assert (entry.change, entry.id, entry.name) == (ChangeWord.CHANGED, "AIDAdormant", "asleep")
    assert (entry.old, entry.new) == ({"name": "dormant"}, {"name": "asleep"})
    (subject,) = next(one for one in found.tests if one.test == "MFA-1").subjects
    assert (subject.old, subject.new) == ("exception", "met"), "joined by the id, whatever the name"


def without_mfa(world: World) -> None:
    world.report[2] |= password(10, 1, mfa=False)
    world.records["iam.account-summary"][ACCOUNT_TARGET][0]["MFADevicesInUse"] -= 1


def given_again(world: World) -> None:
    """Another user under the name of the first."""
    details(world)[1]["UserDetail"]["UserId"] = "AIDAanother"


def test_a_name_given_again_is_another_user() -> None:
    assert told(changed(given_again), EntryKind.USER) == [
        "user appeared AIDAanother",
        "user vanished AIDAdormant",
    ]


def new_administrator(world: World) -> None:
    details(world).insert(0, user("mallory", AttachedManagedPolicies=[{"PolicyArn": ADMINISTRATOR}]))
    world.records["iam.account-summary"][ACCOUNT_TARGET][0]["Users"] += 1
    world.report.append(world.report[2] | {"user": "mallory", "arn": f"arn:aws:iam::{ACCOUNT}:user/mallory"})


def assigned(world: World) -> None:
    world.records.get("identity-store.users", {ORGANIZATION_TARGET: []})[ORGANIZATION_TARGET].append(
        person("eve")
    )
    world.records["identity-center.assignments"][ORGANIZATION_TARGET][0] |= {
        "PrincipalType": "USER",
        "PrincipalId": "id-eve",
    }


def trusting(world: World) -> None:
    app = next(
        one["RoleDetail"] for one in details(world) if one.get("RoleDetail", {}).get("RoleName") == "app"
    )
    app["AssumeRolePolicyDocument"] = document(Action="sts:AssumeRole", Principal={"AWS": "902371465120"})


def stricter(world: World) -> None:
    limits = {"thresholds": {"key_max_age_days": 20}}
    world.options.update(settings=SealedSettings.model_validate(limits))


CASES: list[tuple[Change, list[str]]] = [
    (
        new_administrator,
        [f"{kind} appeared AIDAmallory" for kind in ("administrator", "user", "mfa")],
    ),
    (
        lambda w: w.report[1].update(key(1, 2, 1)),
        [
            "key appeared AIDAsvc-ledger 2026-09-29T06:00:00+00:00",
            "key vanished AIDAsvc-ledger 2026-09-01T06:00:00+00:00",
        ],
    ),
    (
        lambda w: w.report[1].update(key(1, 30, 1, active=False)),
        ["key changed AIDAsvc-ledger 2026-09-01T06:00:00+00:00"],
    ),
    (without_mfa, ["mfa changed AIDAdormant"]),
    (
        trusting,
        [
            f"trust vanished arn:aws:iam::{ACCOUNT}:role/app Service ec2.amazonaws.com",
            f"trust appeared arn:aws:iam::{ACCOUNT}:role/app AWS 902371465120",
        ],
    ),
    (
        assigned,
        [
            "person appeared id-eve",
            f"assignment vanished g-1 arn:aws:sso:::permissionSet/ssoins-1/ps-1 {ACCOUNT}",
            f"assignment appeared id-eve arn:aws:sso:::permissionSet/ssoins-1/ps-1 {ACCOUNT}",
        ],
    ),
    (
        lambda w: w.records["access-analyzer.findings"][EU].append(finding("new", "ACTIVE", public=True)),
        ["finding appeared new"],
    ),
    (
        lambda w: w.records["access-analyzer.findings"].update({US: [finding("old", "ACTIVE")]}),
        ["finding changed old"],
    ),
    (
        lambda w: w.records["config.rules"].update({EU: [rule("IAM_PASSWORD_POLICY")]}),
        [f"rule appeared {ACCOUNT} eu-west-1 securityhub-iam_password_policy-1a2b"],
    ),
    (
        lambda w: w.records["iam.password-policy"].update({ACCOUNT_TARGET: [{"PasswordPolicy": None}]}),
        [f"setting changed password policy of {ACCOUNT}"],
    ),
    (
        stricter,
        ["setting changed run settings: thresholds.key_max_age_days"],
    ),
]  # fmt: skip


def test_what_nobody_asks_of_a_resolved_finding_is_no_change() -> None:
    active = [finding("old", "ACTIVE", public=True)]
    found = changed(old=[lambda w: w.records["access-analyzer.findings"].update({US: active})])
    (entry,) = found.entries
    assert (entry.old, entry.new) == ({"status": "ACTIVE"}, {"status": "RESOLVED"})


@pytest.mark.parametrize("change,expected", CASES, ids=lambda one: one[0] if isinstance(one, list) else "")
def test_what_appears_vanishes_and_changes(change: Change, expected: list[str]) -> None:
    after = snapshot_after([change])
    forward, backward = compare(untouched(TESTS), after), compare(after, untouched(TESTS))
    assert sorted(told(forward)) == sorted(expected)
    swap = {"appeared": "vanished", "vanished": "appeared", "changed": "changed"}
    assert sorted(told(backward)) == sorted(
        f"{kind} {swap[word]} {identity}" for kind, word, identity in (one.split(" ", 2) for one in expected)
    )


# --- what one of the two does not show ---------------------------------------------------------------


def missing(item: str, target: Any = ACCOUNT_TARGET) -> Change:
    def change(world: World) -> None:
        del world.records[item][target]
        if not world.records[item]:
            del world.records[item]
        world.options["gaps"] = [*world.options.get("gaps", ()), gap(item, target)]

    return change


def unreadable_user(world: World) -> None:
    details(world)[1]["UserDetail"]["UserName"] = 7


def unreadable_line(world: World) -> None:
    world.report[2] |= {"mfa_active": "perhaps"}


def unreadable_trust(world: World) -> None:
    trusting(world)
    app = next(
        one["RoleDetail"] for one in details(world) if one.get("RoleDetail", {}).get("RoleName") == "app"
    )
    app["AssumeRolePolicyDocument"] = {"Statement": 7}


def narrowed(world: World) -> None:
    world.options["regions"] = ("us-east-1",)
    for item in ("config.rules", "config.recorders", "access-analyzer.findings", "access-analyzer.analyzers"):
        del world.records[item][EU]
    del world.records["config.rule-compliance"][EU]


def listed_short(world: World) -> None:
    """A list that the account's own count denies."""
    del details(world)[1]
    del world.report[2]


def listed_twice(world: World) -> None:
    twice = [finding("old", status) for status in ("RESOLVED", "ACTIVE")]
    world.records["access-analyzer.findings"][US] = twice


HOLES: list[tuple[Change, EntryKind, str]] = [
    (missing(DETAILS), EntryKind.USER, "was not collected: permission missing"),
    (missing(DETAILS), EntryKind.ADMINISTRATOR, "was not collected: permission missing"),
    (missing(REPORT), EntryKind.MFA, "was not collected: permission missing"),
    (missing("access-analyzer.findings", US), EntryKind.FINDING, "was not collected"),
    (missing("identity-store.users", ORGANIZATION_TARGET), EntryKind.PERSON, "was not collected"),
    (unreadable_user, EntryKind.USER, "not readable (123456789012/iam/authorization-details.jsonl:2)"),
    (unreadable_user, EntryKind.MFA, "not readable (123456789012/iam/authorization-details.jsonl:2)"),
    (unreadable_line, EntryKind.MFA, "not readable (123456789012/iam/credential-report.csv:4)"),
    (unreadable_trust, EntryKind.TRUST, "the trust policy of app"),
    (narrowed, EntryKind.RULE, "was not asked for there"),
    (listed_twice, EntryKind.FINDING, "findings.jsonl:2 are both old"),
    (listed_short, EntryKind.USER, "another source contradicts it"),
]


@pytest.mark.parametrize("hole,kind,why", HOLES, ids=lambda one: one if isinstance(one, str) else "")
@pytest.mark.parametrize("side", BundleSide)
def test_what_is_missing_is_neither_gone_nor_new(
    hole: Change, kind: EntryKind, why: str, side: BundleSide
) -> None:
    """Nor is it 'no change': the kind is not complete, and the reason is told."""
    tests = (*TESTS, "IPE-1") if hole is listed_short else TESTS
    found = changed(hole, tests=tests) if side is BundleSide.NEW else changed(old=[hole], tests=tests)
    assert not [one for one in found.entries if one.kind is kind]
    assert why in " ".join(one.why for one in found.not_compared if one.kind is kind and one.side is side)
    (count,) = [one for one in found.counts if one.kind is kind]
    assert not (count.old_complete if side is BundleSide.OLD else count.new_complete)
    assert "not all can be said" in change_text(found)


def test_what_is_known_beside_a_hole_is_told() -> None:
    found = changed(unreadable_user, without_mfa)
    assert told(found) == [], "the one whose record nobody can read"
    found = changed(unreadable_user, lambda w: w.report[1].update(key(1, 30, 1, active=False)))
    assert told(found) == ["key changed AIDAsvc-ledger 2026-09-01T06:00:00+00:00"]


def test_a_power_that_nobody_can_read_makes_nobody_former_administrator() -> None:
    def unclear(world: World) -> None:
        new_administrator(world)
        details(world)[0]["UserDetail"] |= {
            "AttachedManagedPolicies": [],
            "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": {"Statement": 7}}],
        }

    found = changed(unclear, old=[new_administrator])
    assert not told(found, EntryKind.ADMINISTRATOR)
    assert any("user mallory may do is not known" in one.why for one in found.not_compared)


def left_out(world: World) -> None:
    """An enabled region that settings leave out."""
    narrowed(world)
    out = RegionState(
        account=ACCOUNT, region="eu-west-1", status="ENABLED", in_scope=False, reason="not asked for"
    )
    world.options["regions"] = ("us-east-1", out)


def test_what_neither_bundle_was_asked_for_is_not_said_to_be_the_same() -> None:
    found = changed(left_out, old=[left_out])
    for side in BundleSide:
        unsaid = [one for one in found.not_compared if (one.kind, one.side) == (EntryKind.RULE, side)]
        why = {one.why for one in unsaid if f"{ACCOUNT} eu-west-1" in one.where}
        assert why == {"was not asked for there"}
    rules = next(one for one in found.counts if one.kind is EntryKind.RULE)
    assert not (rules.old_complete or rules.new_complete)
    assert "no change seen; not all can be said" in change_text(found)


@pytest.mark.parametrize(("state", "complete"), [("ACTIVE", False), ("SUSPENDED", True)])
def test_an_account_that_neither_bundle_was_asked_for(state: str, complete: bool) -> None:
    bundle = good().bundle()
    (first, *_) = bundle.run.account_states
    other = first.model_copy(update={"account": "555555555555", "state": state, "in_scope": False})
    vars(bundle)["run"] = bundle.run.model_copy(update={"account_states": (first, other)})
    narrow = snapshot(bundle)
    users = next(one for one in compare(narrow, narrow).counts if one.kind is EntryKind.USER)
    assert (users.old_complete, users.new_complete) == (complete, complete)


def test_missing_on_both_sides_is_said_of_both() -> None:
    found = changed(missing(REPORT), old=[missing(REPORT)])
    sides = {one.side for one in found.not_compared if one.kind is EntryKind.MFA}
    assert sides == set(BundleSide)


# --- conclusions -------------------------------------------------------------------------------------


def reasons(found: Changes) -> dict[str, set[str]]:
    return {one.test: set(map(str, one.why)) for one in found.tests}


def test_the_account_changed() -> None:
    found = changed(without_mfa)
    assert reasons(found) == {"MFA-1": {"account"}}
    (test,) = found.tests
    assert test.old and test.new
    assert (test.old.conclusion, test.new.conclusion) == ("not applicable", "exceptions noted")
    assert "1 member newly failing" in test.because


def test_a_limit_changed_and_nobody_says_that_the_account_did() -> None:
    found = changed(stricter)
    assert reasons(found)["KEY-1"] == {ChangeReason.SETTINGS}
    assert "by that or by the account: 1 member newly failing" in found.tests[0].because


def test_regions_left_out_are_no_change_of_the_account() -> None:
    tests = ("IPE-9", "MFA-1")
    found = changed(left_out, without_mfa, tests=tests)
    assert reasons(found) == {"IPE-9": {"settings"}, "MFA-1": {"account"}}
    because = next(one.because for one in found.tests if one.test == "IPE-9")
    assert because == (
        "the runs cover other accounts or regions; by that or by the account: 1 member newly failing"
    )


def test_evidence_is_missing() -> None:
    assert reasons(changed(missing(REPORT), old=[without_mfa]))["MFA-1"] == {"evidence"}


def test_management_accepts(tmp_path: Path) -> None:
    world = good()
    without_mfa(world)
    bundle = world.bundle()
    accepting = stated(tmp_path, [exception("MFA-1", f"arn:aws:iam::{ACCOUNT}:user/dormant")])
    found = compare(snapshot(bundle), snapshot(bundle, accepting))
    assert reasons(found) == {"MFA-1": {"statements"}}


def test_our_rule_changed_and_not_the_account() -> None:
    world = good()
    without_mfa(world)
    bundle = world.bundle()
    made = run_tests(bundle, [catalogue()[one] for one in TESTS])
    other = run_tests(good().bundle(), [catalogue()["MFA-1"]]).tests[0]
    sealed = made.model_copy(update={"tool_version": "0.0.9", "tests": (other, *made.tests[2:])})
    found = compare(snapshot(bundle, sealed=SealedResults(sealed, "0" * 64)), snapshot(bundle))
    assert reasons(found)["MFA-1"] == {"rule"}
    test = next(one for one in found.tests if one.test == "MFA-1")
    assert test.old == test.new
    assert "evidence 0.0.9 sealed not applicable, today's rules say exceptions noted (1)" in test.because
    assert reasons(found)["KEY-1"] == {"rule"}, "a test that there was not"


# --- in words ----------------------------------------------------------------------------------------

HOSTILE = "| [x](http://evil) <img src=x> \x1b[2J\u202e `*_\n# head\n=1+1"


def hostile(world: World) -> None:
    details(world)[1]["UserDetail"]["Path"] = f"/{HOSTILE}/"
    for found in world.records["access-analyzer.findings"].get(US, ()):
        found["Finding"]["error"] = HOSTILE


def test_hostile_names_are_no_markup_and_drive_no_terminal() -> None:
    found = changed(hostile)
    for text in (change_text(found), change_markdown(found)):
        assert all(line.isprintable() for line in text.splitlines())
    said = change_markdown(found)
    assert "\\[x\\](http\\://evil) \\<img" in said
    assert not [line for line in said.splitlines() if line.startswith(("# head", "=1"))]


def test_the_facts_of_the_report() -> None:
    facts = change_facts(
        changed(without_mfa, new_administrator, missing("access-analyzer.findings", US)), most=10
    )
    assert [(row.title, row.words) for row in facts.rows][:3] == [
        ("accounts", "no change"),
        ("administrators", "1 appeared; not all can be said"),
        ("IAM users", "1 appeared; not all can be said"),
    ], "an account is left out of both"
    assert (facts.days, len(facts.entries), facts.more) == (0, 3, 0), "a new user is named once"
    assert facts.conclusions[0].test == "MFA-1"
    assert "Access Analyzer findings: the new bundle does not show all" in " ".join(facts.not_compared)


def test_a_redacted_copy_is_not_compared_with_what_has_names() -> None:
    one = snapshot(good().bundle())
    other = copy.copy(one)
    object.__setattr__(other, "redaction", "0" * 16)
    with pytest.raises(UsageError, match="redacted"):
        compare(one, other)


# --- whatever happens --------------------------------------------------------------------------------

CHANGES: dict[str, Change] = {
    "renamed": renamed, "without_mfa": without_mfa, "given_again": given_again, "assigned": assigned,
    "new_administrator": new_administrator, "trusting": trusting, "unreadable_line": unreadable_line,
    "unreadable_trust": unreadable_trust, "no findings": missing("access-analyzer.findings", US),
    "no people": missing("identity-store.users", ORGANIZATION_TARGET), "hostile": hostile,
}  # fmt: skip
WORLDS = st.lists(st.sampled_from(sorted(CHANGES)), unique=True, max_size=4)


@given(WORLDS, WORLDS)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
def test_backwards_is_the_mirror(old: list[str], new: list[str]) -> None:
    snapshots = [snapshot_after([CHANGES[name] for name in names]) for names in (old, new)]
    forward, backward = compare(*snapshots), compare(*reversed(snapshots))
    assert mirrored(forward) == facts_of(backward)
    itself = compare(snapshots[0], snapshots[0])
    assert (itself.entries, itself.tests) == ((), ())


def facts_of(found: Changes) -> tuple[Any, ...]:
    return (
        sorted((one.kind, one.change, one.id, str(one.old), str(one.new)) for one in found.entries),
        sorted((one.kind, one.side, one.why, one.where, one.things) for one in found.not_compared),
        sorted((one.test, str(one.old), str(one.new), sorted(one.why)) for one in found.tests),
    )


def mirrored(found: Changes) -> tuple[Any, ...]:
    swap = {ChangeWord.APPEARED: ChangeWord.VANISHED, ChangeWord.VANISHED: ChangeWord.APPEARED}
    sides = {BundleSide.OLD: BundleSide.NEW, BundleSide.NEW: BundleSide.OLD}
    turned = found.model_copy(
        update={
            "entries": tuple(
                one.model_copy(
                    update={"change": swap.get(one.change, one.change), "old": one.new, "new": one.old}
                )
                for one in found.entries
            ),
            "not_compared": tuple(
                one.model_copy(update={"side": sides[one.side]}) for one in found.not_compared
            ),
            "tests": tuple(one.model_copy(update={"old": one.new, "new": one.old}) for one in found.tests),
        }
    )
    return facts_of(turned)


def test_causes_are_told_in_words() -> None:
    assert str(Cause.PERMISSION_MISSING) in change_text(changed(missing(REPORT)))
