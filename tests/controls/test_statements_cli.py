"""The commands with management's files: flags, settings, exit codes, and refusal before anything else."""

import json
import tomllib

import pytest

from evidence.errors import ExitCode
from tests.controls.statements import EVERY_ATTESTATION, exception, toml
from tests.controls.world import good, password, row
from tests.support.command import evidence
from tests.support.identity import signer


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """A bundle with one exception, USER-1 of `person`."""
    world = good()
    world.report.append(row("person", **password(1, 1)))
    world.options |= {"signer": signer()}
    return world.written(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def files(tmp_path, bundle):
    (test,) = [
        line for line in evidence("exceptions", "draft", bundle.root).stdout.splitlines() if "USER-1" in line
    ][1:]
    assert test == 'test = "USER-1"'
    subject = f"arn:aws:iam::{bundle.run.accounts[0]}:user/person"
    (tmp_path / "e.toml").write_text(toml("exception", [exception("USER-1", subject)]))
    (tmp_path / "a.toml").write_text(toml("attestation", EVERY_ATTESTATION))
    return tmp_path


def accepted(done) -> int:
    (result,) = [test for test in json.loads(done.stdout)["tests"] if test["id"] == "USER-1"]
    return result["accepted"]


def test_flags_and_settings_accept_and_attest(bundle, files) -> None:
    flags = ["--exceptions", files / "e.toml", "--attestations", files / "a.toml"]
    done = evidence("test", bundle.root, "--json", *flags)
    assert (done.returncode, accepted(done)) == (0, 1), done.stderr
    (files / "evidence.toml").write_text('[accepted]\nexceptions = "e.toml"\nattestations = "a.toml"\n')
    configured = evidence("test", bundle.root, "--json", cwd=files)
    assert configured.stdout == done.stdout
    attested = [test for test in json.loads(done.stdout)["tests"] if test["conclusion"] == "attested"]
    assert len(attested) == len(EVERY_ATTESTATION)
    assert evidence("test", bundle.root, "--fail-on", "not-concluded").returncode == ExitCode.FAIL_ON


KEYS = ["--key", "id/signer.key", "--certificate", "id/signer.pem"]
READERS = [
    (kind, [*command, f"--{kind}", "bad.toml"])
    for command in (["test", "BUNDLE"], ["report", "BUNDLE", "-o", "out", *KEYS], ["run", "-o", "out", *KEYS])
    for kind in ("exceptions", "attestations")
] + [("exceptions", ["exceptions", "draft", "BUNDLE", "--exceptions", "bad.toml"])]


@pytest.mark.parametrize("kind,command", READERS)
def test_a_file_that_cannot_be_used_ends_every_command_first(kind, command, tmp_path) -> None:
    (tmp_path / "bad.toml").write_text("")
    assert evidence("keygen", "--name", "N", "--output", "id", cwd=tmp_path, env=_pass()).returncode == 0
    done = evidence(*command, cwd=tmp_path, env=_pass())
    assert done.returncode == ExitCode.USAGE, done.stderr
    assert f"The {kind} file bad.toml is wrong" in done.stderr
    assert not (tmp_path / "out").exists()


def _pass() -> dict[str, str]:
    from tests.support.command import clean_environment

    return clean_environment() | {"EVIDENCE_PASSPHRASE": "a phrase of some length"}


def test_the_draft_goes_to_a_file_that_is_never_overwritten(bundle, tmp_path) -> None:
    done = evidence("exceptions", "draft", bundle.root, "--output", tmp_path / "draft.toml")
    assert done.returncode == 0, done.stderr
    drafted = tomllib.loads((tmp_path / "draft.toml").read_text())
    assert "USER-1" in {entry["test"] for entry in drafted["exception"]}
    again = evidence("exceptions", "draft", bundle.root, "--output", tmp_path / "draft.toml")
    assert again.returncode == ExitCode.USAGE
    refused = evidence("test", bundle.root, "--exceptions", tmp_path / "draft.toml", "--json")
    findings = json.loads(refused.stdout)["exception_findings"]
    assert {found["problem"] for found in findings} == {"incomplete"}
    assert len(findings) == len(drafted["exception"])


def test_nothing_to_draft_writes_nothing(tmp_path) -> None:
    world = good()
    world.options |= {"signer": signer()}
    done = evidence("exceptions", "draft", world.written(tmp_path).root, "--output", tmp_path / "draft.toml")
    assert "nothing to accept" in done.stderr
    assert not (tmp_path / "draft.toml").exists()
