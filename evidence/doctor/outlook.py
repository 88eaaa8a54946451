"""Says what a run that begins now would leave: its gaps, and the tests that would not conclude."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from evidence.aws.failures import Failure
from evidence.collect.outline import RunOutline
from evidence.collect.trial import UnitTrial
from evidence.collectors.base import catalogue as items
from evidence.controls.catalogue import catalogue as tests
from evidence.controls.declaration import ControlTest
from evidence.doctor.operations import Entries, Place
from evidence.readers.organizations import TREE
from evidence.records import Scope, items_for_source
from evidence.settings.model import Settings
from evidence.statements.files import Statements


@dataclass(frozen=True, slots=True)
class ExpectedGap:
    """What a run would not get."""

    item: str
    where: str
    why: str
    closed: bool = False
    """In a region that a policy closes: tests set it aside where they see the policy."""


@dataclass(frozen=True, slots=True)
class OpenTest:
    """A test that would not conclude, unless what is there shows exceptions."""

    id: str
    title: str
    why: str


def expected_gaps(
    outline: RunOutline, ended: Iterable[UnitTrial], entries: Entries, closed: set[Place]
) -> Iterator[ExpectedGap]:
    """Yield the gaps of what was tried, and those of accounts that do not let us in."""
    for trial in ended:
        if trial.gap is not None:
            target = trial.unit.target
            by = f" ({trial.gap.operation})" if trial.gap.operation else ""
            yield ExpectedGap(trial.unit.collector.item, target.label, f"{trial.gap.cause}{by}",
                              (target.account, target.region) in closed)  # fmt: skip
    for account, entry in entries.items():
        if isinstance(entry, Failure):
            for item, collector in outline.collectors.items():
                if collector.scope is not Scope.ORGANIZATION:
                    yield ExpectedGap(item, account, str(entry.cause))


def open_tests(
    settings: Settings, statements: Statements, gaps: Iterable[ExpectedGap], today: date
) -> Iterator[OpenTest]:
    """Yield the tests that lack what they read, as they declare it; those attested by nobody too."""
    missing = _missing(settings, list(gaps))
    attested = {
        one.id: one.valid_until
        for one in (statements.attestations.said.attestation if statements.attestations else ())
    }
    for test in tests().values():
        if test.attested:
            until = attested.get(test.id)
            if until is None or until < today:
                why = f"the attestation ended on {until}" if until else "attestations.toml says nothing of it"
                yield OpenTest(test.id, test.title, why)
        elif lacking := _lacking(test, settings, missing):
            yield OpenTest(test.id, test.title, "; ".join(f"{item}: {missing[item]}" for item in lacking))


def _missing(settings: Settings, gaps: list[ExpectedGap]) -> Mapping[str, str]:
    """Return why something of an item would be missing, by item."""
    found: dict[str, list[str]] = defaultdict(list)
    policies_seen = not any(gap.item in TREE for gap in gaps) and not {*TREE} & {*settings.collect.exclude}
    for gap in gaps:
        if not (gap.closed and policies_seen):
            found[gap.item].append(gap.why)
    missing = {item: " and ".join(dict.fromkeys(whys)) for item, whys in found.items()}
    known = items()
    for item in settings.collect.exclude:
        for one in (item, *(other for other, collector in known.items() if item in collector.needs)):
            missing.setdefault(one, "left out by the settings")
    return missing


def _lacking(test: ControlTest, settings: Settings, missing: Mapping[str, str]) -> list[str]:
    needs = items_for_source(test.needs, settings.collect.config_source)
    return [item for item in needs if item in missing]
