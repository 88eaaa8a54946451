"""Finds what stands against a conclusion: gaps, exclusions and absences among the items a test needs."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from evidence.bundle import Bundle
from evidence.bundle.format.models import GapRecord, Unit
from evidence.readers.missing import MissingEvidence, MissingKind
from evidence.records import Outcome, Scope, Target

ENABLED = frozenset({"ENABLED", "ENABLED_BY_DEFAULT"})
"""Statuses of account ListRegions that mean the region can be used."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what a test needs is in the bundle."""

    missing: tuple[MissingEvidence, ...]
    nothing: bool
    """A needed item is missing altogether: the rule cannot run."""
    targets: frozenset[Target]
    """The targets for which a needed item is missing, and those that are closed."""
    closed: frozenset[Target] = frozenset()
    """Those for which nothing else is missing than what could not be asked there, and need not be."""


def coverage(bundle: Bundle, needs: Iterable[str], closed: Container[tuple[str, Target]] = ()) -> Coverage:
    """Look for every needed item in every target it should have been collected for.

    An item counts as collected for a target when its unit says so and no gap names that unit. An account
    or a region in scope without a unit is missing, whoever forgot it. `closed` holds the items and targets
    whose gap is explained by a policy that closes the region (`readers.closed_regions`).
    """
    missing: list[MissingEvidence] = []
    targets: set[Target] = set()
    explained: set[Target] = set()
    nothing = False
    for item in needs:
        units = bundle.units(item)
        if not units:
            missing.extend(_not_collected(bundle, item))
            nothing = True
            continue
        lacking = dict(_lacking(bundle, item, units))
        outside = {target for target in lacking if (item, target) in closed}
        missing.extend(one for target, one in lacking.items() if target not in outside)
        targets.update(lacking.keys() - outside)
        explained |= outside
        nothing = nothing or any(target.scope is Scope.ORGANIZATION for target in lacking)
    return Coverage(tuple(missing), nothing, frozenset(targets | explained), frozenset(explained - targets))


def regions_in_scope(bundle: Bundle, account: str) -> tuple[str, ...]:
    """Return the account's regions that this run covers, in the run's order."""
    return tuple(state.region for state in bundle.regions(account) if state.in_scope)


def expected_targets(bundle: Bundle, scope: Scope) -> Iterator[Target]:
    """Yield the accounts, or accounts and regions, that an item of this scope must be collected for."""
    for account in bundle.run.accounts:
        if scope is Scope.ACCOUNT:
            yield Target(scope, account)
        elif scope is Scope.REGION:
            yield from (Target(scope, account, region) for region in regions_in_scope(bundle, account))


def _not_collected(bundle: Bundle, item: str) -> Iterator[MissingEvidence]:
    gaps = bundle.gaps_of(item)
    if gaps:
        yield _gap(gaps[0])
        return
    for planned in bundle.run.items:
        if planned.item == item:
            why = planned.reason or "no unit of it was planned"
            yield MissingEvidence(
                MissingKind.GAP, f"{item} was not collected: {why}.", item, cause=planned.reason
            )
            return
    yield MissingEvidence(MissingKind.GAP, f"{item} is not part of this bundle.", item)


def _gap(gap: GapRecord) -> MissingEvidence:
    target = gap.target
    return MissingEvidence(
        MissingKind.GAP, gap.sentence, gap.item, target.account, target.region or "", gap.cause.value
    )


def _lacking(bundle: Bundle, item: str, units: tuple[Unit, ...]) -> Iterator[tuple[Target, MissingEvidence]]:
    def without(target: Target, sentence: str) -> tuple[Target, MissingEvidence]:
        region = target.region or ""
        return target, MissingEvidence(MissingKind.GAP, sentence, item, target.account, region)

    gaps = {entry.target.target(): entry for entry in reversed(bundle.gaps_of(item))}
    there = {unit.target.target() for unit in units if unit.outcome is not Outcome.GAP}
    planned = {unit.target.target() for unit in units}
    expected = set(expected_targets(bundle, units[0].target.scope))
    for target in sorted(planned | expected | gaps.keys(), key=_order):
        if target in gaps:
            yield target, _gap(gaps[target])
        elif target in planned and target not in there:
            yield without(target, f"{item} of {target.label} is recorded as a gap, without a reason.")
        elif target not in planned:
            sentence = f"{item} was not collected for {target.label}: no unit of it was planned there."
            yield without(target, sentence)
    if units[0].target.scope is Scope.REGION:
        for account in bundle.run.accounts:
            if not regions_in_scope(bundle, account):
                target = Target(Scope.ACCOUNT, account)
                sentence = f"{item} was not collected for {target.label}: it has no region in scope."
                yield without(target, sentence)


def _order(target: Target) -> tuple[str, str, str]:
    return (target.scope, target.account, target.region or "")
