"""Signers change: who may add after whom, what a reader trusts by a hand-over, and how it is forged."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from evidence.archive.archive import open_archive
from evidence.archive.handing_over import hand_over, take_over
from evidence.archive.index import INDEX
from evidence.archive.store import store_at
from evidence.archive.succession import HAND_OVERS, HandOver, sign_hand_over
from evidence.archive.verify import verify_chain
from evidence.clock import frozen_clock
from evidence.errors import UsageError, VerificationError
from evidence.findings import Code
from evidence.period.opened import Period
from evidence.period.source import PackSeries, Reading
from evidence.signatures.trust import Trust
from evidence.signing.signer import Signer
from tests.archive.archive_support import LATER, SCOPE, START, quarter
from tests.support.command import evidence
from tests.support.identity import signer, stranger

OLD, NEW, THIRD = signer(), signer("Next", secret=31), signer("Third", secret=32)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def fourth(three: tuple[Path, list[str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a pack that follows the archive of three, by the new signer."""
    made = tmp_path_factory.mktemp("fourth")
    return quarter(made, 4, NEW, previous=three[1][2], now=START + timedelta(hours=5))[0]


def hand(folder: Path, new: Signer = NEW, by: Signer = OLD, after: timedelta = DAY) -> HandOver:
    return hand_over(store_at(folder), new.certificate, by, frozen_clock(START + after), None)


def add(folder: Path, pack: Path, by: Signer = NEW, after: timedelta = 2 * DAY) -> None:
    with open_archive(folder) as archive:
        archive.add(pack, by, frozen_clock(START + after))


def codes(folder: Path, *trusted: Signer) -> set[Code]:
    pins = Trust(tuple(one.certificate for one in trusted)) if trusted else None
    return {one.code for one in verify_chain(folder, now=LATER, trusted=pins).findings}


@pytest.fixture
def handed(archive: Path, fourth: Path) -> Path:
    hand(archive)
    add(archive, fourth)
    return archive


def test_whoever_trusts_the_old_signer_trusts_the_next(handed: Path) -> None:
    report = verify_chain(handed, now=LATER, trusted=Trust((OLD.certificate,)))
    assert report.findings == ()
    assert [one.signer for one in report.chains[SCOPE]] == [OLD.fingerprint] * 3 + [NEW.fingerprint]
    assert codes(handed) == set()
    assert codes(handed, NEW) >= {Code.UNTRUSTED, Code.CHAIN_GAP}
    assert codes(handed, stranger()) >= {Code.UNTRUSTED}


def test_another_key_without_a_hand_over(archive: Path, fourth: Path) -> None:
    with pytest.raises(VerificationError, match=f"another identity, SHA-256 {OLD.fingerprint}") as caught:
        add(archive, fourth)
    assert "hand-over --to" in caught.value.advice
    with open_archive(archive) as opened, pytest.raises(VerificationError, match="another identity"):
        opened.claim(SCOPE, NEW)


def test_the_old_key_adds_nothing_after_it_handed_over(archive: Path, digests: list[str], tmp_path) -> None:
    hand(archive)
    pack, _ = quarter(tmp_path / "old", 4, previous=digests[2], now=START + timedelta(hours=5))
    with pytest.raises(VerificationError, match="handed over on"):
        add(archive, pack, OLD)


def test_a_certificate_of_the_same_key_needs_no_hand_over(
    archive: Path, digests: list[str], tmp_path
) -> None:
    again = signer(years=20)
    pack, _ = quarter(tmp_path / "again", 4, again, previous=digests[2], now=START + timedelta(hours=5))
    add(archive, pack, again)
    assert codes(archive) == set()
    assert Code.UNTRUSTED in codes(archive, OLD)
    assert codes(archive, OLD, again) == set()


def test_a_hand_over_taken_out(handed: Path) -> None:
    (handed / HAND_OVERS).unlink()
    assert codes(handed) == {Code.HAND_OVER}
    assert codes(handed, OLD) == {Code.HAND_OVER, Code.UNTRUSTED}
    assert codes(handed, OLD, NEW) == set()


def test_a_lost_key(archive: Path, fourth: Path) -> None:
    """The new signer's word vouches for nothing: a reader trusts both, or neither."""
    take_over(store_at(archive), Trust((), (OLD.fingerprint,)), NEW, frozen_clock(START + DAY), None)
    add(archive, fourth)
    assert codes(archive) == set()
    assert Code.UNTRUSTED in codes(archive, OLD)
    assert codes(archive, OLD, NEW) == set()


def test_a_line_of_three(handed: Path, tmp_path: Path) -> None:
    hand(handed, THIRD, NEW, 3 * DAY)
    previous = verify_chain(handed, now=LATER).chains[SCOPE][-1].digest
    pack, _ = quarter(tmp_path / "third", 5, THIRD, previous=previous, now=START + timedelta(hours=6))
    add(handed, pack, THIRD, 4 * DAY)
    assert codes(handed, OLD) == set()
    assert Code.UNTRUSTED in codes(handed, NEW)


@pytest.mark.parametrize(
    ("new", "by", "says"),
    [
        (OLD, NEW, "circle"),
        (THIRD, OLD, "handed over already"),
        (NEW, NEW, "circle"),
        (THIRD, stranger(), "Nothing in this archive"),
    ],
    ids=["back", "twice", "to itself", "by a stranger"],
)
def test_refused_when_made(handed: Path, new: Signer, by: Signer, says: str) -> None:
    before = (handed / HAND_OVERS).read_bytes()
    with pytest.raises((UsageError, VerificationError), match=says):
        hand(handed, new, by, 3 * DAY)
    assert (handed / HAND_OVERS).read_bytes() == before


