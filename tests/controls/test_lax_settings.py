"""Settings that are laxer than the defaults are said aloud, with the conclusions that they changed."""

import copy
from typing import Any

import pytest

from evidence.controls.catalogue import catalogue
from evidence.controls.declaration import Conclusion, Family
from evidence.controls.engine import perform, run_tests
from evidence.controls.results import LaxSetting, Results
from evidence.controls.summary import table
from evidence.readers.evidence import Evidence
from evidence.settings.laxer import limits
from evidence.settings.limits import Laxer
from evidence.settings.model import REQUIRED_RULES, Sampling, SealedSettings, Thresholds, bounds
from tests.controls.statements import exception, stated
from tests.controls.world import KNOWN, US, World, good, key, password, row
from tests.corpus.config import CASES as CONFIG
from tests.support.bundles import ACCOUNT

OLD_KEY = row("svc-ledger", **key(1, 200, 1), mfa_active="true")
OLD_KEY_ARN = f"arn:aws:iam::{ACCOUNT}:user/svc-ledger"


def world(*users: dict[str, str], **settings: Any) -> World:
    made = good()
    names = {user["user"] for user in users}
    made.report = [one for one in made.report if one["user"] not in names] + list(users)
    made.options["settings"] = SealedSettings(**settings)
    return made


def results(made: World, *tests: str) -> Results:
    return run_tests(made.bundle(), [catalogue()[test] for test in tests] if tests else None)


def only(told: Results) -> LaxSetting:
    (one,) = told.lax_settings
    return one


def test_a_laxer_limit_names_value_default_tests_and_what_it_changed() -> None:
    told = only(results(world(OLD_KEY, thresholds=Thresholds(key_max_age_days=365)), "KEY-1", "USER-3"))
    assert (told.key, told.value, told.default) == ("thresholds.key_max_age_days", "365", "90")
    assert told.tests == ("KEY-1",)
    (changed,) = told.changed
    assert (changed.conclusion, changed.exceptions) == (Conclusion.NO_EXCEPTIONS, 0)
    assert (changed.default_conclusion, changed.default_exceptions) == (Conclusion.EXCEPTIONS, 1)
    assert (
        told.effect == "KEY-1: no exceptions (0 exceptions); with the default exceptions noted (1 exception)."
    )


def test_fewer_exceptions_of_the_same_conclusion_are_a_change() -> None:
    older = row("dormant", **key(1, 900, 1), mfa_active="true")
    told = only(results(world(OLD_KEY, older, thresholds=Thresholds(key_max_age_days=365)), "KEY-1"))
    assert (
        told.effect
        == "KEY-1: exceptions noted (1 exception); with the default exceptions noted (2 exceptions)."
    )


def test_a_laxer_limit_that_changes_nothing_says_so() -> None:
    told = only(results(world(thresholds=Thresholds(key_max_age_days=365)), "KEY-1"))
    assert (told.tests, told.changed, told.effect) == (("KEY-1",), (), "It changed no conclusion.")


def test_a_laxer_limit_that_no_test_asked_for_says_so() -> None:
    told = only(results(world(thresholds=Thresholds(key_max_age_days=365)), "PWD-1"))
    assert (told.tests, told.effect) == ((), "No test of this run asked for it.")


@pytest.mark.parametrize("stricter", [{"key_max_age_days": 30}, {"password_min_length": 20}, {}])
def test_stricter_values_and_defaults_are_not_listed(stricter: dict[str, int]) -> None:
    assert results(world(OLD_KEY, thresholds=Thresholds(**stricter))).lax_settings == ()


def test_an_old_grace_for_rules_of_config_is_laxer_and_changes_what_it_hid() -> None:
    """24 hours were the default once; a bundle sealed with them says so."""
    case = next(one for one in CONFIG if one.id == "CFG-3: no frequency, a second more")
    made = world(thresholds=Thresholds(config_evaluation_hours=24))
    made.records |= case.records
    told = only(run_tests(made.bundle(), [catalogue()["CFG-3"]]))
    assert (told.key, told.value, told.default) == ("thresholds.config_evaluation_hours", "24", "2")
    assert [one.test for one in told.changed] == ["CFG-3"]


def test_a_required_rule_left_out_is_told() -> None:
    told = only(results(world(thresholds=Thresholds(required_config_rules=("ACCESS_KEYS_ROTATED",)))))
    assert told.key == "thresholds.required_config_rules"
    assert {"CFG-2", "CFG-3", "CFG-4"} <= set(told.tests)


def test_a_smaller_sample_names_the_tests_that_rest_on_it() -> None:
    told = only(results(world(sampling=Sampling(above=3))))
    assert (told.key, told.value, told.default, told.compared) == ("sampling.above", "3", "40", False)
    assert {"SAMPLE", "PRIV-3"} <= set(told.tests)
    assert "looked at fewer roles than by the default" in told.effect


def test_a_test_taken_from_its_criterion_is_told() -> None:
    told = only(results(world(criteria={"KEY-1": ("CC6.3",), "KEY-2": ("CC6.1", "CC6.2", "CC9.9")}), "KEY-1"))
    assert (told.key, told.value) == ("criteria.KEY-1", "CC6.3")
    assert told.default == ", ".join(catalogue()["KEY-1"].criteria)
    assert told.effect == f"What KEY-1 concluded no longer weighs on {told.default}."


def test_no_setting_makes_a_test_of_reliability_serve_a_criterion() -> None:
    made = results(world(criteria={"IPE-1": ("CC6.1",)}), "IPE-1")
    assert (made.tests[0].family, made.tests[0].criteria) == (Family.RELIABILITY, ())
    assert made.lax_settings == ()


