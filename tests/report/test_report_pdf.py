"""The PDF as other programs see it: complete, tagged, bounded, repeatable, unmoved by hostile names."""

import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader

from evidence.controls.engine import run_tests
from evidence.errors import EvidenceError, UsageError
from evidence.report import render_pdf
from evidence.report.facts import read_results
from evidence.report.pdf.page import environment, html, marked
from evidence.report.pdf.render import to_pdf
from evidence.settings.model import SealedSettings
from evidence.settings.sections import ReportSettings
from tests.report.conftest import Rendered
from tests.report.report_data import FACTS, NAMES, bundle_of, results_of
from tests.support.bundles import make_bundle


def flat(text: str) -> str:
    return "".join(text.split())


def test_it_is_a_tagged_document_with_title_language_and_the_bundles_digest(rendered: Rendered) -> None:
    info = rendered.run("pdfinfo")
    assert "Tagged:          yes" in info
    assert "Page size:       595.276 x 841.89 pts (A4)" in info
    assert "Northwind <Ledger> & Söhne" in info
    assert f"bundle sha256:{rendered.bundle.digest}" in info
    root = PdfFileReader(io.BytesIO(rendered.pdf.read_bytes())).root
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert b"pdfuaid" in root["/Metadata"].data


def test_every_font_is_embedded_and_ours(rendered: Rendered) -> None:
    fonts = [line.split() for line in rendered.run("pdffonts").splitlines()[2:]]
    assert fonts
    for words in fonts:
        assert words[-5:-2] == ["yes", "yes", "yes"], words  # embedded, subset, with Unicode
        assert words[0].partition("+")[2].startswith(("IBM-Plex-", "Noto-")), words


def test_bookmarks_follow_the_chapters(rendered: Rendered) -> None:
    outline = PdfFileReader(io.BytesIO(rendered.pdf.read_bytes())).root["/Outlines"]
    titles, entry = [], outline["/First"]
    while entry is not None:
        entry = entry.get_object()
        titles.append(str(entry["/Title"]))
        entry = entry.get("/Next")
    chapters = (
        "Summary",
        "verify",
        "Scope and gaps",
        "Evidence that",
        "Tests with exceptions",
        "Tests without exceptions",
        "calls",
    )
    assert all(any(word in title for title in titles) for word in chapters), titles


def test_nothing_is_missing_or_unresolved_for_weasyprint(rendered: Rendered) -> None:
    """A broken internal link, an unknown anchor or an image without words would be a complaint."""
    assert rendered.complaints == []


def test_every_test_and_every_gap_is_printed(rendered: Rendered) -> None:
    text = flat(rendered.text)
    for test in rendered.results.tests:
        assert flat(test.id) in text
        assert flat(test.title) in text
        assert flat(test.reason) in text
    for gap in rendered.bundle.gaps:
        assert gap.item in text
        assert flat(gap.effect) in text
        assert gap.error_code in text
    assert "account.contacts" in text
    assert flat("excluded by a setting") in text


def test_the_sample_can_be_drawn_again_from_what_is_printed(rendered: Rendered) -> None:
    text = flat(rendered.text)
    for part in ("ab" * 32, "cd" * 32, "given by the auditor", "13–52 → 15", "named-role", "deploy"):
        assert flat(part) in text


def test_the_source_call_of_each_file_is_named(rendered: Rendered) -> None:
    text = flat(rendered.text)
    calls = list(rendered.bundle.calls())
    for unit in rendered.bundle.run.units:
        fed = [call.request_id for call in calls if call.file in unit.files]
        assert not fed or any(one in text for one in fed), unit
    for file in ("credential-report.csv", "credential-report.jsonl"):
        assert rendered.bundle.hashes[f"123456789012/iam/{file}"] in text


@pytest.mark.parametrize("name", [name for name in NAMES if "م" not in name and "י" not in name])
def test_names_in_any_script_can_be_read(rendered: Rendered, name: str) -> None:
    assert flat(name) in flat(rendered.text).replace("\ufe0f", "")


@pytest.mark.parametrize("word", ["محمد", "כהן"])
def test_names_written_from_right_to_left_can_be_read(rendered: Rendered, word: str) -> None:
    assert word in rendered.text or word[::-1] in rendered.text


def test_characters_that_hide_or_have_no_glyph_show_as_code_points(rendered: Rendered) -> None:
    text = flat(rendered.text)
    for shown in ("bell‹U+0007›bell", "turn‹U+202E›left", "rune‹U+10330›rune"):
        assert shown in text
    assert "\u202e" not in text


def test_markup_and_template_syntax_are_only_text(rendered: Rendered) -> None:
    assert "<script>alert(1)</script>" in flat(rendered.text)
    assert "{{7*7}}" in flat(rendered.text)
    document = PdfFileReader(io.BytesIO(rendered.pdf.read_bytes()))
    assert "/EmbeddedFiles" not in document.root.get("/Names", {})
    assert "root:x:0:0" not in rendered.text


