"""The lists of hashes: each line moved, removed, repeated, reworded; in the forms that other tools accept."""

from collections.abc import Callable, Iterator

from evidence.bundle.format import bag
from evidence.findings import Code
from evidence.pack import layout
from tests.attacks.material import a_bundle, a_pack, edited, original, sha256
from tests.attacks.model import Attack, attack

Lines = list[bytes]

_LINE: dict[str, Callable[[Lines, int], Lines]] = {
    "removed": lambda n, i: n[:i] + n[i + 1 :],
    "twice": lambda n, i: n[: i + 1] + n[i:],
    "moved to the end": lambda n, i: [*n[:i], *n[i + 1 :], n[i]],
    "moved to the beginning": lambda n, i: [n[i], *n[:i], *n[i + 1 :]],
    "hash in capitals": lambda n, i: _at(n, i, n[i][:64].upper() + n[i][64:]),
    "hash of nothing": lambda n, i: _at(n, i, sha256(b"").encode() + n[i][64:]),
    "hash of zeros": lambda n, i: _at(n, i, b"0" * 64 + n[i][64:]),
    "hash cut": lambda n, i: _at(n, i, n[i][1:]),
    "hash of its neighbour": lambda n, i: _at(n, i, n[i - 1][:64] + n[i][64:]),
    "one space": lambda n, i: _at(n, i, n[i].replace(b"  ", b" ", 1)),
    "tab": lambda n, i: _at(n, i, n[i].replace(b"  ", b"\t", 1)),
    "binary mark": lambda n, i: _at(n, i, n[i].replace(b"  ", b" *", 1)),
    "path with ./": lambda n, i: _at(n, i, n[i].replace(b"  ", b"  ./", 1)),
    "path with ..": lambda n, i: _at(n, i, n[i].replace(b"  ", b"  ../", 1)),
    "absolute path": lambda n, i: _at(n, i, n[i].replace(b"  ", b"  /", 1)),
    "two slashes": lambda n, i: _at(n, i, n[i].replace(b"/", b"//", 1) if b"/" in n[i] else b"#" + n[i]),
    "backslashes": lambda n, i: _at(n, i, n[i].replace(b"/", b"\\") if b"/" in n[i] else b"\\" + n[i]),
    "percent encoding": lambda n, i: _at(n, i, n[i].replace(b".", b"%2E", 1)),
    "capitals": lambda n, i: _at(n, i, n[i][:66] + n[i][66:].upper()),
    "space behind": lambda n, i: _at(n, i, n[i].replace(b"\n", b" \n")),
    "CRLF": lambda n, i: _at(n, i, n[i].replace(b"\n", b"\r\n")),
    "comment before": lambda n, i: [*n[:i], b"# comment\n", *n[i:]],
    "empty line before": lambda n, i: [*n[:i], b"\n", *n[i:]],
    "commented out": lambda n, i: _at(n, i, b"#" + n[i]),
    "BSD form": lambda n, i: _at(n, i, b"SHA256 (" + n[i][66:-1] + b") = " + n[i][:64] + b"\n"),
    "escaped by sha256sum": lambda n, i: _at(n, i, b"\\" + n[i]),
    "NUL at its end": lambda n, i: _at(n, i, n[i].replace(b"\n", b"\0\n")),
    "no newline": lambda n, i: _at(n, i, n[i][:-1]),
    "invisible character": lambda n, i: _at(n, i, n[i].replace(b"\n", "\u200b\n".encode())),
}


def attacks() -> Iterator[Attack]:
    """Yield each change of each line, in the bundle's lists and the pack's."""
    for path in (bag.MANIFEST, bag.TAG_MANIFEST):
        for trick, number, change in _line_changes(original().bag[path]):
            files = lambda p=path, c=change: edited(original().bag, p, c)  # noqa: E731
            expected = (Code.CHANGED, Code.MANIFEST) if path == bag.MANIFEST else (
                Code.SEAL_INVALID, Code.TAG_MANIFEST)  # fmt: skip
            yield attack(f"{path}:{number + 1} {trick}", a_bundle(files), *expected)
        # the pack's list follows, so that only the bundle's own seal is left to notice
    for trick, number, change in _line_changes(original().files[layout.SUMS]):
        files = lambda c=change: edited(original().files, layout.SUMS, c)  # noqa: E731
        expected = (Code.SEAL_INVALID, Code.MANIFEST)
        yield attack(f"{layout.SUMS}:{number + 1} {trick}", a_pack(files), *expected)
    yield from _bag_files()


def _line_changes(data: bytes) -> Iterator[tuple[str, int, Callable[[bytes], bytes]]]:
    lines = data.splitlines(keepends=True)
    for trick, change in _LINE.items():
        for number in range(len(lines)):
            changed = b"".join(change(lines, number))
            if changed != data:
                yield trick, number, lambda _data, c=changed: c


def _at(lines: Lines, number: int, line: bytes) -> Lines:
    return [*lines[:number], line, *lines[number + 1 :]]


_DECLARATIONS = (
    b"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n",
    b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-16\n",
    b"BagIt-Version: 1.0\nTag-File-Character-Encoding: utf-8\n",
    b"BagIt-Version: 1.1\nTag-File-Character-Encoding: UTF-8\n",
    b"Tag-File-Character-Encoding: UTF-8\nBagIt-Version: 1.0\n",
    b"BagIt-Version:1.0\nTag-File-Character-Encoding: UTF-8\n",
    b"BagIt-Version: 1.0 \nTag-File-Character-Encoding: UTF-8\n",
    b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\nMore: x\n",
    b"BagIt-Version: 1.0\n",
    b"",
)


def _bag_files() -> Iterator[Attack]:
    """Yield bagit.txt and bag-info.txt in the other forms that RFC 8493 allows or once allowed."""
    for number, content in enumerate(_DECLARATIONS):
        files = lambda c=content: original().bag | {bag.BAGIT: c}  # noqa: E731
        yield attack(f"bagit.txt, form {number}", a_bundle(files), Code.BAG_FILE)
    info = original().bag[bag.BAG_INFO]
    lines = info.splitlines(keepends=True)
    forms = {
        "folded": info.replace(b": ", b":\n ", 1),
        "label twice": info + lines[-1],
        "other size": info.replace(b"Oxum: ", b"Oxum: 9", 1),
        "other name": info.replace(b"External-Identifier: e", b"External-Identifier: E", 1),
        "label in capitals": info.upper(),
        "no size": b"".join(line for line in lines if b"Oxum" not in line),
        "latin-1": info + "Contact-Name: Andr\u00e9\n".encode("latin-1"),
        "empty value": info + b"Contact-Name: \n",
        "reversed": b"".join(reversed(lines)),
    }
    for trick, content in forms.items():
        files = lambda c=content: original().bag | {bag.BAG_INFO: c}  # noqa: E731
        yield attack(f"bag-info.txt, {trick}", a_bundle(files), Code.CHANGED, Code.BAG_FILE)
