"""The evidence about the evidence: reconciled, complete, read to the end, of its time."""

from datetime import timedelta
from typing import Any

import pytest

from evidence.bundle import Bundle
from evidence.bundle.format.models import CallRecord, Unit
from evidence.controls.catalogue import catalogue
from evidence.records import Outcome
from evidence.settings.model import SealedSettings, Thresholds
from tests.controls.world import ACCOUNT, ACCOUNT_TARGET, EU, NOW, Change, good, perform_in, row, stamp
from tests.controls.world_records import user
from tests.support.bundles import gap
from tests.support.rows import performed

MINUTE = timedelta(minutes=1)
HOURS_4 = 4 / 24
SECOND = 1 / 86_400


def figures(test: str, *changes: Change) -> tuple[str, list[tuple[str, str]]]:
    world = good()
    for change in changes:
        change(world)
    result = perform_in(world, test)
    return result.conclusion, [(entry.observed, entry.verdict) for entry in result.rows]


def test_three_figures_side_by_side() -> None:
    assert figures("IPE-1") == ("no exceptions", [("2 users", "met")] * 3)


def test_a_user_that_only_the_report_has() -> None:
    conclusion, rows = figures("IPE-1", lambda world: world.report.append(row("new")))
    assert conclusion == "exceptions noted"
    assert rows[1] == (f"3 users (only in the report: arn:aws:iam::{ACCOUNT}:user/new)", "exception")


def test_the_same_number_of_other_users() -> None:
    def swap(world) -> None:
        world.report[-1] = row("other")

    conclusion, rows = figures("IPE-1", swap)
    assert conclusion == "exceptions noted"
    assert "only in the details" in rows[1][0]


def test_a_summary_that_counts_otherwise() -> None:
    def count(world) -> None:
        world.records["iam.account-summary"][ACCOUNT_TARGET][0]["Users"] = 3

    conclusion, rows = figures("IPE-1", count)
    assert (conclusion, rows[2]) == ("exceptions noted", ("3 users", "exception"))


def test_a_user_that_only_the_details_have() -> None:
    def add(world) -> None:
        world.records["iam.authorization-details"][ACCOUNT_TARGET].append(user("new"))

    assert figures("IPE-1", add)[0] == "exceptions noted"


def with_run(bundle: Bundle, **members: Any) -> Bundle:
    bundle.__dict__["run"] = bundle.run.model_copy(update=members)
    return bundle


def units_of(bundle: Bundle, item: str, **members: Any) -> tuple[Unit, ...]:
    return tuple(unit.model_copy(update=members if unit.item == item else {}) for unit in bundle.run.units)


def problems(test: str, bundle: Bundle) -> list[tuple[str, str, str]]:
    result = performed(catalogue()[test], bundle)
    found = [
        (entry.subject, entry.region, entry.observed) for entry in result.rows if entry.verdict == "exception"
    ]
    assert result.conclusion == ("exceptions noted" if found else "no exceptions")
    return found


def test_a_planned_item_without_units() -> None:
    bundle = good().bundle()
    units = tuple(unit for unit in bundle.run.units if unit.item != "config.rules")
    said = "planned, and no unit of it was run"
    assert problems("IPE-4", with_run(bundle, units=units)) == [("config.rules", "", said)]


def test_a_region_without_its_unit() -> None:
    bundle = good().bundle()
    units = tuple(
        unit for unit in bundle.run.units if unit.target.target() != EU or unit.item != "config.rules"
    )
    said = "0 units where one belongs"
    assert problems("IPE-4", with_run(bundle, units=units)) == [("config.rules", "eu-west-1", said)]


def test_a_unit_that_stands_twice() -> None:
    bundle = good().bundle()
    twice = next(unit for unit in bundle.run.units if unit.item == "iam.mfa-devices")
    assert problems("IPE-4", with_run(bundle, units=(*bundle.run.units, twice))) == [
        ("iam.mfa-devices", "", "2 units where one belongs")
    ]


def test_a_gap_is_an_ending_if_it_is_named() -> None:
    world = good()
    del world.records["iam.mfa-devices"]
    world.options["gaps"] = [gap("iam.mfa-devices")]
    assert problems("IPE-4", world.bundle()) == []
    bundle = good().bundle()
    units = units_of(bundle, "iam.mfa-devices", outcome=Outcome.GAP)
    said = "ended as a gap that gaps.json does not name"
    assert problems("IPE-4", with_run(bundle, units=units)) == [("iam.mfa-devices", "", said)]


@pytest.mark.parametrize("files", [(), ("123456789012/iam/elsewhere.jsonl",)])
def test_what_was_collected_is_in_the_bundle(files) -> None:
    bundle = good().bundle()
    (problem,) = problems("IPE-4", with_run(bundle, units=units_of(bundle, "iam.mfa-devices", files=files)))
    assert problem[2].startswith("collected, but not in the bundle")


