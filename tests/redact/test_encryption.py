"""Encryption for sharing, against the age program of somebody else."""

import io
import subprocess
from pathlib import Path

import pytest

from evidence.errors import UsageError
from evidence.pack.encryption import Lock, decrypted_path, lock_to, lock_with, new_passphrase

SECRET = b"not the evidence anybody may read\n" * 100


@pytest.fixture(scope="session")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("age") / "identity.txt"
    subprocess.run(["age-keygen", "-o", file], check=True, capture_output=True)
    return file


def public_key(identity: Path) -> str:
    return subprocess.run(["age-keygen", "-y", identity], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def ssh_key(tmp_path: Path) -> Path:
    file = tmp_path / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file], check=True)
    return file


def encrypted(lock: Lock, folder: Path) -> Path:
    lock.encrypt_stream(io.BytesIO(SECRET), folder / "pack.zip.age")
    return folder / "pack.zip.age"


def by_age(file: Path, identity: Path) -> bytes:
    return subprocess.run(["age", "-d", "-i", identity, file], check=True, capture_output=True).stdout


def test_the_age_program_opens_what_is_encrypted_to_its_key(identity: Path, tmp_path: Path) -> None:
    file = encrypted(lock_to([public_key(identity)]), tmp_path)
    assert by_age(file, identity) == SECRET
    assert SECRET[:10] not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600


def test_every_recipient_opens_it_and_ssh_keys_are_recipients(
    identity: Path, ssh_key: Path, tmp_path: Path
) -> None:
    listed = tmp_path / "recipients.txt"
    listed.write_text(f"# the auditors\n{public_key(identity)}\n{ssh_key.with_suffix('.pub').read_text()}")
    file = encrypted(lock_to([str(listed)]), tmp_path)
    assert by_age(file, identity) == by_age(file, ssh_key) == SECRET
    with decrypted_path(file, ssh_key, None) as copy:
        assert copy.read_bytes() == SECRET


@pytest.mark.parametrize("armour", [[], ["--armor"]])
def test_we_open_what_the_age_program_encrypts_and_leave_nothing(
    identity: Path, tmp_path: Path, armour: list[str]
) -> None:
    file = tmp_path / "pack.zip.age"
    to = ["age", *armour, "-r", public_key(identity).strip(), "-o", file]
    subprocess.run(to, input=SECRET, check=True)
    with decrypted_path(file, identity, None) as copy:
        assert (copy.read_bytes(), copy.name) == (SECRET, "pack.zip")
        assert copy.stat().st_mode & 0o077 == 0
    assert not copy.exists()


def test_a_pass_phrase_opens_and_another_does_not(tmp_path: Path) -> None:
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text("correct horse battery\n")
    wrong.write_text("correct horse bakery\n")
    file = encrypted(lock_with(new_passphrase(right, lambda _what: None)), tmp_path)
    assert file.read_bytes().startswith(b"age-encryption.org/v1\n-> scrypt ")
    with decrypted_path(file, None, right) as copy:
        assert copy.read_bytes() == SECRET
    with pytest.raises(UsageError, match="does not fit"), decrypted_path(file, None, wrong):
        pass


def test_an_encrypted_file_alone_says_what_is_missing(identity: Path, tmp_path: Path) -> None:
    file = encrypted(lock_to([public_key(identity)]), tmp_path)
    with pytest.raises(UsageError, match="is encrypted") as refused, decrypted_path(file, None, None):
        pass
    assert "--identity" in refused.value.advice
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(UsageError, match="damaged"), decrypted_path(file, identity, None):
        pass


def test_what_is_no_public_key_is_refused_and_not_repeated(identity: Path) -> None:
    secret = identity.read_text().splitlines()[-1]
    for wrong in (secret, "age1qqqq", "ssh-ed25519 AAAA"):
        with pytest.raises(UsageError) as refused:
            lock_to([wrong])
        assert wrong not in refused.value.message + refused.value.advice
    with pytest.raises(UsageError, match="shorter"):
        lock_with(b"short")


def test_nothing_is_overwritten(identity: Path, tmp_path: Path) -> None:
    file = encrypted(lock_to([public_key(identity)]), tmp_path)
    before = file.read_bytes()
    with pytest.raises(UsageError, match="exists already"):
        encrypted(lock_to([public_key(identity)]), tmp_path)
    assert file.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["pack.zip.age"]
