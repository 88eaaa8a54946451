"""What an operator who hides something tries, and a report over a period says all the same."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from evidence.collectors._access_events import ROOT, TABLE
from evidence.controls.declaration import Conclusion, Verdict
from evidence.corroborate.events import COLUMNS
from evidence.period.coverage import CoverageGatherer
from evidence.period.events import of_row
from evidence.period.given import EventFile, GivenFiles
from evidence.period.lax import lax_settings
from evidence.period.over_time import OverTimeGatherer, PeriodOverTime
from evidence.report.lax_settings import lax_headline
from evidence.settings.model import SealedSettings, Thresholds
from evidence.settings.period import EVERY_DAYS, PeriodSettings
from evidence.statements.records import UsedFile
from tests.controls.world import ACCOUNT_TARGET, World
from tests.period.archives import Day, archive_of, made
from tests.period.opened_packs import pack, world_with
from tests.period.test_access_over_time import (
    KNOWN,
    MEMBERSHIPS,
    NO_MEMBER,
    PERIOD,
    USERS,
    Change,
    event,
    hidden,
    over,
    people,
    result,
    told,
)

LEAVER = people("ingrid,2020-01-01,2026-01-05,no")
REMOVED = {"groupId": "g-1", "memberId": "id-ingrid"}


def covered(*days: int, given: GivenFiles, **changes: Sequence[Change]) -> PeriodOverTime:
    """Follow bundles of these days; `changes` by a day's name, as in `day30`. The first lies before."""
    gatherer, coverage = OverTimeGatherer(PERIOD, given), CoverageGatherer(PERIOD, EVERY_DAYS)
    for number, day in enumerate(days, 1):
        world = world_with(changes.get(f"day{day}", ()))
        opened = pack(number, world, day=day, before=number == 1)
        gatherer.add(opened)
        coverage.add(opened)
    return gatherer.finish(PeriodSettings(), 24, "0" * 64, coverage.finish())


def with_file(given: GivenFiles, folder: Path, *events: dict[str, Any]) -> GivenFiles:
    """Return the same with a log file beside it."""
    log = folder / "log.json"
    log.write_text(json.dumps({"Records": events}))
    used = UsedFile(name="log.json", sha256="0" * 64, entries=0)
    return GivenFiles(given.statements, (EventFile(log, used, "events/1.json"),))


def test_access_that_nobody_looked_at_for_two_months_is_not_concluded() -> None:
    for name in ("JML-1", "JML-2", "JML-3", "JML-4"):
        assert result(covered(0, 25, 50, 75, 88, given=people(*KNOWN)), name).missing == ()
        one = result(covered(0, 10, given=people(*KNOWN)), name)
        assert (one.conclusion, one.complete) == (Conclusion.NOT_CONCLUDED, False)
        assert "identity-store.users counts from 2026-01-12 to 2026-03-31" in " ".join(one.missing)


@pytest.mark.parametrize("item", [USERS, MEMBERSHIPS])
def test_a_gap_just_when_access_was_there_is_a_hole(item: str) -> None:
    found = covered(0, 25, 50, 75, 88, given=people(*KNOWN), day25=[hidden(item)], day50=[hidden(item)])
    one = result(found, "JML-1")
    assert (one.conclusion, one.complete) == (Conclusion.NOT_CONCLUDED, False)
    assert f"No evidence of {item} counts" in one.missing[0]


@pytest.mark.parametrize("after", [(), (NO_MEMBER,)], ids=["still there", "gone later"])
def test_no_file_of_events_hides_what_a_bundle_shows(tmp_path: Path, after: Sequence[Change]) -> None:
    """The log says that the membership ended in time; two bundles after that show it."""
    given = with_file(LEAVER, tmp_path, event("RemoveMemberFromGroup", 5, REMOVED))
    one = result(over((), (), (), after, given=given), "JML-2")
    assert one.conclusion is Conclusion.EXCEPTIONS
    assert Verdict.EXCEPTION in [row.verdict for row in one.rows]


def test_no_event_makes_a_joiner_later_than_a_bundle_shows(tmp_path: Path) -> None:
    events = (event("RemoveMemberFromGroup", 18, REMOVED), event("AddMemberToGroup", 25, REMOVED),
              event("AddMemberToGroup", 26, REMOVED))  # fmt: skip
    given = with_file(people("ingrid,2026-01-25,,no"), tmp_path, *events)
    one = result(over((NO_MEMBER,), (NO_MEMBER,), (), (), given=given), "JML-3")
    assert one.conclusion is Conclusion.EXCEPTIONS


