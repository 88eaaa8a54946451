"""The parts of the runner, alone."""

import contextlib
import json
import threading
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.aws.failures import StoppedError
from evidence.clock import system_clock
from evidence.collect.ledger import Ledger, free, ordered
from evidence.collect.plan import choose_items, plan_units
from evidence.collect.regions import from_records, without_list
from evidence.collect.slots import PATIENCE, CallSlots
from evidence.collect.workers import DaemonExecutor
from evidence.collectors.base import catalogue
from evidence.errors import UsageError
from evidence.records import Cause
from evidence.settings.audit_sample import choose_roles
from evidence.settings.model import Sampling
from tests.support.calls import call

ACCOUNT = "123456789012"
NOW = datetime(2026, 10, 1, 6, tzinfo=UTC)


def listed(**statuses: str):
    return [
        {"RegionName": name.replace("_", "-"), "RegionOptStatus": status} for name, status in statuses.items()
    ]


def test_regions_by_status() -> None:
    found = from_records(
        listed(
            eu_west_1="ENABLED_BY_DEFAULT",
            af_south_1="ENABLED",
            me_south_1="DISABLED",
            il_central_1="ENABLING",
            ap_east_1="DISABLING",
        ),
        (),
        ACCOUNT,
    )
    asked = {one.state.region: (one.asked, one.state.in_scope, one.doomed) for one in found}
    assert asked == {
        "eu-west-1": (True, True, None),
        "af-south-1": (True, True, None),
        "me-south-1": (False, False, None),
        "il-central-1": (False, True, Cause.REGION_CHANGING),
        "ap-east-1": (False, True, Cause.REGION_CHANGING),
    }


def test_without_a_list_regions_are_checked_against_what_botocore_knows() -> None:
    known = {"eu-west-1", "us-east-1"}
    assert [one.state.region for one in without_list((), known, "eu-west-1", ACCOUNT)] == ["eu-west-1"]
    assert [one.state.region for one in without_list(("us-east-1",), known, "eu-west-1", ACCOUNT)] == [
        "us-east-1"
    ]
    with pytest.raises(UsageError):
        without_list(("eu-west-9",), known, "eu-west-1", ACCOUNT)


def test_units_that_start_long_chains_come_first() -> None:
    collectors, _ = choose_items(catalogue(), ())
    units = plan_units(collectors, ACCOUNT, from_records(listed(eu_west_1="ENABLED"), (), ACCOUNT))
    order = [unit.collector.item for unit in units]
    assert order.index("identity-center.instance") < order.index("config.recorders")
    assert order.index("iam.authorization-details") < order.index("iam.account-summary")
    for unit in units:
        assert all(order.index(item) < order.index(unit.collector.item) for item in unit.collector.needs)


class Line:
    """Threads that wait for a slot, and the order in which they got one."""

    def __init__(self, slots: CallSlots) -> None:
        self.slots = slots
        self.order: list[str] = []
        self.threads: list[threading.Thread] = []

    def take(self, name: str, urgency: int = 0, service: str = "iam") -> None:
        def hold() -> None:
            with self.slots.held(urgency, service):
                self.order.append(name)

        waiting = self.slots.waiting()
        self.threads.append(threading.Thread(target=hold))
        self.threads[-1].start()
        while self.slots.waiting() == waiting and name not in self.order:
            pass

    def end(self) -> list[str]:
        for thread in self.threads:
            thread.join()
        return self.order


def test_urgent_work_gets_the_next_slot() -> None:
    line = Line(CallSlots(1, system_clock()))
    with line.slots.held(0, "iam"):
        for urgency in (3, 2, 1):
            line.take(str(urgency), urgency=urgency)
    assert line.end() == ["1", "2", "3"]


def test_one_service_leaves_room_for_another_of_its_account() -> None:
    line = Line(CallSlots(4, system_clock()))
    with contextlib.ExitStack() as held:
        for _ in range(3):
            held.enter_context(line.slots.held(0, "iam"))
        line.take("iam")
        line.take("config", service="config")
        while not line.order:
            pass
        assert line.order == ["config"]
    assert line.end() == ["config", "iam"]


def test_calls_that_hang_do_not_stop_the_others() -> None:
    now = [0.0]
    line = Line(CallSlots(1, replace(system_clock(), monotonic=lambda: now[0])))
    with line.slots.held(0, "iam"):
        line.take("alive", service="config")
        assert line.order == []
        now[0] = PATIENCE
        assert line.end() == ["alive"]


def test_workers_hand_over_whatever_was_raised_and_end() -> None:
    def bad() -> None:
        raise KeyboardInterrupt

    workers = DaemonExecutor(2)
    future: Future[None] = workers.submit(bad)
    assert isinstance(future.exception(), KeyboardInterrupt)
    assert workers.submit(lambda: 7).result() == 7
    workers.shutdown(wait=True)
    assert not any(thread.is_alive() for thread in workers._threads)


