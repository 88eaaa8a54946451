"""What a test shows of each account: never more than the account's own rows and evidence bear."""

from collections.abc import Sequence

import pytest
from pydantic import TypeAdapter

from evidence.bundle.format.models import RegionState
from evidence.controls.by_account import AccountResult, by_account
from evidence.controls.catalogue import catalogue
from evidence.controls.engine import perform, run_tests
from evidence.controls.row_results import RowResult, Rows
from evidence.readers.missing import MissingEvidence, MissingKind
from evidence.records import Scope, Target
from tests.controls.world import ACCOUNT, EU, good, key
from tests.controls.world import row as report_row
from tests.support.bundles import gap

OTHER = "210987654321"
DEVICES, RECORDERS = "iam.mfa-devices", "config.recorders"
KEY_ROW = report_row("old", **key(1, 400, 1))
MET, EXC, ACC, UNK, OUT = "met", "exception", "accepted", "not determined", "out of scope"


def row(verdict: str, account: str = ACCOUNT) -> RowResult:
    words = {"subject": "s", "region": "", "observed": "o", "expected": "e", "note": "", "since": None}
    given = words | {"account": account, "verdict": verdict, "pointers": ("f:1",), "attributes": {}}
    return TypeAdapter(RowResult).validate_python(given)


@pytest.fixture
def told():
    """Return what is told of accounts by a test with these rows, needing one item, of which targets lack."""

    def run(
        rows: Sequence[RowResult],
        *,
        test: str = "KEY-1",
        item: str = DEVICES,
        lacking: Sequence[Target] = (),
        missing: Sequence[str] | None = None,
    ) -> list[tuple[object, ...]]:
        world = good()
        records = world.records[item]
        for target in list(records):
            records[Target(target.scope, OTHER, target.region)] = list(records[target])
        for target in lacking:
            del records[target]
        world.options |= {
            "accounts": (ACCOUNT, OTHER),
            "gaps": [gap(item, target) for target in lacking],
            "regions": tuple(
                RegionState(account=account, region=region, status="ENABLED", in_scope=True, reason="all")
                for account in (ACCOUNT, OTHER)
                for region in ("us-east-1", "eu-west-1")
            ),
        }
        bundle = world.bundle()
        known = catalogue()["KEY-1"]
        said = perform(known, bundle).model_copy(
            update={
                "id": test,
                "needs": (item,),
                "rows": Rows.of(rows),
                "missing": tuple(
                    MissingEvidence(MissingKind.UNREADABLE, sentence) for sentence in missing or ()
                )
                or tuple(MissingEvidence(MissingKind.GAP, str(one), item) for one in lacking),
            }
        )
        results = run_tests(bundle, [known]).model_copy(update={"tests": (said,)})
        (found,) = by_account(bundle, results).values()
        assert [one.account for one in found] == [ACCOUNT, OTHER]
        return [_figures(one) for one in found]

    return run


def _figures(one: AccountResult) -> tuple[object, ...]:
    return one.conclusion.value, one.inspected, one.exceptions, one.not_determined, one.missing


NOTHING = ("not applicable", 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("verdicts", "figures"),
    [
        ([], NOTHING),
        ([OUT], NOTHING),
        ([MET], ("no exceptions", 1, 0, 0, 0)),
        ([MET, MET, OUT], ("no exceptions", 2, 0, 0, 0)),
        ([MET, EXC], ("exceptions noted", 2, 1, 0, 0)),
        ([MET, ACC], ("exceptions noted", 2, 1, 0, 0)),
        ([EXC, ACC, EXC], ("exceptions noted", 3, 3, 0, 0)),
        ([MET, UNK], ("not concluded", 2, 0, 1, 0)),
        ([EXC, UNK, UNK], ("exceptions noted", 3, 1, 2, 0)),
    ],
)
def test_rows_count_for_their_own_account_alone(told, verdicts, figures) -> None:
    assert told([row(verdict) for verdict in verdicts]) == [figures, NOTHING]


