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
    from evidence.aws.stacks import RoleLocation
    from evidence.collect.custom import custom_scope
    from evidence.permissions import NeededPermissions
    from evidence.settings.file import load

    custom = custom_scope(load(config)).items
    needed = NeededPermissions(RoleLocation(place.value), role, config_source.value, kms_key, custom)
    if cloudformation or format is PolicyFormat.CLOUDFORMATION:
        made = needed.cloudformation()
    elif terraform or format is PolicyFormat.TERRAFORM:
        made = needed.terraform()
    else:
        made = needed.document()
    Output(json=True).result(made, "")
