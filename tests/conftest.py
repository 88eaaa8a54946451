"""What holds for every test: failures inside helpers show the difference, and no test waits for the disk."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence import storage

pytest.register_assert_rewrite(
    *(f"tests.{entry.name}" for entry in Path(__file__).parent.iterdir() if entry.is_dir())
)

# jsonschema would parse the grammar of addresses when it is imported: a second and a half, for a format that
# no schema of ours has.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

_wait_for_disk = storage.wait_for_disk


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("EVIDENCE_WRITE_ROWS"):
        from tests.support import rows

        config.pluginmanager.register(rows.Writer())


@pytest.fixture(autouse=True, scope="session")
def unhurried() -> Iterator[None]:
    """Bundles of tests need not survive a power cut. Commands in processes of their own do wait."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "wait_for_disk", lambda _handle: None)
        yield


@pytest.fixture
def durable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the disk after all, as every user does."""
    monkeypatch.setattr(storage, "wait_for_disk", _wait_for_disk)
