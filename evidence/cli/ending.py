"""Ends commands that are done, with gaps: why, what to do next, and the exit code."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import typer

from evidence.cli.output import Output
from evidence.errors import ExitCode

if TYPE_CHECKING:
    from evidence.bundle.format.models import GapRecord


def end_with_gaps(out: Output, gaps: "Iterable[GapRecord]", unstamped: Sequence[str] = ()) -> None:
    """Say the largest causes of gaps with the next step for each, and end with 3; without any, return.

    `unstamped` is what has no time-stamp, which was told of when the authority did not answer.
    """
    from evidence.report.gap_causes import gap_causes, gap_text

    text = gap_text(gap_causes(gaps))
    if text:
        out.say(text)
    if text or unstamped:
        raise typer.Exit(ExitCode.GAPS)
