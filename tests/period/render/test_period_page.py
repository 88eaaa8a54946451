"""The period's page as bytes: what it holds and leaves out, and that nothing runs but its own script."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from evidence.errors import UsageError
from evidence.period.model import PeriodResults
from evidence.period.render import write_page
from evidence.period.render.page import pieces
from evidence.report.browser.blocks import REST, open_blocks


def test_it_holds_all_of_the_results_and_the_same_bytes(year: PeriodResults) -> None:
    page = b"".join(pieces(year))
    assert page == b"".join(pieces(year))
    held = {name: json.loads(one) for name, one in open_blocks(page) if name != REST}
    told = held["results"]
    told["events"] = held["events"]
    for number, population in enumerate(told["populations"]):
        population["members"] = held[f"members{number}"]
    assert PeriodResults.model_validate_json(json.dumps(told)).digest == year.digest
    assert held["about"]["digest"] == year.digest and held["about"]["left"] == []


def test_nothing_runs_but_its_own_script(year: PeriodResults) -> None:
    page = b"".join(pieces(year))
    policy = re.search(rb'Content-Security-Policy" content="([^"]*)"', page)[1].decode()
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy
    for kind, element in (("script", rb"<script>(.*?)</script>"), ("style", rb"<style>(.*?)</style>")):
        (text,) = re.findall(element, page, re.DOTALL)
        assert f"{kind}-src 'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'" in policy
    around = dict(open_blocks(page))[REST].decode()
    assert not re.search(r"https?:|//[a-z]|innerHTML|insertAdjacentHTML|document\.write|eval\(", around)
    assert "Ledger" not in around  # nothing of the results is markup


def test_what_does_not_fit_is_left_out_by_name(year: PeriodResults) -> None:
    whole = len(b"".join(pieces(year)))
    smaller = b"".join(pieces(year, most_bytes=whole - 12_000))
    about = json.loads(dict(open_blocks(smaller))["about"])
    assert about["left"] and len(smaller) <= whole - 12_000


def test_a_path_that_is_taken(year: PeriodResults, tmp_path: Path) -> None:
    write_page(year, tmp_path / "index.html")
    with pytest.raises(UsageError):
        write_page(year, tmp_path / "index.html")
