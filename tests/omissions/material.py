"""What is cut: the demo account and a small generated organization, collected once and held in memory."""

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from evidence import storage
from evidence.bundle import open_bundle
from evidence.bundle.format import bag, strictjson
from evidence.bundle.format.models import Run, Unit
from evidence.clock import Clock
from evidence.collect import collect
from evidence.demo_account import DemoServer
from evidence.demo_account.demo import demo_environment
from evidence.demo_account.ids import COLLECTOR, EXTERNAL_ID
from evidence.records import Outcome
from evidence.settings.model import Settings
from tests.aws_server.app import FaultyApp
from tests.aws_server.generated.extent import Extent
from tests.support.bundles import BundleInMemory
from tests.support.identity import signer

NOW = datetime(2026, 10, 1, 6, 0, tzinfo=UTC)
NEVER = 1e9
"""Seconds until CloudTrail tells of a request."""
Json = dict[str, Any]


@dataclass(frozen=True)
class Material:
    """A bundle as an operator with the key could make it anew: files, run and ledger, each to be changed."""

    name: str
    run: Run
    files: Mapping[str, bytes]
    """Below data/, without run.json, gaps.json and calls.jsonl."""
    calls: tuple[Json, ...]
    gaps: bytes = b"[]"

    def records(self, file: str) -> list[Json]:
        """Return the records of a file."""
        return list(_parsed(self.files[file]))

    @cached_property
    def units(self) -> Mapping[str, Unit]:
        """The units by the file of their records."""
        return {
            file: unit
            for unit in self.run.units
            for file in unit.files
            if file.endswith(".jsonl")
        }  # fmt: skip

    def with_records(self, file: str, records: list[Json], *, told: bool = True) -> "Material":
        """Return the bundle with other records in a file; run.json says how many, unless told not to."""
        content = b"".join(map(strictjson.line, records))
        made = replace(self, files={**self.files, file: content})
        return made.with_unit(file, records=len(records)) if told else made

    def with_unit(self, file: str, **changes: Any) -> "Material":
        """Return the bundle with other words about the unit that wrote a file."""
        unit = self.units[file]
        if "records" in changes:
            more = len(changes.get("files", unit.files)) > 1
            changes["outcome"] = Outcome.COLLECTED if changes["records"] or more else Outcome.EMPTY
        changed = unit.model_copy(update=changes)
        return self.with_run(units=tuple(changed if one is unit else one for one in self.run.units))

    def with_run(self, **changes: Any) -> "Material":
        """Return the bundle with other words in run.json."""
        return replace(self, run=self.run.model_copy(update=changes))

    def without_file(self, *files: str) -> "Material":
        """Return the bundle without some files."""
        return replace(
            self, files={path: content for path, content in self.files.items() if path not in files}
        )

    def with_calls(self, calls: tuple[Json, ...]) -> "Material":
        """Return the bundle with another ledger."""
        return replace(self, calls=calls)

    def bundle(self) -> BundleInMemory:
        """Return it opened, as if it had been sealed as it is."""
        files = {
            **self.files,
            bag.CALLS: b"".join(map(strictjson.line, self.calls)),
            bag.RUN: b"",  # is read from `run`
            bag.GAPS: self.gaps,
        }
        hashes = {path: _digest(content) for path, content in files.items()}
        made = BundleInMemory(Path("in-memory") / self.run.bundle, "0" * 64, hashes, files=files)
        made.__dict__["run"] = self.run
        return made


@lru_cache(maxsize=1_000)
def _parsed(content: bytes) -> tuple[Json, ...]:
    return tuple(json.loads(line) for line in content.splitlines())


@lru_cache(maxsize=10_000)
def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def demo_material() -> Material:
    """Collect the demo account."""
    return _collected("demo", {}, None)


def organization_material() -> Material:
    """Collect a small organization, with a Config aggregator as the source of results."""
    settings = {
        "aws": {"organization": True, "role": COLLECTOR, "external_id": EXTERNAL_ID},
        "collect": {"config_source": "aggregator"},
        "sampling": {"table": [[1000, 3]], "above": 3},
    }
    return _collected("organization", settings, Extent(accounts=4, regions=2, seed=7))


def _collected(name: str, settings: Json, extent: Extent | None) -> Material:
    before, waited = dict(os.environ), storage.wait_for_disk
    server = DemoServer("127.0.0.1", 0, FaultyApp(NOW, extent=extent, trail_delay=NEVER))
    server.start()
    folder, began = Path(tempfile.mkdtemp(prefix="evidence-omissions-")), time.monotonic()
    clock = Clock(
        now=lambda: NOW + timedelta(seconds=time.monotonic() - began),
        monotonic=time.monotonic,
        sleep=time.sleep,
    )
    try:
        storage.wait_for_disk = lambda _handle: None
        os.environ.update(demo_environment(server.url))
        root = collect(Settings.model_validate(settings), out=folder / "out", clock=clock, signer=signer())
        bundle = open_bundle(root, now=clock.now())
        own = {bag.CALLS, bag.RUN, bag.GAPS}
        files = {path: bundle.read(path) for path in bundle.hashes if path not in own}
        calls = tuple(json.loads(line) for line in bundle.read(bag.CALLS).splitlines())
        return Material(name, bundle.run, files, calls, bundle.read(bag.GAPS))
    finally:
        server.stop()
        os.environ.clear()
        os.environ.update(before)
        storage.wait_for_disk = waited
        shutil.rmtree(folder)
