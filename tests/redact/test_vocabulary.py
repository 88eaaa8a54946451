"""The tool's own words: all that it prints, and nothing that stands in the demo account."""

from pathlib import Path

from evidence.bundle.format import schema
from evidence.redact.vocabulary import own_words

WORDS = "\n".join(own_words(Path(__file__).parents[2] / "templates"))


def test_names_of_the_demo_account_are_no_words_of_the_tool() -> None:
    assert "contractor.fx-audit" not in WORDS


def test_the_published_schemas_are() -> None:
    assert all(text.decode() in WORDS for text in schema.published_schemas(opened=True).values())
