"""The loop as people go through it: open, fill in, close, verify, archive; and what follows of the bundle."""

import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from openpyxl import load_workbook

from evidence.archive.archive import list_entries, open_archive
from evidence.bundle import Bundle, open_bundle
from evidence.bundle.format.chain import ChainPosition
from evidence.clock import frozen_clock
from evidence.controls.engine import run_tests
from evidence.pack import verify_pack
from evidence.readers.access_review import is_review, read_review
from evidence.readers.evidence import Evidence
from evidence.review import workbook as sheet
from evidence.review.previous import last_review
from evidence.review.sealing import seal_review
from evidence.settings.model import Settings
from tests.pack.test_standalone import run, unpacked
from tests.review.conftest import CLOSED, OPENED, OpenedHere, reviewed_world
from tests.review.filling import REVIEWER, fill_in, rows_of
from tests.support.command import evidence
from tests.support.identity import signer
from tests.support.packs import draw

POSITION = ChainPosition(7, "d" * 64)


def sealed(opened: OpenedHere, parent: Path, **closing: Any) -> Bundle:
    """Close a review and seal it, as the command does."""
    root = seal_review(
        opened.close(**closing), Settings(), parent, follows=lambda _: POSITION, signer=signer(),
        clock=frozen_clock(CLOSED),
    )  # fmt: skip
    return open_bundle(root, now=CLOSED)


def test_a_sealed_review_is_read_back_as_it_was_closed(opened: OpenedHere, tmp_path: Path) -> None:
    opened.fill(lambda _, rows: rows[0][sheet.DECISION].__setattr__("value", "revoke"))
    bundle = sealed(opened, tmp_path)
    review = read_review(Evidence.whole(bundle))
    assert (bundle.run.sequence, bundle.run.previous, bundle.run.scope) == (
        7,
        "d" * 64,
        opened.bundle.run.scope,
    )
    assert (review.reviewed, review.reviewed_digest) == (opened.bundle.name, opened.bundle.digest)
    assert (review.opened, review.closed, review.incomplete) == (OPENED, CLOSED, False)
    assert [row.decision for row in review.rows] == ["revoke"] + ["keep"] * (len(review.rows) - 1)
    assert {(row.reviewer, row.decided_on) for row in review.rows} == {(REVIEWER, CLOSED.date())}
    assert bundle.read(review.files[0].file) == opened.files[0].read_bytes()
    assert bundle.read("calls.jsonl") == b""
    results = {test.id: (test.conclusion.value, test.complete) for test in run_tests(bundle).tests}
    assert results == {"REV-2": ("no exceptions", True), "IPE-4": ("no exceptions", True)}
    kept = last_review(bundle).kept
    assert len(kept) == len(review.rows) - 1
    assert set(kept.values()) == {f"kept {CLOSED.date()} by {REVIEWER}"}


def test_what_did_not_come_back_is_sealed_as_an_exception(opened: OpenedHere, tmp_path: Path) -> None:
    bundle = sealed(opened, tmp_path, files=[])
    (test,) = [one for one in run_tests(bundle).tests if one.id == "REV-2"]
    assert test.conclusion == "exceptions noted"
    assert test.exceptions == test.population_size == len(read_review(Evidence.whole(bundle)).rows) + 1


def test_a_bundle_of_collected_evidence_says_nothing_of_a_review(reviewed: Bundle) -> None:
    assert not is_review(reviewed)
    assert b"access_review" not in reviewed.read("run.json")


@pytest.fixture
def keys(tmp_path: Path) -> list[str | Path]:
    """Return the options that sign as the reviewed bundle is signed."""
    key, certificate = tmp_path / "key.pem", tmp_path / "signer.pem"
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key.write_bytes(signer().key.private_bytes(*form))
    key.chmod(0o600)
    certificate.write_bytes(signer().chain_pem)
    return ["--key", key, "--certificate", certificate]


def today() -> date:
    return datetime.now(UTC).date()


