"""Archives: packs and lines of the index taken out, put in, swapped, changed; all of it by the signer, too.

Who holds the key can write another index, and even other bundles. A reader who knows a digest that was there
(`--head`) notices; one who knows none is told that this is what cannot be seen.
"""

import string
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache, partial
from itertools import permutations
from pathlib import Path
from typing import Any
from unittest.mock import patch

from evidence.archive import bundles
from evidence.archive.archive import open_archive
from evidence.archive.index import INDEX, ArchiveEntry, digest, sign_entry
from evidence.archive.verify import verify_chain
from evidence.bundle.verify.verdicts import OverallVerdict
from evidence.clock import frozen_clock
from evidence.findings import Code, VerificationReport
from evidence.pack.any import verify_any
from evidence.signing.signer import Signer
from tests.archive.archive_support import SCOPE, quarter
from tests.attacks.material import PIN, flipped, positions, sha256
from tests.attacks.model import Attack, Qualified, Verdict, attack
from tests.support.bundles import NOW
from tests.support.identity import signer, stranger

_LATER = datetime(2028, 1, 1, tzinfo=UTC)
_CHAIN = (
    Code.CHAIN_INDEX, Code.CHAIN_UNLISTED, Code.CHAIN_DELETED, Code.CHAIN_GAP, Code.CHAIN_ORDER,
    Code.CHAIN_FORK, Code.CHAIN_DUPLICATE, Code.CHAIN_SCOPE, Code.CHANGED, Code.UNTRUSTED, Code.OTHER_SIGNER,
)  # fmt: skip
_NOT_SHOWN = Qualified(OverallVerdict.UNCHANGED, "No --head was given.")
Files = dict[str, bytes]
Change = Callable[[], Files]


def attacks() -> Iterator[Attack]:
    """Yield attacks without a key, with a stranger's, and with the very key."""
    yield from _on_packs()
    yield from _on_lines()
    yield from _by_the_signer()


@dataclass(frozen=True)
class _Archive:
    """An archive of three quarters."""

    packs: dict[str, bytes]
    entries: tuple[ArchiveEntry, ...]

    @property
    def files(self) -> Files:
        """Its files, index included, as they came."""
        return self.packs | {INDEX: _index(self.entries)}

    @property
    def heads(self) -> list[str]:
        """The digests of its bundles."""
        return [entry.digest for entry in self.entries]


@cache
def _three() -> _Archive:
    return _archive(signer())


def _archive(by: Signer, hours: Sequence[int] = (1, 2, 3)) -> _Archive:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "archive"
        entries = []
        for number, hour in enumerate(hours, start=1):
            with open_archive(folder) as archive:
                place = archive.claim(SCOPE)
                now = NOW - timedelta(hours=10 - hour)
                made = Path(scratch) / str(number)
                pack, _ = quarter(made, number, by, previous=place.previous, now=now)
                entries.append(archive.add(pack, by, frozen_clock(NOW + timedelta(minutes=number))))
        return _Archive({entry.file: (folder / entry.file).read_bytes() for entry in entries}, tuple(entries))


def _index(entries: Sequence[ArchiveEntry], by: Signer | None = None) -> bytes:
    """Return an index of these entries, each bound to the one before it, and numbered."""
    lines: list[bytes] = []
    for number, entry in enumerate(entries, start=1):
        bound = {"number": number, "before": digest(lines[-1]) if lines else None}
        lines.append(sign_entry(entry.model_copy(update=bound), by or signer()))
    return b"".join(lines)


def _attack(name: str, files: Change, *expected: Code, head: str | None = None, **more: Any) -> Attack:
    def make(place: Path) -> Path:
        for path, data in files().items():
            (place / path).write_bytes(data)
        return place

    made = attack(name, make, *expected)
    return replace(made, examine=partial(_examine, head=head), **more)


