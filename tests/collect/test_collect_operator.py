"""What is the operator's own pauses a run, however it shows: no gap comes of it, and `--resume` goes on."""

import errno
import json
import os
import pickle
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence import storage
from evidence.collect.jobs import JobFolder
from evidence.collect.process import _portable
from evidence.collect.processes import EndMessage
from evidence.collectors.base import Collector
from evidence.demo_account.ids import COLLECTOR, EXTERNAL_ID
from evidence.errors import RunPausedError, SigningError, StorageError
from evidence.records import Operation, Scope
from tests.aws_server.faults import Fault
from tests.collect.collect_support import MEMBERS, Collected, Unable, staging

SUMMARY = Operation("iam", "GetAccountSummary", list_key="SummaryMap")
ENTERED = {"accounts": MEMBERS[:2], "role": COLLECTOR, "external_id": EXTERNAL_ID}
TOLD = {"run.json", "calls.jsonl"}
"""What differs between two runs: times, numbers."""


@pytest.fixture
def trip(with_items):
    """Collect a few items, and one after the first that lets something happen and then asks."""
    happens, once = [], threading.Lock()

    def collect(ctx):
        with once:
            while happens:
                happens.pop()()
        yield {"answered": ctx.call(SUMMARY) is not None}

    one = Collector("test.trip", "Trip", Scope.ACCOUNT, (SUMMARY,), ("Everything.",), "any", collect,
                    needs=("iam.account-summary",))  # fmt: skip
    rest = ("config.recorders", "access-analyzer.analyzers", "cloudtrail.trails")
    with_items("iam.account-summary", *rest, one)
    return happens


def evidence_of(made: Collected) -> dict[str, str]:
    return {path: made.read(path) for path in made.files() - TOLD}


def assert_resumes_to(clean: Collected, run_collect, **more) -> Collected:
    made = run_collect(resume=True, **more)
    assert made.gaps == clean.gaps
    assert evidence_of(made) == evidence_of(clean)
    return made


_undisturbed: list[Collected] = []


@pytest.fixture
def clean(trip, run_collect, tmp_path) -> Collected:
    """What a run gives that nothing disturbs."""
    if not _undisturbed:
        _undisturbed.append(run_collect(out=tmp_path / "clean"))
    return _undisturbed[0]


class Helper:
    """A credential helper, and what it does."""

    def __init__(self, folder: Path) -> None:
        self.program, self._answer = folder / "helper", folder / "answer"
        self.mend()
        self.config = folder / "config"
        self.config.write_text(f"[default]\nregion = us-east-1\ncredential_process = {self.program}\n")

    def mend(self) -> None:
        """Give credentials so short-lived that every request has them renewed."""
        self.program.write_text(f"#!/bin/sh\ncat '{self._answer}'\n")
        self.program.chmod(0o700)
        self.give(timedelta(minutes=5))

    def give(self, lasting: timedelta) -> None:
        expiration = (datetime.now(UTC) + lasting).isoformat()
        keys = {"AccessKeyId": "AKIADEMODEMODEMODEMO", "SecretAccessKey": "demo", "SessionToken": "token"}
        self._answer.write_text(json.dumps({"Version": 1, **keys, "Expiration": expiration}))

    def expire(self) -> None:
        self.give(timedelta(minutes=-5))

    def fail(self) -> None:
        self.program.write_text("#!/bin/sh\necho hvs.SECRET-TOKEN >&2\nexit 3\n")


