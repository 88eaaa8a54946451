"""An accepted exception is still shown; an entry that does not count accepts nothing and is reported."""

import json
import tomllib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.controls.acceptance import REQUIRED, RowNames
from evidence.controls.catalogue import catalogue
from evidence.controls.declaration import (
    Conclusion,
    ControlTest,
    ControlTopic,
    Remedy,
    Row,
    Severity,
    Verdict,
)
from evidence.controls.engine import run_tests
from evidence.controls.exceptions_draft import draft_of
from evidence.controls.results import Results
from evidence.controls.summary import ended_as, table
from evidence.errors import ConfigError
from evidence.readers.access_analyzer import properties, selects
from evidence.readers.evidence import Evidence
from evidence.readers.pointer import Pointer
from evidence.readers.unreadable import MalformedEvidenceError
from evidence.statements import schema
from evidence.statements.files import EXCEPTIONS, read_file
from evidence.statements.records import FileFinding
from evidence.statements.shapes import AcceptedException
from evidence.toml import toml_string
from tests.controls.statements import TODAY, exception, stated, toml
from tests.controls.world import ACCOUNT, NOW, US, good, key
from tests.controls.world import row as report_row
from tests.controls.world_records import finding
from tests.support.bundles import ACCOUNT_TARGET, bundle_in_memory, gap

DAY = timedelta(days=1)
ITEM = "iam.mfa-devices"
FAILS, MEETS, OPEN = "exception", "met", "not determined"


def made_up(rows: Iterable[Row], *, acceptance: bool = False) -> ControlTest:
    """A test of controls with given rows."""

    def rule(_: Evidence) -> Iterator[Row]:
        yield from rows

    return ControlTest(
        id="KEY-1", title="T", topic=ControlTopic("T"), criteria=("CC6.1",), risk="R", procedure="P",
        population="P", attribute="A", needs=(ITEM,), rule=rule, empty="None.",
        severity=Severity.MEDIUM, remedy=Remedy(console="Mend it."), met_by_acceptance=acceptance,
    )  # fmt: skip


def row(subject: str, verdict: str = FAILS, account: str = ACCOUNT, **more) -> Row:
    return Row(subject, account, Verdict(verdict), "seen", "wanted", (Pointer("a.jsonl", 1),), **more)


def results_of(
    folder: Path, rows: Iterable[Row], *entries: dict, acceptance: bool = False, **options
) -> Results:
    options = {"records": {ITEM: {ACCOUNT_TARGET: []}}} | options
    bundle = bundle_in_memory(**options)
    return run_tests(bundle, [made_up(rows, acceptance=acceptance)], stated(folder, exceptions=entries))


def finding_of(results: Results) -> FileFinding:
    (found,) = results.exception_findings
    assert all(entry.accepted is None for entry in results.tests[0].rows if entry.verdict != "accepted")
    return found


def said(results: Results) -> list[str]:
    return [entry.verdict.value for entry in results.tests[0].rows]


def test_an_accepted_exception_is_shown_with_who_and_until_when(tmp_path) -> None:
    results = results_of(tmp_path, [row("a"), row("b"), row("c", MEETS)], exception("KEY-1", "a"))
    (result,) = results.tests
    assert said(results) == ["accepted", "exception", "met"]
    assert (result.exceptions, result.accepted, result.inspected) == (1, 1, 3)
    accepted = result.rows[0].accepted
    assert accepted is not None
    assert (accepted.approver, str(accepted.expires_on)) == ("Ines Falk, CISO", "2026-12-31")
    assert result.conclusion is Conclusion.EXCEPTIONS
    assert result.reason == "2 of 3 inspected do not meet the rule, 1 of them accepted by management."
    assert results.exception_findings == ()


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (1, "1 of 1 inspected does not meet the rule, accepted by management."),
        (2, "2 of 2 inspected do not meet the rule, all 2 accepted by management."),
    ],
)
def test_accepted_exceptions_are_exceptions(rows: int, reason: str, tmp_path) -> None:
    entries = [exception("KEY-1", str(number)) for number in range(rows)]
    results = results_of(tmp_path, [row(str(number)) for number in range(rows)], *entries)
    assert (results.tests[0].conclusion, results.tests[0].reason) == (Conclusion.EXCEPTIONS, reason)
    assert not ended_as(results, ["exceptions"])


