"""Serves the demo organization of a day, and runs the command in that day's time."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from evidence.demo_account.authority import AuthorityFiles, serve_authority, write_authority
from evidence.demo_account.demo import SETTINGS, demo_environment
from evidence.demo_account.server import DemoServer, create_app
from evidence.review.previous import PREFIX
from tests.support.make_samples import PASSPHRASE, SIGNER
from tests.year.dates import BASE, moment_of

ROOT = Path(__file__).parents[2]
CERTIFICATE = SIGNER[-1]
ARCHIVE, AUTHORITY = "archive", "authority"
SECONDS_A_DAY = 86_400


class World:
    """The organization, an authority that stamps, and the time: all of the day that it is set to.

    `folder` holds the archive and the authority's key; what a command leaves beside goes into `scratch`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.archive = folder / ARCHIVE
        self.scratch = folder / "scratch"
        self._ahead = timedelta()
        self._open = ExitStack()

    def __enter__(self) -> "World":
        keys = self.folder / AUTHORITY
        self.authority = AuthorityFiles(keys) if keys.is_dir() else write_authority(keys, BASE)
        self._stamping = self._open.enter_context(serve_authority(self.authority, self.now))
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(parents=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def now(self) -> datetime:
        """Return the time of the day that it is set to; it goes on."""
        return datetime.now(UTC) + self._ahead

    def on(self, day: float) -> None:
        """Have it be that day of the script."""
        self._ahead = moment_of(day) - datetime.now(UTC)

    @contextmanager
    def served(self, day: float) -> Iterator[dict[str, str]]:
        """Serve the organization of a day, and have it be that day; yield a command's environment."""
        self.on(day)
        app = create_app(self.now, day=day, ages_from=moment_of(day))
        server = DemoServer("127.0.0.1", 0, app)
        server.start()
        try:
            yield demo_environment(server.url)
        finally:
            server.stop()

    def signing(self) -> list[str | Path]:
        """Return the flags by which a command seals, stamps and archives."""
        return ["--config", SETTINGS, *SIGNER, "--archive", self.archive,
                "--timestamp-ca", self.authority.root, "--timestamp-url", self._stamping]  # fmt: skip

    def evidence(
        self, *words: str | Path, env: dict[str, str] | None = None, ends: tuple[int, ...] = (0,)
    ) -> subprocess.CompletedProcess[str]:
        """Run the command in this day's time; raises RuntimeError when it ends otherwise than it may."""
        back = str(-self._ahead.total_seconds() / SECONDS_A_DAY)
        command = [sys.executable, "-m", "evidence.demo_account.set_back", back, *map(str, words)]
        given = {**(env or os.environ), "EVIDENCE_PASSPHRASE": PASSPHRASE.decode(), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            command, env=given, cwd=self.scratch, capture_output=True, text=True, check=False
        )
        if done.returncode not in ends:
            raise RuntimeError(f"evidence {' '.join(map(str, words))}: {done.returncode}\n{done.stderr}")
        return done

    def entries(self) -> list[dict[str, Any]]:
        """Return the entries of the archive's index."""
        index = self.archive / "index.jsonl"
        return (
            [json.loads(line)["entry"] for line in index.read_text().splitlines()] if index.exists() else []
        )

    def collections(self) -> list[dict[str, Any]]:
        """Return the entries of what was collected, without reviews."""
        return [one for one in self.entries() if not one["bundle"].startswith(PREFIX)]
