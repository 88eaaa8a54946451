"""changes.json in a pack: named by digests, computed again where the pack before is given, else unknown."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evidence import pipeline, recompute, report
from evidence.archive.archive import open_archive
from evidence.archive.place import open_chain
from evidence.bundle import Bundle, open_bundle
from evidence.bundle.format import strictjson
from evidence.bundle.format.models import Redaction
from evidence.bundle.summary import verdict_line
from evidence.bundle.verify.verdicts import OverallVerdict, Property, PropertyState, judge
from evidence.clock import frozen_clock
from evidence.comparison import read_previous, read_side
from evidence.controls import engine
from evidence.controls.results import Results
from evidence.diff import Changes
from evidence.errors import UsageError, VerificationError
from evidence.findings import Code, Repetition
from evidence.pack import canonical_zip, layout
from evidence.pack.changes import packed_changes
from evidence.pipeline import item_facts
from evidence.recomputation import Recomputation
from evidence.recompute import verify_and_recompute
from evidence.report.pdf.page import html
from evidence.resumption import take_up
from evidence.settings.sections import ArchiveSettings
from evidence.signatures.trust import Trust
from evidence.statements.files import NOTHING_STATED, Statements
from tests.archive.archive_support import START
from tests.pack.test_pack import attacked
from tests.pack.test_standalone import run, unpacked
from tests.support.bundles import NOW
from tests.support.identity import signer
from tests.support.packs import blank_pdf, blank_workbook, sealed_bundle
from tests.support.verdicts import both_verdicts

PIN = Trust((signer().certificate,))
PERFORMED = ("ROOT-1", "KEY-1", "IPE-4", "ATT-1")


def _blank_pdf(bundle: Bundle, results: Results, *_: Any, **__: Any) -> bytes:
    return blank_pdf(bundle.digest, results.digest)


def _blank_workbook(bundle: Bundle, results: Results, _: Any, path: Path) -> None:
    path.write_bytes(blank_workbook(bundle.digest, results.digest))


@pytest.fixture(scope="module", autouse=True)
def few_tests() -> Iterator[None]:
    """Perform a few tests, and draw nothing: report and workbook only name what they are of."""
    known = engine.catalogue()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "catalogue", lambda: {test: known[test] for test in PERFORMED})
        patch.setattr(recompute, "_drawn", lambda *_, **__: ())
        patch.setattr(report, "render_pdf", _blank_pdf)
        patch.setattr(report, "write_workbook", _blank_workbook)
        yield


def packed(
    folder: Path, previous: Path | None = None, stated: Statements = NOTHING_STATED, **run: Any
) -> Path:
    """Make a pack that follows another one, as production code does."""
    (folder / "parts").mkdir(parents=True)
    digest, before = read_previous(previous, now=NOW)
    bundle = sealed_bundle(folder, previous=digest, **run)
    quiet: dict[str, Any] = {"signer": signer(), "clock": frozen_clock(NOW), "authority": None, "say": print}
    rendered = pipeline.test_and_render(bundle, stated, folder / "parts", before=before, **quiet)
    return pipeline.pack(bundle, rendered, folder / f"{folder.name}.zip", **quiet)[0]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(tmp_path_factory.mktemp("first") / "1", now=START)


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory, first: Path) -> Path:
    return packed(tmp_path_factory.mktemp("second") / "2", first)


def again(pack: Path, previous: Path | None) -> tuple[Any, Recomputation | None]:
    _, before = read_previous(previous, now=NOW)
    return verify_and_recompute(pack, now=NOW, trusted=PIN, every_byte=True, previous=before)


def state(found: Any) -> PropertyState:
    return judge(found).of(Property.CHANGES).state


def test_a_pack_names_both_digests_and_both_verifiers_take_it(first: Path, second: Path) -> None:
    found = both_verdicts(second, PIN)
    assert found.findings == ()
    assert state(found) is PropertyState.UNKNOWN
    assert state(both_verdicts(first, PIN)) is PropertyState.NOT_APPLICABLE
    digests = [read_side(pack, now=NOW).snapshot.about.digest for pack in (first, second)]
    changes = Changes.model_validate_json((second.parent / "parts" / layout.CHANGES).read_bytes())
    assert [changes.old.digest, changes.new.digest] == digests
    assert changes.new.results_digest and changes.old.results_digest


def test_computed_again_where_the_pack_before_is_given(first: Path, second: Path) -> None:
    found, outcome = again(second, first)
    assert (found.findings, state(found)) == ((), PropertyState.OK)
    assert outcome is not None and outcome.changes is not None and outcome.changes.identical
    found, outcome = again(second, None)
    assert (found.findings, state(found)) == ((), PropertyState.UNKNOWN)
    assert "--recompute --previous PACK" in judge(found).of(Property.CHANGES).sentence
    assert outcome is not None and outcome.changes is None


def test_with_another_pack_nothing_is_known(second: Path) -> None:
    found, _ = again(second, second)
    assert (found.findings, state(found)) == ((), PropertyState.UNKNOWN)
    assert judge(found).word is OverallVerdict.UNCHANGED, "it was asked for"


def edited(edit: Any) -> Any:
    def change(root: Path) -> None:
        path = root / layout.CHANGES
        document = json.loads(path.read_bytes())
        edit(document)
        path.write_text(json.dumps(document, indent=2) + "\n")

    return change


def nothing_changed(document: Any) -> None:
    document["notes"] = []
    document["not_compared"] = []


def test_what_is_not_what_comes_out_is_refused(first: Path, second: Path, tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(second.read_bytes())
    pack = attacked(tmp_path / "p.zip", edited(nothing_changed), sums=True, by=signer())
    assert both_verdicts(pack, PIN).ok, "signed by the holder of the key"
    found, _ = again(pack, first)
    assert [(one.code, one.subject) for one in found.findings] == [(Code.NOT_REPRODUCED, layout.CHANGES)]
    assert state(found) is PropertyState.FAILED
    assert judge(found).of(Property.RECOMPUTED).state is not PropertyState.FAILED


def test_no_word_vouches_for_changes_that_were_not_computed_again(
    first: Path, second: Path, tmp_path: Path
) -> None:
    """The report prints them: drawn again from what was forged, it comes out the same."""
    (tmp_path / "p.zip").write_bytes(second.read_bytes())
    pack = attacked(tmp_path / "p.zip", edited(nothing_changed), sums=True, by=signer())
    for given, previous in ((pack, None), (second, None), (second, second), (second, first)):
        found = replace(again(given, previous)[0], recomputed=Repetition(True, "every byte"))
        said = verdict_line(found, judge(found))
        if previous is first:
            assert "Its conclusions, report, workbook, page and changes follow from its evidence" in said
            continue
        assert "Its conclusions and workbook follow from its evidence" in said
        assert "NOT shown: that changes.json, and what report and page say of changes, follow" in said
        assert "report and page with changes.json" in judge(found).of(Property.RECOMPUTED).sentence
        assert ("give --previous PACK" in said) is (previous is None)
        assert "signer's word" in judge(found).of(Property.RECOMPUTED).sentence


def test_the_instructions_ask_for_the_pack_before(first: Path, second: Path, tmp_path: Path) -> None:
    for name, pack in (("1", first), ("2", second)):
        (tmp_path / name).mkdir()
        canonical_zip.unpack(pack, tmp_path / name)
        (root,) = (tmp_path / name).iterdir()
        command = "--recompute --previous OLD.zip\n" in (root / layout.INSTRUCTIONS).read_text()
        assert command is (pack is second)
        bundle = open_bundle(layout.bundle_in(root), now=NOW)
        drawn = html(bundle, engine.run_tests(bundle), item_facts(), None, changes=packed_changes(root))
        assert ("--recompute --previous OLD.zip</pre>" in drawn) is (pack is second)


def test_no_version_explains_other_changes(first: Path, second: Path, tmp_path: Path) -> None:
    """Neither one that versions.json names, nor one that only changes.json does."""

    def edit(root: Path) -> None:
        (root / layout.VERSIONS).write_bytes(strictjson.document({"pango": "9.9"}))
        edited(lambda document: (nothing_changed(document), document.update(tool_version="0.0.9")))(root)

    (tmp_path / "p.zip").write_bytes(second.read_bytes())
    found, _ = again(attacked(tmp_path / "p.zip", edit, sums=True, by=signer()), first)
    assert [(one.code, one.subject) for one in found.findings] == [(Code.NOT_REPRODUCED, layout.CHANGES)]
    assert "it says something else" in found.findings[0].sentence


@pytest.mark.parametrize(
    "edit",
    [
        lambda document: document["old"].update(digest="0" * 64),
        lambda document: document["new"].update(digest="0" * 64),
        lambda document: document["old"].update(digest=None),
        lambda document: document.update(old=None),
        lambda document: document.clear(),
    ],
)
def test_digests_of_other_bundles(edit: Any, second: Path, tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(second.read_bytes())
    pack = attacked(tmp_path / "p.zip", edited(edit), sums=True, by=signer())
    found = both_verdicts(pack, PIN)
    assert [(one.code, one.subject) for one in found.findings] == [(Code.OTHER_BUNDLE, layout.CHANGES)]
    assert state(found) is PropertyState.FAILED


def test_the_changes_of_the_next_bundle(second: Path, tmp_path: Path) -> None:
    """They name this bundle, too: as the one before. PowerShell asks what the shell does."""

    def swap(document: Any) -> None:
        document["old"], document["new"] = document["new"], document["old"]

    (tmp_path / "p.zip").write_bytes(second.read_bytes())
    pack = attacked(tmp_path / "p.zip", edited(swap), sums=True, by=signer())
    for one, code in ((second, 0), (pack, 5)):
        done = run("verify.sh", unpacked(one, tmp_path / str(code)), signer().fingerprint)
        assert done.returncode == code, done.stdout
        assert ("FAILED   changes: of this bundle" in done.stdout) is (code == 5)


def test_changed_taken_out_and_put_in(first: Path, second: Path, tmp_path: Path) -> None:
    content = (second.parent / "parts" / layout.CHANGES).read_bytes()
    for name, pack, change, code in (
        ("changed", second, lambda root: (root / layout.CHANGES).write_bytes(content + b"\n"), Code.CHANGED),
        ("out", second, lambda root: (root / layout.CHANGES).unlink(), Code.MISSING),
        ("in", first, lambda root: (root / layout.CHANGES).write_bytes(content), Code.EXTRA),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "p.zip").write_bytes(pack.read_bytes())
        found = both_verdicts(attacked(tmp_path / name / "p.zip", change), PIN)
        assert (code, layout.CHANGES) in {(one.code, one.subject) for one in found.findings}


def test_the_bundle_has_to_follow_the_one_that_is_given(first: Path, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    bundle = sealed_bundle(tmp_path, previous="0" * 64)
    _, before = read_previous(first, now=NOW)
    with pytest.raises(UsageError, match="follows 0000"):
        pipeline.test_and_render(
            bundle, NOTHING_STATED, tmp_path / "parts", signer=signer(), clock=frozen_clock(NOW),
            authority=None, say=print, before=before,
        )  # fmt: skip


def test_what_does_not_verify_is_not_compared(first: Path, tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(first.read_bytes())
    pack = attacked(tmp_path / "p.zip", lambda root: (root / "results.json").write_text("{}"))
    with pytest.raises(VerificationError, match="does not verify"):
        read_previous(pack, now=NOW)


def test_sealed_conclusions_that_the_same_version_does_not_draw(first: Path, tmp_path: Path) -> None:
    from tests.pack.test_recompute import all_pass, forged
    from tests.pack.test_recompute import edited as results_edited

    pack = forged(first, tmp_path, results_edited(all_pass))
    with pytest.raises(VerificationError, match="does not follow from the evidence"):
        read_side(pack, now=NOW)


def test_a_file_of_something_else(tmp_path: Path) -> None:
    assert packed_changes(tmp_path) is None
    (tmp_path / layout.CHANGES).write_bytes(b"[]")
    with pytest.raises(Exception, match="holds no changes"):
        packed_changes(tmp_path)


def test_the_place_behind_the_pack_that_is_given(first: Path, second: Path, tmp_path: Path) -> None:
    (_, before), (_, after) = (read_previous(pack, now=NOW) for pack in (first, second))
    scope = "aws:123456789012"
    with open_chain(ArchiveSettings(), before.about.digest, before) as (_, follows):
        assert follows(scope).previous == before.about.digest
        with pytest.raises(UsageError, match="and this run of aws:2"):
            follows("aws:222222222222")
    with open_archive(tmp_path / "archive") as archive:
        archive.add(first, signer(), frozen_clock(NOW))
    kept = ArchiveSettings(folder=tmp_path / "archive")
    with open_chain(kept, before.about.digest, before) as (_, follows):
        assert (follows(scope).previous, follows(scope).sequence) == (before.about.digest, 2)
    with (
        open_chain(kept, after.about.digest, after) as (_, follows),
        pytest.raises(UsageError, match="The archive's head"),
    ):
        follows(scope)


def test_what_a_run_left_is_taken_up_only_with_the_changes_it_is_to_have(
    second: Path, tmp_path: Path
) -> None:
    """Without a changes.json the pack is made again; nothing stands beside other results meanwhile."""
    bundle = read_bundle(second, tmp_path)
    results = engine.run_tests(bundle)
    for name in (layout.RESULTS, layout.REPORT, layout.APPENDICES, layout.PAGE):
        (tmp_path / name).write_bytes(results.to_bytes() if name == layout.RESULTS else b"x")
    pack = tmp_path / f"{bundle.name}.zip"
    pack.write_bytes(second.read_bytes())
    assert take_up(pack, bundle, NOTHING_STATED, signer=signer(), clock=frozen_clock(NOW)) is not None
    taken = take_up(pack, bundle, NOTHING_STATED, signer=signer(), clock=frozen_clock(NOW), changes=True)
    assert (taken, pack.exists()) == (None, False)


def read_bundle(pack: Path, folder: Path) -> Bundle:
    (folder / "unpacked").mkdir()
    canonical_zip.unpack(pack, folder / "unpacked")
    (root,) = (folder / "unpacked").iterdir()
    return open_bundle(layout.bundle_in(root), now=NOW)


def test_a_redacted_pack_holds_none(second: Path, tmp_path: Path) -> None:
    """Its digests are not those of the bundles that were compared, and its names are pseudonyms."""
    digest = "1" * 64
    copied = Redaction(origin=digest, classes=("names",), policy=digest, key="1" * 16, tool="evidence 0")
    pack = packed(tmp_path / "copy", previous=None, redacted_from=copied)
    content = (second.parent / "parts" / layout.CHANGES).read_bytes()
    found = both_verdicts(
        attacked(pack, lambda root: (root / layout.CHANGES).write_bytes(content), sums=True, by=signer()), PIN
    )
    assert [(one.code, one.subject) for one in found.findings] == [(Code.EXTRA, layout.CHANGES)]
    with pytest.raises(UsageError, match="redacted copy"):
        read_previous(packed(tmp_path / "again", redacted_from=copied), now=NOW)
