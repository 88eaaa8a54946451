"""Performs both guides in a copy of the checkout: the files that they name are added, nothing else is edited.

The toys stand under tests/guides/toys as they would in the checkout: a collector whose records name a person,
and a test of controls with a word, a topic and an item of its own.
"""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import BinaryIO

import pytest

ROOT = Path(__file__).parents[2]
TOYS = Path(__file__).parent / "toys"
ITEM, CONTROL, TOPIC, PERSON = "account.contact-information", "CONTACT-1", "Contacts", "Quillfeather"
COPIED = ("evidence", "templates", "tests", "samples", "pyproject.toml")
GUIDES = {"adding-a-collector.md": "three", "adding-a-test.md": "two"}
"""Each guide, and how many files it says that one adds."""
NUMBERS = {"two": 2, "three": 3}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what git knows, and add the toys, none of which may be there yet."""
    folder = tmp_path_factory.mktemp("checkout")
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *COPIED]
    told = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, told.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    for toy in toys():
        assert not (folder / toy).exists(), f"{toy} would be edited, not added"
        shutil.copyfile(TOYS / toy, folder / toy)
    python(folder, "-m", "tests.support.make_requests")  # what `make requests` does
    return folder


def toys() -> list[str]:
    files = (path for path in TOYS.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sorted(str(path.relative_to(TOYS)) for path in files)


def python(checkout: Path, *arguments: str | Path, **environment: str) -> str:
    """Return what Python prints when it knows only the copy."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "EVIDENCE_", "PYTEST_", "COV_", "COVERAGE_"))
    }
    done = subprocess.run(
        [sys.executable, *arguments], cwd=checkout, env=kept | {"PYTHONPATH": str(checkout)} | environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def command(checkout: Path, *words: str) -> str:
    return python(checkout, "-m", "evidence", *words)


def test_the_toys_are_as_many_files_as_the_guides_say_and_stand_where_they_say() -> None:
    left = toys()
    for guide, number in GUIDES.items():
        text = (ROOT / "docs" / guide).read_text(encoding="utf-8")
        assert f"adds {number} files and edits none" in text
        block = re.search(r"```text\n(.*?)```", text, re.DOTALL)
        assert block, guide
        patterns = [re.escape(line.split()[0]).replace("NAME", "[a-z_]+") for line in block[1].splitlines()]
        named = [toy for toy in left if any(re.fullmatch(pattern, toy) for pattern in patterns)]
        assert len(named) == len(patterns) == NUMBERS[number]
        left = [toy for toy in left if toy not in named]
    assert left == []


def test_the_package_knows_them(checkout: Path) -> None:
    items = {entry["item"]: entry for entry in json.loads(command(checkout, "items", "--json"))}
    assert items[ITEM]["operations"] == ["account:GetContactInformation"]
    tests = json.loads(command(checkout, "controls", "--json"))
    topics = list(dict.fromkeys(test["topic"] for test in tests))
    assert topics[-3:] == [TOPIC, "Completeness and accuracy", "Attested by management"]
    assert CONTROL in {test["id"] for test in tests}
    assert '"account:GetContactInformation"' in command(checkout, "policy")


def test_their_own_tests_and_those_of_the_catalogues_pass(checkout: Path) -> None:
    pytest_of = (
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-k",
        "contact or one_file or needs_exist or the_six or sheet_in_the_workbook",
    )
    corpus = ("tests/corpus/test_corpus.py", "tests/corpus/test_two_accounts.py")
    python(checkout, *pytest_of, *corpus, EVIDENCE_WRITE_ROWS="1")  # what `make generated` does
    said = python(
        checkout, *pytest_of, *corpus, "tests/collectors/test_collector_registry.py",
        "tests/collectors/test_collector_contact_information.py", "tests/controls/test_engine.py", "-rA",
    )  # fmt: skip
    for test in (
        f"test_every_test_has_cases_enough[{CONTROL}]",
        f"test_an_account_in_good_order_has_no_exceptions[{CONTROL}]",
        f"test_says_what_it_is[{ITEM}]",
        "test_address_and_phone_number_are_dropped",
    ):
        assert test in said


def test_a_collection_its_report_workbook_and_redacted_pack_have_them(checkout: Path, tmp_path: Path) -> None:
    python(checkout, "-m", "tests.guides.toy_run", ITEM, tmp_path)
    (bundle,) = tmp_path.glob("evidence-*/")
    assert PERSON in (bundle / "data/123456789012/account/contact-information.jsonl").read_text()
    results = {test["id"]: test for test in json.loads((tmp_path / "results.json").read_text())["tests"]}
    assert results[CONTROL]["conclusion"] == "no exceptions"
    workbook = "".join(parts(tmp_path / "appendices.xlsx").values())
    assert PERSON in workbook
    assert f'name="{ITEM}"' in workbook
    shared = parts(tmp_path / "redacted.zip")
    assert {"contact-information.jsonl", "report.pdf", "workbook.xml"} <= {Path(name).name for name in shared}
    (report,) = (text for name, text in shared.items() if name.endswith("report.pdf"))
    assert {CONTROL, ITEM} <= set(report.split())
    assert not [name for name, text in shared.items() if PERSON in text]


def parts(archive: Path | BinaryIO) -> dict[str, str]:
    """Return what stands in each member of a zip, and in the workbooks and pages among them."""
    found = {}
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            data = opened.read(name)
            found[name] = data.decode("utf-8", "replace")
            if name.endswith(".xlsx"):
                found |= {f"{name}/{part}": text for part, text in parts(io.BytesIO(data)).items()}
            elif name.endswith(".pdf"):
                found[name] = text_of(data)
    return found


def text_of(pdf: bytes) -> str:
    return subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()
