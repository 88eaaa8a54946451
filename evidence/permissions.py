"""Says what a role needs: the one list of operations behind `evidence policy` and every printed schedule."""

import re
from dataclasses import dataclass
from typing import Any

from evidence.aws import stacks
from evidence.aws.policy import assume_role_statement, document
from evidence.aws.stacks import RoleLocation
from evidence.collectors.base import catalogue
from evidence.corroborate.lookup import OPERATIONS
from evidence.custom.declarations import SwitchedOnItem
from evidence.errors import UsageError
from evidence.records import CONFIG_RESULTS, ROLE_NAME, ConfigSource, Operation, Scope, items_for_source
from evidence.signing.kms import statement


@dataclass(frozen=True, slots=True)
class NeededPermissions:
    """What one role may do: read what collectors and `corroborate` declare, enter accounts, sign."""

    location: RoleLocation = RoleLocation.ACCOUNT
    role: str = stacks.ROLE
    """In the members, which the management account's role may assume."""
    config_source: ConfigSource = "accounts"
    kms_key: str | None = None
    """ARN of the key of AWS KMS that it may sign with."""
    custom: tuple[SwitchedOnItem, ...] = ()
    """What installed packages declare and the settings switch on."""

    def __post_init__(self) -> None:
        # A run takes no other name either; a wildcard would let the role into every role that there is.
        if not re.fullmatch(ROLE_NAME, self.role):
            raise UsageError(
                f"{self.role!r} is not the name of a role.", "Pass --role with its path, or alone."
            )

    @property
    def operations(self) -> list[Operation]:
        """The read operations, in the collectors' order."""
        # Any member may be the one that has the aggregator.
        gathered = CONFIG_RESULTS["aggregator"] if self.config_source == "aggregator" else ()
        known, members = catalogue(self.custom), self.location is RoleLocation.MEMBERS
        operations = [
            operation
            for item in items_for_source(known, self.config_source)
            if not members or known[item].scope is not Scope.ORGANIZATION or item in gathered
            for operation in known[item].operations
        ]
        return operations if members else [*operations, *OPERATIONS]

    @property
    def signing(self) -> list[dict[str, Any]]:
        """The statement that lets it sign; none without a key. Raises UsageError for an alias."""
        return [statement(self.kms_key)] if self.kms_key else []

    def document(self) -> dict[str, Any]:
        """Return the policy document."""
        enters = (
            [assume_role_statement(f"arn:aws:iam::*:role/{self.role}")]
            if self.location is RoleLocation.MANAGEMENT
            else []
        )
        return document(self.operations, *enters, *self.signing)

    def cloudformation(self) -> dict[str, Any]:
        """Return a CloudFormation template of a role that has it."""
        return stacks.cloudformation(self.operations, self.location, *self.signing)

    def terraform(self) -> dict[str, Any]:
        """Return a Terraform module of a role that has it."""
        return stacks.terraform(self.operations, self.location, *self.signing)
