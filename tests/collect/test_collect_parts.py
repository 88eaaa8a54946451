"""The parts of the runner, alone."""

import threading
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.aws.calls import Call
from evidence.clock import system_clock
from evidence.collect.ledger import Ledger
from evidence.collect.plan import choose_items, plan_units
from evidence.collect.regions import from_records, without_list
from evidence.collect.workers import UrgentSlots, Workers
from evidence.collectors.base import catalogue
from evidence.errors import UsageError
from evidence.records import Cause
from evidence.role_selection import choose_roles
from evidence.settings import Sampling

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


def test_urgent_work_gets_the_next_slot() -> None:
    slots, order, ready = UrgentSlots(1), [], threading.Barrier(4)

    def take(urgency: int) -> None:
        ready.wait()
        while urgency and len(slots._waiting) < 3 - urgency:
            pass
        with slots.held(urgency):
            order.append(urgency)

    with slots.held(0):
        threads = [threading.Thread(target=take, args=(urgency,)) for urgency in (3, 2, 1)]
        for thread in threads:
            thread.start()
        ready.wait()
        while len(slots._waiting) < 3:
            pass
    for thread in threads:
        thread.join()
    assert order == [1, 2, 3]


def test_workers_hand_over_whatever_was_raised_and_end() -> None:
    def bad() -> None:
        raise KeyboardInterrupt

    workers = Workers(2)
    future: Future[None] = workers.submit(bad)
    assert isinstance(future.exception(), KeyboardInterrupt)
    assert workers.submit(lambda: 7).result() == 7
    workers.shutdown(wait=True)
    assert not any(thread.is_alive() for thread in workers._threads)


def test_workers_drop_what_waits_and_do_not_wait_for_what_hangs() -> None:
    workers, hang = Workers(1), threading.Event()
    workers.submit(hang.wait)
    waiting = workers.submit(lambda: 1)
    workers.shutdown(wait=False, cancel_futures=True)
    workers.join(0.05, system_clock())
    assert waiting.cancelled()
    hang.set()
    workers.join(5, system_clock())


def call(seq: int, **more) -> Call:
    members = {
        "seq": seq,
        "item": "test.item",
        "service": "iam",
        "operation": "ListRoles",
        "parameters": {"StartTime": NOW},
        "account": ACCOUNT,
        "region": "us-east-1",
        "request_id": str(seq),
        "status": 200,
        "error_code": "",
        "attempts": 1,
        "started": NOW,
        "finished": NOW + timedelta(seconds=2),
        "aws_date": NOW,
        "records": 1,
        "truncated": False,
        "depth": 1,
        "file": "kept.jsonl",
    }
    return Call(**(members | more))


@given(st.permutations(range(1, 8)))
def test_the_ledger_is_in_the_order_of_sending(tmp_path_factory, order) -> None:
    ledger = Ledger(tmp_path_factory.getbasetemp())
    for seq in order:
        ledger.add(call(seq, file="kept.jsonl" if seq % 2 else "gap.jsonl", depth=seq))
    lines = list(ledger.lines({"kept.jsonl"}))
    assert [f'"seq":{seq},' in line.decode() for seq, line in enumerate(lines, 1)] == [True] * 7
    assert [b'"file":"kept.jsonl"' in line for line in lines] == [True, False] * 3 + [True]
    assert (ledger.calls_of("gap.jsonl"), ledger.deepest, ledger.depth_of("gap.jsonl")) == (3, 7, 6)
    assert ledger.skew.max_skew_seconds == 0  # the Date lies within the time the call took
    ledger.close()


def test_a_ledger_larger_than_memory_leaves_no_file(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("evidence.collect.ledger._IN_MEMORY", 100)
    ledger = Ledger(tmp_path)
    for seq in range(1, 50):
        ledger.add(call(seq))
    assert len(list(ledger.lines({"kept.jsonl"}))) == 49
    assert list(tmp_path.iterdir()) == []
    ledger.close()


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
