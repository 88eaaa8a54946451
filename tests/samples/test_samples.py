"""What is committed under samples/ is what the code makes of the committed bundle today."""

import subprocess
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from evidence.bundle import open_bundle
from evidence.bundle.open import Bundle
from evidence.collectors.base import catalogue
from evidence.controls.engine import run_tests
from evidence.demo_account.demo import SETTINGS
from evidence.demo_account.paperwork import FILES, PEOPLE, WRITTEN_FOR
from evidence.demo_account.people_list import people_csv
from evidence.demo_account.planted import PLANTED, PROGRAMS
from evidence.demo_account.script import LAST
from evidence.pipeline import item_facts
from evidence.records import items_for_source
from evidence.report import render_pdf, write_workbook
from evidence.report.facts import read_results
from evidence.report.names import short_subject
from evidence.statements.files import statements_in
from tests.support.command import evidence
from tests.support.make_samples import SAMPLES, sample_changes, sample_signer


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    (folder,) = SAMPLES.glob("evidence-*")
    return open_bundle(folder)


def test_every_item_is_in_the_sample(bundle) -> None:
    planned = {entry.item for entry in bundle.run.items if entry.planned}
    assert planned == set(items_for_source(catalogue(), "accounts")), "run `make generated`"


@pytest.mark.parametrize(
    "given", [("report.pdf", "--signed-only"), ("evidence-123456789012-20261001T060000Z",)]
)
def test_the_samples_verify_against_their_certificate(given) -> None:
    done = evidence("verify", SAMPLES / given[0], *given[1:], "--trust", SAMPLES / "signer.pem")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_results_are_the_same_bytes(bundle) -> None:
    stated = statements_in(SAMPLES)
    made = run_tests(bundle, statements=stated).to_bytes()
    assert made == (SAMPLES / "results.json").read_bytes(), "run `make generated`"


def test_the_workbook_is_the_same(bundle, tmp_path) -> None:
    write_workbook(bundle, read_results(SAMPLES / "results.json"), item_facts(), tmp_path / "appendices.xlsx")
    assert contents(tmp_path / "appendices.xlsx") == contents(SAMPLES / "appendices.xlsx"), (
        "run `make generated`"
    )


def test_the_report_says_the_same(bundle, tmp_path) -> None:
    results = read_results(SAMPLES / "results.json")
    signer, changes = sample_signer().identity, sample_changes()
    made = render_pdf(bundle, results, item_facts(), signer, changes=changes)
    (tmp_path / "report.pdf").write_bytes(made)
    assert words(tmp_path / "report.pdf") == words(SAMPLES / "report.pdf"), "run `make generated`"


def test_the_settings_are_those_of_the_demonstration() -> None:
    for name in ("evidence.toml", *FILES):
        assert (SAMPLES / name).read_bytes() == SETTINGS.with_name(name).read_bytes(), "run `make generated`"
    assert (SAMPLES / PEOPLE).read_bytes() == people_csv(WRITTEN_FOR, LAST), "run `make generated`"


def test_every_planted_exception_is_in_the_demo_accounts_report() -> None:
    """Of those that one entry accepts by a pattern it names the first, and says how many the workbook has."""
    text = "".join(words(SAMPLES / "report.pdf").split()).replace("\u200b", "")
    subjects = {plant: "".join(short_subject(plant.subject).split()) for plant in PLANTED}
    left = [plant for plant, subject in subjects.items() if subject not in text]
    assert [plant for plant in left if plant not in PROGRAMS] == []
    failing = sum(plant.test == "JML-1" for plant in PLANTED)
    assert f"3of{failing}shown;{failing - 3}moreinsheetTestsJoinersandleavers" in text
    book = load_workbook(SAMPLES / "appendices.xlsx", read_only=True)
    listed = {(row[0], row[1]) for row in book["Tests Joiners and leavers"].iter_rows(values_only=True)}
    assert [plant for plant in PROGRAMS if (plant.test, plant.subject) not in listed] == []


def contents(workbook: Path) -> dict[str, bytes]:
    """Return the parts of a workbook, unpacked: how zlib packs differs between builds of Python."""
    with zipfile.ZipFile(workbook) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def words(pdf: Path) -> str:
    done = subprocess.run(["pdftotext", "-raw", pdf, "-"], capture_output=True, text=True, check=True)
    return done.stdout
