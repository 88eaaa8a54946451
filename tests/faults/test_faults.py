"""A sample of `make faults`: a whole run each, with what boto3 or a network would pass over."""

from collections.abc import Iterator

import pytest

from evidence.collectors.base import catalogue
from tests.faults.plan import QUIET, Cell
from tests.faults.play import Stage

SAMPLED = {
    "access-denied": "iam.account-summary/",
    "throttled-ten-times": "organizations.accounts/",
    "connection-reset": "access-analyzer.analyzers/accessanalyzer:ListAnalyzers/",
    "time-out": "identity-store.users/",
    "truncated-body": "config.recorders/config:DescribeConfigurationRecorders/",
    "empty-object": "iam.password-policy/",
    "wrong-types": "cloudtrail.trails/cloudtrail:DescribeTrails/",
    "repeated-token": "identity-center.permission-sets/sso-admin:ListPermissionSets/",
    "missing-marker": "iam.authorization-details/",
    "signature-expired": "config.rules/config:DescribeConfigRules/",
    "clock-ten-minutes-off": "iam.credential-report/",
    "credentials-over": "cloudtrail.access-events/",
    "network-gone": "config.rule-compliance/",
    "blank-200": "config.aggregate-compliance/config:GetAggregateComplianceDetailsByConfigRule/",
}


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.close()


@pytest.mark.parametrize(("kind", "place"), SAMPLED.items(), ids=SAMPLED)
def test_a_fault_is_a_gap_or_got_over_and_never_a_pass(stage: Stage, kind: str, place: str) -> None:
    found = [cell for cell in stage.matrix() if cell.name.startswith(place) and cell.kind.name == kind]
    played = stage.play(found[-1])
    assert played.wrong == ()
    assert (played.outcome == "gap") == bool(found[-1].causes)
    assert (played.outcome == "paused") == found[-1].kind.pauses


def test_the_matrix_is_as_large_as_promised_and_leaves_no_item_out(stage: Stage) -> None:
    matrix: list[Cell] = stage.matrix()
    assert len(matrix) >= 600
    assert {cell.item for cell in matrix} == set(catalogue())
    operations = {(cell.item, cell.spot.operation) for cell in matrix}
    assert all(
        {(item, operation, kind) for kind in QUIET}
        <= {(cell.item, cell.spot.operation, cell.kind.name) for cell in matrix}
        for item, operation in operations
    )
