"""A bundle is complete under its final name, or is not there."""

import hashlib
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from evidence import storage
from evidence.bundle.format import bag
from evidence.bundle.format.names import staging_name
from evidence.bundle.write.payload import PayloadFolder, hashed
from evidence.bundle.write.writer import BundleWriter
from evidence.errors import StorageError, UsageError
from tests.support.bundles import NOW, make_bundle

NAME = "evidence-123456789012-20261001T060000Z"
REPOSITORY = Path(__file__).parents[2]


def test_modes(root: Path, pristine) -> None:
    files = [path for path in pristine.root.rglob("*") if path.is_file()]
    folders = [path for path in pristine.root.rglob("*") if path.is_dir()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in [*folders, pristine.root]} == {0o700}


def test_staging_is_hidden_and_locked(tmp_path: Path) -> None:
    BundleWriter.create(tmp_path, NAME)
    assert [entry.name for entry in tmp_path.iterdir()] == [staging_name(NAME)]
    with pytest.raises(StorageError, match="another run"):
        BundleWriter.create(tmp_path, NAME)


def test_existing_bundle_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(UsageError, match="exists already"):
        BundleWriter.create(tmp_path, NAME)


def test_name_taken_while_writing(tmp_path: Path) -> None:
    (tmp_path / "staging").mkdir()
    (tmp_path / "final").write_bytes(b"kept")
    with pytest.raises(UsageError, match="exists already"):
        storage.publish_folder(tmp_path / "staging", tmp_path / "final")
    assert (tmp_path / "final").read_bytes() == b"kept"


