"""Rows that many tests add to their own: regions left out of the run, accounts of which nothing was shown.

And what many ask before they say that there is none of something.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from evidence.bundle.format import bag
from evidence.controls.declaration import ControlTest, Row, Verdict
from evidence.readers import coverage
from evidence.readers.closed_regions import ClosedRegion, closed_regions
from evidence.readers.evidence import Evidence, joined_names
from evidence.readers.organizations import TREE
from evidence.readers.pointer import Pointer
from evidence.readers.unreadable import MALFORMED, Unreadable, reason

CONTRADICTED = "Another source contradicts the organization's lists (IPE): the policy explains nothing."


def out_of_scope_rows(evidence: Evidence, account: str) -> Iterator[Row]:
    """Yield a row out of scope for each enabled region of the account that the run does not cover."""
    for state in evidence.bundle.regions(account):
        if state.status in coverage.ENABLED and not state.in_scope:
            yield Row(
                subject=state.region,
                account=account,
                region=state.region,
                verdict=Verdict.OUT_OF_SCOPE,
                observed=f"enabled, and left out of this run: {state.reason}",
                outside="a region left out of this run",
                expected="in scope",
                pointers=(Pointer(bag.RUN),),
            )


def in_open_regions(test: ControlTest, evidence: Evidence, rows: Iterable[Row]) -> Iterator[Row]:
    """Yield a test's rows, and one out of scope for each region that refused to answer as a policy closes it.

    Where the rows are regions in which something must be (`regional`), a closed one that answered is out of
    scope as well. What was found in a closed region by any other test stays found. Where another source
    contradicts the organization's lists, its policies explain nothing: see `doubts`.
    """
    trusted = not any(map(evidence.doubts, TREE))
    columns: dict[str, str] = {}
    for row in rows:
        columns = columns or dict.fromkeys(row.attributes, "")
        missed = trusted and test.regional and row.region and row.verdict is Verdict.EXCEPTION
        closed = closed_regions(evidence, row.account).get(row.region) if missed else None
        yield _outside(row, closed) if closed else row
    for target in sorted(evidence.closed, key=lambda one: (one.account, one.region or "")):
        region = target.region or ""
        row = Row(
            subject=region,
            account=target.account,
            region=region,
            verdict=Verdict.OUT_OF_SCOPE,
            observed="not answered",
            expected="not closed by a service control policy",
            pointers=(Pointer(bag.GAPS),),
            attributes=columns,
        )
        row = _outside(row, closed_regions(evidence, target.account)[region])
        yield row if trusted else replace(row, verdict=Verdict.NOT_DETERMINED, note=CONTRADICTED)


def _outside(row: Row, closed: ClosedRegion) -> Row:
    return replace(
        row,
        verdict=Verdict.OUT_OF_SCOPE,
        outside=f"a region {closed.words}",
        observed=f"{row.observed}; {closed.words}",
        pointers=(*row.pointers, closed.pointer),
        note=" ".join(filter(None, (row.note, closed.note))),
    )


def none_found(evidence: Evidence, item: str, account: str = "") -> tuple[Verdict, str]:
    """Return the verdict of a row that says 'there is none' of an item, and why it is no exception if so.

    'There is none' may be said only of what was asked, everywhere, and what no other source denies.
    """
    where = evidence.not_asked(item, account)
    if where:
        return Verdict.NOT_DETERMINED, f"{item} was not asked for everywhere: {joined_names(where)}."
    if doubts := evidence.doubts(item):
        return Verdict.NOT_DETERMINED, f"{joined_names(doubts)}."
    return (Verdict.EXCEPTION, "") if evidence.complete else (Verdict.NOT_DETERMINED, "")


def with_every_account(
    evidence: Evidence, item: str, rows: Iterable[Row], observed: str, expected: str
) -> Iterator[Row]:
    """Yield rows, then one not determined for each account that has none, where others have some.

    For tests where no member means that nothing was shown: no account passes on the rows of another.
    `item` is where members were looked for. Where no account has any, the test's `empty` says so.
    """
    shown: dict[str, Row] = {}
    for row in rows:
        if row.verdict is not Verdict.OUT_OF_SCOPE:
            shown[row.account] = row
        yield row
    columns = {name: "" for row in shown.values() for name in row.attributes}
    for account in evidence.accounts if shown else ():
        if account not in shown:
            yield Row(
                subject=f"arn:{evidence.run.partition}:iam::{account}:root",
                account=account,
                verdict=Verdict.NOT_DETERMINED,
                observed=observed,
                expected=expected,
                pointers=tuple(
                    evidence.item_pointer(item, account, region) for region in evidence.regions(account)
                ),
                attributes=columns,
            )


def unreadable_rows(
    found: Iterable[tuple[str, str, Unreadable]], expected: str, columns: Iterable[str]
) -> Iterator[Row]:
    """Yield a row not determined for each record that nobody can read: it costs itself, and no other.

    `found` gives account, region and record; `columns` are those of the test's other rows.
    """
    names = tuple(columns)
    for account, region, one in found:
        yield Row(
            subject=str(one.pointer),
            account=account,
            region=region,
            verdict=Verdict.NOT_DETERMINED,
            observed=f"not in the documented form: {one.why}",
            expected=expected,
            pointers=(one.pointer,),
            attributes=dict.fromkeys(names, ""),
        )


def unreadable_lines(
    evidence: Evidence, account: str, expected: str, columns: Iterable[str]
) -> Iterator[Row]:
    """Yield a row not determined for each line of an account's credential report that nobody can read."""
    lines = evidence.credential_report(account).unreadable
    yield from unreadable_rows(((account, "", one) for one in lines), expected, dict.fromkeys(columns, ""))


def as_far_as_readable(
    rows: Iterable[Row], account: str, region: str, pointer: Pointer, columns: Iterable[str]
) -> Iterator[Row]:
    """Yield rows of one account, or of a region of it; at what nobody can read, one not determined.

    So an odd record costs its region, and the others are still tested.
    """
    try:
        yield from rows
    except MALFORMED as error:
        yield Row(
            subject=region or account,
            account=account,
            region=region,
            verdict=Verdict.NOT_DETERMINED,
            observed=f"not in the documented form: {reason(error)}",
            expected="evidence that can be read",
            pointers=(pointer,),
            attributes=dict.fromkeys(columns, ""),
        )
