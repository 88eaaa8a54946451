"""Adding to an archive: only what follows the head, whole or not at all."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.archive.archive import list_entries, open_archive
from evidence.archive.index import INDEX
from evidence.archive.verify import verify_chain
from evidence.bundle.format.chain import ChainPosition, follow_digest
from evidence.bundle.format.models import Redaction
from evidence.bundle.verify.verdicts import OverallVerdict
from evidence.clock import frozen_clock
from evidence.errors import StorageError, UsageError, VerificationError
from evidence.signatures.trust import Trust
from tests.archive.archive_support import LATER, SCOPE, START, quarter
from tests.support.identity import signer, stranger

CLOCK = frozen_clock(LATER)
REDACTION = Redaction(
    origin="ab" * 32, classes=("people",), policy="cd" * 32, key="0123456789abcdef", tool="evidence 0"
)


def add(folder: Path, pack: Path, by=None):
    with open_archive(folder) as archive:
        return archive.add(pack, by or signer(), CLOCK)


def test_next_place(archive: Path, digests: list[str]) -> None:
    with open_archive(archive) as opened:
        assert opened.claim(SCOPE) == ChainPosition(4, digests[2])
        assert opened.claim("aws:999999999999") == ChainPosition(1)


def test_two_scopes_in_one_archive(archive: Path, tmp_path: Path) -> None:
    pack, digest = quarter(
        tmp_path / "cn", 1, partition="aws-cn", scope="aws-cn:123456789012", now=START + timedelta(hours=6)
    )
    entry = add(archive, pack)
    assert (entry.number, entry.sequence, entry.previous, entry.digest) == (4, 1, None, digest)


def test_place_named_by_hand(archive: Path, tmp_path: Path, digests: list[str]) -> None:
    """A bundle made with --previous has no number of its own; the archive gives it one."""
    late = START + timedelta(hours=5)
    pack, _ = quarter(tmp_path / "hand", 4, now=late, sequence=None, previous=digests[2])
    assert add(archive, pack).sequence == 4


def test_a_redacted_copy_is_no_link_of_the_chain(archive: Path, tmp_path: Path, digests: list[str]) -> None:
    pack, _ = quarter(
        tmp_path / "copy", 4, now=START + timedelta(hours=5), previous=digests[2], redacted_from=REDACTION
    )
    with pytest.raises(UsageError, match="redacted copy"):
        add(archive, pack)
    beside = tmp_path / "beside"
    shutil.copytree(archive, beside)
    shutil.copy(pack, beside / "copy.zip")
    report = verify_chain(beside, now=LATER, trusted=Trust((signer().certificate,)))
    assert report.word is OverallVerdict.UNCHANGED
    assert any("copy.zip is a redacted copy" in note for note in report.notes)


@pytest.mark.parametrize(
    ("run", "says"),
    [
        ({"previous": None, "sequence": None}, "follows no bundle"),
        ({"previous": "ab" * 32, "sequence": None}, "follows abab"),
        ({"sequence": 9}, "number 4 is next"),
    ],
    ids=["first again", "another bundle", "another number"],
)
def test_does_not_follow_the_head(archive, tmp_path: Path, digests: list[str], run: dict, says: str) -> None:
    before = sorted(archive.iterdir())
    options = {"previous": digests[2], "now": START + timedelta(hours=5)} | run
    pack, _ = quarter(tmp_path / "new", 4, **options)
    with pytest.raises(VerificationError, match=says) as caught:
        add(archive, pack)
    assert "--archive" in caught.value.advice
    assert [one for one in sorted(archive.iterdir()) if not one.name.startswith(".")] == [
        one for one in before if not one.name.startswith(".")
    ]


def test_twice(archive: Path) -> None:
    with pytest.raises(UsageError, match="already"):
        add(archive, next(archive.glob("*.zip")))


def test_pack_of_another_signer(archive: Path, tmp_path: Path, digests: list[str]) -> None:
    options = {"previous": digests[2], "now": START + timedelta(hours=5)}
    pack, _ = quarter(tmp_path / "new", 4, by=stranger(), **options)
    with pytest.raises(VerificationError, match="another identity"):
        add(archive, pack)


def test_pack_that_does_not_verify(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.zip").write_bytes(next(archive.glob("*.zip")).read_bytes() + b"x")
    with pytest.raises(VerificationError, match="does not verify"):
        add(archive, tmp_path / "bad.zip")


def test_nothing_is_added_behind_a_broken_index(archive: Path) -> None:
    index = archive / INDEX
    index.write_bytes(index.read_bytes().replace(b'"number":2', b'"number":3'))
    with (
        open_archive(archive) as opened,
        pytest.raises(VerificationError, match="not in order") as caught,
    ):
        opened.claim(SCOPE)
    assert "archive verify" in caught.value.advice


def test_a_run_that_died_after_copying(archive: Path, tmp_path: Path, digests: list[str]) -> None:
    """The pack is there, the index does not list it: adding it again completes that."""
    options = {"previous": digests[2], "now": START + timedelta(hours=5)}
    pack, _ = quarter(tmp_path / "new", 4, **options)
    with open_archive(archive) as opened:
        name = opened.add(pack, signer(), CLOCK).file
    index = archive / INDEX
    index.write_bytes(b"".join(index.read_bytes().splitlines(keepends=True)[:3]))
    assert add(archive, pack).file == name
    (archive / name).write_bytes(b"something else")
    index.write_bytes(b"".join(index.read_bytes().splitlines(keepends=True)[:3]))
    with pytest.raises(UsageError, match="exists already"):
        add(archive, pack)


def test_two_runs_of_one_scope(archive: Path) -> None:
    with open_archive(archive) as first, open_archive(archive) as second:
        first.claim(SCOPE)
        with pytest.raises(StorageError, match="Another run"):
            second.claim(SCOPE)
        second.claim("aws:999999999999")
    with open_archive(archive) as third:
        third.claim(SCOPE)


def test_no_archive(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no archive"):
        list_entries(tmp_path)


@pytest.mark.parametrize("previous", ["x", "AB" * 32, "ab" * 31])
def test_a_digest_that_is_none(previous: str) -> None:
    with pytest.raises(UsageError, match="no bundle digest"):
        follow_digest(previous)
