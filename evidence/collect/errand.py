"""What another process needs to run a member's job, and how it runs it there.

Only jobs of accounts that are entered through a role leave the run's own process: what goes along is one
session of that role, which outlasts the job, never the caller's own credentials.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Protocol

from evidence.aws.lease import Lease, SessionKeys
from evidence.aws.limits import Limits
from evidence.aws.sessions import AccountSession, Clients
from evidence.collect.access import AccountEntry, Askers
from evidence.collect.job import JobRun, JobSettings, JobSurroundings
from evidence.collect.jobs import JobFolder
from evidence.collect.meter import Meter
from evidence.collect.plan import Job
from evidence.collectors.base import catalogue


@dataclass(frozen=True, slots=True)
class Errand:
    """One attempt at a member's job; plain data."""

    job: Job
    settings: JobSettings
    depth: int
    """Calls that had to be answered before the account was entered."""
    assumed: tuple[str, ...]
    """The regions of the caller's account."""
    seconds: float
    """What the job may take, from now."""
    first: int
    """Number of its first call."""
    keys: SessionKeys = field(repr=False)


class Elsewhere(Protocol):
    """Runs jobs in other processes. Safe for use by many threads, each waiting for one job."""

    def run(self, errand: Errand, folder: JobFolder, moved: Callable[[], None]) -> bool:
        """Run a job; return whether its folder now holds all that it left, whole; False when it was lost.

        `moved` is called whenever something has ended. Raises what must end the run.
        """
        ...

    def room(self) -> int:
        """Return how many jobs can be under way there at once, 0 for as many as here."""
        ...

    def told(self) -> Counter[str]:
        """Return how far other processes have come."""
        ...


Executor = Callable[[Limits, int], AbstractContextManager[Elsewhere | None]]
"""Opens other processes for a run, given its limits and how many members' accounts there are."""


def here_alone(limits: Limits, members: int) -> AbstractContextManager[None]:
    """Open none: all jobs run in the run's own process."""
    del limits, members
    return nullcontext(None)


def perform(errand: Errand, folder: JobFolder, clients: Clients, limits: Limits, meter: Meter) -> None:
    """Run a job in this process, in the name of the session that was lent.

    Raises what `JobRun.run` does.
    """
    known = catalogue(errand.settings.custom)
    session = AccountSession(clients, Lease(errand.keys), errand.settings.region)
    entry = AccountEntry(errand.job.account, session, errand.depth)
    around = JobSurroundings(
        settings=errand.settings,
        collectors={item: known[item] for item in errand.job.items},
        hosts={},
        askers=Askers(errand.settings.concurrency, limits.clock),
        limits=limits.within(errand.seconds, "the account's"),
        meter=meter,
        ended={},
        assumed=errand.assumed,
    )
    JobRun(errand.job, folder, around, first=errand.first).run(lambda _: entry)
