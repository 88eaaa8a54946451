"""`evidence policy`: the exact IAM policy that the collectors need."""

from enum import StrEnum
from typing import Annotated

import typer

from evidence.cli.options import Config
from evidence.cli.output import Output


class PolicyFormat(StrEnum):
    """What the policy is printed as."""

    JSON = "json"
    CLOUDFORMATION = "cloudformation"
    TERRAFORM = "terraform"


class PolicyAudience(StrEnum):
    """For which account it is; the words of `aws.stacks.RoleLocation`, which is imported when used."""

    ACCOUNT = "account"
    MANAGEMENT = "management"
    MEMBERS = "members"


class ConfigResultsSource(StrEnum):
    """The same words as `evidence.records.ConfigSource`."""

    ACCOUNTS = "accounts"
    AGGREGATOR = "aggregator"


def policy(
    *,
    format: Annotated[  # noqa: A002 - the option's name
        PolicyFormat, typer.Option(help="A policy document, or a template with a role that has it.")
    ] = PolicyFormat.JSON,
    place: Annotated[
        PolicyAudience,
        typer.Option(
            "--for",
            help="One account; or, of an organization, the management account, whose role may enter the "
            "others, or every member account.",
        ),
    ] = PolicyAudience.ACCOUNT,
    role: Annotated[
        str, typer.Option(metavar="NAME", help="Role in the members that the management account may assume.")
    ] = "EvidenceCollector",
    config_source: Annotated[
        ConfigResultsSource,
        typer.Option(help="Where runs read the results of AWS Config's rules (collect.config_source)."),
    ] = ConfigResultsSource.ACCOUNTS,
    cloudformation: Annotated[
        bool, typer.Option("--cloudformation", help="The same as --format cloudformation.")
    ] = False,
    terraform: Annotated[bool, typer.Option("--terraform", help="The same as --format terraform.")] = False,
    kms_key: Annotated[
        str | None,
        typer.Option(metavar="ARN", help="Also allow signing with this key of AWS KMS: its ARN, no alias."),
    ] = None,
    config: Config = None,
) -> None:
    """Print the IAM policy that allows what collectors and `corroborate` declare, and nothing else.

    Collectors are ours, and those of the custom items that `[custom]` in the settings switches on.
    """
    from evidence.aws import stacks
    from evidence.aws.policy import assume_role_statement, document
    from evidence.collect.custom import custom_scope
    from evidence.collectors.base import catalogue
    from evidence.corroborate.lookup import OPERATIONS
    from evidence.records import CONFIG_RESULTS, Scope, items_for_source
    from evidence.settings.file import load
    from evidence.signing.kms import statement

    signing = [statement(kms_key)] if kms_key else []
    kind = stacks.RoleLocation(place.value)
    # Any member may be the one that has the aggregator.
    gathered = CONFIG_RESULTS["aggregator"] if config_source is ConfigResultsSource.AGGREGATOR else ()
    known = catalogue(custom_scope(load(config)).items)
    operations = [
        operation
        for item in items_for_source(known, config_source.value)
        if kind is not stacks.RoleLocation.MEMBERS
        or known[item].scope is not Scope.ORGANIZATION
        or item in gathered
        for operation in known[item].operations
    ]
    if kind is not stacks.RoleLocation.MEMBERS:
        operations += OPERATIONS
    if cloudformation or format is PolicyFormat.CLOUDFORMATION:
        made = stacks.cloudformation(operations, kind, *signing)
    elif terraform or format is PolicyFormat.TERRAFORM:
        made = stacks.terraform(operations, kind, *signing)
    else:
        enters = (
            [assume_role_statement(f"arn:aws:iam::*:role/{role}")]
            if kind is stacks.RoleLocation.MANAGEMENT
            else []
        )
        made = document(operations, *enters, *signing)
    Output(json=True).result(made, "")
