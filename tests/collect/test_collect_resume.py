"""A run that stopped goes on where it stopped, keeps what is certain, and says that it had two parts."""

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from evidence.bundle import open_bundle
from evidence.bundle.format.chain import follow_digest
from evidence.bundle.verify.bundle import check_bundle
from evidence.clock import frozen_clock, shifted_clock
from evidence.collect import access
from evidence.collect import run as running
from evidence.collect.header import RunHeader
from evidence.collect.jobs import JobFolder
from evidence.collectors.base import Collector
from evidence.controls.declaration import Conclusion
from evidence.controls.engine import catalogue, perform
from evidence.errors import CredentialsError, EvidenceError, RunPausedError, StorageError, UsageError
from evidence.records import Operation, Scope
from tests.aws_server.faults import Fault
from tests.collect.collect_support import ACCOUNT, NOW, Collected, job_of, staging

SUMMARY = Operation("iam", "GetAccountSummary", list_key="SummaryMap")
FILE = f"{ACCOUNT}/iam/account-summary.jsonl"
REGIONS = f"{ACCOUNT}.regions"


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Callable[[Path, str, Callable[[], object]], Path]:
    """What a run left that stopped, collected once and copied for each test that goes on with it."""
    folder = tmp_path_factory.mktemp("kept")

    def copy(out: Path, name: str, stop: Callable[[], object]) -> Path:
        if not (folder / name).exists():
            stop()
            shutil.copytree(out, folder / name, symlinks=True)
        else:
            shutil.copytree(folder / name, out, symlinks=True)
        return staging(out)

    return copy


@pytest.fixture
def paused(run_collect, with_items, kept, tmp_path) -> Path:
    """A run that was interrupted: of its account's job some units have ended, others not."""
    stop = [True]

    def late(ctx):
        yield {"first": 1}
        ctx.call(SUMMARY)
        if stop[0]:
            raise KeyboardInterrupt
        yield {"second": 2}

    one = Collector("test.late", "Late", Scope.ACCOUNT, (SUMMARY,), ("Everything.",), "any", late,
                    needs=("iam.account-summary", "config.recorders"))  # fmt: skip
    with_items("iam.account-summary", "config.recorders", one)

    def interrupt() -> None:
        with pytest.raises(KeyboardInterrupt):
            run_collect()

    left = kept(tmp_path / "out", "paused", interrupt)
    stop[0] = False
    return left


@pytest.fixture
def stop_at_the_end(monkeypatch) -> Callable[[], None]:
    """Have a run pause when all its jobs are whole: the caller's credentials are not taken any more."""
    plain = access.identify

    def expired(*_: object) -> None:
        monkeypatch.setattr(access, "identify", plain)
        raise CredentialsError("The AWS credentials have expired.")

    return lambda: monkeypatch.setattr(access, "identify", expired)


@pytest.fixture
def whole(run_collect, with_items, stop_at_the_end, kept, tmp_path) -> Path:
    """A run whose jobs are all whole, and which is not sealed."""
    with_items("iam.account-summary", "config.recorders")

    def expire() -> None:
        stop_at_the_end()
        with pytest.raises(RunPausedError, match="expired"):
            run_collect()

    return kept(tmp_path / "out", "whole", expire)


def later(run_collect, **more) -> Collected:
    return run_collect(resume=True, clock=frozen_clock(NOW + timedelta(hours=1)), **more)


def units_of_parts(made: Collected) -> list[int]:
    return [part["units"] for part in made.run["parts"]]


def assert_sound(made: Collected) -> None:
    assert check_bundle(made.folder, now=NOW + timedelta(days=1)).findings == ()
    assert [call["seq"] for call in made.calls] == list(range(1, len(made.calls) + 1))
    assert sum(units_of_parts(made)) == len(made.run["units"])
    for test in ("IPE-4", "IPE-5", "IPE-8"):
        assert conclusion_of(test, made) is Conclusion.NO_EXCEPTIONS, test


def conclusion_of(test: str, made: Collected) -> Conclusion:
    return perform(catalogue()[test], open_bundle(made.folder)).conclusion


