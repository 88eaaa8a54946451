"""Members' accounts beside each other: how many, for how long, and what the run remembers of them."""

import gc
import sys
import threading

import pytest

from evidence.bundle.verify.bundle import check_bundle
from evidence.collect import access, runner
from evidence.collect import run as running
from evidence.collect.jobs import UnitEntry
from evidence.collectors.base import Collector
from evidence.demo_account.account import organization as org
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT
from evidence.errors import RunPausedError
from evidence.records import Operation, Scope
from tests.aws_server.faults import Fault
from tests.collect.collect_support import MEMBERS, NOW, WHOLE, staging

SUMMARY = Operation("iam", "GetAccountSummary", list_key="SummaryMap")
ORGANIZATION = ("organizations.organization", "organizations.accounts", "organizations.units")


@pytest.fixture
def collect_organization(run_collect, with_items):
    """Collect a few items of the demo organization, whose accounts all let us in."""

    def run(*faults: Fault, items=(), collect=None, **more):
        with_items(*ORGANIZATION, *items)
        return run_collect(*faults, settings={"aws": WHOLE, "collect": collect or {}}, **more)

    return run


def item(name, collect, scope=Scope.ACCOUNT) -> Collector:
    return Collector(f"test.{name}", name, scope, (SUMMARY,), ("Everything.",), "any", collect)


def test_a_members_account_has_45_minutes() -> None:
    assert runner._MEMBER_SECONDS == 2700


def test_what_is_open_when_a_members_time_is_over_is_a_gap(collect_organization, monkeypatch) -> None:
    """What the organization tells, and the caller's own account, have the run's time."""

    def patient(ctx):
        ctx.wait(0.3)
        yield {"answered": ctx.call(SUMMARY) is not None}

    monkeypatch.setattr(runner, "_MEMBER_SECONDS", 0.0)
    made = collect_organization(
        items=[item("patient", patient), item("organization", patient, Scope.ORGANIZATION)]
    )
    assert {gap["cause"] for gap in made.gaps} == {"out of time"}
    assert all("the account's deadline" in gap["message"] for gap in made.gaps)
    assert {gap["target"]["account"] for gap in made.gaps} == set(MEMBERS)
    collected = {unit["target"]["account"] for unit in made.run["units"] if unit["outcome"] == "collected"}
    assert collected == {MANAGEMENT_ACCOUNT}
    assert made.unit("test.organization")["outcome"] == "collected"


class Crowd:
    """Accounts that are open, each until the last is or nobody came for a while."""

    def __init__(self, expected: int, patience: float) -> None:
        self._barrier = threading.Barrier(expected)
        self._guard = threading.Lock()
        self._patience = patience
        self.now, self.most = 0, 0

    def collect(self, ctx):
        if ctx.target.account in MEMBERS:
            with self._guard:
                self.now += 1
                self.most = max(self.most, self.now)
            try:
                self._barrier.wait(self._patience)
            except threading.BrokenBarrierError:
                self._barrier.reset()
            with self._guard:
                self.now -= 1
        yield {"answered": ctx.call(SUMMARY) is not None}


def test_so_many_accounts_are_open_at_once(collect_organization) -> None:
    crowd = Crowd(expected=5, patience=1.5)
    made = collect_organization(items=[item("crowd", crowd.collect)], collect={"workers": 4})
    assert made.gaps == []
    assert crowd.most == 4, "at least four, and no more"


def test_an_account_in_which_nothing_ends_does_not_count(collect_organization, monkeypatch) -> None:
    monkeypatch.setattr(runner, "_STALLED", 0.2)
    crowd = Crowd(expected=5, patience=20)
    made = collect_organization(items=[item("crowd", crowd.collect)], collect={"workers": 4})
    assert made.gaps == []
    assert crowd.most == 5


def test_but_there_is_an_end_to_that(collect_organization, monkeypatch) -> None:
    monkeypatch.setattr(runner, "_STALLED", 0.0)
    monkeypatch.setattr(runner, "_STALLED_TIMES", 1)
    crowd = Crowd(expected=5, patience=1.5)
    collect_organization(items=[item("crowd", crowd.collect)], collect={"workers": 4})
    assert crowd.most == 4


@pytest.mark.parametrize(
    ("workers", "concurrency", "accounts"), [(64, 8, 8), (64, 16, 4), (64, 64, 4), (1, 1, 4), (200, 10, 20)]
)
def test_workers_are_shared_out_among_accounts(workers, concurrency, accounts) -> None:
    assert runner.open_at_once(workers, concurrency) == accounts


def test_nothing_of_an_account_is_kept_once_it_is_over(collect_organization, monkeypatch) -> None:
    remembered = []
    plain = sys.modules["evidence.collect.run"].seal

    def seal(*given, **named):
        gc.collect()
        entries = [one for one in gc.get_objects() if isinstance(one, UnitEntry)]
        remembered.extend((one.unit.item, one.unit.target.account) for one in entries)
        return plain(*given, **named)

    monkeypatch.setattr(running, "seal", seal)
    made = collect_organization(items=["iam.account-summary", "config.recorders"])
    assert len(made.run["units"]) > 30
    assert {one for one in remembered if one[1] in MEMBERS and not one[0].startswith("org")} <= {
        ("account.regions", account)
        for account in MEMBERS  # of an account that may be asked about others
    }
    assert len(remembered) < 10


def test_progress_counts_all_accounts_to_the_end(collect_organization) -> None:
    states = []

    class Told:
        def update(self, state) -> None:
            states.append(state)

    made = collect_organization(items=["iam.account-summary", "config.recorders"], progress=Told())
    last = states[-1]
    assert last.units_done == last.units_total == len(made.run["units"])
    assert all(state.units_done <= state.units_total for state in states)
    assert last.calls == len(made.calls) - 1, "the last question comes after"


def test_calls_of_jobs_that_the_second_part_has_not_stay_on_record(
    collect_organization, run_collect, monkeypatch, tmp_path, watched
) -> None:
    """The list of accounts was damaged, and one account has left meanwhile."""
    from evidence.errors import CredentialsError

    plain = access.identify

    def expired(*_: object) -> None:
        raise CredentialsError("The AWS credentials have expired.")

    monkeypatch.setattr(access, "identify", expired)
    with pytest.raises(RunPausedError):
        collect_organization(items=["iam.account-summary"])
    monkeypatch.setattr(access, "identify", plain)
    jobs = staging(tmp_path / "out") / "jobs"
    file = jobs / "organization.organizations.accounts/data/organization/organizations/accounts.jsonl"
    file.write_text("{}\n")
    monkeypatch.setattr(org, "ACCOUNTS", [row for row in org.ACCOUNTS if row[0] != org.DATA_ACCOUNT])
    watched.mend()
    made = collect_organization(items=["iam.account-summary"], resume=True)
    assert org.DATA_ACCOUNT not in made.run["accounts"]
    left = [call for call in made.calls if call["account"] == org.DATA_ACCOUNT]
    assert {call["operation"] for call in left} >= {"GetAccountSummary", "ListRegions"}
    assert {call["file"] for call in left} == {""}
    assert not any(org.DATA_ACCOUNT in file for file in made.files())
    assert not check_bundle(made.folder, now=NOW).findings
