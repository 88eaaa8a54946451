"""Writes files that survive a crash: exclusive creation, fsync, a name that appears only when complete."""

import contextlib
import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, BinaryIO

from evidence import system
from evidence.errors import EvidenceError, StorageError, UsageError
from evidence.foreign import ForeignKind, diagnose, reason_of

FILE_MODE = 0o600
FOLDER_MODE = 0o700

_REMOVALS = 20
"""How often removing a folder is tried in which others still write."""
_BLOCK = 1024 * 1024
_LOCK = ".evidence.lock"
_BUSY, _WAIT = "{} is being written by another process.", "Wait until it has ended, then run again."
_NOT_EMPTY = (
    "Nothing is ever overwritten: choose another folder with --output. A run that stopped there goes on with "
    "`evidence run --resume`."
)
_NO_HARD_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS}


@contextlib.contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn a failed file operation, a library's too, into a StorageError that names place and reason."""
    try:
        yield
    except EvidenceError:
        raise
    except Exception as error:
        if not isinstance(error, OSError) and diagnose(error).kind is not ForeignKind.STORAGE:
            raise
        raise refusal(error, path) from error


def refusal(error: Exception, path: Path | None = None) -> StorageError:
    """Return the StorageError of a file operation that failed on the file that it names, or else `path`."""
    found = diagnose(error)
    where = getattr(error, "filename", None) or path or "A file"
    refused = StorageError(f"{where} cannot be written: {found.clause}.", found.advice)
    refused.errno = found.errno
    return refused


def create_file(path: Path) -> int:
    """Open a new file for writing, 0600; raises FileExistsError rather than touch one that is there."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | system.NOFOLLOW, FILE_MODE)


class IrregularFileError(OSError):
    """In the place of a file: a pipe, which would be waited for, or a device, which may never end."""


def open_regular(path: Path, *, pipes: bool = False) -> BinaryIO:
    """Open a file for reading, whatever links lead to it, and never wait for one.

    `pipes`: take one too, where a program hands over a secret that shall not be on disk. Raises OSError,
    IrregularFileError among it.
    """
    try:
        _check_regular(path.stat().st_mode, path, pipes=pipes)
    except ValueError as error:  # a NUL
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from error
    wait = 0 if pipes else system.NONBLOCK  # something else may have that name by now
    file = os.fdopen(os.open(path, os.O_RDONLY | wait | system.BINARY), "rb")
    try:
        _check_regular(os.fstat(file.fileno()).st_mode, path, pipes=pipes)
    except BaseException:  # an interrupt too: nobody else would close it
        file.close()
        raise
    return file


def _check_regular(mode: int, path: Path, *, pipes: bool) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not (stat.S_ISREG(mode) or (pipes and stat.S_ISFIFO(mode))):
        raise IrregularFileError(f"{path} is no regular file")


def read_named(
    path: Path,
    limit: int,
    *,
    called: str = "",
    error: type[EvidenceError] = UsageError,
    advice: str = "",
    pipes: bool = False,
) -> bytes:
    """Return the bytes of a file that a person named, at most `limit`.

    Raises `error` with the advice, about the file as it is `called`, for one that is larger, is not there,
    cannot be read, or is no regular file; `pipes` as in `open_regular`.
    """
    what = f"{called} {path}".strip()
    try:
        with open_regular(path, pipes=pipes) as source:
            content = source.read(limit + 1)
    except OSError as problem:
        raise error(f"{what} cannot be read: {reason_of(problem)}.", advice) from problem
    if len(content) > limit:
        raise error(f"{what} is larger than {limit} bytes.", advice)
    return content


def blocks_of(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes in blocks."""
    with open_regular(path) as source:
        while block := source.read(_BLOCK):
            yield block


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, 64 hex digits."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def read_up_to(path: Path, limit: int) -> bytes:
    """Return a file's bytes, of one that is larger than `limit` one byte more than that."""
    with open_regular(path) as source:
        return source.read(limit + 1)


def make_folders(root: Path, folder: Path) -> None:
    """Create `folder` and its parents up to `root`, 0700."""
    if folder != root:
        make_folders(root, folder.parent)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(FOLDER_MODE)


def append(file: BinaryIO, data: bytes) -> None:
    """Append to a file without a buffer, all of it; raises OSError when the disk takes a part alone."""
    if file.write(data) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def wait_for_disk(handle: int) -> None:
    """Return when the disk has what was written. Only here, so that tests of other things can go without."""
    os.fsync(handle)


def sync_file(file: IO[bytes]) -> None:
    """Flush a file that is being written to disk."""
    file.flush()
    wait_for_disk(file.fileno())


def sync_folder(folder: Path) -> None:
    """Flush a folder's list of names to disk, where systems leave that to us."""
    if system.FOLDERS_OPEN:
        handle = os.open(folder, os.O_RDONLY)
        try:
            wait_for_disk(handle)
        finally:
            os.close(handle)


def publish_folder(staging: Path, final: Path) -> None:
    """Give a complete folder its final name; raises UsageError when something has that name.

    rename(2) never replaces a file or a folder with content by a folder, so a race with another run can at
    worst replace an empty folder, on every system and without a special call.
    """
    with storage_errors(final):
        if os.path.lexists(final):
            raise UsageError(f"{final} exists already.", "Choose another folder with --output.")
        staging.rename(final)
        sync_folder(final.parent)


