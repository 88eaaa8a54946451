"""One attack each, and the finding that names it."""

import hashlib
import os
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.bundle import open_bundle
from evidence.bundle.format import bag, strictjson
from evidence.bundle.verify.verdicts import OverallVerdict, judge
from evidence.errors import IncompleteBundleError, UsageError, VerificationError
from evidence.findings import Code, VerificationReport
from evidence.signatures.trust import Trust
from tests.support.bundles import NOW, make_bundle
from tests.support.identity import signer, stranger
from tests.support.packs import sealed_bundle
from tests.support.reseal import edit, oxum, reseal
from tests.support.verdicts import both_verdicts

RECORDS = "data/123456789012/iam/mfa-devices.jsonl"
CSV = "data/123456789012/iam/credential-report.csv"
PIN = Trust((signer().certificate,))


def check(root: Path, trusted: Trust | None = PIN) -> VerificationReport:
    return both_verdicts(root, trusted)


def codes(root: Path, trusted: Trust | None = PIN) -> set[Code]:
    return {finding.code for finding in check(root, trusted).findings}


def test_untouched(root: Path) -> None:
    report = check(root)
    assert report.findings == ()
    assert judge(report).word is OverallVerdict.AUTHENTIC
    assert report.digest == hashlib.sha256((root / bag.TAG_MANIFEST).read_bytes()).hexdigest()


def test_without_trust_it_is_integrity_only(root: Path) -> None:
    report = check(root, None)
    assert report.ok
    assert judge(report).word is OverallVerdict.INTACT


def test_changed_file(root: Path) -> None:
    (root / CSV).write_bytes((root / CSV).read_bytes().replace(b"root", b"toor"))
    assert [(f.code, f.subject) for f in check(root).findings] == [(Code.CHANGED, CSV)]


def test_missing_file(root: Path) -> None:
    (root / CSV).unlink()
    assert Code.MISSING in codes(root)


@pytest.mark.parametrize("extra", ["data/extra.txt", "extra.txt", "seal/tagmanifest-sha256.txt.tsr.2"])
def test_extra_file(root: Path, extra: str) -> None:
    (root / extra).write_bytes(b"x")
    assert Code.EXTRA in codes(root)


def test_renamed_file(root: Path) -> None:
    (root / CSV).rename(root / "data/123456789012/iam/other.csv")
    renamed = [finding for finding in check(root).findings if finding.code is Code.RENAMED]
    assert [finding.subject for finding in renamed] == [CSV]
    assert "data/123456789012/iam/other.csv" in renamed[0].sentence


def test_renamed_folder(root: Path) -> None:
    other = root.rename(root.with_name("evidence-123456789012-20261001T060001Z"))
    assert codes(other) == {Code.BAG_FILE, Code.INCONSISTENT}


def test_symbolic_link(root: Path) -> None:
    shutil.move(root / CSV, root.parent / "outside.csv")
    (root / CSV).symlink_to(root.parent / "outside.csv")
    assert Code.LINKED in codes(root)


def test_linked_folder(root: Path) -> None:
    shutil.move(root / "data/123456789012", root.parent / "outside")
    (root / "data/123456789012").symlink_to(root.parent / "outside", target_is_directory=True)
    assert Code.LINKED in codes(root)


def test_hard_link(root: Path) -> None:
    os.link(root / CSV, root.parent / "second-name.csv")
    assert Code.LINKED in codes(root)


def test_special_file(root: Path) -> None:
    os.mkfifo(root / "data/pipe")
    assert Code.SPECIAL_FILE in codes(root)


def test_empty_folder(root: Path) -> None:
    (root / "data/empty").mkdir()
    assert codes(root) == {Code.EMPTY_FOLDER}


@pytest.mark.parametrize(
    "name", ["nul", "COM1.txt", "trailing.", "tr\u00e9s", "new\nline", "back\\slash", ".hidden"]
)
def test_name_that_is_not_portable(root: Path, name: str) -> None:
    (root / "data" / name).write_bytes(b"x")
    assert Code.HOSTILE_PATH in codes(root)


