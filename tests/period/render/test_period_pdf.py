"""The period report as its readers have it: complete, said in order, bounded, unmoved by hostile names."""

import subprocess

import pytest

from evidence.period.model import CoveredDay, ExceptionOverTime, PeriodResults, Remediation
from evidence.period.render.pdf import html
from evidence.period.render.pdf_lines import MOST_COLUMNS, TOTALS, line_pictures
from evidence.period.render.pdf_tests import MOST_OF_ONE, lines
from evidence.period.render.words import PeriodWords, days
from evidence.settings.sections import ReportSettings
from tests.period.example import period_results
from tests.period.example_names import HOSTILE
from tests.period.render.conftest import RenderedPeriod


def flat(text: str) -> str:
    return "".join(text.split())


class Signer:
    subject = "CN=Northwind Evidence"
    fingerprint = "ab" * 32
    self_signed = True


def test_tagged_named_by_both_digests_and_nothing_unresolved(rendered_period: RenderedPeriod) -> None:
    info = subprocess.run(["pdfinfo", rendered_period.pdf], check=True, capture_output=True, text=True).stdout
    results = rendered_period.results
    assert "Tagged:          yes" in info and "(A4)" in info
    assert f"head sha256:{results.head} period sha256:{results.digest}" in info
    assert rendered_period.complaints == []
    assert flat("Not signed.") in flat(rendered_period.text)


def test_what_is_missing_is_said_before_any_conclusion(rendered_period: RenderedPeriod) -> None:
    text = flat(rendered_period.text)
    first = min(text.index(flat(word)) for word in ("exceptions noted", "over the whole period:"))
    assert text.index(flat("holes in the evidence of")) < first
    assert text.index(flat(rendered_period.results.unknown[0])) < first
    for sentence in rendered_period.results.unknown:
        assert flat(sentence) in text


def test_every_bundle_test_and_hole_is_printed(rendered_period: RenderedPeriod) -> None:
    text, results = flat(rendered_period.text), rendered_period.results
    for bundle in results.bundles:
        assert bundle.bundle in text and bundle.digest in text and bundle.pack_sha256 in text
    for test in results.tests:
        assert flat(test.id) in text and flat(test.title) in text
        assert test.line and (not test.exceptions or flat(test.exceptions[0].observed) in text)
    for item in results.coverage:
        assert item.item in text
        for hole in item.holes:
            assert flat(f"{hole.first} {hole.last} {hole.days} {hole.why}") in text
        for one in item.days:
            assert one.shown is CoveredDay.WHOLE or flat(f"{one.day} {one.bundle} {one.why}") in text
    for over in results.over_period:
        assert flat(over.reason) in text and flat(over.title) in text
    for sample in results.samples:
        assert sample.population_digest in text and flat(sample.method) in text
    for review in results.reviews:
        assert review.reviewed_digest in text and all(flat(why) in text for why in review.why_not)
    for missing in results.events_missing:
        assert flat(missing.why) in text


def test_sealed_conclusions_that_differ_stand_beside(rendered_period: RenderedPeriod) -> None:
    text = flat(rendered_period.text)
    view = next(view for view in lines(rendered_period.results) if view.sealed)
    (point, *_) = view.sealed
    assert flat(f"sealed no exceptions, 0 exceptions; by today's rules {point.conclusion}") in text


def test_hostile_names_are_only_text_and_do_not_grow_pages(rendered_period: RenderedPeriod) -> None:
    text = flat(rendered_period.text)
    assert flat('=HYPERLINK("http://x.invalid"') in text
    assert "<script>alert(1)</script>" in text and "{{7*7}}" in text
    assert "turn‹U+202E›left" in text and "\u202e" not in text
    assert flat(HOSTILE[-1]) not in text and flat(HOSTILE[-1])[:60] in text


def test_the_settings_of_the_look() -> None:
    results = period_results(bundles=1, exceptions=False, members=4)
    document = html(results, Signer(), look=ReportSettings(paper="Letter", accent="#123456"))
    assert "size: Letter" in document and "#123456" in document and "ab" * 32 in document


@pytest.mark.parametrize("exceptions", [True, False])
@pytest.mark.parametrize("bundles", [1, 53])
def test_few_and_many_bundles_with_and_without_exceptions(bundles: int, *, exceptions: bool) -> None:
    results = period_results(bundles=bundles, exceptions=exceptions, members=8)
    document = html(results, None)
    assert all(f"{one.number}" in document and one.digest in document for one in results.bundles)
    assert ("No test of any bundle has an exception." in document) is not exceptions
    pictures = line_pictures(results)
    assert sum(len(one.cells) for one in pictures) == len(results.tests) * len(list(results.collections()))
    assert all(one.cell > 6 for one in pictures)  # wide enough for a sign


def test_more_bundles_than_a_picture_has_room_for_go_on_in_another() -> None:
    results = period_results(bundles=MOST_COLUMNS + 4, exceptions=False, members=0)
    few = results.model_copy(update={"tests": results.tests[:4]})
    columns = [len(one.columns) - len(TOTALS) for one in line_pictures(few)]
    assert len(columns) == 2 and sum(columns) == len(list(results.collections()))


def test_exceptions_are_capped_and_the_rest_counted(year: PeriodResults) -> None:
    (test,) = [one for one in year.tests if len(one.exceptions) > 10]
    many = tuple(test.exceptions * 40)
    crowded = year.model_copy(update={"tests": (test.model_copy(update={"exceptions": many}),)})
    (view,) = lines(crowded)
    assert len(view.exceptions) == MOST_OF_ONE and view.more == len(many) - MOST_OF_ONE
    assert view.exceptions[0].stretch.remediation is Remediation.OVERDUE
    assert f"{view.more:,} more in sheet Exceptions" in html(crowded, None)


@pytest.mark.parametrize(
    ("least", "most", "words"),
    [
        (None, None, "not known"), (3.0, None, "at least 3"), (None, 4.25, "at most 4.2"),
        (12.0, 19.5, "12 to 19.5"), (7.0, 7.01, "7"),
    ],
)  # fmt: skip
def test_how_long_something_stood(least: float | None, most: float | None, words: str) -> None:
    assert days(least, most) == words


def test_what_no_bundle_shows_is_not_told_as_a_beginning(year: PeriodResults) -> None:
    words = PeriodWords(year)
    one: ExceptionOverTime = year.tests[1].exceptions[0]
    unseen = one.model_copy(
        update={"since": None, "absent_before": None, "ended": None, "absent_after": None}
    )
    began, ended = words.stood(unseen)
    assert began.endswith("or before") and ended.startswith("last seen in bundle")
