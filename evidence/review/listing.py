"""Makes the rows of an access review from the access listing of a bundle, each with a name of its own."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from evidence.bundle import Bundle
from evidence.bundle.format import strictjson
from evidence.clock import rfc3339
from evidence.errors import UsageError
from evidence.readers import identity_store
from evidence.readers.access_review import NOT_SHOWN, ROW, is_review, rows_digest
from evidence.readers.evidence import Evidence
from evidence.readers.unreadable import Unreadable
from evidence.report.access_listing import NOT_KNOWN, PERSON, AccessGap, AccessRow, access_listing
from evidence.report.workbook import cells

ROW_DIGITS = 32
_WORDS = {True: "yes", False: "no", None: "not determined"}
_NOBODY = ("nobody", NOT_KNOWN)


@dataclass(frozen=True, slots=True)
class AccessToReview:
    """One access that somebody has to decide about."""

    row: str
    """Names the access: 32 hex digits of a SHA-256 over what it is, and not over how it stands."""
    access: AccessRow
    names: tuple[str, ...]
    """By which a reviewer is taken for the person reviewed."""
    last_review: str = ""
    """When and by whom the access was last kept, in words."""

    @property
    def shown(self) -> dict[str, str]:
        """What the workbook shows of it, by column; every value is text, so that a change shows."""
        access = self.access
        used = "none on record" if access.never_used else NOT_KNOWN
        shown = {
            PERSON_COLUMN: access.name,
            "Display name": access.display,
            "Access": access.access or access.by or access.status,
            "Account": access.account,
            "Account name": access.account_name,
            "Group": access.group,
            "Administrator": _WORDS[access.administrator],
            "Last use (UTC)": rfc3339(access.last_used)[:16].replace("T", " ") if access.last_used else used,
            "MFA": NOT_KNOWN if access.mfa is None else _WORDS[access.mfa],
            "Last review": self.last_review or "none on record",
            "Kind": access.kind,
            "Status": access.status,
            "Note": access.note,
            ROW_COLUMN: self.row,
        }
        return {title: cells.text(text) for title, text in shown.items()}

    def record(self) -> dict[str, Any]:
        """Return what a review's bundle holds of it; names of several words stand apart from others."""
        access = self.access
        return {
            "Kind": access.kind,
            "Name": access.name,
            "Id": access.id,
            "Logins": [one for one in self.names if " " not in one],
            "Names": [one for one in self.names if " " in one],
            "Group": access.group,
            "GroupId": access.group_id,
            "Access": access.access or access.by or access.status,
            "AccessId": access.access_id,
            "Account": access.account,
            "AccountName": access.account_name,
            "Administrator": access.administrator,
            "LastUsed": rfc3339(access.last_used) if access.last_used else None,
            "NeverUsed": access.never_used,
            "Mfa": access.mfa,
            "LastReview": self.last_review,
        }


PERSON_COLUMN, ROW_COLUMN = "Person or user", "Row"


@dataclass(frozen=True, slots=True)
class AccessOfBundle:
    """All that a bundle shows of who has access."""

    rows: tuple[AccessToReview, ...]
    gaps: tuple[AccessGap, ...]
    """Access that it does not show."""
    without_access: int
    """People who have none; nothing is to decide about them."""


def access_of(bundle: Bundle) -> AccessOfBundle:
    """Return what is to be reviewed of a bundle. Raises UsageError for a review, and for a redacted copy."""
    if is_review(bundle):
        raise UsageError(
            f"{bundle.name} is an access review itself.", "Name a bundle that collected evidence."
        )
    if bundle.run.redacted_from is not None:
        raise UsageError(
            f"{bundle.name} is a redacted copy: its people are pseudonyms, whom no reviewer knows.",
            "Name the original.",
        )
    rows: list[AccessToReview] = []
    gaps: list[AccessGap] = []
    nothing = 0
    seen: dict[str, int] = {}
    mails = _mails(bundle)
    for line in access_listing(bundle):
        if isinstance(line, AccessGap):
            gaps.append(line)
        elif line.kind == PERSON and not line.access_id and line.administrator is False:
            nothing += 1
        else:
            rows.append(_to_review(line, mails.get(line.id, ()), seen))
    return AccessOfBundle(tuple(rows), tuple(gaps), nothing)


def _mails(bundle: Bundle) -> dict[str, tuple[str, ...]]:
    """Return the addresses that Identity Center knows of people, by their ids."""
    known = identity_store.people(Evidence.whole(bundle))
    return {one.id: one.emails for one in known if not isinstance(one, Unreadable)}


def _to_review(access: AccessRow, mails: tuple[str, ...], seen: dict[str, int]) -> AccessToReview:
    identity = [
        access.kind, access.id or access.name, access.group_id or access.group, access.access_id,
        access.access, access.account,
    ]  # fmt: skip
    row = _digest(identity)
    seen[row] = seen.get(row, 0) + 1
    if seen[row] > 1:  # what AWS lists twice is decided twice
        row = _digest([*identity, str(seen[row])])
    names = () if access.name in _NOBODY and not access.id else (access.name, access.display, *mails)
    return AccessToReview(row, access, tuple(dict.fromkeys(filter(None, names))))


def _digest(parts: list[str]) -> str:
    return hashlib.sha256(strictjson.line(parts)).hexdigest()[:ROW_DIGITS]


def completed(
    rows: Iterable[AccessToReview], names: Mapping[str, tuple[str, ...]], last: Mapping[str, str]
) -> tuple[AccessToReview, ...]:
    """Return rows with further names of their people, and with their last review, both by row."""
    return tuple(
        replace(
            one,
            names=tuple(dict.fromkeys((*one.names, *names.get(one.row, ())))),
            last_review=last.get(one.row, ""),
        )
        for one in rows
    )


def digest_of(rows: Iterable[AccessToReview]) -> str:
    """Return the SHA-256 over all rows, as the review's bundle names it."""
    return rows_digest((one.row, one.record()) for one in rows)


def gap_records(gaps: Iterable[AccessGap]) -> Iterator[dict[str, Any]]:
    """Yield the records of access that is not shown."""
    for gap in gaps:
        yield {NOT_SHOWN: {"Why": gap.why, "Account": gap.account}}


def decision_record(one: AccessToReview, decided: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of an access and what was decided about it."""
    return {ROW: one.record(), "Decision": dict(decided), "Row": one.row}
