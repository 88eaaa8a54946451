"""An index that was lost is written again from the packs, and says so; one over missing packs is not."""

import json
from pathlib import Path

import pytest

from evidence.archive.archive import list_entries, open_archive
from evidence.archive.folder import FolderStore
from evidence.archive.index import INDEX
from evidence.archive.rebuild import rebuild_index
from evidence.archive.verify import verify_chain
from evidence.bundle.format.chain import ChainPosition
from evidence.bundle.verify.verdicts import OverallVerdict
from evidence.clock import frozen_clock
from evidence.errors import UsageError, VerificationError
from evidence.signatures.trust import Trust
from tests.archive.archive_support import LATER, SCOPE
from tests.support.identity import signer

CLOCK = frozen_clock(LATER)
PIN = Trust((signer().certificate,))


def rebuild(folder: Path):
    return rebuild_index(FolderStore(folder), signer(), CLOCK)


def test_a_lost_index(archive: Path, digests: list[str]) -> None:
    before = list_entries(archive)
    (archive / INDEX).unlink()
    made = rebuild(archive)
    assert [one.digest for one in made] == digests
    kept = {"number", "scope", "sequence", "bundle", "digest", "previous", "sealed", "file", "sha256"}
    assert [one.model_dump(include=kept) for one in made] == [one.model_dump(include=kept) for one in before]
    assert {one.added for one in list_entries(archive)} == {LATER}
    report = verify_chain(archive, now=LATER, trusted=PIN)
    assert (report.findings, report.word) == ((), OverallVerdict.UNCHANGED)
    assert any("rebuilt from the packs" in one for one in report.notes)
    with open_archive(archive) as opened:
        assert opened.claim(SCOPE) == ChainPosition(4, digests[2])


def test_an_index_that_is_not_in_order_is_kept_beside(archive: Path) -> None:
    index = archive / INDEX
    broken = index.read_bytes().replace(b'"number":2', b'"number":3')
    index.write_bytes(broken)
    rebuild(archive)
    (beside,) = archive.glob("index-before-*.jsonl")
    assert beside.read_bytes() == broken
    assert verify_chain(archive, now=LATER, trusted=PIN).findings == ()


def test_only_rebuilt_lines_say_so(archive: Path) -> None:
    """The lines of before are as they were: an earlier version reads them."""
    lines = (archive / INDEX).read_text().splitlines()
    assert not any("rebuilt" in json.loads(one)["entry"] for one in lines)
    (archive / INDEX).unlink()
    rebuild(archive)
    lines = (archive / INDEX).read_text().splitlines()
    assert all(json.loads(one)["entry"]["rebuilt"] is True for one in lines)


def test_an_index_in_order_is_left_alone(archive: Path) -> None:
    with pytest.raises(UsageError, match="in order"):
        rebuild(archive)


@pytest.mark.parametrize("indexed", [True, False], ids=["index there", "index lost"])
def test_nothing_is_rebuilt_over_missing_packs(archive: Path, indexed: bool) -> None:
    """The newest is missed by the index alone; one in the middle by the chain too."""
    packs = sorted(archive.glob("*.zip"))
    if not indexed:
        (archive / INDEX).unlink()
    packs[2 if indexed else 1].unlink()
    with pytest.raises(VerificationError, match="not there") as caught:
        rebuild(archive)
    assert "Restore the packs" in caught.value.advice


def test_nothing_to_rebuild_from(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no pack"):
        rebuild(tmp_path)
