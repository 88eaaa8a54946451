"""Plays one cell: collects with the fault in place, tests controls, and says what is not as it must be."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from evidence.aws import sessions
from evidence.bundle import Bundle, open_bundle
from evidence.clock import Clock
from evidence.collect import collect
from evidence.collectors.base import catalogue
from evidence.controls.declaration import Conclusion
from evidence.controls.engine import run_tests
from evidence.controls.results import Results
from evidence.demo_account import DemoServer
from evidence.errors import EvidenceError, RunPausedError
from evidence.records import CONFIG_RESULTS, Cause, ConfigSource, Scope, items_for_source
from evidence.settings.model import Settings
from tests.aws_server.app import FaultyApp
from tests.faults.plan import REGION, Asked, Cell, asked, cells
from tests.support.identity import signer

NOW = datetime(2026, 10, 1, 6, 0, tzinfo=UTC)
FASTER = 20
"""Waiting takes a twentieth of its time, so that patience can be tested out."""
PATIENCE = 2.0
"""Seconds that a client waits for an answer, in place of a minute; fewer, and a busy machine's other answers
come too late as well."""
NEVER = 1e9
"""Seconds until CloudTrail tells of a request: later cells would come to read of all earlier ones."""
SETTINGS = {
    "aws": {"regions": ["us-east-1", REGION]},
    "sampling": {"table": [[1000, 3]], "above": 3},
    "collect": {"deadline_seconds": 80_000, "unit_seconds": 40_000},
}
GOOD = frozenset({Conclusion.NO_EXCEPTIONS, Conclusion.NOT_APPLICABLE})
FIRST_ITEM, REGIONS_ITEM = "sts.caller", "account.regions"


@dataclass(frozen=True, slots=True)
class Played:
    """What became of a cell."""

    cell: str
    kind: str
    outcome: str
    """`gap`, `recovered`, `paused` (and resumed) or `refused` (the run ended with an error and left none)."""
    wrong: tuple[str, ...]
    """One sentence each; empty when all is as it must be."""
    seconds: float


class Stage:
    """The demo account on a port, and what a run without faults finds there."""

    def __init__(self) -> None:
        self._app = FaultyApp(NOW, trail_delay=NEVER)
        self._began = time.monotonic()
        self._server = DemoServer("127.0.0.1", 0, self._app)
        self._server.start()
        self.folder = Path(tempfile.mkdtemp(prefix="evidence-faults-"))
        self._before = (dict(os.environ), sessions.READ_TIMEOUT)
        os.environ |= {
            "AWS_ENDPOINT_URL": self._server.url,
            "AWS_ACCESS_KEY_ID": "AKIADEMODEMODEMODEMO",
            "AWS_SECRET_ACCESS_KEY": "demo",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def close(self) -> None:
        """Stop serving, delete what was collected, leave the process as it was found."""
        self._server.stop()
        shutil.rmtree(self.folder)
        os.environ.clear()
        os.environ.update(self._before[0])
        sessions.READ_TIMEOUT = self._before[1]

    @cache  # noqa: B019  a stage lasts as long as its process
    def clean(self, source: ConfigSource) -> tuple[Bundle, Results]:
        """Return a run without faults, with this source of the results of Config's rules."""
        bundle = self._collected(f"clean-{source}", source)
        return bundle, run_tests(bundle)

    @cache  # noqa: B019
    def asked(self, source: ConfigSource) -> Asked:
        """Return what that run asked."""
        return asked(self.clean(source)[0].calls())

    def matrix(self) -> list[Cell]:
        """Return every cell: of all items, those of an aggregator in runs that have one as their source."""
        known = catalogue()
        whole = {item: known[item] for item in items_for_source(known, "accounts")}
        gathered = {item: known[item] for item in CONFIG_RESULTS["aggregator"]}
        return [*cells(whole, self.asked("accounts")), *cells(gathered, self.asked("aggregator"))]

    def play(self, cell: Cell) -> Played:
        """Collect with one fault, conclude, compare with the run without."""
        began = time.monotonic()
        sessions.READ_TIMEOUT = PATIENCE if cell.kind.name == "time-out" else self._before[1]
        self._app.inject((cell.kind.fault(cell.spot),))
        paused = False
        try:
            try:
                bundle = self._collected("faulty", _source(cell))
            except RunPausedError:
                if not cell.kind.pauses:
                    raise
                paused = True
                self._app.inject(())
                bundle = self._collected("faulty", _source(cell), resume=True)
        except EvidenceError as error:
            outcome, wrong = "refused", tuple(self._refused(cell, error))
        else:
            outcome = "paused" if paused else "gap" if bundle.gaps else "recovered"
            wrong = (*self._gaps(cell, bundle), *self._conclusions(cell, bundle))
            if paused != cell.kind.pauses:
                wrong += ("the run went on as if nothing had been",)
        finally:
            self._app.inject(())
            shutil.rmtree(self.folder / "faulty", ignore_errors=True)
        return Played(cell.name, cell.kind.name, outcome, wrong, time.monotonic() - began)

    def _collected(self, name: str, source: ConfigSource, *, resume: bool = False) -> Bundle:
        clock = Clock(
            now=lambda: NOW + timedelta(seconds=time.monotonic() - self._began),
            monotonic=lambda: time.monotonic() * FASTER,
            sleep=lambda seconds: time.sleep(seconds / FASTER),
        )
        collecting = SETTINGS["collect"] | {"config_source": source}
        settings = Settings.model_validate(SETTINGS | {"collect": collecting})
        folder = collect(settings, out=self.folder / name, clock=clock, signer=signer(), resume=resume)
        return open_bundle(folder, now=clock.now())

    def _refused(self, cell: Cell, error: EvidenceError) -> Iterator[str]:
        """A run may end without a bundle only when it cannot know who is asking."""
        if cell.item != FIRST_ITEM:
            yield f"the run ended: {error.message}"
        if not error.advice and not error.message:
            yield "the error says nothing"
        left = list((self.folder / "faulty").glob("*"))
        if left:
            yield f"a run that ended left {left[0].name}"

    def _gaps(self, cell: Cell, bundle: Bundle) -> Iterator[str]:
        expected = self._expected(cell)
        found = {(gap.item, gap.target.target()): gap.cause for gap in bundle.gaps}
        for key in sorted(set(expected) - set(found), key=str):
            yield f"{key[0]} of {key[1].label} is no gap"
        for key in sorted(set(found) - set(expected), key=str):
            yield f"{key[0]} of {key[1].label} is a gap without reason ({found[key]})"
        for key in set(found) & set(expected):
            if found[key] not in expected[key]:
                yield f"{key[0]} of {key[1].label} names {found[key]!r}, not {sorted(expected[key])}"

    def _expected(self, cell: Cell) -> dict[Any, frozenset[Cause]]:
        """Return the units that must be gaps: those that the fault reaches, and those that build on them."""
        if not cell.causes:
            return {}
        reached = self.asked(_source(cell)).reached(cell.spot)
        known = catalogue()
        hit: dict[Any, frozenset[Cause]] = {}
        units = [(unit.item, unit.target.target()) for unit in self.clean(_source(cell))[0].run.units]
        for item, target in units:
            if known[item].path(target) in reached:
                hit[item, target] = cell.causes
        grown = True
        while grown:
            grown = False
            for item, target in units:
                if (item, target) not in hit and any(
                    need in known[item].needs
                    and _same_place(target, known[item].scope, other, known[need].scope)
                    for need, other in hit
                ):
                    hit[item, target], grown = frozenset({Cause.PREREQUISITE_MISSING}), True
        return hit

    def _conclusions(self, cell: Cell, bundle: Bundle) -> Iterator[str]:
        before = {test.id: test for test in self.clean(_source(cell))[1].tests}
        missing = {gap.item for gap in bundle.gaps}
        for test in run_tests(bundle).tests:
            known = before[test.id]
            same = (test.conclusion, test.exceptions) == (known.conclusion, known.exceptions)
            if missing & set(test.needs):
                if test.complete or test.conclusion in GOOD:  # an exception known all the same may stand
                    yield f"{test.id} concludes {test.conclusion} without {sorted(missing & set(test.needs))}"
                continue
            better = test.conclusion in GOOD and known.conclusion not in GOOD
            if better or not (same or _may_differ(cell, test.id, missing & set(test.uses))):
                yield f"{test.id} concludes {test.conclusion}; without the fault {known.conclusion}"


