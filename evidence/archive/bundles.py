"""Verifies the packs and bundles of an archive one by one, and keeps of each its place in the chain alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from evidence.archive.order import ChainMember
from evidence.archive.records import RECORDS, ArchiveRecords
from evidence.archive.renewals import hashes_of
from evidence.archive.store import ArchiveStore
from evidence.bundle.verify.verdicts import OverallVerdict, judge
from evidence.findings import Finding
from evidence.pack.any import verify_any


@dataclass(slots=True)
class SeenBundles:
    """What was found of packs and bundles, looked at one by one."""

    members: list[ChainMember] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    words: list[OverallVerdict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    hashes: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of each pack, by file and algorithm."""


def look_at_bundles(
    store: ArchiveStore, names: Sequence[str], now: datetime, records: ArchiveRecords
) -> SeenBundles:
    """Verify what lies in an archive under these names, one after the other."""
    seen = SeenBundles()
    for name in names:
        if name in RECORDS:
            continue
        if not name.endswith(".zip") and not store.is_bundle(name):
            seen.notes.append(f"{name} is neither a pack nor a bundle and was not looked at.")
            continue
        with store.opened(name) as path:
            hashes = hashes_of(path, records.algorithms) if path.is_file() else {}
            seen.hashes |= {name: hashes} if hashes else {}
            report = verify_any(path, now=now, trusted=records.trust_in(name, hashes))
        seen.findings += (replace(one, subject=f"{name}: {one.subject}") for one in report.findings)
        seen.words.append(judge(report).word)
        if report.link and report.link.redacted:
            seen.notes.append(f"{name} is a redacted copy of a bundle and stands outside of the chain.")
        elif report.link and report.signer and not report.findings:
            seen.members.append(ChainMember(name, report.digest, report.signer.fingerprint, report.link))
    return seen
