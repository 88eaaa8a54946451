"""The script that every schedule runs, with an `evidence` in its place that notes what it is asked."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path("templates/schedule/evidence-run").resolve()
FAKE = """#!/bin/sh
printf '%s\\n' "$@" >"$EVIDENCE_STATE/asked"
for last; do :; done
case " $* " in *" --certificate "*)
    cat "$last" >"$EVIDENCE_STATE/read"
    ls -A "$TMPDIR" >"$EVIDENCE_STATE/named"
    ;;
esac
mkdir -p "$EVIDENCE_STATE/run" && : >"$EVIDENCE_STATE/run/left"
[ -z "${PACKS:-}" ] || : >"$EVIDENCE_STATE/run/evidence-1.zip"
[ "${PACKS:-}" != archived ] || echo '{"file":"evidence-1.zip"}' >"$EVIDENCE_STATE/archive/index.jsonl"
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
    temporary = {"TMPDIR": str(root / "tmp")}
    done = subprocess.run(["sh", SCRIPT, *words], env=os.environ | own | temporary | variables, check=False)
    return done.returncode, (state / "asked").read_text().splitlines()


def asked(state: Path, *more: str) -> list[str]:
    return ["run", "--archive", f"{state}/archive", "--output", f"{state}/run", *more]


@pytest.mark.parametrize("ends", [0, 1, 3, 4, 75])
@pytest.mark.parametrize(("packs", "stays"), [("archived", False), ("made", True), ("", True)])
def test_its_exit_code_comes_back_and_what_is_archived_does_not_stay(
    state: Path, ends: int, packs: str, stays: bool
) -> None:
    given = asked(state, "--notify", "a b")
    assert run(state, "--notify", "a b", ENDS=str(ends), PACKS=packs) == (ends, given)
    assert (state / "run").exists() is stays


def test_a_word_that_ends_evidence_at_once_deletes_no_run_that_stopped(state: Path) -> None:
    stopped = state / "run" / ".evidence-123456789012-20261001T060000Z.partial"
    stopped.mkdir(parents=True)
    assert run(state, "--help")[0] == 0
    assert stopped.exists()


def test_what_was_archived_before_the_script_died_is_not_gone_on_with(state: Path) -> None:
    for folder in ("run", "archive"):
        (state / folder).mkdir(exist_ok=True)
        (state / folder / "evidence-1.zip").touch()
    assert run(state)[1] == asked(state, "--resume")  # the index does not name it yet
    (state / "archive" / "index.jsonl").write_text('{"file":"evidence-1.zip"}\n')
    assert run(state)[1] == asked(state, "--previous", f"{state}/archive/evidence-1.zip")


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


def test_an_identity_in_the_environment_is_a_file_without_a_name(state: Path) -> None:
    key = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----"
    words = run(state, EVIDENCE_SIGNER=key)[1]
    assert words[-4:] == ["--key", "/dev/fd/3", "--certificate", "/dev/fd/4"]
    assert (state / "read").read_text() == f"{key}\n"
    assert (state / "named").read_text() == ""
    assert list((state.parent / "tmp").iterdir()) == []
    assert "--key" not in run(state, EVIDENCE_SIGNER="-----BEGIN CERTIFICATE-----")[1]
