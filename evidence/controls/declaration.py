"""Defines what a test of controls is; a new test is one more `control_test` in a file beside this one.

A test holds in one place everything an auditor asks of it; its rule is a generator that is given the
evidence of a bundle and yields one row per population member. The engine (`evidence.controls.engine`)
decides the conclusion, so that no test can turn missing evidence into a pass.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from evidence.readers.pointer import Pointer

if TYPE_CHECKING:
    from evidence.readers.evidence import Evidence


class Conclusion(StrEnum):
    """How a test of controls ends."""

    NO_EXCEPTIONS = "no exceptions"
    EXCEPTIONS = "exceptions noted"
    NOT_CONCLUDED = "not concluded"
    NOT_APPLICABLE = "not applicable"
    ATTESTED = "attested"


class Verdict(StrEnum):
    """What the inspection of one population member gave."""

    MET = "met"
    EXCEPTION = "exception"
    ACCEPTED = "accepted"
    """An exception that management accepted. Given by the engine (`exceptions.toml`), never by a rule."""
    NOT_DETERMINED = "not determined"
    """The evidence is there and does not settle it; makes the test `not concluded`."""
    OUT_OF_SCOPE = "out of scope"
    """Listed for completeness, with the reason; not counted as inspected."""


@dataclass(frozen=True, slots=True)
class Row:
    """One population member: what was observed, what was expected, and where that is written."""

    subject: str
    """ARN where there is one, else the most exact name."""
    account: str
    verdict: Verdict
    observed: str
    expected: str
    pointers: tuple[Pointer, ...]
    region: str = ""
    since: datetime | None = None
    """Since when the exception has held, if the evidence tells."""
    note: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Further columns for the workbook, the same keys in every row of a test."""
    aliases: tuple[str, ...] = ()
    """Other names under which an accepted exception may name this row (AA-3: its archive rules)."""


@dataclass(frozen=True)
class ControlTest:
    """One test of controls: declaration and rule."""

    id: str
    title: str
    topic: str
    """The heading it stands under: 'Root', 'People and credentials', …"""
    criteria: tuple[str, ...]
    """SOC 2 criteria it serves by default; settings may replace them."""
    risk: str
    """What goes wrong when the control fails, one sentence."""
    procedure: str
    """What was done, in an auditor's words. Here, in population and attribute `{threshold}` is filled in."""
    population: str
    """What it ranges over."""
    attribute: str
    """What is inspected in each member."""
    needs: tuple[str, ...]
    """Evidence items; a gap in any makes the conclusion `not concluded`."""
    rule: Callable[["Evidence"], Iterator[Row]]
    empty: str
    """Why zero members is `not applicable`, one sentence."""
    empty_conclusion: Conclusion = Conclusion.NOT_APPLICABLE
    """NOT_CONCLUDED for tests where no members means nothing was shown (CFG-4)."""
    outside: str = ""
    """The same where there are members, each of them out of scope; empty where `empty` says that too."""
    advisory: bool = False
    """Exceptions are worth knowing but do not by themselves mean that a criterion is not met."""
    limits: str = ""
    """What the test cannot show."""
    uses: tuple[str, ...] = ()
    """Evidence items that explain a row when they are there; a gap in them decides nothing by itself."""
    met_by_acceptance: bool = False
    """What is inspected is whether management accepted the member (AA-3): an accepted row meets the rule."""
    attested: bool = False
    """No API shows it: concluded from `attestations.toml` alone, `attested` or `not concluded`."""


registry: dict[str, ControlTest] = {}
"""Declared tests by id; `evidence.controls.catalogue` imports every file that declares some."""


def control_test(
    *,
    id: str,  # noqa: A002
    title: str,
    topic: str,
    criteria: tuple[str, ...],
    risk: str,
    procedure: str,
    population: str,
    attribute: str,
    needs: tuple[str, ...],
    empty: str,
    empty_conclusion: Conclusion = Conclusion.NOT_APPLICABLE,
    outside: str = "",
    advisory: bool = False,
    limits: str = "",
    uses: tuple[str, ...] = (),
    met_by_acceptance: bool = False,
) -> Callable[[Callable[["Evidence"], Iterator[Row]]], ControlTest]:
    """Declare the decorated generator as the rule of test `id`."""

    def declare(rule: Callable[["Evidence"], Iterator[Row]]) -> ControlTest:
        test = ControlTest(
            id=id,
            title=title,
            topic=topic,
            criteria=criteria,
            risk=risk,
            procedure=procedure,
            population=population,
            attribute=attribute,
            needs=needs,
            rule=rule,
            empty=empty,
            empty_conclusion=empty_conclusion,
            outside=outside,
            advisory=advisory,
            limits=limits,
            uses=uses,
            met_by_acceptance=met_by_acceptance,
        )
        register(test)
        return test

    return declare


def register(*tests: ControlTest) -> None:
    """Put declared tests into the catalogue."""
    for test in tests:
        if test.id in registry:
            raise ValueError(f"two tests declare {test.id}")
        registry[test.id] = test
