"""How CloudTrail names services: by the name in request signatures, which botocore's models know."""

from collections.abc import Iterable

import botocore.session
from botocore.exceptions import BotoCoreError


def event_sources(services: Iterable[str]) -> dict[str, str]:
    """Return CloudTrail's event source by boto3's service name: `sso.amazonaws.com` for `sso-admin`.

    A service that botocore does not know is left out.
    """
    session = botocore.session.Session()
    found = {}
    for service in sorted(set(services)):
        try:
            found[service] = f"{session.get_service_model(service).signing_name}.amazonaws.com"
        except BotoCoreError:
            continue
    return found
