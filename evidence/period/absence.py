"""Says why a bundle in which a test has no exception of a member does not show that there was none.

An absent row shows that an exception ended only where the test saw all that concerns its member: the same
account and region, nothing missing of them, the member inspected, and by the same limits as when it failed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from evidence.bundle import Bundle
from evidence.controls.results import TestResult
from evidence.period.opened import OpenedPack
from evidence.readers.missing import MissingEvidence
from evidence.records import Scope

NOT_INSPECTED = "the audit sample left it out"


class ExceptionKey(NamedTuple):
    """What exceptions of several bundles are joined by."""

    test: str
    subject: str
    """The subject, its principal's unique id in the place of its ARN where a bundle tells that."""
    account: str
    region: str
    number: str
    """Tells rows about the same apart: the number of the access key, or their order."""

    @property
    def place(self) -> tuple[str, str]:
        """Account and region."""
        return self.account, self.region


@dataclass(frozen=True, slots=True)
class _UnseenPart:
    """Something that a test did not see in a bundle."""

    account: str
    """Empty: it concerns every account."""
    region: str
    """Empty: it concerns every region."""
    why: str

    def concerns(self, key: ExceptionKey) -> bool:
        return self.account in ("", key.account) and (not key.region or self.region in ("", key.region))


@dataclass
class UnseenMembers:
    """What one bundle does not show of the members of all tests.

    It is kept as long as the report is being made, so it holds what is missing, and not what is there.
    """

    number: int
    limits: dict[str, str]
    """The words of each test that was performed, with the limits filled in."""
    seen_with: Callable[[ExceptionKey], str]
    """Returns those with which an exception was last seen; empty for one that was never seen yet."""
    covered: dict[str, frozenset[str]]
    seen_from_elsewhere: Callable[[ExceptionKey], bool]
    """Says whether an exception was seen where its account was not asked: an assignment, or a finding of the
    organization's, which other accounts tell of."""
    _doubts: dict[str, list[_UnseenPart]] = field(default_factory=lambda: defaultdict(list))
    _undetermined: dict[ExceptionKey, str] = field(default_factory=dict)
    _sampled: set[str] = field(default_factory=set)
    """The tests that an audit sample narrows."""
    _left_out: set[ExceptionKey] | None = field(default_factory=set)
    """Members that it leaves out; None when nobody knows them any more."""

    @classmethod
    def of(
        cls,
        pack: OpenedPack,
        seen_with: Callable[[ExceptionKey], str],
        seen_from_elsewhere: Callable[[ExceptionKey], bool],
    ) -> "UnseenMembers":
        """Take what is missing of the tests of a bundle."""
        limits = {test.id: limits_of(test) for test in pack.results.tests}
        made = cls(pack.number, limits, seen_with, dict(pack.snapshot.covered), seen_from_elsewhere)
        for test in pack.results.tests:
            made._doubts[test.id] += _doubts(test, pack.bundle)
        return made

    def undetermined(self, key: ExceptionKey, subject: str, observed: str) -> None:
        """Note a member whose evidence does not settle the matter.

        What is no principal or resource (a line, a region, an account) may stand for any member of its place.
        """
        if not subject.startswith("arn:") or subject.endswith(":root"):
            self._doubts[key.test].append(_UnseenPart(key.account, key.region, f"not determined: {observed}"))
        self._undetermined[key] = f"not determined: {observed}"

    def left_out(self, key: ExceptionKey) -> None:
        """Note a member that an audit sample leaves out."""
        self._sampled.add(key.test)
        if self._left_out is not None:
            self._left_out.add(key)

    def forget_samples(self) -> None:
        """Let go of the members that a sample leaves out: from now on, of any it may be."""
        self._left_out = None

    def why(self, key: ExceptionKey) -> str:
        """Return why it does not show that a member met the rule, a clause; empty where it does."""
        return next(filter(None, self._reasons(key)), "")

    def _reasons(self, key: ExceptionKey) -> Iterator[str]:
        if key.test not in self.limits:
            yield "the test was not performed"
            return
        regions = self.covered.get(key.account)
        if _is_account(key.account) and regions is None and not self.seen_from_elsewhere(key):
            yield f"account {key.account} was not asked"
        if regions is not None and key.region and key.region not in regions:
            yield f"{key.region} of {key.account} was not asked"
        yield from (one.why for one in self._doubts[key.test] if one.concerns(key))
        yield self._undetermined.get(key, "")
        if key.test in self._sampled and (self._left_out is None or key in self._left_out):
            yield NOT_INSPECTED
        if self.seen_with(key) not in ("", self.limits[key.test]):
            yield "a limit of the test was another"


def limits_of(test: TestResult) -> str:
    """Return the words of a test that have the limits in force filled in."""
    return f"{test.procedure}\n{test.attribute}\n{test.population}"


def _is_account(text: str) -> bool:
    return len(text) == len("123456789012") and text.isdigit()


def _doubts(test: TestResult, bundle: Bundle) -> Iterable[_UnseenPart]:
    for one in test.holes:
        yield _doubt(one, bundle)


def _doubt(one: MissingEvidence, bundle: Bundle) -> _UnseenPart:
    """Return whom something missing concerns: of an item of the organization, everybody."""
    units = bundle.units(one.item) if one.item else ()
    narrow = bool(units) and units[0].target.scope in (Scope.ACCOUNT, Scope.REGION)
    why = str(one).rstrip(".")
    return _UnseenPart(one.account, one.region, why) if narrow else _UnseenPart("", "", why)
