"""Attacks on an archive: each is named, and what cannot be seen from within is said."""

import json
import os
import subprocess
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.archive import order
from evidence.archive.index import INDEX, ArchiveEntry, sign_entry
from evidence.archive.order import ChainMember
from evidence.archive.verify import verify_chain
from evidence.bundle import open_bundle
from evidence.bundle.verify.verdicts import OverallVerdict
from evidence.errors import VerificationError
from evidence.findings import ChainLink, Code
from evidence.signatures.trust import Trust
from tests.archive.archive_support import LATER, START, quarter
from tests.support.identity import signer, stranger
from tests.support.packs import sealed_bundle

PIN = Trust((signer().certificate,))


def check(folder: Path, head: str | None = None, trusted: Trust | None = PIN):
    return verify_chain(folder, now=LATER, trusted=trusted, head=head)


def codes(folder: Path, head: str | None = None, trusted: Trust | None = PIN) -> set[Code]:
    return {finding.code for finding in check(folder, head, trusted).findings}


def packs(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.zip"))


def lines(folder: Path) -> list[bytes]:
    return (folder / INDEX).read_bytes().splitlines(keepends=True)


def rewrite(folder: Path, content: list[bytes]) -> None:
    (folder / INDEX).write_bytes(b"".join(content))


def test_whole_archive(three, digests: list[str]) -> None:
    report = check(three[0], head=digests[0])
    assert (report.findings, report.word) == ((), OverallVerdict.UNCHANGED)
    (chain,) = report.chains.values()
    assert [(one.link.sequence, one.digest) for one in chain] == list(enumerate(digests, start=1))
    assert check(three[0], trusted=None).word is OverallVerdict.INTACT


def test_openssl_accepts_a_line(three, tmp_path: Path) -> None:
    """As docs/archive.md says: the entry as a compact line with sorted members is what is signed."""
    found = json.loads(lines(three[0])[1])
    entry = json.dumps(found["entry"], sort_keys=True, separators=(",", ":")) + "\n"
    (tmp_path / "entry").write_text(entry)
    (tmp_path / "entry.p7s").write_bytes(b64decode(found["signature"]))
    (tmp_path / "signer.pem").write_bytes(signer().certificate_pem)
    command = "openssl cms -verify -binary -inform DER -in entry.p7s -content entry -CAfile signer.pem"
    options = ["-purpose", "any", "-out", os.devnull]
    subprocess.run([*command.split(), *options], cwd=tmp_path, check=True, capture_output=True)


def delete_the_second(folder: Path) -> None:
    packs(folder)[1].unlink()


def delete_the_newest(folder: Path) -> None:
    packs(folder)[2].unlink()


def delete_the_second_and_its_line(folder: Path) -> None:
    packs(folder)[1].unlink()
    rewrite(folder, [one for number, one in enumerate(lines(folder)) if number != 1])


def forget_the_newest(folder: Path) -> None:
    rewrite(folder, lines(folder)[:2])


def swap_two_lines(folder: Path) -> None:
    first, second, third = lines(folder)
    rewrite(folder, [first, third, second])


def swap_two_packs(folder: Path) -> None:
    first, second, _ = packs(folder)
    aside = folder / ".aside"
    first.rename(aside)
    second.rename(first)
    aside.rename(second)


def respell_the_last_signature(folder: Path) -> None:
    """Base64's last digit has bits that nobody reads: other bytes, the same signature."""
    *kept, last = lines(folder)
    head, quote, tail = last.rpartition(b'"')
    digits = head.rstrip(b"=")
    assert digits != head, "no padding, so no bits to spare"
    rewrite(folder, [*kept, digits[:-1] + bytes([digits[-1] + 1]) + head[len(digits) :] + quote + tail])


def copy_a_pack(folder: Path) -> None:
    (folder / "evidence-copy.zip").write_bytes(packs(folder)[0].read_bytes())


def change_an_entry(folder: Path) -> None:
    found = lines(folder)
    rewrite(folder, [found[0].replace(b'"sequence":1', b'"sequence":7'), *found[1:]])


def cut_the_index(folder: Path) -> None:
    rewrite(folder, [b"".join(lines(folder))[:-30]])


def change_a_pack(folder: Path) -> None:
    content = bytearray(packs(folder)[1].read_bytes())
    content[len(content) // 2] ^= 1
    packs(folder)[1].write_bytes(bytes(content))


def resign_the_last_line(folder: Path) -> None:
    *kept, last = lines(folder)
    rewrite(folder, [*kept, sign_entry(ArchiveEntry.model_validate(json.loads(last)["entry"]), stranger())])


def run_the_second_again(folder: Path) -> None:
    """Re-run a quarter, later, behind the same bundle."""
    previous = json.loads(lines(folder)[0])["entry"]["digest"]
    pack, _ = quarter(folder.parent / "again", 2, previous=previous, now=START + timedelta(minutes=150))
    pack.rename(folder / "evidence-again.zip")


def start_over(folder: Path) -> None:
    pack, _ = quarter(folder.parent / "over", 1, now=START + timedelta(hours=5), previous=None)
    pack.rename(folder / "evidence-over.zip")


def skip_a_number(folder: Path) -> None:
    previous = json.loads(lines(folder)[2])["entry"]["digest"]
    pack, _ = quarter(folder.parent / "skip", 7, now=START + timedelta(hours=5), previous=previous)
    pack.rename(folder / "evidence-skip.zip")


def number_without_a_bundle_before(folder: Path) -> None:
    pack, _ = quarter(folder.parent / "loose", 4, now=START + timedelta(hours=5), previous=None)
    pack.rename(folder / "evidence-loose.zip")


def date_it_back(folder: Path) -> None:
    """Follow the newest with a bundle that claims to be older than it."""
    previous = json.loads(lines(folder)[2])["entry"]["digest"]
    pack, _ = quarter(folder.parent / "back", 4, now=START + timedelta(minutes=90), previous=previous)
    pack.rename(folder / "evidence-back.zip")


def follow_another_scope(folder: Path) -> None:
    previous = json.loads(lines(folder)[2])["entry"]["digest"]
    pack, _ = quarter(
        folder.parent / "scope", 4, now=START + timedelta(hours=5), previous=previous,
        partition="aws-cn", scope="aws-cn:123456789012",
    )  # fmt: skip
    pack.rename(folder / "evidence-scope.zip")


@pytest.mark.parametrize(
    ("attack", "expected"),
    [
        (delete_the_second, {Code.CHAIN_GAP, Code.CHAIN_DELETED}),
        (delete_the_newest, {Code.CHAIN_DELETED}),
        (delete_the_second_and_its_line, {Code.CHAIN_GAP, Code.CHAIN_INDEX}),
        (forget_the_newest, {Code.CHAIN_UNLISTED}),
        (swap_two_lines, {Code.CHAIN_INDEX, Code.CHAIN_ORDER}),
        (swap_two_packs, {Code.CHANGED}),
        (copy_a_pack, {Code.CHAIN_DUPLICATE, Code.CHAIN_UNLISTED}),
        (change_an_entry, {Code.CHAIN_INDEX, Code.CHAIN_UNLISTED}),
        (respell_the_last_signature, {Code.CHAIN_INDEX, Code.CHAIN_UNLISTED}),
        (cut_the_index, {Code.CHAIN_INDEX, Code.CHAIN_UNLISTED}),
        (resign_the_last_line, {Code.UNTRUSTED, Code.OTHER_SIGNER, Code.HAND_OVER}),
        (run_the_second_again, {Code.CHAIN_FORK, Code.CHAIN_UNLISTED}),
        (start_over, {Code.CHAIN_FORK, Code.CHAIN_UNLISTED}),
        (skip_a_number, {Code.CHAIN_ORDER, Code.CHAIN_UNLISTED}),
        (number_without_a_bundle_before, {Code.CHAIN_FORK, Code.CHAIN_ORDER, Code.CHAIN_UNLISTED}),
        (date_it_back, {Code.CHAIN_ORDER, Code.CHAIN_UNLISTED}),
        (follow_another_scope, {Code.CHAIN_SCOPE, Code.CHAIN_UNLISTED}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_attack_is_named(archive: Path, attack: Callable[[Path], None], expected: set[Code]) -> None:
    attack(archive)
    assert expected <= codes(archive)
    assert codes(archive) <= expected | {Code.CHAIN_INDEX}


def test_changed_pack(archive: Path) -> None:
    """It is no link any more, so that the bundle after it hangs in the air as well."""
    change_a_pack(archive)
    report = check(archive)
    assert Code.CHAIN_GAP in {finding.code for finding in report.findings}
    assert any(finding.subject.startswith(packs(archive)[1].name) for finding in report.findings)
    assert report.word is OverallVerdict.REFUSED


def test_line_by_another_signer_without_trust(archive: Path) -> None:
    resign_the_last_line(archive)
    assert codes(archive, trusted=None) == {Code.OTHER_SIGNER, Code.HAND_OVER}


def test_set_back_shows_against_a_known_head_only(archive: Path, digests: list[str]) -> None:
    """The newest pack and its line are gone: a shorter chain that is whole. The result says so."""
    delete_the_newest(archive)
    forget_the_newest(archive)
    assert codes(archive) == set()
    assert any("--head" in note for note in check(archive).notes)
    assert codes(archive, head=digests[2]) == {Code.CHAIN_HEAD}
    assert codes(archive, head=digests[1]) == set()


def test_packs_without_an_index(archive: Path, digests: list[str]) -> None:
    """What an auditor keeps in a folder; the links alone show gaps."""
    (archive / INDEX).unlink()
    (archive / "signer.pem").write_bytes(signer().certificate_pem)
    report = check(archive, head=digests[2])
    assert report.word is OverallVerdict.UNCHANGED and not report.indexed
    assert any("no index" in note for note in report.notes)
    assert any("signer.pem" in note for note in report.notes)
    packs(archive)[0].unlink()
    assert codes(archive) == {Code.CHAIN_GAP}


def test_scope_of_another_account(archive: Path) -> None:
    """A bundle cannot claim to belong to the chain of an account that did not ask."""
    claiming = sealed_bundle(archive.parent, scope="aws:999999999999")
    with pytest.raises(VerificationError, match="says that its scope is aws:999999999999"):
        open_bundle(claiming.root, now=START)


def test_empty_folder(tmp_path: Path) -> None:
    assert check(tmp_path).word is OverallVerdict.REFUSED


def placed(number: int) -> ChainMember:
    start = START + timedelta(days=number)
    before = f"{number - 1:064x}" if number > 1 else None
    link = ChainLink(f"b{number}", "aws:123456789012", number, before, start, start)
    return ChainMember(f"{number}.zip", f"{number:064x}", "", link)


@given(order_of=st.permutations(range(1, 8)), without=st.integers(0, 7))
def test_any_order_of_files_and_any_one_missing(order_of: list[int], without: int) -> None:
    """The order of files tells nothing; any bundle but the newest is missed, by name."""
    found = [placed(number) for number in order_of if number != without]
    missed = list(order.check(found))
    assert [one.code for one in missed] == ([Code.CHAIN_GAP] if 1 <= without <= 6 else [])
    assert all(one.subject == f"{without + 1}.zip" for one in missed)
    (chain,) = order.chains(found).values()
    assert [one.link.sequence for one in chain] == sorted(set(order_of) - {without}) or missed
