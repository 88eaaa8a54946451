"""Tests that IAM Identity Center is in use (CC6.1, CC6.2). IDC-2 is in identity_source."""

from collections.abc import Iterator
from typing import Any

from evidence.bundle import LocatedRecord
from evidence.controls import topics
from evidence.controls.declaration import Row, Verdict, control_test
from evidence.readers.evidence import Evidence, require_text
from evidence.readers.pointer import pointer_to

CRITERIA = ("CC6.1", "CC6.2", "CC6.3")
INSTANCE = "identity-center.instance"
ORGANIZATION = "organizations.organization"


def master_account(evidence: Evidence) -> tuple[str, LocatedRecord] | None:
    """Return the management account and where the organization is described; None without organization."""
    records = list(evidence.records(ORGANIZATION))
    for located in records:
        organization = located.value["Organization"]
        if organization is not None:
            return require_text(organization["MasterAccountId"]), located
    return None


@control_test(
    id="IDC-1",
    title="Identity Center is in use",
    topic=topics.IDENTITY_CENTER,
    criteria=CRITERIA,
    risk="Without one place for people's access, leavers are removed account by account, or not.",
    procedure="Looked in every region in scope for an instance of Identity Center that is ACTIVE and whose "
    "owner is "
    "the organization's management account. Instances of single accounts do not count.",
    population="The organization, and every instance found",
    attribute="An organization instance is ACTIVE",
    needs=(INSTANCE, ORGANIZATION),
    empty="The account belongs to no organization, so there can be no organization instance.",
    limits="ListInstances answers in its region only: an instance at home in a region out of scope is not "
    "seen.",
)
def identity_center_in_use(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per instance, and one for the organization when it has none."""
    master = master_account(evidence)
    instances = list(evidence.records(INSTANCE))
    if master is None:
        return
    account, organization = master
    own = [found for found in instances if found.value["Instance"]["OwnerAccountId"] == account]
    for located in instances:
        yield _instance_row(located, account)
    if not own:
        yield Row(
            subject=organization.value["Organization"]["Arn"],
            account=account,
            verdict=Verdict.EXCEPTION,
            observed="no organization instance in the regions in scope",
            expected="an organization instance, ACTIVE",
            pointers=(pointer_to(organization),),
            attributes={"owner": ""},
        )


def _instance_row(located: LocatedRecord, master: str) -> Row:
    instance: dict[str, Any] = located.value["Instance"]
    active = instance["Status"] == "ACTIVE"
    verdict = Verdict.MET if active else Verdict.EXCEPTION
    other = instance["OwnerAccountId"] != master
    return Row(
        subject=instance["InstanceArn"],
        account=instance["OwnerAccountId"],
        region=located.value["Region"],
        verdict=Verdict.OUT_OF_SCOPE if other else verdict,
        observed=f"{'account' if other else 'organization'} instance, {instance['Status']}",
        expected="an organization instance, ACTIVE",
        pointers=(pointer_to(located),),
        note="An instance of one account grants no access to AWS accounts." if other else "",
        attributes={"owner": instance["OwnerAccountId"]},
    )
