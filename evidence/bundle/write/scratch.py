"""Keeps tables on disk for what a run has to remember: memory must not grow with that.

SQLite without its promises about crashes. Whoever goes on after one makes the tables again, from what is
certain.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evidence import storage
from evidence.errors import StorageError

_KIBIBYTES = 1024
"""What stays in memory of all tables of one file."""
_BLOCK = 256
"""Rows read at once."""
_SETTINGS = f"""
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA cache_size = -{_KIBIBYTES};
"""

Row = tuple[Any, ...]


class ScratchTables:
    """Tables in one file of their own. Safe for use by many threads; a statement is never undone."""

    def __init__(self, path: Path, tables: str) -> None:
        """Make the file, in the place of one that a dead process may have left.

        Raises StorageError here, and wherever the disk does not take what is written.
        """
        self._path = path
        self._guard = threading.Lock()
        with storage.storage_errors(path):
            path.unlink(missing_ok=True)
            os.close(storage.create_file(path))
        with self._errors():
            self._tables = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._tables.executescript(f"{_SETTINGS} {tables}; BEGIN;")

    def change(self, statement: str, *values: object) -> int:
        """Execute a statement; return how many rows it changed."""
        with self._guard, self._errors():
            return self._tables.execute(statement, values).rowcount

    def one(self, query: str, *values: object) -> Row | None:
        """Return the first row, None when there is none."""
        with self._guard, self._errors():
            row: Row | None = self._tables.execute(query, values).fetchone()
            return row

    def rows(self, query: str, *values: object) -> Iterator[Row]:
        """Yield rows, a block of them in memory at a time."""
        with self._guard, self._errors():
            cursor = self._tables.execute(query, values)
        while True:
            with self._guard, self._errors():
                block = cursor.fetchmany(_BLOCK)
            if not block:
                return
            yield from block

    def close(self) -> None:
        """Delete the tables; doing it twice is fine."""
        self._tables.close()
        self._path.unlink(missing_ok=True)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise StorageError(f"{self._path} cannot be written: {error}.") from error
