"""Says whether a conclusion became better by what was cut."""

from collections.abc import Mapping
from dataclasses import dataclass

from evidence.bundle import Bundle
from evidence.controls.catalogue import catalogue_over
from evidence.controls.declaration import Conclusion, ControlTest, Family, Verdict
from evidence.controls.engine import run_tests
from evidence.controls.results import TestResult
from evidence.readers.reductions import ReductionCache, item_of
from tests.omissions.material import Material

RUN = "run"
"""What a cut of the run itself is booked on: a region, an account."""
OF_EVERYTHING = ("organizations.", "account.regions", "identity-center.instance", RUN)
"""Items that say for every test where it must have looked."""
GOOD = frozenset({Conclusion.NO_EXCEPTIONS, Conclusion.NOT_APPLICABLE})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a test concluded."""

    conclusion: Conclusion
    complete: bool
    exceptions: int


@dataclass(frozen=True, slots=True)
class Change:
    """A conclusion that became better, or that noted fewer exceptions and still calls itself complete."""

    test: str
    better: bool
    before: Outcome
    after: Outcome

    def __str__(self) -> str:
        return f"{self.test}: {_said(self.before)} -> {_said(self.after)}"


class Judge:
    """Concludes over one bundle as it was, then over what is left of it after each cut.

    A rule is given nothing but the items that its test declares, so that a cut of one item can make no other
    test better, those apart that range over the run itself. What was read of other items is kept.
    """

    def __init__(self, material: Material) -> None:
        bundle = material.bundle()
        self._tests = catalogue_over(bundle)
        self.results = run_tests(bundle)
        self.before = {one.id: _outcome(one) for one in self.results.tests}
        self._read = ReductionCache.of(bundle)

    def changes(self, after: Material, item: str) -> list[Change]:
        """Return what became better by a cut of an item."""
        bundle = after.bundle()
        self._remember(bundle, item)
        results = run_tests(bundle, self._affected(item))
        return changes(self.before, {one.id: _outcome(one) for one in results.tests})

    def pointed(self) -> tuple[str, ...]:
        """Return where exceptions and members that are not determined point to: file:line."""
        odd = (Verdict.EXCEPTION, Verdict.NOT_DETERMINED)
        rows = (row for one in self.results.tests for row in one.rows if row.verdict in odd)
        return tuple(sorted({str(pointer) for row in rows for pointer in row.pointers}))

    def _affected(self, item: str) -> list[ControlTest]:
        if item.startswith(OF_EVERYTHING):
            return list(self._tests.values())
        return [
            test
            for test in self._tests.values()
            if item in (*test.needs, *test.uses) or (not test.needs and test.family is Family.RELIABILITY)
        ]

    def _remember(self, bundle: Bundle, item: str) -> None:
        """Give what was read of other items to a bundle in which they are the same."""
        if item == RUN:
            return
        known = ReductionCache.of(bundle)
        for what, values in self._read._of_accounts.items():
            if item != (what if isinstance(what, str) else item_of(what)):
                known._of_accounts[what] = values


def _outcome(one: TestResult) -> Outcome:
    return Outcome(one.conclusion, one.complete, one.exceptions + one.accepted)


def changes(before: Mapping[str, Outcome], after: Mapping[str, Outcome]) -> list[Change]:
    """Return what became better, and where exceptions went away under a conclusion that stays complete."""
    found = []
    for test, now in after.items():
        was = before[test]
        better = now.conclusion in GOOD and now.conclusion is not was.conclusion
        fewer = (
            was.conclusion is now.conclusion is Conclusion.EXCEPTIONS
            and now.complete
            and now.exceptions < was.exceptions
        )
        if better or fewer:
            found.append(Change(test, better, was, now))
    return found


def _said(outcome: Outcome) -> str:
    whole = "" if outcome.complete else ", not complete"
    return f"{outcome.conclusion.value} ({outcome.exceptions}{whole})"
