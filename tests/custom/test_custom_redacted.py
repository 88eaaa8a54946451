"""Redacted copies: nothing of a custom item's records is in them; tests that need one conclude nothing."""

import json
from pathlib import Path

import pytest

from evidence.bundle import open_bundle
from evidence.bundle.format.models import Redaction
from evidence.controls.declaration import Conclusion
from evidence.controls.engine import run_tests
from evidence.errors import UsageError
from evidence.redact.copy import RedactedCopy
from evidence.redact.dictionary import Dictionary
from evidence.redact.gather import build_dictionary
from evidence.redact.key import RedactionKey
from evidence.redact.places import MemberClassifier
from evidence.redact.policy import RedactionPolicy
from evidence.redact.pseudonyms import Pseudonyms
from evidence.redact.rewrite import Rewriter
from evidence.sharing import _refuse_named_custom_rows, _tested
from evidence.statements.files import NOTHING_STATED, read_statements
from tests.custom.test_custom_engine import GOOD, HERE, THERE, secret
from tests.support.bundles import ACCOUNT_TARGET, NOW, gap, make_bundle
from tests.support.custom import ITEM, ROTATION, scope
from tests.support.identity import signer

REDACTION = Redaction(origin="0" * 64, classes=("people",), policy="0" * 64, key="0" * 16, tool="evidence")


def test_records_parameters_and_messages_of_a_custom_item_are_left_out(example: Path, tmp_path: Path) -> None:
    refused = gap(ITEM, THERE).model_copy(update={"message": "arn:…:secret:of-maria is not yours"})
    ours = {"iam.mfa-devices": {ACCOUNT_TARGET: [{"SerialNumber": "a"}]}}
    records = {ITEM: {HERE: [secret("key-of-maria"), secret("b")]}} | ours
    origin = make_bundle(tmp_path, records, gaps=[refused], custom=scope(), signer=signer())
    places = MemberClassifier(RedactionPolicy(), ())
    pseudonyms = Pseudonyms(RedactionKey(bytes(32)))
    dictionary: Dictionary = build_dictionary(origin, NOTHING_STATED, places, pseudonyms, ())
    made = RedactedCopy(origin, Rewriter(dictionary, places), REDACTION, keep_attachments=False)
    copy = made.write(tmp_path / "copy", NOW)
    assert "maria" not in "".join(path.read_text() for path in copy.root.rglob("*") if path.is_file())
    assert {one.cause.value for one in copy.gaps_of(ITEM)} == {
        "permission missing",
        "left out of a redacted copy",
    }
    calls = [json.loads(line) for line in copy.read("calls.jsonl").splitlines()]
    assert {call["file"] for call in calls if call["item"] == ITEM} == {""}
    assert open_bundle(copy.root, sealed=False, now=NOW).run.custom == scope(), "what was asked is no secret"
    after = _tested(copy, NOTHING_STATED, run_tests(origin))
    test = next(one for one in after.tests if one.id == ROTATION)
    assert (test.conclusion, len(test.rows)) == (Conclusion.NOT_CONCLUDED, 0)


def test_statements_that_name_what_is_left_out_are_refused(example: Path, tmp_path: Path) -> None:
    records = {ITEM: {HERE: [secret("a", rotates=False)], THERE: []}}
    bundle = make_bundle(tmp_path, records, custom=scope(), signer=signer())
    subject = secret("a")["DescribeSecret"]["ARN"]
    (tmp_path / "exceptions.toml").write_text(
        f'version = "1"\n[[exception]]\ntest = "{ROTATION}"\nsubject = "{subject}"\nreason = "It is going."\n'
        'approver = "Ines Duarte"\napproved_on = 2026-09-01\nexpires_on = 2026-12-31\n'
        'compensating_control = "None is needed."\n'
    )
    results = run_tests(bundle, statements=read_statements({"exceptions": tmp_path / "exceptions.toml"}))
    assert next(one for one in results.tests if one.id == ROTATION).accepted == 1
    with pytest.raises(UsageError, match=f"name rows of {ROTATION}"):
        _refuse_named_custom_rows(results)
    _refuse_named_custom_rows(
        run_tests(make_bundle(tmp_path / "other", GOOD, custom=scope(), signer=signer()))
    )
