"""Missing, partial and malformed evidence is never a pass; the same bundle gives the same bytes."""

import gc
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from evidence.controls.catalogue import catalogue, catalogue_over
from evidence.controls.declaration import (
    Conclusion,
    ControlTest,
    ControlTopic,
    Family,
    Remedy,
    Row,
    Severity,
    Verdict,
)
from evidence.controls.engine import perform, run_tests
from evidence.readers.evidence import UndeclaredItemError
from evidence.readers.pointer import Pointer
from evidence.records import Cause, Outcome, Scope, Target, items_for_source
from evidence.settings.model import SealedSettings
from tests.controls.aggregated import aggregated
from tests.controls.world import ACCOUNT, ACCOUNT_TARGET, EU, KNOWN, US, World, good
from tests.controls.world_records import ADMINISTRATOR, finding, user
from tests.support.bundles import ORGANIZATION_TARGET, gap

# Where an aggregator is the source, only the tests that need other items for it.
NEEDED = [
    (test.id, item, source)
    for test in catalogue().values()
    for source in ("accounts", "aggregator")
    for item in items_for_source(test.needs, source)
    if source == "accounts"
    # Compares nothing that comes from an aggregator, and says so.
    or (
        test.id != "IPE-17"
        and items_for_source(test.needs, "accounts") != items_for_source(test.needs, "aggregator")
    )
]
# The organization is one target: it cannot be missing for one of several.
PARTIAL = [
    (test, item, source)
    for test, item, source in NEEDED
    if (targets := good(test).records.get(item)) and next(iter(targets)).scope is not Scope.ORGANIZATION
]
SETTLED = [(test, "iam.authorization-details") for test in ("IDC-4", "IDC-5")]
"""AWS's administrator policy is known by name: these ask the details about others alone."""
CONCLUDED = {"no exceptions", "not applicable"}


TESTED = [test.id for test in catalogue().values() if not test.attested]


@pytest.mark.parametrize("test", TESTED)
def test_an_account_in_good_order_has_no_exceptions(test: str) -> None:
    result = perform(catalogue()[test], good(test).bundle(), partners=KNOWN)
    assert result.conclusion in CONCLUDED, (result.reason, result.rows)


def read_from(source: str, test: str) -> World:
    return aggregated(good(test)) if source == "aggregator" else good(test)


@pytest.mark.parametrize(("test", "item", "source"), NEEDED)
@pytest.mark.parametrize("how", ["gap", "excluded", "never planned"])
def test_a_needed_item_that_is_missing(test: str, item: str, source: str, how: str) -> None:
    world = read_from(source, test)
    targets = list(world.records.pop(item))
    if how == "gap":
        world.options["gaps"] = [gap(item, target) for target in targets]
    elif how == "excluded":
        world.options["excluded"] = (item,)
    result = perform(catalogue()[test], world.bundle(), partners=KNOWN)
    assert result.conclusion == "not concluded"
    reason = {"gap": "permission missing", "excluded": "excluded by a setting", "never planned": "not part"}
    assert any(item in line and reason[how] in line for line in map(str, result.holes)), result.missing


@pytest.mark.parametrize(("test", "item", "source"), PARTIAL)
@pytest.mark.parametrize("how", ["gap", "never planned"])
def test_a_needed_item_that_is_missing_for_one_of_several_targets(test, item, source, how) -> None:
    world = read_from(source, test)
    targets = world.records[item]
    target = next(iter(targets))
    if target.scope is Scope.REGION:
        del targets[target]
    else:
        target = Target(Scope.ACCOUNT, "210987654321")
        world.options["accounts"] = (ACCOUNT, target.account)
    if how == "gap":
        world.options["gaps"] = [gap(item, target, Cause.THROTTLED)]
    result = perform(catalogue()[test], world.bundle(), partners=KNOWN)
    assert result.conclusion == "not concluded"
    assert any(item in line and target.label in line for line in map(str, result.holes)), result.missing