def test_a_string_without_a_break_is_capped_and_kept_on_the_page(rendered: Rendered) -> None:
    assert rendered.text.count("x") >= 2_000
    assert "100,000characters" in flat(rendered.text)


def test_deep_and_long_policies_are_printed_within_bounds(rendered: Rendered) -> None:
    assert "bottom" in rendered.text
    assert flat("more lines, in full at 123456789012/iam/sample-role-policies.jsonl:1") in flat(rendered.text)


@pytest.mark.parametrize(
    "element",
    [
        '<img src="file:///etc/passwd">',
        '<img src="http://127.0.0.1:9/x.png">',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<link rel="stylesheet" href="../pyproject.toml">',
        '<p style="background: url(file:///etc/hostname)">x</p>',
    ],
)
def test_a_foreign_resource_stops_the_rendering(element: str) -> None:
    with pytest.raises(EvidenceError, match="foreign resource"):
        to_pdf(f"<html lang=en><title>t</title>{element}<p>x", identifier="x")


def test_a_missing_value_is_an_error_and_text_is_escaped() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nothing }}").render()
    assert environment().from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"
    assert marked("a `<b>` c") == 'a <span class="mono">&lt;b&gt;</span> c'
    assert marked("a ` b") == "a ` b"


def test_the_logo_is_drawn_on_the_paper_and_in_the_colour_that_were_chosen(tmp_path: Path) -> None:
    settings = SealedSettings(report=ReportSettings(paper="Letter", accent="#7a1f5c"))
    bundle = make_bundle(tmp_path, {}, {}, [], settings)
    logo = io.BytesIO()
    Image.new("RGB", (400, 100), "#7a1f5c").save(logo, "png")
    page = html(bundle, run_tests(bundle), FACTS, None, logo=logo.getvalue())
    cover = page[: page.index('<section id="summary"')] + "</body></html>"
    pdf = tmp_path / "cover.pdf"
    pdf.write_bytes(to_pdf(cover, identifier="x"))

    def told(*command: str) -> str:
        return subprocess.run([*command, pdf], check=True, capture_output=True, text=True).stdout

    assert "612 x 792 pts (letter)" in told("pdfinfo")
    assert " image     400   100 " in told("pdfimages", "-list")
    assert "--accent: #7a1f5c" in cover


def test_results_of_another_bundle_are_refused(rendered: Rendered) -> None:
    foreign = rendered.results.model_copy(update={"bundle_digest": "0" * 64})
    with pytest.raises(UsageError, match="another bundle"):
        render_pdf(rendered.bundle, foreign, FACTS, None)


def test_a_file_that_holds_no_results_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text('{"tests": []}')
    with pytest.raises(UsageError, match="not a results file"):
        read_results(path)


def test_results_are_read_back_as_they_were_written(rendered: Rendered, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(rendered.results.to_bytes())
    assert read_results(path) == rendered.results


def test_results_of_another_version_are_refused_in_one_sentence(rendered: Rendered, tmp_path: Path) -> None:
    document = json.loads(rendered.results.to_bytes())
    document["results_version"] = "1"
    for test in document["tests"]:
        del test["complete"], test["family"]
    path = tmp_path / "results.json"
    path.write_text(json.dumps(document))
    with pytest.raises(UsageError) as refused:
        read_results(path)
    assert refused.value.message == (f"{path} is of results version 1; this version of evidence reads 3.")


def test_the_number_of_pages_does_not_grow_with_the_account(rendered: Rendered, tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path, users=5_000)
    path = tmp_path / "big.pdf"
    path.write_bytes(render_pdf(bundle, results_of(bundle, exceptions=5_000), FACTS, None))

    def pages(pdf: Path) -> int:
        told = subprocess.run(["pdfinfo", pdf], check=True, capture_output=True, text=True).stdout
        return next(int(line.split()[1]) for line in told.splitlines() if line.startswith("Pages:"))

    assert pages(path) <= pages(rendered.pdf) + 6
    text = subprocess.run(["pdftotext", path, "-"], check=True, capture_output=True, text=True).stdout
    assert "more in sheet Tests Root of appendices.xlsx (KEY-9)" in " ".join(text.split())


def test_another_process_renders_the_same_bytes(rendered: Rendered, workbook: Path, tmp_path: Path) -> None:
    other = {**os.environ, "PYTHONHASHSEED": "4242", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    command = [sys.executable, "-m", "tests.report.render_elsewhere", str(tmp_path)]
    done = subprocess.run(command, env=other, check=True, capture_output=True, text=True)
    here = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (rendered.pdf, workbook)]
    assert done.stdout.split() == here
