"""Real bundles for tests, written by the production writer from a few lines of data."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evidence.bundle import Bundle, open_bundle
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
from evidence.bundle.write.writer import BundleWriter
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


def make_bundle(
    parent: Path,
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
    attachments: Path | None = None,
    signer: SealSigner | None = None,
    **overrides: Any,
) -> Bundle:
    """Write a bundle below `parent` and open it; sealed when a signer is given.

    `records`: {item: {target: [record, …]}}; an empty list is an item whose answer was empty.
    `files`: bytes by path below data/, which must start with the stem of an item's .jsonl file.
    Every gap makes a unit of outcome `gap`. `overrides` replace members of run.json.
    """
    name = f"evidence-{ACCOUNT}-{now:%Y%m%dT%H%M%SZ}"
    writer = BundleWriter.create(parent, name)
    units = [*_collected(writer, records or {}, files or {}, now), *(_gap_unit(g, now) for g in gaps)]
    ledger = _calls(units, now) if calls is None else calls
    writer.write(bag.CALLS, b"".join(strictjson.line(call.model_dump(mode="json")) for call in ledger))
    if attachments is not None:
        writer.attach_folder(attachments)
    run = _run(name, units, now, excluded, settings=settings or SealedSettings()).model_copy(
        update={
            "account_states": _account_states(records or {}, overrides.get("accounts", ())),
            "regions": _regions(regions),
            "samples": tuple(samples),
            **overrides,
        }
    )
    final = writer.publish(run, list(gaps), signer)
    return open_bundle(final, sealed=signer is not None)


def _collected(
    writer: BundleWriter, records: Records, files: Mapping[str, bytes], now: datetime
) -> Iterable[Unit]:
    left = dict(files)
    for item, by_target in records.items():
        for target, lines in by_target.items():
            stem = f"{target.folder}/{item.replace('.', '/', 1)}"
            own = [path for path in left if path.startswith((f"{stem}.", f"{stem}/"))]
            for path in own:
                writer.write(path, left.pop(path))
            writer.write(f"{stem}.jsonl", b"".join(strictjson.line(line) for line in lines))
            yield _unit(item, target, len(lines), (f"{stem}.jsonl", *own), now)
    if left:
        raise ValueError(f"files of no item: {sorted(left)}")


def _unit(item: str, target: Target, count: int, files: Sequence[str], now: datetime) -> Unit:
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


def _calls(units: Sequence[Unit], now: datetime) -> list[CallRecord]:
    return [
        CallRecord(
            seq=seq,
            item=unit.item,
            service=unit.item.partition(".")[0],
            operation="List",
            parameters={},
            account=unit.target.account,
            region=unit.target.region or "us-east-1",
            request_id=f"00000000-0000-4000-8000-{seq:012d}",
            status=403 if unit.outcome is Outcome.GAP else 200,
            error_code="AccessDenied" if unit.outcome is Outcome.GAP else "",
            attempts=1,
            started=now,
            finished=now,
            aws_date=now,
            records=unit.records,
            truncated=False,
            depth=1,
            file=next((path for path in unit.files if path.endswith(".jsonl")), ""),
        )
        for seq, unit in enumerate(units, start=1)
    ]


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
        reason = "asked for" if covered else "not asked for"
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


def _run(
    name: str, units: Sequence[Unit], now: datetime, excluded: Sequence[str], *, settings: SealedSettings
) -> Run:
    caller = Caller(
        account=ACCOUNT,
        arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/EvidenceReader/audit",
        user_id="AROAEXAMPLEEVIDENCE00:audit",
    )
    planned = sorted({unit.item for unit in units})
    return Run(
        bundle=name,
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
