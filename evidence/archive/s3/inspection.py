"""Looks at what only S3 shows: versions and delete markers over a pack, states of its lists, locks."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise

from evidence.archive import index
from evidence.archive.index import INDEX
from evidence.archive.records import RECORDS
from evidence.archive.renewals import RENEWALS
from evidence.archive.s3.access import ArchiveBucket
from evidence.archive.s3.protection import lacks_of
from evidence.archive.s3.versions import ObjectHistory, ObjectVersion, VersionFacts, facts, histories
from evidence.archive.store import ObjectLock, StoreInspection
from evidence.archive.succession import HAND_OVERS
from evidence.findings import Code, Finding
from evidence.settings.sections import ArchiveSettings

_REBUILT = (
    "The index was rebuilt from the packs at {:%Y-%m-%d %H:%M} UTC; all that it listed before is in it."
)

_SET_BACK = {INDEX: Code.CHAIN_INDEX, RENEWALS: Code.RENEWAL, HAND_OVERS: Code.HAND_OVER}


def inspect(bucket: ArchiveBucket, settings: ArchiveSettings, now: datetime) -> StoreInspection:
    """Return findings, notes and locks of everything that lies in the archive."""
    seen = StoreInspection()
    for lack in lacks_of(bucket):
        seen.findings.append(Finding(Code.CHAIN_UNPROTECTED, bucket.name, lack.lack))
    for name, history in histories(bucket).items():
        if name.startswith("."):
            continue
        said = {one.version: facts(bucket, name, one.version) for one in history.versions}
        for one in history.versions:
            lock = _lock(one, said[one.version])
            seen.locks.append(lock)
            if not lock.mode and not lock.legal_hold:
                sentence = f"is not under Object Lock in its version {one.version}"
                seen.findings.append(Finding(Code.CHAIN_UNPROTECTED, name, sentence))
        seen.findings += _hidden(name, history)
        if name in RECORDS:
            _states(bucket, name, history, said, seen)
    seen.notes += _notes(seen, settings, now)
    return seen


def _lock(one: ObjectVersion, said: VersionFacts) -> ObjectLock:
    return ObjectLock(one.name, one.version, (said.mode or "").lower(), said.until, said.legal_hold)


def _hidden(name: str, history: ObjectHistory) -> Iterator[Finding]:
    """Yield what lies over a file: a delete marker, or another version of a pack."""
    for one in history.markers:
        still = "what was locked is still there, and was looked at" if history.versions else "nothing is left"
        sentence = f"was deleted at {one.modified:%Y-%m-%d %H:%M} UTC (marker {one.version}): {still}"
        yield Finding(Code.CHAIN_HIDDEN, name, sentence)
    if name in RECORDS:  # these are replaced as a whole: `_states` looks at how
        return
    for one in history.versions[1:]:
        sentence = (
            f"was written over at {one.modified:%Y-%m-%d %H:%M} UTC (version {one.version}): what was put "
            "there first was looked at"
        )
        yield Finding(Code.CHAIN_HIDDEN, name, sentence)


def _states(
    bucket: ArchiveBucket,
    name: str,
    history: ObjectHistory,
    said: Mapping[str, VersionFacts],
    seen: StoreInspection,
) -> None:
    """Hold each state of a list against the one before: it may only have grown."""
    if len(history.versions) < 2:
        return
    states = history.versions
    last = _content(bucket, name, states[-1])
    for before, after in pairwise(states):
        # Of states that the last one goes on from, their checksums are enough; others are read.
        grown = _is_start(last, said[before.version]) and _is_start(last, said[after.version])
        if grown and after.size >= before.size:
            continue
        old, new = _content(bucket, name, before), _content(bucket, name, after)
        if not new.startswith(old):
            _note_set_back(name, after, old, new, seen)


def _is_start(content: bytes, said: VersionFacts) -> bool:
    return said.sha256 == hashlib.sha256(content[: said.size]).hexdigest()


def _content(bucket: ArchiveBucket, name: str, one: ObjectVersion) -> bytes:
    answer = bucket.ask("GetObject", Key=bucket.key(one.name), VersionId=one.version)
    return bucket.content(answer, RECORDS[name])


def _note_set_back(name: str, after: ObjectVersion, old: bytes, new: bytes, seen: StoreInspection) -> None:
    """Tell an index that was rebuilt, and lists all that it did, from a list that was set back or changed."""
    listed, lists = set(old.splitlines()), set(new.splitlines())
    if name == INDEX:
        entries, now = index.read(old)[0], index.read(new)[0]
        listed, lists = ({one.entry.digest.encode() for one in each} for each in (entries, now))
        if now and now[0].entry.rebuilt and listed <= lists:
            seen.notes.append(_REBUILT.format(after.modified))
            return
    sentence = (
        f"does not go on from its state before, as it was written at {after.modified:%Y-%m-%d %H:%M} UTC "
        f"(version {after.version}): {len(listed - lists)} of {len(listed)} entries were taken out"
    )
    seen.findings.append(Finding(_SET_BACK[name], name, sentence))


def _notes(seen: StoreInspection, settings: ArchiveSettings, now: datetime) -> Iterator[str]:
    over = [one for one in seen.locks if one.until and one.until <= now and not one.legal_hold]
    if over:
        yield f"The locks of {len(over)} of {len(seen.locks)} versions have ended: these can be deleted."
    softer = [one for one in seen.locks if one.mode == "governance"]
    if softer and settings.mode == "compliance":
        yield f"{len(softer)} versions are in governance mode: who may bypass it can delete them."
