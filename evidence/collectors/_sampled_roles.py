"""Chooses the roles inspected in full, the same way for every collector that looks into them."""

from dataclasses import dataclass

from evidence.collectors.base import Context
from evidence.settings.audit_sample import choose_roles

DETAILS = "iam.authorization-details"
"""The item the roles are chosen from; declare it under `needs`."""


@dataclass(frozen=True, slots=True)
class SampledRole:
    """One role to inspect, and why."""

    arn: str
    selected_by: str
    """`named` (in the settings) or `random`."""

    @property
    def name(self) -> str:
        """The role's name: the part of the ARN after its path."""
        return self.arn.rpartition("/")[2]


def sampled_roles(ctx: Context) -> list[SampledRole]:
    """Return the named roles, then the random ones in rank order.

    Without a seed from the auditor the collected details' own digest is the seed: nobody can know it before.
    """
    roles = (record["RoleDetail"] for record in ctx.needed(DETAILS) if "RoleDetail" in record)
    sample = choose_roles(roles, ctx.sampling, ctx.sampling.seed or ctx.digest_of(DETAILS))
    return [
        *(SampledRole(arn, "named") for arn in sample.named),
        *(SampledRole(arn, "random") for arn in sample.chosen),
    ]
