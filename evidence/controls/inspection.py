"""Runs the rule of a test over a bundle: its rows, and why there are no more where evidence cannot be read.

What management stated is not considered here, and nothing is concluded (`evidence.controls.engine`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from evidence.bundle import Bundle
from evidence.controls.declaration import ControlTest, Row, Verdict
from evidence.controls.rows import in_open_regions
from evidence.readers.closed_regions import closing_coverage
from evidence.readers.coverage import Coverage
from evidence.readers.evidence import Evidence, Known
from evidence.readers.missing import MissingEvidence, MissingKind
from evidence.readers.unreadable import MALFORMED, reason
from evidence.records import items_for_source
from evidence.settings.model import SealedSettings, within_bounds

T = TypeVar("T")
NOBODY = Known()
UNDOUBTED: Mapping[str, tuple[MissingEvidence, ...]] = {}


class RuleFailedError(Exception):
    """The rule of a custom test did what no rule may; one sentence of ours that says what."""


@dataclass(slots=True)
class Inspection:
    """A test and the evidence that its rule is run over."""

    test: ControlTest
    needs: tuple[str, ...]
    """The items as this run's source of Config's results has them; `uses` alike."""
    uses: tuple[str, ...]
    covered: Coverage
    evidence: Evidence
    settings: SealedSettings
    """As they were given: a limit that limits nothing stands here, and not in the evidence."""
    unreadable: str = ""
    """Why there are no more rows, known when all were taken; empty where there are all."""

    @property
    def unstated(self) -> bool:
        """The list of people that the rule holds the evidence against was not given."""
        return self.test.needs_people and self.evidence.known.people is None

    def rows(self) -> Iterator[Row]:
        """Run the rule: yield its rows, until the evidence cannot be read further.

        What was found before that stays: a known exception is not hidden by a record that nobody can read.
        """
        if self.covered.nothing or self.unstated:
            return
        try:
            for row in in_open_regions(self.test, self.evidence, self.test.rule(self.evidence)):
                yield row if _all_text(row) else _in_words(row)
        except RuleFailedError as error:
            self.unreadable = str(error)
        except MALFORMED as error:
            self.unreadable = f"The evidence is not in the documented form: {reason(error)}."


def inspect(
    test: ControlTest,
    bundle: Bundle,
    known: Known = NOBODY,
    doubts: Mapping[str, tuple[MissingEvidence, ...]] = UNDOUBTED,
    settings: SealedSettings | None = None,
) -> Inspection:
    """Prepare to run a test's rule; it has no rows where an item that it needs is missing altogether.

    `settings` stand for those sealed into the bundle.
    """
    source = bundle.run.settings.config_source
    needs, uses = items_for_source(test.needs, source), items_for_source(test.uses, source)
    covered = closing_coverage(bundle, needs)
    given = settings or bundle.run.settings
    tried = given.model_copy(update={"thresholds": within_bounds(given.thresholds)})
    evidence = Evidence(bundle, needs, uses, covered, known, doubts=doubts, settings=tried)
    return Inspection(test, needs, uses, covered, evidence, given)


def read(function: Callable[[], T]) -> T | None:
    """Return what reads as documented, None where it does not."""
    try:
        return function()
    except MALFORMED:
        return None


def as_missing(unreadable: str) -> MissingEvidence:
    """Return evidence that is there, and cannot be read, as what is missing."""
    return MissingEvidence(MissingKind.UNREADABLE, unreadable)


def _all_text(row: Row) -> bool:
    texts = (row.subject, row.account, row.region, row.observed, row.expected, row.note)
    try:
        "".join((*texts, *row.attributes, *row.attributes.values()))
    except TypeError:
        return False
    return True


_MEMBERS = ("subject", "account", "region", "observed", "expected", "note")


def _in_words(row: Row) -> Row:
    """Return a row for one that holds what is no text: evidence that is not as documented got into it.

    One odd record costs one row. An exception stays one; whatever else the row said is not determined.
    """
    odd = [name for name in _MEMBERS if _text(getattr(row, name), None) is None]
    odd += [
        str(name)
        for name, value in row.attributes.items()
        if _text(name, None) is None or _text(value, None) is None
    ]
    said = f"not in the documented form: no text stands as {', '.join(odd)}"
    failing = row.verdict is Verdict.EXCEPTION
    known = failing and "observed" not in odd
    return replace(
        row,
        verdict=Verdict.EXCEPTION if failing else Verdict.NOT_DETERMINED,
        subject=_text(row.subject, " ".join(map(str, row.pointers))),
        account=_text(row.account, ""),
        region=_text(row.region, ""),
        observed=f"{row.observed}; {said}" if known else said,
        expected=_text(row.expected, "the documented form"),
        note=_text(row.note, ""),
        attributes={str(name): _text(value, "not text") for name, value in row.attributes.items()},
    )


Other = TypeVar("Other", str, None)


def _text(value: object, other: Other) -> str | Other:
    """Return what is text, and something else for what is none."""
    return value if isinstance(value, str) else other
