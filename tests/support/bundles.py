"""Bundles for tests from a few lines of data: real ones, by the production writer, and ones in memory."""

import functools
import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from evidence.bundle import Bundle
from evidence.bundle.format import bag, strictjson
from evidence.bundle.format.models import (
    AccountState,
    Caller,
    CallRecord,
    ClockSkew,
    GapRecord,
    ItemScope,
    RegionState,
    Run,
    SampleSelection,
    TargetRecord,
    Tool,
    Unit,
)
from evidence.bundle.format.seal import SealSigner
from evidence.bundle.open import digest_of
from evidence.bundle.write.writer import BundleWriter
from evidence.custom.declarations import PREFIX
from evidence.readers.ledger import Tie, ties
from evidence.records import Cause, Outcome, Scope, Target
from evidence.settings.model import SealedSettings

ACCOUNT = "123456789012"
NOW = datetime(2026, 10, 1, 6, 0, 0, tzinfo=UTC)
ORGANIZATION_TARGET = Target(Scope.ORGANIZATION, ACCOUNT)
ACCOUNT_TARGET = Target(Scope.ACCOUNT, ACCOUNT)

Records = Mapping[str, Mapping[Target, Sequence[Mapping[str, Any]]]]


def region_target(region: str = "us-east-1") -> Target:
    return Target(Scope.REGION, ACCOUNT, region)


def gap(item: str, target: Target = ACCOUNT_TARGET, cause: Cause = Cause.PERMISSION_MISSING) -> GapRecord:
    """A gap as the runner writes it when AWS denied the first operation."""
    return GapRecord(
        item=item,
        target=TargetRecord.of(target),
        cause=cause,
        operation=f"{item.partition('.')[0]}:List",
        error_code="AccessDenied",
        message="User is not authorized.",
        effect=f"Nothing that needs {item} can be concluded.",
    )


@dataclass(frozen=True)
class Contents:
    """What a bundle is to hold, by path below data/, and what its run says of it."""

    run: Run
    gaps: tuple[GapRecord, ...]
    files: Mapping[str, bytes]


def contents(
    records: Records | None = None,
    files: Mapping[str, bytes] | None = None,
    gaps: Sequence[GapRecord] = (),
    settings: SealedSettings | None = None,
    *,
    now: datetime = NOW,
    calls: Sequence[CallRecord] | None = None,
    regions: Sequence[str | RegionState] = ("us-east-1", "eu-west-1"),
    samples: Sequence[SampleSelection] = (),
    excluded: Sequence[str] = (),
    **overrides: Any,
) -> Contents:
    """Say what a bundle holds from a few lines of data.

    `records`: {item: {target: [record, …]}}; an empty list is an item whose answer was empty.
    `files`: bytes by path below data/, which must start with the stem of an item's .jsonl file.
    Every gap makes a unit of outcome `gap`. `overrides` replace members of run.json.
    """
    assert overrides.keys() <= Run.model_fields.keys(), f"not of run.json: {overrides.keys()}"
    payload: dict[str, bytes] = {}
    units = [*_collected(payload, records or {}, files or {}, now), *(_gap_unit(g, now) for g in gaps)]
    lines = _calls(units, now, payload) if calls is None else map(_line, calls)
    payload[bag.CALLS] = b"".join(lines)
    run = _run(units, now, excluded, settings=settings or SealedSettings()).model_copy(
        update={
            "account_states": _account_states(records or {}, overrides.get("accounts", ())),
            "regions": _regions(regions),
            "samples": tuple(samples),
            **overrides,
        }
    )
    return Contents(run, tuple(gaps), payload)


