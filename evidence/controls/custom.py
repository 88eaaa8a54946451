"""Custom tests: rules over readers that an installed package declares, run by the same engine as ours.

What a custom test cannot do: take an id of ours, serve a criterion, contradict another test, accept anything,
explain missing evidence away, or conclude. It says which items it needs; a gap in any keeps it from
concluding. It sees those items alone (`DeclaredBundle`), through readers that share nothing with those of our
tests, and is performed after all of them. Whatever its rule does wrong makes it `not concluded`.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from typing import Any, BinaryIO, NoReturn

from pydantic import ValidationError

from evidence.bundle import Bundle, LocatedRecord
from evidence.bundle.format import bag
from evidence.bundle.format.models import GapRecord, Unit
from evidence.controls import topics
from evidence.controls.catalogue import catalogue
from evidence.controls.declaration import (
    Conclusion,
    ControlTest,
    Family,
    Remedy,
    Row,
    Severity,
    Verdict,
    registry,
)
from evidence.controls.inspection import RuleFailedError
from evidence.controls.remedies import in_general
from evidence.controls.results import CustomPackage, TestResult
from evidence.controls.row_results import Rows
from evidence.custom.declarations import PREFIX, ForeignPackage, SwitchedOnTest
from evidence.custom.packages import TESTS, InstalledEntry, installed
from evidence.errors import StorageError, UsageError
from evidence.readers.evidence import CREDENTIAL_REPORT, Evidence, UndeclaredItemError
from evidence.readers.missing import MissingEvidence, MissingKind
from evidence.readers.pointer import Pointer
from evidence.readers.unreadable import MalformedEvidenceError, Unreadable
from evidence.records import ITEM_ID, Target
from evidence.settings.sections import CustomSettings

_MAY_SAY = frozenset({Verdict.MET, Verdict.EXCEPTION, Verdict.NOT_DETERMINED, Verdict.OUT_OF_SCOPE})
"""What a rule may say of a member; the rest is the engine's."""
_WORDS = ("title", "risk", "procedure", "population", "attribute", "empty")
_ADVICE = "Switch it off in [custom], or have its package mend it (docs/custom.md)."
UNKNOWN_HERE = "It stands in the package's code, which is not here."


@dataclass(frozen=True)
class CustomTest:
    """A test of controls as a package declares it; an entry point of the group `evidence.tests` names one."""

    name: str
    """A word and a number, `ROT-1`: what follows the package in the test's id."""
    title: str
    risk: str
    procedure: str
    population: str
    attribute: str
    needs: tuple[str, ...]
    """Every item that the rule reads, at least one. A gap in any: `not concluded`."""
    rule: Callable[[Evidence], Iterator[Row]]
    severity: Severity
    remedy: Remedy
    empty: str
    """Why there may be no members, one sentence. Said only where no needed item has a record."""
    outside: str = ""
    """The same where there are members, each out of scope."""
    limits: str = ""


def load_test(entry: InstalledEntry) -> tuple[ControlTest, SwitchedOnTest]:
    """Return a custom test ready for the engine, and how a bundle names it.

    Raises UsageError for a declaration that cannot be taken.
    """
    catalogue()  # all of ours are declared before anything of others is imported
    declared = entry.load(CustomTest, registry)
    id = f"{entry.package.name.upper()}.{declared.name}"  # noqa: A001
    if problem := _problem(declared):
        raise UsageError(f"The custom test {id} {problem}.", _ADVICE)
    try:
        sealed = SwitchedOnTest(
            entry=entry.name, package=entry.package, id=id, title=declared.title, needs=declared.needs
        )
    except ValidationError as error:
        raise UsageError(
            f"The custom test {id!r} has a name or a title that cannot be taken.", _ADVICE
        ) from error
    return _control_test(declared, id, entry.package), sealed


def custom_tests(settings: CustomSettings) -> tuple[ControlTest, ...]:
    """Return the custom tests that settings switch on. Raises UsageError as `load_test`."""
    return tuple(load_test(entry)[0] for entry in installed(TESTS, settings.tests))


def switched_on(bundle: Bundle) -> Iterator[tuple[SwitchedOnTest, ControlTest | str]]:
    """Yield each custom test of a bundle's run; a sentence where it cannot be performed here, and why.

    Code is taken from installed packages alone, and only where it is what the run had, to the byte.
    """
    for sealed in bundle.run.custom.tests:
        try:
            entry = next(installed(TESTS, (sealed.entry,)))
            if entry.package != sealed.package:
                yield sealed, f"The package installed here is {entry.package}, the run had {sealed.package}."
                continue
            test, again = load_test(entry)
        except UsageError as error:
            yield sealed, f"{error.message} The run had {sealed.package}."
            continue
        yield (
            sealed,
            test if again == sealed else f"{sealed.package} declares it otherwise than it was sealed.",
        )


