"""Defines what a test of controls is; a new test is one more `control_test` in a file beside this one.

A test holds in one place everything an auditor asks of it; its rule is a generator that is given the
evidence of a bundle and yields one row per population member. The engine (`evidence.controls.engine`)
decides the conclusion, so that no test can turn missing evidence into a pass.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from evidence.readers.pointer import Pointer
from evidence.records import ITEM_ID

if TYPE_CHECKING:
    from evidence.readers.evidence import Evidence


class Conclusion(StrEnum):
    """How a test of controls ends."""

    NO_EXCEPTIONS = "no exceptions"
    EXCEPTIONS = "exceptions noted"
    NOT_CONCLUDED = "not concluded"
    NOT_APPLICABLE = "not applicable"
    ATTESTED = "attested"


class Family(StrEnum):
    """Which of the sums a test is counted in. They are never added up."""

    CONTROLS = "controls"
    """Whether management's controls work; serves criteria."""
    RELIABILITY = "reliability"
    """Whether the evidence can be relied on; serves no criterion."""
    CUSTOM = "custom"
    """What a package that is not ours concludes; serves no criterion."""


class BundleKind(StrEnum):
    """What a bundle holds, which decides the tests that are performed over it."""

    COLLECTION = "collection"
    REVIEW = "access review"


COLLECTIONS = frozenset({BundleKind.COLLECTION})
REVIEWS = frozenset({BundleKind.REVIEW})


class Severity(StrEnum):
    """How much an exception matters, by the rule that docs/controls.md prints and no other."""

    CRITICAL = "critical"
    """Somebody outside, or anybody, can become administrator or root; a public resource; root without MFA."""
    HIGH = "high"
    """An administrator lacks what the test asks; outsiders nobody accepted; what other controls rest on."""
    MEDIUM = "medium"
    """Every other exception."""
    LOW = "low"
    """An exception of an advisory test."""

    @property
    def weight(self) -> int:
        """The heavier, the larger."""
        return {"critical": 4, "high": 3, "medium": 2, "low": 1}[self.value]


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do about an exception. `{subject}` and its like stand for what `controls.remedies` fills in."""

    console: str
    """The steps in the AWS console, or in the company's own files where AWS has none."""
    cli: tuple[str, ...] = ()
    """The same by commands. `[user inline] aws …` is for rows of which these facts are known."""


class Verdict(StrEnum):
    """What the inspection of one population member gave."""

    MET = "met"
    EXCEPTION = "exception"
    ACCEPTED = "accepted"
    """An exception that management accepted. Given by the engine (`exceptions.toml`), never by a rule."""
    NOT_DETERMINED = "not determined"
    """The evidence is there and does not settle it; makes the test `not concluded`."""
    OUT_OF_SCOPE = "out of scope"
    """Listed for completeness, with the reason; not of the population."""
    NOT_SELECTED = "not selected"
    """Of the population, and not in the audit sample: not inspected."""


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
    began: datetime | None = None
    """When what an acceptance approves came to be (a key, a finding), where that is not `since`."""
    note: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Further columns for the workbook, the same keys in every row of a test."""
    severity: "Severity | None" = None
    """Of this row, where it is not that of its test."""
    aliases: tuple[str, ...] = ()
    """Other names under which an accepted exception may name this row (AA-3: its archive rules)."""
    outside: str = ""
    """Why it is out of scope, in words that others share, where `observed` says more than that."""
    doubts: tuple[str, ...] = ()
    """Items whose lists the row shows not to be complete, in a test that reconciles: see `doubts`."""
    arns: tuple[str, ...] = ()
    """What the row is about, for other programs; not given: the subject, where that is an ARN."""
    fills: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    """What a remedy says of this row, beside what stands in its ARNs; by the name of the placeholder."""


@dataclass(frozen=True, slots=True)
class Bearing:
    """A test whose result bears on what management attests."""

    test: str
    denies: str = ""
    """What an exception of it says against the statement, a clause; empty where none denies it."""
    when_accepted: bool = True
    """Exceptions that management accepted say so too."""
    after_days: int = 0
    """Only exceptions that began longer before the collection than this say so."""


@dataclass(frozen=True, slots=True)
class ControlTopic:
    """The heading that tests of controls stand under, and its place among the others (`controls.topics`)."""

    name: str
    order: int = 50
    """Its place, before the name. Not given: after known topics, before the two that close the catalogue."""
    prefixes: tuple[str, ...] = ()
    """The words before the hyphen of its tests' ids, in their order; others come after, by name."""


class ConcludedTest(Protocol):
    """What a conclusion rests on beside rows and holes: of a test over one bundle, and over a period."""

    @property
    def met_by_acceptance(self) -> bool:
        """An accepted row meets the rule."""

    @property
    def empty(self) -> str:
        """Why there are no members, one sentence."""

    @property
    def empty_conclusion(self) -> Conclusion:
        """What no members come to."""

    @property
    def outside(self) -> str:
        """Why there are none where all are out of scope; empty where `empty` says that too."""


