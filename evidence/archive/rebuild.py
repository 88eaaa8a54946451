"""Writes an archive's index again, from the packs alone: for an index that was lost or cannot be relied on.

Each line says that it was rebuilt. Renewals and hand-overs stay, and have to agree with the packs. What only
the index knew is lost with it: when each pack was added, and that there were others.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from evidence import storage
from evidence.archive import index, order, renewals, succession
from evidence.archive.bundles import SeenBundles, look_at_bundles
from evidence.archive.index import INDEX, ArchiveEntry
from evidence.archive.order import ChainMember
from evidence.archive.records import RECORDS, ArchiveRecords, read_records
from evidence.archive.store import ArchiveStore, StoredState
from evidence.archive.succession import HAND_OVERS
from evidence.clock import Clock
from evidence.errors import UsageError, VerificationError
from evidence.findings import Finding
from evidence.signing.signer import Signer

_GIVE_BACK = "Restore the packs from a copy first: an index over what is left would hide that."


def rebuild_index(store: ArchiveStore, signer: Signer, clock: Clock) -> tuple[ArchiveEntry, ...]:
    """Write the index again, signed by `signer`; return its entries.

    Raises VerificationError where packs do not verify or are no whole chains, UsageError where there is no
    pack, or the index is in order and lists them all.
    """
    store.prepare()
    with store.locked("index", "Another run is adding a pack to the archive."):
        state = store.read(INDEX, index.MAX_BYTES, hidden=True)
        records = read_records(store, None, now=clock.now())
        seen = look_at_bundles(store, store.names(), clock.now(), records)
        _require_whole(seen, state)
        _require_records(seen, records, signer)
        entries, lines = list[ArchiveEntry](), list[bytes]()
        for entry in _entries(seen, clock.now()):
            before = index.digest(lines[-1]) if lines else None
            entries.append(entry.model_copy(update={"before": before}))
            lines.append(index.sign_entry(entries[-1], signer))
        _keep(store, state, clock.now())
        store.replace(INDEX, b"".join(lines), state.version)
    return tuple(entries)


def _require_whole(seen: SeenBundles, state: StoredState) -> None:
    """Raise where the packs are not all that there was, as far as they tell, or nothing is to be done."""
    findings: list[Finding] = [*seen.findings, *order.check(seen.members)]
    if findings:
        first = findings[0]
        raise VerificationError(
            f"The index cannot be rebuilt over these packs: {first.subject} {first.sentence}.", _GIVE_BACK
        )
    packs = {one.digest for one in seen.members if one.file in seen.hashes}
    if not packs:
        raise UsageError("There is no pack to rebuild an index from.", "Name the archive's place.")
    signed, against = index.read(state.content)
    listed = {one.entry.digest for one in signed}
    if listed == packs and not against:
        raise UsageError("The index is in order and lists every pack.", "There is nothing to rebuild.")
    if not against and (lost := listed - packs):
        raise VerificationError(
            f"The index lists {len(lost)} packs that are not there: it is not the index that is wrong.",
            _GIVE_BACK,
        )


def _require_records(seen: SeenBundles, records: ArchiveRecords, signer: Signer) -> None:
    """Raise where renewals or hand-overs tell of packs that are not there, or the signer's turn is over."""
    of_packs = renewals.check_coverage(records.renewals, seen.hashes, {})
    lost = [one for one in of_packs if one.subject not in RECORDS]
    if lost:
        raise VerificationError(
            f"The index cannot be rebuilt over these packs: {lost[0].subject} {lost[0].sentence}.", _GIVE_BACK
        )
    count = sum(one.file in seen.hashes for one in seen.members)
    line_of_signers = succession.in_order(records.lists.get(HAND_OVERS, b""), [b""] * count, rebuilt=count)
    if line_of_signers.successor_of(signer.fingerprint):
        raise VerificationError(
            "The key that would sign the index has handed over.", "Sign with the key that took over."
        )


def _in_order(seen: SeenBundles) -> list[ChainMember]:
    """Return the packs as they must have been added: each behind the one that it follows."""
    chains = order.chains([one for one in seen.members if one.file in seen.hashes])
    members = [one for chain in chains.values() for one in chain]
    return sorted(members, key=lambda one: one.link.finished)


def _entries(seen: SeenBundles, now: datetime) -> Iterator[ArchiveEntry]:
    """Yield the index's entries, none yet bound to the line before it."""
    of_scope: Counter[str] = Counter()
    for number, member in enumerate(_in_order(seen), start=1):
        link = member.link
        of_scope[link.scope] += 1
        yield ArchiveEntry(
            number=number,
            scope=link.scope,
            sequence=of_scope[link.scope],
            bundle=link.bundle,
            digest=member.digest,
            previous=link.previous,
            sealed=link.finished,
            added=now,
            file=member.file,
            sha256=seen.hashes[member.file]["sha256"],
            before=None,
            rebuilt=True,
        )


def _keep(store: ArchiveStore, state: StoredState, now: datetime) -> None:
    """Keep the index that is replaced: S3 does by itself, a folder under another name."""
    if store.folder is not None and state.version is not None:
        storage.publish(store.folder / f"index-before-{now:%Y%m%dT%H%M%SZ}.jsonl", state.content)
