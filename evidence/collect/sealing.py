"""Seals a run: writes run.json, gaps.json and calls.jsonl, then signs and publishes the bundle."""

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from evidence import __version__
from evidence.aws.denials import NEXT_STEPS
from evidence.aws.identity import ITEM, CallerIdentity
from evidence.bundle.format.chain import ChainPosition, scope_key
from evidence.bundle.format.models import (
    AccountState,
    Caller,
    GapRecord,
    ItemScope,
    Part,
    RegionState,
    Run,
    SampleSelection,
    StratumSelection,
    TargetRecord,
    Tool,
)
from evidence.bundle.format.seal import SealSigner
from evidence.clock import Clock
from evidence.collect.journal import PartEntry
from evidence.collect.store import BundleFiles, OutcomeTally, UnitStore
from evidence.collect.unit import UnitDestination
from evidence.errors import (
    CredentialsError,
    EndpointError,
    EvidenceError,
    PermissionMissingError,
)
from evidence.records import Cause, Outcome, Scope, Target
from evidence.settings.audit_sample import METHOD, choose_roles
from evidence.settings.model import Settings

CALLS = "calls.jsonl"
_LIBRARIES = ("boto3", "botocore", "pydantic")
_POPULATION = "iam.authorization-details"
_SAMPLED = "iam.sample-role-policies"
_NOTHING: dict[Cause, tuple[type[EvidenceError], str]] = {
    Cause.UNREACHABLE: (EndpointError, "AWS could not be reached for a single evidence item."),
    Cause.DEADLINE: (EndpointError, "The deadline passed before a single evidence item was read."),
    Cause.THROTTLED: (EndpointError, "AWS throttled every single evidence item."),
    Cause.ANSWER_INCOMPLETE: (EndpointError, "Not one answer was AWS's: something stands in between."),
    Cause.CREDENTIALS_EXPIRED: (CredentialsError, "The credentials expired before anything was read."),
}


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What was asked, by whom, where."""

    bundle: str
    started: datetime
    settings: Settings
    partition: str
    caller: CallerIdentity
    caller_end: CallerIdentity | EvidenceError
    """An error when the caller could not be asked again."""
    accounts: tuple[AccountState, ...]
    regions: Iterator[RegionState]
    """Of all accounts, once."""
    items: tuple[ItemScope, ...]
    position: ChainPosition
    unopened: GapRecord | None
    """The gap, when the opening time-stamp could not be had."""
    begun: tuple[PartEntry, ...] = ()
    """The parts of the run, this one included."""


def require_some_evidence(tally: OutcomeTally) -> None:
    """Raise when nothing was read but who is asking: a bundle of gaps alone helps nobody.

    PermissionMissingError, or what the most frequent cause calls for.
    """
    if tally.read:
        return
    cause = tally.causes.most_common(1)[0][0] if tally.causes else Cause.PERMISSION_MISSING
    kind, text = _NOTHING.get(
        cause, (PermissionMissingError, "The caller may not read a single evidence item.")
    )
    raise kind(text, NEXT_STEPS.get(cause, ""))


def seal(
    asked: RunFacts, place: UnitDestination, store: UnitStore, clock: Clock, signer: SealSigner | None
) -> Path:
    """Write the ledger, the gaps and the run's record; seal and publish the bundle, return its folder."""
    with place.writer.file(CALLS) as output:
        for line in place.ledger.lines(BundleFiles(place.writer)):
            output.write(line)
    run = _run(asked, place, store.tally, clock.now())
    long = {
        "account_states": (state.model_dump(mode="json") for state in asked.accounts),
        "regions": (state.model_dump(mode="json") for state in asked.regions),
        "samples": (selection.model_dump(mode="json") for selection in _samples(asked, place, store)),
        "units": store.units(),
    }
    return place.writer.publish(run, _gaps(asked, store), signer, long=long)


def _gaps(asked: RunFacts, store: UnitStore) -> Iterator[GapRecord]:
    for gap in store.gaps():
        yield _located(asked, gap)
    if asked.unopened is not None:
        yield asked.unopened
    if isinstance(asked.caller_end, EvidenceError):
        yield _unknown_at_end(asked, asked.caller_end)


