"""Rows that many tests add to their own: regions left out of the run, accounts of which nothing was shown."""

from collections.abc import Iterable, Iterator

from evidence.bundle.format import bag
from evidence.controls.declaration import Row, Verdict
from evidence.readers import coverage
from evidence.readers.evidence import Evidence, joined_names
from evidence.readers.pointer import Pointer


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
                expected="in scope",
                pointers=(Pointer(bag.RUN),),
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