def _examine(folder: Path, head: str | None) -> Verdict:
    with patch.object(bundles, "verify_any", _verified):
        report = verify_chain(folder, now=_LATER, trusted=PIN, head=head)
    return Verdict(report.findings, report.word, report.notes)


def _verified(path: Path, *, now: datetime, **_: Any) -> VerificationReport:
    """Verify a pack once in a process: most attacks leave the packs as they were."""
    del now
    report = _verified_bytes(path.read_bytes())
    return replace(report, name=path.name)


@lru_cache(32)
def _verified_bytes(data: bytes) -> VerificationReport:
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "pack.zip").write_bytes(data)
        return verify_any(Path(scratch) / "pack.zip", now=_LATER, trusted=PIN)


def _without(files: Files, *gone: str) -> Files:
    return {path: data for path, data in files.items() if path not in gone}


def _on_packs() -> Iterator[Attack]:
    files, names = _three().files, list(_three().packs)
    for name in names:
        yield _attack(
            f"{name} taken out", lambda n=name: _without(files, n), Code.CHAIN_DELETED, Code.CHAIN_GAP
        )
        yield _attack(f"{name} emptied", lambda n=name: files | {n: b""}, Code.CHANGED, Code.ZIP)
        yield _attack(f"{name} doubled", lambda n=name: files | {"evidence-copy.zip": files[n]}, *_CHAIN)
        for position in positions(files[name], 25):
            changed = lambda n=name, p=position: files | {n: flipped(files[n], p, 1)}  # noqa: E731
            yield _attack(f"{name}, byte {position} flipped", changed, *_CHAIN, Code.ZIP)
    for order in permutations(names):
        if list(order) != names:
            swapped = lambda o=order: files | {n: files[f] for n, f in zip(names, o, strict=True)}  # noqa: E731
            yield _attack(f"packs under the names {order}", swapped, Code.CHANGED)
    lone = lambda: _without(files, INDEX, names[0])  # noqa: E731
    yield _attack("the first pack and the index taken out", lone, Code.CHAIN_GAP)
    middle = lambda: _without(files, INDEX, names[1])  # noqa: E731
    yield _attack("the second pack and the index taken out", middle, Code.CHAIN_GAP)
    yield _attack("no pack at all", lambda: {INDEX: files[INDEX]}, Code.CHAIN_DELETED, Code.CHAIN_GAP)


def _on_lines() -> Iterator[Attack]:
    """Yield each byte of the index flipped, and its lines in every other order and number."""
    files = _three().files
    index = files[INDEX]
    lines = index.splitlines(keepends=True)
    for position in range(len(index)):
        changed = lambda p=position: files | {INDEX: flipped(index, p, 1 << p % 8)}  # noqa: E731
        yield _attack(f"index, byte {position} flipped", changed, *_CHAIN)
    for length in positions(index, 60):
        yield _attack(f"index cut to {length}", lambda n=length: files | {INDEX: index[:n]}, *_CHAIN)
    for count in range(len(lines) + 1):
        for order in permutations(lines, count):
            if list(order) != lines:
                yield _attack(
                    f"{count} lines in another order", lambda o=order: files | {INDEX: b"".join(o)}, *_CHAIN
                )
    for number, line in enumerate(lines):
        twice = b"".join([*lines[: number + 1], line, *lines[number + 1 :]])
        yield _attack(f"line {number + 1} twice", lambda t=twice: files | {INDEX: t}, *_CHAIN)
        for trick, other in (
            ("with CRLF", line[:-1] + b"\r\n"),
            ("with a space", b" " + line),
            ("with a blank line", b"\n" + line),
        ):
            changed = b"".join([*lines[:number], other, *lines[number + 1 :]])
            yield _attack(f"line {number + 1} {trick}", lambda c=changed: files | {INDEX: c}, *_CHAIN)
    for digit in f"{string.ascii_letters}{string.digits}+/":
        changed = _other_digit(lines[-1], digit.encode())
        if changed != lines[-1]:
            whole = b"".join([*lines[:-1], changed])
            name = f"the signature's last digit another: {digit}"
            yield _attack(name, lambda w=whole: files | {INDEX: w}, Code.CHAIN_INDEX)
    strangers = lambda: files | {INDEX: _index(_three().entries, stranger())}  # noqa: E731
    yield _attack("index by a stranger of the same name", strangers, Code.UNTRUSTED)
    foreign = _archive(stranger())
    yield _attack("everything by a stranger of the same name", lambda: foreign.files, Code.UNTRUSTED)


