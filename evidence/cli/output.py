"""Prints what commands say: people read stderr, machines read stdout."""

import errno
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from evidence.errors import StorageError

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EROFS: "the file system is read-only",
}


@dataclass(frozen=True, slots=True)
class Output:
    """How one command speaks: `--json` prints one document on stdout, `--quiet` silences stderr."""

    json: bool = False
    quiet: bool = False

    def say(self, text: str = "") -> None:
        """Print a line for people, on stderr."""
        if not self.quiet:
            print(printable(text), file=sys.stderr)  # noqa: T201

    def result(self, document: Any, text: str) -> None:
        """Print the command's result on stdout: the document with `--json`, else the text."""
        if self.json:
            print(json.dumps(document, indent=2, ensure_ascii=False, default=str))  # noqa: T201
        else:
            print(printable(text))  # noqa: T201

    def written(self, document: Iterable[bytes], text: str) -> None:
        """The same of a document that is written already, and may be large."""
        if not self.json:
            self.result(None, text)
            return
        for piece in document:
            sys.stdout.write(piece.decode())


def failure(message: str, advice: str) -> None:
    """Print an error for people: what is wrong, what to do next. Never silenced."""
    print(printable(f"evidence: {message}"), file=sys.stderr)  # noqa: T201
    if advice:
        print(printable(f"  {advice}"), file=sys.stderr)  # noqa: T201


def printable(text: str) -> str:
    """Return text without control characters: names from AWS or a bundle must not drive the terminal."""
    return "".join(c if c in "\n\t" or c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def storage_error(error: OSError) -> StorageError:
    """Return the error of a failed file operation in one sentence."""
    reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
    where = f" {error.filename}" if error.filename else ""
    return StorageError(f"The file{where} cannot be used: {reason}.")
