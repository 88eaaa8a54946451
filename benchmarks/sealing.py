"""How long sealing takes within a collection: `python -m benchmarks.sealing TIMES collect …` runs one."""

import hashlib
import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

SEAL = "evidence.collect.run", "seal"
"""The function that completes, signs and publishes the bundle, and returns its folder: where it is called."""


def timed(function: Callable[..., Path], times: Path) -> Callable[..., Path]:
    """Return the function, which now writes down its processor time, that of hashing, and its wall time."""

    def seal(*given: Any, **named: Any) -> Path:
        started, wall = time.process_time(), time.perf_counter()
        folder = function(*given, **named)
        sealed, wall = time.process_time(), time.perf_counter() - wall
        for file in folder.rglob("*"):
            if file.is_file():
                hashlib.sha256(file.read_bytes()).digest()
        times.write_text(json.dumps([sealed - started, time.process_time() - sealed, wall]))
        return folder

    return seal


def main() -> None:
    """Run the command with its seal timed."""
    module, name = import_module(SEAL[0]), SEAL[1]
    setattr(module, name, timed(getattr(module, name), Path(sys.argv.pop(1))))
    from evidence.cli import main as evidence

    evidence()


if __name__ == "__main__":
    main()