def test_what_has_ended_is_kept_and_the_rest_starts_again(run_collect, paused, watched) -> None:
    inode = (job_of(paused) / "data" / FILE).stat().st_ino
    made = later(run_collect)
    assert made.folder.name == "evidence-123456789012-20261001T060000Z"
    assert (made.folder / "data" / FILE).stat().st_ino == inode, "moved, never copied"
    assert made.read(f"{ACCOUNT}/test/late.jsonl").splitlines() == ['{"first":1}', '{"second":2}']
    assert list(made.folder.parent.iterdir()) == [made.folder]
    late = [call["file"] for call in made.calls if call["item"] == "test.late"]
    assert late == ["", f"{ACCOUNT}/test/late.jsonl"], "the first part's call fed nothing"
    assert made.unit("test.late")["calls"] == 1
    assert [call["item"] for call in made.calls][-1] == "sts.caller"
    first, second = made.run["parts"]
    assert first["started"] == made.run["started"] == "2026-10-01T06:00:00Z"
    assert second["started"] == "2026-10-01T07:00:00Z"
    assert second["units"] == 1
    assert sorted(watched.asked) == [("iam", "GetAccountSummary"), *[("sts", "GetCallerIdentity")] * 2]
    assert_sound(made)


def test_nothing_is_asked_again_when_all_jobs_are_whole(run_collect, whole, watched) -> None:
    made = later(run_collect)
    assert set(watched.asked) == {("sts", "GetCallerIdentity")}
    assert units_of_parts(made) == [len(made.run["units"]), 0]
    assert_sound(made)


def test_a_job_that_lacks_nothing_but_its_name_is_kept(run_collect, with_items, watched, monkeypatch) -> None:
    def stop(_: object) -> None:
        raise KeyboardInterrupt

    with_items("iam.account-summary", "config.recorders")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(JobFolder, "complete", stop)
        run_collect()
    names, plain = [], running.seal

    def seal(asked, begun, *more, **named) -> Path:
        names.extend(folder.name for folder in begun.jobs.iterdir())
        return plain(asked, begun, *more, **named)

    monkeypatch.setattr(running, "seal", seal)
    made = later(run_collect)
    assert sorted(names) == [ACCOUNT, REGIONS]
    assert watched.count("ListRegions") == 1
    assert len(made.calls) == len(watched.asked)
    assert_sound(made)


PATIENT = {"thresholds": {"clock_skew_seconds": 600}}
"""The second part asks a server whose clock starts anew."""


def test_evidence_of_two_parts_is_of_its_time(run_collect, with_items, stop_at_the_end) -> None:
    with_items("iam.credential-report", "iam.account-summary", "iam.mfa-devices", "iam.authorization-details")
    stop_at_the_end()
    clock = shifted_clock(NOW)  # the server's does not stand still
    with pytest.raises(RunPausedError):
        run_collect(clock=clock, settings=PATIENT)
    made = run_collect(resume=True, clock=clock, settings=PATIENT)
    for test in ("IPE-6", "IPE-7"):
        assert conclusion_of(test, made) is Conclusion.NO_EXCEPTIONS, test
    assert_sound(made)


def test_it_can_be_resumed_again_and_again(run_collect, paused, stop_at_the_end) -> None:
    stop_at_the_end()
    with pytest.raises(RunPausedError):
        later(run_collect)
    made = later(run_collect)
    late = [call["file"] for call in made.calls if call["item"] == "test.late"]
    assert late == ["", f"{ACCOUNT}/test/late.jsonl"], "a call whose unit started again never feeds it"
    assert units_of_parts(made) == [len(made.run["units"]) - 1, 1, 0]
    assert_sound(made)


