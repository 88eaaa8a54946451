"""Reads of one bundle all that is compared, and beside it what it does not show.

A snapshot holds no file open: two packs need not lie unpacked at the same time.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from evidence.bundle import Bundle
from evidence.controls.results import Results
from evidence.diff import detection, iam, identity
from evidence.diff.model import ComparedBundle, EntryKind
from evidence.diff.things import (
    NOT_ASKED,
    NOWHERE,
    Found,
    Place,
    SourceReading,
    Thing,
    ThingSource,
    UnreadablePart,
)
from evidence.readers import asked, coverage
from evidence.readers.authorization_details import DETAILS
from evidence.readers.evidence import Evidence
from evidence.readers.missing import MissingEvidence, MissingKind
from evidence.readers.organizations import accounts_left_out
from evidence.readers.pointer import Pointer
from evidence.readers.unreadable import MALFORMED, Unreadable, reason
from evidence.records import Outcome, Scope

SOURCES: tuple[ThingSource, ...] = tuple(
    sorted(
        (*iam.SOURCES, *identity.SOURCES, *detection.SOURCES), key=lambda one: list(EntryKind).index(one.kind)
    )
)


@dataclass(frozen=True, slots=True)
class SealedResults:
    """The results.json that lies beside a bundle in its pack."""

    results: Results
    digest: str
    """SHA-256 of the file."""


@dataclass(frozen=True)
class Snapshot:
    """One bundle, as it is compared."""

    about: ComparedBundle
    redaction: str
    """The name of the key of a redacted copy; empty for an original."""
    previous: str | None
    """The digest of the bundle that it says it follows."""
    signer: str
    readings: Mapping[str, SourceReading]
    """By the source's name."""
    settings: Mapping[str, str]
    """What was sealed of the run's settings and scope, by key."""
    covered: Mapping[str, frozenset[str]]
    """The regions in scope, by the account in scope."""
    regional: frozenset[str]
    """The items that were asked for by region."""
    unique_ids: Mapping[str, str]
    """Of IAM principals, by ARN."""
    results: Results
    """By today's rules."""
    sealed: Results | None

    @cached_property
    def known_ids(self) -> frozenset[str]:
        """The ids of `unique_ids`."""
        return frozenset(self.unique_ids.values())


def take_snapshot(bundle: Bundle, results: Results, sealed: SealedResults | None = None) -> Snapshot:
    """Read a bundle that was verified; `results` are what today's rules conclude over it."""
    evidence, run = Evidence.whole(bundle), bundle.run
    contradicted = [one for one in _missing(results) if one.what is MissingKind.CONTRADICTION]
    stated = {
        f"{name}_sha256": used.sha256 if used else None
        for name, used in (
            ("exceptions", results.exceptions_file),
            ("attestations", results.attestations_file),
        )
    }
    return Snapshot(
        about=ComparedBundle(
            bundle=bundle.name,
            digest=bundle.digest,
            scope=run.scope,
            started=run.started,
            finished=run.finished,
            format_version=run.format_version,
            results_digest=sealed.digest if sealed else None,
            made_with=sealed.results.tool_version if sealed else "",
            **stated,
        ),
        redaction=run.redacted_from.key if run.redacted_from else "",
        previous=run.previous,
        signer=bundle.signer,
        readings={one.name: _read(one, evidence, contradicted) for one in SOURCES},
        settings=dict(_settings(bundle)),
        covered={one: frozenset(coverage.regions_in_scope(bundle, one)) for one in run.accounts},
        regional=frozenset(unit.item for unit in run.units if unit.target.scope is Scope.REGION),
        unique_ids=dict(_unique_ids(evidence)),
        results=results,
        sealed=sealed.results if sealed else None,
    )


def _missing(results: Results) -> Iterator[MissingEvidence]:
    for test in results.tests:
        yield from test.missing


def _read(source: ThingSource, evidence: Evidence, contradicted: Iterable[MissingEvidence]) -> SourceReading:
    made = SourceReading(asked=set(_places(source, evidence)))
    made.holes = dict(_holes(source, evidence.bundle, made.asked))
    for one in contradicted:
        if one.item in source.items:
            hole = f"another source contradicts it: {one.sentence}"
            made.holes |= dict.fromkeys(_covered(one.account, one.region, made.asked), hole)
    if all(evidence.bundle.units(item) for item in source.items):
        for place in sorted(made.asked):
            _read_place(source, evidence, place, made)
    return made


