"""A document written in pieces has the bytes of one written at once."""

from hypothesis import given
from hypothesis import strategies as st

from evidence.bundle.format import strictjson

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_an_object(members) -> None:
    lazy = {key: iter(value) if isinstance(value, list) else value for key, value in members.items()}
    assert b"".join(strictjson.pieces(lazy)) == strictjson.document(members)


@given(st.lists(VALUES, max_size=3))
def test_an_array(values) -> None:
    assert b"".join(strictjson.pieces(iter(values))) == strictjson.document(values)
