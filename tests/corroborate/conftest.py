"""One collection on the demo account, which remembers what it was asked; the server stays up."""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.bundle import Bundle, open_bundle
from evidence.bundle.format import strictjson
from evidence.bundle.format.corroboration import Corroboration
from evidence.clock import Clock, shifted_clock
from evidence.collect import collect
from evidence.collectors.base import catalogue
from evidence.corroborate.corroborate import FileFetch, HistoryFetch, compare
from evidence.demo_account import DemoServer
from evidence.demo_account.app import DemoApp
from evidence.settings.model import Settings
from tests.aws_server.app import FaultyApp
from tests.aws_server.faults import Fault
from tests.support.bundles import NOW
from tests.support.identity import signer
from tests.support.reseal import oxum, reseal

ITEMS = (
    "sts.caller", "account.regions", "iam.account-summary", "iam.mfa-devices", "iam.password-policy",
    "iam.sample-role-policies", "iam.authorization-details", "organizations.organization", "config.rules",
    "access-analyzer.analyzers",
)  # fmt: skip
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIADEMODEMODEMODEMO",
    "AWS_SECRET_ACCESS_KEY": "demo",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}


@dataclass(frozen=True)
class World:
    """A bundle and the account it came from."""

    bundle: Bundle
    url: str
    clock: Clock
    """When CloudTrail has told of all of it."""


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    app = DemoApp(NOW, trail_delay=0)
    server = DemoServer("127.0.0.1", 0, app)
    server.start()
    clock = shifted_clock(NOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", server.url)
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        chosen = {item: catalogue()[item] for item in ITEMS}
        patch.setattr(sys.modules["evidence.collect.collect"], "catalogue", lambda *_: chosen)
        folder = collect(
            Settings(), out=tmp_path_factory.mktemp("world"), clock=clock, signer=signer()
        )  # fmt: skip
    # What a corroboration asks is told from the run's calls by its time: let the run be well over.
    app._started -= 7
    yield World(
        open_bundle(folder, now=NOW), server.url, shifted_clock(NOW + timedelta(minutes=20, seconds=10))
    )
    server.stop()


@pytest.fixture
def ask(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Corroboration]:
    """Compare a bundle with the account's event history, or that of a server with faults."""

    def compared(
        bundle: Bundle | None = None, url: str = "", clock: Clock = world.clock, **settings: object
    ) -> Corroboration:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url or world.url)
        for name, value in ENVIRONMENT.items():
            monkeypatch.setenv(name, value)
        fetch = HistoryFetch(Settings.model_validate(settings), clock, tmp_path, rate=1000)
        return compare(bundle or world.bundle, fetch, clock)

    return compared


@pytest.fixture
def faulty() -> Iterator[Callable[..., str]]:
    """Serve an account whose event history has faults."""
    running: list[DemoServer] = []

    def start(*faults: Fault) -> str:
        running.append(DemoServer("127.0.0.1", 0, FaultyApp(NOW, faults=faults, trail_delay=0)))
        running[-1].start()
        return running[-1].url

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def rewritten(world: World, tmp_path: Path) -> Callable[..., Bundle]:
    """Return the bundle with its ledger changed and all of it sealed again by its own key."""

    def change(edit: Callable[[list[dict]], object]) -> Bundle:
        root = Path(shutil.copytree(world.bundle.root, tmp_path / world.bundle.root.name))
        ledger = root / "data/calls.jsonl"
        lines = [strictjson.loads(line) for line in ledger.read_bytes().splitlines()]
        edit(lines)
        ledger.write_bytes(b"".join(strictjson.line(line) for line in lines))
        oxum(root)
        reseal(root)
        return open_bundle(root, now=NOW)

    return change


@pytest.fixture
def from_files(world: World) -> Callable[..., Corroboration]:
    """Compare a bundle with files of events."""
    return lambda *paths, clock=world.clock: compare(world.bundle, FileFetch(paths), clock)
