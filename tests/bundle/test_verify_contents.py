"""Files that are missing or contradict each other, in a bundle sealed by the right key."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from evidence.bundle.format import bag, strictjson
from evidence.bundle.format.models import ClockSkew
from evidence.bundle.write.attachments import attach
from evidence.findings import Code, Finding
from evidence.signatures.trust import Trust
from tests.support.bundles import ACCOUNT_TARGET, NOW, make_bundle
from tests.support.identity import signer
from tests.support.verdicts import both_verdicts


def findings(root: Path) -> tuple[Finding, ...]:
    return both_verdicts(root, Trust((signer().certificate,))).findings


def codes(root: Path) -> set[Code]:
    return {finding.code for finding in findings(root)}


def seal_again(root: Path) -> None:
    """Make size, manifests and seal fit what is there now."""
    files = {f.relative_to(root).as_posix(): f for f in root.rglob("*") if f.is_file()}
    payload = {path: file for path, file in files.items() if path.startswith("data/")}
    size = sum(file.stat().st_size for file in payload.values())
    info = (root / bag.BAG_INFO).read_text()
    (root / bag.BAG_INFO).write_text(re.sub(r"Oxum: .*", f"Oxum: {size}.{len(payload)}", info))
    hashes = {path: hashlib.sha256(file.read_bytes()).hexdigest() for path, file in payload.items()}
    (root / bag.MANIFEST).write_bytes(bag.manifest(hashes))
    tags = {
        path: hashlib.sha256(file.read_bytes()).hexdigest()
        for path, file in files.items()
        if not path.startswith(("data/", "seal/")) and path != bag.TAG_MANIFEST
    }
    content = bag.manifest(tags)
    (root / bag.TAG_MANIFEST).write_bytes(content)
    (root / "seal/tagmanifest-sha256.txt.p7s").write_bytes(signer().seal(content, NOW))


def edit_run(root: Path, change: Callable[[dict], object]) -> None:
    run = strictjson.loads((root / "data/run.json").read_bytes())
    change(run)
    (root / "data/run.json").write_bytes(strictjson.document(run))
    seal_again(root)


@pytest.mark.parametrize("path", ["data/run.json", "data/gaps.json", "data/calls.jsonl"])
def test_named_file_left_out(root: Path, path: str) -> None:
    (root / path).unlink()
    seal_again(root)
    assert [(f.code, f.subject) for f in findings(root)] == [(Code.MISSING, path)]


@pytest.mark.parametrize("path", [bag.BAG_INFO, bag.MANIFEST, bag.TAG_MANIFEST, "schemas/run.schema.json"])
def test_tag_file_missing(root: Path, path: str) -> None:
    (root / path).unlink()
    assert Code.MISSING in codes(root)


def test_schema_left_out_of_the_tag_manifest(root: Path) -> None:
    (root / "schemas/run.schema.json").unlink()
    seal_again(root)
    assert codes(root) == {Code.TAG_MANIFEST}


@pytest.mark.parametrize("info", ["no labels\n", "Payload-Oxum: 1.1\nPayload-Oxum: 1.1\n", "A: b"])
def test_bag_info_in_another_form(root: Path, info: str) -> None:
    (root / bag.BAG_INFO).write_text(info)
    seal_again(root)
    assert codes(root) == {Code.BAG_FILE}


@pytest.mark.parametrize(
    "change,says",
    [
        (lambda run: run["units"].append(run["units"][-1]), "2 times"),
        (lambda run: run["units"].pop(), "names the gap"),
        (lambda run: run["items"].pop(), "whether"),
        (lambda run: run["units"][0]["files"].append("123456789012/iam/none.jsonl"), "is not there"),
        (lambda run: run["units"][0].update(files=[], records=0), "lists no file"),
        (lambda run: run["units"][0].update(outcome="gap"), "a gap, and lists files"),
        (lambda run: run["units"][0].update(outcome="empty"), "empty, and counts records"),
        (lambda run: run["units"][1]["files"].append(run["units"][0]["files"][0]), "more than one unit"),
    ],
)
def test_run_that_contradicts_the_files(root: Path, change: Callable[[dict], object], says: str) -> None:
    edit_run(root, change)
    assert codes(root) == {Code.INCONSISTENT}
    assert any(says in finding.sentence for finding in findings(root))


def test_call_that_fed_a_file_which_is_not_there(root: Path) -> None:
    ledger = root / "data/calls.jsonl"
    ledger.write_bytes(ledger.read_bytes().replace(b"mfa-devices.jsonl", b"mfa-device.jsonl"))
    seal_again(root)
    assert codes(root) == {Code.INCONSISTENT}


def test_last_record_cut_off(root: Path) -> None:
    records = root / "data/123456789012/iam/mfa-devices.jsonl"
    records.write_bytes(records.read_bytes().rstrip(b"\n"))
    seal_again(root)
    assert codes(root) == {Code.INCONSISTENT}


@pytest.fixture
def with_attachment(tmp_path: Path) -> Path:
    (tmp_path / "shot.png").write_bytes(b"picture")
    waiting = tmp_path / "waiting"
    attach(tmp_path / "shot.png", waiting, item="iam.x", by="Ann", note="Why", known={"iam.x"}, now=NOW)
    records = {"iam.x": {ACCOUNT_TARGET: [{}]}}
    return make_bundle(tmp_path, records, attachments=waiting, signer=signer()).root


def test_attachment(with_attachment: Path) -> None:
    assert findings(with_attachment) == ()


def test_attachment_that_is_not_the_one_described(with_attachment: Path) -> None:
    (with_attachment / "data/attachments/shot.png").write_bytes(b"forgery")
    seal_again(with_attachment)
    assert codes(with_attachment) == {Code.INCONSISTENT}


def test_attachment_without_provenance(with_attachment: Path) -> None:
    (with_attachment / "data/attachments/index.json").unlink()
    seal_again(with_attachment)
    assert codes(with_attachment) == {Code.INCONSISTENT}


@pytest.mark.parametrize("claimed", ["2020-01-01", "2049-01-01"])
def test_sealed_out_of_the_certificates_time(root: Path, claimed: str) -> None:
    moment = NOW.fromisoformat(f"{claimed}T00:00:00+00:00")
    content = (root / bag.TAG_MANIFEST).read_bytes()
    (root / "seal/tagmanifest-sha256.txt.p7s").write_bytes(signer().seal(content, moment))
    assert codes(root) == {Code.CERTIFICATE}


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_utc_has_no_day_for_is_refused(moment: str) -> None:
    with pytest.raises(ValidationError, match="outside of what UTC can say"):
        ClockSkew(first_aws_date=moment, last_aws_date=None, max_skew_seconds=None)
