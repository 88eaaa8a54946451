"""Tells a new bundle its place in the chain: behind the archive's head, or behind a bundle that is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from evidence.bundle.format.chain import ChainPosition, Follows, follow_digest
from evidence.errors import UsageError

if TYPE_CHECKING:
    from evidence.archive.archive import Archive
    from evidence.diff import Snapshot
    from evidence.settings.sections import ArchiveSettings
    from evidence.signing.signer import Signer


@contextmanager
def open_chain(
    given: "ArchiveSettings",
    previous: str | None,
    before: "Snapshot | None" = None,
    *,
    signer: "Signer | None" = None,
) -> Iterator[tuple["Archive | None", Follows]]:
    """Yield the archive, if one is given, and what tells a new bundle its place in the chain.

    `before` is the bundle with the digest `previous`, where it was given and not its digest alone; `signer`
    who will sign, so that one whose turn it is not learns it before anything is collected. Raises UsageError
    when an archive and a digest are both given, StorageError for the archive. What is yielded raises
    UsageError where the bundle before is of another scope, or not the archive's head.
    """
    if given.place is None:
        yield None, _behind(follow_digest(previous), before)
        return
    from evidence.archive.archive import open_archive
    from evidence.archive.store import store_of

    if previous is not None and before is None:
        raise UsageError(
            "--previous and --archive exclude each other.",
            "The archive knows the bundle before; name its pack to have what changed written down.",
        )
    with open_archive(store_of(given)) as archive:
        yield archive, _behind(partial(archive.claim, signer=signer), before)


def _behind(follows: Follows, before: "Snapshot | None") -> Follows:
    """Return the place that `follows` tells, held against the bundle that was given as the one before."""
    if before is None:
        return follows

    def follow(scope: str) -> ChainPosition:
        place, about = follows(scope), before.about
        if about.scope != scope:
            raise UsageError(
                f"The bundle before, {about.bundle}, is of {about.scope}, and this run of {scope}.",
                "Name a pack of the same scope with --previous.",
            )
        if place.previous != about.digest:
            raise UsageError(
                f"The archive's head for {scope} is {place.previous or 'none'}, and not {about.bundle}, "
                f"whose digest is {about.digest}.",
                "Name the pack of the head with --previous; `evidence archive list` shows it.",
            )
        return place

    return follow
