"""Documents that people add: prepared, checked again, sealed."""

import hashlib
from pathlib import Path

import pytest

from evidence.bundle.verify.bundle import check_bundle
from evidence.bundle.write.attachments import attach, folder_to_seal, require_all_attached
from evidence.errors import StorageError, UsageError
from tests.support.bundles import ACCOUNT_TARGET, NOW, make_bundle
from tests.support.identity import signer

KNOWN = {"iam.mfa-devices"}
RECORDS = {"iam.mfa-devices": {ACCOUNT_TARGET: []}}


def add(file: Path, folder: Path, item: str = "iam.mfa-devices", by: str = "Ann", note: str = "Seen"):
    return attach(file, folder, item=item, by=by, note=note, known=KNOWN, now=NOW)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    file = tmp_path / "Safe (front) é.png"
    file.write_bytes(b"picture")
    return file


def test_attached_documents_are_sealed(tmp_path: Path, document: Path) -> None:
    entry = add(document, tmp_path / "waiting")
    bundle = make_bundle(tmp_path, RECORDS, attachments=tmp_path / "waiting", signer=signer())
    assert bundle.attachments == (entry,)
    assert entry.file == "attachments/Safe~20~28front~29~20~C3~A9.png"
    assert bundle.read(entry.file) == b"picture"
    assert entry.sha256 == hashlib.sha256(b"picture").hexdigest()


def test_changed_after_attaching(tmp_path: Path, document: Path) -> None:
    entry = add(document, tmp_path / "waiting")
    (tmp_path / "waiting" / Path(entry.file).name).write_bytes(b"other")
    with pytest.raises(StorageError, match="not the file that was attached"):
        make_bundle(tmp_path, RECORDS, attachments=tmp_path / "waiting")
    assert not list(tmp_path.glob("evidence-*"))


def test_same_name_twice(tmp_path: Path, document: Path) -> None:
    add(document, tmp_path / "waiting")
    with pytest.raises(UsageError, match="exists already"):
        add(document, tmp_path / "waiting")


@pytest.mark.parametrize("wrong", [{"item": "iam.nothing"}, {"by": " "}, {"note": ""}])
def test_incomplete_provenance(tmp_path: Path, document: Path, wrong: dict) -> None:
    with pytest.raises(UsageError):
        add(document, tmp_path / "waiting", **wrong)
    assert not (tmp_path / "waiting").exists()


def test_index_cannot_be_overwritten(tmp_path: Path) -> None:
    (tmp_path / "index.json").write_bytes(b"[]")
    with pytest.raises(UsageError):
        add(tmp_path / "index.json", tmp_path / "waiting")


def test_absent_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        add(tmp_path / "none.png", tmp_path / "waiting")


def test_index_that_leaves_the_folder(tmp_path: Path, document: Path) -> None:
    """A hostile index names a file elsewhere: only the last part of the path is ever opened."""
    add(document, tmp_path / "waiting")
    index = tmp_path / "waiting" / "index.json"
    index.write_text(index.read_text().replace("attachments/Safe", "../../etc/Safe"))
    with pytest.raises(StorageError):
        make_bundle(tmp_path, RECORDS, attachments=tmp_path / "waiting")


@pytest.mark.parametrize("place", ["run.json", "aws/123456789012/iam.users.jsonl", "attachments/below/Safe"])
def test_a_document_cannot_be_sealed_as_what_aws_said(tmp_path: Path, document: Path, place: str) -> None:
    entry = add(document, tmp_path / "waiting")
    index = tmp_path / "waiting" / "index.json"
    index.write_text(index.read_text().replace(entry.file, place))
    (tmp_path / "waiting" / Path(place).name).write_bytes(b"picture")
    with pytest.raises(StorageError, match="not an index of attachments"):
        make_bundle(tmp_path, RECORDS, attachments=tmp_path / "waiting")


def test_an_index_with_another_size_is_not_sealed(tmp_path: Path, document: Path) -> None:
    add(document, tmp_path / "waiting")
    index = tmp_path / "waiting" / "index.json"
    index.write_text(index.read_text().replace('"bytes": 7', '"bytes": 8'))
    with pytest.raises(StorageError, match="not the file that was attached"):
        make_bundle(tmp_path, RECORDS, attachments=tmp_path / "waiting")


def test_a_bundle_with_a_document_in_the_place_of_what_aws_said_does_not_verify(
    tmp_path: Path, document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = add(document, tmp_path / "waiting")
    index = tmp_path / "waiting" / "index.json"
    index.write_text(index.read_text().replace(entry.file, "aws/123456789012/iam.users.jsonl"))
    (tmp_path / "waiting" / "iam.users.jsonl").write_bytes(b"picture")
    monkeypatch.setattr("evidence.bundle.write.attachments.bag.is_attachment", lambda _: True)
    bundle = make_bundle(tmp_path, RECORDS, attachments=tmp_path / "waiting", signer=signer())
    monkeypatch.undo()
    (finding,) = check_bundle(bundle.root, now=NOW).findings
    assert "iam.users.jsonl, which is not in its folder" in finding.sentence


def test_documents_that_wait_here_are_sealed_without_being_asked_for(
    tmp_path: Path, document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    here = Path("attachments")
    assert folder_to_seal(None) is None
    here.mkdir()
    assert folder_to_seal(None) is None
    add(document, here)
    assert folder_to_seal(None) == here
    assert folder_to_seal(tmp_path / "attachments") == tmp_path / "attachments"
    with pytest.raises(UsageError, match="1 documents wait in attachments, and would not be sealed"):
        folder_to_seal(tmp_path / "others")


def test_what_nobody_attached_is_not_left_out_unseen(tmp_path: Path, document: Path) -> None:
    folder = tmp_path / "attachments"
    entry = add(document, folder)
    (folder / ".DS_Store").write_bytes(b"")
    assert require_all_attached(folder) == (entry,)
    (folder / "idp.png").write_bytes(b"PNG")
    with pytest.raises(UsageError, match=r"nobody attached, so that it would not be sealed: idp\.png"):
        require_all_attached(folder)
