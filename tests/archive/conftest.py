"""An archive of three quarters, made once, in a folder and in S3; attacks work on copies."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.archive import bundles
from evidence.archive.archive import open_archive
from evidence.archive.index import INDEX
from evidence.archive.s3.store import S3Store
from evidence.clock import frozen_clock
from evidence.findings import VerificationReport
from evidence.pack.any import verify_any
from evidence.settings.sections import ArchiveSettings
from evidence.storage import sha256_of
from tests.archive.archive_support import LATER, SCOPE, quarter
from tests.archive.s3_server import BUCKETS, CREDENTIALS, S3Server
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


@pytest.fixture(scope="session")
def running() -> Iterator[S3Server]:
    server = S3Server()
    yield server
    server.close()


@pytest.fixture
def s3(running: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    running.overlay.sent.clear()
    yield running
    running.overlay.fail = lambda _sent: None
    running.overlay.lose = running.overlay.cut = lambda _sent: False


@pytest.fixture
def remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verify equal packs once: these tests are about what lies around them."""
    monkeypatch.setattr(bundles, "verify_any", _verified)


_SEEN: dict[tuple, VerificationReport] = {}


def _verified(path: Path, **given) -> VerificationReport:
    of = (path.name, sha256_of(path), *(str(one) for one in given.values()))
    if of not in _SEEN:
        _SEEN[of] = verify_any(path, **given)
    return _SEEN[of]


@pytest.fixture
def settings(s3: S3Server) -> ArchiveSettings:
    made = s3.bucket(next(BUCKETS))
    s3.overlay.sent.clear()
    return made


@pytest.fixture
def filled(settings: ArchiveSettings, remembered: None, three: tuple[Path, list[str]]) -> S3Store:
    """An archive of three packs in S3, with each state of its index."""
    store = S3Store(settings, frozen_clock(LATER))
    lines = (three[0] / INDEX).read_bytes().splitlines(keepends=True)
    for number, pack in enumerate(sorted(three[0].glob("*.zip")), start=1):
        store.add(pack.name, pack)
        state = store.read(INDEX, 10**6)
        store.replace(INDEX, b"".join(lines[:number]), state.version)
    return store
