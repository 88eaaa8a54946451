"""Programs this project did not write accept what the demonstration made."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


def run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False, cwd=cwd
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


@pytest.mark.parametrize("manifest", ["manifest-sha256.txt", "tagmanifest-sha256.txt"])
def test_sha256sum(demo, manifest) -> None:
    assert "FAILED" not in run("sha256sum", "--strict", "-c", manifest, cwd=demo.bundle)


def test_library_of_congress_bagit(demo) -> None:
    run(sys.executable, "-m", "bagit", "--validate", demo.bundle)


def test_openssl_accepts_the_seal(demo) -> None:
    said = run(
        "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-out", "/dev/null",
        "-in", demo.bundle / "seal/tagmanifest-sha256.txt.p7s",
        "-content", demo.bundle / "tagmanifest-sha256.txt", "-CAfile", demo.certificate,
    )  # fmt: skip
    assert "successful" in said.lower()


def test_pdfsig_accepts_the_report(demo) -> None:
    said = run("pdfsig", "-nocert", demo.report)
    assert "Signature Validation: Signature is Valid." in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said


def test_qpdf_accepts_the_report(demo) -> None:
    assert "No syntax or stream encoding errors" in run("qpdf", "--check", demo.report)


def test_unzip_and_sha256sum_accept_the_pack(demo, tmp_path) -> None:
    with zipfile.ZipFile(demo.pack) as pack:
        assert pack.testzip() is None
        pack.extractall(tmp_path)
    (sums,) = tmp_path.rglob("SHA256SUMS")
    assert "FAILED" not in run("sha256sum", "--strict", "-c", sums, cwd=sums.parent)


def test_the_verifiers_in_the_pack_accept_it(demo, tmp_path) -> None:
    with zipfile.ZipFile(demo.pack) as pack:
        pack.extractall(tmp_path)
    (root,) = tmp_path.iterdir()
    assert "VERIFIED" in run("sh", "verify.sh", demo.certificate, cwd=root)
    assert "VERIFIED" in run(sys.executable, "verify.py", demo.pack, demo.certificate, cwd=root)


def test_everything_comes_out_the_same_when_it_is_computed_again(demo) -> None:
    """By what made it: other versions of libraries may draw other bytes."""
    installed = demo.folder.with_name("venv") / "bin/evidence"
    expected = ("--trust", demo.certificate, "--trust-tsa", demo.authority)
    said = run(installed, "verify", demo.pack, *expected, "--recompute", "--previous", demo.pack_before)
    assert "Authentic" in said
    assert "DIFFERS" not in said
    assert said.count("  identical ") == 11
