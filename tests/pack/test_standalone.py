"""The programs that ship in the pack verify it, refuse what was attacked, and can be got from elsewhere."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence.findings import Code
from evidence.pack import canonical_zip, layout
from evidence.signatures.trust import Trust
from tests.pack.test_pack import attacked, swap_report
from tests.support.command import clean_environment, evidence
from tests.support.identity import signer, stranger
from tests.support.packs import blank_page, blank_workbook
from tests.support.verdicts import both_verdicts

Change = Callable[[Path], object]


def unpacked(pack: Path, folder: Path) -> Path:
    folder.mkdir()
    canonical_zip.unpack(pack, folder)
    (root,) = folder.iterdir()
    return root


def run(program: str, root: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program out of the pack, in the pack's folder."""
    with_what = {"verify.py": sys.executable, "verify.sh": "sh"}[program]
    subject = [] if program == "verify.sh" else ["."]
    command = [with_what, program, *subject, *map(str, arguments)]
    return subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False, env=clean_environment()
    )


@pytest.fixture
def root(original: Path, tmp_path: Path) -> Path:
    return unpacked(original, tmp_path / "unpacked")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    (tmp_path / "trusted.pem").write_bytes(signer().certificate_pem)
    return tmp_path / "trusted.pem"


PROGRAMS = ["verify.py", "verify.sh"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_untouched_pack(program: str, root: Path, certificate: Path) -> None:
    for trust in (certificate, signer().fingerprint):
        done = run(program, root, trust)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "VERIFIED" in done.stdout
        assert "FAILED" not in done.stdout


@pytest.mark.parametrize("program", PROGRAMS)
def test_without_an_anchor_it_is_never_called_verified(program: str, root: Path) -> None:
    done = run(program, root, "--integrity-only")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "VERIFIED" not in done.stdout
    assert "INTACT" in done.stdout


@pytest.mark.parametrize("program", PROGRAMS)
def test_another_anchor(program: str, root: Path, certificate: Path) -> None:
    certificate.write_bytes(stranger().certificate_pem)
    for trust in (certificate, stranger().fingerprint):
        assert run(program, root, trust).returncode == 5


def test_the_zip_itself(original: Path, root: Path, certificate: Path) -> None:
    command = [sys.executable, root / "verify.py", original, certificate]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0


def test_both_verifiers_take_the_unpacked_folder(root: Path) -> None:
    trust = Trust((signer().certificate,))
    report = both_verdicts(root, trust)
    assert (report.kind, report.findings) == ("pack", ())
    (root / "VERIFY.md").write_bytes(b"all is well\n")
    assert [finding.code for finding in both_verdicts(root, trust).findings] == [Code.CHANGED]


def bundle_of(root: Path) -> Path:
    return next(root.glob("evidence-*"))


ATTACKS: dict[str, Change] = {
    "a changed part": lambda root: (root / "VERIFY.md").write_bytes(b"all is well\n"),
    "changed evidence": lambda root: (bundle_of(root) / "data/gaps.json").write_bytes(b"[]\n"),
    "a missing part": lambda root: (root / "appendices.xlsx").unlink(),
    "a missing page": lambda root: (root / "index.html").unlink(),
    "a file that no list names": lambda root: (root / "READ-ME-FIRST.html").write_bytes(b"x"),
    "a hidden file in the bundle": lambda root: (bundle_of(root) / "data/.x").write_bytes(b"x"),
    "a link": lambda root: (root / "link").symlink_to("/etc/passwd"),
    "a signature stripped": lambda root: (root / "SHA256SUMS.p7s").unlink(),
    "a seal stripped": lambda root: shutil.rmtree(bundle_of(root) / "seal"),
    "another certificate beside it": lambda root: (root / "signer.pem").write_bytes(stranger().chain_pem),
    "a verifier swapped": lambda root: (root / "verify.ps1").write_bytes(b"exit 0\n"),
}


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks(program: str, attack: str, root: Path, certificate: Path) -> None:
    ATTACKS[attack](root)
    done = run(program, root, certificate)
    assert done.returncode == 5, done.stdout + done.stderr
    assert "VERIFIED" not in done.stdout
    assert "Traceback" not in done.stderr


def reword(results: Path) -> None:
    results.write_bytes(results.read_bytes().replace(b'"exceptions"', b'"no exceptions"'))


RESIGNED: dict[str, Change] = {
    "a report on another bundle": swap_report(signer(), "ab" * 32),
    "results that report and workbook do not show": lambda root: reword(root / "results.json"),
    "a workbook of another bundle": lambda root: (root / "appendices.xlsx").write_bytes(
        blank_workbook("ab" * 32)
    ),
    "a page of another bundle": lambda root: (root / "index.html").write_bytes(blank_page("ab" * 32)),
    "results of another bundle": lambda root: (root / "results.json").write_bytes(b"{}\n"),
    "evidence changed under fitting sums": lambda root: (bundle_of(root) / "data/gaps.json").write_bytes(
        b"[]\n"
    ),
}


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("attack", RESIGNED)
def test_attacks_signed_again_by_the_right_key(
    program: str, attack: str, pack: Path, tmp_path: Path, certificate: Path
) -> None:
    forged = attacked(pack, RESIGNED[attack], sums=True, by=signer())
    done = run(program, unpacked(forged, tmp_path / "forged"), certificate)
    assert done.returncode == 5, done.stdout + done.stderr


@pytest.mark.parametrize("missing", ["pdfsig", "unzip"])
def test_what_cannot_be_checked_is_said_to_be_unknown(
    root: Path, certificate: Path, tmp_path: Path, missing: str
) -> None:
    """A machine without poppler: the rest is checked, and the report's signature is not called ok."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for folder in os.environ["PATH"].split(":"):
        for tool in Path(folder).iterdir() if Path(folder).is_dir() else ():
            if tool.name != missing and not (tools / tool.name).is_symlink():
                (tools / tool.name).symlink_to(tool)
    done = subprocess.run(
        ["/bin/sh", "verify.sh", certificate], cwd=root, env={"PATH": str(tools)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert any(line.startswith("unknown") for line in done.stdout.splitlines())


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("name", ["SHA256SUMS.p7s", "report.pdf", "extra"])
def test_a_pipe_is_refused_and_not_waited_for(program: str, name: str, root: Path, certificate: Path) -> None:
    (root / name).unlink(missing_ok=True)
    os.mkfifo(root / name)
    done = run(program, root, certificate)
    assert done.returncode == 5, done.stdout + done.stderr


@pytest.mark.parametrize("place", ["pack", "anchor"])
def test_no_device_and_no_pipe_is_read(place: str, root: Path, certificate: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for special in ("/dev/zero", str(tmp_path / "pipe")):
        pack, anchor = {"pack": (special, str(certificate)), "anchor": (".", special)}[place]
        done = subprocess.run(
            [sys.executable, "verify.py", pack, anchor], cwd=root, env=clean_environment(),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 5, done.stdout + done.stderr


def test_a_hostile_name_drives_no_terminal(root: Path, certificate: Path) -> None:
    (root / "Юлия\x9b2J\u202e").symlink_to("report.pdf")
    done = subprocess.run(
        [sys.executable, "verify.py", ".", certificate], cwd=root, capture_output=True, check=False,
        env=clean_environment() | {"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (5, b"")
    said = done.stdout.decode("utf-8")
    assert "Юлия" in said
    assert said.replace("\n", "").isprintable()


def test_an_auditor_can_read_it_in_one_sitting() -> None:
    lines = layout.verifier("verify.py").decode().splitlines()
    assert len(lines) <= 310
    words = [line.split() for line in lines if line.startswith(("from ", "import "))]
    named = {
        name.strip(",").split(".")[0] for line in words for name in line[1 : 2 if line[0] == "from" else None]
    }
    assert named - set(sys.stdlib_module_names) == {"cryptography"}


@pytest.mark.parametrize("name", layout.VERIFIERS)
def test_got_from_the_project_instead_of_the_pack(name: str, root: Path, tmp_path: Path) -> None:
    done = evidence("verifier", name, "--output", tmp_path / name)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / name).read_bytes() == (root / name).read_bytes()
    assert hashlib.sha256((root / name).read_bytes()).hexdigest() in done.stdout
