"""However a command ends: a sentence and an exit code, no traceback, nothing of what others say."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from evidence.cli import tell_of_other_package
from tests.support.command import clean_environment

SECRET = "s.Zf3vaultTokenQ9"
BUNDLE = Path("samples/evidence-123456789012-20261001T060000Z").resolve()
FAILING = """
import errno, os, sys, threading
import evidence.cli.items
from lxml.etree import SerialisationError
def items(): {body}
evidence.cli.items.items = items
sys.argv = ['evidence', 'items']
from evidence.cli import main
main()
"""


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    env = clean_environment() | variables
    return subprocess.run([sys.executable, *command], env=env, capture_output=True, check=False)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (f"raise KeyError('{SECRET}')", "This is a defect of `evidence`"),
        (f"raise RecursionError('{SECRET}')", "This is a defect of `evidence`"),
        (f"raise MemoryError('{SECRET}')", "not enough memory"),
        ("raise SerialisationError('IO_ENOSPC')", "Free space"),
        (f"raise OSError(errno.EACCES, '{SECRET}')", "Check the permissions"),
        (f"raise OSError(\"cannot load library 'libpango-1.0-0': {SECRET}\")", "apt-get install"),
        (f"raise ConnectionResetError(errno.ECONNRESET, '{SECRET}')", "Check the network"),
    ],
    ids=lambda value: value[6:24],
)
def test_whatever_a_command_raises_becomes_a_sentence_with_its_advice(body: str, words: str) -> None:
    done = run("-c", FAILING.format(body=body))
    said = done.stderr.decode()
    assert (done.returncode, said.count("\n")) == (1, 2)
    assert said.startswith("evidence: ")
    assert words in said
    assert SECRET not in said


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("run", "--concurrency", "0"), "Error: Invalid value for '--concurrency': must be 1 or more"),
        (("run", "--concurrency", "x"), "Error: Invalid value for '--concurrency': must be a whole number"),
        (("policy", "--format", "yaml"), "Error: Invalid value for '--format': 'yaml' is not one of 'json',"),
        (("schedule", "at"), "Error: Invalid value for 'NAME': 'at' is not one of 'systemd', 'cron',"),
    ],
    ids=lambda value: " ".join(value)[:24],
)
def test_a_wrong_value_of_an_option_is_told_of_in_plain_words(command: tuple[str, ...], words: str) -> None:
    done = run("-m", "evidence", *command)
    assert done.returncode == 2
    assert words in done.stderr.decode()


def test_a_thread_that_fails_says_so_in_a_sentence() -> None:
    thread = f"t = threading.Thread(target=lambda: {{}}['{SECRET}']); t.start(); t.join()"
    done = run("-c", FAILING.format(body=thread))
    assert done.stderr.startswith(b"evidence: An unexpected error")
    assert b"Traceback" not in done.stderr


def test_the_traceback_is_there_for_who_asks() -> None:
    done = run("-c", FAILING.format(body="raise KeyError('\\x9b2J')"), EVIDENCE_DEBUG="1")
    assert b"Traceback" in done.stderr
    assert "\x9b" not in done.stderr.decode()


@pytest.mark.parametrize(
    ("coding", "words", "code"),
    [
        ("ascii", ("items",), 0),
        ("ascii", ("controls",), 0),
        ("cp1252", ("controls",), 0),
        ("ascii", ("show", str(BUNDLE)), 0),
        ("ascii", ("test", str(BUNDLE), "--output", os.devnull), 2),
        ("ascii", ("verify", str(BUNDLE), "--integrity-only"), 0),
        ("ascii", ("verify", "Юлия\x9b.zip"), 2),
    ],
)
def test_output_is_utf8_whatever_the_console_takes(coding: str, words: tuple[str, ...], code: int) -> None:
    done = run("-m", "evidence", *words, PYTHONIOENCODING=coding)
    said = (done.stdout + done.stderr).decode("utf-8")
    assert "Traceback" not in said
    assert "\x9b" not in said
    assert done.returncode == code
    if words[0] in ("controls", "show") or "Юлия" in words[1:]:
        assert not said.isascii()


def test_a_reader_that_has_seen_enough_hears_no_complaint() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "evidence", "items"],
        env=clean_environment(), stdout=writing, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("words", [["items"], ["show", str(BUNDLE)]], ids=" ".join)
def test_a_disk_that_does_not_take_the_output_is_told(words: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "evidence", *words],
            env=clean_environment(), stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert os.strerror(errno.ENOSPC).encode() in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_usage_error_repeats_no_control_character() -> None:
    done = run("-m", "evidence", "x\x9b2J\u202e")
    assert done.returncode == 2
    assert json.dumps("\\x9b2J\\u202e")[1:-1].replace("\\\\", "\\") in done.stderr.decode()


def test_a_package_of_the_same_name_in_the_same_place_is_told_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "aws_evidence-0.1.0.dist-info").mkdir()
    tell_of_other_package(tmp_path)
    assert capsys.readouterr().err == ""
    (tmp_path / "evidence-2.0.dist-info").mkdir()
    tell_of_other_package(tmp_path)
    said = capsys.readouterr().err
    assert "`evidence` 2.0" in said
    assert "pipx install" in said
