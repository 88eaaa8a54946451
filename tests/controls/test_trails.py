"""CT-1 over several accounts: whether the organization's trail records, the account that owns it tells."""

from typing import Any

import pytest

from evidence.bundle.format.models import RegionState
from evidence.controls.catalogue import catalogue
from evidence.records import Scope, Target
from tests.controls.world import ACCOUNT, US, good
from tests.controls.world_records import MEMBER
from tests.corpus.trails import TRAILS, trail
from tests.support.rows import performed

MEMBER_US = Target(Scope.REGION, MEMBER, "us-east-1")
SHADOW = trail({"IsOrganizationTrail": True}) | {"Status": None, "EventSelectors": None}


@pytest.mark.parametrize(
    ("owned", "seen", "said"),
    [
        (trail({"IsOrganizationTrail": True}), [SHADOW], ["met", "met"]),
        (trail({"IsOrganizationTrail": True}), [], ["met", "exception"]),
        (trail({"IsOrganizationTrail": True}, {"IsLogging": False}), [SHADOW], ["exception", "exception"]),
        (trail(), [], ["met", "exception"]),
    ],
    ids=["recording", "not of the member", "stopped", "the account's own"],
)
def test_a_member_is_recorded_by_what_the_owner_tells(
    owned: dict[str, Any], seen: list[dict[str, Any]], said: list[str]
) -> None:
    world = good("CT-1")
    world.records[TRAILS] = {US: [owned], MEMBER_US: seen}
    world.options["accounts"] = (ACCOUNT, MEMBER)
    bundle = world.bundle()
    regions = tuple(
        RegionState(account=one, region="us-east-1", status="ENABLED", in_scope=True, reason="enabled")
        for one in (ACCOUNT, MEMBER)
    )
    bundle.__dict__["run"] = bundle.run.model_copy(update={"regions": regions})
    rows = performed(catalogue()["CT-1"], bundle).rows
    assert [(row.account, row.verdict) for row in rows] == list(zip((ACCOUNT, MEMBER), said, strict=True))
    assert {row.severity for row in rows if row.verdict == "exception"} <= {"high"}


def test_the_note_names_what_the_trail_leaves_out() -> None:
    world = good("CT-1")
    kms = {"ReadWriteType": "All", "ExcludeManagementEventSources": ["kms.amazonaws.com"]}
    world.records[TRAILS][US] = [trail(selectors={"EventSelectors": [kms]})]
    (row,) = performed(catalogue()["CT-1"], world.bundle()).rows
    assert (row.verdict, row.note) == ("met", "It leaves out events of kms.amazonaws.com.")