def test_an_exception_beside_a_hole_is_not_complete() -> None:
    """As of all accounts, so of each: an exception is known, and more may hide in what is missing."""
    world = good()
    world.report.append(KEY_ROW)
    world.records[DEVICES].clear()
    world.options["gaps"] = [gap(DEVICES, Target(Scope.ACCOUNT, ACCOUNT))]
    bundle = world.bundle()
    known = catalogue()["KEY-1"]
    said = perform(known, bundle)
    holes = said.model_copy(
        update={"needs": (DEVICES,), "missing": (MissingEvidence(MissingKind.GAP, "a."),)}
    )
    for test, complete in ((said, True), (holes, False)):
        results = run_tests(bundle, [known]).model_copy(update={"tests": (test,)})
        (one,) = by_account(bundle, results)["KEY-1"]
        assert (one.conclusion, one.complete) == ("exceptions noted", complete)


def test_each_account_has_its_own_rows(told) -> None:
    rows = [row(MET), row(EXC, OTHER), row(MET, OTHER), row(UNK, "")]
    assert told(rows) == [("no exceptions", 1, 0, 0, 0), ("exceptions noted", 2, 1, 0, 0)]


@pytest.mark.parametrize(
    ("test", "without"), [("KEY-1", "not applicable"), ("CFG-4", "not concluded"), ("OWN-1", "not concluded")]
)
def test_no_member_shows_what_the_test_says_that_it_shows(told, test, without) -> None:
    """Of a test that this version does not know, no member shows nothing."""
    assert told([row(MET)], test=test) == [("no exceptions", 1, 0, 0, 0), (without, 0, 0, 0, 0)]


def test_acceptance_meets_the_rule_where_that_is_what_is_asked(told) -> None:
    assert told([row(ACC)], test="AA-3")[0] == ("no exceptions", 1, 0, 0, 0)
    assert catalogue()["AA-3"].met_by_acceptance


def test_an_account_that_lacks_evidence_is_never_without_exceptions(told) -> None:
    lacking = [Target(Scope.ACCOUNT, OTHER)]
    assert told([row(MET), row(MET, OTHER)], lacking=lacking) == [
        ("no exceptions", 1, 0, 0, 0),
        ("not concluded", 1, 0, 0, 1),
    ]
    assert told([row(MET), row(MET, OTHER), row(EXC, OTHER)], lacking=lacking) == [
        ("no exceptions", 1, 0, 0, 0),
        ("exceptions noted", 2, 1, 0, 1),
    ]


def test_regions_that_lack_it_are_counted(told) -> None:
    lacking = [EU, *(Target(Scope.REGION, OTHER, region) for region in ("us-east-1", "eu-west-1"))]
    assert told([row(MET)], item=RECORDERS, lacking=lacking) == [
        ("not concluded", 1, 0, 0, 1),
        ("not concluded", 0, 0, 0, 2),
    ]


def test_evidence_that_cannot_be_read_leaves_every_account_open(told) -> None:
    assert told([row(MET)], missing=["It cannot be read."]) == [
        ("not concluded", 1, 0, 0, 0),
        ("not concluded", 0, 0, 0, 0),
    ]


def test_an_item_that_is_missing_altogether_leaves_every_account_open(told) -> None:
    lacking = [Target(Scope.ACCOUNT, account) for account in (ACCOUNT, OTHER)]
    assert [figures[0] for figures in told([], lacking=lacking)] == ["not concluded", "not concluded"]


def test_an_item_of_the_organization_that_is_missing_leaves_every_account_open() -> None:
    world = good()
    item = "organizations.root-access"
    (target,) = world.records.pop(item)
    world.options["gaps"] = [gap(item, target)]
    bundle = world.bundle()
    (found,) = by_account(bundle, run_tests(bundle, [catalogue()["ROOT-5"]])).values()
    assert [one.conclusion for one in found] == ["not concluded"]


def test_what_management_attests_is_of_no_account() -> None:
    bundle = good().bundle()
    results = run_tests(bundle)
    attested = {test.id for test in results.tests if test.attestation} | {
        test.id for test in catalogue().values() if test.attested
    }
    assert attested
    assert set(by_account(bundle, results)) == {test.id for test in results.tests} - attested
