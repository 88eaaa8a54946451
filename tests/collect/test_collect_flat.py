"""However many accounts a run has, it remembers those that are open, and leaves the others to the disk."""

from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from evidence.bundle.format.models import TargetRecord, Unit
from evidence.bundle.write.writer import UNITS, BundleWriter
from evidence.clock import frozen_clock
from evidence.collect.journal import Journal
from evidence.collect.ledger import Ledger
from evidence.collect.plan import PlannedUnit
from evidence.collect.progress import SilentProgress
from evidence.collect.runner import Bounds, Runner
from evidence.collect.store import UnitEnding, UnitStore
from evidence.collect.unit import UnitDestination
from evidence.collect.units import UnitIndex
from evidence.collect.workers import DaemonExecutor
from evidence.collectors.base import Collector
from evidence.records import Outcome, Scope, Target
from tests.support.calls import call

NOW = datetime(2026, 10, 1, 6, tzinfo=UTC)
ACCOUNTS, ITEMS = 50, 6


@dataclass
class Made:
    """One account of a made-up organization: each item needs the one before."""

    account: str

    def open(self) -> None:
        pass

    def first(self) -> list[PlannedUnit]:
        target = Target(Scope.ACCOUNT, self.account)
        items = [
            Collector(f"test.item-{number}", "", Scope.ACCOUNT, (), (), "", lambda _: iter(()))
            for number in range(ITEMS)
        ]
        return [
            PlannedUnit(item, target, needs=((items[number - 1].item, target),) if number else (), urgency=0)
            for number, item in enumerate(items)
        ]

    def after(self, _ended) -> tuple[PlannedUnit, ...]:
        return ()

    def services(self, _unit) -> None:
        return None

    def depth(self, _unit) -> int:
        return 0


@pytest.fixture
def place(tmp_path):
    with ExitStack() as stack:
        writer = stack.enter_context(closing(BundleWriter.create(tmp_path, "evidence-1-20261001T060000Z")))
        ledger = stack.enter_context(closing(Ledger(writer.staging, "ledger.jsonl")))
        yield UnitDestination(writer, ledger, stack.enter_context(closing(Journal.open(writer.staging))))


def test_nothing_of_an_account_is_kept_once_it_is_over(place) -> None:
    most = {"units": 0, "files": 0}

    def run(services, where, unit, depth) -> UnitEnding:
        where.ledger.add(call(where.ledger.next(), file=unit.path))
        where.writer.write(unit.path, b"{}\n")
        most["units"] = max(most["units"], store.at_hand)
        most["files"] = max(most["files"], where.ledger.fed)
        record = Unit(
            item=unit.collector.item, target=TargetRecord.of(unit.target), outcome=Outcome.COLLECTED,
            records=1, files=(unit.path,), started=NOW, finished=NOW, calls=where.ledger.calls_of(unit.path),
        )  # fmt: skip
        return UnitEnding(unit, record, None, depth)

    workers = DaemonExecutor(4)
    with closing(UnitIndex(place.writer.staging / UNITS)) as units:
        store = UnitStore(place.writer, place.journal, units)
        runner = Runner(
            workers,
            place,
            store,
            SilentProgress(),
            clock=frozen_clock(NOW),
            bounds=Bounds(4, in_all=4),
            run=run,
        )
        runner.run([Made(f"{number:012}") for number in range(ACCOUNTS)])
        assert store.at_hand == place.ledger.fed == 0
        assert 0 < most["units"] <= 2 * ITEMS
        assert 0 < most["files"] <= 2 * ITEMS
        told = [(unit["item"], unit["target"]["account"]) for unit in store.units()]
        assert told == sorted(told)
        assert len(set(told)) == store.tally.ended == ACCOUNTS * ITEMS
        assert sum(1 for _ in place.ledger.lines({*place.writer.paths()})) == ACCOUNTS * ITEMS
    workers.shutdown()
