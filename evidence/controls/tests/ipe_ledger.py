"""Tests that files hold as much as the call ledger says that AWS answered (IPE)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from evidence.bundle.format import bag
from evidence.bundle.format.models import Unit
from evidence.controls import topics
from evidence.controls.declaration import Conclusion, Family, Row, Severity, Verdict, control_test
from evidence.controls.tests._collect_again import collect_again
from evidence.readers.evidence import Evidence, plural
from evidence.readers.ledger import Tie, ledger_figures, tied_items, ties
from evidence.readers.pointer import Pointer
from evidence.records import Outcome

GONE = "Vanished"
"""Member of a record of what was deleted while it was asked for: answered in part, and kept as its name."""


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
    for item in tied_items():
        for unit in evidence.bundle.units(item):
            if unit.outcome is not Outcome.GAP:
                yield _row(evidence, unit)
    planned = {_path(unit) for unit in evidence.run.units}
    for file, item in ledger_figures(evidence.bundle).files():
        if file.endswith(".jsonl") and file not in planned:
            yield _unnamed(file, item)


def _path(unit: Unit) -> str:
    """Return where a unit's records are written."""
    return f"{unit.target.target().folder}/{unit.item.replace('.', '/', 1)}.jsonl"


def _row(evidence: Evidence, unit: Unit) -> Row:
    file = next((path for path in unit.files if path.endswith(".jsonl")), "")
    target, path = unit.target.target(), file or _path(unit)
    there = evidence.bundle.records(unit.item, target) if file in evidence.bundle.hashes else ()
    records = _objects(located.value for located in there)
    figures = _figures(evidence, path, ties(unit.item), records)
    wrong = [words for words, held, counted in figures if held != counted]
    held, counted = figures[0][1:]
    return Row(
        subject=unit.item,
        account=target.account,
        region=target.region or "",
        verdict=Verdict.EXCEPTION if wrong else Verdict.MET,
        observed="; ".join(wrong or [figures[0][0]]),
        expected="the same number",
        pointers=(Pointer(file) if file else Pointer(bag.RUN), Pointer(bag.CALLS)),
        attributes={"records": str(held), "counted": str(counted), "counts compared": str(len(figures))},
        doubts=(unit.item,) if wrong else (),
    )


def _objects(values: Iterable[object]) -> list[Mapping[str, Any]]:
    return [value for value in values if isinstance(value, dict)]


def _figures(
    evidence: Evidence, file: str, compared: Sequence[Tie], records: Sequence[Mapping[str, Any]]
) -> list[tuple[str, int, int]]:
    """Return each count in words, how many the file holds, and how many the ledger counted for it.

    What was deleted meanwhile may have been answered in part: more counted than held is then no difference,
    but in the first count, of which it is one.
    """
    figures, partly = [], any(GONE in record for record in records)
    for number, tie in enumerate(compared):
        held = sum(map(tie.held, records))
        counted = ledger_figures(evidence.bundle).counted(file, tie)
        said = f"{plural(held, tie.what)} in the file, {counted} counted in {' and '.join(tie.operations)}"
        figures.append((said, held, held if number and partly and held < counted else counted))
    return figures


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
