"""Every error and every cause of a gap has one anchor on docs/errors.md, which messages name."""

import pytest

from evidence.aws.failures import Failure
from evidence.aws.identity import CallerDeniedError
from evidence.cli import output
from evidence.errors import SigningError, UsageError, error_kinds, slug_of
from evidence.records import Cause
from tests.support.make_docs import DOCS


def test_each_has_its_anchor_once() -> None:
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    headings = [line.removeprefix("### ") for line in page.splitlines() if line.startswith("### ")]
    assert headings == [*map(slug_of, error_kinds()), *(cause.slug for cause in Cause)]
    assert len(set(headings)) == len(headings)


DENIED = Failure(Cause.PERMISSION_MISSING, "AccessDenied", "no")


@pytest.mark.parametrize(
    ("error", "anchor"),
    [
        (SigningError("No."), "signing-error"),
        (KeyError("x"), "defect-error"),
        (CallerDeniedError(DENIED, "No."), "permission-missing-error"),
    ],
)
def test_what_ends_a_command_names_its_anchor(
    error: Exception, anchor: str, capsys: pytest.CaptureFixture[str]
) -> None:
    output.complain(error)
    assert capsys.readouterr().err.endswith(f"See docs/errors.md#{anchor}.\n")


def test_a_wrong_option_is_told_of_without(capsys: pytest.CaptureFixture[str]) -> None:
    output.complain(UsageError("No.", "Do."))
    assert capsys.readouterr().err == "evidence: No.\n  Do.\n"
