"""Puts management's responses beside the exceptions that they answer, and reports those that answer none.

A response changes no verdict and no conclusion: it stands beside the row, with who does what until when.
"""

from collections.abc import Sequence

from evidence.controls.declaration import Row, Verdict
from evidence.controls.row_entries import RowEntries, RowNames, why_none_fails
from evidence.statements.records import EntryProblem, Response
from evidence.statements.shapes import StatedResponse
from evidence.statements.words import unsaid

REQUIRED = ("response", "owner")
_FAILING = (Verdict.EXCEPTION, Verdict.ACCEPTED)


class Responses(RowEntries[StatedResponse]):
    """The entries of one responses file while the tests of one bundle are performed."""

    def apply(self, test: str, rows: Sequence[Row]) -> dict[int, Response]:
        """Return what answers rows of a test, by their positions."""
        answered: dict[int, Response] = {}
        named = RowNames(rows)
        for number, entry in self._of(test):
            matched = named.exactly(entry.subject, entry.account)
            failing = [at for at in matched if rows[at].verdict in _FAILING]
            fresh = [at for at in failing if at not in answered]
            if fresh:
                said = Response(entry=number, response=entry.response, owner=entry.owner, due_on=entry.due_on)
                answered |= dict.fromkeys(fresh, said)
            elif failing:
                earlier = ", ".join(map(str, sorted({answered[at].entry for at in failing})))
                sentence = f"All that it names is answered by entry {earlier}."
                self._find(number, entry, EntryProblem.DUPLICATE, sentence)
            else:
                self._find(number, entry, EntryProblem.MATCHES_NOTHING, why_none_fails(rows, matched))
        return answered

    def _unfit(self, entry: StatedResponse) -> tuple[EntryProblem, str] | None:
        if empty := unsaid(entry, REQUIRED):
            return EntryProblem.INCOMPLETE, f"It does not say: {empty}."
        return None
