"""Reads and writes an archive's renewals: one time-stamp over all that is there, before older ones end.

The idea is RFC 4998's, an evidence record, with RFC 3161 tokens. A line is `{"renewal": {…}, "time_stamp":
"…"}`: the time-stamp is a .tsr file in base64, over the renewal as a compact JSON line. A renewal names every
pack by its hash, so all time-stamps and certificates in them; the lines of the lists; and the hash of all
renewals above it. It uses one algorithm throughout, so that each renews hashes as well as time-stamps.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from evidence import storage
from evidence.archive.index import INDEX
from evidence.archive.lines import decode, parse_line
from evidence.bundle.format import strictjson
from evidence.bundle.format.models import BundleModel
from evidence.bundle.format.seal import TimeStampAuthority
from evidence.findings import Code, Finding, TimeStampSubject, VerifiedTimeStamp
from evidence.signatures import timestamps, trust
from evidence.wrong_values import in_words

RENEWALS = "renewals.jsonl"
MAX_BYTES = 64 * 1024 * 1024

HashAlgorithm = Literal["sha256", "sha384", "sha512"]
_Hash = Annotated[str, Field(pattern=r"^([0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$")]
_FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class CoveredLines(BundleModel):
    """The first lines of a list that grows."""

    lines: Annotated[int, Field(ge=0)]
    digest: _Hash
    """Of these lines, newlines included."""


class Renewal(BundleModel):
    """What one time-stamp is over."""

    number: Annotated[int, Field(ge=1)]
    """The line in the file."""
    algorithm: HashAlgorithm
    """Of every hash here, and of the time-stamp's own."""
    made: datetime
    """By the clock of whoever renewed; the time-stamp says the time that counts."""
    before: _Hash | None
    """Of all lines above this one, newlines included; null for the first."""
    packs: dict[_FileName, _Hash]
    """Every pack of the archive, by the name of its file."""
    lists: dict[_FileName, CoveredLines]
    """The index and the hand-overs, as far as they went."""


class _RenewalLine(BundleModel):
    renewal: Renewal
    time_stamp: str


@dataclass(frozen=True, slots=True)
class StampedRenewal:
    """A line whose time-stamp holds over its renewal; who made it, the reader judges."""

    renewal: Renewal
    stamp: timestamps.TimeStamp

    @property
    def subject(self) -> str:
        """The line, as findings name it."""
        return f"{RENEWALS}:{self.renewal.number}"


def digest(algorithm: str, content: bytes) -> str:
    """Return a hash in hex digits."""
    return hashlib.new(algorithm, content).hexdigest()


def hashes_of(pack: Path, algorithms: Iterable[str]) -> dict[str, str]:
    """Return a file's hashes by algorithm, reading it once."""
    hashing = {name: hashlib.new(name) for name in algorithms}
    for block in storage.blocks_of(pack):
        for one in hashing.values():
            one.update(block)
    return {name: one.hexdigest() for name, one in hashing.items()}


def covered_lines(algorithm: str, content: bytes) -> CoveredLines:
    """Return what a renewal says of a list as it is now."""
    return CoveredLines(lines=content.count(b"\n"), digest=digest(algorithm, content))


def stamp_renewal(renewal: Renewal, authority: TimeStampAuthority) -> bytes:
    """Return the line of a renewal; raises AuthorityError when there is no time-stamp to be had."""
    members = renewal.model_dump(mode="json")
    answer = base64.b64encode(authority.stamp(strictjson.line(members))).decode()
    return strictjson.line({"renewal": members, "time_stamp": answer})


def read(data: bytes) -> tuple[list[StampedRenewal], list[Finding]]:
    """Return the lines that hold, and the findings against the others and their order."""
    if len(data) > MAX_BYTES:
        return [], [Finding(Code.RENEWAL, RENEWALS, f"is larger than {MAX_BYTES} bytes")]
    held: list[StampedRenewal] = []
    findings: list[Finding] = []
    above = 0
    for number, raw in enumerate(data.splitlines(keepends=True), start=1):
        subject = f"{RENEWALS}:{number}"
        try:
            found = _read_line(raw)
        except ValueError as error:
            findings.append(Finding(Code.RENEWAL, subject, str(error)))
        else:
            wrong = list(_unbound(found, number, data[:above], held))
            findings += (Finding(Code.RENEWAL, subject, sentence) for sentence in wrong)
            held += [] if wrong else [found]
        above += len(raw)
    return held, findings


