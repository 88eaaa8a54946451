"""Runs members' jobs on a Dask cluster: sent, awaited, checked, and only then kept."""

import pickle
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from evidence.aws.limits import Limits
from evidence.aws.reach import current_endpoints
from evidence.cluster.archive import keep
from evidence.cluster.fleet import Fleet, JobLostError, WorkersKilledError, joined
from evidence.cluster.messages import Assignment, UnfitResultError, WorkerReply, brief, decode, versions
from evidence.collect.errand import Elsewhere, Errand
from evidence.collect.jobs import JobFolder
from evidence.collect.meter import Meter
from evidence.collectors.base import catalogue
from evidence.errors import RunPausedError, WriteRefusedError
from evidence.settings.model import Settings

Say = Callable[[str], None]


@contextmanager
def on_cluster(settings: Settings, say: Say, limits: Limits, members: int) -> Iterator[Elsewhere]:
    """Connect to the cluster that the settings name; `say` tells people what goes wrong there.

    Raises UsageError without Dask, ClusterError when nobody answers.
    """
    del members  # the engine has as many workers as it has
    with joined(settings.collect.executor, limits) as fleet:
        yield ClusterJobs(settings.aws.profile, fleet, say)


class ClusterJobs:
    """Runs jobs in workers, as `evidence.collect.errand.Elsewhere`."""

    def __init__(self, profile: str | None, fleet: Fleet, say: Say) -> None:
        self._fleet = fleet
        self._say = say
        self._meter = Meter()
        self._declined: set[str] = set()
        """Jobs that no worker can bring to their end."""
        services = {operation.service for one in catalogue().values() for operation in one.operations}
        self._reach = current_endpoints(profile, services)

    def room(self) -> int:
        """Return how many jobs can be under way at once."""
        return self._fleet.threads

    def told(self) -> Counter[str]:
        """Return how far workers have come: a job counts once it is back."""
        return self._meter.told()

    def run(self, errand: Errand, folder: JobFolder, moved: Callable[[], None]) -> bool:
        """Run a job in a worker; see `Elsewhere`.

        Raises RunPausedError when the cluster is lost, WriteRefusedError, StoppedError.
        """
        job = errand.job.name
        if job in self._declined:
            return False
        given = Assignment(uuid.uuid4().hex, versions(), pickle.dumps((errand, self._reach)))
        try:
            reply, archive = decode(self._fleet.answer(given, job, moved), given.token)
            if reply.state == "ended":
                keep(reply, archive, errand, folder, self._meter)
                return True
            self._heed(reply, job)
        except WorkersKilledError as error:
            self._decline(job, brief(error))
        except UnfitResultError as error:
            self._say(f"What a worker sent of {job} is thrown away: {brief(error)}.")
        except JobLostError:
            self._fleet.regain()
        return False

    def _heed(self, reply: WorkerReply, job: str) -> None:
        """Act on why a worker has not brought a job to its end."""
        if reply.state == "refused" and len(reply.words) == 3:
            raise WriteRefusedError(*reply.words)
        if reply.state == "versions":
            raise RunPausedError(
                f"The worker at {reply.worker} has {brief('; '.join(reply.words))}.",
                "Install the same versions everywhere: a bundle names one set that it was made with. "
                "Then go on with --resume.",
            )
        if reply.state == "stopped":
            raise JobLostError("a worker is ending")
        self._decline(job, f"the worker at {reply.worker} cannot go on: {brief(' '.join(reply.words))}")

    def _decline(self, job: str, why: str) -> None:
        self._declined.add(job)
        self._say(f"{job} is collected by the run's own process: {why}.")
