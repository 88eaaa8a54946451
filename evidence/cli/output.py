"""Prints what commands say: people read stderr, machines read stdout.

Both are UTF-8 whatever the console's code page, and neither carries a character that could drive a terminal,
turn around what a reader sees, or hide: such a one is shown by its number, in JSON as an escape.
"""

import codecs
import io
import json
import os
import sys
import traceback
from collections.abc import Iterable
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evidence.errors import ExitCode, WriteRefusedError, slug_of
from evidence.foreign import as_error, diagnose, escape, printable, reason_of

if TYPE_CHECKING:
    from rich.console import Console

DEBUG = "EVIDENCE_DEBUG"
"""In the environment: print the traceback of an error beside its sentence."""
_DELETE = 0x7F


class _PlainStream(io.TextIOWrapper):
    """A standard stream that takes whatever text anybody prints, and passes on what is harmless."""

    def write(self, text: str) -> int:
        return super().write(printable(text, lines=True))


def open_streams() -> None:
    """Have all that this process prints go out as this module says, whoever prints it."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper) and not isinstance(stream, _PlainStream):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
            plain = _PlainStream(
                stream.buffer,
                encoding="utf-8",
                errors="backslashreplace",
                line_buffering=stream.line_buffering,
                write_through=stream.write_through,
            )
            setattr(sys, name, plain)


def close_streams(code: int) -> int:
    """Bring out what has been printed; return the exit code, another one when stdout does not take it."""
    error = _flush(sys.stdout)
    if error is not None and not isinstance(error, BrokenPipeError):  # `head` has seen enough
        failure(f"The output cannot be written: {reason_of(error)}.", diagnose(error).advice)
    _flush(sys.stderr)
    return code if error is None else code or ExitCode.COULD_NOT_RUN


def _flush(stream: Any) -> OSError | None:
    """Bring out what a stream holds; return why it does not take that, which then is thrown away."""
    try:
        if stream is not None:  # closed by whoever started this
            stream.flush()
    except OSError as error:
        with suppress(OSError):  # Python would try again at the very end, and complain
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return error
    return None


def rich_console(*, stderr: bool = False) -> "Console":
    """Return a console for what rich draws, of text that is printable already: its own codes pass."""
    from rich.console import Console

    file = sys.__stderr__ if stderr else sys.__stdout__
    return Console(file=file, highlight=False, markup=False, emoji=False)


@dataclass(frozen=True, slots=True)
class Output:
    """How one command speaks: `--json` prints one document on stdout, `--quiet` silences stderr."""

    json: bool = False
    quiet: bool = False

    def say(self, text: str = "") -> None:
        """Print a line for people, on stderr."""
        if not self.quiet:
            _print(text, sys.stderr)

    def result(self, document: Any, text: str) -> None:
        """Print the command's result on stdout: the document with `--json`, else the text."""
        if self.json:
            _print(json_text(json.dumps(document, indent=2, ensure_ascii=False, default=str)), sys.stdout)
        else:
            _print(text, sys.stdout)

    def written(self, document: Iterable[bytes], text: str) -> None:
        """The same of a document that is written already, and may be large."""
        if not self.json:
            self.result(None, text)
            return
        decoder = codecs.getincrementaldecoder("utf-8")()  # a piece may end inside of a character
        for piece in document:
            sys.stdout.write(json_text(decoder.decode(piece)))


def failure(message: str, advice: str) -> None:
    """Print an error for people: what is wrong, what to do next. Never silenced."""
    _print(f"evidence: {message}", sys.stderr)
    if advice:
        _print(f"  {advice}", sys.stderr)


def complain(error: Exception | WriteRefusedError) -> int:
    """Print whatever a command ended with, ours or foreign, in words of ours; return the exit code."""
    ended = as_error(error)
    # A wrong option is told of in full; what else ends a command has more to it than a sentence holds.
    more = "" if ended.exit_code == ExitCode.USAGE else f" See docs/errors.md#{slug_of(type(ended))}."
    failure(ended.message, f"{ended.advice}{more}".strip())
    if os.environ.get(DEBUG):
        _print("".join(traceback.format_exception(error)), sys.stderr)
    return ended.exit_code


def json_text(written: str) -> str:
    """Return written JSON with each character that is not printable as an escape: the same values."""
    return escape(written, _escaped, lines=True)


def _escaped(character: str) -> str:
    return json.dumps(character)[1:-1] if ord(character) > _DELETE else f"\\u{ord(character):04x}"


def _print(text: str, stream: Any) -> None:
    # That nobody reads what is said for people ends no command: nothing that it does depends on it.
    with suppress(OSError) if stream is sys.stderr else nullcontext():
        print(printable(text, lines=True), file=stream)
