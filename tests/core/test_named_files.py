"""Whatever file a person names: a pipe is not waited for, a device not read, a large one not loaded."""

import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from evidence.bundle.write.attachments import attach
from evidence.clock import system_clock
from evidence.corroborate.files import find, read
from evidence.errors import ConfigError, EvidenceError, SigningError, StorageError
from evidence.pack.any import verify_any
from evidence.pack.encryption import decrypted_path, given_passphrase
from evidence.pack.verify import verify_pack
from evidence.redact import key as redaction_key
from evidence.redact.policy import read_policy
from evidence.settings.file import load
from evidence.signatures.trust import load_certificates
from evidence.signing import files as signing_files
from evidence.signing.passphrase import passphrase
from evidence.statements.files import STATEMENT_KINDS, StatementKind, read_file
from evidence.storage import IrregularFileError, open_regular, read_named
from tests.support.bundles import make_bundle

NOW = system_clock().now()


@pytest.fixture(autouse=True)
def _no_wait() -> Iterator[None]:
    """End a test that waits for a pipe."""

    def ring(*_: object) -> None:
        raise AssertionError("it was waited for")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def linked_pipe(folder: Path) -> Path:
    (folder / "link").symlink_to(pipe(folder))
    return folder / "link"


def plug(folder: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(folder / "plug"))
    return folder / "plug"


SPECIAL: dict[str, Callable[[Path], Path]] = {
    "pipe": pipe,
    "link to a pipe": linked_pipe,
    "socket": plug,
    "endless": lambda _: Path("/dev/zero"),
    "folder": lambda folder: folder,
    "absent": lambda folder: folder / "absent",
    "no path": lambda _: Path("a\0b"),
}


def attached(path: Path) -> object:
    waiting = Path(os.environ["PYTEST_ATTACHMENTS"])
    return attach(path, waiting, item="x.y", by="a", note="b", known={"x.y"}, now=NOW)


def decrypted(path: Path) -> object:
    with decrypted_path(path, None, None) as plain:
        return verify_any(plain, now=NOW)


READERS: dict[str, Callable[[Path], object]] = {
    "settings": load,
    **{kind.name: partial(read_file, kind) for kind in STATEMENT_KINDS},
    "redaction policy": read_policy,
    "trusted certificate": lambda path: load_certificates(path, "--trust"),
    "attachment": attached,
}
SECRETS: dict[str, Callable[[Path], object]] = {
    "redaction key": redaction_key.load,
    "signing key": signing_files.read,
    "certificates": signing_files.load_certificates,
    "pass phrase": lambda path: passphrase("the key", path, lambda _: None),
    "pass phrase of a pack": given_passphrase,
}


@pytest.fixture(autouse=True)
def _waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ATTACHMENTS", str(tmp_path / "attachments"))


@pytest.mark.parametrize(
    ("reader", "special"),
    [
        (reader, special)
        for reader in (*READERS, *SECRETS)
        for special in SPECIAL
        if not (reader in SECRETS and "pipe" in special)  # as below
    ],
)
def test_only_a_regular_file_is_read(reader: str, special: str, tmp_path: Path) -> None:
    path = SPECIAL[special](tmp_path)
    with pytest.raises(EvidenceError) as caught:
        (READERS | SECRETS)[reader](path)
    assert caught.value.advice
    assert caught.value.message.count(".") - str(path).count(".") == 1


@pytest.mark.parametrize("kind", STATEMENT_KINDS, ids=lambda kind: kind.name)
def test_a_statement_file_has_a_name_that_results_can_hold(kind: StatementKind, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_file(kind, tmp_path / os.fsdecode(b"req\xff.toml"))


@pytest.mark.parametrize("special", [name for name in SPECIAL if name not in ("folder", "no path")])
def test_what_is_verified_is_a_regular_file_or_a_folder(special: str, tmp_path: Path) -> None:
    path = SPECIAL[special](tmp_path)
    with pytest.raises(EvidenceError, match="cannot be read"):
        decrypted(path)
    with pytest.raises(OSError):
        verify_pack(path, now=NOW)


@pytest.mark.parametrize("name", ["a.txt", "index.json"])
@pytest.mark.parametrize("special", ["pipe", "link to a pipe", "socket", "endless"])
def test_what_was_attached_is_a_regular_file_when_it_is_sealed(
    special: str, name: str, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_bytes(b"1")
    attached(tmp_path / "a.txt")
    waiting = tmp_path / "attachments"
    (waiting / name).unlink()
    (waiting / name).symlink_to(SPECIAL[special](tmp_path))
    with pytest.raises(StorageError, match="not a file"):
        make_bundle(tmp_path, attachments=waiting)


@pytest.mark.parametrize("special", ["pipe", "link to a pipe", "socket", "endless"])
@pytest.mark.parametrize("suffix", [".json", ".json.gz", ".csv"])
def test_events_are_read_of_regular_files(special: str, suffix: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / f"events{suffix}").symlink_to(SPECIAL[special](tmp_path))
    for name, path in find([tmp_path / "in"]):
        told = read(name, path, pytest.fail)
        assert told.problem == "it cannot be read: it is a pipe, a device or a socket, not a file"


def test_a_secret_may_come_through_a_pipe() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"correct horse\n")
    os.close(writing)
    assert passphrase("the key", Path(f"/dev/fd/{reading}"), lambda _: None) == b"correct horse"
    os.close(reading)


def test_a_file_that_grows_is_read_up_to_its_limit(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(json.dumps("x" * 100).encode())
    with pytest.raises(SigningError, match="larger than 10 bytes"):
        read_named(tmp_path / "large", 10, error=SigningError)


def test_what_becomes_a_pipe_in_between_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there, regular = pipe(tmp_path), tmp_path / "regular"
    regular.write_bytes(b"")
    status = regular.stat()
    monkeypatch.setattr(Path, "stat", lambda _: status)
    with pytest.raises(IrregularFileError):
        open_regular(there)
