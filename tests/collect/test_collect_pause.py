"""The operator's faults pause a run: nothing is sealed, and what has ended is not asked for again."""

import errno
import os
import threading
import time
from typing import BinaryIO

import pytest

from evidence import storage
from evidence.collect import access
from evidence.collectors.base import Collector
from evidence.errors import (
    CredentialsError,
    RunPausedError,
    SigningError,
    StorageError,
)
from evidence.records import Operation, Scope
from tests.aws_server.faults import Fault
from tests.collect.collect_support import ACCOUNT, Unable, job_of, staging

SUMMARY = Operation("iam", "GetAccountSummary", list_key="SummaryMap")
KEPT = "DescribeConfigurationRecorders"


@pytest.fixture
def trip(with_items):
    """Collect a few items, and one after them that lets something happen and then asks."""
    happens = []

    def collect(ctx):
        for one in happens:
            one()
        yield {"answered": ctx.call(SUMMARY) is not None}

    one = Collector("test.trip", "Trip", Scope.ACCOUNT, (SUMMARY,), ("Everything.",), "any", collect,
                    needs=("config.recorders",))  # fmt: skip
    with_items("config.recorders", one)
    return happens


def assert_paused(tmp_path) -> None:
    out = tmp_path / "out"
    assert [entry.name for entry in out.iterdir()] == [staging(out).name], "nothing has a bundle's name"
    assert job_of(staging(out)).name.endswith(".partial")


def assert_goes_on(run_collect, watched) -> None:
    """Resume; what had ended is not asked for again."""
    asked = watched.count(KEPT)
    assert asked
    watched.mend()
    made = run_collect(resume=True)
    assert made.gaps == []
    assert watched.count(KEPT) == 0
    assert len([call for call in made.calls if call["operation"] == KEPT]) == asked
    assert made.run["parts"][1]["units"] == 1


def test_credentials_that_expire_pause_the_run(run_collect, trip, watched, tmp_path) -> None:
    trip.append(watched.expire)
    with pytest.raises(RunPausedError, match="expired") as told:
        run_collect()
    assert told.value.exit_code == 75
    assert "--resume" in told.value.advice
    assert_paused(tmp_path)
    trip.clear()
    assert_goes_on(run_collect, watched)


def test_a_network_that_is_gone_pauses_the_run(run_collect, trip, watched, tmp_path) -> None:
    trip.append(lambda: watched.fail(Fault("*", "*", "reset")))
    with pytest.raises(RunPausedError, match="cannot be asked") as told:
        run_collect()
    assert told.value.exit_code == 75
    assert_paused(tmp_path)
    trip.clear()
    assert_goes_on(run_collect, watched)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_pauses_the_run(run_collect, trip, watched, tmp_path, *, number, monkeypatch) -> None:
    """What has ended is written down all the same, into what was held in reserve."""
    plain, held = storage.create_file, []

    def full(path) -> int:
        if path.name == "trip.jsonl":
            held.extend(tmp_path.rglob(".reserve"))
        if path.name == "trip.jsonl" or any(reserve.exists() for reserve in held):
            raise OSError(number, os.strerror(number), str(path))
        return plain(path)

    monkeypatch.setattr(storage, "create_file", full)
    with pytest.raises(RunPausedError, match=r"trip\.jsonl cannot be written") as told:
        run_collect()
    assert told.value.exit_code == 75
    assert "Free space" in told.value.advice
    assert held
    assert_paused(tmp_path)
    monkeypatch.setattr(storage, "create_file", plain)
    assert_goes_on(run_collect, watched)


@pytest.mark.parametrize("sample", [b'"test.trip"', b'"operation":"GetCallerIdentity"'])
def test_half_a_line_of_calls_is_no_harm(run_collect, trip, tmp_path, monkeypatch, sample) -> None:
    """The disk takes the first bytes of a line, in a job's calls and in those of the run's end."""
    plain, full = storage.append, [True]

    def append(file: BinaryIO, data: bytes) -> None:
        if full[0] and sample in data and b'"depth":1,' not in data:
            plain(file, data[:50])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        plain(file, data)

    monkeypatch.setattr(storage, "append", append)
    with pytest.raises(RunPausedError, match="No space left"):
        run_collect()
    full[0] = False
    made = run_collect(resume=True)
    assert made.gaps == []
    assert [call["seq"] for call in made.calls] == list(range(1, len(made.calls) + 1))