@pytest.mark.parametrize(("test", "item", "source"), NEEDED)
@pytest.mark.parametrize("record", [{}, {"Unexpected": 1}, {"GeneratedTime": "soon"}], ids=json.dumps)
def test_malformed_evidence(test: str, item: str, source: str, record: dict) -> None:
    world = read_from(source, test)
    for target in world.records[item]:
        world.records[item][target] = [record]
    if (test, item) in SETTLED:
        first = world.records["identity-center.permission-sets"][ORGANIZATION_TARGET][0]
        first["ManagedPolicies"] = [{"Arn": "arn:aws:iam::aws:policy/Unheard", "Name": "Unheard"}]
        first["PermissionSet"]["SessionDuration"] = "PT6H"
    result = perform(catalogue()[test], world.bundle(), partners=KNOWN)
    assert result.conclusion in {"not concluded", "exceptions noted"}, result.rows
    assert not result.complete or any("no text stands as" in row.observed for row in result.rows)
    said = (result.reason, *(f"{row.observed} {row.note}" for row in result.rows))
    marks = ("documented form", "cannot be read", "no text stands as")
    assert any(mark in words for words in said for mark in marks)


def lists_in(record: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield where a record holds a list that is not empty."""
    if isinstance(record, dict):
        for name, value in record.items():
            yield from lists_in(value, (*path, name))
    elif isinstance(record, list) and record:
        yield path
        for value in record:
            yield from lists_in(value, path)


def emptied(record: Any, path: tuple[str, ...]) -> Any:
    """Return a record with the lists at one place empty."""
    if isinstance(record, list):
        return [emptied(one, path) for one in record] if path else []
    if isinstance(record, dict) and path and path[0] in record:
        return record | {path[0]: emptied(record[path[0]], path[1:])}
    return record


RECONCILING = {test.id for test in catalogue().values() if test.reconciles} | {"SAMPLE"}
"""Their rows compare two numbers, both of which may be none."""


@pytest.mark.parametrize("test", [test for test in TESTED if test not in RECONCILING])
def test_whatever_meets_a_rule_says_what_was_looked_at_where_nothing_was_found(test: str) -> None:
    """Every list of the evidence empty, one by one: no 'none of none' is a pass."""
    for item in {*catalogue()[test].needs, *catalogue()[test].uses} & set(good(test).records):
        recorded = good(test).records[item]
        places = sorted({path for one in recorded.values() for record in one for path in lists_in(record)})
        for path in (None, *places):
            world = good(test)
            world.records[item] = {
                target: [] if path is None else [emptied(record, path) for record in one]
                for target, one in recorded.items()
            }
            for row in perform(catalogue()[test], world.bundle(), partners=KNOWN).rows:
                nothing = re.search(r"^0: |\bof 0\b", row.observed)
                assert not (nothing and row.verdict is Verdict.MET), (item, path, row)


def test_results_are_a_pure_function_of_the_bundle() -> None:
    bundle = good().bundle()
    first, second = run_tests(bundle), run_tests(bundle)
    assert first.to_bytes() == second.to_bytes()
    assert json.loads(first.to_bytes())["bundle_digest"] == bundle.digest
    assert [test.id for test in first.tests] == list(catalogue_over(bundle))


def test_criteria_come_from_the_settings_when_they_say_so() -> None:
    world = good()
    world.options["settings"] = SealedSettings(criteria={"ROOT-1": ("CC9.9",)})
    assert perform(catalogue()["ROOT-1"], world.bundle()).criteria == ("CC9.9",)
    assert perform(catalogue()["ROOT-1"], good().bundle()).criteria == ("CC6.1", "CC6.2")


def row(verdict: Verdict) -> Row:
    return Row("s", ACCOUNT, verdict, "o", "e", (Pointer("f", 1),))


def made(rule, needs=("iam.mfa-devices",), empty=Conclusion.NOT_APPLICABLE) -> ControlTest:
    words = dict.fromkeys(("title", "risk", "procedure", "population", "attribute"), "x")
    return ControlTest(
        id="X-1",
        topic=ControlTopic("x"),
        criteria=(),
        needs=needs,
        rule=rule,
        empty="None.",
        severity=Severity.MEDIUM,
        remedy=Remedy(console="Mend it."),
        empty_conclusion=empty,
        **words,
    )


MET, EXC, UNK, OUT = Verdict.MET, Verdict.EXCEPTION, Verdict.NOT_DETERMINED, Verdict.OUT_OF_SCOPE
LEFT = Verdict.NOT_SELECTED


@pytest.mark.parametrize(
    ("rows", "conclusion", "counts"),
    [
        ([MET, MET], "no exceptions", (2, 2, 0, 0)),
        ([MET, EXC], "exceptions noted", (2, 2, 1, 0)),
        ([MET, UNK], "not concluded", (2, 2, 0, 1)),
        ([EXC, UNK], "exceptions noted", (2, 2, 1, 1)),
        ([MET, OUT], "no exceptions", (1, 1, 0, 0)),
        ([MET, LEFT], "no exceptions", (2, 1, 0, 0)),
        ([EXC, LEFT, OUT], "exceptions noted", (2, 1, 1, 0)),
        ([OUT], "not applicable", (0, 0, 0, 0)),
        ([], "not applicable", (0, 0, 0, 0)),
    ],
)
def test_rows_become_a_conclusion(rows, conclusion, counts) -> None:
    bundle = good().bundle()
    result = perform(made(lambda _: (row(verdict) for verdict in rows)), bundle)
    assert result.conclusion == conclusion
    assert (result.population_size, result.inspected, result.exceptions, result.not_determined) == counts


NO_TEXT = [
    ("subject", None), ("account", 1), ("region", ["r"]), ("observed", {}), ("expected", 1.5),
    ("note", None), ("attributes", {"owner": 1}), ("attributes", {1: "owner"}),
]  # fmt: skip


@pytest.mark.parametrize(("member", "value"), NO_TEXT)
@pytest.mark.parametrize("verdict", [MET, OUT, UNK])
def test_a_row_with_something_else_than_text_costs_one_row(member, value, verdict) -> None:
    broken = replace(row(verdict), **{member: value})
    result = perform(made(lambda _: iter([row(MET), broken, row(MET)])), good().bundle())
    assert (result.conclusion, result.complete, result.not_determined) == ("not concluded", False, 1)
    name = "owner" if value == {"owner": 1} else 1 if member == "attributes" else member
    odd = result.rows[1]
    assert (odd.verdict, odd.observed) == (
        "not determined", f"not in the documented form: no text stands as {name}",
    )  # fmt: skip
    assert odd.subject == ("f:1" if member == "subject" else "s")
    assert [one.verdict for one in (result.rows[0], result.rows[2])] == ["met", "met"]
    assert run_tests(good().bundle(), [made(lambda _: iter([broken]))]).to_bytes()


@pytest.mark.parametrize(("member", "value"), NO_TEXT)
def test_an_exception_stays_one_whatever_else_its_record_holds(member, value) -> None:
    broken = replace(row(EXC), **{member: value})
    result = perform(made(lambda _: iter([broken])), good().bundle())
    assert (result.conclusion, result.exceptions) == ("exceptions noted", 1)
    assert "no text stands as" in result.rows[0].observed
    assert result.rows[0].observed.startswith("not in" if member == "observed" else "o; not in")


def test_several_members_without_text_are_all_named() -> None:
    broken = replace(row(MET), subject=None, note=3, attributes={"owner": None, "age": "5"})
    (found,) = perform(made(lambda _: iter([broken])), good().bundle()).rows
    assert found.observed.endswith("no text stands as subject, note, owner")
    assert found.attributes == {"owner": "not text", "age": "5"}


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_left_as_it_was(enabled) -> None:
    seen = []
    test = made(
        lambda evidence: seen.append(gc.isenabled()) or iter([evidence.only_record("iam.users", ACCOUNT)])
    )
    bundle, before = good().bundle(), gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        with pytest.raises(UndeclaredItemError):
            run_tests(bundle, [test])
        seen.append(gc.isenabled())
    finally:
        (gc.enable if before else gc.disable)()
    assert seen == [False, enabled]


def test_no_members_can_mean_that_nothing_was_shown() -> None:
    test = made(lambda _: iter(()), empty=Conclusion.NOT_CONCLUDED)
    assert perform(test, good().bundle()).conclusion == "not concluded"


def test_exceptions_found_in_what_is_there_are_named_beside_the_gap() -> None:
    world = good()
    world.options["gaps"] = [gap("config.rules", EU)]
    del world.records["config.rules"][EU]
    result = perform(made(lambda _: iter([row(EXC)]), ("config.rules",)), world.bundle())
    assert (result.conclusion, result.complete, result.exceptions) == ("exceptions noted", False, 1)
    assert result.reason.startswith("1 of 1 inspected does not meet the rule. Not complete: config.rules of ")


def test_a_rule_sees_only_what_is_complete() -> None:
    world = good()
    world.options["gaps"] = [gap("config.rules", EU)]
    del world.records["config.rules"][EU]
    seen = []
    perform(made(lambda e: seen.append((e.regions(ACCOUNT), e.complete)) or iter(()), ("config.rules",)),
            world.bundle())  # fmt: skip
    assert seen == [((US.region,), False)]


def test_a_file_with_fewer_records_than_its_unit_says() -> None:
    world = good()
    world.records["iam.mfa-devices"][ACCOUNT_TARGET] = [{"SerialNumber": "1"}, {"SerialNumber": "2"}]
    bundle = world.bundle()
    path = f"{ACCOUNT}/iam/mfa-devices.jsonl"
    shorter = b"".join(bundle.read(path).splitlines(keepends=True)[:-1])
    result = perform(catalogue()["ROOT-3"], replace(bundle, files={**bundle.files, path: shorter}))
    assert result.conclusion == "not concluded"
    assert "where run.json says" in result.rows[0].observed


def test_reading_an_undeclared_item_is_a_defect_not_a_conclusion() -> None:
    test = made(lambda evidence: iter([evidence.only_record("iam.password-policy", ACCOUNT)]))
    with pytest.raises(UndeclaredItemError):
        perform(test, good().bundle())


def test_a_unit_recorded_as_a_gap_counts_even_without_an_entry() -> None:
    world = good()
    bundle = world.bundle()
    units = tuple(
        unit.model_copy(update={"outcome": Outcome.GAP, "files": ()})
        if unit.item == "iam.mfa-devices"
        else unit
        for unit in bundle.run.units
    )
    bundle.__dict__["run"] = bundle.run.model_copy(update={"units": units})
    result = perform(catalogue()["ROOT-3"], bundle)
    assert tuple(map(str, result.missing)) == (
        f"iam.mfa-devices of {ACCOUNT} is recorded as a gap, without a reason.",
    )


def test_an_account_without_any_region_in_scope_is_missing() -> None:
    world: World = good()
    world.options["accounts"] = (ACCOUNT, "210987654321")
    result = perform(made(lambda _: iter([row(MET)]), ("config.rules",)), world.bundle())
    assert tuple(map(str, result.missing)) == (
        "config.rules was not collected for 210987654321: it has no region in scope.",
    )


def test_every_test_says_all_that_an_auditor_asks() -> None:
    for test in catalogue().values():
        words = (test.title, test.risk, test.procedure, test.population, test.attribute, test.empty)
        assert all(words), test.id
        assert bool(test.criteria) is (test.family is Family.CONTROLS), test.id
        assert test.risk.endswith("."), test.id
        assert test.procedure.endswith("."), test.id


@pytest.mark.parametrize("test", ["AA-1", "CFG-1"])
def test_enabled_regions_that_the_run_leaves_out_are_listed(test: str) -> None:
    bundle = good().bundle()
    states = [
        state.model_copy(update={"in_scope": state.region == "us-east-1", "reason": "not asked for"})
        for state in bundle.run.regions
    ]
    bundle.__dict__["run"] = bundle.run.model_copy(update={"regions": tuple(states)})
    found = [entry for entry in perform(catalogue()[test], bundle).rows if entry.verdict == "out of scope"]
    assert [(entry.region, entry.observed) for entry in found] == [
        ("eu-west-1", "enabled, and left out of this run: not asked for")
    ]


def test_a_record_of_no_known_kind() -> None:
    world = good()
    world.records["config.rules"][EU] = [{"Rule": {}}]
    result = perform(catalogue()["CFG-3"], world.bundle())
    assert result.conclusion == "not concluded"
    (odd,) = [row for row in result.rows if row.verdict == "not determined"]
    assert f"{ACCOUNT}/eu-west-1/config/rules.jsonl:1 is none of ConfigRule, ConformancePack" in odd.observed


def test_two_records_where_one_belongs() -> None:
    world = good()
    world.records["iam.account-summary"][ACCOUNT_TARGET] *= 2
    (found,) = perform(catalogue()["ROOT-1"], world.bundle()).rows
    assert "holds 2 records where one belongs" in found.observed


def test_a_report_without_its_csv() -> None:
    world = good()
    world.options["files"] = {
        f"{ACCOUNT}/iam/credential-report.txt": b"",
        f"{ACCOUNT}/iam/credential-report.csv": b"",
    }
    assert "unknown layout" in perform(catalogue()["KEY-1"], world.bundle()).rows[0].observed
    bundle = good().bundle()
    jsonl = (f"{ACCOUNT}/iam/credential-report.jsonl",)
    units = tuple(
        unit.model_copy(update={"files": jsonl} if unit.item == "iam.credential-report" else {})
        for unit in bundle.run.units
    )
    bundle.__dict__["run"] = bundle.run.model_copy(update={"units": units})
    assert "has 0 CSV files" in perform(catalogue()["KEY-1"], bundle).reason


@pytest.mark.parametrize("when", ["2026-10-01", "2026-10-01T00:00:00", 5, None])
def test_a_time_that_is_none(when) -> None:
    world = good()
    world.records["iam.credential-report"][ACCOUNT_TARGET][0]["GeneratedTime"] = when
    assert "time" in perform(catalogue()["KEY-1"], world.bundle()).reason


# Members on which a rule decides what it looks at: of another type they must not make a record disappear.
DECIDING = [
    ("ROOT-3", "iam.mfa-devices", ("User", "Arn")),
    ("CFG-3", "config.rules", ("ConfigRule", "ConfigRuleState")),
    ("CFG-3", "config.rules", ("ConfigRule", "Source", "Owner")),
    ("CFG-3", "config.rules", ("ConfigRule", "Source", "SourceIdentifier")),
    ("CFG-4", "config.rule-compliance", ("ConfigRuleName",)),
    ("AA-1", "access-analyzer.analyzers", ("Analyzer", "type")),
    ("AA-2", "access-analyzer.findings", ("Finding", "findingType")),
    ("AA-2", "access-analyzer.findings", ("Finding", "id")),
    ("IDC-2", "identity-center.instance", ("Instance", "OwnerAccountId")),
    ("IDC-2", "identity-center.instance", ("Instance", "IdentityStoreId")),
    ("IDC-2", "identity-store.users", ("IdentityStoreId",)),
    ("IDC-2", "identity-store.users", ("UserId",)),
    ("IDC-2", "organizations.organization", ("Organization", "MasterAccountId")),
    ("PRIV-2", "iam.authorization-details", ("UserDetail", "Arn")),
]


@pytest.mark.parametrize(("test", "item", "path"), DECIDING)
@pytest.mark.parametrize("value", [None, 7, []], ids=str)
def test_a_member_of_another_type_hides_nothing(test: str, item: str, path, value) -> None:
    world = good()
    device = {"SerialNumber": "1", "User": {"Arn": "arn:root"}}
    world.records["iam.mfa-devices"][ACCOUNT_TARGET].append(device)
    world.records["access-analyzer.findings"][US].append(finding("f", "ACTIVE"))
    administrator = [{"PolicyArn": ADMINISTRATOR, "PolicyName": "p"}]
    world.records["iam.authorization-details"][ACCOUNT_TARGET].insert(
        0, user("admin", AttachedManagedPolicies=administrator)
    )
    for records in world.records[item].values():
        for record in (entry for entry in records if path[0] in entry):
            *parents, last = path
            for name in parents:
                record = record[name]  # noqa: PLW2901
            record[last] = value
    result = perform(catalogue()[test], world.bundle(), partners=KNOWN)
    assert result.conclusion in {"not concluded", "exceptions noted"}, result.rows
    odd = [one for one in result.rows if "no text stands as" in one.observed]
    assert odd if result.complete else True
