"""Fills the templates of the period report: from its results to one HTML document."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from markupsafe import Markup

from evidence.controls.declaration import Conclusion
from evidence.period import layout
from evidence.period.model import PeriodResults
from evidence.period.render.pdf_calendar import calendars, events_calendar
from evidence.period.render.pdf_lines import line_pictures
from evidence.period.render.pdf_members import populations
from evidence.period.render.pdf_tests import lines, over_period
from evidence.period.render.words import (
    PeriodWords,
    holes_headline,
    matters,
    number_runs,
    remediation_headline,
    sealed,
    short,
)
from evidence.report.conclusions import MARKS, mark
from evidence.report.facts import SignerInfo
from evidence.report.lax_settings import lax_headline
from evidence.report.model import plural
from evidence.report.pdf.page import environment
from evidence.report.pdf.render import png_address
from evidence.settings.sections import ReportSettings

MOST_EVENTS, MOST_DECISIONS, MOST_PARTS, MOST_FINDINGS, MOST_NAMED = 60, 40, 30, 20, 3
"""Rows of these tables, and sentences of what cannot be known on the cover; the workbook has all."""


def html(
    results: PeriodResults,
    signer: SignerInfo | None,
    *,
    logo: bytes = b"",
    look: ReportSettings | None = None,
) -> str:
    """Return the report as HTML."""
    env = environment()
    words = PeriodWords(results)
    env.filters.update(
        bundle=words.bundle,
        event=words.event,
        gone=words.gone,
        pointer=words.pointer,
        sealed=sealed,
        short=short,
    )
    return env.get_template("period/report.html.j2").render(
        _context(results),
        signer=signer,
        logo=Markup("{}").format(png_address(logo)),
        look=look or ReportSettings(),
    )


def _context(results: PeriodResults) -> dict[str, Any]:
    tests = lines(results)
    events = [one for one in results.events if matters(one)]
    holes = [(item, hole) for item in results.coverage for hole in item.holes]
    return {
        "r": results,
        "entity_name": results.entity or results.scope,
        "headlines": tuple(_conclusions(results)),
        "holes": holes,
        "holes_said": holes_headline(results),
        "calendars": calendars(results),
        "events_calendar": events_calendar(results),
        "parts": [(item, day) for item in results.coverage for day in item.days if day.why],
        "pictures": line_pictures(results),
        "over_period": over_period(results),
        "tests": [one for one in tests if not one.quiet],
        "quiet": [one for one in tests if one.quiet],
        "populations": populations(results),
        "events": events[:MOST_EVENTS],
        "events_more": max(0, len(events) - MOST_EVENTS),
        "event_names": sorted(Counter(one.name for one in results.events).items()),
        "decisions": [(review, one) for review in results.reviews for one in review.decisions],
        "signers": _signers(results),
        "marks": [mark(conclusion) for conclusion in MARKS],
        "laxer": lax_headline(results.lax_settings),
        "workbook": layout.WORKBOOK,
        "most_decisions": MOST_DECISIONS,
        "most_parts": MOST_PARTS,
        "most_findings": MOST_FINDINGS,
        "most_named": MOST_NAMED,
        "created": results.bundles[-1].finished.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }  # fmt: skip


def _conclusions(results: PeriodResults) -> Iterator[str]:
    """Yield the conclusions that stand on the cover."""
    counted = Counter(one.conclusion for one in results.over_period)
    told = ", ".join(f"{word.value} {counted[word]}" for word in Conclusion if counted[word])
    if told:
        yield f"{plural(len(results.over_period), 'test')} over the whole period: {told}."
    yield remediation_headline(results)


def _signers(results: PeriodResults) -> list[tuple[str, str]]:
    """Return each certificate that bundles are sealed with, and which bundles those are."""
    found: dict[str, list[int]] = {}
    for one in results.bundles:
        found.setdefault(one.signer, []).append(one.number)
    return [(signer, number_runs(numbers)) for signer, numbers in found.items()]
