"""The page as bytes: what it names, holds and leaves out; that it is the same each time."""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from evidence.bundle import Bundle, open_bundle
from evidence.controls.results import Results
from evidence.errors import UsageError
from evidence.pipeline import item_facts
from evidence.report.access_listing import access_listing
from evidence.report.browser import contents
from evidence.report.browser.blocks import REST, BlockStore, PageBlock, open_blocks
from evidence.report.browser.faults import statements_at_fault
from evidence.report.browser.page import pieces
from evidence.report.facts import read_results
from tests.report.report_data import FACTS
from tests.support.make_samples import sample_changes

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="module")
def sample() -> tuple[Bundle, Results]:
    return open_bundle(next(SAMPLES.glob("evidence-*"))), read_results(SAMPLES / "results.json")


def page_of(source: tuple[Bundle, Results], **options: Any) -> bytes:
    return b"".join(pieces(*source, item_facts(), **options))


def test_same_bytes_and_what_they_are_of(source: tuple[Bundle, Results]) -> None:
    bundle, results = source
    page = b"".join(pieces(bundle, results, FACTS))
    assert page == b"".join(pieces(bundle, results, FACTS))
    keywords = (
        f'<meta name="keywords" content="bundle sha256:{bundle.digest} results sha256:{results.digest}">'
    )
    assert keywords.encode() in page[:1024]
    with pytest.raises(UsageError, match="another bundle"):
        list(pieces(bundle, results.model_copy(update={"bundle_digest": "ab" * 32}), FACTS))


def test_what_changed_is_in_it_where_the_pack_says_so(source: tuple[Bundle, Results]) -> None:
    assert "changes" not in dict(open_blocks(page_of(source)))
    changes = sample_changes()
    block = json.loads(dict(open_blocks(page_of(source, changes=changes)))["changes"])
    assert block["old_digest"] == changes.old.digest
    assert [one["test"] for one in block["tests"]] == [one.test for one in changes.account_tests]
    assert (len(block["entries"]), block["more"]) == (len(changes.entries), 0)


def test_nothing_runs_but_its_own_script(source: tuple[Bundle, Results]) -> None:
    page = b"".join(pieces(*source, FACTS))
    policy = re.search(rb'Content-Security-Policy" content="([^"]*)"', page)[1].decode()
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy
    for kind, element in (("script", rb"<script>(.*?)</script>"), ("style", rb"<style>(.*?)</style>")):
        (text,) = re.findall(element, page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    around = dict(open_blocks(page))[REST].decode()
    assert not re.search(r"https?:|//[a-z]|innerHTML|insertAdjacentHTML|document\.write|eval\(", around)
    assert "&lt;Ledger&gt;" not in around and "Ledger" not in around  # nothing of the evidence is markup


def test_every_line_and_every_row_is_there(sample: tuple[Bundle, Results]) -> None:
    bundle, results = sample
    held = dict(open_blocks(page_of(sample)))
    summary = json.loads(held["summary"])
    assert json.loads(held["left"]) == []
    for item in summary["items"]:
        *lines, made_of = held[item["block"]].split(b"\n")
        for file, numbers in zip(item["files"], json.loads(made_of), strict=True):
            assert b"\n".join(lines[number] for number in numbers) == bundle.read(file["path"]), file["path"]
            assert file["sha256"] == bundle.hashes[file["path"]]
    assert held["calls"] == bundle.read("calls.jsonl")
    assert len(json.loads(held["access"])) == len(list(access_listing(bundle)))
    for number, test in enumerate(results.tests):
        given = [json.loads(held.get(f"{kind}{number}", b"[]")) for kind in ("open", "rest")]
        rows = dict(row for rows in given for row in rows)
        assert [rows[place] for place in range(len(test.rows))] == [
            json.loads(one) for one in test.rows.texts()
        ]
        assert {row["verdict"] for _, row in given[0]} <= {verdict.value for verdict in contents.OPEN}


def test_what_does_not_fit_is_left_out_and_named(sample: tuple[Bundle, Results]) -> None:
    page = page_of(sample, most_bytes=330_000)
    assert len(page) <= 330_000
    held = dict(open_blocks(page))
    summary = json.loads(held["summary"])
    bodies = {item["block"]: sum(file["bytes"] for file in item["files"]) for item in summary["items"]}
    named = json.loads(held["left"])
    left = {one["block"] for one in named} & set(bodies)
    assert left and not left & set(held)
    assert min(bodies[one] for one in left) >= max(size for one, size in bodies.items() if one not in left)
    assert {one["what"] for one in named} >= {"iam.authorization-details"}
    assert "open20" in held  # what somebody has to look at comes before what nobody has


def test_statements_at_fault(sample: tuple[Bundle, Results]) -> None:
    """By the functions of the tests' own rules; a statement that is scoped is not marked."""
    found = statements_at_fault(*sample)
    marked = {(one["test"], tuple(one["path"])) for faults in found.values() for one in faults}
    assert {test for test, _ in marked} == {"PRIV-1", "PRIV-3", "TRUST-1"}
    (fault,) = found["123456789012/iam/sample-role-policies.jsonl:2"]
    assert fault["path"] == ["AttachedPolicies", 0, "PolicyDocument", "Statement", 0]
    details = "123456789012/iam/authorization-details.jsonl"
    assert [one["path"] for one in found[f"{details}:148"]] == [
        ["Policy", "PolicyVersionList", 0, "Document", "Statement", 0]
    ]
    assert [one["path"] for one in found[f"{details}:126"]] == [
        ["RoleDetail", "AssumeRolePolicyDocument", "Statement", 0]
    ]


def test_blocks_hold_no_more_than_can_be_opened() -> None:
    """What is compressed to a thousandth is not written, nor opened, beyond what a page may hold."""
    store = BlockStore(100_000, opened_room=30)
    taken = [store.add(name, (bytes(10), bytes(size))) for name, size in (("a", 11), ("b", 0), ("c", 0))]
    assert (taken, store.opened_room) == ([True, False, False], 9)
    page = b"".join(piece for block in store.blocks for piece in block.markup())
    assert dict(open_blocks(page, 21))["a"] == bytes(21)
    with pytest.raises(ValueError, match="hold more"):
        list(open_blocks(page, 20))
    for odd in (store.blocks[0].packed + b"x", store.blocks[0].packed[:-1]):
        with pytest.raises(ValueError, match="cannot be opened"):
            list(open_blocks(b"".join(PageBlock("a", odd).markup())))
