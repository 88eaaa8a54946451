"""One bundle of every format that was ever written, by the code that wrote it, read by today's.

`tests/data/formats/NUMBER-COMMIT.zip` holds what `tests.support.packs.sealed_bundle` made at that commit, the
first with its set of schemas; up to the eighth, calls bear the names of operations, which that helper left
out. A change of the schemas brings another: `test_the_newest_is_todays` says so.
"""

import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.archive.archive import open_archive
from evidence.archive.verify import verify_chain
from evidence.bundle import open_bundle
from evidence.bundle.format.schema import published_schemas
from evidence.clock import frozen_clock
from evidence.comparison import read_side
from evidence.controls.engine import run_tests
from evidence.diff import compare
from evidence.findings import Code
from evidence.pack.any import verify_any
from evidence.signatures.trust import Trust
from tests.support.bundles import NOW
from tests.support.identity import signer
from tests.support.packs import draw, sealed_bundle

FORMATS = Path(__file__).parents[1] / "data" / "formats"
LATER = NOW + timedelta(days=1)
PIN = Trust((signer().certificate,))


def unpacked(archive: Path, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder)
    (root,) = folder.glob("evidence-*")
    return root


@pytest.fixture(params=sorted(FORMATS.glob("*.zip")), ids=lambda path: path.stem)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return unpacked(request.param, tmp_path / "old")


def test_verified(old: Path) -> None:
    report = verify_any(old, now=LATER, trusted=PIN)
    assert (report.findings, report.signer.trusted) == ((), True)
    assert report.link.scope == "aws:123456789012"


def test_opened_and_read(old: Path) -> None:
    bundle = open_bundle(old, now=LATER)
    assert bundle.run.scope == "aws:123456789012"
    assert [record.value for record in bundle.records("iam.mfa-devices")] == [
        {"SerialNumber": "a"}, {"SerialNumber": "b"},
    ]  # fmt: skip
    assert [gap.item for gap in bundle.gaps] == ["iam.password-policy"]
    assert len(list(bundle.calls())) > 1


def test_tested_by_todays_rules(old: Path, tmp_path: Path) -> None:
    """The same evidence concludes the same, in whatever format it is."""
    ended, expected = (
        {test.id: (test.conclusion, test.complete) for test in run_tests(open_bundle(root, now=LATER)).tests}
        for root in (old, sealed_bundle(tmp_path / "new").root)
    )
    assert ended == expected


def test_compared_with_a_bundle_of_today(old: Path, tmp_path: Path) -> None:
    new = sealed_bundle(tmp_path / "new", now=NOW + timedelta(hours=1), sequence=2)
    sides = [read_side(root, now=LATER) for root in (old, new.root)]
    changes = compare(*(side.snapshot for side in sides))
    assert (changes.old.digest, changes.new.digest) == tuple(side.snapshot.about.digest for side in sides)


def test_kept_in_an_archive(old: Path, tmp_path: Path) -> None:
    """Packed by today's code, an old bundle takes its place, and verifies with the rest."""
    bundle = open_bundle(old, now=LATER)
    pack = draw(bundle, run_tests(bundle).to_bytes(), tmp_path).pack()
    with open_archive(tmp_path / "archive") as archive:
        archive.add(pack, signer(), frozen_clock(LATER))
    assert verify_chain(tmp_path / "archive", now=LATER, trusted=PIN).findings == ()


def test_a_scope_that_is_not_the_callers_is_still_refused(old: Path) -> None:
    """What is filled in where it is missing is not taken from elsewhere where it is there."""
    run = old / "data" / "run.json"
    members = json.loads(run.read_bytes())
    members["scope"] = "aws:999999999999"
    run.write_text(json.dumps(members, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    report = verify_any(old, now=LATER)
    assert Code.INCONSISTENT in {one.code for one in report.findings}


def test_the_newest_is_todays(tmp_path: Path) -> None:
    """Whoever changes a schema keeps a bundle of the new format too: docs/long-term.md says how."""
    root = unpacked(max(FORMATS.glob("*.zip")), tmp_path)
    kept = {path.name: _bare(path.read_bytes()) for path in (root / "schemas").iterdir()}
    assert kept == {name: _bare(data) for name, data in published_schemas(opened=False).items()}


_SETTINGS = {"SealedSettings", "Thresholds", "Sampling", "Entity", "ReportSettings"}
"""Settings come and go with their defaults; they are no form of the bundle."""


def _bare(schema: bytes) -> object:
    """Return a schema without its words, which may change, and without settings."""

    def strip(value: object) -> object:
        if isinstance(value, dict):
            kept = value.keys() - {"description", "title"} - _SETTINGS
            return {key: strip(value[key]) for key in kept}
        return [strip(one) for one in value] if isinstance(value, list) else value

    return strip(json.loads(schema))
