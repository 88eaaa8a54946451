"""Packs with custom tests: computed again where the package is, else 'not recomputed', never 'authentic'."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evidence import pipeline
from evidence.bundle import Bundle
from evidence.bundle.summary import verdict_line
from evidence.bundle.verify.verdicts import OverallVerdict, Property, PropertyState, judge
from evidence.clock import frozen_clock
from evidence.controls import engine
from evidence.controls.declaration import Conclusion, Family
from evidence.controls.engine import run_tests
from evidence.controls.recomputed import with_custom_results
from evidence.controls.results import Results
from evidence.errors import VerificationError
from evidence.exporting import exported
from evidence.findings import Finding
from evidence.recompute import compare_conclusions, verify_and_recompute
from evidence.report.exports import summary_markdown
from evidence.signatures.trust import Trust
from evidence.statements.files import NOTHING_STATED
from tests.custom.test_custom_engine import GOOD, HERE, THERE, secret
from tests.support.bundles import NOW, bundle_in_memory, gap, make_bundle
from tests.support.custom import ITEM, ROTATION, installed, scope
from tests.support.identity import signer

PIN = Trust((signer().certificate,))
PERFORMED = ("KEY-1", "IPE-4")


@pytest.fixture(autouse=True)
def few_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    known = engine.catalogue()
    monkeypatch.setattr(engine, "catalogue", lambda: {test: known[test] for test in PERFORMED})


@pytest.fixture
def pack(tmp_path: Path, example: Path) -> Iterator[Path]:
    records = {ITEM: {HERE: [secret("a", rotates=False), secret("b")], THERE: []}}
    bundle = make_bundle(tmp_path, records, custom=scope(), signer=signer())
    quiet: dict[str, Any] = {"signer": signer(), "clock": frozen_clock(NOW), "authority": None, "say": print}
    (tmp_path / "parts").mkdir()
    rendered = pipeline.test_and_render(bundle, NOTHING_STATED, tmp_path / "parts", **quiet)
    yield pipeline.pack(bundle, rendered, tmp_path / "pack.zip", **quiet)[0]


def test_with_the_package_all_follows_and_without_it_what_does_not_is_named(
    pack: Path, tmp_path: Path, example: Path
) -> None:
    report, outcome = verify_and_recompute(pack, now=NOW, trusted=PIN, every_byte=True)
    assert report.findings == ()
    assert outcome is not None and outcome.identical and not outcome.not_recomputed
    assert judge(report).word is OverallVerdict.AUTHENTIC
    sys.path.remove(str(example))
    report, outcome = verify_and_recompute(pack, now=NOW, trusted=PIN, every_byte=True)
    assert report.findings == () and outcome is not None
    assert outcome.identical, "all else came out the same, to the byte"
    assert ROTATION in outcome.not_recomputed and f"Not recomputed  {ROTATION}" in outcome.text()
    judgement = judge(report)
    assert judgement.word is OverallVerdict.UNCHANGED
    assert judgement.of(Property.CONCLUSIONS).state is PropertyState.UNKNOWN
    line = verdict_line(report, judgement)
    assert f"not recomputed: {ROTATION}" in line and "Authentic" not in line
    assert f"{ROTATION}" in judgement.of(Property.RECOMPUTED).sentence
    target = tmp_path / "summary.md"
    with pytest.raises(VerificationError, match="not recomputed"):
        exported(pack, NOTHING_STATED, {target: summary_markdown}, now=NOW)


def claimed(given: Results, **changes: Any) -> Results:
    """Return results in which the custom test is changed by hand."""
    tests = tuple(test.model_copy(update=changes) if test.id == ROTATION else test for test in given.tests)
    return given.model_copy(update={"tests": tests})


@pytest.fixture
def holed(tmp_path: Path) -> tuple[Bundle, Results]:
    """A bundle in which a region is a gap, and what its tests concluded where the package was."""
    with installed(tmp_path / "there"):
        bundle = bundle_in_memory({ITEM: {HERE: [secret("a")]}}, gaps=[gap(ITEM, THERE)], custom=scope())
        return bundle, run_tests(bundle)


def test_a_claim_that_the_bundle_denies_is_not_taken(holed: tuple[Bundle, Results]) -> None:
    bundle, given = holed
    here = run_tests(bundle)
    taken, left = with_custom_results(bundle, here, given)
    assert ROTATION in left and taken.to_bytes() == given.to_bytes()
    for change in (
        {"conclusion": Conclusion.NO_EXCEPTIONS, "complete": True, "missing": ()},
        {"family": Family.CONTROLS},
        {"criteria": ("CC6.1",)},
        {"title": "Another"},
        {"needs": ()},
        {"topic": "Root"},
    ):
        forged = claimed(given, **change)
        taken, left = with_custom_results(bundle, here, forged)
        assert ROTATION not in left
        assert isinstance(compare_conclusions(forged, taken, taken.digest == forged.digest, left), Finding)


def test_other_conclusions_are_still_held_against_the_evidence(tmp_path: Path) -> None:
    with installed(tmp_path / "there"):
        bundle = bundle_in_memory(GOOD, custom=scope())
        given = run_tests(bundle)
    forged = given.model_copy(
        update={
            "tests": tuple(
                t.model_copy(update={"reason": "x"}) if t.id == "KEY-1" else t for t in given.tests
            )
        }
    )
    taken, left = with_custom_results(bundle, run_tests(bundle), forged)
    assert left
    assert isinstance(compare_conclusions(forged, taken, taken.digest == forged.digest, left), Finding)
