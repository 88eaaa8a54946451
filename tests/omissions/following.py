"""Makes the call ledger follow a cut, as if AWS had never answered more."""

from evidence.readers.ledger import Tie, ties
from tests.omissions.material import Json, Material


def followed(before: Material, after: Material, file: str) -> Material:
    """Return the bundle after a cut with a ledger that counts what is in the file now, and no more."""
    item = before.units[file].item
    calls = [dict(call) for call in after.calls]
    was = before.records(file)
    now = after.records(file) if file in after.files else []
    for tie in ties(item):
        less = sum(map(tie.held, was)) - sum(map(tie.held, now))
        own = [call for call in calls if call["file"] == file and call["operation"] in tie.operations]
        if tie.asked:
            gone = {id(call) for call in own[len(own) - less :]} if less > 0 else set()
            calls = [call for call in calls if id(call) not in gone]
        else:
            _count_down(own, less)
    return after.with_calls(tuple(calls))


def _count_down(calls: list[Json], less: int) -> None:
    """Take so many members from the calls' counts, from the last call on; add where there are more."""
    if less < 0 and calls:
        calls[-1]["records"] = (calls[-1]["records"] or 0) - less
    for call in reversed(calls):
        taken = min(max(less, 0), call["records"] or 0)
        if taken:
            call["records"] -= taken
        less -= taken


__all__ = ["Tie", "followed"]
