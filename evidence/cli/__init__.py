"""The command line has one module for each command, which parses, calls one function and prints."""

import gc
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

import evidence
from evidence.cli import output
from evidence.errors import ExitCode, WriteRefusedError
from evidence.system import TOLD_TO_STOP

_COLLECT_GARBAGE = (50_000, 20, 100)
"""Python's own 700 objects have it look for cycles a thousand times while service models and evidence are
read, which hold none: a fifth of a collection's processor time."""


def main() -> None:
    """Run the command `evidence`; the only place that turns errors into exit codes."""
    for told_to_stop in TOLD_TO_STOP:
        if told_to_stop != signal.SIGINT and signal.getsignal(told_to_stop) is not signal.SIG_IGN:  # nohup
            signal.signal(told_to_stop, _interrupt)
    gc.set_threshold(*_COLLECT_GARBAGE)
    # What libraries log of hostile input, tracebacks among it, is no word of ours to the reader.
    logging.getLogger().addHandler(logging.NullHandler())
    output.open_streams()
    if not os.environ.get(output.DEBUG):
        # What fails while it is thrown away, such as a library's half-written file on a full disk, was told.
        sys.unraisablehook = lambda _: None
    threading.excepthook = _thread_failed
    sys.exit(output.close_streams(_run()))


def _run() -> int:
    tell_of_other_package(Path(evidence.__file__).parents[1])
    try:
        from evidence.cli.app import build  # fails where another package has replaced files of this one

        build()(prog_name="evidence")
    except KeyboardInterrupt:
        return _interrupted()
    except SystemExit as ending:
        if ending.code == ExitCode.INTERRUPTED:
            return _interrupted()
        return ending.code if isinstance(ending.code, int) else ExitCode.DONE
    except (Exception, WriteRefusedError) as error:  # noqa: BLE001 - the one place that tells it
        return output.complain(error)
    return ExitCode.DONE


def tell_of_other_package(place: Path) -> None:
    """Say so where PyPI's `evidence`, whose files have the names of ours, is installed in the same place.

    Looks at the names in one folder alone: asking importlib.metadata who owns what takes longer than --help.
    """
    for other in place.glob("evidence-*.dist-info"):
        version = other.name.removeprefix("evidence-").removesuffix(".dist-info")
        output.failure(
            f"Another package, `evidence` {version}, is in {place} too, with files of the same names: "
            "what runs now may be neither.",
            "Install this one apart from others, with `uv tool install aws-evidence` or `pipx install "
            "aws-evidence`.",
        )


def _thread_failed(ended: threading.ExceptHookArgs) -> None:
    if isinstance(ended.exc_value, Exception | WriteRefusedError):
        output.complain(ended.exc_value)


def _interrupted() -> int:
    output.failure(
        "Interrupted.",
        "Nothing incomplete was published; run it again, `collect` and `run` with --resume to go on.",
    )
    return ExitCode.INTERRUPTED


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
