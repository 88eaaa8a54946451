"""A file that holds less, or more, than the ledger counted in AWS's answers for it is refused."""

from pathlib import Path
from typing import Any

import pytest

from evidence.bundle.format import bag, strictjson
from evidence.bundle.format.models import CallRecord
from evidence.bundle.verify.verdicts import OverallVerdict, Property, PropertyState, judge
from evidence.controls.engine import run_tests
from evidence.findings import Code
from evidence.recompute import verify_and_recompute
from evidence.signatures.trust import Trust
from tests.support.bundles import ACCOUNT_TARGET, NOW, contents, make_bundle
from tests.support.identity import signer
from tests.support.packs import draw

PIN = Trust((signer().certificate,))
DEVICES = {"iam.mfa-devices": {ACCOUNT_TARGET: [{"SerialNumber": name} for name in "abc"]}}
FEWER = {"iam.mfa-devices": {ACCOUNT_TARGET: [{"SerialNumber": name} for name in "ab"]}}


def sealed(folder: Path, records: Any, told: Any) -> Any:
    """Return a bundle of records whose ledger is that of others."""
    calls = [strictjson.loads(line) for line in contents(told).files[bag.CALLS].splitlines()]
    return make_bundle(folder, records, calls=[CallRecord.model_validate(c) for c in calls], signer=signer())


@pytest.mark.parametrize(("records", "told"), [(FEWER, DEVICES), (DEVICES, FEWER)], ids=["less", "more"])
@pytest.mark.parametrize("packed", [False, True])
def test_not_what_was_counted(records: Any, told: Any, packed: bool, tmp_path: Path) -> None:
    bundle = sealed(tmp_path, records, told)
    given = draw(bundle, run_tests(bundle).to_bytes(), tmp_path).pack() if packed else bundle.root
    report, _ = verify_and_recompute(given, now=NOW, trusted=PIN)
    assert [one.code for one in report.findings] == [Code.INCONSISTENT]
    assert report.findings[0].subject.endswith("data/123456789012/iam/mfa-devices.jsonl")
    assert "counted in ListVirtualMFADevices" in report.findings[0].sentence
    judgement = judge(report)
    assert judgement.word is OverallVerdict.REFUSED
    assert judgement.of(Property.WELL_FORMED).state is PropertyState.FAILED


def test_what_was_counted(tmp_path: Path) -> None:
    report, _ = verify_and_recompute(sealed(tmp_path, DEVICES, DEVICES).root, now=NOW, trusted=PIN)
    assert judge(report).word is OverallVerdict.AUTHENTIC
