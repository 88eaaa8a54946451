"""What a shell is told at the tabulator key: through Typer's own protocol, and without delay."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from evidence.cli import completion
from evidence.collectors import base
from evidence.controls.catalogue import catalogue
from evidence.records import Cause
from tests.support.command import clean_environment, evidence

HOSTILE = ("$(id)", "`id`", "a b", "x;id", 'x"y', "x\x1b[2J", "эвиденс")


def completed(*words: str, cwd: Path | None = None, shell: str = "bash") -> list[str]:
    """Return what a shell is given for the last of the words."""
    line = " ".join(("evidence", *words))
    env = clean_environment() | {"_EVIDENCE_COMPLETE": f"complete_{shell}"}
    if shell == "bash":
        env |= {"COMP_WORDS": line, "COMP_CWORD": str(len(words))}
    else:
        env |= {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    return evidence(env=env, cwd=cwd).stdout.split("\n")[:-1]


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A folder with a bundle, packs, what `run` left, leftovers and hostile names."""
    for name in (
        "evidence-1",
        "out/evidence-2",
        *(f"{name}-bundle" for name in HOSTILE),
        ".evidence-3.partial",
    ):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "bagit.txt").touch()
    for name in (
        "evidence-1.zip",
        "evidence-1.zip.age",
        "$(id).zip",
        "-x.zip",
        "report.pdf",
        "out/evidence-2.zip",
    ):
        (tmp_path / name).touch()
    (tmp_path / "unpacked").mkdir()
    (tmp_path / "unpacked/SHA256SUMS").touch()
    return tmp_path


def test_the_ids_are_those_of_the_catalogues() -> None:
    """They are read out of the source, so that nothing is imported: of each, none more and none fewer."""
    assert dict(completion.declared_tests()) == {test.id: test.title for test in catalogue().values()}
    items = base.catalogue().values()
    assert dict(completion.declared_items()) == {one.item: one.title for one in items}


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (("explain", "KEY-"), ["KEY-1", "KEY-2", "KEY-3"]),
        (("explain", "denied-by-s"), ["denied-by-scp", "denied-by-session-policy"]),
        (("show", "x", "--test", "MFA"), ["MFA-1", "MFA-2"]),
        (("run", "--exclude-item", "iam.acc"), ["iam.account-summary"]),
        (("verify", "evidence-1"), ["evidence-1", "evidence-1.zip", "evidence-1.zip.age"]),
        (("test", "evidence-1"), ["evidence-1"]),
        (("explain", "KEY-1", "out/"), ["out/evidence-2", "out/evidence-2.zip"]),
    ],
)
def test_bash_is_given_what_begins_so(words: tuple[str, ...], given: list[str], room: Path) -> None:
    assert completed(*words, cwd=room) == given


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_given_titles_too(shell: str) -> None:
    (line,) = completed("explain", "MFA-1", shell=shell)[-1:]
    assert "MFA-1" in line
    assert "Console users have MFA" in line


def test_names_that_a_shell_could_take_for_more_are_left_out(room: Path, monkeypatch) -> None:
    monkeypatch.chdir(room)
    assert completion.complete_bundle_or_pack("") == [
        "evidence-1", "evidence-1.zip", "evidence-1.zip.age", "out/evidence-2", "out/evidence-2.zip",
        "unpacked",
    ]  # fmt: skip
    assert completion.complete_bundle("") == ["evidence-1", "out/evidence-2"]
    assert completion.complete_bundle(f"{room}/e") == [f"{room}/evidence-1"]
    assert completion.complete_bundle("nowhere/") == completion.complete_bundle("evidence-1/") == []
    assert completion.complete_bundle("/\0") == []


def test_every_cause_has_a_word_of_its_own() -> None:
    assert {word for word, _ in completion.complete_explained("")} >= {cause.slug for cause in Cause}


def test_nothing_heavy_is_imported(room: Path) -> None:
    # Typer itself needs pydantic for it.
    heavy = "evidence.settings.model evidence.controls boto3 botocore weasyprint cryptography rich.console"
    script = (
        "import sys\n"
        "from evidence.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print([m for m in {heavy.split()!r} if m in sys.modules], file=sys.stderr)"
    )
    words = {"_EVIDENCE_COMPLETE": "complete_bash", "COMP_WORDS": "evidence explain ", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=room, capture_output=True, text=True, check=True,
        env=os.environ | words,
    )  # fmt: skip
    assert "KEY-1" in done.stdout.split()
    assert done.stderr.strip() == "[]"