def packages_of(bundle: Bundle, performed: Sequence[TestResult]) -> tuple[CustomPackage, ...]:
    """Return the packages that a run switched something on of, and what of it."""
    scope = bundle.run.custom
    absent = {
        one.id for one in performed if any(why.what is MissingKind.NOT_PERFORMED for why in one.missing)
    }
    return tuple(
        CustomPackage(
            **package.model_dump(),
            items=tuple(one.item for one in scope.items if one.package == package),
            tests=tuple(one.id for one in scope.tests if one.package == package),
            not_performed=tuple(one.id for one in scope.tests if one.package == package and one.id in absent),
        )
        for package in scope.packages
    )


def not_performed(sealed: SwitchedOnTest, why: str) -> TestResult:
    """Return the result of a custom test whose package is not here."""
    return TestResult(
        id=sealed.id,
        title=sealed.title,
        topic=topics.CUSTOM.name,
        criteria=(),
        risk=UNKNOWN_HERE,
        procedure=UNKNOWN_HERE,
        population=UNKNOWN_HERE,
        attribute=UNKNOWN_HERE,
        needs=sealed.needs,
        uses=(),
        limits="",
        advisory=False,
        family=Family.CUSTOM,
        conclusion=Conclusion.NOT_CONCLUDED,
        complete=False,
        remedy=in_general(Remedy(console=f"Install {sealed.package.name} {sealed.package.version}.")),
        reason=f"It was not performed. {why}",
        considered=0,
        out_of_scope=0,
        out_of_scope_why={},
        population_size=0,
        inspected=0,
        exceptions=0,
        not_determined=0,
        missing=(MissingEvidence(MissingKind.NOT_PERFORMED, f"It was not performed. {why}"),),
        as_of=None,
        rows=Rows.of(),
    )


def _problem(declared: Any) -> str:
    """Return what is wrong with a declaration; empty for nothing."""
    texts = [getattr(declared, one) for one in (*_WORDS, "outside", "limits", "name")]
    if not all(isinstance(one, str) for one in texts) or not all(
        getattr(declared, one).strip() for one in _WORDS
    ):
        return f"says nothing as one of {', '.join(_WORDS)}"
    if any(brace in one for one in texts for brace in "{}"):
        return "has braces in its words, which stand for limits of ours"
    if not isinstance(declared.needs, tuple) or not declared.needs:
        return "needs no item, so that no missing evidence could keep it from concluding"
    if any(not isinstance(item, str) or not re.fullmatch(ITEM_ID, item) for item in declared.needs):
        return "needs something that is no item, like iam.credential-report"
    typed = isinstance(declared.severity, Severity) and isinstance(declared.remedy, Remedy)
    if not (typed and callable(declared.rule)) or declared.severity is Severity.LOW:
        return "has a rule, a remedy or a severity that is none; low is for our advisory tests"
    return ""


def _control_test(declared: CustomTest, id: str, package: ForeignPackage) -> ControlTest:  # noqa: A002
    return ControlTest(
        id=id,
        title=declared.title,
        topic=topics.CUSTOM,
        criteria=(),
        risk=declared.risk,
        procedure=declared.procedure,
        population=declared.population,
        attribute=declared.attribute,
        needs=declared.needs,
        rule=_Guarded(declared, id).rows,
        severity=declared.severity,
        remedy=declared.remedy,
        empty=declared.empty,
        outside=declared.outside,
        limits=declared.limits
        or f"Its rule is code of {package.name}, which nobody reviewed with this program.",
        family=Family.CUSTOM,
    )


@dataclass(frozen=True)
class _Guarded:
    """The rule of a custom test, of which nothing is taken on trust."""

    declared: CustomTest
    id: str

    def rows(self, evidence: Evidence) -> Iterator[Row]:
        """Yield what the rule gives, then look at what it may have passed over.

        Raises RuleFailedError for whatever it does wrong, MalformedEvidenceError for evidence that cannot be
        read, though the rule may not have minded. The rows before that stay.
        """
        needs = self.declared.needs
        seen = evidence.seen_through(DeclaredBundle.of(evidence.bundle, needs))
        pointed: set[tuple[str, int | None]] = set()
        columns = None
        for row in self._produced(seen):
            columns = self._columns(row, evidence.bundle, columns)
            pointed |= {(one.file, one.line) for one in row.pointers}
            yield row
        for item in needs:
            self._require_said(item, list(_places(seen, item)), pointed)

    def _require_said(
        self, item: str, places: Sequence[tuple[str, int]], pointed: set[tuple[str, int | None]]
    ) -> None:
        """Fail where records of an item have no row: of a custom item any, of ours all of them."""
        if places and not pointed:
            self._fail(
                f"gave no row, though there are records ({item} {len(places)}): out of scope is one too"
            )
        left = sum(place not in pointed and (place[0], None) not in pointed for place in places)
        if left and item.startswith(PREFIX):
            self._fail(
                f"says nothing of {left} of {len(places)} records of {item}: out of scope is a row too"
            )

    def _produced(self, seen: Evidence) -> Iterator[Any]:
        try:
            yield from self.declared.rule(seen)
        except (MalformedEvidenceError, StorageError):
            raise  # in words of ours
        except UndeclaredItemError as error:
            self._fail(str(error), error)
        except (Exception, SystemExit) as error:  # noqa: BLE001  whatever code of others raises
            self._fail(f"ended with {type(error).__name__}", error)

    def _columns(self, row: Any, bundle: Bundle, before: Sequence[str] | None) -> Sequence[str]:
        """Return the names of a row's further columns; fail for what is no row that a rule may give."""
        if type(row) is not Row:
            self._fail("gave something that is no row")
        for fits, words in _FITS:
            if not fits(row):
                self._fail(f"gave a row with {words}")
        if row.account not in bundle.accounts:
            self._fail("gave a row of an account that the run does not cover")
        if not all(_points_into(bundle, one, self.declared.needs) for one in row.pointers):
            self._fail("gave a row that points to no file of the items it needs")
        columns = tuple(row.attributes)
        if before is not None and columns != before:
            self._fail("gave rows with different further columns")
        return columns

    def _fail(self, what: str, error: BaseException | None = None) -> NoReturn:
        raise RuleFailedError(
            f"The rule of {self.id} {what}. Nothing follows from what it did not say."
        ) from error