def publish(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write a new file from bytes, which may come in pieces, as they are made; raises as `publishing`."""
    with publishing(path) as file:
        file.writelines((data,) if isinstance(data, bytes) else data)


@contextlib.contextmanager
def publishing(path: Path) -> Iterator[BinaryIO]:
    """Yield a file to write; its name appears only with all its bytes, on disk, and never over another file.

    Raises UsageError when the name is taken, StorageError when the disk does not take the file or another
    process is writing it; nothing is left then.
    """
    staging = path.with_name(f".{path.name}.partial")
    with storage_errors(path), _staged(staging) as file:
        yield file
        sync_file(file)
        file.close()
        _give_name(staging, path)


@contextlib.contextmanager
def replacing(path: Path, *, staging: Path | None = None) -> Iterator[BinaryIO]:
    """Yield a file to write; when it is whole and on disk, it takes the place of one that may be there.

    `staging` is where it stands until then, on the same disk. Raises StorageError when the disk does not take
    it or another process is writing it; what was there is then still there.
    """
    staging = staging or path.with_name(f".{path.name}.partial")
    with storage_errors(path), _staged(staging) as file:
        yield file
        sync_file(file)
        file.close()
        staging.replace(path)
        sync_folder(path.parent)


def _give_name(staging: Path, final: Path) -> None:
    """Give a complete file its final name; raises UsageError when something has that name.

    link(2) fails when the name is taken, where rename(2) would replace. File systems without hard links get
    the check before the rename.
    """
    taken = UsageError(f"{final} exists already.", "Choose another name with --output.")
    try:
        os.link(staging, final)
    except FileExistsError as error:
        raise taken from error
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        if os.path.lexists(final):
            raise taken from error
        staging.rename(final)
    else:
        staging.unlink()
    sync_folder(final.parent)


def _staged(path: Path) -> contextlib.AbstractContextManager[BinaryIO]:
    """Hold a new, empty file that no other process takes meanwhile; it is gone unless it got another name."""
    return _staged_locked(path) if system.LOCKS_OPEN_FILES else _staged_beside(path)


@contextlib.contextmanager
def _staged_beside(path: Path) -> Iterator[BinaryIO]:
    with locked(path.with_name(f"{path.name}.lock"), _BUSY.format(path)):
        path.unlink(missing_ok=True)  # of a process that died
        try:
            with os.fdopen(create_file(path), "wb") as file:
                yield file
        finally:
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def _staged_locked(path: Path) -> Iterator[BinaryIO]:
    handle, made = _lock(path)
    while not made:
        path.unlink()  # of a process that died; never cut short, as it may have its final name as well
        os.close(handle)
        handle, made = _lock(path)
    try:
        with os.fdopen(os.dup(handle), "wb") as file:
            yield file
    finally:
        _let_go(path, handle)


def _lock(path: Path) -> tuple[int, bool]:
    """Open and lock a file, made when absent; say whether it was. Raises StorageError when another has it."""
    while True:
        handle, made = _opened(path)
        try:
            system.lock_open_file(handle)
        except BlockingIOError as error:
            os.close(handle)
            raise StorageError(_BUSY.format(path), _WAIT) from error
        if _is_at(path, handle):
            return handle, made
        os.close(handle)  # whoever had it has deleted it meanwhile


def _opened(path: Path) -> tuple[int, bool]:
    while True:
        with contextlib.suppress(FileExistsError):
            return create_file(path), True
        with contextlib.suppress(FileNotFoundError):
            return os.open(path, os.O_RDWR | system.NOFOLLOW), False


def _is_at(path: Path, handle: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(handle), path.lstat())
    return False


def _let_go(path: Path, handle: int) -> None:
    """Delete a file that this process has locked, unless that is its name no more, and unlock it."""
    if _is_at(path, handle):
        path.unlink()
    os.close(handle)


@contextlib.contextmanager
def locked(path: Path, busy: str) -> Iterator[None]:
    """Hold a lock that ends with the process, however that ends; raises StorageError when it is taken."""
    with contextlib.ExitStack() as held:
        with storage_errors(path):
            try:
                if system.LOCKS_OPEN_FILES:
                    held.callback(_let_go, path, _lock(path)[0])
                else:
                    held.enter_context(system.locked_beside(path))
            except (StorageError, BlockingIOError) as error:
                raise StorageError(busy, _WAIT) from error
        yield


@contextlib.contextmanager
def own_folder(folder: Path, *, fresh: bool = True) -> Iterator[Path]:
    """Make a folder and keep it for this command: no other one writes into it meanwhile.

    Raises StorageError when another one does, UsageError when it is a file, or is to be `fresh` and holds
    anything but leftovers.
    """
    _make_output(folder)
    with locked(folder / _LOCK, f"Another command is writing into {folder}."):
        yield fresh_folder(folder) if fresh else folder


def fresh_folder(folder: Path, *, advice: str = _NOT_EMPTY) -> Path:
    """Return the folder, made when absent. Raises UsageError when it holds anything but leftovers."""
    _make_output(folder)
    if any(not entry.name.startswith(".") for entry in folder.iterdir()):
        raise UsageError(f"The output folder {folder} exists and is not empty.", advice)
    return folder


def _make_output(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file, not a folder.", "Choose another folder with --output.")
    with storage_errors(folder):
        folder.mkdir(FOLDER_MODE, parents=True, exist_ok=True)


def remove_tree(folder: Path) -> None:
    """Remove a folder of ours with everything in it; not being there is fine.

    A thread that is about to end may add or delete a file meanwhile: then it is done again.
    """
    for _ in range(_REMOVALS):
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            if not folder.exists():
                return
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
        else:
            return
    shutil.rmtree(folder)