def _read_line(raw: bytes) -> StampedRenewal:
    """Return a line; raises ValueError, one clause."""
    value = parse_line(raw)
    try:
        parsed = _RenewalLine.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise ValueError(f"is not a renewal: {in_words(error.errors()[0])}") from error
    answer = decode(parsed.time_stamp, "a time-stamp")
    try:
        stamp = timestamps.check(answer, strictjson.line(value["renewal"]))
    except timestamps.TimeStampError as error:
        raise ValueError(f"was changed, or has a time-stamp that does not hold: {error}") from error
    if stamp.algorithm != parsed.renewal.algorithm:
        raise ValueError(f"says {parsed.renewal.algorithm}, and its time-stamp is over {stamp.algorithm}")
    return StampedRenewal(parsed.renewal, stamp)


def _unbound(
    found: StampedRenewal, number: int, above: bytes, held: Sequence[StampedRenewal]
) -> Iterator[str]:
    """Yield what keeps a line from its place."""
    renewal = found.renewal
    if renewal.number != number:
        yield f"says that it is line {renewal.number}"
    if renewal.before != (digest(renewal.algorithm, above) if above else None):
        yield "is not over the lines above it: one was changed, taken out or put in"
    if held and found.stamp.time < held[-1].stamp.time:
        yield "was made before the line above it"


@dataclass(frozen=True, slots=True)
class JudgedRenewal:
    """A renewal, and what its time-stamp is worth to the reader."""

    renewal: Renewal
    stamped: VerifiedTimeStamp

    @property
    def trusted_time(self) -> datetime | None:
        """By when everything it names was there; None where the reader does not trust who says so."""
        return self.stamped.time if self.stamped.trusted else None


def judge(
    held: Sequence[StampedRenewal], trusted: trust.Trust | None, *, now: datetime
) -> tuple[list[JudgedRenewal], list[Finding]]:
    """Return what each renewal is worth, in their order, and the findings against their authorities.

    The last one's certificates have to be valid now, those of each other at the time of the next.
    """
    judged: list[JudgedRenewal] = []
    findings: list[Finding] = []
    existed: datetime | None = None
    for one in reversed(held):
        then = replace(trusted, existed=existed) if trusted else None
        stamped, against = trust.judge_time_stamp(
            one.stamp, TimeStampSubject.RENEWAL, then, now=now, subject=one.subject
        )
        findings = [*against, *findings]
        judged.insert(0, JudgedRenewal(one.renewal, stamped))
        existed = judged[0].trusted_time or existed
    return judged, findings


def existed_by(renewals: Sequence[JudgedRenewal], file: str, hashes: Mapping[str, str]) -> datetime | None:
    """Return by when a pack was there as it is, by the first trusted renewal; None where none shows it.

    `hashes` are the pack's, by algorithm.
    """
    times = (
        one.trusted_time
        for one in renewals
        if one.renewal.packs.get(file) == hashes.get(one.renewal.algorithm, "none")
    )
    return next((moment for moment in times if moment is not None), None)


def lines_shown(
    renewals: Sequence[JudgedRenewal], file: str, content: bytes
) -> tuple[tuple[int, datetime], ...]:
    """Return by when so many lines of a list were there, as trusted renewals show."""
    return tuple(
        (one.renewal.lists[file].lines, one.trusted_time)
        for one in renewals
        if file in one.renewal.lists and one.trusted_time and _covers(one, file, content)
    )


def line_existed_by(shown: Sequence[tuple[int, datetime]], line: int) -> datetime | None:
    """Return by when a line (from 1) of a list was there, with all above it; None where none shows it."""
    return next((moment for lines, moment in shown if lines >= line), None)


def _covers(one: JudgedRenewal, file: str, content: bytes) -> bool:
    covered = one.renewal.lists[file]
    first = b"".join(content.splitlines(keepends=True)[: covered.lines])
    return covered_lines(one.renewal.algorithm, first) == covered


def check_coverage(
    renewals: Sequence[JudgedRenewal],
    packs: Mapping[str, Mapping[str, str]],
    lists: Mapping[str, bytes],
    rebuilt: datetime | None = None,
) -> Iterator[Finding]:
    """Yield each pack and list that is not what a renewal names, once.

    `packs` are the hashes of what is there, by file and algorithm; `lists` the lists' bytes; `rebuilt` is
    when the index was written again: renewals from before then are not over it.
    """
    said: set[str] = set()
    for one in renewals:
        for file, named in one.renewal.packs.items():
            if file not in said and packs.get(file, {}).get(one.renewal.algorithm) != named:
                said.add(file)
                there = "is not the file" if file in packs else "is not there, and was"
                sentence = f"{there} that renewal {one.renewal.number} names, of {one.stamped.time:%Y-%m-%d}"
                yield Finding(Code.RENEWAL_COVERS, file, sentence)
        for file in one.renewal.lists:
            if file == INDEX and rebuilt and one.stamped.time <= rebuilt:
                continue
            if file not in said and not _covers(one, file, lists.get(file, b"")):
                said.add(file)
                sentence = f"does not begin with the lines that renewal {one.renewal.number} names"
                yield Finding(Code.RENEWAL_COVERS, file, sentence)
