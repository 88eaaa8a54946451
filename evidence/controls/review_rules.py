"""Says what stands against a decision of an access review: the one rule for closing it, and for REV-2."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from evidence.readers.access_review import AccessReviewRecord, ReviewedAccess
from evidence.statements.words import why_empty

_AHEAD, _BEHIND = timedelta(hours=14), timedelta(hours=12)
"""A day that somebody writes has no time zone: UTC+14 is the first to begin it, UTC-12 the last."""
_ADDRESS = re.compile(r"(.*?)<([^<>\s]+@[^<>\s]+)>\s*")


@dataclass(frozen=True, slots=True)
class ReviewWindow:
    """The time in which decisions of a review count."""

    opened: datetime
    closed: datetime
    days: int
    """After it was opened."""

    @property
    def due(self) -> datetime:
        """When the review must be closed, in UTC."""
        return self.opened.astimezone(UTC) + timedelta(days=self.days)


def too_old(collected: datetime, window: ReviewWindow) -> str:
    """Say, a clause, that what was reviewed was older at the opening than a window; else empty."""
    age = window.opened - collected
    if age <= timedelta(days=window.days):
        return ""
    return (
        f"its evidence was {age.days} days old when it was opened, more than the {window.days} of its window"
    )


def window_of(review: AccessReviewRecord) -> ReviewWindow:
    """Return the window of a review that was closed."""
    return ReviewWindow(review.opened, review.closed, review.window_days)


def row_objections(row: ReviewedAccess, review: AccessReviewRecord) -> Iterator[str]:
    """Yield why a row of a closed review does not count, as `objections`."""
    if row.refused:
        yield row.refused
        return
    # Pseudonyms are compared with nothing: a redacted copy has what its original found.
    told = row.same_person if review.as_opened is None else same_person(row.reviewer, row.names)
    yield from objections(row.decision, row.reviewer, row.decided_on, told, window_of(review))


def objections(
    decision: str, reviewer: str, decided_on: date | None, same: str, window: ReviewWindow
) -> Iterator[str]:
    """Yield why a decision does not count, a clause each; nothing where it does.

    `same` is how the reviewer is the person reviewed, as `same_person`.
    """
    if not decision:
        yield "nobody decided"
        return
    if why_empty(reviewer):
        yield "it names no reviewer"
    elif same:
        yield f"the reviewer is the person reviewed ({same})"
    if decided_on is None:
        yield "it has no date"
    else:
        yield from _outside(decided_on, window)


def _outside(day: date, window: ReviewWindow) -> Iterator[str]:
    if day < (window.opened.astimezone(UTC) - _BEHIND).date():
        yield f"its date, {day}, is before the review was opened"
    elif day > (window.closed.astimezone(UTC) + _AHEAD).date():
        yield f"its date, {day}, is in the future"
    elif day > (window.due + _AHEAD).date():
        yield f"its date, {day}, is later than {window.days} days after the review was opened"


def same_person(reviewer: str, names: Iterable[str]) -> str:
    """Return how a reviewer is the person of these names, a clause; empty where nothing says so.

    Compared are whole names in any case, spacing and order of words, with accents or without, the address
    and the name of `Name <address>`, and what stands before an address's @ with a user name that has none.
    """
    said = name_forms(reviewer)
    for name in names:
        for mine in said:
            for theirs in name_forms(name):
                if mine == theirs:
                    return "by e-mail address" if "@" in mine else "by name"
                if ("@" in mine) is not ("@" in theirs) and mine.partition("@")[0] == theirs.partition("@")[
                    0
                ]:
                    return "by user name"
    return ""


def name_forms(text: str) -> list[str]:
    """Return a name as it is compared: folded, its words in one order; of `Name <address>` both."""
    parts = [text]
    if found := _ADDRESS.fullmatch(text):
        parts = [found[1], found[2]]
    folded = (_in_one_order(_shown(part).casefold()) for part in parts)
    return [one for one in folded if one]


def _in_one_order(text: str) -> str:
    """Return words as they are compared: `Byron, Ada` and `Ada Byron` are one name, accents or not."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", text) if unicodedata.category(one) != "Mn")
    return " ".join(sorted(plain.replace(",", " ").split()))


def _shown(text: str) -> str:
    """Return what of a text shows: a character that does not would make another name of it."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(one for one in plain if one.isspace() or unicodedata.category(one) not in ("Cc", "Cf"))
