"""Runs members' jobs in a process of its own: `python -m evidence.collect.process`, which a run starts."""

import gc
import os
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from evidence.aws.failures import StoppedError
from evidence.aws.limits import Limits
from evidence.aws.sessions import clients_of
from evidence.clock import system_clock
from evidence.collect.errand import perform
from evidence.collect.jobs import JobFolder
from evidence.collect.meter import Meter
from evidence.collect.processes import STOP, EndMessage, JobMessage, ProcessSetup, ToldMessage
from evidence.collectors.base import catalogue
from evidence.errors import EvidenceError, WriteRefusedError
from evidence.foreign import diagnose

_TELL = 0.5
"""Seconds between two words on how far jobs have come."""


class JobProcess:
    """Runs the jobs that the run's process sends, each on a thread of its own."""

    def __init__(self, setup: ProcessSetup, pipe: "Connection[Any, Any]") -> None:
        known = catalogue(setup.custom)
        operations = [operation for item in setup.items for operation in known[item].operations]
        self._clients = clients_of(setup.profile, operations, setup.connections)
        self._pipe = pipe
        self._writing = threading.Lock()
        self._limits = Limits(system_clock(), float("inf"))
        self._meters: dict[int, Meter] = {}

    def serve(self) -> None:
        """Take jobs until there are no more. Raises EOFError when the run's process is gone."""
        threading.Thread(target=self._tell, daemon=True).start()
        while True:
            match self._pipe.recv():
                case JobMessage() as job:
                    threading.Thread(target=self._run, args=(job,), daemon=True).start()
                case message if message == STOP:
                    self._limits.stop.set()
                case _:
                    return

    def _run(self, job: JobMessage) -> None:
        meter = self._meters[job.number] = Meter()
        error: BaseException | None = None
        try:
            folder = JobFolder(job.jobs, job.errand.job.name)
            perform(job.errand, folder, self._clients, self._limits, meter)
        except BaseException as raised:  # noqa: BLE001 - whatever it was: the run's process decides
            error = _portable(raised)
        del self._meters[job.number]
        self._write(ToldMessage({job.number: meter.told()}))
        self._write(EndMessage(job.number, error))

    def _tell(self) -> None:
        told: dict[int, Counter[str]] = {}
        while True:
            time.sleep(_TELL)
            now = {number: meter.told() for number, meter in list(self._meters.items())}
            if news := {number: counts for number, counts in now.items() if told.get(number) != counts}:
                self._write(ToldMessage(news))
            told = now

    def _write(self, message: object) -> None:
        with self._writing, suppress(OSError):  # the run's process is gone: `serve` ends
            self._pipe.send(message)


def _portable(error: BaseException) -> BaseException:
    """Return an error as the run's process can read it: ours as they are, of others what they come to."""
    if isinstance(error, StoppedError | EvidenceError | WriteRefusedError):
        return error.with_traceback(None)
    return RuntimeError(diagnose(error).sentence)


def main() -> None:
    """Serve until the pipe is closed: then nobody wants what is under way, and nothing of it may go on."""
    gc.set_threshold(50_000, 20, 100)  # as `evidence.cli` does, and why
    pipe: Connection[Any, Any] = Connection(int(sys.argv[1]))
    try:
        JobProcess(pipe.recv(), pipe).serve()
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