def test_name_that_differs_in_case_only(root: Path) -> None:
    shutil.copy(root / CSV, root / CSV.replace("credential-report.csv", "Credential-Report.csv"))
    assert Code.DUPLICATE in codes(root)


def test_manifest_edited_with_its_file(root: Path) -> None:
    edit(root, CSV, lambda data: data.replace(b"root", b"toor"))
    assert codes(root) == {Code.SEAL_INVALID}


def test_manifest_that_leaves_the_bag(root: Path) -> None:
    manifest = (root / bag.MANIFEST).read_bytes()
    (root / bag.MANIFEST).write_bytes(b"0" * 64 + b"  ../outside\n" + manifest)
    assert {Code.MANIFEST, Code.CHANGED, Code.MISSING} <= codes(root)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data + data.splitlines(keepends=True)[-1],
        lambda data: b"".join(reversed(data.splitlines(keepends=True))),
        lambda data: data.upper(),
        lambda data: data.rstrip(b"\n"),
        lambda data: data.replace(b"  ", b" *"),
        lambda data: data.replace(b"\n", b"\r\n"),
    ],
    ids=["twice", "unsorted", "capitals", "no newline", "binary mark", "crlf"],
)
@pytest.mark.parametrize("manifest", [bag.MANIFEST, bag.TAG_MANIFEST])
def test_manifest_in_another_form(root: Path, manifest: str, change) -> None:
    (root / manifest).write_bytes(change((root / manifest).read_bytes()))
    assert codes(root) & {Code.MANIFEST, Code.TAG_MANIFEST}


def test_seal_stripped(root: Path) -> None:
    shutil.rmtree(root / "seal")
    report = check(root)
    assert {finding.code for finding in report.findings} == {Code.SEAL_MISSING}
    assert report.signer is None


def test_foreign_seal(root: Path) -> None:
    reseal(root, stranger())
    assert codes(root) == {Code.UNTRUSTED}
    assert codes(root, None) == set()


def test_seal_of_another_bundle(root: Path, tmp_path: Path) -> None:
    other = make_bundle(tmp_path / "other", signer=signer())
    shutil.copytree(other.root / "seal", root / "seal", dirs_exist_ok=True)
    assert codes(root) == {Code.SEAL_INVALID}


def test_chain_that_is_not_the_seals(root: Path) -> None:
    (root / "seal/chain.pem").write_bytes(stranger().chain_pem)
    assert codes(root) == {Code.SEAL_INVALID}


def test_declaration_changed(root: Path) -> None:
    (root / bag.BAGIT).write_bytes(bag.DECLARATION.replace(b"1.0", b"0.97"))
    assert {Code.BAG_FILE, Code.CHANGED} == codes(root)


def test_not_a_bundle(tmp_path: Path) -> None:
    assert codes(tmp_path) == {Code.NOT_A_BUNDLE}


def test_the_folder_of_a_run_is_answered_with_the_bundle_in_it(root: Path) -> None:
    with pytest.raises(VerificationError) as caught:
        open_bundle(root.parent)
    assert str(root) in caught.value.advice


# What follows is sealed by the right key: only the contents disagree.


def resealed_codes(root: Path, path: str, change) -> set[Code]:
    (root / path).write_bytes(change((root / path).read_bytes()))
    oxum(root)
    reseal(root)
    return codes(root)


def changed_run(**members):
    def change(data: bytes) -> bytes:
        return strictjson.document(strictjson.loads(data) | members)

    return change


