"""Every error and every cause of a gap has one anchor on docs/errors.md, which messages name."""

import pytest

from evidence.cli import output
from evidence.errors import SigningError, UsageError, error_kinds, slug_of
from evidence.records import Cause
from tests.support.make_docs import DOCS


def test_each_has_its_anchor_once() -> None:
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    headings = [line.removeprefix("### ") for line in page.splitlines() if line.startswith("### ")]
    assert headings == [*map(slug_of, error_kinds()), *(cause.slug for cause in Cause)]
    assert len(set(headings)) == len(headings)


@pytest.mark.parametrize(("error", "link"), [(SigningError("No."), "docs/errors.md#signing-error."),
                                             (KeyError("x"), "docs/errors.md#defect-error.")])  # fmt: skip
def test_what_ends_a_command_names_its_anchor(
    error: Exception, link: str, capsys: pytest.CaptureFixture[str]
) -> None:
    output.complain(error)
    assert capsys.readouterr().err.endswith(f" See {link}\n")


def test_a_wrong_option_is_told_of_without(capsys: pytest.CaptureFixture[str]) -> None:
    output.complain(UsageError("No.", "Do."))
    assert capsys.readouterr().err == "evidence: No.\n  Do.\n"
