"""Makes folders for temporary files that are gone with the process that made them, however it ends."""

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

_SWEEP = """trap '' HUP INT TERM; read -r _; rm -rf -- "$1\""""
"""Waits until nobody can write to its input any more, and deletes a folder."""
_PRIVATE = ".partial"


@contextlib.contextmanager
def private_folder(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """Yield a folder for this process alone, in which temporary files of libraries go as well.

    It is gone at the end, also of a process that is killed: another one waits for that. Where the power fails
    it stays, so that what may not stay in clear has no name even here.
    """
    before, sweeper = tempfile.tempdir, None
    try:
        with tempfile.TemporaryDirectory(prefix=prefix, suffix=_PRIVATE, dir=parent) as folder:
            sweeper = _sweeper(Path(folder).absolute())
            tempfile.tempdir = folder
            yield Path(folder)
    finally:
        tempfile.tempdir = before
        if sweeper is not None:
            sweeper.communicate()


@contextlib.contextmanager
def scratch_folder(prefix: str) -> Iterator[Path]:
    """Yield a folder for temporary files, gone as that of `private_folder`; inside of one, a folder in it."""
    if tempfile.tempdir is not None and Path(tempfile.tempdir).suffix == _PRIVATE:
        with tempfile.TemporaryDirectory(prefix=prefix) as folder:
            yield Path(folder)
    else:
        with private_folder(prefix) as private:
            yield private


def _sweeper(folder: Path) -> subprocess.Popen[bytes] | None:
    """Start what deletes a folder when this process ends, however it does; None where there is no shell."""
    with contextlib.suppress(OSError):
        return subprocess.Popen(  # noqa: S603  a fixed script; the folder is its argument
            ["/bin/sh", "-c", _SWEEP, "sh", folder], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True, cwd="/",
        )  # fmt: skip
    return None
