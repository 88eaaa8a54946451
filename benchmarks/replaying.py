"""Records what the tests' AWS server answers to one collection, then serves that again, cheaply."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.httpsession import DEFAULT_CA_BUNDLE

from benchmarks.collection import collected, served
from evidence.demo_account.certificates import write_certificates

_ALL_ROLES = '[sampling]\nrole_paths = ["/"]\n'
"""The audit sample depends on the account's number: what any would ask is recorded."""


@dataclass(frozen=True)
class ReplayServer:
    """A process of `benchmarks.replay`, and how to reach it."""

    process: subprocess.Popen[str]
    plain: dict[str, str]
    """The environment of a client."""
    secure: dict[str, str]
    """The same over TLS, with botocore's authorities and one more."""

    def told(self, line: str) -> dict[str, Any]:
        """Give an order; return what the server tells of itself: `processor`, `requests` and `missing`."""
        assert self.process.stdin and self.process.stdout  # noqa: S101  for the type checker
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    @contextmanager
    def cost(self) -> Iterator[list[str]]:
        """Yield a list that says at the end what the server took meanwhile, by itself."""
        said: list[str] = []
        before = self.told("usage")
        yield said
        after = self.told("usage")
        requests = after["requests"] - before["requests"]
        said.append(f"{requests:,} requests, server {after['processor'] - before['processor']:.2f} s CPU")


@contextmanager
def replaying(scratch: Path, *flags: str, like: str = "", **size: int) -> Iterator[ReplayServer]:
    """Collect once with these flags from a server of that size; yield a server that replays the answers.

    Accounts that were not met are served `like` this one. Raises RuntimeError at the end when something was
    asked that is not recorded.
    """
    certificates = write_certificates(scratch / "tls")
    authorities, settings = scratch / "tls/authorities.pem", scratch / "record.toml"
    authorities.write_bytes(Path(DEFAULT_CA_BUNDLE).read_bytes() + certificates.authority.read_bytes())
    settings.write_text(_ALL_ROLES)
    with ExitStack() as origin, ExitStack() as ending:
        environment = origin.enter_context(served(0.0, **size))
        url = environment["AWS_ENDPOINT_URL"]
        words = [sys.executable, "-m", "benchmarks.replay", url, certificates.server]
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ending.enter_context(process)  # closes its input, and waits
        assert process.stdout  # noqa: S101  for the type checker
        plain, secure = json.loads(process.stdout.readline())
        server = ReplayServer(
            process,
            environment | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{plain}"},
            environment
            | {"AWS_ENDPOINT_URL": f"https://127.0.0.1:{secure}", "AWS_CA_BUNDLE": str(authorities)},
        )
        collected(scratch / "recorded", server.plain, "--config", settings, *flags)
        origin.close()
        server.told(f"replay {like}")
        try:
            yield server
        finally:
            if missing := server.told("usage")["missing"]:
                raise RuntimeError(f"asked and not recorded: {missing}")
