"""An archive of four small packs, made once; attacks work on copies."""

import shutil
from pathlib import Path

import pytest

from tests.period.archives import Day, archive_of, without_mfa


@pytest.fixture(scope="session")
def four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user without MFA on two of four days; the first day lies before the period."""
    days = [Day(2), Day(8, (without_mfa,)), Day(15, (without_mfa,)), Day(22)]
    return archive_of(tmp_path_factory.mktemp("four"), days)


@pytest.fixture(scope="session")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of two days in the period."""
    return archive_of(tmp_path_factory.mktemp("two"), [Day(8, (without_mfa,)), Day(15, (without_mfa,))])


@pytest.fixture
def archive(four: Path, tmp_path: Path) -> Path:
    """A copy that a test may attack."""
    return Path(shutil.copytree(four, tmp_path / "archive"))
