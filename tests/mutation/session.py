"""A pytest plugin that runs the mutants: collect once, learn what each test reaches, fork for each mutant.

1. Every test runs once without a mutant. What it reaches and how long it takes is noted, and every bundle
   that it has written is kept (build/mutants-bundles, by what it was written from), as nine tenths of the
   time of a test go into writing and checking its bundle, which no mutant touches.
2. For each mutant a child is forked. It runs the tests that reach the mutated function, the test that
   noticed the mutant before first, then the quickest ones, until one fails.

Writes `results.json` after every module: by mutant what came of it and which test noticed.
"""

import gc
import json
import os
import resource
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from mutmut.mutation.trampoline import get_mutant_under_test, set_mutant_under_test
from mutmut.state import state

from tests.mutation import bundles
from tests.mutation.generate import NAMES
from tests.mutation.table import KILLED, RESULTS, SURVIVED, TIMEOUT, UNTESTED
from tests.support import rows

STATS = "stats"  # mutmut's word: no mutant, and say what is reached
# Cached functions run in the first test that asks; every test that reaches their module may depend on them.
CACHED = {"evidence.policies.actions"}

settings.register_profile(
    "mutants", phases=[Phase.explicit, Phase.generate], database=None, derandomize=True, deadline=None
)
settings.load_profile("mutants")
bundles.keep()


@dataclass
class Learned:
    """What the run without a mutant showed."""

    reached: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The tests that reach a function, by its mangled name."""
    seconds: dict[str, float] = field(default_factory=dict)

    def tests(self, function: str) -> list[str]:
        """Return the tests to run for a mutant of a function, quick ones first."""
        module = function.rpartition(".")[0]
        found = set(self.reached.get(function, ()))
        if module in CACHED:
            found = {
                test for name in self.reached if name.startswith(f"{module}.") for test in self.reached[name]
            }
        return sorted(found, key=lambda test: (self.seconds[test], test))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Run the mutants in place of the tests."""
    if session.testsfailed:
        raise session.Interrupted("the tests cannot be collected")
    items = {item.nodeid: item for item in session.items}
    learned = learn(items)
    known: dict[str, dict[str, str]] = json.loads(NAMES.read_text())
    set_mutant_under_test("")
    gc.collect()
    gc.freeze()
    children = Children(items, learned, int(os.environ["MUTANTS_AT_ONCE"]))
    if failed := children.without_mutant():
        raise pytest.UsageError(f"{failed} fails in a child without a mutant")
    results: dict[str, dict[str, tuple[str, str]]] = {}
    for module, mutants in known.items():
        start = time.perf_counter()
        results[module] = dict(children.run(list(mutants)))
        Path(RESULTS).write_text(json.dumps(results))
        print(f"{module}: {len(mutants)} mutants, {time.perf_counter() - start:.0f} s", flush=True)
    return True


def learn(items: dict[str, pytest.Item]) -> Learned:
    """Run every test without a mutant; ends the run when one fails."""
    learned = Learned()
    set_mutant_under_test(STATS)
    os.environ["MUTMUT_DEPENDENCY_DEPTH"] = "-1"
    start = time.perf_counter()
    for name, item in items.items():
        before = time.process_time() - bundles.spent()
        if not passes(item):
            raise pytest.UsageError(f"{name} fails without a mutant")
        learned.seconds[name] = time.process_time() - bundles.spent() - before
        for function in state()._stats:
            learned.reached[function].add(name)
        state()._stats.clear()
    took, own = time.perf_counter() - start, sum(learned.seconds.values())
    print(
        f"\n{len(items)} tests without a mutant: {took:.0f} s; CPU without bundles: {own:.0f} s", flush=True
    )
    return learned


def passes(item: pytest.Item) -> bool:
    """Run one test, with all its fixtures."""
    from _pytest.runner import runtestprotocol

    rows._calls.clear()
    reports = runtestprotocol(item, log=get_mutant_under_test() == STATS, nextitem=None)
    failed = [report for report in reports if report.failed]
    if failed and not get_mutant_under_test():
        print(failed[0].longreprtext)
    return not failed


@dataclass(frozen=True)
class Child:
    """A mutant under test."""

    mutant: str
    tests: list[str]
    pipe: int


class Children:
    """Forks for each mutant, so many at once."""

    def __init__(self, items: dict[str, pytest.Item], learned: Learned, most: int) -> None:
        self.items = items
        self.learned = learned
        self.most = most
        self.noticed: dict[str, list[str]] = defaultdict(list)
        self.running: dict[int, Child] = {}

    def run(self, mutants: list[str]) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield for each mutant what came of it, and which test noticed."""
        for mutant in mutants:
            function = mutant.partition("__mutmut_")[0]
            tests = self.learned.tests(function)
            if not tests:
                yield mutant, (UNTESTED, "")
                continue
            first = [test for test in self.noticed[function] if test in tests][::-1]
            self.fork(mutant, [*first, *(test for test in tests if test not in first)])
            if len(self.running) >= self.most:
                yield self.wait()
        while self.running:
            yield self.wait()

    def without_mutant(self) -> str:
        """Return a test that fails in a child although there is no mutant: such a run would prove nothing."""
        self.fork("", list(self.items))
        return self.wait()[1][1]

    def fork(self, mutant: str, tests: list[str]) -> None:
        """Start a child that runs the tests on a mutant and says which one failed."""
        reading, writing = os.pipe()
        pid = os.fork()
        if pid:
            os.close(writing)
            self.running[pid] = Child(mutant, tests, reading)
            return
        status = 1
        try:
            os.close(reading)
            seconds = sum(self.learned.seconds[test] for test in tests)
            failed = examine(mutant, [self.items[test] for test in tests], seconds)
            os.write(writing, failed.encode())
            status = 0
        finally:
            os._exit(status)

    def wait(self) -> tuple[str, tuple[str, str]]:
        """Return what came of the mutant whose child ends next."""
        pid, status = os.wait()
        child = self.running.pop(pid)
        with os.fdopen(child.pipe, "rb") as pipe:
            failed = pipe.read().decode()
        if os.WIFSIGNALED(status):
            return child.mutant, (TIMEOUT, "")
        if os.WEXITSTATUS(status):
            return child.mutant, (KILLED, "the run itself")
        if not failed:
            return child.mutant, (SURVIVED, "")
        noticed = self.noticed[child.mutant.partition("__mutmut_")[0]]
        if failed in noticed:
            noticed.remove(failed)
        noticed.append(failed)
        return child.mutant, (KILLED, failed)


def examine(mutant: str, items: list[pytest.Item], seconds: float) -> str:
    """Run tests on a mutant, in a child; return the first that fails, or nothing."""
    limit = int(10 * seconds) + 5
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
    signal.alarm(40 * limit)  # a mutant that waits
    if mutant:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
    gc.disable()
    module = sys.modules.get(mutant.rpartition(".")[0])
    for value in vars(module).values() if module else ():
        if hasattr(value, "cache_clear"):
            value.cache_clear()
    set_mutant_under_test(mutant)
    return next((item.nodeid for item in items if not passes(item)), "")