def test_the_default_is_tried_with_the_same_acceptances_and_finds_nothing_of_its_own(tmp_path) -> None:
    made = world(OLD_KEY, thresholds=Thresholds(key_max_age_days=365))
    given = stated(tmp_path, exceptions=[exception("KEY-1", OLD_KEY_ARN)])
    told = run_tests(made.bundle(), [catalogue()["KEY-1"]], given)
    assert [one.problem for one in told.exception_findings] == ["matches nothing"]
    (changed,) = only(told).changed
    assert (changed.exceptions, changed.default_exceptions) == (0, 1)


def test_settings_that_hide_only_together_are_told_together() -> None:
    """The rule is not required and the grace is long: taking back either of them alone changes nothing."""
    case = next(one for one in CONFIG if one.id == "CFG-3: no frequency, a second more")
    stale = {"config_evaluation_hours": 24, "required_config_rules": REQUIRED_RULES[1:]}
    made = world(thresholds=Thresholds(**stale))
    made.records |= copy.deepcopy(case.records)
    rules = made.records["config.rules"][US]
    for record in rules:
        if record["ConfigRule"]["Source"]["SourceIdentifier"] == "ACCESS_KEYS_ROTATED":
            record["ConfigRule"]["Source"]["SourceIdentifier"] = REQUIRED_RULES[0]
    alone, other, together = run_tests(made.bundle(), [catalogue()["CFG-3"]]).lax_settings
    assert [alone.changed, other.changed] == [(), ()]
    assert together.key == "thresholds.config_evaluation_hours and thresholds.required_config_rules"
    assert [one.test for one in together.changed] == ["CFG-3"]


EVERY_LAXER = {
    name: edges[0 if dict(limits())[f"thresholds.{name}"].laxer is Laxer.SMALLER else 1]
    for name, edges in bounds().items()
    if dict(limits())[f"thresholds.{name}"].laxer is not Laxer.NEITHER
}


@pytest.mark.parametrize("name", EVERY_LAXER)
def test_performed_again_is_as_if_the_bundle_had_been_sealed_so(name: str) -> None:
    """Nothing that is remembered of a bundle depends on a limit: else the comparison would be with itself."""
    users = (OLD_KEY, row("person", **password(300, 200, mfa=False)))
    plain = world(*users).bundle()
    lax = SealedSettings(thresholds=Thresholds(**{name: EVERY_LAXER[name]}))
    other = world(*users, thresholds=lax.thresholds).bundle()
    for test in catalogue().values():
        if not test.attested:
            perform(test, plain)
            again, sealed = perform(test, plain, settings=lax), perform(test, other)
            assert again.rows == sealed.rows, test.id
            assert again.conclusion == sealed.conclusion, test.id


PRINTED_ELSEWHERE = {
    ("CFG-3", "required_config_rules"): "CFG-2 prints them",
    ("CFG-4", "required_config_rules"): "CFG-2 prints them",
    ("USER-1", "owner_tag"): "its value is a column",
    **dict.fromkeys(
        (("JML-2", "owner_tag"), ("JML-3", "owner_tag"), ("JML-4", "owner_tag")), "JML-1 prints it"
    ),
    ("PRIV-2", "accepted_administrator_roles"): "of old bundles; a row names the list where it counts",
}


def test_every_limit_is_asked_for_by_some_test_that_prints_it() -> None:
    """A limit that a test reads stands in its words, and none is read in secret."""
    bundle, silent, asked = world(OLD_KEY).bundle(), set(), set()
    for test in catalogue().values():
        read: set[str] = set()
        perform(test, bundle, partners=KNOWN, limits=read)
        asked |= read
        words = " ".join((test.procedure, test.population, test.attribute))
        shown = words.replace("{lookback}", "{root_lookback_days}")
        silent |= {(test.id, name) for name in read if f"{{{name}}}" not in shown}
    assert silent == PRINTED_ELSEWHERE.keys()
    without_members = {"aggregator_update_hours", "unused_finding_days"}
    assert set(Thresholds.model_fields) - asked == without_members


def test_the_terminal_says_it() -> None:
    said = table(results(world(OLD_KEY, thresholds=Thresholds(key_max_age_days=365)), "KEY-1"))
    assert "Laxer than the default: thresholds.key_max_age_days = 365 (default 90)." in said
    assert "with the default exceptions noted (1 exception)" in said
    assert "Laxer" not in table(results(world(OLD_KEY), "KEY-1"))


def test_evidence_notes_what_is_asked(tmp_path) -> None:
    evidence = Evidence.whole(world().bundle())
    assert evidence.thresholds.unused_days == 90
    assert evidence.limits_read == {"unused_days"}


@pytest.mark.parametrize("days", [3651, 10**6, 10**12, 10**30])
@pytest.mark.parametrize("old", [30, 5000])
def test_a_sealed_limit_out_of_bounds_concludes_nothing_and_says_why(days: int, old: int) -> None:
    """Bundles from before there were bounds still open; what an endless limit lets pass is not passed."""
    aged = row("svc-ledger", **key(1, old, 1), mfa_active="true")
    made = results(world(aged, thresholds=Thresholds(key_max_age_days=days)), "KEY-1")
    (result,) = made.tests
    said = f"the limit thresholds.key_max_age_days is {days}, and must be a whole number from 1 to 3650"
    assert said in map(str, result.missing)
    assert not result.complete
    assert result.conclusion == ("not concluded" if old == 30 else "exceptions noted")
    assert "Python" not in result.reason
    assert [one.key for one in made.lax_settings] == ["thresholds.key_max_age_days"]


def test_of_a_limit_out_of_bounds_other_tests_know_nothing() -> None:
    made = results(world(thresholds=Thresholds(key_max_age_days=10**12)), "PWD-1")
    assert made.tests[0].complete
