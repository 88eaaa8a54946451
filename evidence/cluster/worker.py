"""A Dask worker runs these functions, and no others: they are sent there by name.

None raises what it could tell instead: Dask prints what a task raises into its log.
"""

import io
import platform
import random
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from distributed import get_worker

from evidence import __version__
from evidence.aws.caller import RequestSender
from evidence.aws.failures import StoppedError
from evidence.aws.lease import Lease, SessionKeys
from evidence.aws.retry import Retry
from evidence.aws.scrubbing import without_secrets
from evidence.aws.sessions import AccountSession
from evidence.bundle.format import strictjson
from evidence.bundle.format.models import GapRecord
from evidence.bundle.write.writer import BundleWriter
from evidence.cluster.messages import (
    FileSegment,
    GapReason,
    Heartbeat,
    NeededFile,
    SentFile,
    UnitAssignment,
    UnitResult,
    WorkerReply,
    encode,
)
from evidence.cluster.spool import Spool, blocks_of, read_segment
from evidence.cluster.state import RUNS, WorkerRun
from evidence.collect.context import AccountContext
from evidence.collect.ledger import Ledger
from evidence.collect.plan import PlannedUnit
from evidence.collect.store import UnitEnding
from evidence.collect.unit import UnitDestination, run_unit
from evidence.collectors.base import catalogue
from evidence.errors import EvidenceError, WriteRefusedError
from evidence.settings.model import AggregatorSettings, Sampling

_SAME = ("boto3", "botocore", "pydantic", "dask", "distributed")
"""What a bundle says that it was made with, and what the two processes talk through."""


def versions() -> dict[str, str]:
    """Return what must be the same in all processes of a run."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"evidence": __version__, "Python": python} | {name: version(name) for name in _SAME}


def run(given: UnitAssignment) -> bytes:
    """Run one unit; return a reply (`messages.encode`). The one task that Dask schedules."""
    worker = get_worker()
    return perform(given, worker.address, Path(worker.local_directory))


def segment(run_id: str, spool: str, index: int, size: int) -> bytes:
    """Return one segment of a result that waits here; nothing of one that does not."""
    here = RUNS.known(run_id)
    path = here and here.spool(spool)
    return read_segment(path, index, size) if path else b""


def take(run_id: str, stretch: FileSegment) -> None:
    """Keep a stretch of a file that units build on."""
    if here := RUNS.known(run_id):
        here.take(stretch)


def settle(run_id: str, sha256: str) -> None:
    """Let units use a file that has arrived."""
    if here := RUNS.known(run_id):
        here.settle(sha256)


def renew(run_id: str, token: str, keys: SessionKeys) -> None:
    """Take newer credentials for an attempt that may be under way here."""
    if here := RUNS.known(run_id):
        here.renew(token, keys)


def alive(beat: Heartbeat) -> None:
    """Take a sign of life."""
    RUNS.heard(beat)


def end(run_id: str) -> None:
    """Stop what is under way for a run."""
    RUNS.end(run_id)


def perform(given: UnitAssignment, address: str, folder: Path) -> bytes:
    """Do what is asked; return a reply, whatever happens."""
    told, first = _outcome(given, folder)
    RUNS.tidy()
    return encode(WorkerReply.model_validate(told | {"token": given.token, "worker": address}), first)


def _outcome(given: UnitAssignment, folder: Path) -> tuple[dict[str, Any], bytes]:
    try:
        return _checked(given, folder)
    except WriteRefusedError as error:
        return {"state": "refused", "words": (error.service, error.operation)}, b""
    except StoppedError:
        return {"state": "stopped"}, b""
    except EvidenceError as error:
        return {"state": "unable", "words": (without_secrets(error.message),)}, b""
    except Exception as error:  # noqa: BLE001 - told, not raised: Dask would print it with what it was given
        return {"state": "unable", "words": (without_secrets(f"{type(error).__name__}: {error}"),)}, b""


def _checked(given: UnitAssignment, folder: Path) -> tuple[dict[str, Any], bytes]:
    """Run the unit if this is the same program, and all is here that the unit builds on."""
    if versions() != given.versions:
        return {"state": "versions"}, b""
    here = RUNS.of(given, folder)
    if missing := tuple(need.sha256 for need in given.needs if here.lacks(need)):
        return {"state": "missing", "words": missing}, b""
    with here.executing(given) as (spool, lease):
        ended, first = _unit(given, here, lease, spool)
    return {"state": "ended", "ended": ended, "spool": spool.name}, first


class _SentEvidence:
    """The files that a unit builds on, as `evidence.collect.context.NeededEvidence`."""

    def __init__(self, needs: tuple[NeededFile, ...], here: WorkerRun) -> None:
        self._needs = needs
        self._here = here

    def records(self, unit: PlannedUnit, item: str) -> Iterator[dict[str, Any]]:
        """Yield the records of a needed item."""
        del unit
        for need in self._of(item):
            if need.content is not None:
                yield from map(strictjson.loads, io.BytesIO(need.content))
            else:
                with self._here.need(need.sha256).open("rb") as lines:
                    yield from map(strictjson.loads, lines)

    def digest(self, unit: PlannedUnit, item: str) -> str:
        """Return SHA-256 of a needed item's file."""
        del unit
        (need,) = self._of(item)
        return need.sha256

    def paths(self, unit: PlannedUnit, item: str) -> list[str]:
        """Return the paths of a needed item's files."""
        del unit
        return [need.path for need in self._of(item)]

    def _of(self, item: str) -> list[NeededFile]:
        return [need for need in self._needs if need.item == item]


