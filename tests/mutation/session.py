"""A pytest plugin that runs the mutants: collect once, learn what each test reaches, fork for each mutant.

1. Every test runs once without a mutant. What it reaches and how long it takes is noted.
2. For the mutants of each function a child is forked. It runs the tests that reach the function, those that
   noticed a mutant before first, then those that reach most of its module, until one fails.

Writes `results.json` after every module: by mutant what came of it and which test noticed.
"""

import gc
import hashlib
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from mutmut.mutation.trampoline import get_mutant_under_test, set_mutant_under_test
from mutmut.state import state

from tests.mutation.table import CHOSEN, KILLED, ORIGINALS, RESULTS, SURVIVED, TIMEOUT, UNTESTED
from tests.support import rows

STATS = "stats"  # mutmut's word: no mutant, and say what is reached
# Cached functions run in the first test that asks; every test that reaches their module may depend on them.
CACHED = {"evidence.policies.actions"}

Results = dict[str, tuple[str, str]]
LEAKED = "left something behind"
KIND = re.compile(r"[^\[]*(\[[A-Z]+-\d+)?")
"""Test function, and test of controls where the case names one."""
SLOW = 0.2
"""Tests that take more CPU seconds are left out: what only they would notice counts as left."""
LEARNED = Path("../mutants-learned.json")

settings.register_profile(
    "mutants", phases=[Phase.explicit, Phase.generate], database=None, derandomize=True, deadline=None
)
settings.load_profile("mutants")


@dataclass(eq=False)
class Learned:
    """What the run without a mutant showed."""

    reached: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The tests that reach a function, by its mangled name."""
    seconds: dict[str, float] = field(default_factory=dict)

    def load(self) -> None:
        """Take over what an earlier run learned of these modules at least, if no rule has changed since."""
        if LEARNED.exists():
            known = json.loads(LEARNED.read_text())
            if known["rules"] == rules() and _mutated().issubset(known.get("modules", ())):
                self.seconds = known["seconds"]
                self.reached.update({name: set(tests) for name, tests in known["reached"].items()})

    def save(self) -> None:
        """Keep what was learned for the next run."""
        reached = {name: sorted(tests) for name, tests in self.reached.items()}
        known = {"rules": rules(), "modules": sorted(_mutated()), "seconds": self.seconds, "reached": reached}
        LEARNED.write_text(json.dumps(known))

    def limit(self, names: Container[str]) -> None:
        """Forget all other tests: slow ones, and those of an earlier run that are no more."""
        for function, tests in self.reached.items():
            self.reached[function] = {test for test in tests if test in names}

    def tests(self, function: str) -> list[str]:
        """Return the tests to run for a mutant of a function, those that should notice it first.

        By turns one that reaches most functions of the module and one that reaches least beside it: modules
        that every test reaches have tests of their own.
        """
        module = function.rpartition(".")[0]
        near = self._near(module)
        found = near if module in CACHED else self.reached.get(function, set())
        most = self._ordered(found, {test: -near[test] for test in found})
        own = self._ordered(found, {test: -near[test] / self._whole[test] for test in found})
        turns = dict.fromkeys(test for pair in zip(own, most, strict=True) for test in pair)
        return list(turns)[: int(os.environ["MUTANTS_TESTS"])]

    @cache  # noqa: B019
    def _near(self, module: str) -> Counter[str]:
        """Return how many functions of a module each test reaches."""
        names = (name for name in self.reached if name.startswith(f"{module}."))
        return Counter(test for name in names for test in self.reached[name])

    @cached_property
    def _whole(self) -> Counter[str]:
        return Counter(test for tests in self.reached.values() for test in tests)

    def _ordered(self, tests: Iterable[str], place: Mapping[str, float]) -> list[str]:
        """Order tests by their place; those of the same place so that every kind has its turn."""
        kinds: Counter[str] = Counter()
        places = []
        for test in sorted(tests, key=lambda test: (self.seconds[test], test)):
            kind = KIND.match(test)
            kinds[kind[0] if kind else test] += 1
            places.append((place[test], kinds[kind[0] if kind else test], self.seconds[test], test))
        return [place[-1] for place in sorted(places)]


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Run the mutants in place of the tests."""
    if session.testsfailed:
        raise session.Interrupted("the tests cannot be collected")
    items = {item.nodeid: item for item in session.items}
    learned = learn(items)
    items = {name: item for name, item in items.items() if learned.seconds[name] <= SLOW}
    learned.limit(items)
    set_mutant_under_test("")
    gc.collect()
    gc.freeze()
    children = Children(items, learned, int(os.environ["MUTANTS_AT_ONCE"]))
    if not children.without_mutant():
        raise pytest.UsageError("a test fails in a child without a mutant")
    results: dict[str, Results] = {}
    for module, mutants in json.loads(Path(CHOSEN).read_text()).items():
        start = time.perf_counter()
        results[module] = children.run(mutants)
        Path(RESULTS).write_text(json.dumps(results))
        print(f"{module}: {len(mutants)} mutants, {time.perf_counter() - start:.0f} s", flush=True)
    return True


