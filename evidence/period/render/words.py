"""Says in words what report, workbook and page print alike of stretches of time, exceptions and members."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from evidence.controls.declaration import Conclusion
from evidence.period.happened import PeriodEvent, Presence
from evidence.period.model import (
    AcceptedStretch,
    ConclusionPoint,
    ExceptionOverTime,
    PeriodPointer,
    PeriodResults,
    Remediation,
    ReviewDecision,
)
from evidence.report.conclusions import MARKS
from evidence.report.model import day, moment, plural

MOST_SHOWN, ENDING = 140, 40
"""Characters of a name on a page, and those of its end."""
NOT_COMPLETE, MORE_MAY_HIDE = "not complete", "△"
"""Beside exceptions noted where evidence was missing: the words, and the sign instead of ▲."""
ACCESS_CHANGES = frozenset(
    {
        "CreateUser", "DeleteUser", "CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey",
        "AttachUserPolicy", "AddUserToGroup", "CreateAccountAssignment", "DeleteAccountAssignment",
        "AddMemberToGroup", "RemoveMemberFromGroup", "CreateGroupMembership", "DeleteGroupMembership",
        "CreateGroup", "DeleteGroup", "UpdateGroup", "UpdateUser", "DisableUser", "EnableUser",
    }
)  # fmt: skip
"""Events that come with joining, moving and leaving; the report prints every other one."""
WEIGHT = {
    Remediation.OVERDUE: 0, Remediation.LATE: 1, Remediation.OPEN: 2, Remediation.NOT_DETERMINED: 3,
    Remediation.ACCEPTED: 4, Remediation.IN_TIME: 5,
}  # fmt: skip
"""In this order they are told of."""


def sign(point: ConclusionPoint) -> str:
    """Return the sign of a conclusion: ✓, ▲, ?, –, ◆; △ for exceptions noted, not complete."""
    symbol, _ = MARKS[point.conclusion]
    return MORE_MAY_HIDE if point.conclusion is Conclusion.EXCEPTIONS and not point.complete else symbol


def conclusion(point: ConclusionPoint) -> str:
    """Return a conclusion in words; beside it whether evidence was missing."""
    beside = f", {NOT_COMPLETE}" if point.conclusion is Conclusion.EXCEPTIONS and not point.complete else ""
    return f"{point.conclusion.value}{beside}"


def along(line: Sequence[ConclusionPoint]) -> Iterator[tuple[str, str]]:
    """Yield the conclusions along a line, what is alike together: sign, and the bundles in words."""
    for (mark, noted), alike in groupby(line, key=lambda point: (sign(point), point.exceptions)):
        numbers = [point.bundle for point in alike]
        bundles = f"{numbers[0]}" if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"
        yield mark, f"{bundles} ({noted:,})" if noted else bundles


def differs(point: ConclusionPoint) -> bool:
    """Say whether the pack itself concludes something else, or counts other exceptions."""
    return point.sealed is not None or point.sealed_exceptions is not None


def sealed(point: ConclusionPoint) -> str:
    """Return what the pack itself concludes: the word, and the number where that is another."""
    word = (point.sealed or point.conclusion).value
    noted = point.exceptions if point.sealed_exceptions is None else point.sealed_exceptions
    return f"{word}, {plural(noted, 'exception')}"


def number_runs(numbers: Sequence[int]) -> str:
    """Return ascending numbers in words, those on end together: `1 to 13, 15`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{one[0]} to {one[-1]}" if len(one) > 2 else ", ".join(map(str, one)) for one in runs)


def short(text: str, most: int = MOST_SHOWN) -> str:
    """Return beginning and end of a text that a page has no room for; the workbook has it whole."""
    return text if len(text) <= most else f"{text[: most - ENDING]} … {text[-ENDING:]}"


def days(least: float | None, most: float | None) -> str:
    """Return how long something stood: `12 to 19`, `at least 12`, `at most 19`, `not known`."""
    if least is None and most is None:
        return "not known"
    if least is None:
        return f"at most {_number(most)}"
    if most is None:
        return f"at least {_number(least)}"
    return _number(least) if _number(least) == _number(most) else f"{_number(least)} to {_number(most)}"


def _number(found: float | None) -> str:
    shown = f"{found or 0:,.1f}"
    return shown.removesuffix(".0")