def test_where_acceptance_is_what_is_inspected_it_meets_the_rule(tmp_path) -> None:
    entry = exception("KEY-1", "a")
    results = results_of(tmp_path / "all", [row("a"), row("b", MEETS)], entry, acceptance=True)
    assert results.tests[0].conclusion is Conclusion.NO_EXCEPTIONS
    assert (
        results.tests[0].reason == "All 2 inspected meet the rule, 1 of them because management accepted it."
    )
    assert said(results) == ["accepted", "met"]
    some = results_of(tmp_path / "some", [row("a"), row("b")], entry, acceptance=True)
    assert some.tests[0].conclusion is Conclusion.EXCEPTIONS
    assert some.tests[0].reason == "1 of 2 inspected does not meet the rule."


def test_what_is_not_known_is_not_accepted(tmp_path) -> None:
    results = results_of(
        tmp_path, [row("a"), row("b", OPEN)], exception("KEY-1", "a"), exception("KEY-1", "b")
    )
    assert said(results) == ["accepted", "not determined"]
    assert (results.tests[0].conclusion, results.tests[0].complete) == (Conclusion.EXCEPTIONS, False)
    assert results.tests[0].reason == (
        "1 of 2 inspected does not meet the rule, accepted by management. "
        "Not complete: the evidence of 1 member does not settle the matter."
    )
    assert "is no exception: not determined" in finding_of(results).sentence


UNFIT = {
    "expired": ({"expires_on": TODAY - DAY}, "expired"),
    "not yet valid": ({"approved_on": TODAY + DAY}, "not yet valid"),
    "turned around": ({"approved_on": TODAY, "expires_on": TODAY - DAY}, "expired"),
    "another subject": ({"subject": "b"}, "matches nothing"),
    "case matters": ({"subject": "A"}, "matches nothing"),
    "another account": ({"account": "210987654321"}, "matches nothing"),
    "a pattern of nothing": ({"subject": "b*"}, "matches nothing"),
    "unknown test": ({"test": "KEY-77"}, "unknown test"),
    "attested test": ({"test": "ATT-1"}, "unknown test"),
    **{f"no {name}": ({name: ""}, "incomplete") for name in REQUIRED},
    **{f"{name} left out": ({name: None}, "incomplete") for name in REQUIRED},
    **{f"blank {name}": ({name: "  "}, "incomplete") for name in REQUIRED},
}


@pytest.mark.parametrize("changes,problem", UNFIT.values(), ids=UNFIT)
def test_an_entry_that_does_not_count(changes: dict, problem: str, tmp_path) -> None:
    results = results_of(tmp_path, [row("a")], exception("KEY-1", "a") | changes)
    found = finding_of(results)
    assert found.problem == problem
    assert (found.entry, found.subject) == (1, changes.get("subject", "a"))
    assert said(results) == ["exception"]
    assert ended_as(results, ["exceptions"])
    assert f"entry 1, {found.test} {found.subject}: {problem}. {found.sentence}" in table(results)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_finding_names_what_is_missing(name: str, tmp_path) -> None:
    results = results_of(tmp_path, [row("a")], exception("KEY-1", "a", **{name: ""}))
    assert finding_of(results).sentence == f"It does not say: {name}."


@pytest.mark.parametrize("day", ["approved_on", "expires_on"])
def test_both_last_and_first_day_count(day: str, tmp_path) -> None:
    assert said(results_of(tmp_path, [row("a")], exception("KEY-1", "a", **{day: TODAY}))) == ["accepted"]


