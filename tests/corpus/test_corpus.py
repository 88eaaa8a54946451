"""Every labelled case, performed on a real bundle; and every test of controls has enough of them."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from evidence.controls.catalogue import catalogue
from evidence.controls.results import TestResult
from evidence.readers.credential_report import ADDITIONAL, COLUMNS
from evidence.settings.model import Entity, SealedSettings, Thresholds
from tests.controls import (
    test_analyzer,
    test_config,
    test_config_agreement,
    test_credentials,
    test_identity,
    test_identity_access,
    test_policy_questions,
    test_privilege,
    test_role_use,
    test_service_accounts,
    test_trust,
)
from tests.controls.world import IAM, REPORT_FILE, ROOT, World, good
from tests.corpus.labelled import Case, labelled_modules
from tests.support.rows import performed

CASES: tuple[Case, ...] = tuple(case for module in labelled_modules() for case in module.CASES)
ENOUGH = 10

# Labelled with conclusions, beside the tests of their topic; counted here, not repeated.
TABLES = (
    *test_analyzer.CASES, *test_config.CASES, *test_credentials.CASES, *test_identity.CASES,
    *test_identity_access.CASES, *test_privilege.CASES, *test_role_use.CASES,
    *test_policy_questions.SCP_CASES,
    *(("MFA-2", case[1]) for case in test_policy_questions.MFA_CASES),
    *(("PRIV-3", case[1]) for case in test_policy_questions.REACH_CASES),
    *(("TRUST-1", case[1]) for case in test_trust.CASES.values()),
    *(("CFG-5", *case) for case in test_config_agreement.CASES),
    *(("USER-2", *case) for case in test_service_accounts.CASES),
    *(("ROOT-5", *case) for case in test_service_accounts.ROOT_CASES),
)  # fmt: skip


def world_of(case: Case) -> World:
    world = good(case.test)
    for item, records in case.records.items():
        before = world.records.get(item, {})
        world.records[item] = before | (
            dict(records) if isinstance(records, dict) else {next(iter(before)): list(records)}
        )
    if case.report is not None:
        rows = [dict(row) for row in case.report]
        report = rows if any(row["user"] == ROOT["user"] for row in rows) else [dict(ROOT), *rows]
        world.options["files"] = {REPORT_FILE: csv_bytes(report)}
    if case.thresholds or case.entity:
        world.options["settings"] = SealedSettings(
            thresholds=Thresholds(**case.thresholds), entity=Entity(**case.entity)
        )
    for gap in case.gaps:
        world.records.pop(gap.item, None)
    return world


def csv_bytes(rows: Sequence[Mapping[str, str]]) -> bytes:
    """The report as AWS writes it: names with commas in quotes; the newer layout where a row needs it."""
    text = io.StringIO()
    layout = (*COLUMNS, ADDITIONAL) if any(ADDITIONAL in entry for entry in rows) else COLUMNS
    writer = csv.DictWriter(text, layout, restval="N/A", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def verdicts(result: TestResult) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in result.rows:
        found.setdefault(row.subject.removeprefix(f"{IAM}:"), []).append(row.verdict.value)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_answer_is_right(case: Case) -> None:
    world = world_of(case)
    world.options |= {"gaps": list(case.gaps), **case.options}
    bundle = world.bundle()
    if case.run:
        bundle.__dict__["run"] = bundle.run.model_copy(update=dict(case.run(bundle.run)))
    result = performed(catalogue()[case.test], bundle, case.known)
    found = verdicts(result)
    right = {subject: [said] if isinstance(said, str) else list(said) for subject, said in case.rows.items()}
    answer = result.conclusion, {subject: found.get(subject) for subject in right}
    assert answer == (case.conclusion, right), result.reason
    weighed = {row.subject.removeprefix(f"{IAM}:"): row.severity for row in result.rows}
    assert {subject: weighed[subject] for subject in case.severities} == case.severities
    others = {verdict for subject in found.keys() - right.keys() for verdict in found[subject]}
    assert others <= (set() if case.only else {"met", "out of scope", "not selected"})


def test_names_tell_cases_apart() -> None:
    assert [name for name, count in Counter(case.id for case in CASES).items() if count > 1] == []


@pytest.mark.parametrize("test", [test for test in catalogue() if not test.startswith("ATT")])
def test_every_test_has_cases_enough(test: str) -> None:
    conclusions = [str(case.conclusion) for case in CASES if case.test == test]
    conclusions += [str(case[1]) for case in TABLES if case[0] == test]
    assert len(conclusions) >= ENOUGH
    assert {"no exceptions", "exceptions noted"} <= set(conclusions), "both sides"