@pytest.mark.parametrize(
    "path,change,code",
    [
        ("data/run.json", lambda d: d.replace(b'"bundle"', b'"partition": "aws",\n  "bundle"'), Code.JSON),
        ("data/run.json", lambda _: b"[" * 5000 + b"]" * 5000, Code.JSON),
        ("data/run.json", lambda d: d.replace(b"seconds\": 0.0", b"seconds\": NaN"), Code.JSON),
        ("data/run.json", lambda d: d + b"\n", Code.JSON),
        ("data/run.json", changed_run(unknown=1), Code.SCHEMA),
        ("data/run.json", changed_run(format_version="2"), Code.SCHEMA),
        ("data/run.json", changed_run(bundle="evidence-999999999999-20261001T060000Z"), Code.INCONSISTENT),
        ("data/run.json", lambda d: d.replace(b'"records": 2', b'"records": 3'), Code.INCONSISTENT),
        ("data/run.json", lambda d: d.replace(b'"outcome": "gap"', b'"outcome": "empty"'), Code.INCONSISTENT),
        ("data/run.json", changed_run(units=[]), Code.INCONSISTENT),
        ("data/gaps.json", lambda _: b"[]\n", Code.INCONSISTENT),
        ("data/calls.jsonl", lambda d: d.replace(b'"seq":2', b'"seq":3'), Code.INCONSISTENT),
        ("data/calls.jsonl", lambda d: d.replace(b'"seq":2', b'"seq":"2"'), Code.SCHEMA),
        ("data/calls.jsonl", lambda d: d + b"\n", Code.JSON),
        ("data/calls.jsonl", lambda d: d.rstrip(b"\n"), Code.JSON),
        (RECORDS, lambda d: d + b"{}\n", Code.INCONSISTENT),
        ("data/extra.txt", lambda _: b"unexplained", Code.INCONSISTENT),
    ],
)  # fmt: skip
def test_contents_that_disagree(root: Path, path: str, change, code: Code) -> None:
    (root / "data/extra.txt").touch() if path == "data/extra.txt" else None
    assert resealed_codes(root, path, change) == {code}


def test_payload_size_that_is_wrong(root: Path) -> None:
    info = (root / bag.BAG_INFO).read_text()
    (root / bag.BAG_INFO).write_text(re.sub(r"Oxum: .*", "Oxum: 1.1", info))
    reseal(root)
    assert codes(root) == {Code.BAG_FILE}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_byte_is_refused(pristine, tmp_path_factory, data) -> None:
    """Every bit of every file counts, those of the seal too."""
    files = sorted(path for path in pristine.root.rglob("*") if path.is_file() and path.stat().st_size)
    chosen = data.draw(st.sampled_from(files))
    position = data.draw(st.integers(0, chosen.stat().st_size - 1))
    mask = data.draw(st.integers(1, 255))
    copy = Path(shutil.copytree(pristine.root, tmp_path_factory.mktemp("flip") / pristine.name))
    target = copy / chosen.relative_to(pristine.root)
    content = bytearray(target.read_bytes())
    content[position] ^= mask
    target.write_bytes(content)
    assert check(copy).findings


def test_open_names_the_findings(root: Path) -> None:
    (root / CSV).unlink()
    with pytest.raises(VerificationError, match=r"credential-report\.csv is missing"):
        open_bundle(root, now=NOW)


def test_open_without_seal(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path)
    assert open_bundle(bundle.root, sealed=False, now=NOW).digest == bundle.digest
    with pytest.raises(VerificationError, match="not sealed"):
        open_bundle(bundle.root, now=NOW)


def test_leftover_of_a_run(tmp_path: Path) -> None:
    partial = tmp_path / ".evidence-123456789012-20261001T060000Z.partial"
    partial.mkdir()
    with pytest.raises(IncompleteBundleError):
        open_bundle(partial)


def test_open_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        open_bundle(tmp_path / "nothing")


def test_same_input_same_bytes(pristine, tmp_path: Path) -> None:
    assert sealed_bundle(tmp_path).digest == pristine.digest
    assert (tmp_path / pristine.name / "seal/tagmanifest-sha256.txt.p7s").read_bytes() == (
        pristine.root / "seal/tagmanifest-sha256.txt.p7s"
    ).read_bytes()
