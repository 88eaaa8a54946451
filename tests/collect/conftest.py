import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evidence.bundle.format.chain import follow_digest
from evidence.clock import frozen_clock
from evidence.collect import collect
from evidence.collectors.base import Collector, catalogue
from evidence.demo_account import DemoServer, create_app
from evidence.settings.model import Settings
from evidence.signing.keygen import CertificateSubject, generate
from tests.aws_server.app import FaultyApp
from tests.aws_server.faults import Fault
from tests.collect.collect_support import NOW, PASSPHRASE, Collected, environment
from tests.support.identity import signer


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Serve the demo account, with faults; returns its URL."""
    running: list[DemoServer] = []

    def start(*faults: Fault, latency: float = 0.0, **more: Any) -> str:
        running.append(DemoServer("127.0.0.1", 0, FaultyApp(NOW, latency=latency, faults=faults, **more)))
        running[-1].start()
        return running[-1].url

    yield start
    for server in running:
        server.stop()


class Watched:
    """What the servers of a test were asked, and what they do wrong from some moment on."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        """Service and operation of each request."""
        self.after: int | None = None
        """So many requests are answered before the faults below."""
        self.faults: tuple[Fault, ...] = ()

    def count(self, operation: str) -> int:
        return sum(name == operation for _, name in self.asked)

    def expire(self) -> None:
        """Have all credentials expire, now."""
        self.fail(Fault("*", "*", "ExpiredToken", status=403))

    def fail(self, fault: Fault) -> None:
        """Meet requests with this fault from now on."""
        self.after, self.faults = 0, (fault,)

    def mend(self) -> None:
        """Answer everything again, and forget what was asked."""
        self.after, self.asked = None, []


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Look over the shoulder of the servers that are started from here on."""
    seen, plain = Watched(), FaultyApp._intercept

    def intercept(app: FaultyApp, call: Any, answer: Callable[[], Any]) -> Any:
        seen.asked.append((call.service, call.operation))
        if seen.after is not None and len(seen.asked) > seen.after:
            app.inject(seen.faults)
        return plain(app, call, answer)

    monkeypatch.setattr(FaultyApp, "_intercept", intercept)
    return seen


@pytest.fixture
def run_collect(
    serve: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Collected]:
    """Collect from a demo account with faults, in this process."""

    def run(
        *faults: Fault,
        settings: dict[str, Any] | None = None,
        served: dict[str, Any] | None = None,
        **more: Any,
    ) -> Collected:
        for name in ("AWS_PROFILE", "AWS_REGION", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment(serve(*faults, **(served or {}))).items():
            monkeypatch.setenv(name, value)
        given = {"out": tmp_path / "out", "clock": frozen_clock(NOW), "signer": signer()} | more
        return Collected(collect(Settings.model_validate(settings or {}), **given))

    return run


@pytest.fixture
def with_items(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make a run collect these collectors beside the two it cannot do without."""

    def choose(*collectors: Collector | str) -> None:
        known = catalogue()
        chosen = [known[one] if isinstance(one, str) else one for one in collectors]
        items = {one.item: one for one in (known["sts.caller"], known["account.regions"], *chosen)}
        monkeypatch.setattr(sys.modules["evidence.collect.collect"], "catalogue", lambda *_: items)

    return choose


@pytest.fixture(scope="session")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Collected:
    """One run on the demo account without faults."""
    server = DemoServer("127.0.0.1", 0, create_app(NOW))
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(server.url).items():
            patch.setenv(name, value)
        folder = collect(
            Settings(),
            out=tmp_path_factory.mktemp("collected"),
            clock=frozen_clock(NOW),
            signer=signer(),
            follows=follow_digest("ab" * 32),
        )
    server.stop()
    return Collected(folder)


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> list[str | Path]:
    """Return the flags that name a signing identity."""
    folder = tmp_path_factory.mktemp("identity")
    subject = CertificateSubject("Test", "Northwind Ledger", 2)
    made = generate(folder, PASSPHRASE.encode(), subject, algorithm="p-256", now=datetime.now(UTC))
    return ["--key", made.key, "--certificate", made.certificate]