def call(seq: int, truncated: bool, **members: Any) -> CallRecord:
    return CallRecord(
        **{
            "seq": seq, "item": "iam.mfa-devices", "service": "iam", "operation": "ListVirtualMFADevices",
            "parameters": {"AssignmentStatus": "Any"}, "account": ACCOUNT, "region": "us-east-1",
            "request_id": "r", "status": 200, "attempts": 1, "started": NOW, "finished": NOW, "aws_date": NOW,
            "records": 100, "truncated": truncated, "depth": seq, "file": "", **members,
        }
    )  # fmt: skip


TOKEN = {"AssignmentStatus": "Any", "Marker": "sha256:0123456789abcdef"}
LISTED = ("iam.mfa-devices iam:ListVirtualMFADevices", "us-east-1", "AWS said that more pages follow")


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([call(1, False)], []),
        ([call(1, True), call(2, False, parameters=TOKEN)], []),
        ([call(1, True)], [LISTED]),
        ([call(1, True), call(2, True, parameters=TOKEN)], [LISTED]),
        ([call(1, True), call(2, False, parameters={"AssignmentStatus": "Assigned"})], [LISTED]),
        ([call(1, True), call(2, False, region="eu-west-1")], [LISTED]),
        ([call(1, True), call(2, False, operation="ListUsers")], [LISTED]),
        ([call(1, False), call(2, True, records=None)], []),
    ],
)
def test_series_of_calls(calls, expected) -> None:
    world = good()
    world.options["calls"] = calls
    bundle = world.bundle()
    assert problems("IPE-5", bundle) == expected
    if expected:
        result = performed(catalogue()["IPE-5"], bundle)
        assert any(
            entry.pointers[0].file == "calls.jsonl" and entry.pointers[0].line for entry in result.rows
        )


def test_an_empty_ledger_shows_nothing() -> None:
    world = good()
    world.options["calls"] = []
    assert perform_in(world, "IPE-5").conclusion == "not concluded"


def generated(days: float) -> Change:
    return lambda world: world.records["iam.credential-report"][ACCOUNT_TARGET][0].update(
        GeneratedTime=stamp(days)
    )


@pytest.mark.parametrize(
    ("days", "conclusion"),
    [
        (HOURS_4, "no exceptions"),
        (HOURS_4 + SECOND, "exceptions noted"),
        (-5 * SECOND, "no exceptions"),
        (-6 * SECOND, "exceptions noted"),
    ],
)
def test_the_report_s_age(days: float, conclusion: str) -> None:
    assert figures("IPE-6", generated(days))[0] == conclusion


def test_the_report_s_age_is_a_setting() -> None:
    settings = SealedSettings(thresholds=Thresholds(credential_report_hours=1))
    change = lambda world: world.options.update(settings=settings)  # noqa: E731
    assert figures("IPE-6", change, generated(2 / 24))[0] == "exceptions noted"


@pytest.mark.parametrize(
    "members",
    [{"started": NOW - MINUTE}, {"finished": NOW + MINUTE}, {"started": NOW + MINUTE, "finished": NOW}],
)
def test_a_unit_outside_the_run(members) -> None:
    bundle = good().bundle()
    (problem,) = problems("IPE-6", with_run(bundle, units=units_of(bundle, "iam.mfa-devices", **members)))
    assert problem[0] == "iam.mfa-devices"


@pytest.mark.parametrize(
    ("member", "subject"), [("Groups", "groups"), ("Roles", "roles"), ("Policies", "policies")]
)
def test_counts_that_differ(member: str, subject: str) -> None:
    world = good()
    world.records["iam.account-summary"][ACCOUNT_TARGET][0][member] += 1
    (problem,) = problems("IPE-2", world.bundle())
    assert problem[0] == subject


def test_another_caller_at_the_end() -> None:
    bundle = good().bundle()
    start = bundle.run.caller_start
    session = start.model_copy(update={"user_id": "AROAEXAMPLEEVIDENCE00:later"})
    assert problems("IPE-8", with_run(bundle, caller_end=session)) == []
    other = start.model_copy(update={"arn": "arn:aws:iam::123456789012:user/somebody"})
    assert len(problems("IPE-8", with_run(bundle, caller_end=other))) == 1
    assert performed(catalogue()["IPE-8"], with_run(bundle, caller_end=None)).conclusion == "not concluded"


