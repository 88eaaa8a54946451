"""Files appear whole or not at all, and never over another."""

import errno
import os

import pytest

from evidence.errors import StorageError, UsageError
from evidence.storage import fresh_folder, publish


def test_a_published_file_is_private_and_whole(tmp_path) -> None:
    publish(tmp_path / "report.pdf", b"whole")
    assert (tmp_path / "report.pdf").read_bytes() == b"whole"
    assert (tmp_path / "report.pdf").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["report.pdf"]


def test_nothing_is_overwritten(tmp_path) -> None:
    publish(tmp_path / "report.pdf", b"first")
    with pytest.raises(UsageError, match="exists already"):
        publish(tmp_path / "report.pdf", b"second")
    assert (tmp_path / "report.pdf").read_bytes() == b"first"


def test_a_write_that_fails_leaves_nothing(tmp_path, monkeypatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space"):
        publish(tmp_path / "report.pdf", b"whole")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_anything_in_it_is_refused(tmp_path) -> None:
    (tmp_path / "old.pdf").touch()
    with pytest.raises(UsageError, match="not empty"):
        fresh_folder(tmp_path)


def test_the_leftover_of_a_dead_run_does_not_block_the_next(tmp_path) -> None:
    (tmp_path / ".evidence-1.partial").mkdir()
    assert fresh_folder(tmp_path) == tmp_path


def test_a_file_is_no_folder(tmp_path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(UsageError, match="is a file"):
        fresh_folder(tmp_path / "out")
