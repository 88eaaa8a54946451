"""Tells a command of the user's how a run ended: one JSON document on its standard input."""

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from evidence import system
from evidence.errors import UsageError, WriteRefusedError
from evidence.foreign import as_error, diagnose

SECONDS = 60
"""How long the command may take."""
_OURS = "EVIDENCE_"
"""Variables of ours hold a pass phrase and a signing key: none goes to the command."""


def command_words(text: str) -> tuple[str, ...]:
    """Return the words of a command; no shell reads it. Raises UsageError for one that cannot be started."""
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise UsageError(f"--notify {text!r} cannot be read: a quote is left open.") from error
    if not words or shutil.which(words[0]) is None:
        raise UsageError(
            f"There is no command {words[0] if words else ''!r} to notify with.",
            "Name a program and its arguments; no shell is used: for one, write --notify \"sh -c '…'\".",
        )
    return words


def ending(error: Exception | WriteRefusedError) -> dict[str, Any]:
    """Return what the command hears of a run that left nothing: the error in words of ours."""
    ended = as_error(error)
    return {"exit_code": int(ended.exit_code), "error": ended.message, "advice": ended.advice}


def notify(words: Sequence[str], document: Mapping[str, Any]) -> str:
    """Run the command with a document; return why it failed in a sentence, empty when it did not.

    Its output goes nowhere, what it says on stderr to ours. Whatever it started ends with it when its time is
    over. Nothing here raises for what the document holds: the run has ended, and how is not to change.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    text = json.dumps(document, default=str).encode()  # in ASCII: a file's name may be no text
    try:
        with subprocess.Popen(  # noqa: S603 - the user's own command
            words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment, start_new_session=True
        ) as started:
            try:
                started.communicate(text, timeout=SECONDS)
            except BaseException:  # an interrupt too: nobody else would stop it
                system.kill_group(started)
                raise
    except subprocess.TimeoutExpired:
        return f"The command of --notify was stopped after {SECONDS} seconds."
    except (OSError, ValueError) as error:
        return f"The command of --notify could not be run: {diagnose(error).clause}."
    code = started.returncode
    return f"The command of --notify failed with exit code {code}." if code else ""
