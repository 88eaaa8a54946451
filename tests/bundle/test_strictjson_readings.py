"""The fast reader takes and refuses what the standard library's parser does, told to be strict."""

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from evidence.bundle.format import strictjson

KEYS = st.sampled_from(
    ['"a"', r'"\u0061"', '"b"', '""', '"é"', r'"\u00e9"', r'"e\u0301"', r'"\ud800"', '"' + "k" * 70 + '"']
)
NUMBERS = st.sampled_from(
    ["0", "-0", "-0.0", "01", "1.", ".5", "+1", "-", "1e5", "1E+05", "1e400", "-1e400", "1e-400", "5e-324",
     "NaN", "Infinity", "-Infinity", "9007199254740993", "9007199254740993.0", "18446744073709551616",
     "9" * 4301]
) | st.floats(allow_nan=False, allow_infinity=False).map(repr) | st.integers().map(str)  # fmt: skip
TEXTS = st.sampled_from(
    ['"', r'"\u12"', r'"\x"', r'"\ud83d\ude00"', r'"\ude00\ud83d"', r'"\u0000\/\b"', '"\n"', '"\x7f"', "'a'"]
) | st.text(max_size=5).map(json.dumps)  # fmt: skip
SPACE = st.sampled_from(["", "", "", " ", "\n", "\t\r", "\v", "\ufeff", "\u00a0"])
LEAVES = NUMBERS | TEXTS | st.sampled_from(["true", "false", "null", "nul", "True", ""])


def containers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    member = st.builds("{}{}:{}{}".format, KEYS, SPACE, SPACE, inner)
    return st.lists(inner, max_size=3).map(lambda parts: f"[{','.join(parts)}]") | st.lists(
        member, max_size=3
    ).map(lambda parts: f"{{{','.join(parts)}}}")


DOCUMENTS = st.builds("{}{}{}".format, SPACE, st.recursive(LEAVES, containers, max_leaves=8), SPACE)
BYTES = DOCUMENTS.map(lambda text: text.encode("utf-8", "surrogatepass"))


def reference(data: bytes) -> object:
    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert len({key for key, _ in pairs}) == len(pairs), "twice"
        return dict(pairs)

    def refused(name: str) -> object:
        raise ValueError(name)

    return json.loads(data.decode("utf-8"), object_pairs_hook=members, parse_constant=refused)


@settings(max_examples=1000)
@given(BYTES | st.builds(lambda data, at, byte: data[:at] + bytes([byte]) + data[at:], BYTES,
                         st.integers(0, 20), st.integers(0, 255)))  # fmt: skip
@example(b'{"a":1,"\\u0061":1}')
@example(b'{"a":{"b":1,"c":1,"b":1}}')
@example(b'["\xed\xa0\x80"]')
def test_both_readers_say_the_same(data: bytes) -> None:
    try:
        wanted: object = repr(reference(data))  # tells 1 from 1.0 and True, and -0.0 from 0.0
    except (ValueError, AssertionError):
        wanted = None
    try:
        found: object = repr(strictjson.loads(data))
    except ValueError:
        found = None
    assert found == wanted
