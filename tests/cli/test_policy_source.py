"""`evidence policy` holds the aggregator's operations where one is the source, and only there."""

import json

import pytest

from tests.support.command import evidence

GATHERED = {
    "config:DescribeAggregateComplianceByConfigRules",
    "config:DescribeConfigurationAggregatorSourcesStatus",
    "config:DescribeConfigurationAggregators",
    "config:GetAggregateComplianceDetailsByConfigRule",
}
OWN = {"config:DescribeComplianceByConfigRule", "config:GetComplianceDetailsByConfigRule"}


@pytest.mark.parametrize("place", ["account", "members"])
@pytest.mark.parametrize(("source", "there"), [("accounts", OWN), ("aggregator", GATHERED)])
def test_the_policy_of_each_source(place, source, there) -> None:
    done = evidence("policy", "--for", place, "--config-source", source)
    actions = set(json.loads(done.stdout)["Statement"][0]["Action"])
    assert actions & (GATHERED | OWN) == there