class PeriodWords:
    """Words for what names bundles and events of one period by their numbers."""

    def __init__(self, results: PeriodResults) -> None:
        self._results = results

    def bundle(self, number: int | None) -> str:
        """Return a bundle with its day: `bundle 4 (2026-01-11)`; empty for none."""
        return "" if number is None else f"bundle {number} ({day(self._results.bundle(number).finished)})"

    def event(self, number: int | None) -> str:
        """Return an event by its number and name: `event 5, CreateUser`; empty for none."""
        return "" if number is None else f"event {number}, {self._results.event(number).name}"

    def began(self, presence: Presence) -> str:
        """Return when something came to be there, as exactly as it is known."""
        if presence.began:
            return self._exact(presence.began, presence.began_by)
        if presence.first is None:
            return "only events tell of it"
        if presence.absent_before is None:
            return f"in or before {self.bundle(presence.first)}"
        return f"between {self.bundle(presence.absent_before)} and {self.bundle(presence.first)}"

    def ended(self, presence: Presence) -> str:
        """Return when it was no longer there, as exactly as it is known; empty where nothing says so."""
        if presence.ended:
            return self._exact(presence.ended, presence.ended_by)
        if presence.absent_after is None:
            return ""
        last = self.bundle(presence.last)
        after = self.bundle(presence.absent_after)
        return f"between {last} and {after}" if last else f"before {after}"

    def _exact(self, when: object, by: int | None) -> str:
        told = moment(when)  # type: ignore[arg-type]
        return f"{told} by {self.event(by)}" if by else told

    def stood(self, one: ExceptionOverTime) -> tuple[str, str]:
        """Return when an exception began and when it ended, as exactly as it is known."""
        if one.since:
            began = f"since {moment(one.since)}"
        elif one.absent_before is None:
            began = f"since {self.bundle(one.first)} or before"
        else:
            began = f"since between {self.bundle(one.absent_before)} and {self.bundle(one.first)}"
        if one.ended:
            return began, f"ended {self._exact(one.ended, one.ended_by)}"
        if one.absent_after is None:
            return began, f"last seen in {self.bundle(one.last)}"
        return began, f"resolved between {self.bundle(one.last)} and {self.bundle(one.absent_after)}"

    def accepted(self, one: AcceptedStretch) -> str:
        """Return who accepted an exception, from when to when, and whether that lapsed."""
        until = f"until {one.expires_on}" if one.expires_on else "without an end"
        said = f"accepted by {one.approver}"
        said += f" on {one.approved_on}" if one.approved_on else ""
        lapsed = "; in the next bundle it stood and was not accepted" if one.lapsed else ""
        bundles = f"bundle {one.first}" if one.first == one.last else f"bundles {one.first} to {one.last}"
        return f"{said}, {until} ({bundles}){lapsed}"

    def pointer(self, one: PeriodPointer) -> str:
        """Return where something is written: `bundle 4: PATH:LINE`, or a file that was given."""
        return one.place if one.bundle is None else f"bundle {one.bundle}: {one.place}"

    def gone(self, one: ReviewDecision) -> str:
        """Return what became of access that a review took away."""
        if one.gone:
            return f"gone {moment(one.gone)}"
        if one.gone_by is not None:
            before = f", still in {self.bundle(one.still_in)}" if one.still_in is not None else ""
            return f"gone by {self.bundle(one.gone_by)}{before}"
        if one.still_in is not None:
            return f"still there in {self.bundle(one.still_in)}"
        return "not determined: no bundle after the decision shows it"


def matters(event: PeriodEvent) -> bool:
    """Say whether an event is printed one by one: root, what watches over access, MFA taken away."""
    return event.name not in ACCESS_CHANGES


def joined(presence: Presence) -> bool:
    """Say whether evidence of the period shows that something came to be there."""
    return presence.began_by is not None or presence.absent_before is not None


def left(presence: Presence) -> bool:
    """Say whether evidence of the period shows that something ceased to be there."""
    return presence.ended is not None or presence.absent_after is not None


def holes_headline(results: PeriodResults) -> str:
    """Return what is said before everything else: how much evidence of the period is not there."""
    holes = [(hole, item) for item in results.coverage for hole in item.holes]
    asked = sum(item.every_days is not None for item in results.coverage)
    if not asked:
        return "The settings ask for no item regularly: no day without evidence counts as a hole."
    if not holes:
        return f"No hole in the evidence of {plural(asked, 'item')} that the settings ask for."
    longest, item = max(holes, key=lambda pair: pair[0].days)
    items = len({item.item for _, item in holes})
    return (
        f"{plural(len(holes), 'hole')} in the evidence of {items:,} of {plural(asked, 'item')} asked for; "
        f"the longest is {plural(longest.days, 'day')}, {longest.first} to {longest.last} ({item.item})."
    )


def remediation_headline(results: PeriodResults) -> str:
    """Return in one sentence what became of all exceptions."""
    found = Counter(one.remediation for test in results.tests for one in test.exceptions)
    if not found:
        return "No test of any bundle has an exception."
    told = ", ".join(f"{found[kind]:,} {kind.value}" for kind in WEIGHT if found[kind])
    return f"{plural(found.total(), 'exception')} over time: {told}."
