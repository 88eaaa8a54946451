"""Counts how tests ended, in sums never added up: controls, the reliability of the evidence, custom tests.

A test of the reliability of the evidence says whether the rest can be relied on. Counted among controls it
would make a company look better for what the tool did. A custom test is code of others, whose conclusion is
not ours.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from evidence.controls.declaration import Conclusion, Family
from evidence.controls.results import TestResult

NAMES = {
    Family.CONTROLS: "Controls",
    Family.RELIABILITY: "Reliability of the evidence",
    Family.CUSTOM: "Custom tests, not of this program",
}
NOT_COMPLETE = "not complete"
"""Beside `exceptions noted`: further exceptions may hide in what is missing."""


@dataclass(frozen=True, slots=True)
class TestsTotal:
    """How the tests of one family ended."""

    __test__ = False  # not a pytest class

    family: Family
    tests: int
    counts: Mapping[Conclusion, int]
    not_complete: int
    """Of those with exceptions: how many did not see all the evidence."""

    @property
    def name(self) -> str:
        """What stands before its numbers."""
        return NAMES[self.family]

    @property
    def words(self) -> str:
        """`2 no exceptions, 3 exceptions noted (1 of them not complete)`: the conclusions that tests have."""
        return ", ".join(
            f"{count} {conclusion.value}{self._hole(conclusion)}"
            for conclusion, count in self.counts.items()
            if count
        )

    def _hole(self, conclusion: Conclusion) -> str:
        if conclusion is not Conclusion.EXCEPTIONS or not self.not_complete:
            return ""
        return f" ({self.not_complete} of them {NOT_COMPLETE})"

    def document(self) -> dict[str, Any]:
        """Return the machine form."""
        return {
            "tests": self.tests,
            "conclusions": {conclusion.value: count for conclusion, count in self.counts.items() if count},
            "exceptions_not_complete": self.not_complete,
        }


def totals(tests: Iterable[TestResult]) -> tuple[TestsTotal, ...]:
    """Return the sums, controls first; a family without tests is left out."""
    every = list(tests)
    return tuple(
        _total(family, members)
        for family in Family
        if (members := [test for test in every if test.family is family])
    )


def _total(family: Family, tests: list[TestResult]) -> TestsTotal:
    counts = Counter(test.conclusion for test in tests)
    return TestsTotal(
        family=family,
        tests=len(tests),
        counts={conclusion: counts[conclusion] for conclusion in Conclusion},
        not_complete=sum(test.conclusion is Conclusion.EXCEPTIONS and not test.complete for test in tests),
    )


def in_words(test: TestResult) -> str:
    """Return a conclusion as printed: `exceptions noted, not complete` where evidence is missing besides."""
    return ", ".join(filter(None, (test.conclusion.value, beside(test))))


def beside(test: TestResult) -> str:
    """Return what stands beside a conclusion: `not complete`, `contradicted by ROOT-3`; mostly nothing."""
    if test.contradicted_by:
        return f"contradicted by {', '.join(test.contradicted_by)}"
    return NOT_COMPLETE if test.conclusion is Conclusion.EXCEPTIONS and not test.complete else ""
