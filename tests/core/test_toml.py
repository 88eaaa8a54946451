"""TOML that would exhaust the reader is refused before it is read."""

import pytest

from evidence import toml


@pytest.mark.parametrize(
    "content",
    [
        b"a" + b".a" * 60_000 + b" = 1",
        b"[a" + b".a" * 60_000 + b"]",
        b"x = {a" + b".a" * 60_000 + b" = 1}",
        b"\n".join(b"a%d%s = 1" % (one, b".a" * 90) for one in range(1_000)),
        b"x = " + b"[" * 5_000,
        b"x = " + b"9" * 5_000,
        b"\xff",
    ],
    ids=["a key", "a table", "inline", "many keys", "nested", "a number", "not UTF-8"],
)
def test_refused(content: bytes) -> None:
    with pytest.raises(ValueError):
        toml.loads(content)


def test_text_may_have_dots() -> None:
    assert toml.loads(b'a.b = "%s"' % (b"." * 9_000)) == {"a": {"b": "." * 9_000}}
