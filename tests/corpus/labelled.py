"""What a labelled case is: evidence that differs from the account in good order, and the right answer."""

import functools
import importlib
import pkgutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from evidence.bundle.format.models import GapRecord, Run
from evidence.controls.declaration import Conclusion
from evidence.controls.engine import NOBODY
from evidence.readers.evidence import Known
from evidence.records import Target

MET, EXCEPTION = "met", "exception"
UNSETTLED, OUTSIDE = "not determined", "out of scope"
PASS, FAIL = Conclusion.NO_EXCEPTIONS, Conclusion.EXCEPTIONS
OPEN, EMPTY = Conclusion.NOT_CONCLUDED, Conclusion.NOT_APPLICABLE

REPORT_DOC = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html"
USER_GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"


@dataclass(frozen=True)
class Case:
    """One case. `rows` holds the verdicts by subject, in the order of rows where a subject has several.

    Subjects are ARNs less `arn:aws:iam::123456789012:`. Rows not named must be met or out of scope.
    """

    test: str
    name: str
    conclusion: Conclusion
    rows: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    records: Mapping[str, Sequence[Any] | Mapping[Target, Sequence[Any]]] = field(default_factory=dict)
    """By item: the records of its first target, or by target. Replaces what is there."""
    report: Sequence[Mapping[str, str]] | None = None
    """Rows of the credential report; root in good order is added where it is not among them."""
    thresholds: Mapping[str, Any] = field(default_factory=dict)
    entity: Mapping[str, Any] = field(default_factory=dict)
    gaps: Sequence[GapRecord] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    """Further arguments of `tests.support.bundles.make_bundle`."""
    run: Callable[[Run], Mapping[str, Any]] | None = None
    """Members of run.json that differ from what the records give."""
    known: Known = NOBODY
    """The outsiders that management named."""
    severities: Mapping[str, str] = field(default_factory=dict)
    """Of exceptions, by subject."""
    only: bool = False
    """There are no other rows than those named."""
    reference: str = ""
    """Where AWS's documentation settles it."""

    @property
    def id(self) -> str:
        """The case's name in pytest's output."""
        return f"{self.test}: {self.name}"


def table(
    test: str, values: Mapping[str, Any], make: Callable[[Any], Mapping[str, Any]], **common: Any
) -> tuple[Case, ...]:
    """Return one case for each named value: `make` tells what the value changes and what is right."""
    return tuple(Case(test=test, name=name, **common | make(value)) for name, value in values.items())


@functools.cache
def labelled_modules() -> tuple[ModuleType, ...]:
    """Return the files of cases: each holds CASES, and IN_GOOD_ORDER of items that only its tests read."""
    names = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    return tuple(
        importlib.import_module(f"tests.corpus.{name}")
        for name in names
        if name != "labelled" and not name.startswith("test_")
    )


def run_in_good_order(items: Collection[str]) -> dict[str, Any]:
    """Return the members of run.json without which these items are not in good order."""
    return {
        member: value
        for module in labelled_modules()
        for item, members in getattr(module, "RUN_IN_GOOD_ORDER", {}).items()
        if item in items
        for member, value in members.items()
    }


def items_in_good_order() -> dict[str, Any]:
    """Return the items that files of cases tell of by themselves, as an account in good order has them."""
    return {
        item: records
        for module in labelled_modules()
        for item, records in getattr(module, "IN_GOOD_ORDER", {}).items()
    }
