"""Which words a redacted copy may show because the tool writes them itself: not those of the demo account."""

import pytest

from evidence.redact.vocabulary import own_words
from evidence.report.assets import folder


@pytest.fixture(scope="module")
def words() -> str:
    return "\n".join(own_words(folder()))


def test_sentences_of_the_report_are_the_tools_own(words: str) -> None:
    assert "exceptions noted" in words


@pytest.mark.parametrize("name", ["Solheim", "lucas.martin", "svc-legacy-ftp", "northwind.example"])
def test_names_in_the_demo_account_are_not(words: str, name: str) -> None:
    assert name not in words
