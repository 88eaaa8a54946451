"""What a run will need is tried before AWS is asked anything."""

import errno
import os
import sys
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from evidence import preflight
from evidence.archive.archive import open_archive
from evidence.bundle.write.attachments import INDEX
from evidence.clock import frozen_clock
from evidence.errors import (
    AuthorityError,
    EvidenceError,
    SigningError,
    StorageError,
    UsageError,
    VerificationError,
)
from evidence.settings.model import Settings
from evidence.signing.keygen import CertificateSubject, generate
from tests.support.command import clean_environment, evidence
from tests.support.identity import signer

NOW = datetime(2026, 10, 1, 6, 0, tzinfo=UTC)


class Silent:
    """An authority that is asked, and gives nothing."""

    asked = 0

    def stamp(self, _content: bytes) -> bytes:
        self.asked += 1
        raise AuthorityError("http://tsa.example/ cannot be reached: refused.")


@pytest.fixture
def try_all(tmp_path):
    """Try what a run into tmp_path/deep/out needs."""

    def run(*, out: Path = tmp_path / "deep" / "out", now=NOW, archive=None, **given):
        said: list[str] = []
        members = {
            "signer": signer(),
            "authority": None,
            "attachments": None,
            "rendering": False,
            "say": said.append,
        }
        with open_archive(archive) if archive else nullcontext() as opened:
            preflight.try_what_a_run_needs(
                Settings(), out, clock=frozen_clock(now), archive=opened, **members | given
            )
        return said

    return run


def test_nothing_is_left_of_the_trial(try_all, tmp_path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    assert try_all(archive=archive, rendering=True) == []
    assert list(tmp_path.iterdir()) == [archive]


@pytest.mark.parametrize("place", ["out", "archive"])
@pytest.mark.parametrize("number", [errno.EROFS, errno.EDQUOT])
def test_a_folder_that_takes_no_files(try_all, tmp_path, monkeypatch, *, place, number) -> None:
    (tmp_path / "archive").mkdir()
    plain = preflight.tempfile.TemporaryFile

    def refuse(**given: Path):
        if given["dir"] == (tmp_path / "archive" if place == "archive" else tmp_path):
            raise OSError(number, os.strerror(number))
        return plain(**given)

    monkeypatch.setattr(preflight.tempfile, "TemporaryFile", refuse)
    with pytest.raises(StorageError, match=os.strerror(number)):
        try_all(archive=tmp_path / "archive")


def test_an_output_folder_that_is_a_file(try_all, tmp_path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="Not a directory"):
        try_all(out=tmp_path / "file" / "out")


def test_too_little_space(try_all, monkeypatch) -> None:
    monkeypatch.setattr(preflight.shutil, "disk_usage", lambda _: SimpleNamespace(free=42_999_999))
    with pytest.raises(StorageError, match="42 MB free; a run needs 100 MB"):
        try_all()


def test_an_archive_whose_index_is_not_in_order(try_all, tmp_path) -> None:
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "index.jsonl").write_text("{}\n")
    with pytest.raises(VerificationError):
        try_all(archive=tmp_path / "archive")


def test_a_certificate_that_may_expire_before_the_end(try_all) -> None:
    end = signer(years=1).certificate.not_valid_after_utc
    with pytest.raises(SigningError, match="before the run is over"):
        try_all(signer=signer(years=1), now=end - timedelta(minutes=29))
    assert try_all(signer=signer(years=1), now=end - timedelta(minutes=31)) == []


def test_attachments_that_are_not_there(try_all, tmp_path) -> None:
    with pytest.raises(UsageError, match="no folder"):
        try_all(attachments=tmp_path / "atachments")


def test_attachments_with_an_index_of_somebody_elses(try_all, tmp_path) -> None:
    (tmp_path / INDEX).write_text("[]")
    assert try_all(attachments=tmp_path) == []
    (tmp_path / INDEX).write_text("{}")
    with pytest.raises(StorageError, match="index"):
        try_all(attachments=tmp_path)


def test_an_authority_that_is_silent_is_told_of_and_ends_no_run(try_all) -> None:
    authority = Silent()
    first, second = try_all(authority=authority)
    assert authority.asked == 1
    assert "cannot be reached" in first
    assert "goes on" in second


@pytest.mark.parametrize(
    "error", [OSError("cannot load library 'libpango'"), ImportError("weasyprint"), KeyError(1)]
)
def test_a_renderer_that_cannot_be_loaded(try_all, monkeypatch, error) -> None:
    def broken() -> None:
        raise error

    monkeypatch.setattr(preflight, "try_rendering", broken)
    assert try_all() == [], "`evidence collect` renders nothing"
    with pytest.raises(EvidenceError, match="cannot be rendered") as told:
        try_all(rendering=True)
    assert "Pango" in told.value.advice


def test_run_asks_aws_nothing_when_it_cannot_render(tmp_path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "weasyprint.py").write_text("raise OSError(\"cannot load library 'libpango-1.0-0'\")\n")
    made = generate(tmp_path / "keys", b"correct horse", CertificateSubject("Test", "Northwind Ledger", 2),
                    algorithm="p-256", now=datetime.now(UTC))  # fmt: skip
    env = clean_environment() | {
        "EVIDENCE_PASSPHRASE": "correct horse",
        "PYTHONPATH": os.pathsep.join([str(broken), *filter(None, sys.path)]),
    }
    done = evidence("run", "--key", made.key, "--certificate", made.certificate, env=env, cwd=tmp_path)
    assert done.returncode == 1, "and not for want of credentials"
    assert "evidence: The report cannot be rendered on this machine: OSError." in done.stderr
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "out").iterdir()) == []
