"""Makes evidence/aws/requests.json (`make requests`): what botocore's models send for each operation used."""

import json

from evidence.aws.gate import ASSUME_ROLE, CALLER_IDENTITY
from evidence.aws.models import open_session
from evidence.aws.requests import FILE, request_of
from evidence.collectors.base import catalogue
from evidence.corroborate import lookup
from evidence.records import Operation
from evidence.signing import kms


def operations() -> list[Operation]:
    """Return every operation that some gate of this program lets through, each once."""
    declared = [operation for collector in catalogue().values() for operation in collector.operations]
    used = [*declared, *lookup.OPERATIONS, *kms.OPERATIONS, CALLER_IDENTITY, ASSUME_ROLE]
    return list({(one.service, one.name): one for one in used}.values())


def content() -> str:
    """Return the table by botocore as it is installed, one line an operation."""
    session = open_session()
    rows = []
    for one in sorted(operations(), key=lambda one: (one.service, one.name)):
        pinned = request_of(session.get_service_model(one.service).operation_model(one.name))
        rows.append(json.dumps({name: getattr(pinned, name) for name in pinned.__dataclass_fields__}))
    return "[\n" + ",\n".join(rows) + "\n]\n"


def main() -> None:
    """Write the table."""
    FILE.write_text(content(), encoding="utf-8")


if __name__ == "__main__":
    main()
