"""Follows each test of controls over the bundles: how it ended, and how long each exception stood.

Exceptions are joined by test, subject (its principal's unique id where a bundle tells it), account and
region. One that a bundle lacks has ended only where that bundle shows it (`evidence.period.absence`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic_core import from_json

from evidence.controls.catalogue import catalogue
from evidence.controls.declaration import Family, Severity, Verdict
from evidence.controls.results import TestResult
from evidence.controls.row_results import read_row
from evidence.period.absence import ExceptionKey, UnseenMembers, limits_of
from evidence.period.ends import ExceptionEnds, ToldEnd
from evidence.period.identities import Identities
from evidence.period.model import ConclusionPoint, ExceptionOverTime, PeriodBundle, TestOverTime
from evidence.period.opened import OpenedPack
from evidence.period.standing import StandingException, StoodStretch
from evidence.period.stretches import Stretch, Stretches
from evidence.settings.period import RemediationDays

_FAILING = frozenset({Verdict.EXCEPTION, Verdict.ACCEPTED})
_READ = _FAILING | {Verdict.NOT_DETERMINED, Verdict.NOT_SELECTED}


@dataclass(slots=True)
class _FollowedTest:
    """What is said of a test, as the newest bundle has it, and its line."""

    title: str
    topic: str
    criteria: tuple[str, ...]
    advisory: bool
    attested: bool
    line: list[ConclusionPoint]


@dataclass
class TestsGatherer:
    """Notes of each bundle how the tests ended, and which exceptions stand."""

    __test__ = False  # not a pytest class

    remediation_days: RemediationDays
    _tests: dict[str, _FollowedTest] = field(default_factory=dict)
    _stretches: Stretches[ExceptionKey] = field(default_factory=Stretches)
    _seen: dict[ExceptionKey, list[StandingException]] = field(default_factory=lambda: defaultdict(list))
    _limits: dict[ExceptionKey, str] = field(default_factory=dict)
    """The words of its test with which an exception was last seen."""
    _from_elsewhere: set[ExceptionKey] = field(default_factory=set)
    """Exceptions that were seen where their account was not asked."""
    _identities: Identities = field(default_factory=Identities)
    _ends: ExceptionEnds | None = None
    _bundles: dict[int, PeriodBundle] = field(default_factory=dict)
    _newest: int = 0

    def add(self, pack: OpenedPack) -> None:
        """Take how the tests ended over a bundle."""
        self._bundles[pack.number] = pack.about
        sealed = {test.id: test for test in pack.sealed.tests} if pack.sealed else {}
        unseen = UnseenMembers.of(
            pack, lambda key: self._limits.get(key, ""), self._from_elsewhere.__contains__
        )
        there: set[ExceptionKey] = set()
        for test in pack.results.tests:
            self._follow(test, sealed.get(test.id), pack)
            there |= self._exceptions(test, pack, unseen)
        self._stretches.add(pack.number, there, unseen.why)
        unseen.forget_samples()
        self._newest = pack.number

    def _follow(self, test: TestResult, sealed: TestResult | None, pack: OpenedPack) -> None:
        known = catalogue().get(test.id)
        line = self._tests[test.id].line if test.id in self._tests else []
        attested = known.attested if known else test.family is not Family.CUSTOM
        self._tests[test.id] = _FollowedTest(
            test.title, test.topic, test.criteria, test.advisory, attested, line
        )
        if not pack.about.before:
            line.append(_point(pack.number, test, sealed))

    def _exceptions(self, test: TestResult, pack: OpenedPack, unseen: UnseenMembers) -> set[ExceptionKey]:
        """Note the rows of a test that fail; return what they are joined by."""
        there: set[ExceptionKey] = set()
        numbers: Counter[tuple[str, str, str]] = Counter()
        limits = limits_of(test)
        for text in test.rows.texts_with_verdict(_READ):
            row = from_json(text)
            key = self._key(test.id, row, pack.snapshot.unique_ids, numbers)
            verdict = row["verdict"]
            if verdict in _FAILING:
                there.add(key)
                self._limits[key] = limits
                if key.account not in pack.snapshot.covered:
                    self._from_elsewhere.add(key)
                self._see(key, StandingException.of(pack.number, read_row(text)))
            elif verdict == Verdict.NOT_DETERMINED:
                unseen.undetermined(key, row["subject"], row["observed"])
            else:
                unseen.left_out(key)
        return there

    def _key(
        self,
        test: str,
        row: Mapping[str, str | Mapping[str, str]],
        unique_ids: Mapping[str, str],
        numbers: Counter[tuple[str, str, str]],
    ) -> ExceptionKey:
        subject, account, region = (str(row[name]) for name in ("subject", "account", "region"))
        attributes = row["attributes"]
        named = attributes.get("key", "") if isinstance(attributes, Mapping) else ""
        place = self._identities.key(subject, unique_ids), account, region
        number = named if named.isdigit() else str(numbers[place])
        numbers[place] += 1
        return ExceptionKey(test, *place, number)

    def _see(self, key: ExceptionKey, one: StandingException) -> None:
        seen = self._seen[key]
        if seen and seen[-1].last == self._newest:
            seen[-1].see(one)
        else:
            seen.append(one)

    def finish(self, ends: ExceptionEnds | None = None) -> tuple[TestOverTime, ...]:
        """Return every test, in the order of the results; `ends` are those that events tell."""
        self._ends = ends
        found: dict[str, list[ExceptionOverTime]] = defaultdict(list)
        for key, stretches in self._stretches.items():
            for stretch in stretches:
                found[key.test].append(self._exception(key, stretch))
        return tuple(
            TestOverTime(
                id=name, title=test.title, topic=test.topic, criteria=test.criteria, advisory=test.advisory,
                attested=test.attested, line=tuple(test.line),
                exceptions=tuple(sorted(found[name], key=_order)),
            )
            for name, test in self._tests.items()
        )  # fmt: skip

    def _exception(self, key: ExceptionKey, stretch: Stretch) -> ExceptionOverTime:
        seen = [one for one in self._seen[key] if stretch.first <= one.first <= stretch.last]
        stood = StoodStretch(stretch, seen, self._bundles.__getitem__, self._newest)
        told = self._ended(key.test, stood)
        if told:
            stood.over_by, stood.ended = told.moment, told.moment if told.exact else None
        agreed = _agreed(self.remediation_days, stood.told.severity)
        lasted = stood.duration
        return ExceptionOverTime(
            test=key.test, subject=stood.told.subject, account=key.account, region=key.region,
            severity=stood.told.severity, observed=stood.told.observed, since=stood.told.since,
            first=stretch.first, last=stretch.last, absent_before=stretch.absent_before,
            absent_after=stretch.absent_after, ended=stood.ended,
            ended_by=told.event if told and told.exact else None,
            doubts=tuple(_doubts(stretch)), least_days=lasted.least, most_days=lasted.most,
            agreed_days=agreed, remediation=stood.remediation(agreed), accepted=stood.accepted(),
            pointers=stood.told.pointers,
        )  # fmt: skip

    def _ended(self, test: str, stood: StoodStretch) -> ToldEnd | None:
        stretch = stood.stretch
        if self._ends is None or stretch.absent_after is None:
            return None
        last, after = self._bundles[stretch.last], self._bundles[stretch.absent_after]
        return self._ends.find(test, stood.told.subject, stood.told.since, last, after)


def _doubts(stretch: Stretch) -> Iterator[str]:
    for number, why in (*stretch.doubts, *stretch.unsettled):
        yield f"bundle {number}: {why}"


def _agreed(days: RemediationDays, severity: Severity) -> int:
    agreed: int = getattr(days, severity.value)
    return agreed


def _order(one: ExceptionOverTime) -> tuple[int, str, str, str, int]:
    return -one.severity.weight, one.account, one.region, one.subject, one.first


def _point(number: int, test: TestResult, sealed: TestResult | None) -> ConclusionPoint:
    otherwise = sealed is not None and sealed.conclusion is not test.conclusion
    counted_otherwise = sealed is not None and sealed.exceptions != test.exceptions
    return ConclusionPoint(
        bundle=number, conclusion=test.conclusion, complete=test.complete, exceptions=test.exceptions,
        accepted=test.accepted, not_determined=test.not_determined, population=test.population_size,
        severity=test.severity, sealed=sealed.conclusion if sealed and otherwise else None,
        sealed_exceptions=sealed.exceptions if sealed and counted_otherwise else None,
    )  # fmt: skip
