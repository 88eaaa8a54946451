"""The command line has one module for each command, which parses, calls one function and prints."""

import gc
import logging
import signal
import sys
from types import FrameType

from evidence.cli import output
from evidence.cli.app import build
from evidence.errors import EvidenceError, ExitCode, WriteRefusedError

_COLLECT_GARBAGE = (50_000, 20, 100)
"""Python's own 700 objects have it look for cycles a thousand times while service models and evidence are
read, which hold none: a fifth of a collection's processor time."""


def main() -> None:
    """Run the command `evidence`; the only place that turns errors into exit codes."""
    for name in ("SIGTERM", "SIGHUP"):  # Windows has no hang-up
        told_to_stop = getattr(signal, name, signal.SIGTERM)
        if signal.getsignal(told_to_stop) is not signal.SIG_IGN:  # as under nohup
            signal.signal(told_to_stop, _interrupt)
    gc.set_threshold(*_COLLECT_GARBAGE)
    # What libraries log of hostile input, tracebacks among it, is no word of ours to the reader.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        build()(prog_name="evidence")
    except (EvidenceError, WriteRefusedError) as error:
        output.failure(error.message, error.advice)
        sys.exit(error.exit_code)
    except OSError as error:
        stored = output.storage_error(error)
        output.failure(stored.message, stored.advice)
        sys.exit(stored.exit_code)
    except SystemExit as ending:
        if ending.code == ExitCode.INTERRUPTED:
            output.failure(
                "Interrupted.",
                "Nothing incomplete was published; run it again, `collect` and `run` with --resume to go on.",
            )
        raise


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
