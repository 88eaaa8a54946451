"""A command that is done with gaps says why: the three largest causes, each with its next step."""

import io
import sys
from collections.abc import Iterable

import pytest
import typer

from evidence.bundle.format.models import GapRecord, TargetRecord
from evidence.cli.ending import end_with_gaps
from evidence.cli.output import Output
from evidence.errors import ExitCode
from evidence.next_steps import next_step
from evidence.records import Cause
from evidence.report.gap_causes import gap_causes, gap_text


def gaps(number: int, cause: Cause, operation: str = "iam:ListUsers") -> list[GapRecord]:
    return [
        GapRecord(
            item="iam.users", target=TargetRecord(scope="account", account=f"{n:012}"), cause=cause,
            operation=operation, error_code="AccessDenied", message="AWS's words", effect="",
        )
        for n in range(number)
    ]  # fmt: skip


def test_each_cause_has_a_next_step_of_its_own() -> None:
    steps = [next_step(cause) for cause in Cause]
    assert all(step.endswith((".", "later.")) for step in steps)
    assert len(set(steps)) == len(steps)


def test_the_largest_three_are_told_and_what_follows_from_others_is_told_last() -> None:
    found = gap_causes(
        [
            *gaps(9, Cause.PREREQUISITE_MISSING, ""),
            *gaps(2, Cause.DENIED_BY_SCP),
            *gaps(5, Cause.ROLE_NOT_ASSUMED, "sts:AssumeRole"),
            *gaps(1, Cause.PERMISSION_MISSING),
            *gaps(3, Cause.PERMISSION_MISSING, "sts:AssumeRole"),
        ]
    )
    assert [one.gaps for one in found] == [5, 3, 2, 1, 9]
    text = gap_text(found)
    assert text.startswith(
        "Why 20 gaps, and what to do:\n  5 gaps in 5 accounts: the account's role could not"
    )
    assert "(sts:AssumeRole AccessDenied)\n    Pass the external id" in text
    assert "--for management" in text  # the caller may not assume it: another step for the same cause
    assert text.endswith("and 2 more causes")
    assert "builds on" not in text


@pytest.mark.parametrize(
    ("found", "unstamped", "code"), [([], (), 0), ([], ("the seal",), 3), (gaps(1, Cause.FAILED), (), 3)]
)
def test_the_exit_code(
    found: Iterable[GapRecord], unstamped: tuple[str, ...], code: int, monkeypatch
) -> None:
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    ended = 0
    try:
        end_with_gaps(Output(), found, unstamped)
    except typer.Exit as exit_:
        ended = exit_.exit_code
    assert (ended, "Why 1 gap" in said.getvalue()) == (code, bool(found))
    assert code in (0, ExitCode.GAPS)
