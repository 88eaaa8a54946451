"""The content of every file: bytes flipped, cut, grown, swapped; lists left alone, or rewritten to fit.

Each in three places: the bundle's folder, the pack with its lists as they were, the pack with SHA256SUMS
written again. None takes a key: so none may verify, whether or not a certificate is given.
"""

from collections.abc import Callable, Iterator

from evidence.bundle.format import bag
from evidence.findings import Code
from evidence.pack import layout
from tests.attacks.material import (
    CHAIN,
    SIGNATURE,
    Change,
    a_bundle,
    a_pack,
    edited,
    flipped,
    original,
    other,
    positions,
    relisted,
)
from tests.attacks.model import Attack, attack

SUM_FILES = (layout.SUMS, layout.SIGNATURE)
_SMALL = 2_200
"""Bytes up to which every position of a file is flipped in the bundle's folder."""
_MOST_IN_BAG, _MOST_IN_PACK, _MOST_RELISTED = 700, 380, 170


def attacks() -> Iterator[Attack]:
    """Yield changes of one file's content."""
    yield from _flips()
    for path in original().bag:
        for trick, change in _changes(path).items():
            yield _in_bag(path, trick, change)
    for path in original().files:
        for trick, change in _changes(path).items():
            yield _in_pack(path, trick, change)
            if path not in SUM_FILES:
                yield _relisted(path, trick, change)
    yield from _swaps()


def _flips() -> Iterator[Attack]:
    for path, data in original().bag.items():
        most = len(data) if len(data) <= _SMALL else _MOST_IN_BAG
        for position in positions(data, most):
            yield _in_bag(path, *_flip(position, 1 << position % 8))
    for path, data in original().files.items():
        for position in positions(data, _MOST_IN_PACK if path not in SUM_FILES else 4_000):
            yield _in_pack(path, *_flip(position, 1 << (position + 3) % 8))
        if path not in SUM_FILES:
            for position in positions(data, _MOST_RELISTED):
                yield _relisted(path, *_flip(position, 0xFF))


def _flip(position: int, mask: int) -> tuple[str, Change]:
    return f"byte {position} ^ {mask:#x}", lambda data: flipped(data, position, mask)


def _changes(path: str) -> dict[str, Change]:
    """Return the changes that need not know what a file holds; those that leave it as it is are left out."""
    data = original().files[path] if path in original().files else original().bag[path]
    half = len(data) // 2
    tricks: dict[str, Change] = {
        "emptied": lambda _: b"",
        "first byte gone": lambda d: d[1:],
        "last byte gone": lambda d: d[:-1],
        "half": lambda d: d[:half],
        "a line gone": lambda d: b"".join(d.splitlines(keepends=True)[1:]),
        "last line twice": lambda d: d + b"".join(d.splitlines(keepends=True)[-1:]),
        "lines reversed": lambda d: b"".join(reversed(d.splitlines(keepends=True))),
        "newline behind": lambda d: d + b"\n",
        "space behind": lambda d: d + b" ",
        "NUL behind": lambda d: d + b"\0",
        "NULs behind": lambda d: d + bytes(4096),
        "Ctrl-Z behind": lambda d: d + b"\x1a",
        "newline before": lambda d: b"\n" + d,
        "byte order mark": lambda d: b"\xef\xbb\xbf" + d,
        "CRLF": lambda d: d.replace(b"\n", b"\r\n"),
        "CR": lambda d: d.replace(b"\n", b"\r"),
        "UTF-16": lambda d: d.decode("latin-1").encode("utf-16"),
        "capitals": bytes.upper,
        "small letters": bytes.lower,
        "twice": lambda d: d + d,
        "another file": lambda _: b"something else\n",
        "the other bundle's": lambda _: _of_other(path),
    }
    return {trick: change for trick, change in tricks.items() if change(data) != data}


def _of_other(path: str) -> bytes:
    """Return what stands under a path in the other bundle's pack, whose folder has another name."""
    renamed = path.replace(original().bundle, other().bundle)
    return other().files.get(renamed) or other().bag.get(renamed, b"")


def expected_in_bag(path: str) -> tuple[set[Code], str]:
    """Return the finding that names a change of a file in the bundle's folder, and the file it is about."""
    if path in (SIGNATURE, CHAIN):
        return {Code.SEAL_INVALID}, path
    if path == bag.TAG_MANIFEST:
        return {Code.SEAL_INVALID}, SIGNATURE
    return {Code.CHANGED}, path


def _in_bag(path: str, trick: str, change: Change) -> Attack:
    codes, subject = expected_in_bag(path)
    files: Callable[[], dict[str, bytes]] = lambda: edited(original().bag, path, change)  # noqa: E731
    return attack(f"bundle, {path}: {trick}", a_bundle(files), *codes, subject=subject)


def _in_pack(path: str, trick: str, change: Change) -> Attack:
    files = lambda: edited(original().files, path, change)  # noqa: E731
    if path in SUM_FILES:
        return attack(f"pack, {path}: {trick}", a_pack(files), Code.SEAL_INVALID, subject=layout.SIGNATURE)
    return attack(f"pack, {path}: {trick}", a_pack(files), Code.CHANGED, subject=path)


def _relisted(path: str, trick: str, change: Change) -> Attack:
    files = lambda: relisted(edited(original().files, path, change))  # noqa: E731
    name = f"pack with fitting sums, {path}: {trick}"
    return attack(name, a_pack(files), Code.SEAL_INVALID, subject=layout.SIGNATURE)


def _swaps() -> Iterator[Attack]:
    """Yield two files exchanged, in the bundle and in the pack."""
    names = list(original().bag)
    for number, one in enumerate(names):
        for two in names[number + 1 :]:
            if original().bag[one] == original().bag[two]:
                continue

            def files(one: str = one, two: str = two) -> dict[str, bytes]:
                found = original().bag
                return found | {one: found[two], two: found[one]}

            # with a list among the two, the other one's change is named by that list's alone
            codes = expected_in_bag(one)[0] | expected_in_bag(two)[0]
            yield attack(f"bundle, {one} and {two} exchanged", a_bundle(files), *codes)
