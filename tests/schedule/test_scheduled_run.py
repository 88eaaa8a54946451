"""The script that every schedule runs, with an `evidence` in its place that notes what it is asked."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path("templates/schedule/evidence-run").resolve()
FAKE = """#!/bin/sh
printf '%s\\n' "$@" >"$EVIDENCE_STATE/asked"
case " $* " in *" --certificate "*) ls -l "$SIGNER_DIR"/* | cut -c1-10 >"$EVIDENCE_STATE/mode" ;; esac
mkdir -p "$EVIDENCE_STATE/run" && : >"$EVIDENCE_STATE/run/left"
exit "${ENDS:-0}"
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    program = tmp_path / "bin" / "evidence"
    program.parent.mkdir()
    program.write_text(FAKE)
    program.chmod(0o755)
    (tmp_path / "state" / "archive").mkdir(parents=True)
    (tmp_path / "tmp").mkdir()
    return tmp_path / "state"


def run(state: Path, *words: str, **variables: str) -> tuple[int, list[str]]:
    root = state.parent
    own = {"PATH": f"{root / 'bin'}:{os.environ['PATH']}", "EVIDENCE_STATE": str(state)}
    temporary = {"TMPDIR": str(root / "tmp"), "SIGNER_DIR": str(root / "tmp")}
    done = subprocess.run(["sh", SCRIPT, *words], env=os.environ | own | temporary | variables, check=False)
    return done.returncode, (state / "asked").read_text().splitlines()


def asked(state: Path, *more: str) -> list[str]:
    return ["run", "--archive", f"{state}/archive", "--output", f"{state}/run", *more]


@pytest.mark.parametrize(("ends", "stays"), [(0, False), (3, False), (4, False), (1, True), (75, True)])
def test_its_exit_code_comes_back_and_what_is_packed_does_not_stay(
    state: Path, ends: int, stays: bool
) -> None:
    assert run(state, "--notify", "a b", ENDS=str(ends)) == (ends, asked(state, "--notify", "a b"))
    assert (state / "run").exists() is stays


def test_the_last_pack_is_what_the_new_one_follows(state: Path) -> None:
    for date in ("20260401", "20260701"):
        (state / "archive" / f"evidence-123456789012-{date}T060000Z.zip").touch()
    last = f"{state}/archive/evidence-123456789012-20260701T060000Z.zip"
    assert run(state)[1] == asked(state, "--previous", last)


@pytest.mark.parametrize("left", [".evidence-123456789012-20261001T060000Z.partial", "evidence-123456789012"])
def test_a_run_that_stopped_goes_on(state: Path, left: str) -> None:
    (state / "run" / left).mkdir(parents=True)
    assert run(state)[1] == asked(state, "--resume")


def test_what_stopped_days_ago_is_deleted_and_not_gone_on_with(state: Path) -> None:
    (state / "run" / "evidence-123456789012").mkdir(parents=True)
    os.utime(state / "run", (0, 0))
    assert run(state, ENDS="75")[1] == asked(state)
    assert not (state / "run" / "evidence-123456789012").exists()


def test_a_folder_in_which_nothing_was_collected_is_begun_in_again(state: Path) -> None:
    (state / "run").mkdir()
    (state / "run" / ".evidence.lock").touch()
    assert run(state)[1] == asked(state)


def test_an_identity_in_the_environment_is_a_file_for_the_run_alone(state: Path) -> None:
    key = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----"
    words = run(state, EVIDENCE_SIGNER=key)[1]
    assert [words[-4], words[-2]] == ["--key", "--certificate"]
    assert words[-3] == words[-1]
    assert (state / "mode").read_text() == "-rw-------\n"
    assert list((state.parent / "tmp").iterdir()) == []
    assert "--key" not in run(state, EVIDENCE_SIGNER="-----BEGIN CERTIFICATE-----")[1]
