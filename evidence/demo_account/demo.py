"""Runs `evidence demo`: serves the demo account, then runs the command on it as a user would."""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from evidence.demo_account.paperwork import paperwork
from evidence.errors import EvidenceError

SETTINGS = Path(__file__).with_name("evidence.toml")
SERVER_SECONDS = 60.0

# Not credentials: the demo server takes any, and boto3 sends none that it was not given.
DEMO_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIADEMODEMODEMODEMO",
    "AWS_SECRET_ACCESS_KEY": "demo-account-takes-any-secret",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def demonstrate(output: Path, quiet: bool, say: Callable[[str], None]) -> int:
    """Run `evidence run` and `evidence verify` on the demo account; return the first bad exit code, or 0.

    Leaves in `output` what a run leaves, and the demonstration's own certificate. Its key is thrown away.
    Raises EvidenceError when the demo server does not come up.
    """
    flags = ["--quiet"] if quiet else []
    with (
        tempfile.TemporaryDirectory(prefix="evidence-demo-") as scratch,
        serve_demo_account(Path(scratch)) as endpoint,
    ):
        environment = demo_environment(endpoint) | {"EVIDENCE_PASSPHRASE": secrets.token_urlsafe(24)}
        identity = Path(scratch) / "identity"
        key, certificate = identity / "signer.key", identity / "signer.pem"
        make_identity = ["keygen", "--name", "Demonstration only", "--organization", "Northwind Ledger"]
        stated = paperwork(Path(scratch), datetime.now(UTC).date())
        run = ["run", "--config", str(SETTINGS), "--output", str(output)]
        for name, path in stated.items():
            run += [f"--{Path(name).stem}", str(path)]
        for command in (
            [*make_identity, "--output", str(identity), "--quiet"],
            [*run, "--key", str(key), "--certificate", str(certificate), *flags],
        ):
            code = evidence(command, environment)
            if code:
                return code
        anchor = output / "signer.pem"
        anchor.write_bytes(certificate.read_bytes())
    say("")
    say("Verifying the pack, as its reader would:")
    (pack,) = output.glob("*.zip")
    return evidence(["verify", str(pack), "--trust", str(anchor), *flags], dict(os.environ))


@contextmanager
def serve_demo_account(scratch: Path) -> Iterator[str]:
    """Serve the demo account on a free loopback port, in a process of its own; yield its URL."""
    ready, words = scratch / "ready", scratch / "server.log"
    with words.open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "evidence", "demo-aws", "--port", "0", "--ready-file", str(ready)],
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    try:
        yield _address(server, ready, words)
    finally:
        server.terminate()
        server.wait()


def demo_environment(endpoint: str) -> dict[str, str]:
    """Return this process's environment, pointed at the demo account and away from any real one."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return inherited | DEMO_ENVIRONMENT | {"AWS_ENDPOINT_URL": endpoint, "AWS_CONFIG_FILE": os.devnull,
                                             "AWS_SHARED_CREDENTIALS_FILE": os.devnull}  # fmt: skip


def evidence(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Run the command in a process of its own, its output passing through; return its exit code."""
    return subprocess.run(
        [sys.executable, "-m", "evidence", *arguments], env=environment, check=False
    ).returncode


def _address(server: subprocess.Popen[bytes], ready: Path, words: Path) -> str:
    deadline = time.monotonic() + SERVER_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        if ready.is_file() and (address := ready.read_text(encoding="utf-8").strip()):
            return address
        time.sleep(0.05)
    said = words.read_text(encoding="utf-8", errors="replace").strip()
    raise EvidenceError(
        f"The demo account did not start: {said or 'no answer in time'}.",
        "Install it with: uv tool install 'aws-evidence[demo]'",
    )