@dataclass(frozen=True)
class ControlTest:
    """One test of controls: declaration and rule."""

    id: str
    title: str
    topic: ControlTopic
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
    severity: Severity
    """Of an exception whose row says nothing of its own; low exactly where the test is advisory."""
    remedy: Remedy
    """What to do about an exception."""
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
    decides_nothing: tuple[str, ...] = ()
    """Of `uses`: what changes no verdict (an owner to print, an exception's weight). Doubts do not matter."""
    met_by_acceptance: bool = False
    """What is inspected is whether management accepted the member (AA-3): an accepted row meets the rule."""
    needs_people: bool = False
    """It holds evidence against the company's own list of people; without that it is not concluded."""
    attested: bool = False
    """No API shows it: concluded from `attestations.toml` alone, `attested` or `not concluded`."""
    bearings: tuple[Bearing, ...] = ()
    """Of an attested test: the tests that are printed beside the statement."""
    family: Family = Family.CONTROLS
    regional: bool = False
    """Its rows are regions in which something must be; one that a policy closes is out of scope."""
    somewhere: bool = False
    """One place is enough: regions that the run leaves out matter only where nothing was found (AA-4)."""
    reconciles: bool = False
    """Its rows tell where sources contradict each other (`Row.doubts`): no test concludes over those."""
    spares: tuple[str, ...] = ()
    """Of a test that reconciles: words or ids of tests to which its doubts do not matter."""
    doubts: tuple[str, ...] = ()
    """Of a test that reconciles: items that its rows may doubt besides those it reads."""
    over: frozenset[BundleKind] = COLLECTIONS
    """The kinds of bundles that it is performed over."""

    @property
    def place(self) -> tuple[int, str, int, str, int]:
        """What the catalogue is sorted by: the topic, then the id's word, then its number."""
        word, _, number = self.id.partition("-")
        known = self.topic.prefixes
        rank = known.index(word) if word in known else len(known)
        return (self.topic.order, self.topic.name, rank, word, int(number or 0))


registry: dict[str, ControlTest] = {}
"""Declared tests by id; `evidence.controls.catalogue` imports every file that declares some."""


def control_test(
    *,
    id: str,  # noqa: A002
    title: str,
    topic: ControlTopic,
    criteria: tuple[str, ...],
    risk: str,
    procedure: str,
    population: str,
    attribute: str,
    needs: tuple[str, ...],
    empty: str,
    severity: Severity,
    remedy: Remedy,
    empty_conclusion: Conclusion = Conclusion.NOT_APPLICABLE,
    outside: str = "",
    advisory: bool = False,
    limits: str = "",
    uses: tuple[str, ...] = (),
    decides_nothing: tuple[str, ...] = (),
    met_by_acceptance: bool = False,
    needs_people: bool = False,
    family: Family = Family.CONTROLS,
    regional: bool = False,
    somewhere: bool = False,
    reconciles: bool = False,
    spares: tuple[str, ...] = (),
    doubts: tuple[str, ...] = (),
    over: frozenset[BundleKind] = COLLECTIONS,
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
            decides_nothing=decides_nothing,
            met_by_acceptance=met_by_acceptance,
            needs_people=needs_people,
            family=family,
            severity=severity,
            remedy=remedy,
            regional=regional,
            somewhere=somewhere,
            reconciles=reconciles,
            spares=spares,
            doubts=doubts,
            over=over,
        )
        register(test)
        return test

    return declare


def register(*tests: ControlTest) -> None:
    """Put declared tests into the catalogue."""
    for test in tests:
        _check(test)
        registry[test.id] = test


def _check(test: ControlTest) -> None:
    """Raise an error of one sentence for a declaration that the catalogue cannot take."""
    if not re.fullmatch(r"[A-Z][A-Z0-9]{0,15}(-[1-9][0-9]{0,2})?", test.id):
        raise ValueError(
            f"The id of a test of controls is a word and a number, like KEY-1; {test.id!r} is not."
        )
    if test.id in registry:
        raise ValueError(
            f"Two tests of controls declare the id {test.id}; take the next number that is free."
        )
    if not isinstance(test.topic, ControlTopic):
        raise TypeError(
            f"{test.id} declares the topic {test.topic!r}; take one of controls/topics.py instead."
        )
    alike = next((one for one in registry.values() if one.topic.name == test.topic.name), test)
    if alike.topic != test.topic:
        raise ValueError(
            f"{test.id} and {alike.id} declare the topic {test.topic.name!r} differently; share one."
        )
    _check_words(test)


def _check_words(test: ControlTest) -> None:
    if bool(test.criteria) is (test.family is Family.RELIABILITY):
        raise ValueError(
            f"{test.id} is in the family {test.family.value} and serves "
            f"{', '.join(test.criteria) or 'no criterion'}; controls serve some, tests of reliability none."
        )
    for name in ("title", "risk", "procedure", "population", "attribute", "empty"):
        if not getattr(test, name):
            raise ValueError(f"{test.id} says nothing as its {name}; an auditor reads it in the report.")
    if test.advisory is not (test.severity is Severity.LOW):
        raise ValueError(
            f"{test.id} is {'advisory' if test.advisory else 'not advisory'} and its exceptions are "
            f"{test.severity}; those of advisory tests are low, and no others."
        )
    if not test.remedy.console:
        raise ValueError(f"{test.id} says nothing of what to do about an exception in the console.")
    if test.limits and not test.limits.strip():
        raise ValueError(f"{test.id} has blank limits; say what it cannot show, or leave them out.")
    for item in (*test.needs, *test.uses):
        if not re.fullmatch(ITEM_ID, item):
            raise ValueError(f"{test.id} reads the item {item!r}, which is not like iam.credential-report.")
    if not set(test.decides_nothing) <= set(test.uses):
        raise ValueError(f"{test.id} says of an item that it decides nothing, and does not use it.")