def test_workers_drop_what_waits_and_do_not_wait_for_what_hangs() -> None:
    workers, hang = DaemonExecutor(1), threading.Event()
    workers.submit(hang.wait)
    waiting = workers.submit(lambda: 1)
    workers.shutdown(wait=False, cancel_futures=True)
    workers.join(0.05, system_clock())
    assert waiting.cancelled()
    hang.set()
    workers.join(5, system_clock())


@given(st.permutations(range(1, 8)), st.integers(1, 50))
def test_the_ledger_is_in_the_order_of_sending(tmp_path_factory, order, number) -> None:
    path = tmp_path_factory.mktemp("ledger") / "calls.jsonl"
    ledger = Ledger(path)
    for seq in order:
        ledger.add(call(seq, file="kept.jsonl" if seq % 2 else "gap.jsonl", depth=seq))
    ledger.close()
    lines = [json.loads(line) for line in ordered(path, {"kept.jsonl"}, number)]
    assert [line["seq"] for line in lines] == list(range(number, number + 7))
    assert [line["depth"] for line in lines] == list(range(1, 8))
    assert [line["file"] for line in lines] == ["kept.jsonl", ""] * 3 + ["kept.jsonl"]
    assert (ledger.calls_of("gap.jsonl"), ledger.deepest, ledger.depth_of("gap.jsonl")) == (3, 7, 6)
    assert ledger.skew.record.max_skew_seconds == 0  # the Date lies within the time the call took


def test_a_call_that_never_ended_leaves_no_hole_in_the_numbers(tmp_path) -> None:
    ledger = Ledger(tmp_path / "calls.jsonl")
    for seq in (3, 1):
        ledger.add(call(seq))
    ledger.close()
    assert [json.loads(line)["seq"] for line in ordered(tmp_path / "calls.jsonl", {"kept.jsonl"}, 1)] == [
        1,
        2,
    ]


def test_a_ledger_that_is_taken_up_counts_on(tmp_path) -> None:
    path = tmp_path / "calls.jsonl"
    for seq in (1, 2):
        with closing(Ledger(path, first=seq)) as ledger:
            ledger.add(call(ledger.next(), depth=seq))
    again = Ledger(path)
    assert (again.next(), again.deepest, again.calls_of("kept.jsonl")) == (3, 2, 0), "feeds nothing as yet"
    assert again.skew.record.first_aws_date == NOW
    again.close()


def test_a_call_that_ends_after_the_ledger_was_closed_is_not_kept(tmp_path) -> None:
    """Nor does it end up in a file that got the same handle: a thread may outlive a pause."""
    ledger = Ledger(tmp_path / "calls.jsonl")
    ledger.close()
    with (tmp_path / "other").open("wb"), pytest.raises(StoppedError):
        ledger.add(call(1))
    assert (tmp_path / "other").read_bytes() == (tmp_path / "calls.jsonl").read_bytes() == b""


CUTS = {"none": 0, "its newline": 1, "half a line": 40}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_calls_of_an_attempt_given_up_feed_only_what_is_kept(tmp_path, cut) -> None:
    path = tmp_path / "calls.jsonl"
    with closing(Ledger(path)) as ledger:
        for seq, file in enumerate(("kept.jsonl", "again.jsonl", "", "kept.jsonl"), 1):
            ledger.add(call(seq, file=file))
    path.write_bytes(path.read_bytes()[: -cut or None])
    free(path, {"kept.jsonl"})
    told = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert [one["file"] for one in told] == ["kept.jsonl", "", "", "kept.jsonl"][: 3 if cut else 4]
    assert [one["seq"] for one in told] == list(range(1, len(told) + 1))
    assert path.read_bytes().endswith(b"\n")
    assert [entry.name for entry in tmp_path.iterdir()] == ["calls.jsonl"]


def role(name: str, path: str = "/", **tags: str):
    return {
        "RoleName": name,
        "Path": path,
        "Arn": f"arn:aws:iam::{ACCOUNT}:role{path}{name}",
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }


def test_roles_are_named_by_name_path_and_tag_and_the_rest_is_drawn() -> None:
    roles = [role(f"app-{number}") for number in range(20)]
    roles += [role("deploy-prod"), role("x", "/ops/"), role("y", team="core")]
    roles += [role("AWSServiceRoleForX", "/aws-service-role/x/")]
    sampling = Sampling(role_names=("deploy-*",), role_paths=("/ops/",), role_tags={"team": "core"})
    chosen = choose_roles(roles, sampling, "seed")
    assert [arn.rsplit("/", 1)[-1] for arn in chosen.named] == ["deploy-prod", "x", "y"]
    assert (chosen.population, chosen.size, len(chosen.chosen)) == (23, 15, 15)
    assert not set(chosen.chosen) & set(chosen.named)
    assert choose_roles(reversed(roles), sampling, "seed") == chosen
    assert choose_roles(roles, sampling, "other").chosen != chosen.chosen
