"""One sealed bundle, copied for each attack."""

import shutil
from pathlib import Path

import pytest

from evidence.bundle import Bundle
from tests.support.packs import sealed_bundle


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return sealed_bundle(tmp_path_factory.mktemp("pristine"))


@pytest.fixture
def root(pristine: Bundle, tmp_path: Path) -> Path:
    """Return a copy that a test may attack."""
    return Path(shutil.copytree(pristine.root, tmp_path / pristine.name))
