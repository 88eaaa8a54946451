"""Puts a report over a period together: a pure function of the packs, the files given, and the settings.

Every part that looks at bundles is a `Gatherer`: it is given each while its pack lies open, and says at the
end what it makes of all of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from evidence import __version__
from evidence.bundle import Bundle
from evidence.errors import UsageError
from evidence.period.conclusions import TestsGatherer
from evidence.period.coverage import CoverageGatherer
from evidence.period.given import NOTHING_GIVEN, GivenFiles
from evidence.period.lax import LaxGatherer, lax_settings
from evidence.period.model import PeriodBundle, PeriodResults
from evidence.period.opened import Gatherer, OpenedPack, Period
from evidence.period.over_time import OverTimeGatherer
from evidence.period.source import PackSeries
from evidence.period.unknown import BundleFacts, UnknownFact, not_settled
from evidence.policies.actions import database
from evidence.settings.period import PeriodSettings


@dataclass(frozen=True, slots=True)
class PeriodRequest:
    """What is asked for."""

    period: Period
    settings: PeriodSettings
    leaver_access_hours: int
    given: GivenFiles = NOTHING_GIVEN


@dataclass(frozen=True, slots=True)
class MadePeriod:
    """The report's results, and why it does not know all."""

    results: PeriodResults
    unknown: tuple[UnknownFact, ...]


def make(series: PackSeries, request: PeriodRequest) -> MadePeriod:
    """Open each pack once, and return what they show of the period.

    Raises VerificationError for whatever of the archive does not hold, UsageError where no bundle lies in the
    period.
    """
    period, settings, given = request.period, request.settings, request.given
    every: list[PeriodBundle] = []
    entities: list[str] = []
    facts = BundleFacts()
    coverage = CoverageGatherer(period, settings.every_days)
    tests = TestsGatherer(settings.remediation_days)
    over_time = OverTimeGatherer(period, given)
    laxer = LaxGatherer()
    gatherers: list[Gatherer] = [facts, coverage, tests, over_time, laxer]

    def take(pack: OpenedPack) -> None:
        every.append(pack.about)
        entities.append(pack.bundle.run.settings.entity.name)
        for one in gatherers:
            one.add(pack)

    def review(bundle: Bundle, about: PeriodBundle) -> None:
        every.append(about)
        over_time.add_review(bundle, about)

    series.read(take, review)
    if not any(not one.before for one in facts.bundles):
        raise UsageError(
            f"The archive has no bundle of {series.scope} from {period.first} to {period.last}.",
            "`evidence archive list` shows which it has.",
        )
    covered = coverage.finish()
    head = every[-1].digest
    found = over_time.finish(settings, request.leaver_access_hours, head, covered, series.digests)
    followed = tests.finish(found.ends)
    unknown = (*facts.unknown(period, covered), *found.unknown, *not_settled(followed))
    stated = given.statements
    lax = list(lax_settings(settings, request.leaver_access_hours))
    lax += laxer.finish({one.key for one in lax})
    results = PeriodResults(
        tool_version=__version__,
        libraries=dict([database().split(" ")]),
        entity=entities[-1],
        scope=series.scope,
        first=period.first,
        last=period.last,
        settings=settings,
        leaver_access_hours=request.leaver_access_hours,
        lax_settings=tuple(lax),
        head=head,
        bundles=tuple(every),
        people_file=found.people_file,
        exceptions_file=stated.exceptions.used if stated.exceptions else None,
        files=found.files,
        findings=found.findings,
        unknown=_sentences(unknown),
        coverage=covered,
        sources=found.sources,
        events_missing=found.events_missing,
        events=found.events,
        tests=followed,
        over_period=found.over_period,
        populations=found.populations,
        reviews=found.reviews,
        samples=found.samples,
    )
    return MadePeriod(results, unknown)


def _sentences(unknown: Iterable[UnknownFact]) -> tuple[str, ...]:
    return tuple(one.sentence for one in unknown)
