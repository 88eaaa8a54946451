"""Reads a pass phrase from a file, the environment or a person; never from an argument, which is public."""

import os
from collections.abc import Callable
from pathlib import Path

from evidence.errors import SigningError
from evidence.storage import read_named

VARIABLE = "EVIDENCE_PASSPHRASE"
_MAX_BYTES = 4096

Prompt = Callable[[str], bytes | None]
"""Asks a person for the pass phrase of what is named; None when nobody can be asked."""


def passphrase(of: str, file: Path | None, prompt: Prompt) -> bytes:
    """Return the pass phrase of a key: from the given file, else the environment, else asked for.

    Raises SigningError when the file cannot be read or nobody can be asked.
    """
    given = _given(file)
    if given is not None:
        return given
    secret = prompt(of)
    if secret is None:
        raise SigningError(
            f"{of} needs a pass phrase and nobody can be asked for it.",
            f"Set {VARIABLE} or name a file with --passphrase-file.",
        )
    return secret


def new_passphrase(of: str, file: Path | None, prompt: Prompt) -> bytes:
    """Return the pass phrase for a new key; a person is asked twice.

    Raises SigningError as `passphrase` does, and when the two differ.
    """
    given = _given(file)
    if given is not None:
        return given
    secret = passphrase(of, None, prompt)
    if prompt(f"{of}, again") != secret:
        raise SigningError("The two pass phrases differ.", "Run the command again.")
    return secret


def _given(file: Path | None) -> bytes | None:
    if file is None:
        found = os.environ.get(VARIABLE)
        return None if found is None else found.encode("utf-8", "surrogateescape")
    return read_named(file, _MAX_BYTES, called="The pass phrase file", error=SigningError, pipes=True).rstrip(
        b"\r\n"
    )
