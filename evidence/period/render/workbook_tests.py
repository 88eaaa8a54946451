"""Lists the workbook's sheets of tests: in short, over each bundle, their exceptions, and over the period."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from evidence.period.model import ExceptionOverTime, PeriodResults, TestOverTime
from evidence.period.render.pdf_tests import order
from evidence.period.render.words import (
    WEIGHT,
    PeriodWords,
    days,
    differs,
    holes_headline,
    remediation_headline,
    sealed,
    sign,
)
from evidence.period.render.workbook_sheet import OVER_TIME, READ_FIRST, PeriodSheet, marked
from evidence.report.lax_settings import lax_headline
from evidence.report.model import plural, yes_no
from evidence.report.workbook.sheets import columns_of


def sheets(results: PeriodResults) -> Iterator[PeriodSheet]:
    """Yield the sheets in their order."""
    words = PeriodWords(results)
    noted = sum(len(test.exceptions) for test in results.tests)
    yield PeriodSheet(
        "Summary", "Every test in one row", READ_FIRST,
        columns_of(("Test", 12), ("Title", 46), ("Of", 16), ("Criteria", 16), ("Conclusion", 18),
        ("Beside it", 14),
                   ("Exceptions", 11), *((kind.value.capitalize(), 11) for kind in WEIGHT),
                   ("Along the bundles", 60)),
        _summary(results), tuple(_said_first(results)), exceptions=noted, breaks=(13,),
    )  # fmt: skip
    yield PeriodSheet(
        "Unknown", "What the report cannot know, said before any conclusion", READ_FIRST,
        columns_of(("No.", 6), ("What cannot be known", 120)), enumerate(results.unknown, start=1),
    )  # fmt: skip
    yield PeriodSheet(
        "Period tests", "Tests over the whole period: every member of each population", READ_FIRST,
        columns_of(("Test", 10), ("Subject", 44), ("Account", 15), ("Region", 13), ("Verdict", 16),
        ("Severity", 10),
                   ("Observed", 54), ("Expected", 34), ("Since (UTC)", 19), ("Note", 34), ("Accepted by", 30),
                   ("Attributes", 40), ("Where to look", 54)),
        _period_rows(results, words), exceptions=sum(one.exceptions for one in results.over_period),
        breaks=(8,),
    )  # fmt: skip
    yield PeriodSheet(
        "Procedures", "Tests over the whole period: what each asks, of what, how, and how it ended",
        READ_FIRST,
        columns_of(("Test", 10), ("Title", 30), ("Conclusion", 18), ("Complete", 10), ("Severity", 10),
        ("Why", 44),
                   ("Missing", 44), ("Considered", 11), ("Out of scope", 11), ("Population", 11),
                   ("Inspected", 11),
                   ("Exceptions", 11), ("Accepted", 11), ("Not determined", 11), ("Topic", 24),
                   ("Criteria", 14),
                   ("Risk", 40), ("Procedure", 60), ("Population ranges over", 36), ("Attribute", 30),
                   ("Limits", 44)),
        _procedures(results), breaks=(7, 16),
    )  # fmt: skip
    yield PeriodSheet(
        "Tests", "Each test over each bundle, by today's rules", OVER_TIME,
        columns_of(("Test", 12), ("Title", 44), ("Topic", 24), ("Advisory", 9), ("Bundle", 8), ("Day", 12),
                   ("Conclusion", 18), ("Complete", 10), ("Severity", 10), ("Exceptions", 11),
                   ("Accepted", 10),
                   ("Not determined", 11), ("Population", 11), ("Sealed conclusion, where another", 34)),
        _lines(results), wrap=False,
    )  # fmt: skip
    yield PeriodSheet(
        "Exceptions", "Every exception, a row for each stretch in which it stood", OVER_TIME,
        columns_of(("Test", 12), ("Subject", 44), ("Account", 15), ("Region", 13), ("Severity", 10),
                   ("What became of it", 16), ("Observed last", 48), ("First bundle", 8),
                   ("First seen (UTC)", 19),
                   ("Last bundle", 8), ("Last seen (UTC)", 19), ("Since (UTC)", 19),
                   ("Absent before, bundle", 10),
                   ("Absent after, bundle", 10), ("Ended (UTC)", 19), ("By event", 9), ("Least days", 9),
                   ("Most days", 9), ("Days in words", 16), ("Agreed days", 9), ("Accepted", 44),
                   ("Bundles that do not show it", 44), ("Where the last bundle says so", 60)),
        _exceptions(results, words), exceptions=noted, breaks=(7, 14, 20),
    )  # fmt: skip


def _said_first(results: PeriodResults) -> Iterator[str]:
    yield f"{holes_headline(results)} Sheet Holes has each."
    yield f"What else cannot be known: {plural(len(results.unknown), 'sentence')} in sheet Unknown."
    yield remediation_headline(results)
    if laxer := lax_headline(results.lax_settings):
        yield f"{laxer}: see sheet Settings."


def _summary(results: PeriodResults) -> Iterator[Sequence[Any]]:
    for one in results.over_period:
        beside = "" if one.complete else "not complete"
        yield (one.id, one.title, "the period", one.criteria, marked(one.conclusion), beside, one.exceptions,
               None, None, None, one.not_determined, one.accepted, None, None)  # fmt: skip
    for test in results.tests:
        yield _test(test)


def _test(test: TestOverTime) -> Sequence[Any]:
    found = Counter(one.remediation for one in test.exceptions)
    last = test.line[-1] if test.line else None
    return (
        test.id, test.title, f"bundle {last.bundle}" if last else "no bundle", test.criteria,
        marked(last.conclusion) if last else None, "" if last is None or last.complete else "not complete",
        len(test.exceptions), *(found[kind] for kind in WEIGHT), " ".join(map(sign, test.line)),
    )  # fmt: skip


def _period_rows(results: PeriodResults, words: PeriodWords) -> Iterator[Sequence[Any]]:
    for test in results.over_period:
        for row in test.rows:
            yield (
                test.id, row.subject, row.account, row.region, marked(row.verdict), marked(row.severity),
                row.observed,
                row.expected, row.since, row.note, row.approver,
                "; ".join(f"{name}: {value}" for name, value in sorted(row.attributes.items())),
                ", ".join(map(words.pointer, row.pointers)),
            )  # fmt: skip


def _procedures(results: PeriodResults) -> Iterator[Sequence[Any]]:
    for one in results.over_period:
        yield (
            one.id, one.title, marked(one.conclusion), yes_no(one.complete), marked(one.severity), one.reason,
            "\n".join(one.missing), one.considered, one.out_of_scope, one.population_size, one.inspected,
            one.exceptions,
            one.accepted, one.not_determined, one.topic, one.criteria, one.risk, one.procedure,
            one.population,
            one.attribute, one.limits,
        )  # fmt: skip


def _lines(results: PeriodResults) -> Iterator[Sequence[Any]]:
    for test in results.tests:
        for point in test.line:
            yield (
                test.id, test.title, test.topic, yes_no(test.advisory), point.bundle,
                results.bundle(point.bundle).finished.date(), marked(point.conclusion),
                yes_no(point.complete),
                marked(point.severity), point.exceptions, point.accepted, point.not_determined,
                point.population,
                sealed(point) if differs(point) else None,
            )  # fmt: skip


def _exceptions(results: PeriodResults, words: PeriodWords) -> Iterator[Sequence[Any]]:
    found = (one for test in results.tests for one in test.exceptions)
    for one in sorted(found, key=order):
        yield _exception(one, results, words)


def _exception(one: ExceptionOverTime, results: PeriodResults, words: PeriodWords) -> Sequence[Any]:
    return (
        one.test, one.subject, one.account, one.region, marked(one.severity), marked(one.remediation),
        one.observed,
        one.first, results.bundle(one.first).finished, one.last, results.bundle(one.last).finished, one.since,
        one.absent_before, one.absent_after, one.ended, one.ended_by, one.least_days, one.most_days,
        days(one.least_days, one.most_days), one.agreed_days, "\n".join(map(words.accepted, one.accepted)),
        "\n".join(one.doubts), ", ".join(one.pointers),
    )  # fmt: skip
