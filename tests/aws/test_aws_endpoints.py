"""Where requests would go: partitions, FIPS and dual-stack by botocore's data and the standard settings."""

import pytest

from evidence.aws.sessions import connect
from evidence.records import Operation

CONFIG = Operation("config", "DescribeConfigRules", list_key="ConfigRules")
IAM = Operation("iam", "GetAccountSummary", list_key="SummaryMap")


class ItsHostError(Exception):
    pass


def host_of(region: str, operation: Operation, method: str) -> str:
    account = connect(profile=None, region=region, operations=[operation], connections=2).account
    client = account.client(operation.service)

    def stop(request, **_):
        raise ItsHostError(request.url.split("/")[2])

    client.meta.events.register(f"before-send.{operation.service}.*", stop)
    with account.signing(), pytest.raises(ItsHostError) as caught:
        getattr(client, method)()
    return str(caught.value)


@pytest.mark.parametrize(
    ("region", "settings", "hosts"),
    [
        ("eu-west-1", (), ("config.eu-west-1.amazonaws.com", "iam.amazonaws.com")),
        ("us-gov-west-1", (), ("config.us-gov-west-1.amazonaws.com", "iam.us-gov.amazonaws.com")),
        ("cn-north-1", (), ("config.cn-north-1.amazonaws.com.cn", "iam.cn-north-1.amazonaws.com.cn")),
        ("us-east-1", ("FIPS",), ("config-fips.us-east-1.amazonaws.com", "iam-fips.amazonaws.com")),
        ("us-gov-west-1", ("FIPS",), ("config.us-gov-west-1.amazonaws.com", "iam.us-gov.amazonaws.com")),
        ("eu-west-1", ("DUALSTACK",), ("config.eu-west-1.api.aws", "iam.global.api.aws")),
        ("us-east-1", ("FIPS", "DUALSTACK"), ("config-fips.us-east-1.api.aws", "iam-fips.global.api.aws")),
    ],
)
def test_hosts(scripted, monkeypatch, region: str, settings: tuple[str, ...], hosts: tuple[str, str]) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    for setting in settings:
        monkeypatch.setenv(f"AWS_USE_{setting}_ENDPOINT", "true")
    asked = host_of(region, CONFIG, "describe_config_rules"), host_of(region, IAM, "get_account_summary")
    assert asked == hosts
