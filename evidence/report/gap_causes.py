"""Sums gaps up by their causes, the largest first, each with what to do next: why a command ended with 3."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from evidence.bundle.format.models import GapRecord
from evidence.next_steps import next_step
from evidence.readers.evidence import plural
from evidence.records import Cause
from evidence.report.accounts import first_names

LARGEST = 3
_OPERATIONS = 3


@dataclass(frozen=True, slots=True)
class GapCause:
    """Gaps of one cause; those of a role that could not be assumed apart from those inside of an account."""

    cause: Cause
    gaps: int
    accounts: tuple[str, ...]
    failures: tuple[str, ...]
    """Operation and AWS's code, the most frequent first; none where nothing was sent."""
    next_step: str

    def document(self) -> dict[str, Any]:
        """Return the machine form."""
        return {
            "cause": self.cause.value,
            "gaps": self.gaps,
            "accounts": list(self.accounts),
            "failures": list(self.failures),
            "next_step": self.next_step,
        }

    def lines(self) -> Iterator[str]:
        """Yield the form for people."""
        said = f" ({first_names(self.failures, _OPERATIONS)})" if self.failures else ""
        where = plural(len(self.accounts), "account")
        yield f"  {plural(self.gaps, 'gap')} in {where}: {self.cause.value}{said}"
        yield f"    {self.next_step}"
        yield f"    More: `evidence explain {self.cause.slug}`, docs/errors.md#{self.cause.slug}."


def gap_causes(gaps: Iterable[GapRecord]) -> tuple[GapCause, ...]:
    """Return all causes, the largest first; what a gap elsewhere brought along comes last."""
    grouped: dict[tuple[Cause, str], list[GapRecord]] = {}
    for gap in gaps:
        step = next_step(gap.cause, gap.operation)
        grouped.setdefault((gap.cause, step), []).append(gap)
    found = [_cause(cause, step, members) for (cause, step), members in grouped.items()]
    return tuple(
        sorted(found, key=lambda one: (one.cause is Cause.PREREQUISITE_MISSING, -one.gaps, one.cause))
    )


def gap_text(causes: Sequence[GapCause]) -> str:
    """Return the largest causes for people; empty where there is no gap."""
    if not causes:
        return ""
    more = len(causes) - LARGEST
    lines = [f"Why {plural(sum(one.gaps for one in causes), 'gap')}, and what to do:"]
    for one in causes[:LARGEST]:
        lines += one.lines()
    return "\n".join([*lines, *([f"  and {plural(more, 'more cause')}"] if more > 0 else [])])


def _cause(cause: Cause, step: str, gaps: Sequence[GapRecord]) -> GapCause:
    failures = Counter(gap.failure or gap.operation for gap in gaps if gap.operation)
    frequent = sorted(failures, key=lambda one: (-failures[one], one))
    accounts = sorted({gap.target.account for gap in gaps})
    return GapCause(cause, len(gaps), tuple(accounts), tuple(frequent), step)
