"""Feeds one parser, guided by coverage (atheris), until an input fails or the time is over.

`python -m tests.fuzz.one PARSER FOLDER [libFuzzer's options]`: a process of its own, since libFuzzer ends it.
The input that fails is kept in the folder.
"""

import hashlib
import os
import sys
import time
import traceback
from pathlib import Path
from random import Random

import atheris

_OURS = ["evidence", "asn1crypto", "pyhanko", "tomllib", "zipfile", "csv", "json"]
with atheris.instrument_imports(include=_OURS, enable_loader_override=False):
    from tests.fuzz.mutation import mutated
    from tests.fuzz.parsers import PARSERS

LONGEST = 1
"""Seconds of processor time for one input of at most 32 kB; five, of a file a few times as large."""


def main(name: str, folder: Path, options: list[str]) -> None:
    """Feed a parser; never returns."""

    def feed(data: bytes) -> None:
        began = time.process_time()
        try:
            PARSERS[name].try_on(data)
        except BaseException:  # noqa: BLE001 - that is what is looked for
            _fail(folder, data, traceback.format_exc(limit=-8))
        if (took := time.process_time() - began) > LONGEST:
            _fail(folder, data, f"took {took:.1f} seconds")

    atheris.Setup([sys.argv[0], *options], feed, custom_mutator=_mutate)
    atheris.Fuzz()


def _fail(folder: Path, data: bytes, why: str) -> None:
    """Keep an input, say what it did, and end at once: what libFuzzer does then may itself be too late."""
    (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    sys.stderr.write(f"{why}\n")
    sys.stderr.flush()
    os._exit(1)


def _mutate(data: bytes, largest: int, seed: int) -> bytes:
    """Change bytes as libFuzzer does, or as text: alone, it never finds a value of another kind."""
    random = Random(seed)  # noqa: S311 - not for secrets
    if random.random() < 0.5:
        changed: bytes = atheris.Mutate(data, largest)
        return changed
    return mutated(data, random)[:largest]


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