@pytest.mark.parametrize(
    ("finished", "verdict"),
    [
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), "accepted"),
        (datetime(2027, 1, 1, 0, 0, tzinfo=UTC), "exception"),
        (datetime.fromisoformat("2027-01-01T01:00:00+02:00"), "accepted"),
        (datetime(2026, 8, 31, 23, 59, tzinfo=UTC), "exception"),
    ],
)
def test_the_day_of_collection_decides(finished: datetime, verdict: str, tmp_path) -> None:
    results = results_of(tmp_path, [row("a")], exception("KEY-1", "a"), finished=finished)
    assert said(results) == [verdict]


def test_a_pattern_accepts_up_to_its_maximum(tmp_path) -> None:
    rows = [row("x/1"), row("x/2"), row("x/3", MEETS), row("y")]
    fits = results_of(tmp_path / "fits", rows, exception("KEY-1", "x/*", maximum_matches=2))
    assert said(fits) == ["accepted", "accepted", "met", "exception"]
    many = results_of(tmp_path / "many", rows, exception("KEY-1", "x/?"))
    assert said(many) == ["exception", "exception", "met", "exception"]
    assert finding_of(many).sentence == "It matches 2 exceptions; its stated maximum is 1."
    assert finding_of(many).problem == "matches too many"


def test_a_subject_that_is_one_exactly_is_no_pattern(tmp_path) -> None:
    assert said(results_of(tmp_path, [row("a*"), row("ab")], exception("KEY-1", "a*"))) == [
        "accepted",
        "exception",
    ]


def test_the_same_subject_in_two_accounts(tmp_path) -> None:
    rows = [row("us-east-1"), row("us-east-1", account="210987654321")]
    both = results_of(tmp_path / "both", rows, exception("KEY-1", "us-east-1"))
    assert finding_of(both).problem == "matches too many"
    one = results_of(tmp_path / "one", rows, exception("KEY-1", "us-east-1", account="210987654321"))
    assert said(one) == ["exception", "accepted"]


def test_an_entry_given_twice_counts_once(tmp_path) -> None:
    entry = exception("KEY-1", "a")
    twice = results_of(tmp_path / "twice", [row("a")], entry, entry | {"approver": "Another"})
    assert (finding_of(twice).entry, finding_of(twice).problem) == (2, "duplicate")
    assert twice.tests[0].rows[0].accepted.approver == "Ines Falk, CISO"
    covered = results_of(tmp_path / "covered", [row("a")], exception("KEY-1", "a*"), entry)
    assert finding_of(covered).sentence == "All that it matches is accepted by entry 1."


def test_of_overlapping_entries_the_first_accepts(tmp_path) -> None:
    entries = exception("KEY-1", "a"), exception("KEY-1", "[ab]", maximum_matches=2)
    results = results_of(tmp_path, [row("a"), row("b")], *entries)
    assert [entry.accepted.entry for entry in results.tests[0].rows] == [1, 2]
    assert results.exception_findings == ()


def unreadable() -> Iterator[Row]:
    yield from ()
    raise MalformedEvidenceError("5 is not a time")


@pytest.mark.parametrize("missing", ["gap", "broken", "nobody"])
def test_without_rows_an_entry_matches_nothing(missing: str, tmp_path) -> None:
    options = {"records": {}, "gaps": [gap(ITEM)]} if missing == "gap" else {}
    rows = unreadable() if missing == "broken" else []
    results = results_of(tmp_path, rows, exception("KEY-1", "a"), **options)
    assert finding_of(results).problem == "matches nothing"
    assert "no rows" in finding_of(results).sentence


def test_entries_for_tests_that_were_not_performed_are_not_judged(tmp_path) -> None:
    results = results_of(tmp_path, [row("a")], exception("KEY-2", "a"), exception("KEY-1", "a"))
    assert results.exception_findings == ()