def _other_digit(line: bytes, digit: bytes) -> bytes:
    """Return a line whose signature ends in another digit of base64: it may stand for the same bytes."""
    head, quote, tail = line.rpartition(b'"')
    pads = len(head) - len(head.rstrip(b"="))
    at = len(head) - pads - 1
    return head[:at] + digit + head[at + 1 :] + quote + tail


def _by_the_signer() -> Iterator[Attack]:
    """Yield what only the key makes: entries that say otherwise, shorter chains, other bundles."""
    three = _three()
    for number, entry in enumerate(three.entries):
        for trick, update in _entries(entry):
            changed = list(three.entries)
            changed[number] = entry.model_copy(update=update)
            said = lambda c=changed: three.packs | {INDEX: _index(c)}  # noqa: E731
            yield _attack(f"entry {number + 1} signed again, {trick}", said, *_CHAIN)
    for gone in range(3):
        kept = [one for n, one in enumerate(three.entries) if n != gone]
        fewer = lambda k=kept: {one.file: three.packs[one.file] for one in k} | {INDEX: _index(k)}  # noqa: E731
        known = three.heads[gone]
        yield _attack(
            f"{gone + 1} gone, index signed again, its head known",
            fewer,
            Code.CHAIN_HEAD,
            *_CHAIN,
            head=known,
        )
        if gone == 2:
            yield _attack("newest gone, index signed again, no head known", fewer, qualified=_NOT_SHOWN)
        else:
            yield _attack(f"{gone + 1} gone, index signed again, no head known", fewer, *_CHAIN)
    again = _archive(signer(), hours=(4, 5, 6))
    for number, known in enumerate(three.heads, start=1):
        name = f"all made again by the signer, head {number} known"
        yield _attack(name, lambda: again.files, Code.CHAIN_HEAD, head=known)
    yield _attack("all made again by the signer, no head known", lambda: again.files, qualified=_NOT_SHOWN)
    for number in range(3):
        own, others = three.entries[number], again.entries[number]
        mixed = [others if n == number else one for n, one in enumerate(three.entries)]
        packs = {one.file: (again if one is others else three).packs[one.file] for one in mixed}
        exchanged = lambda p=packs, m=mixed: p | {INDEX: _index(m)}  # noqa: E731
        codes = (*_CHAIN, Code.CHAIN_HEAD)
        if number == 2:  # the newest: nothing comes after it that would name it
            exchanged_last = lambda p=packs, m=mixed: _following(p, m)  # noqa: E731
            yield _attack("newest made again, its head known", exchanged_last, *codes, head=own.digest)
        yield _attack(f"{number + 1} made again, index signed again", exchanged, *codes)


def _following(packs: Files, entries: Sequence[ArchiveEntry]) -> Files:
    return packs | {INDEX: _index(entries)}


def _entries(entry: ArchiveEntry) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what an entry could say otherwise, member by member."""
    other = sha256(b"another")
    yield from {
        "another scope": {"scope": "aws:999999999999"},
        "a number more": {"sequence": entry.sequence + 1},
        "another bundle's name": {"bundle": f"{entry.bundle}x"},
        "another digest": {"digest": other},
        "another one before": {"previous": other},
        "none before" if entry.previous else "one before": {
            "previous": None if entry.previous else "ab" * 32
        },
        "sealed later": {"sealed": entry.sealed + timedelta(seconds=1)},
        "another pack's file": {"file": "evidence-none.zip"},
        "another pack's hash": {"sha256": other},
    }.items()
