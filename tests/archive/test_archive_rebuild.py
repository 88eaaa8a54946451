"""An index that was lost is written again from the packs, and says so; one over missing packs is not."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.archive.archive import list_entries, open_archive
from evidence.archive.folder import FolderStore
from evidence.archive.handing_over import hand_over
from evidence.archive.index import INDEX
from evidence.archive.rebuild import rebuild_index
from evidence.archive.renewals import RENEWALS
from evidence.archive.renewing import renew
from evidence.archive.verify import verify_chain
from evidence.bundle.format.chain import ChainPosition
from evidence.bundle.verify.verdicts import OverallVerdict
from evidence.clock import frozen_clock
from evidence.errors import UsageError, VerificationError
from evidence.findings import Code
from evidence.signatures.trust import Trust
from tests.archive.archive_support import LATER, SCOPE, START, quarter
from tests.support import authority
from tests.support.identity import signer

CLOCK = frozen_clock(LATER)
MONTH = timedelta(days=30)
NEW = signer("Next", secret=31)
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


@pytest.fixture
def handed(archive: Path, digests: list[str], tmp_path: Path) -> Path:
    """Return an archive that was renewed, handed over, and goes on with the new signer."""
    store, made = FolderStore(archive), authority.make_authority(tmp_path / "tsa")
    pack, _ = quarter(tmp_path / "fourth", 4, NEW, previous=digests[2], now=START + timedelta(hours=5))
    hand_over(store, NEW.certificate, signer(), frozen_clock(START + timedelta(days=1)), None)
    with open_archive(archive) as opened:
        opened.add(pack, NEW, frozen_clock(START + timedelta(days=2)))
    moment = START + timedelta(days=3)
    renew(store, authority.AuthorityThen(made, moment), frozen_clock(moment), within=MONTH, always=True)
    return archive


def test_renewals_and_hand_overs_stay(handed: Path, tmp_path: Path) -> None:
    """They name lines that nobody has any more: the archive verifies and goes on all the same."""
    (handed / INDEX).unlink()
    rebuild_index(FolderStore(handed), NEW, CLOCK)
    for trusted in (None, PIN):
        assert verify_chain(handed, now=LATER, trusted=trusted).findings == ()
    with open_archive(handed) as opened:
        assert opened.claim(SCOPE, NEW).sequence == 5
        with pytest.raises(VerificationError, match="handed over on"):
            opened.claim(SCOPE, signer())
    store, later = FolderStore(handed), frozen_clock(LATER + timedelta(hours=1))
    made = authority.make_authority(tmp_path / "later")
    stamping = authority.AuthorityThen(made, LATER + timedelta(hours=1))
    assert renew(store, stamping, later, within=MONTH, always=True).renewal
    hand_over(store, signer("Third", secret=32).certificate, NEW, later, None)
    assert verify_chain(handed, now=LATER + timedelta(hours=2), trusted=PIN).findings == ()
    rebuilt = (handed / INDEX).read_bytes().splitlines(keepends=True)
    (handed / INDEX).write_bytes(b"".join(rebuilt[:3]))  # the renewal since then is over all four
    codes = {one.code for one in verify_chain(handed, now=LATER + timedelta(hours=2), trusted=PIN).findings}
    assert Code.RENEWAL_COVERS in codes


def test_renewals_and_hand_overs_tell_of_missing_packs(handed: Path) -> None:
    """The newest pack, which neither chain nor a lost index misses."""
    (handed / INDEX).unlink()
    newest = max(handed.glob("*.zip"))
    newest.unlink()
    with pytest.raises(VerificationError, match="is not there, and was that renewal 1 names"):
        rebuild_index(FolderStore(handed), NEW, CLOCK)
    (handed / RENEWALS).unlink()
    (max(handed.glob("*.zip"))).unlink()
    with pytest.raises(VerificationError, match="not line 3 of the index"):
        rebuild_index(FolderStore(handed), NEW, CLOCK)


def test_whoever_handed_over_rebuilds_nothing(handed: Path) -> None:
    (handed / INDEX).unlink()
    with pytest.raises(VerificationError, match="has handed over") as caught:
        rebuild(handed)
    assert "took over" in caught.value.advice


def test_nothing_to_rebuild_from(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no pack"):
        rebuild(tmp_path)
