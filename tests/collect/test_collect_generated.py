"""A generated organization: what the tests of controls find in it is what was planted, account by account."""

import pytest

from evidence.bundle import open_bundle
from evidence.controls.declaration import Verdict
from evidence.controls.engine import catalogue, perform
from evidence.demo_account.ids import COLLECTOR, EXTERNAL_ID
from tests.aws_server.generated.extent import Extent
from tests.aws_server.generated.world import GeneratedWorld
from tests.collect.collect_support import NOW

EXTENT = Extent(accounts=5, regions=2, seed=7)
NOT_LISTED = {"PRIV-3", "PRIV-4", "PRIV-5", "IPE-7"}
"""Over the roles that the settings' seed draws; and this test's clock stands still, the server's does not."""


@pytest.fixture
def made(run_collect):
    settings = {"aws": {"organization": True, "role": COLLECTOR, "external_id": EXTERNAL_ID}}
    return run_collect(settings=settings, served={"extent": EXTENT})


def test_exactly_what_is_planted_is_found_in_its_account(made) -> None:
    assert made.gaps == []
    bundle = open_bundle(made.folder)
    found = [
        (row.account, name, row.subject)
        for name, test in catalogue().items()
        if name not in NOT_LISTED
        for row in perform(test, bundle).rows
        if row.verdict is Verdict.EXCEPTION
    ]
    planted = [
        (account, plant.test, plant.subject) for account, plant in GeneratedWorld(EXTENT, NOW, None).planted()
    ]
    assert sorted(found) == sorted(planted)
    assert {"ROOT-1", "ROOT-2", "ROOT-3", "ROOT-4", "KEY-1", "KEY-2", "MFA-1"} <= {
        test for _, test, _ in found
    }
    assert len({account for account, _, _ in found if account}) == 4, "none of the open accounts is clean"
