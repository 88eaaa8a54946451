"""Each finding defeats a property, and what rests on a property that failed is unknown, never ok."""

from dataclasses import replace

import pytest

from evidence.bundle.summary import verdict_line
from evidence.bundle.verify.verdicts import PARTS, OverallVerdict, Property, PropertyState, judge
from evidence.findings import Code, Finding, Repetition, VerificationReport, VerifiedSigner
from tests.support.bundles import NOW

SIGNER = VerifiedSigner("ab" * 32, "CN=Team", NOW, NOW, trusted=True, trusted_by="this certificate itself")
FOLLOW = Repetition(True, "every test came out the same")
HOLDS = VerificationReport("pack", "p.zip", (), "cd" * 32, SIGNER, conclusions=FOLLOW)
MAY_BE_UNKNOWN = {Property.TIME_STAMPED, Property.CHAINED, Property.RECOMPUTED}


def states(report: VerificationReport) -> dict[Property, PropertyState]:
    return {verdict.property: verdict.state for verdict in judge(report).verdicts}


def found(*codes: Code, subject: str = "x", **changes) -> VerificationReport:
    return replace(HOLDS, findings=tuple(Finding(code, subject, "is wrong") for code in codes), **changes)


def test_everything_holds() -> None:
    judgement = judge(HOLDS)
    assert judgement.word is OverallVerdict.AUTHENTIC
    assert set(judgement.not_shown) == MAY_BE_UNKNOWN
    assert tuple(verdict.property for verdict in judgement.verdicts) == tuple(Property)


def test_no_anchor() -> None:
    judgement = judge(replace(HOLDS, signer=replace(SIGNER, trusted=False)))
    assert judgement.word is OverallVerdict.INTACT
    assert judgement.of(Property.TRUSTED).state is PropertyState.UNKNOWN


@pytest.mark.parametrize("said", [None, Repetition(False, "made with evidence 0.0.1, here is 0.1.0")])
def test_conclusions_that_were_only_signed(said: Repetition | None) -> None:
    """Not authentic without that qualifier, in the first line and in the word."""
    report = replace(HOLDS, conclusions=said)
    judgement = judge(report)
    assert judgement.word is OverallVerdict.UNCHANGED
    assert "NOT recomputed, only signed" in verdict_line(report, judgement)
    assert "Authentic" not in verdict_line(report, judgement)
    bundle = judge(replace(report, kind="bundle"))
    assert bundle.word is OverallVerdict.AUTHENTIC
    assert bundle.of(Property.CONCLUSIONS).state is PropertyState.NOT_APPLICABLE


@pytest.mark.parametrize("code", Code)
@pytest.mark.parametrize("kind", ["bundle", "pack", "pdf", "file"])
@pytest.mark.parametrize("subject", ["x", *PARTS])
def test_every_finding_defeats_something(code: Code, kind: str, subject: str) -> None:
    judgement = judge(found(code, subject=subject, kind=kind))
    assert judgement.word is OverallVerdict.REFUSED
    assert PropertyState.FAILED in {verdict.state for verdict in judgement.verdicts}


@pytest.mark.parametrize("part,prop", PARTS.items())
def test_part_of_another_bundle(part: str, prop: Property) -> None:
    assert states(found(Code.OTHER_BUNDLE, subject=part)) == states(HOLDS) | {prop: PropertyState.FAILED}


@pytest.mark.parametrize("part,prop", PARTS.items())
def test_changed_part_belongs_to_nothing(part: str, prop: Property) -> None:
    expected = states(HOLDS) | {prop: PropertyState.FAILED, Property.UNCHANGED: PropertyState.FAILED}
    assert states(found(Code.CHANGED, subject=part)) == expected


def test_without_a_seal_nothing_is_known_to_be_complete() -> None:
    given = states(found(Code.SEAL_INVALID, signer=None, conclusions=None))
    assert given.pop(Property.SEALED) is PropertyState.FAILED
    assert given.pop(Property.WELL_FORMED) is PropertyState.OK
    assert set(given.values()) == {PropertyState.UNKNOWN}


@pytest.mark.parametrize("code", [Code.ZIP, Code.HOSTILE_PATH, Code.NOT_A_BUNDLE])
def test_what_could_not_be_read_is_unknown(code: Code) -> None:
    given = states(found(code, signer=None, digest="", conclusions=None))
    assert given.pop(Property.WELL_FORMED) is PropertyState.FAILED
    assert set(given.values()) == {PropertyState.UNKNOWN}


@pytest.mark.parametrize("code", [Code.MANIFEST, Code.TAG_MANIFEST, Code.UNREADABLE, Code.LINKED])
def test_without_a_readable_list_nothing_was_compared(code: Code) -> None:
    assert states(found(code))[Property.UNCHANGED] is PropertyState.UNKNOWN


def test_a_report_alone_names_its_bundle_and_no_more() -> None:
    judgement = judge(replace(HOLDS, kind="pdf", name="report.pdf"))
    assert judgement.word is OverallVerdict.AUTHENTIC
    assert judgement.of(Property.REPORT).state is PropertyState.NOT_APPLICABLE
    assert "cd" * 32 in judgement.of(Property.REPORT).sentence
