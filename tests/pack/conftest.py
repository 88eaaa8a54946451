"""One pack and its parts, made once; attacks work on copies."""

import shutil
from pathlib import Path

import pytest

from tests.support.packs import Parts, make_parts


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    return make_parts(tmp_path_factory.mktemp("parts"))


@pytest.fixture(scope="session")
def original(parts: Parts) -> Path:
    return parts.pack("original.zip")


@pytest.fixture
def pack(original: Path, tmp_path: Path) -> Path:
    """Return a copy that a test may attack."""
    return Path(shutil.copy(original, tmp_path / "pack.zip"))
