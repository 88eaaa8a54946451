"""`--notify`: every end is told, once, and nothing that it does changes how a run ends."""

import json
import os
import select
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from evidence import notification
from evidence.cli.notifying import Notice, notifies
from evidence.errors import RunPausedError, UsageError, WriteRefusedError

KEEP = "import os, sys; open(sys.argv[1], 'wb').write(sys.stdin.buffer.read())"


def python(script: str, *arguments: object) -> str:
    return shlex.join([sys.executable, "-c", script, *map(str, arguments)])


def command(*, ends: Callable[[], None], notice: Notice) -> None:
    notice.document = {"pack": "a “b”.zip"}
    ends()


def raising(error: BaseException) -> Callable[[], None]:
    def ends() -> None:
        raise error

    return ends


RUN = notifies(command)
PAUSED = RunPausedError("The network is gone.")
ENDS = [
    (lambda: None, None, {"pack": "a “b”.zip", "exit_code": 0}),
    (raising(typer.Exit(3)), typer.Exit, {"pack": "a “b”.zip", "exit_code": 3}),
    (raising(PAUSED), RunPausedError, {"error": PAUSED.message, "advice": PAUSED.advice, "exit_code": 75}),
    (raising(UsageError("No.", "Do.")), UsageError, {"error": "No.", "advice": "Do.", "exit_code": 2}),
    (raising(KeyboardInterrupt()), KeyboardInterrupt, {"error": "Interrupted.", "exit_code": 130}),
]


@pytest.mark.parametrize(
    ("ends", "raised", "told"), ENDS, ids=["done", "gaps", "paused", "usage", "interrupt"]
)
def test_every_end_is_told(tmp_path: Path, ends: Callable, raised: type | None, told: dict) -> None:
    notify = python(KEEP, tmp_path / "told")
    if raised is None:
        RUN(ends=ends, notify=notify)
    else:
        with pytest.raises(raised):
            RUN(ends=ends, notify=notify)
    assert json.loads((tmp_path / "told").read_bytes()) == told


@pytest.mark.parametrize("error", [KeyError("s.secret"), WriteRefusedError("iam", "CreateUser")])
def test_what_nobody_expected_is_told_in_words_of_ours(tmp_path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)):
        RUN(ends=raising(error), notify=python(KEEP, tmp_path / "told"))
    told = json.loads((tmp_path / "told").read_bytes())
    assert told["exit_code"] == 1
    assert "s.secret" not in str(told)


def test_a_command_that_fails_is_told_of_and_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        RUN(ends=raising(typer.Exit(3)), notify=python("raise SystemExit(7)"))
    assert ended.value.exit_code == 3
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "evidence: The command of --notify failed with exit code 7.\n")


def test_a_command_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notification, "SECONDS", 0.3)
    said = notification.notify([sys.executable, "-c", "import time; time.sleep(60)"], {})
    assert said == "The command of --notify was stopped after 0.3 seconds."


def test_what_a_command_started_is_stopped_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notification, "SECONDS", 1)
    pipe, late = tmp_path / "pipe", tmp_path / "late"
    os.mkfifo(pipe)
    # The reader hears the end of the pipe as soon as nobody has it open for writing any more.
    script = f"exec 3>{shlex.quote(str(pipe))}; (sleep 30; : >{shlex.quote(str(late))}) & wait"
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert "was stopped" in notification.notify(["sh", "-c", script], {})
        assert select.select([reader], [], [], 5)[0] == [reader]
        assert os.read(reader, 1) == b""
    finally:
        os.close(reader)


def test_a_name_that_is_no_text_changes_nothing(tmp_path: Path) -> None:
    notify = python(KEEP, tmp_path / "told")
    assert notification.notify(shlex.split(notify), {"folder": "out\udcff"}) == ""
    assert json.loads((tmp_path / "told").read_bytes()) == {"folder": "out\udcff"}
    assert "could not be run" in notification.notify([sys.executable, "a\0b"], {})


def test_neither_pass_phrase_nor_key_goes_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVIDENCE_PASSPHRASE", "horse")
    script = "import os, sys; open(sys.argv[1], 'w').write(repr('EVIDENCE_PASSPHRASE' in os.environ))"
    assert notification.notify([sys.executable, "-c", script, str(tmp_path / "told")], {}) == ""
    assert (tmp_path / "told").read_text() == "False"


@pytest.mark.parametrize("text", ["", "'open", "no-such-program-of-anybody --x"])
def test_a_command_that_cannot_start_is_refused_before_anything_runs(text: str) -> None:
    with pytest.raises(UsageError):
        RUN(ends=raising(AssertionError()), notify=text)