def test_a_certificate_that_ended(archive: Path) -> None:
    ended = frozen_clock(START + timedelta(days=400))
    with pytest.raises(UsageError, match="it ended on"):
        hand_over(store_at(archive), signer(years=1).certificate, OLD, ended, None)


def forged(folder: Path, by: Signer, **changes: object) -> None:
    """Write a hand-over as an attacker would: the form is right, what it says is not."""
    lines = (folder / INDEX).read_bytes().splitlines(keepends=True)
    above = (folder / HAND_OVERS).read_bytes() if (folder / HAND_OVERS).exists() else b""
    said = HandOver(
        number=above.count(b"\n") + 1, old=by.fingerprint, new=NEW.fingerprint, lost=False, made=START + DAY,
        entries=3, head=hashlib.sha256(lines[2]).hexdigest(),
        before=hashlib.sha256(above.splitlines(keepends=True)[-1]).hexdigest() if above else None,
    ).model_copy(update=changes)  # fmt: skip
    (folder / HAND_OVERS).write_bytes(above + sign_hand_over(said, by))


def by_a_stranger(folder: Path) -> None:
    forged(folder, stranger())


def in_the_old_ones_name(folder: Path) -> None:
    forged(folder, stranger(), old=OLD.fingerprint)


def with_another_head(folder: Path) -> None:
    forged(folder, OLD, head="ab" * 32)


def behind_the_end(folder: Path) -> None:
    forged(folder, OLD, entries=9)


def changed_by_hand(folder: Path) -> None:
    forged(folder, OLD)
    path = folder / HAND_OVERS
    path.write_bytes(path.read_bytes().replace(NEW.fingerprint.encode(), THIRD.fingerprint.encode()))


def out_of_its_time(folder: Path) -> None:
    forged(folder, OLD, made=START - 20 * DAY)


def with_a_certificate_that_had_ended(folder: Path) -> None:
    forged(folder, OLD, made=START + timedelta(days=4000))


def in_a_circle(folder: Path) -> None:
    forged(folder, OLD)
    forged(folder, NEW, new=OLD.fingerprint)


def cut(folder: Path) -> None:
    forged(folder, OLD)
    (folder / HAND_OVERS).write_bytes((folder / HAND_OVERS).read_bytes()[:-9])


@pytest.mark.parametrize(
    ("attack", "expected"),
    [
        (by_a_stranger, Code.UNTRUSTED),
        (in_the_old_ones_name, Code.HAND_OVER),
        (with_another_head, Code.HAND_OVER),
        (behind_the_end, Code.HAND_OVER),
        (changed_by_hand, Code.HAND_OVER),
        (out_of_its_time, Code.HAND_OVER),
        (with_a_certificate_that_had_ended, Code.CERTIFICATE),
        (in_a_circle, Code.HAND_OVER),
        (cut, Code.HAND_OVER),
    ],
)
def test_forged_hand_overs_are_named(archive: Path, attack: Callable[[Path], None], expected: Code) -> None:
    attack(archive)
    assert expected in codes(archive, OLD)


def test_a_pack_put_before_its_signer_took_over(handed: Path) -> None:
    """The line of the hand-over is bound to the index as it was: entry 4 is the new signer's first."""
    report = verify_chain(handed, now=LATER, trusted=Trust((OLD.certificate, NEW.certificate)))
    line_of_signers = report.records.succession
    assert [bool(line_of_signers.wrong_at(NEW.fingerprint, entry)) for entry in (3, 4)] == [True, False]
    assert [bool(line_of_signers.wrong_at(OLD.fingerprint, entry)) for entry in (3, 4)] == [False, True]


def test_the_command(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "new.pem").write_bytes(NEW.certificate_pem)
    (tmp_path / "old.pem").write_bytes(OLD.certificate_pem)
    (tmp_path / "word").write_text("pass")
    secret = serialization.BestAvailableEncryption(b"pass")
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret
    (tmp_path / "old.key").write_bytes(OLD.key.private_bytes(*form))
    sign = ("--key", tmp_path / "old.key", "--certificate", tmp_path / "old.pem")
    sign = (*sign, "--passphrase-file", tmp_path / "word")
    done = evidence(
        "archive", "hand-over", "--archive", archive, "--to", tmp_path / "new.pem", *sign, "--json"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["new"] == NEW.fingerprint
    told = evidence("verify", "--chain", archive, "--trust", tmp_path / "old.pem")
    assert (told.returncode, f"to {NEW.fingerprint}" in told.stdout) == (0, True), told.stdout
    neither = evidence("archive", "hand-over", "--archive", archive, *sign)
    assert (neither.returncode, "--to" in neither.stderr) == (2, True)


def series(folder: Path, *trusted: Signer) -> PackSeries:
    reading = Reading(LATER, Trust(tuple(one.certificate for one in trusted)), lambda _: None)
    return PackSeries(store_at(folder), reading, Period(START.date(), LATER.date()), SCOPE)


def test_a_period_is_read_from_those_who_were_handed_to_and_from_nobody_else(handed: Path) -> None:
    """As the archive is verified: it was refused after a hand-over, and read without one."""
    assert len(series(handed, OLD).digests) == 4
    (handed / HAND_OVERS).unlink()
    with pytest.raises(VerificationError, match="signed by another identity than line 3"):
        series(handed)
