"""`evidence doctor` finds what was planted on this machine."""

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from evidence import preflight
from evidence.archive import index
from evidence.archive.store import store_at
from evidence.clock import frozen_clock
from evidence.doctor import machine
from evidence.doctor.checks import Check, Health, checked
from evidence.report import assets
from evidence.settings.model import Settings
from evidence.settings.sections import SigningSettings
from evidence.signing.keygen import CertificateSubject, NewIdentity, generate
from tests.support.identity import signer

NOW = datetime(2026, 10, 1, 6, 0, tzinfo=UTC)
PASSPHRASE = "correct horse battery"
SCOPE = "aws:123456789012"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], NewIdentity]:
    """Make identities, each once."""
    known: dict[str, NewIdentity] = {}

    def make(name: str) -> NewIdentity:
        if name not in known:
            known[name] = generate(tmp_path_factory.mktemp(name), PASSPHRASE.encode(),
                                   CertificateSubject(name, "N", 2), algorithm="p-256", now=NOW)  # fmt: skip
        return known[name]

    return make


def loaded(settings: SigningSettings, now: datetime = NOW, passphrase: str = PASSPHRASE) -> Check:
    return machine.signing_check(settings, lambda _: passphrase.encode(), now, keep=lambda _: None)


def test_an_identity_that_signs(made: Callable[[str], NewIdentity]) -> None:
    one = made("own")
    told = loaded(SigningSettings(key=one.key, certificate=one.certificate))
    assert told.health is Health.OK
    assert told.found.startswith("CN=own,O=N, SHA-256 ")


@pytest.mark.parametrize(
    ("key", "certificate", "days", "found"),
    [
        ("none", "own", 0, "cannot be read: No such file"),
        ("own", "none", 0, "cannot be read: No such file"),
        ("own", "", 0, "No certificate is given"),
        ("own", "other", 0, "does not belong to the private key"),
        ("own", "own", 800, "The certificate expired on 2028-"),
        ("own", "own", -2, "valid only from 2026-"),
        ("", "own", 0, "No signing identity is given"),
    ],
)
def test_an_identity_that_does_not(
    made: Callable[[str], NewIdentity], *, key: str, certificate: str, days: int, found: str
) -> None:
    nowhere = Path("nowhere.pem")
    settings = SigningSettings(
        key=None if not key else nowhere if key == "none" else made(key).key,
        certificate=None if not certificate else nowhere if certificate == "none"
        else made(certificate).certificate,
    )  # fmt: skip
    told = loaded(settings, NOW + timedelta(days=days))
    assert told.health is Health.STOP
    assert found in told.found
    assert told.to_do


def test_a_wrong_pass_phrase(made: Callable[[str], NewIdentity]) -> None:
    one = made("own")
    settings = SigningSettings(key=one.key, certificate=one.certificate)
    told = loaded(settings, passphrase="wrong horse battery")
    assert (told.health, "pass phrase" in told.found) == (Health.STOP, True)


