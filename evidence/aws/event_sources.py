"""Says how CloudTrail names services: by the name in request signatures, which botocore's models know."""

from collections.abc import Iterable

from botocore.exceptions import BotoCoreError

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