def test_the_loop_from_the_listing_to_the_archive_and_to_the_next_review(
    keys: list[str | Path], tmp_path: Path
) -> None:
    """With today's clock: evidence of long ago is not reviewed."""
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    reviewed = reviewed_world(tmp_path, now)
    archive, results = tmp_path / "archive", run_tests(reviewed)
    pack = draw(reviewed, results.to_bytes(), tmp_path, signer(), now).pack()
    with open_archive(archive) as opened_archive:
        opened_archive.add(pack, signer(), frozen_clock(now + timedelta(hours=1)))

    opened = evidence("review", "open", pack, "--output", tmp_path / "review", "--json")
    assert opened.returncode == 0, opened.stderr
    assert json.loads(opened.stdout)["digest"] == reviewed.digest
    files = sorted((tmp_path / "review").glob("*.xlsx"))
    for file in files:
        fill_in(
            file, REVIEWER, today(), tomas={"Reviewer": "Tomas", "Decision": "revoke", "Comment": "moves"}
        )
    close = ["review", "close", *files, pack, "--opened", tmp_path / "review/review.json", *keys]

    refused = evidence(*close, "--output", tmp_path / "closed")
    assert refused.returncode == 2
    assert "tomas" in refused.stderr
    assert "the reviewer is the person reviewed (by name)" in refused.stderr
    assert not (tmp_path / "closed").exists()

    closed = evidence(*close, "--output", tmp_path / "closed", "--archive", archive, "--incomplete", "--json")
    assert closed.returncode == 3, closed.stderr
    left = json.loads(closed.stdout)
    entries = list_entries(archive)
    assert [(one.sequence, one.digest) for one in entries] == [(1, reviewed.digest), (2, left["digest"])]
    assert all("tomas" in problem for problem in left["problems"])

    verified = evidence("verify", archive / entries[1].file, "--recompute", "--integrity-only")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    alone = unpacked(archive / entries[1].file, tmp_path / "unpacked")
    for program in ("verify.py", "verify.sh"):
        done = run(program, alone, "--integrity-only" if program == "verify.py" else keys[3])
        assert done.returncode == 0, done.stdout + done.stderr
    chained = evidence("verify", "--chain", archive, "--integrity-only")
    assert chained.returncode == 0, chained.stdout + chained.stderr
    shown = evidence("show", archive / entries[1].file)
    assert shown.returncode == 0, shown.stderr

    compared = evidence("diff", pack, archive / entries[1].file)
    assert compared.returncode == 2
    assert "holds an access review, with which nothing is compared" in compared.stderr

    again = evidence("review", "open", pack, "--output", tmp_path / "again", "--archive", archive, "--json")
    assert json.loads(again.stdout)["previous_review"] == left["digest"]
    (path,) = (tmp_path / "again").glob("*.xlsx")
    told = [
        (row["Person or user"].value, row["Last review"].value)
        for row in rows_of(load_workbook(path)[sheet.ACCESS])
    ]
    assert {said for name, said in told if name == "tomas"} == {"none on record"}
    assert {said for name, said in told if name == "ingrid"} == {f"kept {today()} by {REVIEWER}"}


def test_a_redacted_review_concludes_the_same_and_names_nobody(
    opened: OpenedHere, keys: list[str | Path], tmp_path: Path
) -> None:
    opened.fill(
        lambda _, rows: rows[-1][sheet.REVIEWER].__setattr__(
            "value", f"{rows[-1]['Person or user'].value}@x.example"
        )
    )
    bundle = sealed(opened, tmp_path)
    (tmp_path / "policy.toml").write_text('version = "1"\n')
    (tmp_path / "words").write_text("a pass phrase of some length\n")
    assert evidence("redact", "keygen", "--output", tmp_path / "redaction.key").returncode == 0
    packed = evidence(
        "pack", bundle.root, "--redact", tmp_path / "policy.toml", "--redaction-key",
        tmp_path / "redaction.key", "--mapping-passphrase-file", tmp_path / "words", "--output",
        tmp_path / "copy.zip", *keys,
    )  # fmt: skip
    assert packed.returncode == 0, packed.stderr
    assert verify_pack(tmp_path / "copy.zip", now=datetime.now(UTC)).ok
    with zipfile.ZipFile(tmp_path / "copy.zip") as parts:
        (name,) = [one for one in parts.namelist() if one.endswith("/results.json")]
        tests = {one["id"]: one for one in json.loads(parts.read(name))["tests"]}
    assert (tests["REV-2"]["exceptions"], tests["REV-2"]["conclusion"]) == (1, "exceptions noted")
