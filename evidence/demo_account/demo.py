"""Runs `evidence demo`: serves the demo account in two quarters, and runs the command on it as users do."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from evidence.demo_account.authority import serve_authority, write_authority
from evidence.demo_account.paperwork import paperwork
from evidence.demo_account.script import EARLIER, LAST
from evidence.errors import EvidenceError, ExitCode

SETTINGS = Path(__file__).with_name("evidence.toml")
SERVER_SECONDS = 60.0
QUARTER_BEFORE, ARCHIVE, DIFFERENCE = "quarter-before", "archive", "changes.md"
SIGNER, AUTHORITY = "signer.pem", "authority.pem"
"""What lies beside the files of the later run."""

# Not credentials: the demo server takes any, and boto3 sends none that it was not given.
DEMO_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIADEMODEMODEMODEMO",
    "AWS_SECRET_ACCESS_KEY": "demo-account-takes-any-secret",
    "AWS_DEFAULT_REGION": "us-east-1",
}

Say = Callable[[str], None]


def demonstrate(output: Path, quiet: bool, say: Say) -> int:
    """Do the job in two quarters, and verify all of it; return the first bad exit code, or 0.

    Leaves in `output` what the later run leaves, and beside it what the quarter before left, the archive of
    both packs, what changed in between, and the certificates of the demonstration's signer and authority.
    Their keys are thrown away. Raises EvidenceError when the demo server does not come up.
    """
    with tempfile.TemporaryDirectory(prefix="evidence-demo-") as scratch:
        before = Path(scratch) / QUARTER_BEFORE
        code = _two_quarters(Path(scratch), before, output, quiet=quiet, say=say)
        if code:
            return code
        for name in (QUARTER_BEFORE, ARCHIVE):
            shutil.move(Path(scratch) / name, output / name)
        shutil.copyfile(Path(scratch) / "identity" / SIGNER, output / SIGNER)
        shutil.copyfile(Path(scratch) / "authority" / "above.pem", output / AUTHORITY)
    return _verify(output, quiet, say)


def _two_quarters(scratch: Path, before: Path, output: Path, *, quiet: bool, say: Say) -> int:
    """Make an identity, and run in the quarter before and in this one; return the first bad exit code."""
    now = datetime.now(UTC)
    authority = write_authority(scratch / "authority", now)
    key, certificate = scratch / "identity" / "signer.key", scratch / "identity" / SIGNER
    secret = {"EVIDENCE_PASSPHRASE": secrets.token_urlsafe(24)}
    who = ("--name", "Demonstration only", "--organization", "Northwind Ledger")
    always = ("--config", str(SETTINGS), "--key", str(key), "--certificate", str(certificate),
              "--archive", str(scratch / ARCHIVE), "--timestamp-ca", str(authority.root))  # fmt: skip
    with ExitStack() as open_:
        stamping, servers = {}, {}
        for day in (EARLIER, LAST):
            stamping[day] = open_.enter_context(serve_authority(authority, partial(_moment, day)))
            servers[day] = open_.enter_context(_started(scratch, day, _moment(day, now)))
        made = evidence(
            ["keygen", *who, "--output", str(certificate.parent), "--quiet"], os.environ | secret, EARLIER
        )
        if made:
            return made
        for day, folder in ((EARLIER, before), (LAST, output)):
            today = _moment(day, now).date()
            say(f"{'The quarter before' if day == EARLIER else 'This quarter'}, {today}:")
            stated = paperwork(_made(scratch / f"stated{day}"), today, day)
            run = ["run", *always, "--output", str(folder.absolute()), "--timestamp-url", stamping[day]]
            run += [f"--{Path(name).stem}={path}" for name, path in stated.items()]
            run += [word for pack in before.glob("*.zip") for word in ("--previous", str(pack))]
            run += ["--quiet"] if quiet or day == EARLIER else []
            environment = demo_environment(servers[day]()) | secret
            # Not where documents may wait that somebody has attached for evidence that is none of this.
            code = evidence(run, environment, day, silent=day == EARLIER, cwd=scratch)
            if code:
                return code
    return 0


def _moment(day: float, now: datetime | None = None) -> datetime:
    return (now or datetime.now(UTC)) + timedelta(days=day)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _verify(output: Path, quiet: bool, say: Say) -> int:
    """Verify pack and archive, and write down what changed, at once; return the first bad exit code."""
    (pack,), (old,) = output.glob("*.zip"), (output / QUARTER_BEFORE).glob("*.zip")
    expected = ["--trust", str(output / SIGNER), "--trust-tsa", str(output / AUTHORITY)]
    flags = ["--quiet"] if quiet else []
    command = [sys.executable, "-m", "evidence"]
    with (output / DIFFERENCE).open("wb") as file, tempfile.TemporaryFile() as told:
        others = [
            subprocess.Popen(
                [*command, "diff", str(old), str(pack), *expected, "--markdown", "-q"], stdout=file
            ),
            subprocess.Popen(
                [*command, "verify", "--chain", str(output / ARCHIVE), *expected, *flags], stdout=told
            ),
        ]
        say("")
        say("Verifying the pack, as its reader would:")
        codes = [evidence(["verify", str(pack), *expected, *flags], os.environ)]
        differing, archived = (one.wait() for one in others)
        codes += [0 if differing == ExitCode.GAPS else differing, archived]  # it says what cannot be said
        told.seek(0)
        if not quiet:
            say("")
            say("Verifying the archive:")
            say(told.read().decode())
    return next((code for code in codes if code), 0)


@contextmanager
def serve_demo_account(scratch: Path) -> Iterator[str]:
    """Serve the demo account on a free loopback port, in a process of its own; yield its URL."""
    with _started(scratch, LAST, datetime.now(UTC)) as address:
        yield address()


@contextmanager
def _started(scratch: Path, day: float, moment: datetime) -> Iterator[Callable[[], str]]:
    """Start serving the demo account as it is on a day, that moment; yield what waits for its URL."""
    ready, words = scratch / f"ready{day}", scratch / f"server{day}.log"
    serve = ["demo-aws", "--port", "0", "--day", str(day), "--ready-file", str(ready)]
    serve += ["--ages-from", f"{moment:%Y-%m-%dT%H:%M:%S%z}"]
    with words.open("wb") as log:
        server = subprocess.Popen(_command(serve, day), stdout=subprocess.DEVNULL, stderr=log)
    try:
        yield partial(_address, server, ready, words)
    finally:
        server.terminate()
        server.wait()


def demo_environment(endpoint: str) -> dict[str, str]:
    """Return this process's environment, pointed at the demo account: not at a real one, nor at a proxy."""
    inherited = {name: value for name, value in os.environ.items() if not _leads_away(name)}
    return inherited | DEMO_ENVIRONMENT | {"AWS_ENDPOINT_URL": endpoint, "AWS_CONFIG_FILE": os.devnull,
                                             "AWS_SHARED_CREDENTIALS_FILE": os.devnull}  # fmt: skip


def _leads_away(name: str) -> bool:
    """Say whether a variable has requests sent to a real account, or through a proxy."""
    return name.startswith("AWS_") or name.lower() in {"http_proxy", "https_proxy", "all_proxy"}


def evidence(
    arguments: list[str],
    environment: Mapping[str, str],
    day: float = LAST,
    *,
    silent: bool = False,
    cwd: Path | None = None,
) -> int:
    """Run the command in a process of its own, its output passing through unless `silent`; return its code.

    On another day than the last quarter's its clock is set back.
    """
    told = subprocess.DEVNULL if silent else None
    command = _command(arguments, day)
    return subprocess.run(command, env=environment, stdout=told, cwd=cwd, check=False).returncode


def _command(arguments: list[str], day: float) -> list[str]:
    run = ["evidence"] if day == LAST else ["evidence.demo_account.set_back", str(LAST - day)]
    return [sys.executable, "-m", *run, *arguments]


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
