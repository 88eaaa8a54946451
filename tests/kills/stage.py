"""What commands are killed on: an account, an authority, keys, the sample bundle and packs made of it."""

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path

import pyrage

from evidence.clock import system_clock
from evidence.demo_account import authority as demonstration
from tests.kills.traps import ANY
from tests.review.filling import REVIEWER, fill_in
from tests.support import authority
from tests.support.command import clean_environment
from tests.support.make_samples import PASSPHRASE, SAMPLES, SIGNER
from tests.support.processes import start
from tests.support.served import ROOT, serving

OLD = SAMPLES / "evidence-123456789012-20261001T060000Z"
"""A bundle of weeks ago: CloudTrail has told of it long since."""
FEW = (
    "sts.caller", "account.regions", "iam.account-summary", "iam.credential-report", "iam.password-policy",
    "iam.authorization-details",
)  # fmt: skip
"""The items that are collected, in one region."""
TIMEOUT = 600


class Stage:
    """Servers, keys and files that all trials share, and the process that runs the commands."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self.root = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="kills-")))

        self.finished: Path | None = None
        self._lasted: dict[str, float] = {}

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Note how long a command lasts."""
        began = time.monotonic()
        yield
        self._lasted[name] = time.monotonic() - began

    def lasted(self, name: str) -> float:
        """Return that, in seconds."""
        return self._lasted[name]

    def close(self) -> None:
        """Stop what was started, and delete what was made."""
        self._open.close()

    def run(
        self,
        words: list[str | Path],
        folder: Path,
        *,
        kind: str = "",
        number: int = 0,
        seconds: float = 0,
        unswept: bool = False,
    ) -> "Ended":
        """Run the command in a folder of its own; kill it at an event, or after some time.

        `unswept` leaves private folders where they are, as if the power had failed.
        """
        temporary = folder / "tmp"
        temporary.mkdir(exist_ok=True)
        paths = {name: str(self.root / name) for name in ("out", "err", "counts")}
        for path in paths.values():
            Path(path).unlink(missing_ok=True)
        request = {"words": list(map(str, words)), "env": self._env | {"TMPDIR": str(temporary)}}
        request |= {"cwd": str(folder), "kind": kind, "number": number, "seconds": seconds}
        request |= {"unswept": unswept, **paths}
        process = self._forker
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
        if not select.select([process.stdout], [], [], TIMEOUT)[0]:
            raise TimeoutError(f"evidence {words} does not end")
        code = int(process.stdout.readline())
        counts = Path(paths["counts"])
        counted = json.loads(counts.read_text()) if counts.exists() else {}
        return Ended(code, Path(paths["err"]).read_text(), counted)

    @cached_property
    def _forker(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.kills.forker"]
        process = start(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        self._open.callback(process.wait)
        self._open.callback(lambda: [pipe.close() for pipe in (process.stdin, process.stdout) if pipe])
        return process

    @cached_property
    def _env(self) -> dict[str, str]:
        return clean_environment() | {
            "AWS_ENDPOINT_URL": self._aws,
            "AWS_ACCESS_KEY_ID": "AKIADEMODEMODEMODEMO",
            "AWS_SECRET_ACCESS_KEY": "demo",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "EVIDENCE_PASSPHRASE": PASSPHRASE.decode(),
        }

    @cached_property
    def _aws(self) -> str:
        return self._open.enter_context(serving())

    @cached_property
    def authority(self) -> str:
        """Where the time-stamping authority answers."""
        made = authority.make_authority(self.root / "authority")
        return self._open.enter_context(demonstration.serving(authority.honest(made)))

    @cached_property
    def collecting(self) -> list[str | Path]:
        """Options of a collection that takes a second."""
        from evidence.collectors.base import catalogue

        left_out = (word for item in catalogue() if item not in FEW for word in ("--exclude-item", item))
        return [*SIGNER, "--regions", "us-east-1", *left_out, "--quiet"]

    @cached_property
    def identity(self) -> Path:
        """What opens what is encrypted here."""
        file = self.root / "identity.txt"
        file.write_text(f"{pyrage.x25519.Identity.generate()}\n")
        return file

    @cached_property
    def recipient(self) -> str:
        """To whom it is encrypted."""
        return str(pyrage.x25519.Identity.from_str(self.identity.read_text().strip()).to_public())

    @cached_property
    def redaction_key(self) -> Path:
        """What pseudonyms are made with."""
        file = self.root / "redaction.key"
        self._must(["redact", "keygen", "-o", file, "--quiet"])
        return file

    @property
    def encrypted(self) -> Path:
        """An encrypted pack: one that was killed and made again, if there was one."""
        if self.finished is None:
            self.finished = self.root / "pack.zip.age"
            packing = ["pack", self.bundle, *self.rendering, "--encrypt-to", self.recipient]
            self._must([*packing, "-o", self.finished])
        return self.finished

    @cached_property
    def pack(self) -> Path:
        """A pack."""
        file = self.root / f"{self.bundle.name}.zip"
        self._must(["pack", self.bundle, *self.rendering, "-o", file])
        return file

    @cached_property
    def bundle(self) -> Path:
        """A bundle without a time-stamp."""
        folder = self.folder()
        self._must(["collect", *self.collecting, "-o", folder])
        return next(folder.glob("evidence-*"))

    @cached_property
    def review(self) -> Path:
        """A folder with the workbooks of an access review of the bundle, filled in, and what was opened."""
        folder = self.folder()
        self._must(["review", "open", self.bundle, "-o", folder, "--quiet"])
        today = system_clock().now().date()
        for path in folder.glob("*.xlsx"):
            fill_in(path, REVIEWER, today)
        return folder

    @property
    def rendering(self) -> list[str | Path]:
        """Options of what renders: with which statements, and signed by whom."""
        return [*self.stated, *SIGNER, "--quiet"]

    @property
    def stated(self) -> list[str | Path]:
        """Management's statements."""
        return ["--exceptions", SAMPLES / "exceptions.toml", "--attestations", SAMPLES / "attestations.toml"]

    def _must(self, words: list[str | Path]) -> None:
        ended = self.run(words, self.folder())
        assert ended.code in (0, 3), ended.said

    def folder(self) -> Path:
        """Return an empty folder."""
        return Path(tempfile.mkdtemp(dir=self.root))

    def copy_of_bundle(self, folder: Path) -> Path:
        """Return a copy of the bundle, which has no time-stamp."""
        return Path(shutil.copytree(self.bundle, folder / self.bundle.name))


class Ended:
    """How a command ended: its exit code, below 0 the signal that killed it, and what it told and did."""

    def __init__(self, code: int, said: str, counts: dict[str, int]) -> None:
        self.code, self.said, self.counts = code, said, counts

    @property
    def events(self) -> int:
        """How many events there were of all kinds."""
        return self.counts.get(ANY, 0)


def all_files(folder: Path) -> Iterator[Path]:
    """Yield every file in a folder, hidden or not."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