@pytest.fixture
def helper(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    folder.mkdir()
    made = Helper(folder)
    monkeypatch.setattr("tests.collect.conftest.environment", lambda url: {
        "AWS_ENDPOINT_URL": url,
        "AWS_CONFIG_FILE": str(made.config),
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    })  # fmt: skip
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    return made


@pytest.mark.parametrize("what", ["expire", "fail"])  # other failures of a source: test_aws_credential_chain
def test_a_credential_helper_that_gives_none_any_more(helper, trip, clean, run_collect, what) -> None:
    trip.append(getattr(helper, what))
    with pytest.raises(RunPausedError) as told:
        run_collect()
    assert "credentials" in told.value.message
    assert "--resume" in told.value.advice
    assert "SECRET-TOKEN" not in f"{told.value.message}{told.value.advice}"
    helper.mend()
    assert_resumes_to(clean, run_collect)


def test_a_credential_helper_that_fails_once_pauses_though_it_gives_some_again(
    helper, trip, clean, run_collect
) -> None:
    """AWS was not asked: whatever the moment, no gap may say that something was."""
    mark = helper.program.with_name("once")
    once = f"#!/bin/sh\nif rm '{mark}' 2>/dev/null; then exit 3; fi\n"

    def stumble() -> None:
        helper.program.write_text(helper.program.read_text().replace("#!/bin/sh\n", once))
        mark.touch()

    trip.append(stumble)
    with pytest.raises(RunPausedError, match="gave none, and then gave some again"):
        run_collect()
    assert_resumes_to(clean, run_collect)


EVERYWHERE = {
    "a key that was deleted": (Fault("*", "*", "InvalidClientTokenId", status=403), "does not take"),
    "a clock that is off": (Fault("*", "*", "RequestTimeTooSkewed", status=403), "machine's time"),
    "a proxy that wants a sign-in": (Fault("*", "*", "html200"), "cannot be asked"),
}


@pytest.mark.parametrize(("fault", "said"), EVERYWHERE.values(), ids=EVERYWHERE)
def test_what_meets_every_request_pauses(trip, clean, run_collect, watched, *, fault, said) -> None:
    trip.append(lambda: watched.fail(fault))
    with pytest.raises(RunPausedError, match=said) as told:
        run_collect()
    assert "run again" not in told.value.advice
    if "time" in said:
        assert "Set the clock" in told.value.advice
    watched.mend()
    assert_resumes_to(clean, run_collect)


def test_a_key_deleted_when_regions_alone_are_left_pauses_before_its_job_is_whole(
    with_items, run_collect, watched, tmp_path
) -> None:
    """A region that is not enabled refuses it in the same words."""
    with_items("config.recorders")
    clean = run_collect(out=tmp_path / "clean")
    with pytest.raises(RunPausedError, match="does not take"):
        run_collect(Fault("config", "*", "UnrecognizedClientException"),
                    Fault("sts", "*", "InvalidClientTokenId", status=403, skip=1))  # fmt: skip
    assert (staging(tmp_path / "out") / "jobs" / "123456789012.partial").is_dir()
    assert_resumes_to(clean, run_collect)


@pytest.mark.parametrize("fault", [
    Fault("cloudtrail", "LookupEvents", "UnrecognizedClientException", region="us-west-2"),
], ids=lambda fault: fault.error)  # fmt: skip
def test_an_item_that_went_without_a_part_is_asked_for_again(
    with_items, run_collect, tmp_path, fault
) -> None:
    with_items("cloudtrail.access-events", "identity-center.instance", "organizations.organization",
               "organizations.delegated-administrators")  # fmt: skip
    with pytest.raises(SigningError):
        run_collect(fault, signer=Unable())
    (left,) = staging(tmp_path / "out").rglob("access-events.jsonl")
    assert '"Cause"' in left.read_text()
    made = run_collect(resume=True)
    assert '"Cause"' not in made.read("123456789012/cloudtrail/access-events.jsonl")


def test_members_and_the_credentials_that_enter_them(helper, trip, run_collect, tmp_path) -> None:
    settings = {"aws": ENTERED}
    clean = run_collect(settings=settings, out=tmp_path / "clean")
    trip.append(helper.fail)
    with pytest.raises(RunPausedError, match="credentials"):
        run_collect(settings=settings)
    helper.mend()
    made = assert_resumes_to(clean, run_collect, settings=settings)
    assert {*MEMBERS[:2]} < {unit["target"]["account"] for unit in made.run["units"]}


def test_a_member_whose_session_ends_is_that_members_gap(trip, run_collect) -> None:
    over = Fault("iam", "*", "ExpiredToken", status=403, account=MEMBERS[1])
    made = run_collect(over, settings={"aws": ENTERED})
    assert {(gap["target"]["account"], gap["cause"]) for gap in made.gaps if gap["operation"]} == {
        (MEMBERS[1], "credentials expired")
    }
    assert {gap["target"]["account"] for gap in made.gaps} == {MEMBERS[1]}


def test_a_caller_who_may_not_ask_who_it_is_any_more_goes_on(with_items, run_collect) -> None:
    """Denied is an answer: neither are the credentials gone, nor the network."""
    with_items("config.recorders", "iam.account-summary")
    made = run_collect(
        Fault("config", "*", "reset", region="eu-west-1"),
        Fault("sts", "GetCallerIdentity", "AccessDenied", status=403, scp=True, skip=1),
    )
    assert made.run["caller_end"] is None
    gaps = [gap for gap in made.gaps if gap["item"] == "sts.caller"]
    assert {(gap["cause"], gap["error_code"], gap["operation"]) for gap in gaps} == {
        ("denied by a service control policy", "AccessDenied", "sts:GetCallerIdentity")
    }
    assert len(gaps) == 2, "the item, and the question at the end"
    assert made.unit("iam.account-summary")["outcome"] == "collected"


@pytest.mark.parametrize(("function", "number"), [("create_file", errno.EACCES)])
def test_a_folder_that_takes_no_more(trip, clean, run_collect, monkeypatch, *, function, number) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch, pytest.raises(RunPausedError, match="cannot be written") as told:
        trip.append(lambda: patch.setattr(storage, function, refuse))
        run_collect()
    assert "--resume" in told.value.advice
    assert_resumes_to(clean, run_collect)


def test_what_the_disk_refuses_a_collector_is_no_gap(with_items, run_collect, tmp_path) -> None:
    def collect(ctx):
        yield {"answered": ctx.call(SUMMARY) is not None}
        raise OSError(errno.EIO, os.strerror(errno.EIO), "spool")

    item = Collector("test.spool", "Spool", Scope.ACCOUNT, (SUMMARY,), ("Everything.",), "any", collect)
    with_items(item)
    with pytest.raises(RunPausedError, match="spool cannot be written"):
        run_collect()


def test_a_disk_that_is_full_for_a_process_of_this_machine_pauses_too() -> None:
    with pytest.raises(StorageError) as told, storage.storage_errors(Path("jobs")):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    told_on = pickle.loads(pickle.dumps(EndMessage(1, _portable(told.value))))  # noqa: S301 - our own
    assert told_on.error.errno == errno.ENOSPC


def test_a_defect_costs_no_evidence(trip, clean, run_collect, monkeypatch) -> None:
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(JobFolder, "complete", lambda _: 1 / 0)
        run_collect()
    assert_resumes_to(clean, run_collect)
