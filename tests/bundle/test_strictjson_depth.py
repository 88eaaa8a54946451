"""How deep a document nests is read off its text; a plain walk over its value must agree."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.bundle.format import strictjson

SCALARS = st.none() | st.integers() | st.text(alphabet='ab{}[]"\\é,:', max_size=4)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text('{}["\\', max_size=3), inner)
)


def depth(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@given(VALUES, st.integers(min_value=1, max_value=6))
def test_the_text_tells_the_depth(value: object, limit: int) -> None:
    data = json.dumps(value, ensure_ascii=False).encode()
    assert strictjson._deeper_than(data, value, limit) == (depth(value) > limit)


@pytest.mark.parametrize("leaf", ['"}"', '"{"', '"\\"}"', "1"])
def test_the_limit_is_the_last_that_passes(leaf: str) -> None:
    limit = strictjson.MAX_DEPTH
    assert strictjson.loads(b"[" * limit + leaf.encode() + b"]" * limit)
    with pytest.raises(ValueError, match="nested deeper"):
        strictjson.loads(b"[" * (limit + 1) + leaf.encode() + b"]" * (limit + 1))
