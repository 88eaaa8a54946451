"""Files appear whole or not at all, and never over another."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evidence import storage
from evidence.errors import StorageError, UsageError
from evidence.storage import fresh_folder, publish
from tests.support.packs import sealed_bundle


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


@pytest.mark.usefixtures("durable")
def test_a_write_that_fails_leaves_nothing(tmp_path, monkeypatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space"):
        publish(tmp_path / "report.pdf", b"whole")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("durable")
def test_every_file_of_a_bundle_and_every_folder_is_on_disk_before_its_name_appears(
    tmp_path, monkeypatch
) -> None:
    waited: list[int] = []
    named: list[int] = []

    def note(handle: int) -> None:
        published = any(not entry.name.startswith(".") for entry in tmp_path.iterdir())
        (named if published else waited).append(os.fstat(handle).st_ino)

    monkeypatch.setattr(os, "fsync", note)
    root = sealed_bundle(tmp_path).root
    late = [path for path in (root, *root.rglob("*")) if path.stat().st_ino not in waited]
    assert late == []
    assert named == [tmp_path.stat().st_ino]


def test_the_disk_is_waited_for_in_one_place() -> None:
    package = Path(storage.__file__).parent
    asking = [path.name for path in package.rglob("*.py") if "fsync(" in path.read_text(encoding="utf-8")]
    assert asking == ["storage.py"]


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


@pytest.mark.parametrize("error", [FileNotFoundError, OSError(errno.ENOTEMPTY, "not empty")])
def test_a_folder_goes_though_somebody_still_writes_in_it(tmp_path, monkeypatch, error) -> None:
    """A thread that is about to end adds a file, or deletes one, meanwhile."""
    folder, plain, raised = tmp_path / "mine", storage.shutil.rmtree, []

    def busy(path) -> None:
        if len(raised) < 3:
            raised.append(error)
            raise error
        plain(path)

    (folder / "deep").mkdir(parents=True)
    monkeypatch.setattr(storage.shutil, "rmtree", busy)
    storage.remove_tree(folder)
    assert not folder.exists()
    assert len(raised) == 3
    storage.remove_tree(folder)


def test_a_folder_that_may_not_be_deleted_is_told(tmp_path, monkeypatch) -> None:
    def denied(_path) -> None:
        raise PermissionError(errno.EACCES, "denied")

    monkeypatch.setattr(storage.shutil, "rmtree", denied)
    with pytest.raises(PermissionError):
        storage.remove_tree(tmp_path)


def test_two_writers_of_one_file_do_not_mix(tmp_path) -> None:
    with storage.publishing(tmp_path / "report.pdf") as first:
        first.write(b"first, ")
        with pytest.raises(StorageError, match="written by another process"):
            publish(tmp_path / "report.pdf", b"second")
        first.write(b"and whole")
    assert (tmp_path / "report.pdf").read_bytes() == b"first, and whole"
    assert [path.name for path in tmp_path.iterdir()] == ["report.pdf"]


def test_what_a_dead_writer_left_is_taken_away_and_never_cut_short(tmp_path) -> None:
    """It may have died when its file had its final name, and the other one still."""
    publish(tmp_path / "report.pdf", b"whole")
    os.link(tmp_path / "report.pdf", tmp_path / ".report.pdf.partial")
    with pytest.raises(UsageError, match="exists already"):
        publish(tmp_path / "report.pdf", b"anew")
    assert (tmp_path / "report.pdf").read_bytes() == b"whole"
    (tmp_path / ".index.partial").write_bytes(b"half of it")
    with storage.replacing(tmp_path / "index") as file:
        file.write(b"new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index", "report.pdf"]


def test_one_command_at_a_time_writes_into_a_folder(tmp_path) -> None:
    (tmp_path / ".evidence.lock").touch()  # of a process that died
    with storage.own_folder(tmp_path) as folder:
        (folder / "mine").touch()
        with pytest.raises(StorageError, match="Another command is writing"), storage.own_folder(tmp_path):
            pass
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    with pytest.raises(UsageError, match="not empty"), storage.own_folder(tmp_path):
        pass
    with storage.own_folder(tmp_path, fresh=False):
        pass


@pytest.mark.parametrize(
    "opened", ["private_folder('secret-', Path(sys.argv[1]))", "scratch_folder('verify-')"]
)
def test_a_private_folder_goes_with_its_process(opened, tmp_path) -> None:
    """Killed, so that nothing of its own can clean up."""
    code = (
        "import os, signal, sys, tempfile; from pathlib import Path; from evidence import scratch\n"
        f"with scratch.{opened} as folder:\n"
        "    tempfile.NamedTemporaryFile(delete=False).write(b'clear')\n"
        "    print(len(list(folder.iterdir())), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path], env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "1\n")
    deadline = time.monotonic() + 30
    while any(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert list(tmp_path.iterdir()) == []
