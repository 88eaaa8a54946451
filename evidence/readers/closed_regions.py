"""Finds the regions that a service control policy closes to an account, by the collected policies.

What is refused there is no hole in the evidence: nobody in the account can have anything made there, save
whom the policy itself leaves out. A refusal without such a policy stays a gap.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from evidence.bundle import Bundle
from evidence.bundle.format.models import GapRecord
from evidence.policies.conditions import RequestContext, Truth, holds
from evidence.policies.document import Statement
from evidence.policies.evaluate import action_applies
from evidence.policies.organization import TreeError, denies_most, reaches_everything
from evidence.readers.coverage import Coverage, coverage
from evidence.readers.evidence import Evidence, joined_names
from evidence.readers.organizations import TREE, WholeOrganization, whole_organization
from evidence.readers.pointer import Pointer
from evidence.readers.unreadable import MALFORMED
from evidence.records import DENIALS, Cause, Scope, Target

REQUESTED = "aws:requestedregion"
_PREFIXES = {"accessanalyzer": "access-analyzer"}
"""IAM's prefix of services that boto3 names otherwise, among those asked by region."""


@dataclass(frozen=True, slots=True)
class ClosedRegion:
    """A region that a service control policy closes to an account."""

    region: str
    policy: str
    """The policy's label."""
    statement: Statement
    pointer: Pointer

    @property
    def words(self) -> str:
        """That it is closed, and by what."""
        return f"closed to the account by the service control policy {self.policy}"

    @property
    def note(self) -> str:
        """Whom the policy leaves out; empty where that is nobody."""
        left_out = [
            value for one in self.statement.conditions if one.key != REQUESTED for value in one.values
        ]
        return f"The policy makes exceptions by {joined_names(left_out)}." if left_out else ""

    def denies(self, operation: str) -> bool:
        """Say whether an operation, as `config:DescribeConfigRules`, is among what is denied."""
        service, _, name = operation.partition(":")
        return (
            action_applies(self.statement.actions, f"{_PREFIXES.get(service, service)}:{name}") is Truth.YES
        )


def closed_regions(evidence: Evidence, account: str) -> dict[str, ClosedRegion]:
    """Return the regions closed to an account, by name; none where the organization was not read whole.

    It reads items of the organization that the test at hand need not declare.
    """
    whole = Evidence.whole(evidence.bundle)
    return whole.once("closed regions", lambda: _closed(whole)).get(account, {})


def closing_coverage(bundle: Bundle, needs: Iterable[str]) -> Coverage:
    """Return what `coverage` does, with refusals in closed regions told apart from gaps."""
    closed = Evidence.whole(bundle).once("refusals in closed regions", lambda: _closed_targets(bundle))
    return coverage(bundle, needs, closed)


def _closed_targets(bundle: Bundle) -> Mapping[tuple[str, Target], ClosedRegion]:
    """Return, by item and target, the refusals that a collected policy explains."""
    refused = [gap for gap in bundle.gaps if gap.target.scope is Scope.REGION and gap.cause in DENIALS]
    if not refused:
        return {}
    evidence = Evidence.whole(bundle)
    found = dict(_explained(evidence, refused))
    # What builds on a refused item could not be asked for the same reason.
    where = {target: one for (_, target), one in found.items()}
    for gap in bundle.gaps:
        target = gap.target.target()
        if gap.cause is Cause.PREREQUISITE_MISSING and target in where:
            found[gap.item, target] = where[target]
    return found


def _explained(
    evidence: Evidence, refused: Iterable[GapRecord]
) -> Iterator[tuple[tuple[str, Target], ClosedRegion]]:
    for gap in refused:
        one = closed_regions(evidence, gap.target.account).get(gap.target.region or "")
        if one is not None and one.denies(gap.operation):
            yield (gap.item, gap.target.target()), one


def _closed(evidence: Evidence) -> dict[str, dict[str, ClosedRegion]]:
    if not all(map(evidence.has, TREE)):
        return {}
    try:
        organization = whole_organization(evidence)
    except MALFORMED:
        return {}
    if organization is None:
        return {}
    regions: dict[str, list[str]] = {}
    for state in evidence.run.regions:
        regions.setdefault(state.account, []).append(state.region)
    return {
        account: dict(_of_account(organization, account, names, evidence.run.partition))
        for account, names in regions.items()
    }


def _of_account(
    organization: WholeOrganization, account: str, regions: Iterable[str], partition: str
) -> Iterator[tuple[str, ClosedRegion]]:
    try:
        bound = [scp for level in organization.tree.levels(account) for scp in level]
    except TreeError:
        return
    closing = [
        (scp.name, statement)
        for scp in bound
        for statement in scp.statements
        if statement.denies
        and reaches_everything(statement)
        and denies_most(statement)
        and any(demand.key == REQUESTED for demand in statement.conditions)
    ]
    for region in regions:
        contexts = [_anybody(account, region, partition, *kind) for kind in _KINDS]
        for name, statement in closing:
            if all(_holds(statement, context) for context in contexts):
                yield region, ClosedRegion(region, name, statement, organization.scps[name].pointer)
                break


_KINDS = (("role", "AssumedRole"), ("user", "User"))
"""As whom people ask: a region that users may enter is not closed to the account."""


def _holds(statement: Statement, context: RequestContext) -> bool:
    return holds(statement.conditions, context, variables=statement.variables) is Truth.YES


def _anybody(account: str, region: str, partition: str, kind: str, type_: str) -> RequestContext:
    """Return what is known of a request of anybody in an account whom no policy names."""
    known = {
        REQUESTED: (region,),
        "aws:principalarn": (f"arn:{partition}:iam::{account}:{kind}/anybody",),
        "aws:principalaccount": (account,),
        "aws:principaltype": (type_,),
        "aws:principalisawsservice": ("false",),
    }
    return RequestContext(known, absent=frozenset({"aws:assumedroot"}))
