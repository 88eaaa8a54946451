"""Tests that files hold as much as the call ledger says that AWS answered (IPE)."""

from collections.abc import Iterator, Sequence

from evidence.bundle.format import bag
from evidence.bundle.format.models import Unit
from evidence.controls import topics
from evidence.controls.declaration import Conclusion, Family, Row, Severity, Verdict, control_test
from evidence.controls.tests._collect_again import collect_again
from evidence.readers.evidence import Evidence
from evidence.readers.ledger import CountComparison, compare_files, file_of, ledger_figures
from evidence.readers.pointer import Pointer


@control_test(
    id="IPE-16",
    title="Files hold what the call ledger counted",
    topic=topics.COMPLETENESS,
    criteria=(),
    family=Family.RELIABILITY,
    risk="A member that AWS listed and the file lacks was taken out after it was collected.",
    procedure="For each file, added up what the call ledger counted in AWS's answers for it, operation by "
    "operation, and compared each sum with what the file holds: records, records of each kind, members of "
    "the lists inside of records. Looked for files that the ledger says were fed, and the run does not name.",
    population="Each file whose records are counted in the ledger, and each that only the ledger names",
    attribute="As many members as counted, of every operation",
    needs=(),
    empty="No such item was collected.",
    severity=Severity.MEDIUM,
    remedy=collect_again(
        "Let nothing write into the folder of a run while it is under way; a run that was cut off "
        "is taken up by --resume."
    ),
    empty_conclusion=Conclusion.NOT_CONCLUDED,
    limits="The ledger counts members, and not what stands in them. Of iam.authorization-details it counts "
    "users alone; groups, roles and policies are held against the account summary (IPE-2). Of trails it "
    "counts those of other regions too, and of events those that only read, which the files leave out.",
    reconciles=True,
)
def files_hold_what_was_counted(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per file."""
    for unit, counts in compare_files(evidence.bundle):
        yield _row(unit, counts)
    planned = {file_of(unit) for unit in evidence.run.units}
    for file, item in ledger_figures(evidence.bundle).files():
        if file.endswith(".jsonl") and file not in planned:
            yield _unnamed(file, item)


def _row(unit: Unit, counts: Sequence[CountComparison]) -> Row:
    file = next((path for path in unit.files if path.endswith(".jsonl")), "")
    target, first = unit.target.target(), counts[0]
    wrong = [one.words for one in counts if not one.agrees]
    return Row(
        subject=unit.item,
        account=target.account,
        region=target.region or "",
        verdict=Verdict.EXCEPTION if wrong else Verdict.MET,
        observed="; ".join(wrong or [first.words]),
        expected="the same number",
        pointers=(Pointer(file) if file else Pointer(bag.RUN), Pointer(bag.CALLS)),
        attributes={
            "records": str(first.held), "counted": str(first.counted), "counts compared": str(len(counts)),
        },
        doubts=(unit.item,) if wrong else (),
    )  # fmt: skip


def _unnamed(file: str, item: str) -> Row:
    return Row(
        subject=item,
        account="",
        verdict=Verdict.EXCEPTION,
        observed=f"calls fed {file}, and the run names no such file",
        expected="a file of the run, or a gap",
        pointers=(Pointer(bag.CALLS), Pointer(bag.RUN)),
        attributes={"records": "", "counted": "", "counts compared": ""},
        doubts=(item,),
    )
