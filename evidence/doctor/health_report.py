"""Puts together what the doctor found: its end, its exit code, and the document for machines."""

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

from evidence.doctor.checks import Check, Health
from evidence.doctor.operations import listed
from evidence.doctor.outlook import ExpectedGap, OpenTest
from evidence.errors import ExitCode
from evidence.settings.model import Settings

_SHOWN = 20


@dataclass
class HealthReport:
    """All that was found. Filled while it is being found."""

    settings: Settings
    everywhere: bool = False
    checks: list[Check] = field(default_factory=list)
    gaps: list[ExpectedGap] = field(default_factory=list)
    unasked: dict[str, str] = field(default_factory=dict)
    """Items that are not asked for everywhere, with the words for each."""
    tests: list[OpenTest] = field(default_factory=list)
    calls: int = 0
    accounts: int = 0
    """In scope."""
    tried: int = 0
    """Those in which all operations were tried."""

    @property
    def health(self) -> Health:
        """The worst that was found."""
        found = {check.health for check in self.checks}
        if Health.STOP in found:
            return Health.STOP
        if Health.GAP in found or self.gaps:
            return Health.GAP
        return Health.LATE if Health.LATE in found else Health.OK

    @property
    def exit_code(self) -> ExitCode:
        """1 where a run would not begin, 3 where it would leave gaps or nobody knows, 0 otherwise."""
        codes = {
            Health.STOP: ExitCode.COULD_NOT_RUN,
            Health.GAP: ExitCode.GAPS,
            Health.LATE: ExitCode.GAPS,
        }
        return codes.get(self.health, ExitCode.DONE)

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "health": self.health.name.lower(),
            "checks": [check.document() for check in self.checks],
            "gaps": [asdict(gap) for gap in self.gaps],
            "tests_not_concluded": [asdict(test) for test in self.tests],
            "accounts": self.accounts,
            "accounts_tried": self.tried,
            "calls": self.calls,
        }

    def text(self) -> str:
        """Return how it ends: what would be a gap, and which tests would not conclude."""
        return "\n".join([self._verdict(), *self._gap_lines(), *self._test_lines(), *self._extent()])

    def _verdict(self) -> str:
        stops = [check.name for check in self.checks if check.health is Health.STOP]
        if stops:
            return f"A run now would not begin: {', '.join(dict.fromkeys(stops))}."
        if self.gaps:
            return "A run now would leave gaps:"
        if self.health is Health.GAP:
            return "A run now would leave no gap, but lack what is marked above."
        if self.health is Health.LATE:
            return "Nothing was found that would be a gap, but there was no time to try all of it."
        return "A run now would leave no gap, as far as was tried."

    def _gap_lines(self) -> list[str]:
        where: dict[tuple[str, str], list[str]] = defaultdict(list)
        for gap in self.gaps:
            where[gap.item, gap.why].append(gap.where)
        alike: dict[tuple[str, str], list[str]] = defaultdict(list)
        for (item, why), places in where.items():
            alike[why, listed(places)].append(item)
        return _cut([f"  {listed(each)}: {why}; {places}" for (why, places), each in alike.items()])

    def _test_lines(self) -> list[str]:
        if not self.tests:
            return []
        why: dict[str, list[str]] = defaultdict(list)
        for test in self.tests:
            why[test.why].append(test.id)
        return [
            f"{len(self.tests)} tests would not conclude, where they do not find exceptions:",
            *_cut([f"  {', '.join(ids)}: {reason}" for reason, ids in why.items()]),
        ]

    def _extent(self) -> list[str]:
        if not self.calls:
            return ["What AWS would answer is not known."]
        rest = "" if self.everywhere or self.tried == self.accounts else "; --all tries them in every account"
        tried = f"All operations were tried in {self.tried} of {self.accounts} accounts{rest}."
        return [f"{tried} {self.calls} calls, none of which writes."]


def _cut(lines: list[str]) -> list[str]:
    more = len(lines) - _SHOWN
    return lines if more <= 0 else [*lines[:_SHOWN], f"  and {more} more; --json lists all"]
