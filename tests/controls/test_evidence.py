"""What a rule is given: the records of what was collected, times in UTC, words that say what is wrong."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest

from evidence.controls.acceptance import collection_day
from evidence.controls.rows import out_of_scope_rows
from evidence.readers.coverage import coverage
from evidence.readers.evidence import (
    Evidence,
    UndeclaredItemError,
    joined_names,
    require_moment,
    require_text,
)
from evidence.readers.unreadable import MalformedEvidenceError
from evidence.records import Outcome, Scope, Target
from tests.support.bundles import ACCOUNT, ACCOUNT_TARGET, bundle_in_memory, gap

ITEM, RULES, OTHER = "iam.mfa-devices", "config.rules", "210987654321"
US, EU = Target(Scope.REGION, ACCOUNT, "us-east-1"), Target(Scope.REGION, ACCOUNT, "eu-west-1")
RULE = {"ConfigRule": {"ConfigRuleName": "a"}}


def evidence_of(bundle, *needs: str) -> Evidence:
    return Evidence(bundle, needs, (), coverage(bundle, needs))


def two_accounts(*, without: Target):
    """Two accounts and two regions, with everything but one target."""
    records = {
        ITEM: {ACCOUNT_TARGET: [], Target(Scope.ACCOUNT, OTHER): []},
        RULES: {Target(Scope.REGION, account, name): [RULE] for account in (ACCOUNT, OTHER)
                for name in ("us-east-1", "eu-west-1")},
    }  # fmt: skip
    item = RULES if without.scope is Scope.REGION else ITEM
    del records[item][without]
    bundle = bundle_in_memory(records, gaps=[gap(item, without)], accounts=(ACCOUNT, OTHER))
    states = [
        state.model_copy(update={"account": account})
        for account in (ACCOUNT, OTHER) for state in bundle.run.regions if state.account == ACCOUNT
    ]  # fmt: skip
    bundle.__dict__["run"] = bundle.run.model_copy(update={"regions": tuple(states)})
    return bundle


def test_an_account_is_left_out_for_what_is_missing_of_it_and_no_other() -> None:
    bundle = two_accounts(without=ACCOUNT_TARGET)
    evidence = evidence_of(bundle, ITEM, RULES)
    assert evidence.accounts == (OTHER,)
    every = evidence.regions(OTHER)
    assert set(every) == {"us-east-1", "eu-west-1"}
    assert evidence.regions(ACCOUNT) == every
    evidence = evidence_of(two_accounts(without=EU), ITEM, RULES)
    assert evidence.accounts == (ACCOUNT, OTHER)
    assert evidence.regions(ACCOUNT) == ("us-east-1",)
    assert evidence.regions(OTHER) == every
    assert not evidence.complete
    assert [evidence.has(ITEM), evidence.has(RULES)] == [True, False]


def test_records_behind_a_gap_are_still_read() -> None:
    bundle = bundle_in_memory({RULES: {US: [RULE], EU: [RULE]}})
    first, second = (unit for unit in bundle.run.units if unit.item == RULES)
    units = tuple(
        unit.model_copy(update={"outcome": Outcome.GAP}) if unit == first else unit
        for unit in bundle.run.units
    )
    bundle.__dict__["run"] = bundle.run.model_copy(update={"units": units})
    evidence = evidence_of(bundle, RULES)
    assert [located.file for located in evidence.records(RULES)] == [second.files[0]]
    assert list(evidence.records(RULES, ACCOUNT, first.target.region)) == []


def test_words_about_evidence_that_is_not_as_it_should_be() -> None:
    bundle = bundle_in_memory({RULES: {US: [RULE], EU: []}, ITEM: {ACCOUNT_TARGET: [{}, {}]}})
    evidence = evidence_of(bundle, RULES, ITEM)
    said = {
        f"{ITEM} of {ACCOUNT} holds 2 records where one belongs": lambda: evidence.only_record(ITEM, ACCOUNT),
        f"{ITEM} was not collected for {OTHER}": lambda: evidence.unit(ITEM, OTHER),
        f"{RULES} was not collected for {ACCOUNT} eu-north-1":
            lambda: evidence.unit(RULES, ACCOUNT, "eu-north-1"),
        "5 stands where text belongs": lambda: require_text(5),
        "'' stands where text belongs": lambda: require_text(""),
        "'soon' is not a time": lambda: require_moment("soon"),
        "'2026-10-01' has no time zone": lambda: require_moment("2026-10-01"),
    }  # fmt: skip
    for sentence, call in said.items():
        with pytest.raises(MalformedEvidenceError) as raised:
            call()
        assert str(raised.value) == sentence


def test_a_file_with_fewer_records_than_its_unit_says_is_named() -> None:
    bundle = bundle_in_memory({RULES: {US: [RULE], EU: []}})
    units = tuple(unit.model_copy(update={"records": 2}) for unit in bundle.run.units)
    bundle.__dict__["run"] = bundle.run.model_copy(update={"units": units})
    evidence = evidence_of(bundle, RULES)
    with pytest.raises(MalformedEvidenceError) as raised:
        list(evidence.records(RULES, ACCOUNT, "us-east-1"))
    assert str(raised.value) == f"{RULES} of {ACCOUNT} us-east-1 holds 1 records where run.json says 2"
    with pytest.raises(UndeclaredItemError) as undeclared:
        evidence.unit("iam.users", ACCOUNT)
    assert str(undeclared.value) == "the rule reads iam.users, which its test does not declare"


def test_a_region_that_is_left_out_is_said_to_be() -> None:
    bundle = bundle_in_memory({RULES: {US: []}})
    states = tuple(
        state.model_copy(update={"in_scope": False, "reason": "r"}) if state.region == EU.region else state
        for state in bundle.run.regions
    )
    bundle.__dict__["run"] = bundle.run.model_copy(update={"regions": states})
    (row,) = out_of_scope_rows(evidence_of(bundle, RULES), ACCOUNT)
    assert (row.subject, row.region, row.account, row.verdict, row.expected) == (
        EU.region, EU.region, ACCOUNT, "out of scope", "in scope",
    )  # fmt: skip


@pytest.fixture
def tokyo(monkeypatch) -> Iterator[None]:
    """A machine nine hours ahead of UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("tokyo")