def linked(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


def linked_folder(path: Path) -> None:
    """The same content, elsewhere: sealing would move the link alone."""
    elsewhere = path.parents[5] / "elsewhere"
    shutil.move(path.parent, elsewhere)
    path.parent.symlink_to(elsewhere)


DAMAGE: dict[str, Callable[[Path], Any]] = {
    "changed": lambda path: path.write_text("{}\n"),
    "deleted": lambda path: path.unlink(),
    "linked": linked,
    "folder linked": linked_folder,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_file_that_is_not_what_was_written_is_collected_again(run_collect, paused, damage) -> None:
    damage(job_of(paused) / "data" / FILE)
    made = later(run_collect)
    assert units_of_parts(made)[1] == 2, "the file's unit, and the one that had not ended"
    assert not any(path.is_symlink() for path in made.folder.rglob("*"))
    assert_sound(made)


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_whole_job_with_such_a_file_starts_again(run_collect, whole, damage) -> None:
    damage(job_of(whole) / "data" / FILE)
    made = later(run_collect)
    assert units_of_parts(made) == [1, len(made.run["units"]) - 1], "the list of regions is a job of its own"
    given_up = [call for call in made.calls if call["file"] == ""]
    assert {call["item"] for call in given_up} == {"iam.account-summary", "config.recorders", "sts.caller"}
    assert_sound(made)


def test_files_that_nobody_wrote_do_not_come_along(run_collect, paused, tmp_path) -> None:
    for folder in (job_of(paused) / "data", paused / "bag.partial/data"):
        (folder / ACCOUNT / "iam").mkdir(parents=True, exist_ok=True)
        (folder / ACCOUNT / "iam/planted.jsonl").write_text('{"UserName":"nobody"}\n')
    (paused / "bag.partial/seal").mkdir()
    (paused / "bag.partial/seal/forged.p7s").write_bytes(b"x")
    (paused / "jobs/planted").write_text("x")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/kept").write_text("x")
    (paused / "jobs/999999999999").mkdir()
    (paused / "jobs/999999999999/data").symlink_to(tmp_path / "mine")
    made = later(run_collect)
    assert not any("planted" in file or "kept" in file for file in made.files())
    assert not (made.folder / "seal/forged.p7s").exists()
    assert (tmp_path / "mine/kept").exists()
    assert_sound(made)


def test_a_payload_that_is_a_link_is_not_followed(run_collect, paused, tmp_path) -> None:
    data = job_of(paused) / "data"
    shutil.move(data, tmp_path / "mine")
    (tmp_path / "mine/kept").write_text("x")
    data.symlink_to(tmp_path / "mine")
    assert_sound(later(run_collect))
    assert (tmp_path / "mine/kept").exists()


def drop_unit(record: dict[str, Any]) -> None:
    record["units"] = [one for one in record["units"] if one["unit"]["item"] != "iam.account-summary"]


def leave_region_out(record: dict[str, Any]) -> None:
    record["regions"][0]["in_scope"] = not record["regions"][0]["in_scope"]


def without_files(record: dict[str, Any]) -> None:
    for one in record["units"]:
        one["files"], one["unit"]["files"] = {}, []


def gap_of_another(record: dict[str, Any]) -> None:
    (one, *_) = [one for one in record["units"] if one["unit"]["item"] == "iam.account-summary"]
    one["files"], one["unit"]["files"], one["unit"]["records"] = {}, [], 0
    one["unit"]["outcome"] = "gap"
    one["gap"] = {
        "item": "config.recorders", "target": one["unit"]["target"], "cause": "permission missing",
        "operation": "", "error_code": "", "message": "", "effect": "",
    }  # fmt: skip


def called_empty(record: dict[str, Any]) -> None:
    for one in record["units"]:
        one["unit"]["outcome"] = "empty"


def of_a_later_part(record: dict[str, Any]) -> None:
    for one in record["units"]:
        one["part"] = 7


def without_gap(record: dict[str, Any]) -> None:
    for one in record["units"]:
        one["unit"]["outcome"] = "gap"


EDITS: dict[str, tuple[str, Callable[[dict[str, Any]], None]]] = {
    "a unit removed": (ACCOUNT, drop_unit),
    "a region left out": (REGIONS, leave_region_out),
    "files not named": (ACCOUNT, without_files),
    "files of the list of regions not named": (REGIONS, without_files),
    "a gap without a gap": (ACCOUNT, without_gap),
    "a gap of another unit": (ACCOUNT, gap_of_another),
    "records of a unit that is empty": (ACCOUNT, called_empty),
    "a part that has not been": (ACCOUNT, of_a_later_part),
    "a member nobody knows": (ACCOUNT, lambda record: record.update(more=1)),
}


@pytest.mark.parametrize(("name", "edit"), EDITS.values(), ids=EDITS)
def test_a_record_that_does_not_tell_what_was_planned_counts_for_nothing(
    run_collect, whole, name, edit
) -> None:
    path = job_of(whole, name) / "job.json"
    record = json.loads(path.read_text())
    edit(record)
    path.write_text(json.dumps(record))
    made = later(run_collect)
    again = len(made.run["units"]) - (name == ACCOUNT)  # whose regions start again starts again as well
    assert units_of_parts(made)[1] == again
    assert made.gaps == []
    assert_sound(made)


@pytest.mark.parametrize("name", [ACCOUNT, REGIONS])
@pytest.mark.parametrize("left", [0, 1, 200])
def test_a_record_cut_short_counts_for_nothing(run_collect, whole, name, left) -> None:
    path = job_of(whole, name) / "job.json"
    path.write_bytes(path.read_bytes()[:left])
    made = later(run_collect)
    assert units_of_parts(made)[1] == len(made.run["units"]) - (name == ACCOUNT)
    assert_sound(made)


def test_a_unit_missing_from_a_paused_job_takes_along_what_builds_on_it(run_collect, with_items, tmp_path):
    """Else a file would rest on another that was collected anew."""
    stop = [True]

    def first(ctx):
        yield {"first": ctx.call(SUMMARY) is not None}

    def second(ctx):
        yield from ctx.needed("test.first")

    def third(ctx):
        if stop[0]:
            raise KeyboardInterrupt
        yield from ctx.needed("test.second")

    def item(name, collect, *needs):
        blind = ("Everything.",)
        return Collector(f"test.{name}", name, Scope.ACCOUNT, (SUMMARY,), blind, "any", collect, needs=needs)

    with_items(
        item("first", first),
        item("second", second, "test.first"),
        item("third", third, "test.second", "account.regions", "sts.caller"),  # last: it stops the run
    )
    with pytest.raises(KeyboardInterrupt):
        run_collect()
    stop[0] = False
    path = job_of(staging(tmp_path / "out")) / "job.json"
    record = json.loads(path.read_text())
    record["units"] = [one for one in record["units"] if one["unit"]["item"] != "test.first"]
    path.write_text(json.dumps(record))
    assert units_of_parts(later(run_collect))[1] == 3


def test_what_other_settings_would_not_plan_is_not_kept(run_collect, paused) -> None:
    """A paused job tells of a region that there is not: nothing of that gets into the bundle."""
    path = job_of(paused) / "job.json"
    record = json.loads(path.read_text())
    (one, *_) = [one for one in record["units"] if one["unit"]["item"] == "config.recorders"]
    text = json.dumps(one).replace(one["unit"]["target"]["region"], "moon-1")
    record["units"].append(json.loads(text))
    file = job_of(paused) / "data" / ACCOUNT / "moon-1/config/recorders.jsonl"
    file.parent.mkdir(parents=True)
    file.write_bytes((job_of(paused) / "data" / one["unit"]["files"][0]).read_bytes())
    path.write_text(json.dumps(record))
    made = later(run_collect)
    assert not any("moon-1" in file for file in made.files())
    assert_sound(made)


def test_a_gap_that_may_pass_starts_its_job_again_and_those_that_build_on_it(
    run_collect, with_items, stop_at_the_end, watched
) -> None:
    """Users of the identity store build on Identity Center's instance; accounts on neither."""
    with_items("identity-center.instance", "identity-store.users", "organizations.organization")
    stop_at_the_end()
    with pytest.raises(RunPausedError):
        run_collect(Fault("sso-admin", "ListInstances", "html200"))
    watched.mend()
    made = later(run_collect)
    assert made.gaps == []
    assert watched.count("ListInstances")
    assert watched.count("ListUsers")
    assert not watched.count("DescribeOrganization")
    assert not watched.count("ListRegions")
    again = {call["item"] for call in made.calls if not call["file"]}
    assert again == {"identity-center.instance"}, "nothing else had been asked"
    assert_sound(made)


def test_a_job_starts_again_when_one_that_it_builds_on_does(
    run_collect, with_items, stop_at_the_end, watched, tmp_path
) -> None:
    with_items("identity-center.instance", "identity-store.users", "organizations.organization")
    stop_at_the_end()
    with pytest.raises(RunPausedError):
        run_collect()
    folder = staging(tmp_path / "out")
    (file,) = (job_of(folder, "organization.identity-center.instance") / "data").rglob("*.jsonl")
    file.write_text("{}\n")
    watched.mend()
    made = later(run_collect)
    assert watched.count("ListUsers")
    assert not watched.count("DescribeOrganization")
    given_up = {call["item"] for call in made.calls if not call["file"]}
    assert given_up == {"identity-center.instance", "identity-store.users"}
    assert_sound(made)


def test_what_aws_refused_is_not_asked_again(run_collect, with_items, stop_at_the_end, watched) -> None:
    with_items("iam.account-summary", "config.recorders")
    stop_at_the_end()
    with pytest.raises(RunPausedError):
        run_collect(Fault("iam", "GetAccountSummary", "AccessDenied", status=403))
    watched.mend()
    made = later(run_collect)
    assert [(gap["item"], gap["cause"]) for gap in made.gaps] == [
        ("iam.account-summary", "permission missing")
    ]
    assert set(watched.asked) == {("sts", "GetCallerIdentity")}


def test_in_a_paused_job_only_what_may_pass_is_asked_again(run_collect, with_items, watched) -> None:
    def stops(ctx):
        if not watched.faults:
            raise KeyboardInterrupt
        yield from ctx.needed("iam.account-summary")

    last = Collector("test.last", "Last", Scope.ACCOUNT, (SUMMARY,), ("Everything.",), "any", stops,
                     needs=("iam.account-summary",), uses=("config.recorders", "iam.password-policy",
                                                           "iam.server-certificates"))  # fmt: skip
    with_items(
        "iam.account-summary", "config.recorders", "iam.password-policy", "iam.server-certificates", last
    )
    with pytest.raises(KeyboardInterrupt):
        run_collect(
            Fault("iam", "GetAccountPasswordPolicy", "AccessDenied", status=403),
            Fault("iam", "ListServerCertificates", "html200"),
        )
    watched.mend()
    watched.faults = (Fault("nothing", "nothing", "nothing"),)
    made = later(run_collect)
    assert [gap["item"] for gap in made.gaps] == ["iam.password-policy"]
    assert set(watched.asked) == {("sts", "GetCallerIdentity"), ("iam", "ListServerCertificates")}
    assert units_of_parts(made)[1] == 2


REFUSED = {
    "other regions": ({"settings": {"aws": {"regions": ["us-east-1"]}}}, "aws.regions"),
    "other thresholds": ({"settings": {"thresholds": {"unused_days": 45}}}, "thresholds.unused_days"),
    "another source": ({"settings": {"collect": {"config_source": "aggregator"}}}, "collect.config_source"),
    "another previous": ({"follows": follow_digest("ab" * 32)}, "--previous"),
    "attachments": ({"attachments": Path("/nowhere")}, "--attachments"),
}


@pytest.mark.parametrize(("given", "text"), REFUSED.values(), ids=REFUSED)
def test_another_scope_is_refused_and_nothing_is_lost(run_collect, paused, given, text) -> None:
    before = (paused / "run.jsonl").read_bytes()
    with pytest.raises(UsageError, match=text):
        later(run_collect, **given)
    assert (paused / "run.jsonl").read_bytes() == before
    assert later(run_collect).gaps == []


def test_two_cannot_resume_at_once(run_collect, paused) -> None:
    header = RunHeader.open(paused)
    with pytest.raises(StorageError, match="another process"):
        later(run_collect)
    header.close()
    assert later(run_collect).gaps == []


def test_nothing_to_resume(run_collect, with_items) -> None:
    with_items("iam.account-summary")
    with pytest.raises(UsageError, match="no interrupted collection"):
        run_collect(resume=True)


@pytest.mark.parametrize("cut", [1, 40])
def test_a_header_cut_short_costs_no_more_than_its_last_line(run_collect, paused, cut) -> None:
    path = paused / "run.jsonl"
    path.write_bytes(path.read_bytes()[:-cut])
    assert later(run_collect).gaps == []


def test_a_call_cut_short_at_the_start_stops_no_seal(run_collect, paused) -> None:
    """The disk was full, or the process died, in the middle of a line."""
    path = paused / "start.jsonl"
    path.write_bytes(path.read_bytes()[:-9])
    made = later(run_collect)
    assert [call["item"] for call in made.calls if call["file"] == "run.json"] == ["sts.caller"] * 2
    assert_sound(made)


def linked_calls(path: Path) -> None:
    path.rename(path.with_name("moved"))
    path.symlink_to("moved")


def with_number(number: int) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        first, *others = path.read_text().splitlines(keepends=True)
        path.write_text(json.dumps(json.loads(first) | {"seq": number}) + "\n" + "".join(others))

    return edit


LEDGERS: dict[str, Callable[[Path], Any]] = {
    "gone": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "a call lacks": lambda path: path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:])),
    "a call twice": lambda path: path.write_bytes(path.read_bytes() * 2),
    "an error turned into an answer": lambda path: path.write_text(
        path.read_text().replace('"status":200', '"status":201')
    ),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:-9]),
    "more than calls": lambda path: path.write_bytes(path.read_bytes() + b"no JSON\n"),
    "linked": linked_calls,
    "a number that no memory holds": with_number(10**12),
    "a number that no machine knows": with_number(10**30),
    "number 0": with_number(0),
}