def test_published_file_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", unsupported)
    storage.publish(tmp_path / "final", b"new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["final"]
    with pytest.raises(UsageError, match="exists already"):
        storage.publish(tmp_path / "final", b"newer")
    assert (tmp_path / "final").read_bytes() == b"new"


def test_failed_file_leaves_nothing(tmp_path: Path) -> None:
    writer = BundleWriter.create(tmp_path, NAME)
    with pytest.raises(RuntimeError), writer.file("a/b.jsonl") as target:
        target.write(b"half")
        raise RuntimeError
    assert not writer.path_of("a/b.jsonl").exists()
    writer.write("a/b.jsonl", b"whole")
    assert writer.sha256("a/b.jsonl") == hashlib.sha256(b"whole").hexdigest()
    writer.discard(["a/b.jsonl"])
    assert not writer.path_of("a/b.jsonl").exists()


@pytest.mark.parametrize(
    "path", ["../x", "/x", "a//b", "a/./b", "con/x", "a\\b", "x\x00", "é", "a/b.", "x" * 161, "a:b"]
)
def test_hostile_paths(tmp_path: Path, path: str) -> None:
    writer = BundleWriter.create(tmp_path, NAME)
    with pytest.raises(StorageError), writer.file(path):
        pass


def test_paths_that_differ_in_case_only(tmp_path: Path) -> None:
    writer = BundleWriter.create(tmp_path, NAME)
    writer.write("a/Role.json", b"1")
    with pytest.raises(StorageError, match="has that name"):
        writer.write("a/role.json", b"2")
    with pytest.raises(StorageError, match="has that name"):
        writer.write("a/Role.json", b"3")
    assert writer.path_of("a/Role.json").read_bytes() == b"1"


LINKS = {
    "file": lambda root, other: (root / "data/a/x.json").symlink_to(other / "a/x.json"),
    "folder": lambda root, other: (root / "data/a").symlink_to(other / "a"),
    "payload": lambda root, other: (root / "data").symlink_to(other),
}


@pytest.mark.parametrize("link", LINKS)
def test_a_file_behind_a_link_is_not_kept_and_what_is_linked_to_is_not_deleted(
    tmp_path: Path, link: str
) -> None:
    """The content is right: but the bag would hold the link alone."""
    other, root = tmp_path / "other", tmp_path / "bag"
    (other / "a").mkdir(parents=True)
    (other / "a/x.json").write_bytes(b"{}")
    (root / "data/a").mkdir(parents=True)
    if link == "payload":
        (root / "data/a").rmdir()
        (root / "data").rmdir()
    elif link == "folder":
        (root / "data/a").rmdir()
    LINKS[link](root, other)
    payload = PayloadFolder(root)
    assert not payload.keep("a/x.json", hashed(other / "a/x.json"))
    payload.delete_others()
    assert not any(path.is_symlink() for path in root.rglob("*"))
    assert (other / "a/x.json").read_bytes() == b"{}"
    payload.write("a/x.json", b"again")


def test_a_folder_that_is_reached_through_a_link_is_kept(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "home")
    writer = BundleWriter.create(tmp_path / "link", NAME)
    writer.write("a/x.json", b"{}")
    assert PayloadFolder(writer.root).keep("a/x.json", writer.finished("a/x.json"))


def test_files_that_others_wrote_are_sealed_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`adopted` tells of what was moved into the bag: manifest and sizes count it like the rest."""
    original = BundleWriter.publish

    def adopt(self, *arguments):
        found = {}
        for path in ("0/first.json", "m/middle.json", "z/last.json"):
            target = self.path_of(path)
            target.parent.mkdir(parents=True)
            target.write_bytes(path.encode())
            found[path] = hashed(target)
        return original(self, *arguments, adopted=lambda: iter(sorted(found.items())))

    monkeypatch.setattr(BundleWriter, "publish", adopt)
    root = make_bundle(tmp_path).root
    manifest = (root / bag.MANIFEST).read_text().splitlines()
    paths = [line.split("  ", 1)[1] for line in manifest]
    assert paths == sorted(paths)
    assert {"data/0/first.json", "data/m/middle.json", "data/z/last.json"} < set(paths)
    octets, files = bag.parse_info((root / bag.BAG_INFO).read_bytes())["Payload-Oxum"].split(".")
    payload = [path for path in (root / "data").rglob("*") if path.is_file()]
    assert (int(octets), int(files)) == (sum(path.stat().st_size for path in payload), len(payload))


def test_abandon(tmp_path: Path) -> None:
    writer = BundleWriter.create(tmp_path, NAME)
    writer.write("x.json", b"{}")
    writer.abandon()
    assert list(tmp_path.iterdir()) == []


def test_discarded_folders_are_not_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = BundleWriter.publish

    def discard_first(self, *arguments):
        self.write("gone/deep/file.json", b"{}")
        self.discard(["gone/deep/file.json"])
        return original(self, *arguments)

    monkeypatch.setattr(BundleWriter, "publish", discard_first)
    assert not (make_bundle(tmp_path).root / "data/gone").exists()


def test_crash_leaves_nothing_with_the_final_name(tmp_path: Path) -> None:
    """Killed with SIGKILL in the middle of a file: only the hidden staging folder is left."""
    script = f"""
        import os, signal
        from pathlib import Path
        from evidence.bundle.write.writer import BundleWriter
        writer = BundleWriter.create(Path({str(tmp_path)!r}), {NAME!r})
        with writer.file("a.jsonl") as target:
            target.write(b"x" * 5_000_000)
            os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], cwd=REPOSITORY, check=False)
    assert done.returncode == -signal.SIGKILL
    assert [entry.name for entry in tmp_path.iterdir()] == [staging_name(NAME)]


@pytest.mark.parametrize("limit", [1_000, 4_000, 9_000])
def test_full_disk(tmp_path: Path, limit: int) -> None:
    """The kernel refuses to let files grow past a limit, in evidence or in what publishing writes."""
    script = f"""
        import resource, signal
        from pathlib import Path
        from evidence.errors import StorageError
        from tests.support.bundles import ACCOUNT_TARGET, make_bundle
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
        try:
            make_bundle(Path({str(tmp_path)!r}), {{"iam.x": {{ACCOUNT_TARGET: [{{"k": "v" * 2_000}}]}}}})
        except StorageError as error:
            print(error.message)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "cannot be written" in done.stdout, done.stderr
    assert not (tmp_path / NAME).exists()


def test_disk_without_room(tmp_path: Path) -> None:
    """/dev/full answers every write with ENOSPC; the writer says so in one sentence."""
    writer = BundleWriter.create(tmp_path, NAME)
    with pytest.raises(StorageError, match="No space left"), writer.file("a.jsonl") as target:
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, target._file.fileno())
        os.close(full)
        target.write(b"x" * 2_000_000)
    assert not writer.path_of("a.jsonl").exists()


def test_bag_info_names_no_host(pristine) -> None:
    info = bag.parse_info((pristine.root / bag.BAG_INFO).read_bytes())
    assert os.uname().nodename not in info.values()
    assert info["Bagging-Date"] == f"{NOW:%Y-%m-%d}"
