"""Lists what really lies in a bundle's folder: names, kinds, sizes and hashes, without following a link."""

import hashlib
import os
import stat
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from evidence import system
from evidence.bundle.format import names
from evidence.findings import Code, Finding

MAX_FILES = 1_000_000
"""An account of two regions has 48 files (docs/scale.md)."""
_BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Inventory:
    """The regular files of a folder, and what there is besides them."""

    root: Path
    sizes: dict[str, int] = field(default_factory=dict)
    """Bytes by relative path, of regular files with portable names."""
    findings: list[Finding] = field(default_factory=list)

    def add(self, code: Code, subject: str, sentence: str) -> None:
        """Note a finding."""
        self.findings.append(Finding(code, subject, sentence))


@dataclass(frozen=True, slots=True)
class FileDigest:
    """One file as read."""

    sha256: str
    size: int
    lines: int
    """Newlines."""
    ends: bool
    """Empty, or ends in a newline."""


def take_inventory(root: Path) -> Inventory:
    """List a folder; links, special files, empty folders and names that are not portable are findings."""
    inventory = Inventory(root)
    seen: dict[str, str] = {}
    for folder, folders, files in os.walk(root):
        here = Path(folder).relative_to(root).as_posix()
        prefix = "" if here == "." else f"{here}/"
        if not folders and not files:
            inventory.add(Code.EMPTY_FOLDER, here, "is an empty folder, which no manifest can vouch for")
        folders.sort()
        for name in sorted(folders):
            _folder(inventory, prefix + name)
        for name in sorted(files):
            _file(inventory, prefix + name, seen)
        if len(inventory.sizes) > MAX_FILES:
            inventory.add(Code.EXTRA, here, f"holds more than {MAX_FILES} files")
            break
    return inventory


def _folder(inventory: Inventory, path: str) -> None:
    if (inventory.root / path).is_symlink():
        inventory.add(Code.LINKED, path, "is a link, not a folder")


def _file(inventory: Inventory, path: str, seen: dict[str, str]) -> None:
    status = (inventory.root / path).lstat()
    problem = names.problem_of(path)
    other = seen.setdefault(names.fold_case(path), path)
    if stat.S_ISLNK(status.st_mode):
        inventory.add(Code.LINKED, path, "is a link, not a file")
    elif not stat.S_ISREG(status.st_mode):
        inventory.add(Code.SPECIAL_FILE, path, "is not a regular file")
    elif status.st_nlink > 1:
        inventory.add(Code.LINKED, path, "has a second name somewhere (hard link)")
    elif problem:
        inventory.add(Code.HOSTILE_PATH, path, problem)
    elif other != path:
        inventory.add(Code.DUPLICATE, path, f"differs from {other} in case only")
    else:
        inventory.sizes[path] = status.st_size


def hash_files(root: Path, paths: Iterable[str]) -> dict[str, FileDigest | OSError]:
    """Hash files by several threads; a file that cannot be read gives its error."""
    wanted = list(paths)
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        return dict(zip(wanted, pool.map(lambda path: _hash(root / path), wanted), strict=True))


def _hash(path: Path) -> FileDigest | OSError:
    digest = hashlib.sha256()
    size = lines = 0
    last = b"\n"
    try:
        descriptor = os.open(path, os.O_RDONLY | system.NOFOLLOW)
        with os.fdopen(descriptor, "rb", buffering=0) as source:
            while block := source.read(_BLOCK):
                digest.update(block)
                size += len(block)
                lines += block.count(b"\n")
                last = block[-1:]
    except OSError as error:
        return error
    return FileDigest(digest.hexdigest(), size, lines, last == b"\n")