def make_bundle(
    parent: Path,
    *data: Any,
    attachments: Path | None = None,
    signer: SealSigner | None = None,
    **options: Any,
) -> Bundle:
    """Write a bundle (of what `contents` takes) below `parent`, sealed when a signer is given; open it.

    It is not checked: it was written a moment ago, by what writes every bundle.
    """
    made = contents(*data, **options)
    writer = BundleWriter.create(parent, made.run.bundle)
    for path, content in made.files.items():
        writer.write(path, content)
    if attachments is not None:
        writer.attach_folder(attachments)
    root = writer.publish(made.run, list(made.gaps), signer)
    listed = bag.parse_manifest((root / bag.MANIFEST).read_bytes())
    hashes = {path.removeprefix(f"{bag.PAYLOAD}/"): digest for path, digest in listed.items()}
    return Bundle(root, digest_of(root), hashes)


@dataclass(frozen=True)
class BundleInMemory(Bundle):
    """A bundle that was never written, for tests of what reads it: it has no folder."""

    files: Mapping[str, bytes] = field(default_factory=dict)

    def open(self, file: str) -> BinaryIO:
        return io.BytesIO(self.files[file])


def bundle_in_memory(*data: Any, **options: Any) -> BundleInMemory:
    """Return a bundle of what `contents` takes, as `make_bundle` would write it, without writing it."""
    made = contents(*data, **options)
    files = {
        **made.files,
        bag.RUN: made.run.model_dump_json().encode(),
        bag.GAPS: strictjson.document([gap.model_dump(mode="json") for gap in made.gaps]),
    }
    hashes = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    digest = hashlib.sha256(strictjson.line(hashes)).hexdigest()
    return BundleInMemory(Path("in-memory") / made.run.bundle, digest, hashes, files=files)


def _collected(
    payload: dict[str, bytes], records: Records, files: Mapping[str, bytes], now: datetime
) -> Iterable[Unit]:
    left = dict(files)
    for item, by_target in records.items():
        for target, lines in by_target.items():
            stem = f"{target.folder}/{item.replace('.', '/', 1)}"
            own = [path for path in left if path.startswith((f"{stem}.", f"{stem}/"))]
            payload |= {path: left.pop(path) for path in own}
            payload[f"{stem}.jsonl"] = b"".join(map(strictjson.line, lines))
            yield _unit(item, target, len(lines), (f"{stem}.jsonl", *own), now)
    if left:
        raise ValueError(f"files of no item: {sorted(left)}")


@functools.cache
def _unit(item: str, target: Target, count: int, files: tuple[str, ...], now: datetime) -> Unit:
    return Unit(
        item=item,
        target=TargetRecord.of(target),
        outcome=Outcome.COLLECTED if count or len(files) > 1 else Outcome.EMPTY,
        records=count,
        files=tuple(sorted(files)),
        started=now,
        finished=now,
        calls=1,
    )


def _gap_unit(entry: GapRecord, now: datetime) -> Unit:
    return Unit(
        item=entry.item,
        target=entry.target,
        outcome=Outcome.GAP,
        records=0,
        files=(),
        started=now,
        finished=now,
        calls=1,
    )


_LIST = Tie(("List",), lambda _record: 1, "record")
"""What the ledger counts of an item that nothing ties to it."""


def _answered(unit: Unit, payload: Mapping[str, bytes]) -> tuple[tuple[str, int | None, int], ...]:
    """Return the calls that fed a unit's file: operation, members counted and how many such calls."""
    if unit.outcome is Outcome.GAP:
        return ((ties(unit.item)[0].operations[0] if ties(unit.item) else "List", 0, 1),)
    lines = b"".join(payload.get(path, b"") for path in unit.files if path.endswith(".jsonl"))
    return _told(unit.item, lines)


# Thousands of small bundles differ in a few records, and the rest is worked out once.
@functools.lru_cache(2048)
def _told(item: str, lines: bytes) -> tuple[tuple[str, int | None, int], ...]:
    records = [json.loads(line) for line in lines.splitlines()]
    told: dict[str, tuple[int | None, int]] = {}
    custom = records[:1] if item.startswith(PREFIX) else []
    counted = sorted((name for record in custom for name in record), key=lambda name: name[:4] != "List")
    for tie in ties(item, counted) or (_LIST,):
        held = sum(map(tie.held, records))
        for operation in tie.operations[:1]:
            members, asked = told.get(operation, (None, 1))
            told[operation] = (members, held) if tie.asked else (held, asked)
    return tuple((operation, members, asked) for operation, (members, asked) in told.items())


