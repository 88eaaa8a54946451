"""The signed folder beside the bundle: made, verified, attacked, and by the command."""

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest

from evidence.bundle.format import schema, strictjson
from evidence.bundle.format.corroboration import DOCUMENT, PAGE, SIGNATURE
from evidence.bundle.summary import verdict_line
from evidence.bundle.verify.verdicts import OverallVerdict, Property, PropertyState, judge
from evidence.corroborate.corroborate import write
from evidence.errors import IncompleteBundleError, UsageError
from evidence.findings import Code
from evidence.pack.any import verify_any
from evidence.pack.corroboration import check_corroboration
from evidence.signatures.trust import Trust
from tests.corroborate.conftest import ENVIRONMENT
from tests.support import bundles
from tests.support.command import clean_environment, evidence
from tests.support.identity import signer, stranger

NOW = bundles.NOW + timedelta(minutes=30)
PIN = Trust((signer().certificate,))


@pytest.fixture(scope="module")
def made(world, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from evidence.corroborate.corroborate import FileFetch, compare

    folder = tmp_path_factory.mktemp("made")
    (folder / "none.json").write_text('{"Records": []}')
    document = compare(world.bundle, FileFetch([folder / "none.json"]), world.clock)
    return write(document, folder, signer())


@pytest.fixture
def addendum(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / made.name))


def codes(folder: Path, trusted: Trust | None = PIN, digest: str | None = None) -> set[Code]:
    return {f.code for f in check_corroboration(folder, now=NOW, trusted=trusted, digest=digest).findings}


def test_it_verifies_and_names_its_bundle(world, made: Path) -> None:
    report = verify_any(made, now=NOW, trusted=PIN)
    assert (report.kind, report.findings, report.digest) == ("corroboration", (), world.bundle.digest)
    judgement = judge(report)
    assert (judgement.word, judgement.of(Property.CHAINED).state) == (
        OverallVerdict.AUTHENTIC,
        PropertyState.NOT_APPLICABLE,
    )
    assert verdict_line(report, judgement).startswith("Authentic: the corroboration")
    assert codes(made, digest=world.bundle.digest) == set()
    assert codes(made, digest="ab" * 32) == {Code.OTHER_BUNDLE}


def test_the_bundle_was_not_touched(world, made: Path) -> None:
    assert verify_any(world.bundle.root, now=NOW, trusted=PIN).ok
    assert made.parent != world.bundle.root


