"""The commands over bundles and packs, as a user runs them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import command
from tests.support.bundles import ACCOUNT_TARGET, make_bundle
from tests.support.identity import signer
from tests.support.packs import Parts

SECRET = "correct horse battery"


def evidence(*arguments: str | Path, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    return command.evidence(*arguments, cwd=cwd, env=command.clean_environment() | env)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    file = tmp_path / "trusted.pem"
    file.write_bytes(signer().certificate_pem)
    return file


def test_verify_each_kind(original: Path, parts: Parts, certificate: Path) -> None:
    for path in (original, parts.bundle.root):
        done = evidence("verify", path, "--trust", certificate)
        assert (done.returncode, done.stdout.partition(":")[0]) == (0, "Authentic"), done.stdout
        assert parts.bundle.digest in done.stdout


@pytest.mark.parametrize(("asked", "code"), [((), 5), (("--signed-only",), 0)])
def test_what_was_only_signed_is_said_to_be(
    parts: Parts, certificate: Path, asked: tuple[str, ...], code: int
) -> None:
    """A report alone: its conclusions cannot be computed again."""
    done = evidence("verify", parts.report, "--trust", certificate, "--json", *asked)
    document = json.loads(done.stdout)
    assert (done.returncode, document["word"], document["verified"]) == (code, "unchanged", False)
    assert "conclusions were NOT recomputed, only signed" in document["established"]


def test_verify_names_the_finding(pack: Path) -> None:
    pack.write_bytes(pack.read_bytes() + b"x")
    done = evidence("verify", pack, "--json")
    document = json.loads(done.stdout)
    assert done.returncode == 5
    assert (document["verified"], document["word"]) == (False, "refused")
    assert {one["property"]: one["state"] for one in document["verdicts"]} | {"well-formed": "unknown"} == {
        one["property"]: "unknown" for one in document["verdicts"]
    }
    assert [finding["code"] for finding in document["findings"]] == ["zip"]


@pytest.mark.parametrize("asked,code", [([], 5), (["--integrity-only"], 0)])
def test_verify_without_trust_is_never_authentic(original: Path, asked: list[str], code: int) -> None:
    """`evidence verify pack.zip && publish` must not publish what anybody may have signed."""
    done = evidence("verify", original, *asked)
    assert done.returncode == code
    first, *rest = done.stdout.splitlines()
    assert "not authenticity" in first and "--trust" in first
    assert any(line.split()[:3] == ["unknown", "trusted", "by"] for line in rest)
    assert "authentic:" not in done.stdout.lower()


def test_integrity_alone_does_not_excuse_a_finding(pack: Path) -> None:
    pack.write_bytes(pack.read_bytes() + b"x")
    assert evidence("verify", pack, "--integrity-only").returncode == 5


def test_trust_and_its_absence_exclude_each_other(original: Path) -> None:
    assert evidence("verify", original, "--integrity-only", "--trust", "ab" * 32).returncode == 2


@pytest.mark.parametrize("written", [str, lambda digits: ":".join(re.findall("..", digits.upper()))])
def test_verify_by_fingerprint(original: Path, written) -> None:
    """What was told in a call, as openssl and keygen print it."""
    done = evidence("verify", original, "--trust", written(signer().fingerprint), "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["verified"], document["word"]) == (0, True, "authentic")
    assert evidence("verify", original, "--trust", written("ab" * 32)).returncode == 5


def test_verify_nothing(tmp_path: Path) -> None:
    assert evidence("verify", tmp_path / "nothing").returncode == 2


def test_verify_leftover(tmp_path: Path) -> None:
    (tmp_path / ".evidence-1.partial").mkdir()
    done = evidence("verify", tmp_path / ".evidence-1.partial")
    assert done.returncode == 5
    assert "did not finish" in done.stderr


def test_show_tree_of_hostile_names(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path, {"iam.x": {ACCOUNT_TARGET: [{}]}}, signer=signer())
    run = json.loads((bundle.root / "data/run.json").read_text())
    hostile = bundle.run.caller_start.model_copy(update={"arn": "arn:\x1b[2J[red]\nboo\u202e"})
    other = make_bundle(
        tmp_path / "o", {"iam.x": {ACCOUNT_TARGET: [{}]}}, signer=signer(), caller_start=hostile
    )
    done = evidence("show", other.root, COLUMNS="200")
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout and "\u202e" not in done.stdout
    assert "[red]\\x0aboo" in done.stdout
    assert "iam.x  1 record" in done.stdout
    assert run["bundle"] in done.stdout


def test_show_as_json(parts: Parts) -> None:
    document = json.loads(evidence("show", parts.bundle.root, "--json").stdout)
    assert document["outcomes"] == {"collected": 3, "empty": 1, "gap": 1}
    assert [gap["item"] for gap in document["gaps"]] == ["iam.password-policy"]


def test_keygen_then_pack_is_refused_for_another_signer(parts: Parts, tmp_path: Path) -> None:
    made = evidence(
        "keygen", "--name", "Team", "--algorithm", "p-256", "--json", cwd=tmp_path, EVIDENCE_PASSPHRASE=SECRET
    )
    assert made.returncode == 0, made.stderr
    assert len(json.loads(made.stdout)["fingerprint_sha256"]) == 64
    done = evidence(
        "pack", parts.bundle.root, "--output", tmp_path / "p.zip",
        "--key", tmp_path / "signer.key", "--certificate", tmp_path / "signer.pem",
        EVIDENCE_PASSPHRASE=SECRET,
    )  # fmt: skip
    assert done.returncode == 2
    assert "is sealed by another identity" in done.stderr
    assert not (tmp_path / "p.zip").exists()


def test_keygen_without_anybody_to_ask(tmp_path: Path) -> None:
    done = evidence("keygen", "--name", "Team", cwd=tmp_path)
    assert done.returncode == 1
    assert "pass phrase" in done.stderr
    assert not list(tmp_path.iterdir())


def test_attach(tmp_path: Path) -> None:
    (tmp_path / "shot.png").write_bytes(b"picture")
    done = evidence(
        "attach", "shot.png", "--item", "iam.mfa-devices", "--by", "Ann", "--note", "The safe", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "attachments/index.json").read_text())[0]["by"] == "Ann"


def test_verifying_a_bundle_imports_nothing_heavy(parts: Parts) -> None:
    script = (
        "import sys; from evidence.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'boto3', 'weasyprint', 'pyhanko', 'openpyxl', 'xlsxwriter', 'jinja2', 'jsonschema'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    command = [sys.executable, "-c", script, "verify", str(parts.bundle.root)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stderr.strip() == "[]"