def _calls(units: Sequence[Unit], now: datetime, payload: Mapping[str, bytes]) -> Iterator[bytes]:
    answered = (
        (unit, operation, members if number == 0 else 0)
        for unit in units
        for operation, members, asked in _answered(unit, payload)
        for number in range(asked)
    )
    for seq, (unit, operation, members) in enumerate(answered, start=1):
        file = next((path for path in unit.files if path.endswith(".jsonl")), "")
        place = (unit.item, unit.target, file)
        yield _call(seq, place, operation, members, denied=unit.outcome is Outcome.GAP, now=now)


@functools.cache
def _call(
    seq: int,
    place: tuple[str, TargetRecord, str],
    operation: str,
    members: int | None,
    *,
    denied: bool,
    now: datetime,
) -> bytes:
    item, target, file = place
    return _line(
        CallRecord(
            seq=seq,
            item=item,
            service=item.partition(".")[0],
            operation=operation,
            parameters={},
            account=target.account,
            region=target.region or "us-east-1",
            request_id=f"00000000-0000-4000-8000-{seq:012d}",
            status=403 if denied else 200,
            error_code="AccessDenied" if denied else "",
            attempts=1,
            started=now,
            finished=now,
            aws_date=now,
            records=members,
            truncated=False,
            depth=1,
            file=file,
        )
    )


def _line(call: CallRecord) -> bytes:
    return strictjson.line(call.model_dump(mode="json"))


def _account_states(records: Records, accounts: Sequence[str]) -> tuple[AccountState, ...]:
    """The accounts in scope, each but the first entered by a role; what else is listed is left out."""
    listed = {
        str(record["Account"]["Id"])
        for lines in records.get("organizations.accounts", {}).values()
        for record in lines
        if isinstance(record.get("Account"), dict)
        and re.fullmatch(r"\d{12}", str(record["Account"].get("Id")))
    }
    states = []
    for account in sorted({ACCOUNT, *accounts, *listed}):
        covered = account in (ACCOUNT, *accounts)
        role = f"arn:aws:iam::{account}:role/EvidenceReader" if covered and account != ACCOUNT else ""
        reason = "asked for" if covered else f"excluded by {account}: holds nothing"
        states.append(
            AccountState(account=account, state="ACTIVE", in_scope=covered, reason=reason, role=role)
        )
    return tuple(states)


def _regions(regions: Sequence[str | RegionState]) -> tuple[RegionState, ...]:
    return tuple(
        RegionState(account=ACCOUNT, region=region, status="ENABLED", in_scope=True, reason="enabled")
        if isinstance(region, str)
        else region
        for region in regions
    )


def _run(units: Sequence[Unit], now: datetime, excluded: Sequence[str], *, settings: SealedSettings) -> Run:
    caller = Caller(
        account=ACCOUNT,
        arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/EvidenceReader/audit",
        user_id="AROAEXAMPLEEVIDENCE00:audit",
    )
    planned = sorted({unit.item for unit in units})
    return Run(
        bundle=f"evidence-{ACCOUNT}-{now:%Y%m%dT%H%M%SZ}",
        tool=Tool(name="aws-evidence", version="0.0.0", python="3.11", libraries={"boto3": "1.44.0"}),
        settings=settings,
        partition="aws",
        scope=f"aws:{ACCOUNT}",
        accounts=(ACCOUNT,),
        regions=(),
        caller_start=caller,
        caller_end=caller,
        started=now,
        finished=now,
        clock=ClockSkew(first_aws_date=now, last_aws_date=now, max_skew_seconds=0.0),
        items=(
            *(ItemScope(item=item, planned=True, reason="") for item in planned),
            *(ItemScope(item=item, planned=False, reason="excluded by a setting") for item in excluded),
        ),
        units=tuple(units),
    )
