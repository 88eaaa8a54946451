"""The tool's own words: all that it prints, and nothing that stands in the demo account."""

import pytest

from evidence.bundle.format import schema
from evidence.redact.vocabulary import own_words
from evidence.report.assets import folder


@pytest.fixture(scope="module")
def words() -> str:
    return "\n".join(own_words(folder()))


def test_sentences_of_the_report_are_the_tools_own(words: str) -> None:
    assert "exceptions noted" in words


@pytest.mark.parametrize(
    "name", ["Solheim", "lucas.martin", "svc-legacy-ftp", "northwind.example", "contractor.fx-audit"]
)
def test_names_in_the_demo_account_are_not(words: str, name: str) -> None:
    assert name not in words


def test_the_published_schemas_are(words: str) -> None:
    assert all(text.decode() in words for text in schema.published_schemas(opened=True).values())