def test_nobody_can_be_asked_for_the_pass_phrase(
    made: Callable[[str], NewIdentity], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EVIDENCE_PASSPHRASE", raising=False)
    settings = SigningSettings(key=made("own").key, certificate=made("own").certificate)
    told = machine.signing_check(settings, lambda _: None, NOW, keep=lambda _: None)
    assert "--passphrase-file" in told.to_do


@pytest.mark.parametrize(
    ("before", "health", "found"),
    [
        (timedelta(days=200), Health.OK, "valid until"),
        (timedelta(days=90), Health.LOOK, "the next quarter needs another one"),
        (timedelta(minutes=20), Health.STOP, "before the run is over"),
    ],
)
def test_how_long_the_certificate_lasts(before: timedelta, health: Health, found: str) -> None:
    clock = frozen_clock(signer().certificate.not_valid_after_utc - before)
    told = machine.certificate_check(signer(), clock, timedelta(minutes=30))
    assert (told.health, found in told.found) == (health, True)


def test_an_authority_that_is_silent_and_none() -> None:
    silent = Settings.model_validate({"timestamp": {"url": "http://127.0.0.1:9", "timeout_seconds": 1}})
    told = machine.authority_check(silent, frozen_clock(NOW))
    assert (told.health, "cannot be reached" in told.found) == (Health.GAP, True)
    assert "--timestamp-url" in told.to_do
    none = machine.authority_check(Settings(), frozen_clock(NOW))
    assert (none.health, "none is set" in none.found) == (Health.LOOK, True)


@pytest.mark.parametrize("error", [OSError("cannot load library 'libpango'"), ImportError("weasyprint")])
def test_no_pango(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def broken() -> None:
        raise error

    monkeypatch.setattr(preflight, "try_rendering", broken)
    told = machine.renderer_check()
    assert (told.health, "cannot be rendered" in told.found) == (Health.STOP, True)
    assert "Install Pango" in told.to_do


def test_a_font_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert machine.fonts_check().health is Health.OK
    plain = assets.folder()
    (tmp_path / "fonts").mkdir()
    (tmp_path / "report.css").write_text((plain / "report.css").read_text(encoding="utf-8"), encoding="utf-8")
    for font in (plain / "fonts").iterdir():
        if not font.name.startswith("NotoSansThai"):
            (tmp_path / "fonts" / font.name).touch()
    monkeypatch.setattr(assets, "folder", lambda: tmp_path)
    told = machine.fonts_check()
    assert (told.health, told.found) == (Health.STOP, "Fonts of the report are missing: Noto Sans Thai.")


def test_a_disk_without_space_for_so_many_accounts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(preflight.shutil, "disk_usage", lambda _: SimpleNamespace(free=500_000_000))
    assert machine.disk_check("output folder", tmp_path / "out", 100).health is Health.OK
    told = machine.disk_check("output folder", tmp_path / "out", 1000)
    assert (told.health, "500 MB free; a run needs 2000 MB" in told.found) == (Health.STOP, True)
    assert "Free space" in told.to_do
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_no_files(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = machine.disk_check("archive folder", tmp_path / "file" / "archive")
    assert (told.health, "Not a directory" in told.found) == (Health.STOP, True)


def test_an_output_folder_that_is_taken(tmp_path: Path) -> None:
    assert [one.health for one in machine.output_checks(tmp_path, 1)] == [Health.OK]
    (tmp_path / "report.pdf").touch()
    *_, told = machine.output_checks(tmp_path, 1)
    assert (told.health, "is not empty" in told.found) == (Health.LOOK, True)
    (tmp_path / ".evidence-20261001T060000Z.partial").mkdir()
    *_, told = machine.output_checks(tmp_path, 1)
    assert "--resume" in told.to_do


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive with the pack of one bundle."""
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "evidence-1.zip").write_bytes(b"pack")
    entry = index.ArchiveEntry(
        number=1, scope=SCOPE, sequence=1, bundle="evidence-1", digest="ab" * 32, previous=None, sealed=NOW,
        added=NOW, file="evidence-1.zip", sha256=hashlib.sha256(b"pack").hexdigest(), before=None,
    )  # fmt: skip
    (folder / index.INDEX).write_bytes(index.sign_entry(entry, signer()))
    return folder


def chain(folder: Path, scope: str = SCOPE) -> Check:
    return [*machine.archive_checks(store_at(folder), scope, 1)][-1]


def test_an_archive_in_order_and_a_new_one(archive: Path, tmp_path: Path) -> None:
    assert chain(archive).found == f"a run would follow evidence-1, number 1 of {SCOPE}"
    assert chain(archive, "").health is Health.OK
    before = sorted(archive.iterdir())
    assert chain(tmp_path / "new").health is Health.OK
    assert (sorted(archive.iterdir()), (tmp_path / "new").exists()) == (before, False)


def test_an_archive_of_another_chain(archive: Path) -> None:
    told = chain(archive, "aws:999999999999")
    assert (told.health, told.found) == (Health.LOOK, f"holds no bundle of aws:999999999999, but of {SCOPE}")


@pytest.mark.parametrize(("content", "found"), [(b"other", "is not the one"), (None, "is not there")])
def test_an_archive_whose_head_is_another_or_gone(archive: Path, content: bytes | None, found: str) -> None:
    pack = archive / "evidence-1.zip"
    pack.unlink() if content is None else pack.write_bytes(content)
    told = chain(archive)
    assert (told.health, found in told.found) == (Health.GAP, True)
    assert "Restore it" in told.to_do


def test_an_archive_whose_index_is_not_in_order(archive: Path) -> None:
    (archive / index.INDEX).write_text("{}\n")
    told = chain(archive)
    assert (told.health, "index is not in order" in told.found) == (Health.STOP, True)


def test_attachments_that_are_not_there(tmp_path: Path) -> None:
    told = machine.attachments_check(tmp_path / "atachments")
    assert (told.health, "no folder" in told.found) == (Health.STOP, True)


def test_attachments_that_a_run_would_find_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert machine.attachments_check(None).found == ""
    here = tmp_path / "attachments"
    here.mkdir()
    (here / "review.pdf").touch()
    told = machine.attachments_check(None)
    assert (told.health, "nobody attached" in told.found) == (Health.STOP, True)
    (here / "review.pdf").rename(tmp_path / "review.pdf")
    (here / "index.json").write_text("[]")
    told = machine.attachments_check(tmp_path / "others")
    assert (told.health, "would not be sealed" in told.found) == (Health.STOP, True)


def test_statements_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "exceptions.toml").write_text("[exception\n")
    given = {"accepted": {"exceptions": tmp_path / "exceptions.toml"}}
    _, told = machine.statements_check(Settings.model_validate(given))
    assert told.health is Health.STOP
    assert "exceptions" in told.found


def test_a_name_from_outside_begins_no_line() -> None:
    told = Check("key", Health.STOP, "CN=a\nok    key  valid", "Ask b\nok    archive  empty").text()
    assert [line[:6] for line in told.splitlines()] == ["stop  ", "      "]


def test_whatever_a_check_raises_is_a_line() -> None:
    def broken() -> str:
        raise PermissionError(13, os.strerror(13), "/secret")

    told = checked("disk", broken)
    assert told.health is Health.STOP
    assert "Permission denied" in told.text()