def folder_of(pid: int | None = None) -> Path:
    """Return where the tests of a process write; in memory where there is such a place."""
    shared = Path("/dev/shm")  # noqa: S108
    parent = shared if shared.is_dir() else Path(tempfile.gettempdir())
    return parent / f"mutants-{os.getpid() if pid is None else pid}"


def learn(items: dict[str, pytest.Item]) -> Learned:
    """Run every test without a mutant; ends the run when one fails."""
    learned = Learned()
    learned.load()
    set_mutant_under_test(STATS)
    os.environ["MUTMUT_DEPENDENCY_DEPTH"] = "-1"
    start = time.perf_counter()
    for name, item in items.items():
        if name in learned.seconds:
            continue
        before = time.process_time()
        if not passes(item):
            raise pytest.UsageError(f"{name} fails without a mutant")
        learned.seconds[name] = time.process_time() - before
        for function in state()._stats:
            learned.reached[function].add(name)
        state()._stats.clear()
    learned.save()
    shutil.rmtree(folder_of(), ignore_errors=True)
    took, own = time.perf_counter() - start, sum(learned.seconds.values())
    print(f"\n{len(items)} tests without a mutant: {took:.0f} s; CPU {own:.0f} s", flush=True)
    return learned


def _mutated() -> set[str]:
    return set(os.environ["MUTATED"].split())


