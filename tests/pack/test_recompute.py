"""Computing a pack again shows what the holder of the key changed after the tests were performed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.bundle.verify.verdicts import OverallVerdict, Property, PropertyState, judge
from evidence.clock import frozen_clock
from evidence.controls import engine
from evidence.controls.engine import run_tests
from evidence.errors import UsageError
from evidence.findings import Code, VerificationReport
from evidence.pack import verify_pack, write_pack
from evidence.pipeline import render
from evidence.recompute import Recomputation, recompute
from evidence.signatures.trust import Trust
from evidence.statements.files import read_statements
from tests.pack.test_pack import attacked
from tests.support.bundles import NOW
from tests.support.identity import signer
from tests.support.packs import sealed_bundle

PIN = Trust((signer().certificate,))
PERFORMED = ("ROOT-1", "KEY-1", "IPE-4", "ATT-1")
EXCEPTIONS = b'version = "1"\n[[exception]]\ntest = "KEY-1"\nsubject = "nobody"\n'


@pytest.fixture(scope="module", autouse=True)
def few_tests() -> Iterator[None]:
    """Perform a few tests of controls: a page of each is rendered, six times over; the e2e tests have all."""
    known = engine.catalogue()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "catalogue", lambda: {test: known[test] for test in PERFORMED})
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a pack that the production code made from a bundle with gaps, under an exceptions file."""
    folder = tmp_path_factory.mktemp("recompute")
    bundle = sealed_bundle(folder)
    (folder / "ours.toml").write_bytes(EXCEPTIONS)
    results = run_tests(bundle, statements=read_statements(folder / "ours.toml", None))
    (folder / "results.json").write_bytes(results.to_bytes())
    report, appendices, _ = render(
        bundle, results, folder, signer=signer(), clock=frozen_clock(NOW), authority=None, say=print
    )
    return write_pack(
        bundle, report=report, appendices=appendices, results=folder / "results.json",
        exceptions=folder / "ours.toml", signer=signer(), output=folder / "pack.zip",
        clock=frozen_clock(NOW),
    )  # fmt: skip


def again(pack: Path) -> tuple[VerificationReport, Recomputation | None]:
    return recompute(pack, verify_pack(pack, now=NOW, trusted=PIN), now=NOW)


def test_untouched(made: Path) -> None:
    report, outcome = again(made)
    assert report.findings == ()
    assert outcome is not None and outcome.identical
    assert {part.name for part in outcome.parts} >= {"results.json", "appendices.xlsx", "report.pdf"}
    assert judge(report).of(Property.RECOMPUTED).state is PropertyState.OK
    assert judge(report).word is OverallVerdict.AUTHENTIC


def test_conclusion_changed_by_the_holder_of_the_key(made: Path, tmp_path: Path) -> None:
    """Every signature holds; only the evidence contradicts it."""

    def change(root: Path) -> None:
        results = json.loads((root / "results.json").read_bytes())
        test = next(one for one in results["tests"] if one["conclusion"] == "no exceptions")
        test["conclusion"] = "not applicable"
        (root / "results.json").write_text(json.dumps(results, indent=2) + "\n")

    (tmp_path / "pack.zip").write_bytes(made.read_bytes())
    pack = attacked(tmp_path / "pack.zip", change, sums=True, by=signer())
    assert verify_pack(pack, now=NOW, trusted=PIN).ok
    report, _ = again(pack)
    assert [(one.code, one.subject) for one in report.findings] == [(Code.NOT_REPRODUCED, "results.json")]
    assert "tests that differ: " in report.findings[0].sentence
    assert judge(report).word is OverallVerdict.REFUSED
    assert judge(report).of(Property.RECOMPUTED).state is PropertyState.FAILED


def test_numbers_that_are_not_those_of_the_rows_are_no_results(made: Path, tmp_path: Path) -> None:
    """A test that is said to pass, over rows that say otherwise."""

    def soften(root: Path) -> None:
        results = json.loads((root / "results.json").read_bytes())
        test = next(one for one in results["tests"] if one["conclusion"] == "not concluded")
        test["conclusion"] = "no exceptions"
        (root / "results.json").write_text(json.dumps(results, indent=2) + "\n")

    (tmp_path / "pack.zip").write_bytes(made.read_bytes())
    pack = attacked(tmp_path / "pack.zip", soften, sums=True, by=signer())
    report, _ = again(pack)
    assert [(one.code, one.subject) for one in report.findings] == [(Code.NOT_REPRODUCED, "results.json")]
    assert "contradicts itself" in report.findings[0].sentence
    assert judge(report).word is OverallVerdict.REFUSED


def test_another_version_of_the_tool_is_named(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "__version__", "9.9.9")
    monkeypatch.setattr("evidence.recompute.__version__", "9.9.9")
    report, _ = again(made)
    found = next(one for one in report.findings if one.subject == "results.json")
    assert "no test differs" in found.sentence
    assert "made by evidence 0." in found.sentence and "this is evidence 9.9.9" in found.sentence


def test_what_does_not_verify_is_not_computed_again(made: Path, tmp_path: Path) -> None:
    (tmp_path / "pack.zip").write_bytes(made.read_bytes() + b"x")
    report, outcome = again(tmp_path / "pack.zip")
    assert (outcome, report.ok) == (None, False)
    assert judge(report).of(Property.RECOMPUTED).state is PropertyState.UNKNOWN


def test_a_bundle_alone_has_nothing_to_compare() -> None:
    with pytest.raises(UsageError, match="needs a pack's zip"):
        recompute(Path("bundle"), VerificationReport("bundle", "bundle", ()), now=NOW)
