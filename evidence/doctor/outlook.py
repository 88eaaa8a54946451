"""Says what a run that begins now would leave: its gaps, and the tests that would not conclude."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from evidence.aws.failures import Failure
from evidence.collect.outline import RunOutline
from evidence.collect.trial import UnitTrial
from evidence.collect.trials import OperationTrials
from evidence.collectors.base import catalogue as items
from evidence.controls.catalogue import catalogue as tests
from evidence.controls.custom import custom_tests
from evidence.controls.declaration import ControlTest
from evidence.doctor.operations import Entries, Place, listed, management_account
from evidence.readers.asked import FOUND_THROUGH_IDENTITY_CENTER, INSTANCE
from evidence.readers.coverage import ENABLED
from evidence.readers.organizations import TREE
from evidence.records import Cause, Scope, items_for_source
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
        if trial.gap is not None and trial.gap.cause is not Cause.DEADLINE:  # else it was not tried
            target = trial.unit.target
            yield ExpectedGap(trial.unit.collector.item, target.label, _why(trial.gap),
                              (target.account, target.region) in closed)  # fmt: skip
    for account, entry in entries.items():
        if isinstance(entry, Failure) and entry.cause is not Cause.DEADLINE:
            for item, collector in outline.collectors.items():
                if collector.scope is not Scope.ORGANIZATION:
                    yield ExpectedGap(item, account, _why(entry))


def _why(failure: Failure) -> str:
    return f"{failure.cause} ({failure.operation})" if failure.operation else failure.cause.value


def unasked_items(outline: RunOutline, trials: OperationTrials) -> dict[str, str]:
    """Return the items that are not asked for everywhere: 'there is none' cannot be said then."""
    states = [region.state for regions in trials.regions.values() for region in regions]
    left_out = sorted({one.region for one in states if one.status in ENABLED and not one.in_scope})
    administrators = outline.found.administrators | {management_account(outline, trials.ended)}
    host = outline.found.hosts.get(INSTANCE, "")
    found = {}
    for item, collector in outline.collectors.items():
        if left_out and collector.scope is Scope.REGION:
            found[item] = f"{item} (without {listed(left_out)})"
        if item.startswith(FOUND_THROUGH_IDENTITY_CENTER) and not administrators & {host, ""}:
            found[item] = (
                f"{item} ({host} is neither the management account nor Identity Center's administrator)"
            )
    return found


def open_tests(
    settings: Settings,
    statements: Statements,
    gaps: Iterable[ExpectedGap],
    unasked: dict[str, str],
    today: date,
) -> Iterator[OpenTest]:
    """Yield the tests that lack what they read, as they declare it; those attested by nobody too."""
    missing = unasked | _missing(settings, list(gaps))
    attested = {
        one.id: one.valid_until
        for one in (statements.attestations.said.attestation if statements.attestations else ())
    }
    for test in (*tests().values(), *custom_tests(settings.custom)):
        if test.attested:
            until = attested.get(test.id)
            if until is None or until < today:
                why = f"the attestation ended on {until}" if until else "attestations.toml says nothing of it"
                yield OpenTest(test.id, test.title, why)
        elif lacking := _lacking(test, settings, missing):
            yield OpenTest(test.id, test.title, ", ".join(map(missing.__getitem__, lacking)))


def _missing(settings: Settings, gaps: list[ExpectedGap]) -> dict[str, str]:
    """Return the items of which something would be missing, with the words for each."""
    excluded = {*settings.collect.exclude}
    policies_seen = not any(gap.item in TREE for gap in gaps) and excluded.isdisjoint(TREE)
    missing = {gap.item: gap.item for gap in gaps if not (gap.closed and policies_seen)}
    left_out = excluded | {item for item, one in items().items() if not excluded.isdisjoint(one.needs)}
    return missing | {item: f"{item} (left out by the settings)" for item in left_out}


def _lacking(test: ControlTest, settings: Settings, missing: dict[str, str]) -> list[str]:
    needs = items_for_source(test.needs, settings.collect.config_source)
    return [item for item in needs if item in missing]