def _unit(given: UnitAssignment, here: WorkerRun, lease: Lease, spool: Path) -> tuple[UnitResult, bytes]:
    """Run the unit in a scratch folder; return what it left, and the first segment of it."""
    planned = PlannedUnit(catalogue()[given.item], given.target, needs=(), urgency=given.urgency)
    with (
        TemporaryDirectory(dir=here.folder) as scratch,
        closing(BundleWriter.create(Path(scratch), "unit")) as writer,
        closing(Ledger(Path(scratch))) as ledger,
    ):
        place = UnitDestination(writer, ledger)
        ending = run_unit(_services(given, here, lease, ledger), place, planned, given.depth)
        return _spooled(spool, given.segment, place, ending)


def _services(given: UnitAssignment, here: WorkerRun, lease: Lease, ledger: Ledger) -> AccountContext:
    caller = RequestSender(
        AccountSession(here.clients, lease, given.region),
        account=given.account,
        recorder=ledger,
        limits=here.limits,
        slots=here.slots.of(given.account),
        retry=Retry(),
        jitter=random.random,  # spreads retries over time; nothing in a result depends on it
        paces=here.paces(given.account),
    )
    return AccountContext(
        caller=caller,
        limits=here.limits,
        executor=here.threads,
        finished=_SentEvidence(given.needs, here),
        sampling=Sampling.model_validate_json(given.sampling),
        aggregator=AggregatorSettings.model_validate_json(given.aggregator),
        regions=given.regions,
        regions_depth=given.regions_depth,
        window=2 * given.share.per_account,
        unit_seconds=given.unit_seconds,
    )


def _spooled(
    path: Path, segment_size: int, place: UnitDestination, ending: UnitEnding
) -> tuple[UnitResult, bytes]:
    """Put what the unit left into one stream; it stays here until it is taken, unless it fits one segment."""
    with closing(Spool(path, segment_size)) as spool:
        contents = [(name, spool.add(blocks_of(place.writer.path_of(name)))) for name in ending.unit.files]
        calls = spool.add(place.ledger.lines({ending.planned.path}))
    first = read_segment(path, 0, segment_size)
    if len(spool.segments) <= 1:
        path.unlink()
    ended = UnitResult(
        files=tuple(SentFile(path=name, **one.model_dump()) for name, one in contents),
        calls=calls,
        segments=tuple(spool.segments),
        throttles=place.ledger.throttles,
        started=ending.unit.started,
        finished=ending.unit.finished,
        why=_why(ending.gap) if ending.gap else None,
    )
    return ended, first


def _why(gap: GapRecord) -> GapReason:
    return GapReason(cause=gap.cause, operation=gap.operation, error_code=gap.error_code, message=gap.message)
