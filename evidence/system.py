"""What systems differ in, in one place: locks, flushing of folders, flags, signals.

Where there is no `fcntl`, as on Windows, a file that is open can neither be renamed nor deleted: there a lock
is another file's, and files are closed before they get their names.
"""

import errno
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:
    LOCKS_OPEN_FILES = False
else:
    LOCKS_OPEN_FILES = True
"""Whether a file is locked while it is open, and keeps its lock under whatever name it gets."""

NOFOLLOW: int = getattr(os, "O_NOFOLLOW", 0)
NONBLOCK: int = getattr(os, "O_NONBLOCK", 0)
BINARY: int = getattr(os, "O_BINARY", 0)
TOLD_TO_STOP = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
FOLDERS_OPEN = os.name != "nt"
"""Whether a folder can be opened, as it has to be to flush its names. NTFS keeps a journal of them itself."""
HANDS_PIPES_DOWN = os.name != "nt" and hasattr(signal, "pthread_sigmask")
"""Whether a process that is started can be given an open pipe, and be kept from acting on signals."""


def lock_open_file(handle: int) -> None:
    """Lock an open file until it is closed, or the process ends; raises BlockingIOError when it is taken."""
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked_beside(path: Path) -> Iterator[None]:
    """Hold the lock of a name, which ends with the process too; raises BlockingIOError when it is taken."""
    from filelock import FileLock, Timeout

    lock = FileLock(path, blocking=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise BlockingIOError(errno.EWOULDBLOCK, os.strerror(errno.EWOULDBLOCK), str(path)) from error
    try:
        yield
    finally:
        lock.release()


def kill_group(leader: subprocess.Popen[bytes]) -> None:
    """Kill a process that was started with a session of its own, and what it has started itself."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):
            os.killpg(leader.pid, signal.SIGKILL)
    else:
        leader.kill()
