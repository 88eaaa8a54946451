"""Lists the workbook's sheets of populations: how many, every member, and what changed."""

from collections.abc import Iterator, Sequence
from typing import Any

from evidence.period.model import PeriodResults
from evidence.period.render.words import PeriodWords, joined, left
from evidence.period.render.workbook_sheet import PEOPLE, PeriodSheet, marked
from evidence.report.model import yes_no
from evidence.report.workbook.sheets import columns_of


def sheets(results: PeriodResults) -> Iterator[PeriodSheet]:
    """Yield the sheets in their order."""
    words = PeriodWords(results)
    yield PeriodSheet(
        "Population counts", "How many of each kind each bundle shows", PEOPLE,
        columns_of(("Kind", 18), ("Bundle", 8), ("Day", 12), ("How many", 10), ("Whole", 12), ("Lacks", 70),
        ("Items", 50)),
        _counts(results), wrap=False,
    )  # fmt: skip
    yield PeriodSheet(
        "Populations", "Everything that was there at some time, a row for each stretch", PEOPLE,
        columns_of(("Kind", 18), ("Name as last seen", 40), ("Id", 40), ("Account", 15), ("Region", 13),
                   ("First bundle", 8), ("Last bundle", 8), ("Joined", 8), ("Left", 8),
                   ("Came to be there", 50),
                   ("Ceased to be there", 50), ("Began (UTC)", 19), ("Ended (UTC)", 19),
                   ("Absent before, bundle", 10),
                   ("Absent after, bundle", 10), ("Bundles that do not show it", 40), ("Events about it", 30),
                   ("Where the last bundle says so", 60)),
        _members(results, words), wrap=False, breaks=(9, 15),
    )  # fmt: skip
    yield PeriodSheet(
        "Changes", "What became otherwise between two bundles that show it", PEOPLE,
        columns_of(("Kind", 18), ("Name as last seen", 40), ("Id", 40), ("Account", 15),
        ("Between bundle", 9),
                   ("And bundle", 9), ("What", 18), ("Before", 44), ("After", 44), ("Events between", 20)),
        _changes(results), wrap=False,
    )  # fmt: skip


def _counts(results: PeriodResults) -> Iterator[Sequence[Any]]:
    for one in results.populations:
        whole = marked("whole" if one.whole else "not whole")
        for number, many in one.counts:
            day = results.bundle(number).finished.date()
            yield one.kind, number, day, many, whole, " ".join(one.lacking), one.items


def _members(results: PeriodResults, words: PeriodWords) -> Iterator[Sequence[Any]]:
    for population in results.populations:
        for one in population.members:
            for there in one.presences:
                yield (
                    population.kind, one.name, one.id, one.account, one.region, there.first, there.last,
                    yes_no(joined(there)), yes_no(left(there)), words.began(there), words.ended(there),
                    there.began,
                    there.ended, there.absent_before, there.absent_after, "; ".join(there.doubts), one.events,
                    one.pointer,
                )  # fmt: skip


def _changes(results: PeriodResults) -> Iterator[Sequence[Any]]:
    for population in results.populations:
        for one in population.members:
            for change in one.changes:
                yield (
                    population.kind, one.name, one.id, one.account, change.old, change.new, change.member,
                    change.before, change.after, change.events,
                )  # fmt: skip