def test_a_call_under_way_stays_on_record(run_collect, with_items, watched) -> None:
    """AWS has it on record as well: it must not look like one that nobody told of."""
    under_way, stop = threading.Event(), [True]

    def slow(ctx):
        under_way.set()
        yield {"answered": ctx.call(SUMMARY) is not None}

    def stops(ctx):
        if stop[0]:
            under_way.wait(10)
            time.sleep(0.1)
            raise KeyboardInterrupt
        yield {"answered": ctx.call(SUMMARY) is not None}

    def item(name, collect) -> Collector:
        blind = ("Everything.",)
        return Collector(f"test.{name}", name, Scope.ACCOUNT, (SUMMARY,), blind, "any", collect)

    with_items(item("slow", slow), item("stops", stops))
    with pytest.raises(KeyboardInterrupt):
        run_collect(served={"latency": 0.5})
    stop[0] = False
    made = run_collect(resume=True)
    assert made.gaps == []
    assert len(made.calls) == len(watched.asked)


def test_time_left_is_reckoned_from_what_ended_now(run_collect, with_items, tmp_path) -> None:
    states = []

    class Told:
        def update(self, state) -> None:
            states.append(state)

    with_items("config.recorders", "iam.account-summary")
    with pytest.raises(SigningError):
        run_collect(signer=Unable())
    made = run_collect(resume=True, progress=Told())
    assert states[-1].units_done == len(made.run["units"]) > 5
    assert {state.seconds_left for state in states} == {None}, "nothing has ended in this part of the run"


def test_a_name_that_no_file_may_have_leaves_nothing(run_collect, trip, tmp_path) -> None:
    """It would be the same when the run goes on."""

    def unfit() -> None:
        raise StorageError("The evidence file 'CON' cannot be stored.")

    trip.append(unfit)
    with pytest.raises(StorageError, match="'CON'"):
        run_collect()
    assert list((tmp_path / "out").iterdir()) == []


ONE_ALONE = {
    "a service whose tokens expire": (Fault("config", "*", "ExpiredTokenException"), "credentials expired"),
    "a region out of reach": (Fault("config", "*", "reset", region="eu-west-1"), "AWS not reached"),
}


@pytest.mark.parametrize(("fault", "cause"), ONE_ALONE.values(), ids=ONE_ALONE)
def test_what_fails_alone_is_a_gap_and_no_pause(run_collect, with_items, fault, cause) -> None:
    with_items("config.recorders", "iam.account-summary")
    made = run_collect(fault)
    assert {gap["cause"] for gap in made.gaps} == {cause}
    assert made.unit("iam.account-summary")["outcome"] == "collected"


def test_who_is_asking_is_asked_every_ten_seconds_and_before_a_job_is_whole(
    run_collect, with_items, watched
) -> None:
    with_items("config.recorders", "iam.account-summary")
    made = run_collect(Fault("config", "*", "ExpiredTokenException"))
    assert len(made.gaps) > 3
    fed = [call["file"] for call in made.calls if call["item"] == "sts.caller"]
    assert fed.count(f"{ACCOUNT}/sts/caller.jsonl") == 1
    assert len(fed) == watched.count("GetCallerIdentity") in (4, 5), (
        "one more where the job took half a second"
    )


def test_credentials_expired_at_the_end_pause_the_run(run_collect, with_items, monkeypatch, tmp_path) -> None:
    def expired(*_: object) -> None:
        raise CredentialsError("The AWS credentials have expired.")

    with_items("iam.account-summary")
    with monkeypatch.context() as patch, pytest.raises(RunPausedError):
        patch.setattr(access, "identify", expired)
        run_collect()
    assert job_of(staging(tmp_path / "out")).name == "123456789012"
    made = run_collect(resume=True)
    assert made.gaps == []
    assert made.run["caller_end"] == made.run["caller_start"]