def _source(cell: Cell) -> ConfigSource:
    return "aggregator" if cell.item in CONFIG_RESULTS["aggregator"] else "accounts"


def _same_place(target: Any, scope: Scope, other: Any, other_scope: Scope) -> bool:
    """Say whether a unit builds on another of an item it needs: in its own region where both are regional."""
    return target == other if scope is other_scope is Scope.REGION else True


def _may_differ(cell: Cell, test: str, used: set[str]) -> bool:
    """Say whether a conclusion may turn worse: it uses what is missing, or ranges over the run itself."""
    if cell.kind.name == "clock-ten-minutes-off":
        return test == "IPE-7"
    return bool(used) or test.startswith("IPE-")


@cache
def stage() -> Stage:
    """Return this process's stage."""
    os.fsync = lambda _file: None  # bundles of this run need not survive a power cut
    return Stage()


def play(numbers: list[int]) -> list[Played]:
    """Play the cells of these numbers, in a process of a pool."""
    matrix = stage().matrix()
    return [stage().play(matrix[number]) for number in numbers]


def summary(played: Mapping[str, list[Played]]) -> str:
    """Return the table by kind of fault."""
    lines = [f"{'fault':<24}{'cells':>7}{'gap':>7}{'recovered':>11}{'paused':>8}{'refused':>9}{'wrong':>7}"]
    whole = [one for every in played.values() for one in every]
    for name, every in [*played.items(), ("all", whole)]:
        outcomes = ("gap", "recovered", "paused", "refused")
        counts = [sum(one.outcome == outcome for one in every) for outcome in outcomes]
        wrong = sum(bool(one.wrong) for one in every)
        lines.append(
            f"{name:<24}{len(every):>7}{counts[0]:>7}{counts[1]:>11}{counts[2]:>8}{counts[3]:>9}{wrong:>7}"
        )
    return "\n".join(lines)