def test_other_programs_check_it(made: Path, tmp_path: Path) -> None:
    (tmp_path / "signer.pem").write_bytes(signer().chain_pem)
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", SIGNATURE, "-content"]
    command += [DOCUMENT, "-CAfile", str(tmp_path / "signer.pem"), "-purpose", "any", "-out", "/dev/null"]
    subprocess.run(command, cwd=made, check=True, capture_output=True)
    told = subprocess.run(["pdfsig", PAGE], cwd=made, capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in told and "Total document signed" in told
    published = json.loads((schema.FOLDER / "corroboration.schema.json").read_text())
    jsonschema.Draft202012Validator(published).validate(json.loads((made / DOCUMENT).read_text()))


def test_the_page_says_what_the_document_says(world, made: Path) -> None:
    text = subprocess.run(
        ["pdftotext", "-layout", made / PAGE, "-"], capture_output=True, text=True, check=True
    )
    assert world.bundle.name in text.stdout and world.bundle.digest in text.stdout
    assert "not one could be confirmed" in text.stdout
    assert "validate-logs" in text.stdout


def edit(folder: Path, by=None, **members: object) -> None:
    document = strictjson.loads((folder / DOCUMENT).read_bytes()) | members
    (folder / DOCUMENT).write_bytes(strictjson.document(document))
    if by:
        (folder / SIGNATURE).write_bytes(by.seal((folder / DOCUMENT).read_bytes(), NOW))


ATTACKS = {
    "document": (lambda f: edit(f, limits=[]), {Code.SEAL_INVALID, Code.INCONSISTENT}),
    "document signed again": (lambda f: edit(f, by=signer(), limits=[]), {Code.INCONSISTENT}),
    "signed by another": (
        lambda f: edit(f, by=stranger()),
        {Code.UNTRUSTED, Code.OTHER_SIGNER},
    ),
    "signature gone": (lambda f: (f / SIGNATURE).unlink(), {Code.MISSING}),
    "page gone": (lambda f: (f / PAGE).unlink(), {Code.MISSING}),
    "page changed": (lambda f: (f / PAGE).write_bytes((f / PAGE).read_bytes() + b"\n"), {Code.PDF_CHANGED}),
    "one file more": (lambda f: (f / "note.txt").write_text("x"), {Code.EXTRA}),
    "not canonical": (
        lambda f: (f / DOCUMENT).write_bytes((f / DOCUMENT).read_bytes() + b"\n"),
        {Code.SEAL_INVALID, Code.JSON},
    ),
    "no JSON": (lambda f: (f / DOCUMENT).write_bytes(b"{"), {Code.SEAL_INVALID, Code.JSON}),
    "another schema": (lambda f: edit(f, by=signer(), more=1), {Code.SCHEMA}),
    "renamed": (lambda f: f.rename(f.with_name(f.name[:-3] + "00Z")), {Code.INCONSISTENT}),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_changed_does_not_verify(addendum: Path, attack: str) -> None:
    change, expected = ATTACKS[attack]
    moved = change(addendum)
    assert codes(moved if isinstance(moved, Path) else addendum) == expected


def test_totals_that_are_not_those_of_the_verdicts(addendum: Path) -> None:
    totals = strictjson.loads((addendum / DOCUMENT).read_bytes())["totals"]
    edit(addendum, by=signer(), totals=totals | {"agree": totals["calls"], "missing": 0})
    assert codes(addendum) == {Code.INCONSISTENT}


def test_an_existing_folder_is_kept_and_a_leftover_refused(world, made: Path, tmp_path: Path) -> None:
    from evidence.bundle.format.corroboration import Corroboration

    document = Corroboration.model_validate_json((made / DOCUMENT).read_bytes())
    before = (made / DOCUMENT).read_bytes()
    with pytest.raises(UsageError, match="exists already"):
        write(document, made.parent, signer())
    assert (made / DOCUMENT).read_bytes() == before
    assert not list(made.parent.glob(".*"))
    (tmp_path / f".{made.name}.partial").mkdir()
    with pytest.raises(IncompleteBundleError):
        verify_any(tmp_path / f".{made.name}.partial", now=NOW)


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> list[str | Path]:
    folder = tmp_path_factory.mktemp("identity")
    done = evidence("keygen", "--name", "T", "--output", folder, env=clean_environment() | WORD)
    assert done.returncode == 0, done.stderr
    return ["--key", folder / "signer.key", "--certificate", folder / "signer.pem"]


WORD = {"EVIDENCE_PASSPHRASE": "correct horse battery"}


@pytest.fixture
def command(world, identity, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess]:
    env = clean_environment() | ENVIRONMENT | WORD | {"AWS_ENDPOINT_URL": world.url}

    def run(*more: str | Path) -> subprocess.CompletedProcess:
        return evidence("corroborate", world.bundle.root, "--output", tmp_path, *identity, *more, env=env)

    return run


def test_the_command(world, command, identity) -> None:
    done = command("--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["totals"]["agree"] == result["totals"]["calls"] > 0
    assert "services and regions" in done.stderr
    both = ("verify", world.bundle.root, "--corroboration", result["corroboration"], "--json")
    checked = evidence(*both, "--integrity-only")
    told = json.loads(checked.stdout)
    assert (checked.returncode, told["word"], told["corroboration"]["word"]) == (0, "intact", "intact")
    # sealed by two identities: the one that is trusted does not vouch for the other
    refused = evidence(*both, "--trust", identity[3])
    assert (refused.returncode, json.loads(refused.stdout)["word"]) == (5, "refused")
    assert json.loads(refused.stdout)["corroboration"]["word"] == "authentic"


def test_the_command_says_what_differs(world, command, tmp_path: Path) -> None:
    call = next(world.bundle.calls())
    foreign = {
        "eventType": "AwsApiCall", "eventID": "e", "requestID": call.request_id, "awsRegion": call.region,
        "eventTime": "2026-10-01T06:00:00Z", "eventSource": "sts.amazonaws.com", "eventName": call.operation,
        "recipientAccountId": call.account,
        "userIdentity": {"arn": "arn:aws:iam::123456789012:user/\x1b[2Jm"},
    }  # fmt: skip
    (tmp_path / "log.json").write_text(json.dumps({"Records": [foreign]}))
    done = command("--logs", tmp_path / "log.json")
    assert done.returncode == 5
    assert "contradicts the ledger" in done.stdout and "call 1, sts:GetCallerIdentity: caller" in done.stdout
    assert "\x1b" not in done.stdout


def test_the_exit_code_tells_what_was_found() -> None:
    from evidence.bundle.format.corroboration import count
    from evidence.cli.corroborate import _code

    nothing = count((), 0)
    some = {"calls": 3, "expected": 3}
    cases = ({}, 0), ({"agree": 3}, 0), ({"agree": 2, "missing": 1}, 3), ({"agree": 3, "unlisted": 1}, 3), (
        {"agree": 2, "differ": 1, "unlisted": 1}, 5), ({"agree": 2, "unavailable": 1}, 3)  # fmt: skip
    for members, code in cases:
        assert _code(nothing.model_copy(update=(some if members else {}) | members)) == code


def test_the_policy_allows_it() -> None:
    assert "cloudtrail:LookupEvents" in evidence("policy").stdout
