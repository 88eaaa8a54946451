"""What the documents say: each member changed, lists fitting; seal as it was, by a stranger, by the key.

Who holds the key can say anything that is consistent; what is not, is refused even then.
"""

import copy
from collections.abc import Callable, Iterator
from typing import Any

from evidence.bundle.format import strictjson
from evidence.findings import Code
from evidence.pack import layout
from tests.attacks.material import (
    a_bundle,
    a_pack,
    original,
    remanifested,
    resealed,
    resigned,
)
from tests.attacks.model import Attack, attack
from tests.support.identity import signer, stranger

_DOCUMENTS = ("data/run.json", "data/gaps.json")
_LEDGER = "data/calls.jsonl"
_LEDGER_MAY = ("space at the end", "escaped letter", "number with exponent", "CRLF", "nothing")
"""A line of the ledger is strict JSON with one reading; its one form is not demanded of who holds the key."""
Path = tuple[str | int, ...]


def attacks() -> Iterator[Attack]:
    """Yield changes of values, of members, of forms."""
    for path in _DOCUMENTS:
        value = strictjson.loads(original().bag[path])
        for trick, changed in values(value):
            yield from _in_bag(f"{path}: {trick}", path, strictjson.document(changed))
    lines = [strictjson.loads(line) for line in original().bag[_LEDGER].splitlines()]
    for trick, changed in values(lines):
        yield from _in_bag(f"{_LEDGER}: {trick}", _LEDGER, b"".join(map(strictjson.line, changed)))
    yield from _results()
    yield from _forms()


def values(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the document with one value changed or one member taken out or put in."""
    for path, leaf in _walk(value):
        where = ".".join(map(str, path))
        for trick, new in _instead(leaf):
            yield f"{where} {trick}", _set(value, path, new)
        yield f"{where} taken out", _cut(value, path)
    for path, node in _nodes(value):
        if isinstance(node, dict):
            yield f"{'.'.join(map(str, path))} has one more", _set(value, (*path, "zzz"), 1)


def _instead(leaf: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(leaf, bool):
        yield "turned", not leaf
    elif isinstance(leaf, int | float):
        yield "plus one", leaf + 1
        yield "as text", str(leaf)
    elif isinstance(leaf, str):
        yield "emptied" if leaf else "filled", "" if leaf else "x"
        yield "grown", f"{leaf}x"
        yield "without", None
    else:
        yield "filled", "x"


def _walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict | list):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _walk(child, (*path, key))
    elif path:
        yield path, value


def _nodes(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict | list):
        yield path, value
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _nodes(child, (*path, key))


def _set(value: Any, path: Path, new: Any) -> Any:
    changed = copy.deepcopy(value)
    node = changed
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = new
    return changed


def _cut(value: Any, path: Path) -> Any:
    changed = copy.deepcopy(value)
    node = changed
    for key in path[:-1]:
        node = node[key]
    del node[path[-1]]
    return changed


def _in_bag(name: str, path: str, content: bytes) -> Iterator[Attack]:
    files: Callable[[], dict[str, bytes]] = lambda: original().bag | {path: content}  # noqa: E731
    yield attack(f"{name}", a_bundle(files), Code.CHANGED, subject=path)
    fitting = lambda: remanifested(files())  # noqa: E731
    yield attack(f"{name}, lists fitting", a_bundle(fitting), Code.SEAL_INVALID)
    foreign = lambda: resealed(files(), stranger())  # noqa: E731
    yield attack(f"{name}, sealed by a stranger", a_bundle(foreign), Code.UNTRUSTED, pinned=True)


def _results() -> Iterator[Attack]:
    """Yield results edited, with sums and signature by the stranger, and by the key over another bundle's."""
    document = strictjson.loads(original().files[layout.RESULTS])
    for trick, changed in values(document):
        content = strictjson.document(changed)
        files = lambda c=content: resigned(original().files | {layout.RESULTS: c}, stranger())  # noqa: E731
        yield attack(f"results.json: {trick}, signed by a stranger", a_pack(files), Code.OTHER_SIGNER)
    for trick, content in (
        ("of nothing", b"{}\n"),
        ("of another bundle", strictjson.document(document | {"bundle_digest": "ab" * 32})),
        ("no JSON", b"no"),
        ("digest twice", b'{"bundle_digest": "x", ' + strictjson.document(document)[1:]),
    ):
        files = lambda c=content: resigned(original().files | {layout.RESULTS: c}, signer())  # noqa: E731
        yield attack(f"results.json {trick}, signed by the key", a_pack(files), Code.OTHER_BUNDLE)


def _forms() -> Iterator[Attack]:
    """Yield documents that no strict reader takes, sealed by the very key."""
    for path in (*_DOCUMENTS, _LEDGER):
        data = original().bag[path]
        tricks = {
            "byte order mark": b"\xef\xbb\xbf" + data,
            "space at the end": data[:-1] + b" \n",
            "empty line": data + b"\n",
            "no newline": data.rstrip(b"\n"),
            "CRLF": data.replace(b"\n", b"\r\n"),
            "NaN": _number(data, b"NaN"),
            "Infinity": _number(data, b"Infinity"),
            "number with exponent": _number(data, b"1e0"),
            "comment": b"/* */" + data,
            "single quotes": data.replace(b'"', b"'"),
            "deep": b"[" * 100_000 + b"]" * 100_000 + b"\n",
            "escaped letter": data.replace(b'"item', b'"\\u0069tem', 1),
            "invalid UTF-8": data.replace(b'"item"', b'"item\xff"', 1),
            "nothing": b"",
            "null": b"null\n",
            "list": b"[1]\n",
            "member twice": data.replace(b'"item"', b'"item": "x", "item"', 1),
            "lone surrogate": data.replace(b'"account": "', b'"account": "\\ud800', 1).replace(
                b'"account":"', b'"account":"\\ud800', 1),
        }  # fmt: skip
        for trick, content in tricks.items():
            if content == data or (path == _LEDGER and trick in _LEDGER_MAY):
                continue
            files = lambda p=path, c=content: resealed(original().bag | {p: c}, signer())  # noqa: E731
            expected = (Code.JSON, Code.SCHEMA, Code.INCONSISTENT)
            yield attack(f"{path}, {trick}, sealed by the key", a_bundle(files), *expected)


def _number(data: bytes, number: bytes) -> bytes:
    """Return a document with one of its numbers written otherwise."""
    in_line = data.replace(b'"attempts":1', b'"attempts":' + number)
    return in_line.replace(b'"max_skew_seconds": 0.0', b'"max_skew_seconds": ' + number)
