"""Serves the demo account, or a generated organization, in a process of its own."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def serving(*options: str | Path) -> Iterator[str]:
    """Start `python -m tests.aws_server` with these options on a free port; yield its URL."""
    with tempfile.TemporaryDirectory() as scratch:
        ready = Path(scratch) / "ready"
        command = [sys.executable, "-m", "tests.aws_server", "--ready-file", ready, *options]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT)
        try:
            deadline = time.monotonic() + 60
            while not ready.exists() and server.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
            yield ready.read_text().strip()
        finally:
            server.terminate()
            server.wait()
