"""An authority whose answers `openssl ts` makes, and a bundle sealed now."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evidence.bundle import Bundle
from evidence.demo_account.authority import serving
from tests.support.authority import Authority, honest, make_authority
from tests.support.packs import sealed_bundle


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority") / "tsa")


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return another authority under the same name."""
    return make_authority(tmp_path_factory.mktemp("stranger") / "tsa", keys=(3, 4))


@pytest.fixture(scope="session")
def url(authority: Authority) -> Iterator[str]:
    with serving(honest(authority)) as address:
        yield address


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return sealed_bundle(tmp_path_factory.mktemp("sealed"), now=datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
def root(pristine: Bundle, tmp_path: Path) -> Path:
    """Return a copy of the bundle that a test may change."""
    return Path(shutil.copytree(pristine.root, tmp_path / pristine.name))
