"""A process that has imported what commands import, and forks for each: a second or two less a command.

What it forks is a process of its own, with its own environment, folder, output and end, which then runs
`evidence` as `python -m evidence` does. That each command imports what it needs, end-to-end tests show.
Run as a module it is that process: a request a line on stdin, an exit code a line on stdout.
"""

import atexit
import functools
import gc
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from evidence.cli.app import COMMANDS
from tests.support.processes import start

IMPORTED = (
    "botocore.client", "botocore.session", "cryptography.x509", "openpyxl", "pyhanko.sign.validation",
    "rich.console", "typer.main", "weasyprint",
    "evidence.archive.verify", "evidence.collect", "evidence.collectors.base", "evidence.controls.catalogue",
    "evidence.controls.engine", "evidence.pack", "evidence.period.make", "evidence.recompute",
    "evidence.review.opening", "evidence.settings.file", "evidence.statements.files",
    *(f"evidence.cli.{module}" for module in COMMANDS.values()),
)  # fmt: skip
ROOT = Path(__file__).parents[2]
_one_at_a_time = threading.Lock()


def can_run(env: Mapping[str, str]) -> bool:
    """Say whether a fork is the same: not where Python itself is told something, nor where it is measured."""
    told = {name for name in env.keys() | os.environ.keys() if name.startswith("PYTHON")}
    return "COVERAGE_PROCESS_CONFIG" not in env and all(
        env.get(name) == os.environ.get(name) for name in told
    )


def run(
    words: Sequence[str], env: Mapping[str, str], *, cwd: Path | None, timeout: float | None
) -> subprocess.CompletedProcess[str]:
    """Run `evidence` with these words."""
    with tempfile.TemporaryDirectory() as scratch, _one_at_a_time:
        said, complained = Path(scratch) / "out", Path(scratch) / "err"
        request = {"words": words, "env": dict(env), "cwd": str(cwd or Path.cwd())}
        request |= {"out": str(said), "err": str(complained)}
        code = _answer(request, timeout)
        return subprocess.CompletedProcess(
            ["evidence", *words], code, said.read_text("utf-8"), complained.read_text("utf-8")
        )


def _answer(request: dict[str, Any], timeout: float | None) -> int:
    process = _process()
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps(request).encode() + b"\n")
    process.stdin.flush()
    if not select.select([process.stdout], [], [], timeout)[0]:
        os.killpg(process.pid, signal.SIGKILL)
        _end(process)
        _process.cache_clear()
        raise subprocess.TimeoutExpired(request["words"], timeout or 0)
    return int(process.stdout.readline())


@functools.cache
def _process() -> subprocess.Popen[bytes]:
    process = start(
        [sys.executable, "-m", "tests.support.prepared"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    atexit.register(_end, process)
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    process.wait()


def main() -> None:
    """Answer requests until there are no more; return in each process that is to run a command."""
    for module in IMPORTED:
        import_module(module)
    gc.freeze()  # what all share is not looked through, and so not copied, in each of them
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        child = os.fork()
        if not child:
            become(request)
            return
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(1, b"%d\n" % code)
    os._exit(0)


def become(request: dict[str, Any]) -> None:
    for number, path, how in (
        (0, os.devnull, os.O_RDONLY),
        (1, request["out"], os.O_WRONLY | os.O_CREAT),
        (2, request["err"], os.O_WRONLY | os.O_CREAT),
    ):
        file = os.open(path, how, 0o600)
        os.dup2(file, number)
        os.close(file)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv = ["evidence", *request["words"]]


if __name__ == "__main__":
    main()
    runpy.run_module("evidence", run_name="__main__", alter_sys=True)