def _places(seen: Evidence, item: str) -> Iterator[tuple[str, int]]:
    """Yield where the records of an item stand; raises MalformedEvidenceError for one that cannot be read."""
    if item == CREDENTIAL_REPORT:
        for report in seen.credential_reports():
            for unread in (report,) if isinstance(report, Unreadable) else report.unreadable:
                raise MalformedEvidenceError(str(unread))
    for place in seen.each(item, lambda located: (located.file, located.line)):
        if isinstance(place, Unreadable):
            raise MalformedEvidenceError(str(place))
        yield place


def _is_moment(value: object) -> bool:
    return value is None or (isinstance(value, datetime) and value.tzinfo is not None)


_FITS: tuple[tuple[Callable[[Any], bool], str], ...] = (
    (
        lambda row: isinstance(row.verdict, Verdict) and row.verdict in _MAY_SAY,
        "a verdict that is not a rule's",
    ),
    (
        lambda row: row.severity is None or (row.severity in Severity and row.severity is not Severity.LOW),
        "a severity that is none of ours",
    ),
    (lambda row: _is_moment(row.since) and _is_moment(row.began), "a time that is none, or has no zone"),
    (lambda row: not (row.doubts or row.aliases or row.arns or row.fills), "what only our tests may say"),
    (
        lambda row: isinstance(row.outside, str) and isinstance(row.attributes, dict),
        "members of another kind",
    ),
    (lambda row: isinstance(row.subject, str) and bool(row.subject.strip()), "no subject"),
    (lambda row: isinstance(row.pointers, tuple) and bool(row.pointers), "no pointer into the evidence"),
)
"""What each row of a custom test has to be; texts are looked at in `inspection`."""


def _points_into(bundle: Bundle, pointer: object, needs: Sequence[str]) -> bool:
    if not isinstance(pointer, Pointer) or not isinstance(pointer.line, int | None):
        return False
    return any(pointer.file in unit.files for item in needs for unit in bundle.units(item))


@dataclass(frozen=True)
class DeclaredBundle(Bundle):
    """A bundle as a custom test sees it: the items that it declares, and what the run says of itself."""

    origin: Bundle | None = None
    needs: tuple[str, ...] = ()

    @classmethod
    def of(cls, bundle: Bundle, needs: Sequence[str]) -> "DeclaredBundle":
        """Return that view of a bundle; what readers remember of the bundle is not shared."""
        own = {one.name: getattr(bundle, one.name) for one in fields(Bundle)}
        return cls(**own, origin=bundle, needs=tuple(needs))

    @cached_property
    def _open_files(self) -> frozenset[str]:
        read = super().units
        files = (file for item in self.needs for unit in read(item) for file in unit.files)
        return frozenset({bag.RUN, bag.GAPS, bag.CALLS, bag.ATTACHMENTS, *files})

    def units(self, item: str, account: str | None = None) -> tuple[Unit, ...]:
        """Return the units of a declared item; raises UndeclaredItemError for any other."""
        self._require(item)
        return super().units(item, account)

    def gaps_of(self, item: str, target: Target | None = None) -> tuple[GapRecord, ...]:
        """Return the gaps of a declared item; raises UndeclaredItemError for any other."""
        self._require(item)
        return super().gaps_of(item, target)

    def records(self, item: str, target: Target | None = None) -> Iterator[LocatedRecord]:
        """Yield the records of a declared item; raises UndeclaredItemError for any other."""
        self._require(item)
        return super().records(item, target)

    def open(self, file: str) -> BinaryIO:
        """Open a file of a declared item; raises UndeclaredItemError for any other."""
        if self.origin is None or (file != bag.RUN and file not in self._open_files):
            raise UndeclaredItemError(f"reads {file}, which belongs to no item that its test declares")
        return self.origin.open(file)

    def _require(self, item: str) -> None:
        if item not in self.needs:
            raise UndeclaredItemError(f"reads {item}, which its test does not declare")
