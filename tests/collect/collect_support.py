"""What tests of collecting share: where the demo account is, and a bundle's files as values."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from evidence.demo_account.account import organization as org
from evidence.demo_account.ids import COLLECTOR, EXTERNAL_ID
from evidence.errors import SigningError

NOW = datetime(2026, 10, 1, 6, 0, tzinfo=UTC)
ACCOUNT = "123456789012"
SECRET = "demo-secret-that-nobody-prints"
PASSPHRASE = "correct horse"
WHOLE = {"organization": True, "role": COLLECTOR, "external_id": EXTERNAL_ID}
"""Settings under which the demo organization is collected, and the accounts that are entered then."""
MEMBERS = [
    org.SECURITY_ACCOUNT,
    org.LOG_ACCOUNT,
    org.PRODUCTION_ACCOUNT,
    org.STAGING_ACCOUNT,
    org.DATA_ACCOUNT,
]


@dataclass(frozen=True)
class Collected:
    """A bundle and what its files say."""

    folder: Path

    @cached_property
    def run(self) -> dict[str, Any]:
        return json.loads(self.read("run.json"))

    @cached_property
    def gaps(self) -> list[dict[str, Any]]:
        return json.loads(self.read("gaps.json"))

    @cached_property
    def calls(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.read("calls.jsonl").splitlines()]

    def read(self, file: str) -> str:
        return (self.folder / "data" / file).read_text(encoding="utf-8")

    def unit(self, item: str, region: str | None = None, account: str | None = None) -> dict[str, Any]:
        (unit,) = [
            unit
            for unit in self.run["units"]
            if (unit["item"], unit["target"]["region"]) == (item, region)
            and account in (None, unit["target"]["account"])
        ]
        return unit

    def files(self) -> set[str]:
        data = self.folder / "data"
        return {str(path.relative_to(data)) for path in data.rglob("*") if path.is_file()}


class Unable:
    """A key that is out of reach: the run stops when all of it is collected."""

    chain_pem = b""

    def seal(self, *_: object) -> bytes:
        raise SigningError("The key cannot be reached.")


def environment(url: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "AKIADEMODEMODEMODEMO",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def staging(out: Path) -> Path:
    """Return the folder that a run left which stopped."""
    (found,) = out.glob(".evidence-*.partial")
    return found


def job_of(folder: Path, name: str = ACCOUNT) -> Path:
    """Return the folder of a job in it, whole or not."""
    whole, partial = folder / "jobs" / name, folder / "jobs" / f"{name}.partial"
    assert whole.exists() != partial.exists()
    return whole if whole.exists() else partial
