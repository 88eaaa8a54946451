"""Serves the demo account in a process of its own."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def serving(*options: str | Path) -> Iterator[str]:
    """Start `evidence demo-aws` with these options on a free port; yield its URL."""
    with tempfile.TemporaryDirectory() as scratch:
        ready = Path(scratch) / "ready"
        command = [
            sys.executable,
            "-m",
            "evidence",
            "demo-aws",
            "--port",
            "0",
            "--quiet",
            "--ready-file",
            ready,
        ]
        server = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 60
            while not ready.exists() and server.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
            yield ready.read_text().strip()
        finally:
            server.terminate()
            server.wait()
