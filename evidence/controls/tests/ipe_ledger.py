"""Tests that files hold as many members as the call ledger says that AWS listed (IPE)."""

from collections.abc import Iterator

from evidence.bundle.format import bag
from evidence.bundle.format.models import Unit
from evidence.controls import topics
from evidence.controls.declaration import Conclusion, Family, Row, Severity, Verdict, control_test
from evidence.controls.tests._collect_again import collect_again
from evidence.readers.evidence import Evidence, plural
from evidence.readers.ledger import LISTED, members_listed
from evidence.readers.pointer import Pointer
from evidence.records import Outcome


@control_test(
    id="IPE-16",
    title="Files hold what the call ledger counted",
    topic=topics.COMPLETENESS,
    criteria=(),
    family=Family.RELIABILITY,
    risk="A member that AWS listed and the file lacks was taken out after it was collected.",
    procedure="For each item whose records are a list's members one for one, added up the members that the "
    "call ledger counted in AWS's answers for its file, and compared the sum with the records in that file.",
    population="Each file of such an item",
    attribute="As many records as members counted",
    needs=(),
    empty="No such item was collected.",
    severity=Severity.MEDIUM,
    remedy=collect_again(
        "Let nothing write into the folder of a run while it is under way; a run that was cut off "
        "is taken up by --resume."
    ),
    empty_conclusion=Conclusion.NOT_CONCLUDED,
    limits="Items whose records are joined from several answers are held against other sources (IPE-1, "
    "IPE-2, IPE-12 to IPE-15).",
    reconciles=True,
)
def files_hold_what_was_counted(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per file."""
    for item in sorted(LISTED):
        for unit in evidence.bundle.units(item):
            if unit.outcome is not Outcome.GAP:
                yield _row(evidence, unit)


def _row(evidence: Evidence, unit: Unit) -> Row:
    operations, member = LISTED[unit.item]
    file = next((path for path in unit.files if path.endswith(".jsonl")), "")
    counted = sum(members_listed(evidence.bundle)[file, operation] for operation in operations)
    target = unit.target.target()
    there = evidence.bundle.records(unit.item, target) if file in evidence.bundle.hashes else ()
    held = sum(not member or member in located.value for located in there)
    same = held == counted
    return Row(
        subject=unit.item,
        account=target.account,
        region=target.region or "",
        verdict=Verdict.MET if same else Verdict.EXCEPTION,
        observed=f"{plural(held, 'record')} in the file, {counted} counted in {' and '.join(operations)}",
        expected="the same number",
        pointers=(Pointer(file) if file else Pointer(bag.RUN), Pointer(bag.CALLS)),
        attributes={"records": str(held), "counted": str(counted)},
        doubts=() if same else (unit.item,),
    )