def test_the_time_zone_of_the_machine_changes_nothing() -> None:
    zone = timezone(timedelta(hours=9))
    bundle = bundle_in_memory({ITEM: {ACCOUNT_TARGET: []}})
    begun = datetime(2026, 10, 2, 1, tzinfo=zone)
    units = tuple(unit.model_copy(update={"started": begun}) for unit in bundle.run.units)
    changes = {"units": units, "started": begun - timedelta(hours=1), "finished": begun}
    bundle.__dict__["run"] = bundle.run.model_copy(update=changes)
    evidence = evidence_of(bundle, ITEM)
    times = [
        evidence.collected_at(ITEM, ACCOUNT), evidence.as_of(), evidence_of(bundle).as_of(),
        require_moment("2026-10-02T01:00:00+09:00"),
    ]  # fmt: skip
    assert [when.isoformat() for when in times] == [
        "2026-10-01T16:00:00+00:00", "2026-10-01T16:00:00+00:00", "2026-10-01T15:00:00+00:00",
        "2026-10-01T16:00:00+00:00",
    ]  # fmt: skip
    assert {when.tzinfo for when in times} == {UTC}
    assert collection_day(bundle).isoformat() == "2026-10-01"


@pytest.mark.parametrize(("count", "more"), [(11, ""), (12, ""), (13, " and 1 more"), (30, " and 18 more")])
def test_long_lists_say_how_many_more(count: int, more: str) -> None:
    names = [f"n{number}" for number in range(count)]
    assert joined_names(iter(names)) == ", ".join(names[:12]) + more