def _run(asked: RunFacts, place: UnitDestination, tally: OutcomeTally, finished: datetime) -> Run:
    """Return run.json, without the members that grow with every account: those are written piece by piece."""
    end = asked.caller_end
    return Run(
        bundle=asked.bundle,
        tool=_tool(),
        settings=asked.settings.sealed(),
        partition=asked.partition,
        scope=scope_key(asked.partition, asked.caller.account),
        accounts=tuple(state.account for state in asked.accounts if state.in_scope),
        regions=(),
        caller_start=_caller(asked.caller),
        caller_end=_caller(end) if isinstance(end, CallerIdentity) else None,
        started=asked.started,
        finished=finished,
        parts=tuple(_parts(asked, tally, finished)),
        clock=place.ledger.skew,
        items=asked.items,
        units=(),
        sequence=asked.position.sequence,
        previous=asked.position.previous,
    )


def _parts(asked: RunFacts, tally: OutcomeTally, finished: datetime) -> Iterator[Part]:
    """Yield the parts of a run that was interrupted and resumed; nothing for one in one piece."""
    if len(asked.begun) < 2:
        return
    for number, begun in enumerate(asked.begun):
        units, ended = tally.parts.get(number, (0, begun.part))
        last = number == len(asked.begun) - 1
        yield Part(started=begun.part, finished=finished if last else ended, caller=begun.caller, units=units)


def _located(asked: RunFacts, gap: GapRecord) -> GapRecord:
    """Say of a refusal by the organization's services where they would have answered."""
    management = next((state.account for state in asked.accounts if state.management), "")
    here = gap.target.account
    if gap.target.scope is not Scope.ORGANIZATION or gap.cause is not Cause.PERMISSION_MISSING:
        return gap
    if management == here:
        return gap
    where = f"the management account {management}" if management else "the management account"
    return gap.model_copy(
        update={
            "message": f"{gap.message} Asked in {here}; it is answered in {where} and in an account that is "
            "registered as delegated administrator."
        }
    )


def _tool() -> Tool:
    return Tool(
        name="evidence",
        version=__version__,
        python=platform.python_version(),
        libraries={library: version(library) for library in _LIBRARIES},
    )


def _caller(identity: CallerIdentity) -> Caller:
    return Caller(account=identity.account, arn=identity.arn, user_id=identity.user_id)


def _samples(asked: RunFacts, place: UnitDestination, store: UnitStore) -> Iterator[SampleSelection]:
    for state in asked.accounts:
        if state.in_scope:
            yield from _samples_of(asked, place, store, state.account)


def _samples_of(
    asked: RunFacts, place: UnitDestination, store: UnitStore, account: str
) -> Iterator[SampleSelection]:
    """Yield the selection that the collectors of sampled roles made, from the same inputs."""
    target = Target(Scope.ACCOUNT, account)
    population = store.find((_POPULATION, target))
    if population is None or population.outcome is Outcome.GAP or store.find((_SAMPLED, target)) is None:
        return
    path = population.path
    chosen_seed = asked.settings.sampling.seed
    seed = chosen_seed or place.writer.sha256(path)
    roles = (record["RoleDetail"] for record in store.read(path) if "RoleDetail" in record)
    sample = choose_roles(roles, asked.settings.sampling, seed)
    yield SampleSelection(
        account=target.account,
        method=METHOD,
        seed=seed,
        seed_source="chosen in the settings" if chosen_seed else f"SHA-256 of {path}",
        population=sample.population,
        population_digest=sample.population_digest,
        size=sample.size,
        named=sample.named,
        chosen=sample.chosen,
        strata=tuple(
            StratumSelection(
                name=stratum.name,
                population=stratum.population,
                population_digest=stratum.population_digest,
                chosen=stratum.chosen,
            )
            for stratum in sample.strata
        ),
    )


def _unknown_at_end(asked: RunFacts, error: EvidenceError) -> GapRecord:
    return GapRecord(
        item=ITEM,
        target=TargetRecord(scope=Scope.ACCOUNT, account=asked.caller.account),
        cause=Cause.CREDENTIALS_EXPIRED if isinstance(error, CredentialsError) else Cause.UNREACHABLE,
        operation="sts:GetCallerIdentity",
        error_code="",
        message=error.message,
        effect="It cannot be concluded that the same identity was asking from the start to the end.",
    )