def asked_everything(world: World) -> None:
    """Have CloudTrail asked for every name in every region, and answered with nothing."""
    names = [*dict.fromkeys(name for row in TABLE for name in row.names)]
    questions: list[dict[str, str]] = [{"EventName": name} for name in names]
    questions.append({"Username": ROOT})
    said = {"From": None, "Answered": True, "Kept": 0}
    world.records["cloudtrail.access-events"] = {
        ACCOUNT_TARGET: [
            {"Region": region, "Asked": one | said}
            for region in ("eu-west-1", "us-east-1")
            for one in questions
        ]
    }


IN_TIME = event("RemoveMemberFromGroup", 5, REMOVED)
GONE_BETWEEN = ((), (), (NO_MEMBER, asked_everything))


def test_an_event_that_the_sealed_look_ups_do_not_tell_counts_for_nothing(tmp_path: Path) -> None:
    leaver = people("ingrid,2020-01-01,2026-01-15,no")
    forged = event("RemoveMemberFromGroup", 14, REMOVED)
    found = over(*GONE_BETWEEN, given=with_file(leaver, tmp_path, forged))
    assert [row.verdict for row in result(found, "JML-2").rows] == [Verdict.NOT_DETERMINED]
    assert "(log.json, event 1) for one, stand in no bundle" in found.unknown[0].sentence
    elsewhere = forged | {"recipientAccountId": "210987654321"}
    found = over(*GONE_BETWEEN, given=with_file(leaver, tmp_path, elsewhere))
    assert len(found.events) == 1, "nobody asked that account"


def test_what_a_file_alone_tells_is_said_with_the_verdict(tmp_path: Path) -> None:
    given = with_file(LEAVER, tmp_path, IN_TIME)
    (row,) = result(over((), (NO_MEMBER,), given=given), "JML-2").rows
    assert row.verdict is Verdict.MET
    assert row.observed.endswith("(event 1, told by a file that was given alone)")
    sealed = over((), (NO_MEMBER, told(IN_TIME)), given=given)
    assert result(sealed, "JML-2").rows[0].observed.endswith("(event 1)")


def test_a_list_that_tells_days_otherwise_than_an_older_one_is_said() -> None:
    """The leaver of the packed list left a week later by the list that is given for the report."""
    gatherer = OverTimeGatherer(PERIOD, people("ingrid,2020-01-01,2026-01-25,no"))
    packed = people("ingrid,2020-01-01,2026-01-05,no", "gone,2020-01-01,2026-01-08,no").statements
    for number, day in enumerate((0, 10, 20), 1):
        gatherer.add(pack(number, world_with(), day=day, before=number == 1, statements=packed))
    (fact,) = [
        one
        for one in gatherer.finish(PeriodSettings(), 24, "0" * 64).unknown
        if one.kind == "lists of people"
    ]
    assert "of 2 on the list, or once on it" in fact.sentence
    assert "ingrid left 2026-01-05 by that of bundle 2, 2026-01-25 by it, for one" in fact.sentence


def test_a_query_that_left_out_what_failed_tells_nothing() -> None:
    row = dict.fromkeys(COLUMNS, "x") | {
        "eventname": "DeleteUser", "eventsource": "iam.amazonaws.com", "eventtime": "2026-01-02T03:04:05Z",
    }  # fmt: skip
    with pytest.raises(ValueError, match="whether it failed"):
        of_row(row)


def test_a_setting_of_the_bundles_that_was_always_laxer_is_said(tmp_path: Path) -> None:
    """Nothing changes from bundle to bundle, and KEY-1 passes in each."""
    options = (("settings", SealedSettings(thresholds=Thresholds(key_max_age_days=3650))),)
    archive = archive_of(tmp_path, [Day(2, options=options), Day(8, options=options)])
    (lax,) = made(archive).results.lax_settings
    assert (lax.key, lax.value, lax.default) == ("thresholds.key_max_age_days", "3650", "90")
    assert lax.effect.startswith("In force in bundles 1, 2.")
    headline = lax_headline(list(lax_settings(PeriodSettings(review_days=366), 24)))
    assert headline.endswith("It let more pass, and nothing was compared with the defaults")
