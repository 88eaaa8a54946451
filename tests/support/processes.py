"""Starts programs as a terminal would: what may be interrupted must not inherit that its caller may not."""

import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def start(command: Sequence[str | Path], **options: Any) -> subprocess.Popen[Any]:
    """Start a process that SIGINT ends, also where the caller ignores it, as in the background of a shell.

    A handler is reset when a program starts, and only what is ignored stays so; there are threads about, so
    nothing may run between fork and exec.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(command, **options)
    finally:
        if before is signal.SIG_IGN:
            signal.signal(signal.SIGINT, before)
