"""What holds for every test: failures inside helpers show the difference, and no test waits for the disk."""

import os
import sys
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

import pytest
from botocore.loaders import JSONFileLoader, Loader

from evidence import storage

HERE = Path(__file__).parent
LONG = ("collect", "e2e", "faults", "guides")

pytest.register_assert_rewrite(*(f"tests.{entry.name}" for entry in HERE.iterdir() if entry.is_dir()))

# jsonschema would parse the grammar of addresses when it is imported: a second and a half, for a format that
# no schema of ours has.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

_wait_for_disk = storage.wait_for_disk


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("EVIDENCE_WRITE_ROWS"):
        from tests.support import rows

        config.pluginmanager.register(rows.Writer())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than processors: a third of their time, tests wait for servers, deadlines, other processes."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders whose files take longest, so that no worker is left with one at the end."""
    items.sort(key=lambda item: item.path.relative_to(HERE).parts[0] not in LONG)


@pytest.fixture(autouse=True, scope="session")
def unhurried() -> Iterator[None]:
    """Bundles of tests need not survive a power cut. Commands in processes of their own do wait."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "wait_for_disk", lambda _handle: None)
        yield


@pytest.fixture(autouse=True, scope="session")
def read_models_once() -> Iterator[None]:
    """Have botocore read its own files once in a worker, where a command reads them once in its process."""
    load = JSONFileLoader.load_file
    once = cache(partial(load, JSONFileLoader()))

    def load_file(loader: JSONFileLoader, path: str) -> object:
        return once(path) if path.startswith(Loader.BUILTIN_DATA_PATH) else load(loader, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", load_file)
        yield


@pytest.fixture
def durable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the disk after all, as every user does."""
    monkeypatch.setattr(storage, "wait_for_disk", _wait_for_disk)
