"""A process that has imported what commands import, and forks for each: the fork dies at a moment it is told.

A request a line on stdin, an exit code a line on stdout, as in `tests.support.prepared`.
"""

import gc
import json
import os
import runpy
import signal
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from evidence import scratch
from tests.kills.traps import Trap
from tests.support import prepared

IMPORTED = (
    *prepared.IMPORTED, "xlsxwriter", "pyhanko.sign", "weasyprint", "evidence.collect.run",
    "evidence.pipeline",
    "evidence.report", "evidence.report.pdf.corroboration", "evidence.sharing", "evidence.signing.pdf",
)  # fmt: skip


def main() -> Callable[[], None] | None:
    """Answer requests until there are no more; return, in each fork, what runs the command."""
    for module in IMPORTED:
        import_module(module)
    gc.freeze()
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        child = os.fork()
        if not child:
            prepared.become(request)
            return lambda: run(request)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(1, b"%d\n" % code)
    os._exit(0)


def run(request: dict[str, Any]) -> None:
    """Run the command, to its end or its death."""
    if request["unswept"]:
        scratch._sweeper = lambda _folder: None  # type: ignore[assignment]  # as where the power fails
    tempfile.tempdir = None  # where it is was asked before the fork
    trap = Trap(request["kind"], request["number"])
    trap.set()
    if request["seconds"]:
        signal.setitimer(signal.ITIMER_REAL, request["seconds"])  # by itself SIGALRM kills like SIGKILL
    try:
        runpy.run_module("evidence", run_name="__main__", alter_sys=True)
    finally:
        Path(request["counts"]).write_text(json.dumps(trap.counts))


if __name__ == "__main__":
    command = main()
    if command:
        command()
