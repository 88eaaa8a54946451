"""`evidence policy`: the exact IAM policy that the collectors need."""

from enum import StrEnum
from typing import Annotated

import typer

from evidence.cli.output import Output


class PolicyFormat(StrEnum):
    """What the policy is printed as."""

    JSON = "json"
    CLOUDFORMATION = "cloudformation"
    TERRAFORM = "terraform"


class Place(StrEnum):
    """For which account it is; the same words as `evidence.aws.stacks.Kind`, which is imported when used."""

    ACCOUNT = "account"
    MANAGEMENT = "management"
    MEMBERS = "members"


def policy(
    *,
    format: Annotated[  # noqa: A002 - the option's name
        PolicyFormat, typer.Option(help="A policy document, or a template with a role that has it.")
    ] = PolicyFormat.JSON,
    place: Annotated[
        Place,
        typer.Option(
            "--for",
            help="One account; or, of an organization, the management account, whose role may enter the "
            "others, or every member account.",
        ),
    ] = Place.ACCOUNT,
    role: Annotated[
        str, typer.Option(metavar="NAME", help="Role in the members that the management account may assume.")
    ] = "EvidenceCollector",
    cloudformation: Annotated[
        bool, typer.Option("--cloudformation", help="The same as --format cloudformation.")
    ] = False,
    terraform: Annotated[bool, typer.Option("--terraform", help="The same as --format terraform.")] = False,
    kms_key: Annotated[
        str | None,
        typer.Option(metavar="ARN", help="Also allow signing with this key of AWS KMS: its ARN, no alias."),
    ] = None,
) -> None:
    """Print the IAM policy that allows what collectors and `corroborate` declare, and nothing else."""
    from evidence.aws import stacks
    from evidence.aws.policy import document, entering
    from evidence.collectors.base import catalogue
    from evidence.corroborate.lookup import OPERATIONS
    from evidence.records import Scope
    from evidence.signing.kms import statement

    signing = [statement(kms_key)] if kms_key else []
    kind = stacks.Kind(place.value)
    operations = [
        operation
        for collector in catalogue().values()
        if kind is not stacks.Kind.MEMBERS or collector.scope is not Scope.ORGANIZATION
        for operation in collector.operations
    ]
    if kind is not stacks.Kind.MEMBERS:
        operations += OPERATIONS
    if cloudformation or format is PolicyFormat.CLOUDFORMATION:
        made = stacks.cloudformation(operations, kind, *signing)
    elif terraform or format is PolicyFormat.TERRAFORM:
        made = stacks.terraform(operations, kind, *signing)
    else:
        enters = [entering(f"arn:aws:iam::*:role/{role}")] if kind is stacks.Kind.MANAGEMENT else []
        made = document(operations, *enters, *signing)
    Output(json=True).result(made, "")
