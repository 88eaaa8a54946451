"""Says how CloudTrail names services, and where it records global ones: as botocore's models know them."""

from collections.abc import Iterable
from functools import cache

from botocore.exceptions import BotoCoreError

from evidence.aws.models import open_session
from evidence.aws.policy import signing_name


def event_sources(services: Iterable[str]) -> dict[str, str]:
    """Return CloudTrail's event source by boto3's service name: `sso.amazonaws.com` for `sso-admin`.

    A service that botocore does not know is left out.
    """
    found = {}
    for service in sorted(set(services)):
        try:
            found[service] = f"{signing_name(service)}.amazonaws.com"
        except BotoCoreError:
            continue
    return found


@cache
def global_region(service: str, region: str) -> str:
    """Return the region in which a service without regions answers, in the partition of a region.

    CloudTrail records there what is done in it. Raises BotoCoreError for a region of no partition.
    """
    session = open_session()
    partition = session.get_partition_for_region(region)
    known = {one["partition"]: one["services"] for one in session.get_data("endpoints")["partitions"]}
    described = known.get(partition, {}).get(service, {})
    if "partitionEndpoint" in described:
        endpoint = described["endpoints"][described["partitionEndpoint"]]
        return str(endpoint["credentialScope"]["region"])
    outputs = {one["id"]: one["outputs"] for one in session.get_data("partitions")["partitions"]}
    return str(outputs[partition]["implicitGlobalRegion"])
