"""Collecting organizations: how the work is shared by processes, and what memory grows with accounts."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.collection import ORGANIZATION, collected
from benchmarks.family import Family
from benchmarks.measure import Row
from benchmarks.replaying import ReplayServer, replaying
from tests.aws_server.generated.extent import Extent
from tests.aws_server.generated.organization import GeneratedOrganization

SEED = 7
SHARED = 100
"""Accounts that two processes share."""
SMALL, LARGE = 20, 2_000
DEADLINE = ("--deadline", "86400")
ONE_REGION = ("--regions", "us-east-1")


def processes_row(scratch: Path) -> Row:
    """A hundred accounts: processor time of the busier of two processes over that of one alone."""
    with _organization(scratch, SHARED) as server, server.cost() as cost:
        one, two = (_family(scratch, server, "--processes", number) for number in ("1", "2"))
    walls = f"wall {one.seconds:.1f} s, then {two.seconds:.1f} s; one: {one}; two: {two}"
    return Row(
        f"busier of 2 processes / 1, {SHARED} accounts (s CPU)", two.busiest, one.busiest, 0.6,
        f"{walls}; {cost[0]}",
    )  # fmt: skip


def memory_row(scratch: Path) -> Row:
    """Peak at 2,000 accounts over that at 20, of the process that grew most; ACCOUNTS=N for fewer."""
    large = int(os.environ.get("ACCOUNTS") or LARGE)
    peaks, said = [], []
    for accounts in (SMALL, large):
        folder = scratch / str(accounts)
        folder.mkdir()
        with _organization(folder, accounts, *ONE_REGION) as server, server.cost() as cost:
            family = _family(folder, server, *ONE_REGION)
        peaks.append((family.first.megabytes, max((one.megabytes for one in family.others), default=0)))
        said.append(f"{accounts:,} accounts: {family} in {family.seconds:.0f} s, {cost[0]}")
    small, grown = max(zip(*peaks, strict=True), key=lambda pair: pair[1] / max(1, pair[0]))
    return Row(
        f"peak at {large:,} accounts / {SMALL}, each process (MiB)", grown, small, 1.3, "; ".join(said)
    )


@contextmanager
def _organization(scratch: Path, accounts: int, *flags: str) -> Iterator[ReplayServer]:
    """Serve so many accounts, of which the last stands for all but the management account and the hosts."""
    extent = Extent(accounts, regions=2, seed=SEED)
    last = GeneratedOrganization(extent).active[-1]
    size = {"accounts": accounts, "regions": extent.regions, "seed": SEED}
    narrow = ("--include-account", last)
    with replaying(scratch, *ORGANIZATION, *narrow, *flags, *DEADLINE, like=last, **size) as server:
        yield server


def _family(scratch: Path, server: ReplayServer, *flags: str) -> Family:
    family = Family(lambda: f"{server.told('usage')['requests']:,} requests")
    out = scratch / "-".join(("collected", *flags))
    collected(out, server.plain, *ORGANIZATION, *DEADLINE, *flags, watch=family.watch)
    return family
