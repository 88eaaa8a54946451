"""An archive of three quarters, made once; attacks work on copies."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.archive.archive import open_archive
from evidence.clock import frozen_clock
from tests.archive.archive_support import SCOPE, quarter
from tests.support.bundles import NOW
from tests.support.identity import signer


@pytest.fixture(scope="session")
def three(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Return the archive's folder and the digests of its bundles, in order."""
    scratch, folder = tmp_path_factory.mktemp("quarters"), tmp_path_factory.mktemp("three") / "archive"
    digests: list[str] = []
    for number in (1, 2, 3):
        with open_archive(folder) as archive:
            place = archive.claim(SCOPE)
            assert place.sequence == number
            pack, digest = quarter(scratch / str(number), number, previous=place.previous)
            digests.append(digest)
            archive.add(pack, signer(), frozen_clock(NOW + timedelta(minutes=number)))
    return folder, digests


@pytest.fixture
def archive(three: tuple[Path, list[str]], tmp_path: Path) -> Path:
    """Return a copy that a test may attack."""
    return Path(shutil.copytree(three[0], tmp_path / "archive"))


@pytest.fixture
def digests(three: tuple[Path, list[str]]) -> list[str]:
    return three[1]
