"""The page as its readers have it: opened from a folder, in a browser, without a network."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome

from evidence.bundle import open_bundle
from evidence.controls.summary import FIX_FIRST
from evidence.pipeline import item_facts
from evidence.report import write_page
from evidence.report.browser.blocks import MOST_BYTES, REST, BlockStore, open_blocks
from evidence.report.browser.page import pieces
from evidence.report.facts import read_results
from evidence.report.priorities import priorities
from tests.browser.driven import Page, chromium
from tests.report.report_data import FACTS, bundle_of, results_of
from tests.support.make_samples import sample_changes

SAMPLES = Path(__file__).parents[2] / "samples"
HOSTILE = (
    "</script><script>window.pwned = 1</script><img src=x onerror='window.pwned = 1'>"
    '"><svg onload="window.pwned = 1"><a href="javascript:window.pwned = 1">\u202etxt.exe{{7*7}}'
)
OUR_OWN = {"block", "hidden", "path", "file", "pointers", "bytes"}
"""Members by which the page finds its own data."""
MADE = "img, svg, iframe, object, embed, style ~ style, a:not([href^='#']), main script, [onerror], [onload]"
"""What the page itself has nowhere."""
PARTS = (
    "#/",
    "#/gaps",
    "#/conclusions",
    "#/exceptions",
    "#/access",
    "#/joined",
    "#/changes",
    "#/evidence",
    "#/calls",
)
VIEWS = (
    "#/", "#/exceptions", "#/changes", "#/call/5", "#/test/PRIV-3", "#/search/legacy-admin",
    "#/record/123456789012%2Fiam%2Fsample-role-policies.jsonl%3A2",
)  # fmt: skip
"""One of each kind of thing that the page shows: an audit of each takes a second."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "index.html"
    bundle = open_bundle(next(SAMPLES.glob("evidence-*")))
    results = read_results(SAMPLES / "results.json")
    write_page(bundle, results, item_facts(), path, changes=sample_changes())
    return path


def test_from_a_conclusion_to_the_call(browser: Chrome, sample: Path) -> None:
    page = Page(browser, sample)
    page.click("nav a[href='#/conclusions']")
    page.wait_for("#/conclusions")
    page.click("a[href='#/test/PRIV-3']")
    page.wait_for("#/test/PRIV-3")
    assert page.ask("return document.activeElement.tagName") == "H1"  # where a screen reader goes on
    subject = "arn:aws:iam::123456789012:policy/engineering/data-engineering"
    links = "return [...document.querySelectorAll('tbody a')]"
    row = page.ask(f"{links}.find((one) => one.innerText === arguments[0])", subject)
    row.click()
    page.wait_for(row_at := page.ask("return location.hash"))
    assert row_at.startswith("#/row/PRIV-3/")
    marked = page.ask("return document.querySelector('pre mark').innerText")
    assert marked.startswith("At fault by PRIV-3: glue:*, athena:* on every resource")
    assert '"glue:*",' in marked and "s3:GetObject" not in marked
    page.click("a[href^='#/call/']")
    page.wait_for(call := page.ask("return location.hash"))
    ledger = next((SAMPLES).glob("evidence-*/data/calls.jsonl")).read_text().splitlines()
    sent = json.loads(ledger[int(call.rpartition("/")[2]) - 1])
    assert sent["request_id"] in page.text and sent["parameters"]["RoleName"] == "data-engineer"
    assert page.complaints() == []


def test_what_comes_first_and_what_management_said(browser: Chrome, sample: Path) -> None:
    """The same seven as on the report's decision page; numbers and responses beside the tests."""
    page = Page(browser, sample)
    titles = page.ask("return [...document.querySelectorAll('ol.joined strong')].map((one) => one.innerText)")
    results = read_results(SAMPLES / "results.json")
    assert titles == [one.title for one in priorities(results)[:FIX_FIRST]]
    page.go("#/search/NL-AC-02")
    assert "KEY-1" in page.text
    page.go("#/test/USER-1")
    assert "NL-AC-01" in page.text and "AWS-02" in page.text
    ((test, row),) = [
        (test.id, at) for test in results.tests for at, row in enumerate(test.rows) if row.response
    ][:1]
    page.go(f"#/row/{test}/{row}")
    assert "Management's response" in page.text and "Priya Natarajan" in page.text


def test_search_filter_sort_and_keys(browser: Chrome, sample: Path) -> None:
    page = Page(browser, sample)
    body = browser.find_element("tag name", "body")
    body.send_keys("/")
    browser.switch_to.active_element.send_keys("LEGACY-admin us-east-1\n")
    page.wait_for("#/search/LEGACY-admin%20us-east-1")
    assert "iam/authorization-details.jsonl:5" not in page.text  # has one of the words alone
    page.go("#/search/LEGACY-admin")
    assert "123456789012/iam/authorization-details.jsonl:5" in page.text and "PRIV-2" in page.text
    page.go("#/exceptions?Severity=critical&Verdict=exception")
    rows = "return document.querySelectorAll('tbody tr').length"
    assert page.ask(rows) == 3
    page.ask("document.querySelector('thead button').click()")
    assert page.ask("return document.querySelector('thead th').ariaSort") == "ascending"
    first = "return document.querySelector('tbody th').innerText"
    before = page.ask(first)
    page.ask("document.querySelector('thead button').click()")
    assert page.ask("return document.querySelector('thead th').ariaSort") == "descending"
    assert page.ask(first) != before
    page.go("#/calls")
    assert page.ask(rows) == 100
    page.ask("dispatchEvent(new Event('beforeprint'))")
    assert page.ask(rows) == 716  # all of it on paper


