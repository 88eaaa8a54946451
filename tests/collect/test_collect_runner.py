"""What the runner does for collectors, whatever they do to it."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from evidence.clock import system_clock
from evidence.collectors.base import Collector, RawFile
from evidence.errors import UsageError, WriteRefusedError
from evidence.records import Operation, Scope

SUMMARY = Operation("iam", "GetAccountSummary", list_key="SummaryMap")
DELETE = Operation("iam", "DeleteUser")


def item(name, collect, *, operations=(SUMMARY,), needs=(), scope=Scope.ACCOUNT) -> Collector:
    return Collector(
        item=f"test.{name}",
        title=f"Test {name}",
        scope=scope,
        operations=operations,
        blind_spots=("Everything.",),
        shape="anything",
        collect=collect,
        needs=needs,
    )


def good(ctx):
    ctx.call(SUMMARY)
    yield {"moment": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "b": "ü", "a": {"n": [1, None, True]}}


def test_records_are_sorted_utf8_lines_with_rfc3339_moments(run_collect, with_items) -> None:
    with_items(item("good", good))
    made = run_collect()
    assert made.read("123456789012/test/good.jsonl") == (
        '{"a":{"n":[1,null,true]},"b":"ü","moment":"2026-01-02T03:04:05.000Z"}\n'
    )


def breaks_half_way(ctx):
    yield {"first": 1}
    yield RawFile("bad.csv", b"half")
    ctx.call(SUMMARY)
    raise KeyError("Arn")


def bytes_in_a_record(ctx):
    yield {"content": b"raw"}


def half_a_character(ctx):
    yield {"name": "\ud800"}


def writes_elsewhere(ctx):
    yield RawFile("other.csv", b"x")


@pytest.mark.parametrize("bad", [breaks_half_way, bytes_in_a_record, half_a_character, writes_elsewhere])
def test_a_collector_that_fails_leaves_a_gap_and_no_file(run_collect, with_items, bad) -> None:
    with_items(item("bad", bad), item("good", good))
    made = run_collect()
    (gap,) = made.gaps
    assert gap["item"] == "test.bad"
    assert gap["cause"] in ("AWS answered with an error", "answer incomplete")
    assert not any("bad" in file or "other" in file for file in made.files())
    assert made.unit("test.good")["outcome"] == "collected"
    assert all(call["file"] == "" for call in made.calls if call["item"] == "test.bad")


DEVICES = Operation("iam", "ListVirtualMFADevices", list_key="VirtualMFADevices")


def test_a_collector_that_loses_a_member_leaves_a_gap(run_collect, with_items) -> None:
    """Its file would contradict the ledger, and no reader takes such a bundle."""

    def loses(ctx):
        yield from list(ctx.records(DEVICES, AssignmentStatus="Any"))[1:]

    with_items(replace(item("x", loses, operations=(DEVICES,)), item="iam.mfa-devices"), item("good", good))
    made = run_collect()
    (gap,) = made.gaps
    assert (gap["item"], gap["cause"]) == ("iam.mfa-devices", "answer incomplete")
    assert "counted in ListVirtualMFADevices" in gap["message"]
    assert "123456789012/iam/mfa-devices.jsonl" not in made.files()


def nothing(ctx):
    ctx.call(SUMMARY)
    yield from ()


def test_an_empty_answer_is_an_answer(run_collect, with_items) -> None:
    with_items(item("none", nothing))
    made = run_collect()
    assert made.gaps == []
    assert made.unit("test.none")["outcome"] == "empty"
    assert made.read("123456789012/test/none.jsonl") == ""


def test_files_stand_beside_the_records(run_collect, with_items) -> None:
    def collect(ctx):
        yield RawFile("report.csv", b"user,arn\n")
        yield {"GeneratedTime": "x"}

    with_items(item("report", collect))
    made = run_collect()
    assert made.unit("test.report")["files"] == [
        "123456789012/test/report.csv",
        "123456789012/test/report.jsonl",
    ]
    assert made.read("123456789012/test/report.csv") == "user,arn\n"


def test_an_undeclared_operation_ends_the_run_and_leaves_nothing(run_collect, with_items, tmp_path) -> None:
    def collect(ctx):
        yield from ctx.map(lambda one, name: one.call(DELETE, UserName=name), ["a", "b"])

    with_items(item("write", collect), item("good", good))
    with pytest.raises(WriteRefusedError, match="iam:DeleteUser"):
        run_collect()
    assert list((tmp_path / "out").iterdir()) == []


def test_parallel_work_keeps_order_nests_and_counts_depth(run_collect, with_items) -> None:
    def inner(ctx, number):
        ctx.call(SUMMARY)
        return number

    def outer(ctx, number):
        ctx.call(SUMMARY)
        return list(ctx.map(inner, range(number * 10, number * 10 + 5)))

    def collect(ctx):
        ctx.call(SUMMARY)
        for numbers in ctx.map(outer, range(12)):
            yield {"numbers": numbers}
        ctx.call(SUMMARY)

    with_items(item("map", collect))
    made = run_collect(settings={"collect": {"concurrency": 1}})
    lines = made.read("123456789012/test/map.jsonl").splitlines()
    assert lines == [f'{{"numbers":{[n * 10 + i for i in range(5)]}}}'.replace(" ", "") for n in range(12)]
    depths = [call["depth"] for call in made.calls if call["item"] == "test.map"]
    assert len(depths) == made.unit("test.map")["calls"] == 1 + 12 + 60 + 1
    assert sorted(set(depths)) == [2, 3, 4, 5], "first, outer, inner, last"


def test_never_more_calls_at_once_than_allowed(run_collect, with_items) -> None:
    def collect(ctx):
        for _ in ctx.map(lambda one, _: one.call(SUMMARY), range(12)):
            yield {}

    with_items(item("many", collect))
    made = run_collect(settings={"collect": {"concurrency": 2}}, clock=system_clock())
    spans = [(call["started"], call["finished"]) for call in made.calls]
    for start, _ in spans:
        assert sum(begin <= start < end for begin, end in spans) <= 2


def test_needs_come_first_with_records_and_digest(run_collect, with_items) -> None:
    seen = {}

    def collect(ctx):
        seen["records"] = list(ctx.needed("test.good"))
        seen["digest"] = ctx.digest_of("test.good")
        ctx.call(SUMMARY)
        yield {}

    with_items(item("after", collect, needs=("test.good",)), item("good", good))
    made = run_collect()
    assert seen["records"][0]["b"] == "ü"
    manifest = (made.folder / "manifest-sha256.txt").read_text()
    assert f"{seen['digest']}  data/123456789012/test/good.jsonl" in manifest
    depth = {call["item"]: call["depth"] for call in made.calls}
    assert depth["test.after"] == depth["test.good"] + 1


def test_an_undeclared_need_is_a_gap(run_collect, with_items) -> None:
    def collect(ctx):
        yield from ctx.needed("test.good")

    with_items(item("after", collect), item("good", good))
    assert [gap["item"] for gap in run_collect().gaps] == ["test.after"]


def test_an_account_item_may_need_a_regional_one_of_all_regions(run_collect, with_items) -> None:
    def regional(ctx):
        yield {"region": ctx.target.region}

    def collect(ctx):
        yield {"regions": sorted(record["region"] for record in ctx.needed("test.regional"))}

    with_items(item("regional", regional, scope=Scope.REGION), item("all", collect, needs=("test.regional",)))
    made = run_collect(settings={"aws": {"regions": ["us-east-1", "eu-west-1"]}})
    assert made.read("123456789012/test/all.jsonl") == '{"regions":["eu-west-1","us-east-1"]}\n'


def test_excluded_items_and_what_builds_on_them_are_recorded(run_collect, with_items) -> None:
    with_items(item("first", good), item("second", good, needs=("test.first",)), item("third", good))
    made = run_collect(settings={"collect": {"exclude": ["test.first"]}})
    reasons = {entry["item"]: entry["reason"] for entry in made.run["items"] if not entry["planned"]}
    assert reasons == {
        "test.first": "excluded by a setting",
        "test.second": "builds on test.first, which is excluded",
    }
    assert {unit["item"] for unit in made.run["units"]} == {"sts.caller", "account.regions", "test.third"}
    assert made.gaps == []


@pytest.mark.parametrize("name", ["test.nowhere", "account.regions", "sts.caller"])
def test_what_cannot_be_excluded(run_collect, with_items, name) -> None:
    with_items(item("good", good))
    with pytest.raises(UsageError, match=name):
        run_collect(settings={"collect": {"exclude": [name]}})


def test_waiting_beyond_the_deadline_is_a_gap_at_once(run_collect, with_items) -> None:
    def patient(ctx):
        ctx.call(SUMMARY)
        ctx.wait(3600)
        yield {}

    with_items(item("patient", patient), item("good", good))
    began = time.monotonic()
    made = run_collect(settings={"collect": {"deadline_seconds": 600}})
    assert [(gap["item"], gap["cause"]) for gap in made.gaps] == [("test.patient", "out of time")]
    assert time.monotonic() - began < 30


def test_one_page_of_several_is_not_taken_for_all(run_collect, with_items) -> None:
    details = Operation("iam", "GetAccountAuthorizationDetails", list_key="UserDetailList")

    def collect(ctx):
        yield from ctx.call(details, MaxItems=5)["UserDetailList"]

    with_items(item("short", collect, operations=(details,)), item("good", good))
    (gap,) = run_collect().gaps
    assert "more pages follow" in gap["message"]


def test_progress_is_told_to_the_end(run_collect, with_items) -> None:
    states = []

    class Told:
        def update(self, state) -> None:
            states.append(state)

    with_items(item("bad", breaks_half_way), item("good", good))
    made = run_collect(progress=Told())
    last = states[-1]
    assert (last.units_done, last.units_total, last.gaps) == (4, 4, 1)
    assert last.calls == len(made.calls) - 1, "the last question comes after"


def test_attachments_are_sealed_with_the_evidence(run_collect, with_items, tmp_path) -> None:
    from evidence.bundle import open_bundle
    from evidence.bundle.write.attachments import attach

    document = tmp_path / "mfa.png"
    document.write_bytes(b"picture")
    attach(
        document,
        tmp_path / "more",
        item="test.good",
        by="Ada",
        note="why",
        known={"test.good"},
        now=datetime(2026, 10, 1, tzinfo=UTC),
    )
    with_items(item("good", good))
    made = run_collect(attachments=tmp_path / "more")
    assert made.read("attachments/mfa.png") == "picture"
    assert open_bundle(made.folder).attachments[0].by == "Ada"


def test_two_runs_at_the_same_second_do_not_meet(run_collect, with_items) -> None:
    from evidence.errors import UsageError

    with_items(item("good", good))
    first = run_collect()
    with pytest.raises(UsageError, match="exists already"):
        run_collect()
    assert first.folder.is_dir()


def test_one_part_that_is_refused_takes_nothing_from_the_others(run_collect, with_items) -> None:
    """GetRole of nobody is refused; what ends the run for all parts alike is not a part's."""
    one = Operation("iam", "GetRole", list_key="Role")

    def collect(ctx):
        for name in ("nobody", "nobody-else"):
            refused = ctx.attempt(lambda child, name: child.call(one, RoleName=name), name)
            yield {"name": name, "code": refused.error_code, "cause": refused.cause.value}
        yield {"answered": ctx.attempt(lambda child, _: child.call(SUMMARY) is not None, "")}

    with_items(item("parts", collect, operations=(one, SUMMARY)))
    made = run_collect()
    assert made.gaps == []
    assert made.unit("test.parts")["records"] == 3


def test_the_run_s_own_deadline_is_no_part_s(run_collect, with_items) -> None:
    def collect(ctx):
        yield {"x": str(ctx.attempt(lambda child, seconds: child.wait(seconds), 3600))}

    with_items(item("patient", collect), item("good", good))
    made = run_collect(settings={"collect": {"deadline_seconds": 600}})
    assert [(gap["item"], gap["cause"]) for gap in made.gaps] == [("test.patient", "out of time")]
