"""Credentials, profile, region and partition, from the standard AWS settings."""

import pytest

from evidence.aws.sessions import connect
from evidence.errors import CredentialsError, UsageError
from evidence.records import Operation

NONE: list[Operation] = []


def connected(**more):
    return connect(**({"profile": None, "region": None, "operations": NONE, "connections": 2} | more))


def test_no_credentials(scripted, monkeypatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    with pytest.raises(CredentialsError, match="No AWS credentials"):
        connected()


def test_half_a_pair_of_credentials(scripted, monkeypatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(CredentialsError, match="part of the AWS credentials"):
        connected()


def test_unknown_profile(scripted) -> None:
    with pytest.raises(UsageError, match="nobody"):
        connected(profile="nobody")


@pytest.mark.parametrize("region", ["moon-base-1", "us-east-99", "eu west 1", "../../etc"])
def test_unknown_region(scripted, region: str) -> None:
    with pytest.raises(UsageError, match="no AWS region named"):
        connected(region=region)


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("us-gov-east-1", "aws-us-gov"), ("cn-northwest-1", "aws-cn")],
)
def test_partition(scripted, region: str, partition: str) -> None:
    connection = connected(region=region)
    assert connection.partition == partition
    assert region in connection.known_regions


def test_without_any_region_the_partitions_own(scripted, monkeypatch) -> None:
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert connected().account.region == "us-east-1"


def test_the_region_is_looked_up_as_the_aws_cli_does(scripted, monkeypatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert connected().account.region == "eu-central-1"
    monkeypatch.delenv("AWS_REGION")
    assert connected().account.region == "eu-west-1"


def test_clients_are_made_once_for_each_service_and_region(scripted) -> None:
    account = connected().account
    assert account.client("config", "eu-west-1") is account.client("config")
    assert account.client("config", "us-east-1") is not account.client("config")


def test_a_profiles_own_role_is_assumed_outside_the_gate(scripted, monkeypatch, tmp_path) -> None:
    from tests.aws.scripted_aws import xml

    config = tmp_path / "config"
    config.write_text(
        "[profile auditor]\nrole_arn = arn:aws:iam::123456789012:role/Auditor\n"
        "credential_source = Environment\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    scripted.script = [
        xml(
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAX</AccessKeyId>"
            "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
            "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
        ),
        xml(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>"
            "</GetCallerIdentityResult></GetCallerIdentityResponse>"
        ),
    ]
    account = connected(profile="auditor").account
    with account.signing():
        assert account.client("sts").get_caller_identity()["Account"] == "123456789012"
    assert b"AssumeRole" in scripted.requests[0]
