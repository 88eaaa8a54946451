"""Says where a bundle stands in its chain: the scope's key, its number and the bundle before it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from evidence.bundle.format import bag
from evidence.bundle.format.models import Run
from evidence.errors import UsageError
from evidence.findings import ChainLink, Code, Finding

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ChainPosition:
    """Where a bundle is to stand in its chain."""

    sequence: int | None = None
    """1, 2, 3 …; None where no archive counts."""
    previous: str | None = None
    """Digest of the bundle before it; None for the first, and where none was named."""


Follows = Callable[[str], ChainPosition]
"""Tells the position of a new bundle, given the key of its scope."""


def scope_key(partition: str, account: str) -> str:
    """Return the key of the scope of what one account collects: `aws:123456789012`.

    The account is the one that asks (sts GetCallerIdentity). What is asked for (regions, items, settings) is
    no part of the key: a run that asks for less stays in the same chain, so that none can be hidden in
    another.
    """
    return f"{partition}:{account}"


def follow_digest(previous: str | None) -> Follows:
    """Return what puts a bundle behind one that a person named; raises UsageError for what is no digest."""
    if previous is not None and not _DIGEST.fullmatch(previous):
        raise UsageError(
            f"{previous!r} is no bundle digest, and no pack that is there.",
            "A digest is 64 hex digits; `evidence show` prints it.",
        )
    return lambda _: ChainPosition(previous=previous)


def link_of(run: Run) -> ChainLink:
    """Return what a bundle's run.json says about its place."""
    redacted = run.redacted_from is not None
    return ChainLink(run.bundle, run.scope, run.sequence, run.previous, run.started, run.finished, redacted)


def check(run: Run) -> Iterator[Finding]:
    """Yield where run.json contradicts itself about its scope; its place shows beside other bundles only."""
    expected = scope_key(run.partition, run.caller_start.account)
    if run.scope != expected:
        sentence = f"says that its scope is {run.scope}, where it is {expected}"
        yield Finding(Code.INCONSISTENT, f"{bag.PAYLOAD}/{bag.RUN}", sentence)