def rules() -> str:
    """Return a digest of the rules as they are without a mutant."""
    digest = hashlib.sha256()
    for package in ("controls", "policies"):
        for path in sorted((Path(ORIGINALS) / "evidence" / package).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def passes(item: pytest.Item) -> bool:
    """Run one test, with all its fixtures."""
    from _pytest.runner import runtestprotocol

    rows._calls.clear()
    reports = runtestprotocol(item, log=get_mutant_under_test() == STATS, nextitem=None)
    failed = [report for report in reports if report.failed]
    if failed and not get_mutant_under_test():
        print(failed[0].longreprtext)
    return not failed


@dataclass
class Child:
    """A process that examines the mutants of one function, one after the other."""

    mutants: list[str]
    tests: list[str]
    pipe: int
    alone: bool
    """It has one mutant only, as another that came before had left something behind."""


class Children:
    """Forks for the mutants of each function, so many at once."""

    def __init__(self, items: dict[str, pytest.Item], learned: Learned, most: int) -> None:
        self.items = items
        self.learned = learned
        self.most = most
        self.running: dict[int, Child] = {}
        self.waiting: list[tuple[list[str], list[str], bool]] = []

    def without_mutant(self) -> bool:
        """Say whether every test passes in a child without a mutant; else such a run would prove nothing."""
        self.waiting.append(([""], list(self.items), True))
        return dict(self._all())[""][0] == SURVIVED

    def run(self, mutants: list[str]) -> Results:
        """Return for each mutant what came of it, and which test noticed."""
        functions: dict[str, list[str]] = defaultdict(list)
        for mutant in mutants:
            functions[mutant.partition("__mutmut_")[0]].append(mutant)
        results: Results = {}
        for function, group in functions.items():
            tests = self.learned.tests(function)
            if tests:
                self.waiting.append((group, tests, False))
            else:
                results |= dict.fromkeys(group, (UNTESTED, ""))
        return results | dict(self._all())

    def _all(self) -> Iterator[tuple[str, tuple[str, str]]]:
        while self.waiting or self.running:
            if self.waiting and len(self.running) < self.most:
                self._fork(*self.waiting.pop(0))
            else:
                yield from self._wait()

    def _fork(self, mutants: list[str], tests: list[str], alone: bool) -> None:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid:
            os.close(writing)
            self.running[pid] = Child(mutants, tests, reading, alone)
            return
        status = 1
        try:
            os.close(reading)
            seconds = {test: self.learned.seconds[test] for test in tests}
            examine(mutants, {test: self.items[test] for test in tests}, seconds, writing)
            status = 0
        finally:
            os._exit(status)

    def _wait(self) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield what came of the mutants of the child that ends next; of those it left, others will tell."""
        pid, _ = os.wait()
        child = self.running.pop(pid)
        shutil.rmtree(folder_of(pid), ignore_errors=True)
        with os.fdopen(child.pipe, "rb") as pipe:
            lines = pipe.read().decode().splitlines()
        if lines and lines[-1] == LEAKED:
            self.waiting += [([mutant], child.tests, True) for mutant in child.mutants]
            return
        found = [(SURVIVED, "") if line == "-" else (KILLED, line) for line in lines]
        yield from zip(child.mutants, found, strict=False)
        if len(found) < len(child.mutants):  # the next one ended the child
            yield child.mutants[len(found)], (TIMEOUT, "")
            if left := child.mutants[len(found) + 1 :]:
                self.waiting.insert(0, (left, child.tests, child.alone))


def examine(mutants: list[str], items: dict[str, pytest.Item], seconds: dict[str, float], pipe: int) -> None:
    """Run tests on mutants, in a child; write for each the first test that fails, or a dash.

    A test that takes twenty times its time, and a second, ends the child: the mutant does not end.

    A mutant may leave something behind that lets a test fail for the next. So every test that noticed one is
    run without a mutant in the end; if one fails, the child says so in the place of answers.
    """
    if mutants != [""]:
        quiet()
    module = sys.modules.get(mutants[0].rpartition(".")[0])
    caches = [value for value in vars(module).values() if hasattr(value, "cache_clear")] if module else []
    noticed: dict[str, None] = {}
    answers = []
    for mutant in mutants:
        for cached in caches:
            cached.cache_clear()
        set_mutant_under_test(mutant)
        order = [*noticed, *(test for test in items if test not in noticed)]
        failed = next((test for test in order if not _passes_in_time(items[test], seconds[test])), "")
        if failed:
            noticed = {failed: None} | {test: None for test in noticed if test != failed}
        answers.append(f"{failed or '-'}\n")
        if len(mutants) == 1:
            break
        os.write(pipe, answers[-1].encode())
    if len(mutants) == 1:
        os.write(pipe, answers[0].encode())
        return
    set_mutant_under_test("")
    for cached in caches:
        cached.cache_clear()
    if not all(passes(items[test]) for test in noticed):
        os.write(pipe, f"{LEAKED}\n".encode())


def _passes_in_time(item: pytest.Item, seconds: float) -> bool:
    signal.setitimer(signal.ITIMER_PROF, 1 + 20 * seconds)
    try:
        return passes(item)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def quiet() -> None:
    """Let a child say nothing, and spend nothing on telling how a test failed."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    gc.disable()
    pytest.Function.repr_failure = lambda *_, **__: "failed"  # type: ignore[method-assign]