@pytest.mark.parametrize(
    ("regions", "expected"),
    [(("us-east-1", "eu-west-1"), []), (("us-east-1",), ["eu-west-1"])],
)
def test_an_enabled_region_that_was_not_collected(regions, expected) -> None:
    world = good()
    for by_target in world.records.values():
        by_target.pop(EU, None) if "eu-west-1" not in regions else None
    world.options["regions"] = regions
    bundle = world.bundle()
    assert [subject for subject, _, _ in problems("IPE-9", bundle)] == expected
    rows = performed(catalogue()["IPE-9"], bundle).rows
    assert [entry.subject for entry in rows if entry.verdict == "out of scope"] == ["af-south-1"]


def made(name: str, days: float) -> Change:
    """A user that the authorization details have and the report has not, created so many days ago."""
    return lambda world: world.records["iam.authorization-details"][ACCOUNT_TARGET].append(
        user(name, CreateDate=stamp(days))
    )


def noted(*changes: Change) -> list[tuple[str, str, str]]:
    world = good()
    for change in changes:
        change(world)
    result = perform_in(world, "IPE-1")
    assert result.conclusion == "exceptions noted"
    return [(row.verdict.value, row.attributes["difference"], row.note) for row in result.rows]


def test_a_user_created_during_the_run_is_an_explained_difference() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:user/new"
    _, report, summary = noted(generated(2 / 24), made("new", 1 / 24))
    said = f"{arn} was created at 2026-10-01 05:00:00Z, after the report of 2026-10-01 04:00:00Z."
    assert report == ("exception", "-1", said)
    assert summary[:2] == ("exception", "-1")
    assert "Likely causes" in summary[2]


def test_a_user_created_before_the_report_is_not_explained() -> None:
    _, report, _ = noted(generated(1 / 24), made("new", 1 / 24))
    assert report[2].startswith("not explained by its times")
    assert "Likely causes" in report[2]


def test_a_user_created_after_the_summary_was_asked_for() -> None:
    _, _, summary = noted(made("new", -SECOND))
    assert summary == (
        "exception",
        "-1",
        "1 user created after the summary was asked for at 2026-10-01 06:00:00Z.",
    )


def test_a_user_that_only_an_older_report_has_was_deleted_or_lags() -> None:
    _, report, _ = noted(generated(1 / 24), lambda world: world.report.append(row("gone")))
    assert "was deleted after the report of 2026-10-01 05:00:00Z, or the details lag" in report[2]


def device(name: str, user: str = "") -> dict[str, Any]:
    arn = f"arn:aws:iam::{ACCOUNT}:{user}"
    return {"SerialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/{name}"} | ({"User": {"Arn": arn}} if user else {})


def counting(figure: int, *devices: dict[str, Any]) -> Change:
    def change(world) -> None:
        world.records["iam.account-summary"][ACCOUNT_TARGET][0]["MFADevicesInUse"] = figure
        world.records["iam.mfa-devices"][ACCOUNT_TARGET] = list(devices)

    return change


@pytest.mark.parametrize(
    ("change", "conclusion"),
    [
        (counting(1), "exceptions noted"),
        (counting(2), "no exceptions"),
        (counting(3), "no exceptions"),
        (counting(4), "exceptions noted"),
        (counting(4, device("a", "user/dormant"), device("b", "user/dormant")), "no exceptions"),
        (counting(3, device("a", "root"), device("unassigned")), "no exceptions"),
        (counting(4, device("a", "root"), device("b", "root")), "no exceptions"),
        (counting(3, device("a", "user/stranger")), "exceptions noted"),
        (counting(3, {"User": {"Arn": "x"}}), "not concluded"),
    ],
)
def test_mfa_devices_are_reconciled(change: Change, conclusion: str) -> None:
    world = good()
    change(world)
    assert perform_in(world, "IPE-3").conclusion == conclusion


@pytest.mark.parametrize(
    ("aws", "conclusion"),
    [
        (-6, "no exceptions"),
        (-6.001, "exceptions noted"),
        (0, "no exceptions"),
        (8, "no exceptions"),
        (8.001, "exceptions noted"),
        (None, "not concluded"),
    ],
)
def test_the_clock_s_distance_from_the_time_of_the_request(aws, conclusion) -> None:
    world = good()
    date = None if aws is None else NOW + timedelta(seconds=aws)
    world.options["calls"] = [call(1, False, aws_date=date, finished=NOW + timedelta(seconds=2))]
    result = perform_in(world, "IPE-7")
    assert result.conclusion == conclusion, result.rows
    assert result.rows[0].pointers[0].file == "calls.jsonl"


def test_the_clock_s_limit_is_a_setting() -> None:
    world = good()
    world.options["settings"] = SealedSettings(thresholds=Thresholds(clock_skew_seconds=60))
    world.options["calls"] = [call(1, False, aws_date=NOW + 1.01 * MINUTE), call(2, False)]
    assert perform_in(world, "IPE-7").rows[0].observed == "59.6 seconds at most over 2 of 2 answers"
