"""The sentences that say why: of a conclusion, of what is missing, of an entry that does not count."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from evidence.bundle.format.models import ItemScope
from evidence.controls.catalogue import catalogue
from evidence.controls.counts import count_rows
from evidence.controls.declaration import (
    Conclusion,
    ControlTest,
    ControlTopic,
    Remedy,
    Row,
    Severity,
    Verdict,
)
from evidence.controls.engine import conclude, perform, run_tests
from evidence.controls.limits_in_words import fill_in_limits
from evidence.readers.coverage import coverage
from evidence.readers.pointer import Pointer
from evidence.readers.unreadable import MalformedEvidenceError
from evidence.records import Cause, Outcome, Scope, Target
from evidence.settings.model import SealedSettings
from tests.controls.statements import TODAY, attestation, exception, stated
from tests.support.bundles import ACCOUNT, ACCOUNT_TARGET, ORGANIZATION_TARGET, bundle_in_memory, gap

DAY = timedelta(days=1)
ITEM, RULES = "iam.mfa-devices", "config.rules"
US, EU = Target(Scope.REGION, ACCOUNT, "us-east-1"), Target(Scope.REGION, ACCOUNT, "eu-west-1")
OTHER = "210987654321"
MET, EXC, ACC, UNK, OUT = (
    Verdict.MET, Verdict.EXCEPTION, Verdict.ACCEPTED, Verdict.NOT_DETERMINED, Verdict.OUT_OF_SCOPE
)  # fmt: skip


def row(subject: str = "s", verdict: Verdict = EXC) -> Row:
    return Row(subject, ACCOUNT, verdict, "seen", "wanted", (Pointer("f", 1),))


def made(rows: Sequence[Row] = (), needs: tuple[str, ...] = (ITEM,), **changes) -> ControlTest:
    words = dict.fromkeys(("title", "risk", "procedure", "population", "attribute"), "x")
    test = ControlTest(
        topic=ControlTopic("x"),
        id="KEY-1",
        criteria=(),
        needs=needs,
        rule=lambda _: iter(rows),
        empty="There is none.",
        severity=Severity.MEDIUM,
        remedy=Remedy(console="Mend it."),
        **words,
    )
    return replace(test, **changes)


@pytest.mark.parametrize(
    ("verdicts", "missing", "sentence"),
    [
        ([], ["a."], "Evidence is missing: a."),
        ([], ["a."] * 2, "Evidence is missing: a, and 1 more."),
        ([MET], ["a."] * 3, "Evidence is missing: a, and 2 more."),
        ([UNK], ["a."], "Evidence is missing: a."),
        ([], ["It cannot be read."], "It cannot be read."),
        ([], ["a.", "It cannot be read."], "Evidence is missing: a, and 1 more."),
        ([UNK, MET, OUT], [], "The evidence of 1 of 2 inspected does not settle the matter."),
        ([UNK, UNK], [], "The evidence of 2 of 2 inspected does not settle the matter."),
    ],
)
def test_what_is_not_concluded_says_why(verdicts, missing, sentence) -> None:
    rows = count_rows(verdicts)
    said = conclude(made(), rows, missing, "It cannot be read.")
    assert said == (Conclusion.NOT_CONCLUDED, sentence)


NOT_SETTLED = "does not settle the matter."


@pytest.mark.parametrize(
    ("verdicts", "missing", "sentence"),
    [
        ([EXC], ["a."], "1 of 1 inspected does not meet the rule. Not complete: a."),
        ([EXC, MET], ["a."] * 3, "1 of 2 inspected does not meet the rule. Not complete: a, and 2 more."),
        ([EXC, ACC], ["a."],
         "2 of 2 inspected do not meet the rule, 1 of them accepted by management. Not complete: a."),
        ([ACC, OUT], ["a."],
         "1 of 1 inspected does not meet the rule, accepted by management. Not complete: a."),
        ([EXC], ["It cannot be read."],
         "1 of 1 inspected does not meet the rule. Not complete: It cannot be read."),
        ([UNK, EXC], [],
         f"1 of 2 inspected does not meet the rule. Not complete: the evidence of 1 member {NOT_SETTLED}"),
        ([UNK, EXC, UNK], [],
         f"1 of 3 inspected does not meet the rule. Not complete: the evidence of 2 members {NOT_SETTLED}"),
        ([UNK, EXC], ["a."], "1 of 2 inspected does not meet the rule. Not complete: a."),
    ],
)  # fmt: skip
def test_a_known_exception_is_not_hidden_by_a_hole(verdicts, missing, sentence) -> None:
    rows = count_rows(verdicts)
    assert conclude(made(), rows, missing, "It cannot be read.") == (Conclusion.EXCEPTIONS, sentence)


def test_an_accepted_exception_is_none_where_acceptance_meets_the_rule() -> None:
    said = conclude(made(met_by_acceptance=True), count_rows([ACC]), ["a."])
    assert said == (Conclusion.NOT_CONCLUDED, "Evidence is missing: a.")


@pytest.mark.parametrize(
    ("verdicts", "conclusion", "sentence"),
    [
        ([EXC, MET, OUT], "exceptions noted", "1 of 2 inspected does not meet the rule."),
        ([EXC, EXC], "exceptions noted", "2 of 2 inspected do not meet the rule."),
        ([MET, OUT], "no exceptions", "The one inspected meets the rule."),
        ([MET, MET], "no exceptions", "All 2 inspected meet the rule."),
        ([OUT], "not applicable", "There is none."),
    ],
)
def test_what_is_concluded_says_how_many(verdicts, conclusion, sentence) -> None:
    said = conclude(made(), count_rows(verdicts), ())
    assert said == (conclusion, sentence)


@pytest.mark.parametrize(
    ("verdicts", "sentence"), [([], "There is none."), ([OUT], "All are out."), ([OUT, OUT], "All are out.")]
)
def test_members_that_are_all_out_of_scope_are_not_none(verdicts, sentence) -> None:
    rows = count_rows(verdicts)
    assert conclude(made(outside="All are out."), rows, ()) == (Conclusion.NOT_APPLICABLE, sentence)


def test_words_are_filled_with_the_limits_in_force() -> None:
    settings = SealedSettings.model_validate(
        {
            "thresholds": {"root_lookback_days": 30, "accepted_administrator_roles": ("a", "b")},
            "sampling": {"table": ((5, 2), (50, 7)), "above": 11},
        }
    )
    assert fill_in_limits("{accepted_administrator_roles}", settings) == "a, b"
    assert fill_in_limits("{accepted_administrator_roles}", SealedSettings()) == "none"
    assert fill_in_limits("{lookback}", settings) == "the 30 days before the report was generated"
    assert fill_in_limits("{sample_sizes}", settings) == "up to 5: 2; up to 50: 7; above: 11"
    entity = {"period_start": "2026-07-01", "period_end": "2026-09-30"}
    period = SealedSettings.model_validate({"entity": entity})
    assert fill_in_limits("{lookback}", period) == "the audit period 2026-07-01 to 2026-09-30"


def test_the_result_counts_rows_by_verdict(tmp_path) -> None:
    rows = [row("a"), row("b"), row("c", MET), row("d", UNK), row("e", OUT), row("f", UNK), row("g", UNK)]
    bundle = bundle_in_memory({ITEM: {ACCOUNT_TARGET: []}})
    results = run_tests(bundle, [made(rows)], stated(tmp_path, [exception("KEY-1", "a")]))
    (found,) = results.tests
    counts = (found.population_size, found.inspected, found.exceptions, found.accepted, found.not_determined)
    assert counts == (6, 6, 1, 1, 3)
    assert (found.considered, found.out_of_scope, found.out_of_scope_why) == (7, 1, {"seen": 1})


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("CreateDate"), "member 'CreateDate' is missing"),
        (MalformedEvidenceError("5 is not a time"), "5 is not a time"),
        (TypeError(), "TypeError"),
    ],
)
def test_evidence_that_a_rule_cannot_read_says_what_is_wrong(error, said) -> None:
    def rule(verdict: Verdict) -> Iterator[Row]:
        yield row("first", verdict)
        raise error

    bundle = bundle_in_memory({ITEM: {ACCOUNT_TARGET: []}})
    sentence = f"The evidence is not in the documented form: {said}."
    found = perform(made(rule=lambda _: rule(MET)), bundle)
    assert (found.conclusion, found.complete) == ("not concluded", False)
    assert (found.reason, tuple(map(str, found.missing))) == (sentence, (sentence,))
    assert [one.subject for one in found.rows] == ["first"]
    known = perform(made(rule=lambda _: rule(EXC)), bundle)
    assert (known.conclusion, known.complete) == ("exceptions noted", False)
    assert tuple(map(str, known.missing)) == (sentence,)
    assert known.reason == f"1 of 1 inspected does not meet the rule. Not complete: {sentence}"


def test_criteria_come_from_the_settings_for_this_test_only() -> None:
    settings = SealedSettings(criteria={"KEY-1": ("CC9.9",), "ATT-1": ("CC1.1",)})
    bundle = bundle_in_memory(settings=settings)
    assert perform(made(), bundle).criteria == ("CC9.9",)
    assert perform(made(id="KEY-2", criteria=("CC6.1",)), bundle).criteria == ("CC6.1",)
    attested = perform(catalogue()["ATT-1"], bundle)
    assert (attested.id, attested.criteria, attested.conclusion) == ("ATT-1", ("CC1.1",), "not concluded")


def test_where_acceptance_is_inspected_it_meets_the_rule() -> None:
    rows = count_rows((MET, ACC))
    assert conclude(made(met_by_acceptance=True), rows, ()) == (
        Conclusion.NO_EXCEPTIONS,
        "All 2 inspected meet the rule, 1 of them because management accepted it.",
    )
    assert conclude(made(), rows, ())[0] is Conclusion.EXCEPTIONS
    assert conclude(made(met_by_acceptance=True), rows, ["a."])[1] == "Evidence is missing: a."


# What is missing


def missing_of(item: str = ITEM, **options) -> tuple[str, ...]:
    return tuple(map(str, coverage(bundle_in_memory(**options), (item,)).missing))


def test_gaps_say_target_cause_and_the_answer() -> None:
    records = {RULES: {}}
    gaps = [gap(RULES, US), gap(RULES, EU, Cause.THROTTLED)]
    gaps[1] = gaps[1].model_copy(update={"operation": ""})
    assert missing_of(RULES, records=records, gaps=gaps) == (
        f"{RULES} of {ACCOUNT} eu-west-1: {Cause.THROTTLED.value} (AccessDenied).",
        f"{RULES} of {ACCOUNT} us-east-1: {Cause.PERMISSION_MISSING.value} (config:List AccessDenied).",
    )
    silent = [gap(ITEM).model_copy(update={"error_code": ""})]
    assert missing_of(gaps=silent) == (f"{ITEM} of {ACCOUNT}: {Cause.PERMISSION_MISSING.value}.",)


def test_an_item_without_a_unit_is_missing_with_the_reason_that_the_run_gives() -> None:
    bundle = bundle_in_memory(gaps=[gap("iam.users"), gap(ITEM), gap(RULES, US)])
    bundle.__dict__["run"] = bundle.run.model_copy(update={"units": ()})
    cause = Cause.PERMISSION_MISSING.value
    assert tuple(map(str, coverage(bundle, (ITEM,)).missing)) == (
        f"{ITEM} of {ACCOUNT}: {cause} (iam:List AccessDenied).",
    )
    assert coverage(bundle, (ITEM,)).nothing
    assert tuple(map(str, coverage(bundle, ("iam.groups",)).missing)) == (
        "iam.groups is not part of this bundle.",
    )
    for reason, words in (("left out", "left out"), ("", "no unit of it was planned")):
        planned = [
            ItemScope.model_construct(item="iam.users", reason="another"),
            ItemScope.model_construct(item="iam.groups", reason=reason),
        ]
        bundle.__dict__["run"] = bundle.run.model_copy(update={"items": planned})
        said = tuple(map(str, coverage(bundle, ("iam.groups",)).missing))
        assert said == (f"iam.groups was not collected: {words}.",)


def test_a_target_that_nobody_planned_is_missing() -> None:
    records = {RULES: {US: []}}
    assert missing_of(RULES, records=records) == (
        f"{RULES} was not collected for {ACCOUNT} eu-west-1: no unit of it was planned there.",
    )
    options = {"records": {ITEM: {ACCOUNT_TARGET: []}}, "accounts": (ACCOUNT, OTHER)}
    covered = coverage(bundle_in_memory(**options), (ITEM,))
    assert tuple(map(str, covered.missing)) == (
        f"{ITEM} was not collected for {OTHER}: no unit of it was planned there.",
    )
    assert (covered.nothing, covered.targets) == (False, {Target(Scope.ACCOUNT, OTHER)})
    options["records"] = {RULES: {US: [], EU: []}}
    covered = coverage(bundle_in_memory(**options), (RULES,))
    assert tuple(map(str, covered.missing)) == (
        f"{RULES} was not collected for {OTHER}: it has no region in scope.",
    )
    assert covered.targets == {Target(Scope.ACCOUNT, OTHER)}
    options["records"] = {"organizations.organization": {ORGANIZATION_TARGET: []}}
    assert missing_of("organizations.organization", **options) == ()


def test_a_gap_counts_beside_a_unit_that_says_it_is_there() -> None:
    records = {ITEM: {ACCOUNT_TARGET: []}}
    assert tuple(map(str, coverage(bundle_in_memory(records), (ITEM,)).missing)) == ()
    bundle = bundle_in_memory(records)
    bundle.__dict__["gaps"] = (gap(ITEM),)
    cause = Cause.PERMISSION_MISSING.value
    assert tuple(map(str, coverage(bundle, (ITEM,)).missing)) == (
        f"{ITEM} of {ACCOUNT}: {cause} (iam:List AccessDenied).",
    )


@pytest.mark.parametrize("target", [None, ORGANIZATION_TARGET], ids=["no unit", "the organization"])
def test_no_rule_runs_over_nothing(target, tmp_path) -> None:
    item = "organizations.organization" if target else ITEM
    bundle = bundle_in_memory(gaps=[gap(item, target)] if target else [])
    found = perform(made([row()], needs=(item,)), bundle)
    assert (found.conclusion, found.rows, found.as_of) == ("not concluded", (), None)
    assert found.reason == f"Evidence is missing: {found.missing[0]}"
    results = run_tests(bundle, [made([row()], needs=(item,))], stated(tmp_path, [exception("KEY-1", "s")]))
    assert [entry.problem for entry in results.exception_findings] == ["matches nothing"]


def test_a_rule_runs_over_what_is_there() -> None:
    bundle = bundle_in_memory({RULES: {US: []}, ITEM: {ACCOUNT_TARGET: []}}, gaps=[gap(RULES, EU)])
    found = perform(made([row()], needs=(RULES, ITEM)), bundle)
    assert (found.conclusion, found.complete, len(found.rows)) == ("exceptions noted", False, 1)
    assert tuple(map(str, found.missing)) == (
        f"{RULES} of {ACCOUNT} eu-west-1: {Cause.PERMISSION_MISSING.value} (config:List AccessDenied).",
    )
    assert found.as_of == bundle.run.units[0].started


def test_a_missing_item_does_not_hide_another() -> None:
    bundle = bundle_in_memory({ITEM: {ACCOUNT_TARGET: []}}, gaps=[gap(RULES, US), gap(RULES, EU)])
    covered = coverage(bundle, ("iam.users", RULES, ITEM))
    assert len(covered.missing) == 3
    assert covered.nothing
    assert covered.targets == {US, EU}


def test_a_unit_that_is_a_gap_beside_one_that_is_there() -> None:
    bundle = bundle_in_memory({RULES: {US: [], EU: []}})
    units = tuple(
        unit.model_copy(update={"outcome": Outcome.GAP}) if unit.target.region == EU.region else unit
        for unit in bundle.run.units
    )
    bundle.__dict__["run"] = bundle.run.model_copy(update={"units": units})
    covered = coverage(bundle, (RULES,))
    assert tuple(map(str, covered.missing)) == (
        f"{RULES} of {ACCOUNT} eu-west-1 is recorded as a gap, without a reason.",
    )
    assert covered.targets == {EU}


# Management's entries


ACCEPTED = [
    ([exception("KEY-77", "a")], [MET], "There is no test KEY-77 that looks at a population."),
    ([exception("KEY-1", "s"), exception("KEY-1", "s", reason="")], [EXC],
     "Entry 1 names the same test and subject."),
    ([exception("KEY-1", "s", reason="", approver="")], [EXC], "It does not say: reason, approver."),
    ([exception("KEY-1", "s", expires_on=TODAY - DAY)], [EXC],
     f"It expired after {TODAY - DAY}; the evidence was collected on {TODAY}."),
    ([exception("KEY-1", "s", approved_on=TODAY + DAY)], [EXC],
     f"Approved on {TODAY + DAY}, after the evidence was collected on {TODAY}."),
    ([exception("KEY-1", "s")], [], ("The test has no rows: its evidence is missing, or its population is "
     "empty.")),
    ([exception("KEY-1", "t")], [EXC], "No row of the test has this subject."),
    ([exception("KEY-1", "s")], [UNK, MET, MET],
     "What it matches is no exception: met, not determined."),
    ([exception("KEY-1", "s", maximum_matches=2)], [EXC] * 3,
     "It matches 3 exceptions; its stated maximum is 2."),
]  # fmt: skip


@pytest.mark.parametrize(("entries", "verdicts", "sentence"), ACCEPTED)
def test_why_an_exception_is_not_accepted(entries, verdicts, sentence, tmp_path) -> None:
    bundle = bundle_in_memory({ITEM: {ACCOUNT_TARGET: []}})
    rows = [row(verdict=verdict) for verdict in verdicts]
    results = run_tests(bundle, [made(rows)], stated(tmp_path, exceptions=entries))
    (found,) = results.exception_findings
    assert (found.entry, found.subject, found.sentence) == (len(entries), entries[-1]["subject"], sentence)


def test_entries_that_together_accept_all_are_both_named(tmp_path) -> None:
    bundle = bundle_in_memory({ITEM: {ACCOUNT_TARGET: []}})
    entries = [
        exception("KEY-1", "a"),
        exception("KEY-1", "b"),
        exception("KEY-1", "[ab]", maximum_matches=2),
    ]
    results = run_tests(bundle, [made([row("b"), row("a")])], stated(tmp_path, exceptions=entries))
    (found,) = results.exception_findings
    assert (found.entry, found.sentence) == (3, "All that it matches is accepted by entry 1, 2.")


def test_an_entry_that_does_not_count_keeps_no_other_from_counting(tmp_path) -> None:
    bundle = bundle_in_memory({ITEM: {ACCOUNT_TARGET: []}})
    accepting = [exception("KEY-2", "s"), exception("KEY-1", "t"), exception("KEY-1", "s")]
    attesting = [attestation(name) for name in ("ATT-1", "ATT-1", "ATT-7", "ATT-2")]
    stating = stated(tmp_path, accepting, attesting)
    chosen = [made([row()]), catalogue()["ATT-1"], catalogue()["ATT-2"]]
    results = run_tests(bundle, chosen, stating)
    assert [entry.verdict for entry in results.tests[0].rows] == ["accepted"]
    assert [found.problem for found in results.exception_findings] == ["matches nothing"]
    assert [test.conclusion for test in results.tests[1:]] == ["attested", "attested"]
    assert [found.problem for found in results.attestation_findings] == ["duplicate", "unknown test"]
    assert results.tests[1].attestation is not None
    assert (results.tests[1].attestation.document, results.tests[1].attestation.document_sha256) == ("", "")


KNOWN = "ATT-1, ATT-2, ATT-3, ATT-4, ATT-5, ATT-6"
ATTESTED = [
    ([attestation("ATT-7")], (f"Management attests {KNOWN}; an id of one's own is ATT-X- and up to 18 "
     "capital letters, digits and hyphens.")),
    ([attestation("ATT-1"), attestation("ATT-1")], "Entry 1 attests the same."),
    ([attestation("ATT-1", statement="", attested_by="")], "It does not say: statement, attested_by."),
    ([attestation("ATT-X-A")], "It does not say: title, criteria."),
    ([attestation("ATT-1", document="a.png")], "The bundle holds no attachment a.png."),
    ([attestation("ATT-1", attested_on=TODAY + DAY)],
     f"Stated on {TODAY + DAY}, after the evidence was collected on {TODAY}."),
    ([attestation("ATT-1", valid_until=TODAY - DAY)],
     f"It was valid until {TODAY - DAY}; the evidence was collected on {TODAY}."),
]  # fmt: skip


@pytest.mark.parametrize(("entries", "sentence"), ATTESTED)
def test_why_an_attestation_does_not_count(entries, sentence, tmp_path) -> None:
    results = run_tests(bundle_in_memory(), None, stated(tmp_path, attestations=entries))
    (found,) = results.attestation_findings
    assert (found.entry, found.subject, found.sentence) == (len(entries), "", sentence)


def test_an_attested_test_has_no_population_and_tests_nothing(tmp_path) -> None:
    entries = [attestation("ATT-X-B", criteria=["CC6.2"]), attestation("ATT-X-B", title="Later")]
    results = run_tests(bundle_in_memory(), None, stated(tmp_path, attestations=entries))
    found = results.tests[-1]
    assert (found.id, found.title, found.topic) == (
        "ATT-X-B",
        "Untitled attestation",
        "Attested by management",
    )
    assert found.risk == "What management relies on and no API shows goes unexamined."
    assert found.procedure.endswith("What it states was not tested.")
    assert (found.population, found.attribute) == (
        "None: no API shows it", "A complete and valid statement of management",
    )  # fmt: skip
    assert found.limits == "An attestation is management's word. It is no evidence that the control works."
    assert found.reason == "An attestation was given and does not count. It does not say: title."
    counts = (found.population_size, found.inspected, found.exceptions, found.accepted, found.not_determined)
    assert counts == (0, 0, 0, 0, 0)
    assert (found.needs, found.uses, found.holes, found.as_of, found.rows, found.advisory) == (
        (), (), (), None, (), False,
    )  # fmt: skip
