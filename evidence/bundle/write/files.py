"""Remembers the payload files of a bundle that is being written: their names, hashes and sizes."""

from collections.abc import Iterator
from pathlib import Path

from evidence.bundle.write.scratch import ScratchTables
from evidence.errors import StorageError

_TABLES = """
    CREATE TABLE files (
        path TEXT PRIMARY KEY, sha256 BLOB, size INTEGER, done INTEGER DEFAULT 0
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX folded ON files (path COLLATE NOCASE);
"""
"""Paths are plain ASCII (`evidence.bundle.format.names`), which is what NOCASE folds. What is not done is
being written, or expected from an earlier part of the run and not found yet."""


class PayloadFiles:
    """On disk: an organization has a hundred thousand of them. Paths are below data/."""

    def __init__(self, table: Path) -> None:
        self._table = ScratchTables(table, _TABLES)

    def claim(self, path: str) -> None:
        """Take a name; raises StorageError when a file has it, or one that differs in case only."""
        if not self._table.change("INSERT OR IGNORE INTO files (path) VALUES (?)", path):
            same = "SELECT path FROM files WHERE path = ? COLLATE NOCASE"
            (other,) = self._table.one(same, path) or (path,)
            raise StorageError(f"The evidence file {path!r} cannot be stored: {other!r} has that name.")

    def finish(self, path: str, sha256: str, size: int) -> None:
        """Note what was written under a name that was claimed."""
        digest = bytes.fromhex(sha256)
        change = "UPDATE files SET sha256 = ?, size = ?, done = 1 WHERE path = ?"
        self._table.change(change, digest, size, path)

    def release(self, path: str) -> None:
        """Give a name back."""
        self._table.change("DELETE FROM files WHERE path = ?", path)

    def expect(self, path: str, sha256: str, size: int) -> None:
        """Note what must stand in a file that an earlier part of the run wrote."""
        values = path, bytes.fromhex(sha256), size
        self._table.change("INSERT OR REPLACE INTO files (path, sha256, size) VALUES (?, ?, ?)", *values)

    def is_as_expected(self, path: str, content: tuple[str, int] | None) -> bool:
        """Say whether a file with this SHA-256 (hex) and size is what was expected; then it is finished."""
        if content is None:
            return False
        values = path, bytes.fromhex(content[0]), content[1]
        change = "UPDATE files SET done = 1 WHERE path = ? AND sha256 = ? AND size = ?"
        return bool(self._table.change(change, *values))

    def expect_no_more(self) -> None:
        """Forget what was expected and not found."""
        self._table.change("DELETE FROM files WHERE NOT done")

    def finished(self, path: str) -> tuple[str, int] | None:
        """Return SHA-256 (hex) and size of a finished file, None when there is none of that name."""
        row = self._table.one("SELECT sha256, size FROM files WHERE path = ? AND done", path)
        return None if row is None else (row[0].hex(), row[1])

    def hashes(self) -> Iterator[tuple[str, str]]:
        """Yield path and SHA-256 (hex) of the finished files, sorted by path."""
        query = "SELECT path, sha256 FROM files WHERE done ORDER BY path"
        for path, digest in self._table.rows(query):
            yield path, digest.hex()

    def total(self) -> tuple[int, int]:
        """Return bytes and number of the finished files."""
        query = "SELECT coalesce(sum(size), 0), count(*) FROM files WHERE done"
        octets, files = self._table.one(query) or (0, 0)
        return octets, files

    def close(self) -> None:
        """Forget them all; they are in the manifest, or gone."""
        self._table.close()