def test_a_line_of_the_credential_report(browser: Chrome, sample: Path) -> None:
    page = Page(browser, sample)
    page.go("#/record/123456789012%2Fiam%2Fcredential-report.csv%3A7")
    assert "password_enabled\ntrue" in page.text and "iam:GetCredentialReport" in page.text


def test_access_by_person_and_by_account(browser: Chrome, sample: Path) -> None:
    page = Page(browser, sample)
    page.go("#/access/accounts")
    page.click("a[href='#/access?Account=210987654321']")
    page.wait_for("#/access?Account=210987654321")
    accounts = "return [...document.querySelectorAll('td bdi.whole')].map((one) => one.innerText)"
    assert set(page.ask(accounts)) >= {"210987654321"} and "123456789012" not in page.ask(accounts)
    page.go("#/access/people")
    page.click("a[href='#/holder/arn%3Aaws%3Aiam%3A%3A123456789012%3Auser%2Flegacy-admin']")
    page.wait_for("#/holder/arn%3Aaws%3Aiam%3A%3A123456789012%3Auser%2Flegacy-admin")
    assert "AdministratorAccess" in page.text and "PRIV-2" in page.text


def test_no_network_and_no_markup(browser: Chrome, sample: Path) -> None:
    page = Page(browser, sample)
    assert page.ask("return performance.getEntriesByType('resource').length") == 0
    script = (
        "const done = arguments[arguments.length - 1];"
        "fetch('data:text/plain,x').then(() => done('sent'), (error) => done(error.name))"
    )
    assert browser.execute_async_script(script) == "TypeError"
    forbidden = "try { document.body.innerHTML = 'x'; return 'set' } catch (error) { return error.name }"
    assert page.ask(forbidden) == "TypeError"
    assert all("Content Security Policy" in one or "TrustedHTML" in one for one in page.complaints())


def test_accessible_to_everybody(browser: Chrome, sample: Path) -> None:
    page = Page(browser, sample)
    for view in VIEWS:
        page.go(view)
        assert page.violations() == [], view
    page.dark(True)
    for view in VIEWS[::5]:
        page.go(view)
        assert page.violations("color-contrast") == [], view
    page.dark(False)


def _hostile(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _hostile(member, key) for key, member in value.items()}
    if isinstance(value, list):
        return [_hostile(member, name) for member in value]
    return value + HOSTILE if isinstance(value, str) and name not in OUR_OWN else value


def _all_hostile(page: bytes) -> bytes:
    """Return a page every text of which ends with markup, script and characters that turn lines around."""
    store = BlockStore(MOST_BYTES)
    around = b""
    for name, content in open_blocks(page):
        if name == REST:
            around = content
        elif name.startswith("item"):
            store.add(name, (content,))
        elif name == "calls":
            lines = (json.dumps(_hostile(json.loads(line))) + "\n" for line in content.splitlines())
            store.add(name, ("".join(lines).encode(),))
        else:
            store.add(name, (json.dumps(_hostile(json.loads(content))).encode(),))
    blocks = b"".join(piece for block in store.blocks for piece in block.markup())
    return around.replace(b"</footer>\n", b"</footer>\n" + blocks)


def test_hostile_text_in_every_field_executes_nothing(browser: Chrome, tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path)
    data = _all_hostile(b"".join(pieces(bundle, results_of(bundle), FACTS, changes=sample_changes())))
    (tmp_path / "index.html").write_bytes(data)
    page = Page(browser, tmp_path / "index.html")
    addresses = [
        *PARTS,
        *page.ask("return [...evidence.tests.keys()].slice(-2).map(testAt)"),
        *page.ask("return openRows().slice(-9).map(rowAt)"),
        *page.ask("return [...evidence.files.keys()].map((path) => `#/file/${encodeURIComponent(path)}`)"),
        *page.ask("return evidence.summary.items.map((item) => itemAt(item.item))"),
        "#/record/organization%2Fidentity-store%2Fusers.jsonl%3A16",
        "#/search/script",
    ]
    for address in addresses:
        page.go(address)
        assert page.ask("return document.querySelectorAll(arguments[0]).length", MADE) == 0, address
        assert page.ask("return window.pwned ?? null") is None, address
        assert "\u202e" not in page.text, address
    assert "12345678901234567890" in _record_text(page)  # no number is read and written again
    assert page.complaints() == []


def _record_text(page: Page) -> str:
    page.go("#/record/123456789012%2Fiam%2Fsample-role-policies.jsonl%3A1")
    return page.text


def test_what_is_left_out_is_named(browser: Chrome, tmp_path: Path) -> None:
    bundle = open_bundle(next(SAMPLES.glob("evidence-*")))
    data = b"".join(pieces(bundle, read_results(SAMPLES / "results.json"), item_facts(), most_bytes=450_000))
    assert len(data) <= 450_000
    (tmp_path / "index.html").write_bytes(data)
    page = Page(browser, tmp_path / "index.html")
    assert "left out of this page for size; the pack has them" in page.text
    page.go("#/gaps")
    assert "iam.authorization-details" in page.text
    page.go("#/record/123456789012%2Fiam%2Fauthorization-details.jsonl%3A5")
    assert "data/123456789012/iam/authorization-details.jsonl:5" in page.text
    page.go("#/search/legacy-admin")
    assert "Not searched" in page.text
    data = b"".join(pieces(bundle, read_results(SAMPLES / "results.json"), item_facts(), most_bytes=170_000))
    (tmp_path / "smaller.html").write_bytes(data)
    page = Page(browser, tmp_path / "smaller.html")
    assert "in no number here" in page.text
    page.go("#/exceptions")
    assert "in no number here" in page.text