def test_the_file_is_named_and_hashed_in_the_results(tmp_path) -> None:
    import hashlib

    results = results_of(tmp_path, [row("a")], exception("KEY-1", "a"))
    content = (tmp_path / "exceptions.toml").read_bytes()
    assert results.exceptions_file.model_dump() == {
        "name": "exceptions.toml",
        "sha256": hashlib.sha256(content).hexdigest(),
        "entries": 1,
    }
    assert Results.model_validate_json(results.to_bytes()) == results


MALFORMED = {
    "empty": "",
    "comments only": "# nothing\n",
    "no entry": 'version = "1"\n',
    "an empty list": "exception = []",
    "one table": '[exception]\ntest = "KEY-1"\nsubject = "a"',
    "no TOML": "[[exception]\n",
    "no UTF-8": "\udcff",
    "unknown key": '[[exception]]\ntest = "KEY-1"\nsubject = "a"\nowner = "me"',
    "unknown table": '[[exceptions]]\ntest = "KEY-1"',
    "another version": 'version = "2"\n' + toml("exception", [exception("KEY-1", "a")]).split("\n", 1)[1],
    "no test": '[[exception]]\nsubject = "a"',
    "no subject": '[[exception]]\ntest = "KEY-1"\nsubject = ""',
    "no day": '[[exception]]\ntest = "KEY-1"\nsubject = "a"\nexpires_on = "soon"',
    "maximum of none": '[[exception]]\ntest = "KEY-1"\nsubject = "a"\nmaximum_matches = 0',
    "maximum in words": '[[exception]]\ntest = "KEY-1"\nsubject = "a"\nmaximum_matches = "9"',
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_a_file_that_cannot_be_used_is_refused_whole(text: str, tmp_path) -> None:
    path = tmp_path / "exceptions.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError, match=r"exceptions file .*exceptions\.toml"):
        read_file(EXCEPTIONS, path)


def test_a_file_that_is_not_there_is_refused(tmp_path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_file(EXCEPTIONS, tmp_path / "exceptions.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_file(EXCEPTIONS, tmp_path)


def test_the_error_names_entry_and_key(tmp_path) -> None:
    path = tmp_path / "exceptions.toml"
    path.write_text(toml("exception", [exception("KEY-1", "a"), exception("KEY-1", "b", expires_on="soon")]))
    with pytest.raises(ConfigError, match="exception 2, expires_on"):
        read_file(EXCEPTIONS, path)


def test_the_published_schemas_are_current_and_hold_for_the_samples() -> None:
    from evidence.demo_account import paperwork

    on_disk = {path.name: path.read_bytes() for path in schema.FOLDER.glob("*.json")}
    assert on_disk == schema.generate(), "run `make generated`"
    for name in paperwork.FILES:
        text = Path(paperwork.__file__).with_name(name).read_text(encoding="utf-8")
        document = json.loads(json.dumps(tomllib.loads(text), default=str))
        jsonschema.validate(document, json.loads(schema.generate()[name.replace(".toml", ".schema.json")]))


# Archived findings of Access Analyzer


def archived_world():
    world = good()
    records = world.records["access-analyzer.analyzers"][US]
    records[0]["ArchiveRules"] = [
        {"ruleName": "vendors", "filter": {"principal.AWS": {"contains": ["464622532012"]}}},
        {"ruleName": "buckets", "filter": {"resourceType": {"eq": ["AWS::S3::Bucket"]}}},
    ]
    analyzer = records[0]["Analyzer"]["arn"]
    found = finding("f-1", "ARCHIVED", resourceType="AWS::IAM::Role") | {"AnalyzerArn": analyzer}
    (details,) = found["Details"]["findingDetails"]
    details["externalAccessDetails"]["principal"] = {"AWS": "arn:aws:iam::464622532012:root"}
    world.records["access-analyzer.findings"][US] = [found]
    return world, analyzer, found["Finding"]["id"]


@pytest.mark.parametrize("named", ["id", "rule", "rule's ARN"])
def test_archived_findings_are_accepted_by_id_and_by_archive_rule(named: str, tmp_path) -> None:
    world, analyzer, finding_id = archived_world()
    subject = {"id": finding_id, "rule": "vendors", "rule's ARN": f"{analyzer}/archive-rule/vendors"}[named]
    entries = [exception("AA-3", subject)]
    results = run_tests(world.bundle(), statements=stated(tmp_path, exceptions=entries))
    (result,) = (test for test in results.tests if test.id == "AA-3")
    assert [entry.subject for entry in result.rows if entry.verdict is Verdict.ACCEPTED] == [finding_id]
    assert result.conclusion is Conclusion.NO_EXCEPTIONS
    assert results.exception_findings == ()


def test_a_rule_that_does_not_select_the_finding_accepts_nothing(tmp_path) -> None:
    world, _, _ = archived_world()
    entries = [exception("AA-3", "buckets")]
    results = run_tests(world.bundle(), statements=stated(tmp_path, exceptions=entries))
    assert results.exception_findings[0].problem == "matches nothing"


VENDOR = {"resource": "arn:aws:iam::1:role/x", "resourceType": "AWS::IAM::Role", "id": "f"}
DETAILS = [{"isPublic": False, "principal": {"AWS": "111122223333"}, "condition": {"sts:ExternalId": "e"}}]


@pytest.mark.parametrize(
    ("filters", "selected"),
    [
        ({"resourceType": {"eq": ["AWS::S3::Bucket", "AWS::IAM::Role"]}}, True),
        ({"resourceType": {"eq": ["AWS::S3::Bucket"]}}, False),
        ({"resourceType": {"neq": ["AWS::S3::Bucket"]}}, True),
        ({"resourceType": {"neq": ["AWS::IAM::Role"]}}, False),
        ({"resource": {"contains": ["role/"]}}, True),
        ({"resource": {"contains": ["bucket"]}}, False),
        ({"isPublic": {"eq": ["false"]}}, True),
        ({"isPublic": {"eq": ["true"]}}, False),
        ({"principal.AWS": {"eq": ["111122223333"]}, "condition.sts:ExternalId": {"exists": True}}, True),
        ({"principal.AWS": {"eq": ["111122223333"]}, "resource": {"contains": ["bucket"]}}, False),
        ({"principal.Federated": {"exists": False}}, True),
        ({"principal.Federated": {"exists": True}}, False),
        ({"principal.AWS": {"exists": False}}, False),
        ({"principal.Federated": {"neq": ["x"]}}, False),
    ],
)
def test_what_an_archive_rule_selects(filters: dict, selected: bool) -> None:
    assert selects(filters, properties(VENDOR, DETAILS)) is selected


def test_every_member_that_an_archive_rule_can_ask_for() -> None:
    finding = {
        name: name.upper()
        for name in (
            "id",
            "resource",
            "resourceType",
            "resourceOwnerAccount",
            "findingType",
            "error",
            "other",
        )
    }
    public = {"isPublic": True, "principal": {"AWS": "*"}, "condition": {"aws:SourceIp": "10.0.0.0/8"}}
    found = properties(finding, [public, {"principal": {"AWS": "111122223333"}}])
    assert found == {
        **{name: {value} for name, value in finding.items() if name != "other"},
        "isPublic": {"true", "false"},
        "principal.AWS": {"*", "111122223333"},
        "condition.aws:SourceIp": {"10.0.0.0/8"},
    }
    assert not selects({"isPublic": {"eq": ["false"]}}, properties({}, [public]))
    assert properties({}, []) == {}


# The draft


def test_an_unfilled_draft_accepts_nothing_and_says_what_is_missing(tmp_path) -> None:
    rows = [row("a"), row("b\u202e\x07\"'\\"), row("c", MEETS), row("d"), row("d")]
    results = results_of(tmp_path / "plain", rows)
    drafted = draft_of(results)
    assert drafted.entries == 3
    path = tmp_path / "drafted.toml"
    path.write_text(drafted.text, encoding="utf-8")
    read = read_file(EXCEPTIONS, path).said.exception
    assert [entry.subject for entry in read] == ["a", "b\u202e\x07\"'\\", "d"]
    assert "\u202e" not in drafted.text
    entries = [entry.model_dump() for entry in read]
    refused = results_of(tmp_path / "refused", rows, *entries)
    assert {found.problem for found in refused.exception_findings} == {"incomplete"}
    assert len(refused.exception_findings) == 3


def test_a_filled_draft_accepts_everything(tmp_path) -> None:
    rows = [row("a"), row("d"), row("d"), row("e", account="210987654321"), row("x*y"), row("xzy")]
    path = tmp_path / "drafted.toml"
    path.write_text(draft_of(results_of(tmp_path / "plain", rows)).text, encoding="utf-8")
    filled = [exception("", "") | _given(entry) for entry in read_file(EXCEPTIONS, path).said.exception]
    results = results_of(tmp_path / "filled", rows, *filled)
    assert set(said(results)) == {"accepted"}, results.exception_findings
    assert draft_of(results).entries == 0


def _given(entry: AcceptedException) -> dict:
    return {name: value for name, value in entry.model_dump().items() if value}


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_any_text_survives_quoting(text: str) -> None:
    assert tomllib.loads(f"a = {toml_string(text)}") == {"a": text}
    assert toml_string(text).isprintable()


@given(st.lists(st.text("ab*?[]", min_size=1, max_size=4), min_size=1, max_size=5, unique=True))
def test_every_subject_matches_itself_alone(subjects: list[str]) -> None:
    rows = [row(subject) for subject in subjects]
    for at, subject in enumerate(subjects):
        assert RowNames(rows).matching(AcceptedException(test="KEY-1", subject=subject)) == [at]


# Too early, too wide

ARN = f"arn:aws:iam::{ACCOUNT}:user/"
MORNING = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "verdict"),
    [
        ({"since": MORNING + DAY}, FAILS),
        ({"since": MORNING + DAY - timedelta(microseconds=1)}, "accepted"),
        ({"since": MORNING - DAY}, "accepted"),
        ({"since": MORNING + 9 * DAY, "began": MORNING}, "accepted"),
        ({"since": MORNING, "began": MORNING + DAY}, FAILS),
        ({}, "accepted"),
        ({"since": datetime.max.replace(tzinfo=UTC)}, FAILS),
    ],
)
def test_an_approval_may_not_predate_what_it_approves(when: dict, verdict: str, tmp_path) -> None:
    results = results_of(tmp_path, [row("a", **when)], exception("KEY-1", "a", approved_on=MORNING.date()))
    assert said(results) == [verdict]
    assert [found.problem for found in results.exception_findings] == (
        ["approved too early"] if verdict == FAILS else []
    )


def test_an_entry_that_is_too_early_for_one_accepts_none_and_names_it(tmp_path) -> None:
    rows = [row("a1", since=MORNING - DAY), row("a2", since=MORNING + 3 * DAY)]
    entry = exception("KEY-1", "a?", maximum_matches=2, approved_on=MORNING.date())
    results = results_of(tmp_path, rows, entry)
    assert said(results) == [FAILS, FAILS]
    assert finding_of(results).sentence == (
        "It was approved on 2026-09-01; of 2 exceptions that it matches 1 began later: a2 on 2026-09-04."
    )


@pytest.mark.parametrize(
    ("pattern", "wide"),
    [
        ("*", True),
        ("**", True),
        ("?*", True),
        ("*?", True),
        ("[!x]*", True),
        ("arn:*", True),
        ("arn:aws:iam::*", True),
        ("arn:aws:iam::*:user/*", True),
        ("arn:aws:iam::????????????:user/*", True),
        ("*user/*", True),
        ("arn:aws:iam::*:user/[!v]*[!y]*[!b]*", True),  # classes that leave out a few letters each
        (f"{ARN}*", False),
        ("arn:aws:iam::*:user/service/*", False),
        ("*/svc-*", False),
    ],
)
@pytest.mark.parametrize("account", ["", ACCOUNT])
def test_a_pattern_that_takes_whatever_there_could_be_accepts_nothing(
    pattern: str, wide: bool, account: str, tmp_path
) -> None:
    entry = exception("KEY-1", pattern, maximum_matches=1000, account=account)
    results = results_of(tmp_path, [row(f"{ARN}service/svc-a")], entry)
    assert said(results) == [FAILS if wide else "accepted"]
    if wide:
        found = finding_of(results)
        assert (found.problem, found.sentence) == (
            "matches too many",
            f"{pattern} takes whatever there could be.",
        )


@pytest.mark.parametrize("subject", ["0f1d2c3b-aaaa-bbbb-cccc-0123456789ab", "us-east-1", "<root_account>"])
def test_so_does_one_of_the_form_that_all_have(subject: str, tmp_path) -> None:
    form = "".join("?" if one.isalnum() else one for one in subject)
    results = results_of(tmp_path, [row(subject)], exception("KEY-1", form, maximum_matches=9))
    assert said(results) == [FAILS]
    assert finding_of(results).problem == "matches too many"


def test_what_is_called_by_a_wildcard_is_itself(tmp_path) -> None:
    assert said(results_of(tmp_path, [row("*"), row("b")], exception("KEY-1", "*"))) == ["accepted", FAILS]


def test_a_further_subject_may_not_take_anything_either(tmp_path) -> None:
    entry = exception("KEY-1", "a", also=["*"], maximum_matches=9)
    assert said(results_of(tmp_path, [row("a"), row("b")], entry)) == [FAILS, FAILS]


# The tests whose rows know when what they show began


def test_an_approval_before_a_finding_was_made_does_not_justify_its_archiving(tmp_path) -> None:
    world = good("AA-3")
    world.records["access-analyzer.findings"][US] = [finding("f-1", status="ARCHIVED")]
    found = next(
        one for one in run_tests(world.bundle(), [catalogue()["AA-3"]]).tests[0].rows if one.subject == "f-1"
    )
    assert found.since is not None
    day = found.since.date()
    for approved, conclusion in ((day, "no exceptions"), (day - DAY, "exceptions noted")):
        entry = exception("AA-3", "f-1", approved_on=approved)
        given_ = stated(tmp_path / str(approved), exceptions=[entry])
        results = run_tests(world.bundle(), [catalogue()["AA-3"]], given_)
        assert results.tests[0].conclusion == conclusion, (results.tests[0].reason, results.tests[0].rows)


def test_the_resource_of_a_finding_does_not_name_it(tmp_path) -> None:
    world = good("AA-3")
    made = finding("f-1", status="ARCHIVED")
    world.records["access-analyzer.findings"][US] = [made]
    (row_,) = (
        one for one in run_tests(world.bundle(), [catalogue()["AA-3"]]).tests[0].rows if one.subject == "f-1"
    )
    resource = row_.attributes["resource"]
    results = run_tests(
        world.bundle(), [catalogue()["AA-3"]], stated(tmp_path, exceptions=[exception("AA-3", resource)])
    )
    assert results.tests[0].exceptions == 1
    assert finding_of(results).problem == "matches nothing"


def test_a_key_made_after_the_approval_is_another_key(tmp_path) -> None:
    world = good()
    world.report[1] = report_row("svc-ledger", **key(1, 200, 1), mfa_active="true")
    made = (NOW - 200 * DAY).date()
    for approved, verdict in ((made, "accepted"), (made - DAY, FAILS)):
        entry = exception("KEY-1", f"{ARN}svc-ledger", approved_on=approved)
        given_ = stated(tmp_path / str(approved), exceptions=[entry])
        assert verdict in said(run_tests(world.bundle(), [catalogue()["KEY-1"]], given_))
