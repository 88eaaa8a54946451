"""Says in each addendum what a corroboration does not show."""

from collections.abc import Iterator, Sequence

from evidence.bundle.format.corroboration import CallVerdict, EventOrigin, TrailVerdict
from evidence.bundle.format.models import Run

_ALWAYS = (
    "It shows that AWS was asked these questions, by this caller, at these times; not what AWS answered.",
    (
        "CloudTrail delivers events on a best-effort basis, as a rule within 15 minutes: a missing event is "
        "no proof that a request was not made."
    ),
)
_HISTORY = (
    (
        "The event history is that of the account asked: whoever may assume its roles could have made the "
        "same requests at the same time, but cannot change the history."
    ),
    "Services of which the ledger names no call in a region were not looked at there.",
)
_FILES = (
    (
        "The files are those that were given. Their SHA-256 is recorded here; that AWS wrote them and that "
        "none is left out is shown by `aws cloudtrail validate-logs` over the trail, not by this comparison."
    ),
)


def sentences(run: Run, source: EventOrigin, verdicts: Sequence[CallVerdict]) -> Iterator[str]:
    """Yield the limits of one comparison, one sentence each."""
    yield from _ALWAYS
    yield from _FILES if source.kind == "files" else _HISTORY
    if source.unreadable:
        yield f"{source.unreadable} records of the source could not be read as events and were passed over."
    named = {caller.account for caller in (run.caller_start, run.caller_end) if caller}
    named |= {state.account for state in run.account_states if state.role}
    others = sorted({one.account for one in verdicts if one.verdict is not TrailVerdict.UNAVAILABLE} - named)
    if others:
        yield f"The bundle names no caller for {', '.join(others)}: there only the account was compared."
