"""`evidence policy`: the exact IAM policy that the collectors need."""

from enum import StrEnum
from typing import Annotated

import typer

from evidence.cli.output import Output


class PolicyFormat(StrEnum):
    """What the policy is printed as."""

    JSON = "json"
    CLOUDFORMATION = "cloudformation"


def policy(
    format: Annotated[  # noqa: A002 - the option's name
        PolicyFormat, typer.Option(help="A policy document, or a template with a role that has it.")
    ] = PolicyFormat.JSON,
    kms_key: Annotated[
        str | None,
        typer.Option(metavar="ARN", help="Also allow signing with this key of AWS KMS: its ARN, no alias."),
    ] = None,
) -> None:
    """Print the IAM policy that allows what collectors and `corroborate` declare, and nothing else."""
    from evidence.aws.policy import cloudformation, document
    from evidence.collectors.base import catalogue
    from evidence.corroborate.lookup import OPERATIONS
    from evidence.signing.kms import statement

    collected = [operation for collector in catalogue().values() for operation in collector.operations]
    operations = [*collected, *OPERATIONS]
    make = document if format is PolicyFormat.JSON else cloudformation
    signing = [statement(kms_key)] if kms_key else []
    Output(json=True).result(make(operations, *signing), "")