@pytest.mark.parametrize("damage", LEDGERS.values(), ids=LEDGERS)
@pytest.mark.parametrize("stopped", ["whole", "paused"])
def test_a_job_whose_calls_are_not_what_was_written_starts_again(
    run_collect, request, damage, stopped
) -> None:
    """A ledger that lacks a call would be sealed as if that had never been sent."""
    folder = request.getfixturevalue(stopped)
    damage(job_of(folder) / "calls.jsonl")
    made = later(run_collect)
    assert units_of_parts(made)[0] == 1, "the list of regions, which is a job of its own"
    fed = [call["file"] for call in made.calls]
    for unit in made.run["units"]:
        assert unit["calls"] == sum(map(fed.count, unit["files"]))
    assert_sound(made)


def test_half_a_call_of_a_job_that_is_not_planned_any_more_stops_no_seal(run_collect, whole) -> None:
    """Its account has left the organization since the disk was full."""
    left = whole / "jobs/999999999999.partial"
    shutil.copytree(job_of(whole), left)
    calls = left / "calls.jsonl"
    calls.write_bytes(calls.read_bytes()[:-9])
    made = later(run_collect)
    assert_sound(made)


def test_a_run_goes_on_under_its_own_name_alone(run_collect, whole) -> None:
    """Its name says when it was begun, and stands in its opening."""
    renamed = whole.rename(whole.with_name(whole.name.replace("2026", "2025")))
    with pytest.raises(UsageError, match="another name"):
        later(run_collect)
    renamed.rename(whole)
    assert later(run_collect).gaps == []


def test_folders_of_jobs_are_for_their_owner_alone(whole) -> None:
    assert {path.stat().st_mode & 0o777 for path in whole.rglob("*") if path.is_dir()} == {0o700}


def test_an_error_in_the_second_part_keeps_the_first(run_collect, paused) -> None:
    with pytest.raises(EvidenceError):
        run_collect(Fault("sts", "GetCallerIdentity", "ExpiredToken", status=403), resume=True)
    assert later(run_collect).gaps == []


def test_attachments_are_attached_in_the_last_part(
    run_collect, with_items, stop_at_the_end, tmp_path
) -> None:
    from evidence.bundle.write.attachments import attach

    (tmp_path / "mfa.png").write_bytes(b"picture")
    more = tmp_path / "more"
    attach(
        tmp_path / "mfa.png", more, item="iam.account-summary", by="Ada", note="why",
        known={"iam.account-summary"}, now=NOW,
    )  # fmt: skip
    with_items("iam.account-summary")
    stop_at_the_end()
    with pytest.raises(RunPausedError):
        run_collect(attachments=more)
    made = later(run_collect, attachments=more)
    assert made.read("attachments/mfa.png") == "picture"
    assert open_bundle(made.folder).attachments[0].by == "Ada"
    assert_sound(made)
