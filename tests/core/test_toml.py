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


@pytest.mark.parametrize(
    "text",
    [
        'x = {{a = """\n""", {dots} = "y"}}',
        "x = {{a = '''\n''', {dots} = 'y'}}",
        '# """\n{dots} = 1\n# """',
        "# it's\n{dots} = 1",
    ],
)
def test_no_quote_hides_a_key(text: str) -> None:
    """What a line-wise look takes for quoted text may be none: strings of several lines, comments."""
    with pytest.raises(ValueError, match="too many dots"):
        toml.loads(text.format(dots=".".join("a" * 200)).encode())


def test_strings_of_several_lines_may_have_dots() -> None:
    text = 'x = """\n' + "." * 500 + '\n"""""\ny = \'\'\'' + "." * 500 + "'''\n"
    assert toml.loads(text.encode())["y"] == "." * 500
