"""The words that stay: a fixed list without given names, and the members of our own records in it."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.bundle.format import schema
from evidence.errors import RedactionError
from evidence.records import ValueKind
from evidence.redact.scan import LeakScan
from evidence.redact.spelling import is_word_character, words_of
from evidence.redact.vocabulary import ordinary_words, own_texts
from evidence.report.assets import folder
from evidence.report.browser.blocks import BlockStore, open_blocks
from tests.redact.test_rewriting import made, pseudonym


@pytest.fixture(scope="module")
def words() -> set[str]:
    return {word.lower() for text in ordinary_words() for word in text.split()}


@pytest.mark.parametrize(
    "name", ["mark", "grace", "grant", "will", "august", "athena", "polly", "drew", "solheim", "lucas"]
)
def test_no_name_is_an_ordinary_word(words: set[str], name: str) -> None:
    assert name not in words


def members(value: Any) -> Iterator[str]:
    """Yield the names of members and the fixed values that a schema declares."""
    if isinstance(value, dict):
        yield from value.get("properties", ())
        yield from (text for text in value.get("enum", ()) if isinstance(text, str))
        for one in value.values():
            yield from members(one)
    elif isinstance(value, list):
        for one in value:
            yield from members(one)


def test_whatever_the_bundles_own_files_are_made_of_is_one(words: set[str]) -> None:
    declared = (json.loads(text) for text in schema.published_schemas(opened=True).values())
    parts = {
        part.lower()
        for one in declared
        for name in members(one)
        for part in re.findall(r"[^\W\d_]{4,}", name)
    }
    assert parts - words == set()


def test_a_name_that_is_a_word_of_ours_goes_from_all_evidence() -> None:
    dictionary, rewriter = made(
        dict.fromkeys(("mark", "grace", "athena"), ValueKind.LOGIN), words=tuple(ordinary_words())
    )
    mark, grace, athena = (pseudonym(dictionary, name) for name in ("mark", "grace", "athena"))
    for text, shown in (
        ("ask Mark", f"ask {mark}"),
        ("arn:aws:s3:::mark-private-bucket", f"arn:aws:s3:::{mark}-private-bucket"),
        ("arn:aws:iam::123456789012:role/grace-admin", f"arn:aws:iam::123456789012:role/{grace}-admin"),
        ("by Athena: she knows", f"by {athena}: she knows"),
        ("role/athena-reader", f"role/{athena}-reader"),
        *(
            (text, text)
            for text in (
                "athena:GetDatabase",
                "athena:*",
                "arn:aws:athena:eu-west-1:x",
                "athena.amazonaws.com",
            )
        ),
    ):
        assert rewriter.text(text) == shown
        assert not list(LeakScan(dictionary).text("f", rewriter.text(text)))


def test_a_word_of_ours_is_no_leak_where_we_wrote_it_and_one_in_the_evidence() -> None:
    values = {
        "mark": ValueKind.LOGIN,
        "solheim": ValueKind.NAME,
        "param": ValueKind.NAME,
        "Cambria": ValueKind.NAME,
    }
    dictionary, _ = made(values, words=tuple(ordinary_words()))
    scan = LeakScan(dictionary, own_texts(folder()))
    for file, text in (
        ("report.html", "mark"),
        ("verify.ps1", "param("),
        ("x.xlsx (xl/theme/theme1.xml)", "Cambria"),
    ):
        assert not list(scan.text(f"pack/{file}", text))
    assert list(scan.text("pack/report.html", "Solheim"))
    for file in ("pack/bundle/data/123456789012/iam/x.jsonl", "pack/exceptions.toml"):
        assert list(scan.text(file, "ask Mark"))


def test_what_lies_compressed_in_the_page_is_looked_into() -> None:
    dictionary, _ = made({"grace.hopper": ValueKind.LOGIN})
    scan = LeakScan(dictionary, (), open_blocks)

    def leaks(*blocks: bytes) -> list[str]:
        pack = io.BytesIO()
        with zipfile.ZipFile(pack, "w") as archive:
            archive.writestr("pack/index.html", b"<!DOCTYPE html>" + b"".join(blocks))
        return [leak.file for leak in scan.pack(pack)]

    def block(text: bytes, name: str = "item0") -> bytes:
        store = BlockStore(10_000)
        assert store.add(name, (text,))
        return b"".join(store.blocks[0].markup())

    assert leaks(block(b"ada"), block(b"asked by Grace.Hopper", "item1")) == ["pack/index.html (item1)"]
    assert leaks(block(b"ada")) == []
    for odd in (
        block(b"ada").replace(b">eJ", b">AA"),
        block(b"ada").replace(b"eJ", b"<!---->"),
        b"application/zlib",
        2 * block(b"ada"),
    ):
        with pytest.raises(RedactionError, match="cannot be looked into"):
            leaks(odd)


@given(
    st.text(st.characters(max_codepoint=0x7F)) | st.text(st.characters(categories=("L", "M", "N", "P", "Z")))
)
def test_words_are_runs_of_letters_digits_and_marks(text: str) -> None:
    apart = "".join(one if is_word_character(one) else "\0" for one in text)
    assert words_of(text) == [word for word in apart.split("\0") if word]
