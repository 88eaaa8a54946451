"""Before CloudTrail can tell: nothing is asked and nothing signed, and files count as far as they reach."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from evidence.bundle.format.corroboration import TrailVerdict
from evidence.bundle.format.models import CallRecord
from evidence.clock import frozen_clock, rfc3339
from evidence.corroborate.lookup import DELIVERY
from evidence.errors import ExitCode, TooEarlyError
from tests.corroborate.test_files import told  # noqa: F401 (a fixture)

SECOND = timedelta(seconds=1)


def test_the_event_history_is_not_asked_before(world, ask) -> None:
    end = world.bundle.run.finished
    for early in (end - timedelta(hours=1), end, end + DELIVERY - SECOND):
        with pytest.raises(TooEarlyError, match="Not yet") as caught:
            ask(url="http://127.0.0.1:9", clock=frozen_clock(early))
        again = rfc3339((end + DELIVERY).replace(microsecond=0) + SECOND)
        assert (caught.value.exit_code, again in caught.value.advice) == (ExitCode.PAUSED, True)
    assert ask(clock=frozen_clock(end + DELIVERY + SECOND)).totals.missing == 0


def log_of(told: list[dict], folder: Path, *calls: CallRecord) -> tuple[Path, datetime]:  # noqa: F811
    """Write a trail's file with the events of some calls, or all; return it and its newest time."""
    records = [json.loads(one["CloudTrailEvent"]) for one in told]
    wanted = {call.request_id for call in calls}
    records = [one for one in records if not wanted or one.get("requestID") in wanted]
    (folder / "log.json").write_text(json.dumps({"Records": records}))
    return folder / "log.json", max(datetime.fromisoformat(one["eventTime"]) for one in records)


def test_whole_files_are_compared_at_once_and_others_not(world, from_files, told, tmp_path) -> None:  # noqa: F811
    early = frozen_clock(world.bundle.run.finished + SECOND)
    totals = from_files(log_of(told, tmp_path)[0], clock=early).totals
    assert totals.agree == totals.calls
    with pytest.raises(TooEarlyError):
        from_files(log_of(told, tmp_path, next(world.bundle.calls()))[0], clock=early)


def test_what_comes_after_the_files_is_not_missing_from_them(world, from_files, told, tmp_path) -> None:  # noqa: F811
    first, *others = world.bundle.calls()
    log, newest = log_of(told, tmp_path, first)
    late = [call.seq for call in others if (call.aws_date or call.finished) >= newest + SECOND]
    verdicts = from_files(log).verdicts
    assert [one.seq for one in verdicts if one.verdict is TrailVerdict.AGREES] == [first.seq]
    assert [one.seq for one in verdicts if one.verdict is TrailVerdict.UNAVAILABLE] == late
    assert all("newest event of the files" in one.reason for one in verdicts if one.seq in late)