def _places(source: ThingSource, evidence: Evidence) -> Iterator[Place]:
    if source.scope is Scope.ORGANIZATION:
        yield NOWHERE
        return
    for target in coverage.expected_targets(evidence.bundle, source.scope):
        yield target.account, target.region or ""


def _holes(source: ThingSource, bundle: Bundle, places: set[Place]) -> Iterator[tuple[Place, str]]:
    """Yield the places of which an item is missing: what is there of them is known, and no more."""
    for item in source.items:
        for one in coverage.coverage(bundle, (item,)).missing:
            account = one.account if bundle.units(item) else ""
            for place in _covered(account, one.region, places):
                yield place, _in_words(item, one)
        if source.scope is Scope.ORGANIZATION:
            for left_out in asked.unasked(bundle, item):
                yield NOWHERE, f"{item} was not asked for everywhere: {left_out.words}"
        else:
            yield from _unasked(source, bundle, item)


def _unasked(source: ThingSource, bundle: Bundle, item: str) -> Iterator[tuple[Place, str]]:
    """Yield the accounts that are not closed, and of an item of regions the enabled regions, left out."""
    for state in accounts_left_out(bundle):
        yield (state.account, ""), NOT_ASKED
    if source.scope is Scope.REGION:
        for left_out in asked.unasked(bundle, item):
            yield (left_out.account, left_out.region), NOT_ASKED if left_out.region else str(left_out)


def _in_words(item: str, one: MissingEvidence) -> str:
    if one.cause:
        return f"{item} was not collected: {one.cause}"
    return one.sentence


def _covered(account: str, region: str, places: set[Place]) -> list[Place]:
    """Return the places that a hole of an account, of a region or of everything takes away."""
    if NOWHERE in places:
        return [NOWHERE]
    if (account, region) in places:
        return [(account, region)]
    return [] if region else [one for one in places if account in ("", one[0])]


def _read_place(source: ThingSource, evidence: Evidence, place: Place, made: SourceReading) -> None:
    if _nothing_there(source, evidence.bundle, place):
        return
    try:
        for found in source.read(evidence, *place):
            _note(found, place, made)
    except MALFORMED as error:
        made.holes[place] = f"{source.items[0]} is not readable: {reason(error)}"


def _nothing_there(source: ThingSource, bundle: Bundle, place: Place) -> bool:
    """Say whether an item of a place is a gap altogether, so that no reader need be asked."""
    account, region = place
    for item in source.items:
        units = [
            unit
            for unit in bundle.units(item, account or None)
            if source.scope is Scope.ORGANIZATION or (unit.target.region or "") == region
        ]
        if all(unit.outcome is Outcome.GAP for unit in units):
            return True
    return False


def _note(found: Found, place: Place, made: SourceReading) -> None:
    if isinstance(found, Unreadable):
        made.holes[place] = str(found)
    elif isinstance(found, UnreadablePart):
        made.parts[found.owner] = found
    elif found.id in made.things and not _alike(made.things[found.id], found):
        both = f"{made.things[found.id].pointer} and {found.pointer}"
        made.holes[place] = f"not readable: {both} are both {found.id}"
    else:
        made.things[found.id] = found
        made.places[found.id] = place


def _alike(one: Thing, other: Thing) -> bool:
    return one.members == other.members


def _settings(bundle: Bundle) -> Iterator[tuple[str, str]]:
    """Yield what the run was told, and where it asked."""
    yield from _flat(bundle.run.settings.model_dump(mode="json"), "")
    covered = bundle.accounts
    yield "accounts in scope", ", ".join(sorted(covered))
    for account in bundle.run.accounts:
        yield f"regions in scope of {account}", ", ".join(sorted(coverage.regions_in_scope(bundle, account)))


def _flat(value: object, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        yield key, "; ".join(map(str, value))
    else:
        yield key, "" if value is None else str(value)


def _unique_ids(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Yield ids by ARN, of accounts whose details can be read."""
    for account in evidence.run.accounts:
        if any(unit.outcome is not Outcome.GAP for unit in evidence.bundle.units(DETAILS, account)):
            try:
                yield from iam.unique_ids(evidence, account).items()
            except MALFORMED:
                continue


def pointer_text(pointer: Pointer) -> tuple[str, ...]:
    """Return a pointer as it stands in changes.json."""
    return (str(pointer),)
