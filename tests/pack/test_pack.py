"""A pack verifies as a whole, and each of its parts must belong to the others."""

import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence import storage
from evidence.bundle.format import bag
from evidence.bundle.summary import findings_text
from evidence.bundle.verify.verdicts import OverallVerdict, Property, PropertyState, judge
from evidence.errors import IncompleteBundleError, StorageError, UsageError, VerificationError
from evidence.findings import Code, Repetition
from evidence.pack import canonical_zip, verify_pack
from evidence.pack.any import verify_any
from evidence.signatures.trust import Trust
from evidence.signing.pdf import sign_pdf
from evidence.storage import sha256_of
from tests.support.bundles import NOW
from tests.support.identity import signer, stranger
from tests.support.packs import Parts, blank_page, blank_pdf, blank_workbook, make_parts
from tests.support.verdicts import both_verdicts

PIN = Trust((signer().certificate,))


def codes(pack: Path, trust: Trust | None = PIN) -> set[Code]:
    return {finding.code for finding in both_verdicts(pack, trust).findings}


def attacked(pack: Path, change: Callable[[Path], object], sums: bool = False, by=None) -> Path:
    """Unpack, change, and pack again in the one form; on demand with fitting sums, signed by somebody."""
    folder = pack.parent / "unpacked"
    folder.mkdir()
    canonical_zip.unpack(pack, folder)
    (root,) = folder.iterdir()
    change(root)
    files = {f.relative_to(root).as_posix(): f for f in root.rglob("*") if f.is_file()}
    if sums:
        listed = {
            path: hashlib.sha256(file.read_bytes()).hexdigest()
            for path, file in files.items()
            if not path.startswith("SHA256SUMS")
        }
        (root / "SHA256SUMS").write_bytes(bag.manifest(listed))
    if by:
        content = (root / "SHA256SUMS").read_bytes()
        (root / "SHA256SUMS.p7s").write_bytes(by.seal(content, NOW))
    with pack.open("wb") as target:
        canonical_zip.write(target, {f"{root.name}/{p}": canonical_zip.measure(f) for p, f in files.items()})
    shutil.rmtree(folder)
    return pack


def test_pack(original: Path, parts: Parts) -> None:
    report = verify_pack(original, now=NOW, trusted=PIN)
    assert report.findings == ()
    assert report.digest == parts.bundle.digest
    assert judge(report).word is OverallVerdict.UNCHANGED  # nothing was computed again here


def test_same_parts_same_bytes(original: Path, parts: Parts) -> None:
    again = parts.pack("again.zip")
    assert again.read_bytes() == original.read_bytes()
    again.unlink()


def test_existing_file_is_kept(original: Path, parts: Parts) -> None:
    before = original.read_bytes()
    with pytest.raises(UsageError, match="exists already"):
        parts.pack("original.zip")
    assert original.read_bytes() == before


