"""The period's page as its readers have it: opened from a folder, in a browser, without a network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from evidence.period.render import write_page
from evidence.period.render.page import pieces
from tests.browser.driven import Page, chromium
from tests.period.example import period_results

RESULTS = period_results()
PARTS = (
    "#/", "#/coverage", "#/tests", "#/exceptions", "#/populations", "#/events", "#/reviews", "#/samples",
    "#/bundles",
)  # fmt: skip
OTHERS = (
    "#/settings", "#/population/3", "#/member/3/1", "#/event/17", "#/bundle/3", "#/test/ROOT-2/3",
    "#/exception/ROOT-2/1", "#/over/JML-1",
)  # fmt: skip
MADE = "img, svg, iframe, object, embed, style ~ style, a:not([href^='#']), main script, [onerror], [onload]"
"""What the page itself has nowhere."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("period-page") / "index.html"
    write_page(RESULTS, path)
    return path


def test_from_a_mark_of_the_timeline_to_its_exceptions(browser: Chrome, page_file: Path) -> None:
    page = Page(browser, page_file)
    assert page.text.index("holes in the evidence") < page.text.index("exceptions noted")
    cells = "return document.querySelectorAll('.timeline tbody td:not(.total)').length"
    assert page.ask(cells) == len(RESULTS.tests) * len(list(RESULTS.collections()))
    test = next(one for one in RESULTS.tests if one.exceptions)
    first = test.exceptions[0]
    page.click(f"a[href='#/test/{test.id}/{first.first}']")
    page.wait_for(f"#/test/{test.id}/{first.first}")
    assert page.ask("return document.activeElement.tagName") == "H1"
    page.click(f"a[href='#/exception/{test.id}/0']")
    page.wait_for(f"#/exception/{test.id}/0")
    assert first.pointers[0] in page.text and first.remediation in page.text
    assert page.ask("return performance.getEntriesByType('resource').length") == 0


def test_tables_filter_and_lead_to_members_and_events(browser: Chrome, page_file: Path) -> None:
    page = Page(browser, page_file)
    rows = "return document.querySelectorAll('tbody tr').length"
    page.go("#/exceptions?Became=overdue")
    overdue = [one for test in RESULTS.tests for one in test.exceptions if one.remediation == "overdue"]
    assert page.ask(rows) == len(overdue)
    page.go("#/events?Event=StopConfigurationRecorder")
    page.click("a[href='#/event/41']")
    page.wait_for("#/event/41")
    assert RESULTS.event(41).id in page.text


def test_accessible_and_hostile_names_execute_nothing(browser: Chrome, page_file: Path) -> None:
    page = Page(browser, page_file)
    for part in (*PARTS, *OTHERS):
        page.go(part)
        assert page.violations() == [], part
        assert page.ask("return document.querySelectorAll(arguments[0]).length", MADE) == 0, part
        assert "\u202e" not in page.text, part
    page.dark(True)
    for part in (*PARTS, *OTHERS)[::6]:
        page.go(part)
        assert page.violations("color-contrast") == [], part
    page.dark(False)
    assert page.complaints() == []


def test_what_is_left_out_is_named(browser: Chrome, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_bytes(b"".join(pieces(RESULTS, most_bytes=90_000)))
    page = Page(browser, tmp_path / "index.html")
    page.go("#/events")
    assert "Left out of this page for size" in page.text and "No source tells" not in page.text
    page.go("#/population/3")
    assert "Left out of this page for size" in page.text
