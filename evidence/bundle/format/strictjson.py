"""Reads and writes JSON that has one reading only: no duplicate keys, no NaN, bounded size and depth.

jiter reads what is strict. What it refuses is read again by the standard library's parser, which then has
the last word and the words of the refusal: fast for evidence as it should be, and one answer for all.
"""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import jiter

MAX_BYTES = 256 * 1024 * 1024
"""Largest single document; run.json takes 20 kB for an account of two regions (docs/scale.md)."""
MAX_DEPTH = 64
"""AWS answers nest about 12 deep; Python's parser would go on to 1,000."""


def document(value: Any) -> bytes:
    """Return the one way this project writes a JSON document: sorted, indented, UTF-8, newline at the end."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def is_document(data: bytes, value: Any) -> bool:
    """Say whether bytes are `document(value)`, without writing that whole: run.json may have 100 MB."""
    at = 0
    chunks = _ENCODER.iterencode(value)
    while block := "".join(islice(chunks, _CHUNKS)).encode():
        if data[at : at + len(block)] != block:
            return False
        at += len(block)
    return data[at:] == b"\n"


_ENCODER = json.JSONEncoder(indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
_CHUNKS = 4096
"""What the encoder yields, a word or a bracket each, that is compared at once."""


def pieces(value: Any) -> Iterator[bytes]:
    """Yield `document(value)` in pieces; iterators are arrays: the value itself, or members of an object."""
    if isinstance(value, Mapping):
        yield from _object(value)
    elif isinstance(value, Iterator):
        yield from _array(value, "")
        yield b"\n"
    else:
        yield document(value)


def _object(members: Mapping[str, Any]) -> Iterator[bytes]:
    before = "{"
    for key, value in sorted(members.items()):
        yield f"{before}\n  {json.dumps(key, ensure_ascii=False)}: ".encode()
        before = ","
        if isinstance(value, Iterator):
            yield from _array(value, "  ")
        else:
            yield _indented(value, "  ")
    yield b"\n}\n" if before == "," else b"{}\n"


def _array(values: Iterator[Any], indent: str) -> Iterator[bytes]:
    before = "["
    for value in values:
        yield f"{before}\n{indent}  ".encode() + _indented(value, f"{indent}  ")
        before = ","
    yield f"\n{indent}]".encode() if before == "," else b"[]"


def _indented(value: Any, indent: str) -> bytes:
    """Return a value as it stands inside of a document; a line never ends within a string."""
    return document(value)[:-1].replace(b"\n", f"\n{indent}".encode())


def line(value: Any) -> bytes:
    """Return one line of a .jsonl file: sorted, compact, UTF-8, newline at the end."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f"{text}\n".encode()


def loads(data: bytes) -> Any:
    """Return the value of a JSON document or line; raises ValueError, one sentence, when it is not strict."""
    if len(data) > MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES} bytes")
    try:
        value = jiter.from_json(data, allow_inf_nan=False, cache_mode="keys", catch_duplicate_keys=True)
    except ValueError:
        value = _standard(data)
    if _deeper_than(data, value, MAX_DEPTH):
        raise ValueError(f"nested deeper than {MAX_DEPTH}")
    return value


def _standard(data: bytes) -> Any:
    """Return the value as the standard library reads it; raises ValueError for more than one reading."""
    try:
        return _DECODER.decode(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError("not UTF-8") from error
    except RecursionError as error:
        raise ValueError(f"nested deeper than {MAX_DEPTH}") from error


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return members


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_constant)


# Quotes and brackets, both kinds of brackets as one, and nothing else.
_MARKS = bytes.maketrans(b"[]", b"{}")
_NO_MARKS = bytes(set(range(256)) - set(b'"{}[]'))
_STRING = re.compile(rb'"[^"]*"')


def _deeper_than(data: bytes, value: Any, limit: int) -> bool:
    """Say whether a document nests deeper than `limit`; `data` is known to be JSON, and `value` its value.

    Where no string holds an escape, peeling brackets off the text tells, ten times faster than a walk.
    """
    if b"\\" in data:
        return _walks_deeper_than(value, limit)
    marks = data.translate(_MARKS, _NO_MARKS)
    brackets = marks.replace(b'""', b"")
    if b'"' in brackets:  # a string with brackets in it: quotes must be paired one by one
        brackets = _STRING.sub(b"", marks)
    for peeled in range(limit):
        if len(brackets) <= 2 * (limit - peeled):  # even if each pair that is left holds the next
            return False
        brackets = brackets.replace(b"{}", b"")
    return bool(brackets)


def _walks_deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True