def test_failed_pack_leaves_nothing(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(canonical_zip, "write", full)
    before = sorted(parts.folder.iterdir())
    with pytest.raises(StorageError, match="No space left"):
        parts.pack("failed.zip")
    assert sorted(parts.folder.iterdir()) == before


def by_hand(pack: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Carry out VERIFY.md of a pack: each command for Linux, as printed."""
    subprocess.run(["unzip", "-q", pack, "-d", folder], check=True)
    (root,) = folder.iterdir()
    page = (root / "VERIFY.md").read_text()
    anchor = [line.strip() for line in page.splitlines() if line.strip().startswith("openssl x509")]
    linux = page.split("## Linux")[1].split("## macOS")[0]
    lines = [*anchor, *(line[4:] for line in linux.splitlines() if line.startswith("    "))]
    script = "set -e -o pipefail\n" + "\n".join(lines)
    return subprocess.run(["bash", "-c", script], cwd=root, capture_output=True, text=True, check=False)


def test_page_of_instructions_works(original: Path, parts: Parts, tmp_path: Path) -> None:
    done = by_hand(original, tmp_path / "by hand")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("CMS Verification successful") == 2
    assert "Signature is Valid" in done.stdout
    assert parts.bundle.digest in done.stdout and of(parts)[1] in done.stdout
    assert signer().fingerprint == done.stdout.splitlines()[0].partition("=")[2].replace(":", "").lower()


def test_a_strangers_certificate_behind_the_right_one(pack: Path, tmp_path: Path) -> None:
    """The fingerprint that is printed is that of the first one; the commands trust no other."""
    both = signer().certificate_pem + stranger().certificate_pem
    attacked(pack, lambda root: (root / "signer.pem").write_bytes(both), sums=True, by=stranger())
    assert codes(pack) >= {Code.SEAL_INVALID}
    done = by_hand(pack, tmp_path / "by hand")
    assert done.returncode != 0
    assert "CMS Verification successful" not in done.stderr


def test_changed_file(pack: Path) -> None:
    attacked(pack, lambda root: (root / "VERIFY.md").write_bytes(b"other"))
    assert codes(pack) == {Code.CHANGED}


def test_sums_edited_along(pack: Path) -> None:
    attacked(pack, lambda root: (root / "appendices.xlsx").write_bytes(b"other"), sums=True)
    assert codes(pack) == {Code.SEAL_INVALID, Code.OTHER_BUNDLE}


def test_missing_part(pack: Path) -> None:
    attacked(pack, lambda root: (root / "appendices.xlsx").unlink(), sums=True, by=signer())
    assert codes(pack) == {Code.MISSING}


def test_extra_file(pack: Path) -> None:
    attacked(pack, lambda root: (root / "READ-ME-FIRST.html").write_bytes(b"x"), sums=True, by=signer())
    assert codes(pack) == {Code.EXTRA}


def test_bundle_attacked_and_pack_signed_again(pack: Path) -> None:
    """The pack's own signature does not excuse the bundle's."""
    attacked(
        pack, lambda root: next(root.glob("*/data/*/iam/*.csv")).write_bytes(b"x"), sums=True, by=signer()
    )
    assert Code.CHANGED in codes(pack)


def resign(root: Path, identity) -> None:
    (root / "signer.pem").write_bytes(identity.chain_pem)


def test_foreign_pack_signature(pack: Path) -> None:
    attacked(pack, lambda root: resign(root, stranger()), sums=True, by=stranger())
    assert codes(pack) == {Code.UNTRUSTED, Code.OTHER_SIGNER}
    assert codes(pack, None) == {Code.OTHER_SIGNER}


def test_signer_certificate_swapped(pack: Path) -> None:
    attacked(pack, lambda root: resign(root, stranger()), sums=True, by=signer())
    assert codes(pack) == {Code.SEAL_INVALID}


def swap_report(identity, *digests: str) -> Callable[[Path], object]:
    return lambda root: (root / "report.pdf").write_bytes(sign_pdf(blank_pdf(*digests), identity, NOW))


def of(parts: Parts) -> tuple[str, str]:
    """Return the digests that report and workbook name."""
    return parts.bundle.digest, hashlib.sha256(parts.results.read_bytes()).hexdigest()


def test_report_on_another_bundle(pack: Path, parts: Parts) -> None:
    attacked(pack, swap_report(signer(), "ab" * 32, of(parts)[1]), sums=True, by=signer())
    assert codes(pack) == {Code.OTHER_BUNDLE}


def test_report_by_somebody_else(pack: Path, parts: Parts) -> None:
    attacked(pack, swap_report(stranger(), *of(parts)), sums=True, by=signer())
    assert codes(pack, None) == {Code.OTHER_SIGNER}


def test_report_on_other_results(pack: Path, parts: Parts) -> None:
    """As rendered with other accepted exceptions than those that are packed."""
    attacked(pack, swap_report(signer(), of(parts)[0], "ab" * 32), sums=True, by=signer())
    assert codes(pack) == {Code.OTHER_RESULTS}


def test_workbook_on_other_results(pack: Path, parts: Parts) -> None:
    other = blank_workbook(of(parts)[0], "ab" * 32)
    attacked(pack, lambda root: (root / "appendices.xlsx").write_bytes(other), sums=True, by=signer())
    assert codes(pack) == {Code.OTHER_RESULTS}


def test_page_on_others(pack: Path, parts: Parts) -> None:
    attacked(pack, lambda root: (root / "index.html").write_bytes(b""), sums=True, by=signer())
    assert codes(pack) == {Code.OTHER_BUNDLE}
    other = blank_page(of(parts)[0], "ab" * 32)
    attacked(pack, lambda root: (root / "index.html").write_bytes(other), sums=True, by=signer())
    assert codes(pack) == {Code.OTHER_RESULTS}


def test_a_pack_without_the_page_is_one_of_an_earlier_version(pack: Path) -> None:
    attacked(pack, lambda root: (root / "index.html").unlink(), sums=True, by=signer())
    report = verify_pack(pack, now=NOW, trusted=PIN)
    assert report.ok
    assert judge(report).of(Property.PAGE).state is PropertyState.NOT_APPLICABLE
    same = Repetition(True, "every byte came out the same")
    for drawn in (same, None):
        report = replace(report, conclusions=same, recomputed=drawn)
        assert not re.search(r"page\b(?! belongs)|index\.html(?!, as)", findings_text(report, judge(report)))
    assert "report and workbook were not rendered again" in judge(report).of(Property.RECOMPUTED).sentence


def test_results_that_report_and_workbook_do_not_show(pack: Path) -> None:
    def reword(root: Path) -> None:
        path = root / "results.json"
        path.write_bytes(path.read_bytes().replace(b'"KEY-1"', b'"KEY-0"'))

    attacked(pack, reword, sums=True, by=signer())
    assert codes(pack) == {Code.OTHER_RESULTS}


@pytest.mark.parametrize(
    "workbook",
    [
        b"",
        b"PK\x05\x06" + bytes(18),
        blank_workbook("ab" * 32),
        blank_workbook("ab" * 32 + " "),
        blank_workbook("ab" * 32).replace(b"core", b"cora"),
        blank_workbook("ab" * 32)[:-30],
    ],
    ids=["empty", "no parts", "another", "no digest", "no properties", "cut off"],
)
def test_workbook_that_is_not_on_this_bundle(pack: Path, workbook: bytes) -> None:
    attacked(pack, lambda root: (root / "appendices.xlsx").write_bytes(workbook), sums=True, by=signer())
    assert codes(pack) == {Code.OTHER_BUNDLE}


def test_results_of_another_bundle(pack: Path) -> None:
    attacked(pack, lambda root: (root / "results.json").write_bytes(b"{}\n"), sums=True, by=signer())
    assert codes(pack) == {Code.OTHER_BUNDLE, Code.OTHER_RESULTS}


@pytest.mark.parametrize("names", [(), ("pack-0123456789abcdef/a", "pack-0123456789abcde0/a"), ("folder/a",)])
def test_not_one_pack_folder(tmp_path: Path, names: tuple[str, ...]) -> None:
    with (tmp_path / "pack.zip").open("wb") as target:
        canonical_zip.write(target, {name: canonical_zip.measure(b"") for name in names})
    assert codes(tmp_path / "pack.zip") == {Code.ZIP}


def test_the_folder_is_called_by_the_digest(original: Path, tmp_path: Path) -> None:
    canonical_zip.unpack(original, tmp_path)
    (folder,) = tmp_path.iterdir()
    other = folder.rename(tmp_path / f"pack-{'0' * 16}")
    assert codes(other) == set()  # whoever unpacks it may call it something else
    files = {f.relative_to(tmp_path).as_posix(): f for f in other.rglob("*") if f.is_file()}
    with (tmp_path / "pack.zip").open("wb") as target:
        canonical_zip.write(target, {path: canonical_zip.measure(file) for path, file in files.items()})
    assert codes(tmp_path / "pack.zip") == {Code.INCONSISTENT}


@settings(max_examples=40, deadline=None)
@given(where=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_any_flipped_byte(original: Path, tmp_path_factory, where: float, mask: int) -> None:
    flipped = bytearray(original.read_bytes())
    flipped[int(where * len(flipped))] ^= mask
    target = tmp_path_factory.mktemp("flip") / "pack.zip"
    target.write_bytes(flipped)
    assert codes(target)


@pytest.mark.parametrize("part", ["report.pdf", "appendices.xlsx", "results.json"])
def test_what_changed_since_it_was_made_is_not_packed(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = make_parts(tmp_path)
    swapped = {"report.pdf": parts.report, "appendices.xlsx": parts.appendices}.get(part, parts.results)
    monkeypatch.setattr(storage, "sha256_of", lambda path: "ab" * 32 if path == swapped else sha256_of(path))
    with pytest.raises(VerificationError, match=f"{part} was changed while it was being packed"):
        parts.pack()
    assert not (tmp_path / "pack.zip").exists()


def test_kinds_are_told_apart(original: Path, parts: Parts, tmp_path: Path) -> None:
    for path, kind in ((original, "pack"), (parts.bundle.root, "bundle"), (parts.report, "pdf")):
        report = verify_any(path, now=NOW, trusted=PIN)
        assert (report.kind, report.ok) == (kind, True)
    (tmp_path / "text").write_bytes(b"text")
    assert not verify_any(tmp_path / "text", now=NOW).ok
    with pytest.raises(UsageError):
        verify_any(tmp_path / "nothing", now=NOW)
    with pytest.raises(IncompleteBundleError):
        verify_any(tmp_path / ".pack.canonical_zip.partial", now=NOW)
