"""Tests that IAM Identity Center is in use (CC6.1, CC6.2). IDC-2 is in identity_source."""

from collections.abc import Iterator

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.controls.rows import none_found
from evidence.readers.evidence import Evidence
from evidence.readers.identity_center import INSTANCE, DirectoryInstance, instances
from evidence.readers.organizations import DELEGATED, ORGANIZATION, Organization, organizations
from evidence.readers.unreadable import require_readable

CRITERIA = ("CC6.1", "CC6.2", "CC6.3")


def the_organization(evidence: Evidence) -> Organization | None:
    """Return the organization; None where the account belongs to none."""
    found = list(require_readable(organizations(evidence)))
    return found[0] if found else None


@control_test(
    id="IDC-1",
    title="Identity Center is in use",
    topic=topics.IDENTITY_CENTER,
    criteria=CRITERIA,
    risk="Without one place for people's access, leavers are removed account by account, or not.",
    procedure="Asked for the instances of Identity Center of all regions, and region by region where that "
    "was refused or found none. One must be ACTIVE and belong to the organization's management account; "
    "instances of single accounts do not count. That there is none is said only where every enabled region "
    "answered, and where no role or provider of Identity Center in an account says otherwise (IPE-15).",
    population="The organization, and every instance found",
    attribute="An organization instance is ACTIVE",
    needs=(INSTANCE, ORGANIZATION),
    empty="The account belongs to no organization, so there can be no organization instance.",
    severity=Severity.MEDIUM,
    uses=(DELEGATED,),
    limits="What ListInstances tells a member account is not documented: 'none' counts only from the "
    "management account or Identity Center's delegated administrator.",
    remedy=Remedy(
        console="In the management account open IAM Identity Center, in the region that is to be its "
        "home, and choose Enable; choose to enable it with AWS Organizations. No command enables "
        "an organization instance; the one here shows what there is.",
        cli=("aws sso-admin list-instances",),
    ),
)
def identity_center_in_use(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per instance, and one for the organization when it has none."""
    organization = the_organization(evidence)
    found = list(require_readable(instances(evidence)))
    if organization is None:
        return
    for one in found:
        yield _instance_row(one, organization.management)
    if not any(one.owner == organization.management for one in found):
        verdict, why = none_found(evidence, INSTANCE)
        yield Row(
            subject=organization.arn,
            account=organization.management,
            verdict=verdict,
            observed="no organization instance was found" if why else "there is no organization instance",
            expected="an organization instance, ACTIVE",
            pointers=(organization.pointer,),
            note=why,
            attributes={"owner": ""},
        )


def _instance_row(one: DirectoryInstance, management: str) -> Row:
    verdict = Verdict.MET if one.status == "ACTIVE" else Verdict.EXCEPTION
    other = one.owner != management
    return Row(
        subject=one.arn,
        account=one.owner,
        region=one.region,
        verdict=Verdict.OUT_OF_SCOPE if other else verdict,
        observed=f"{'account' if other else 'organization'} instance, {one.status}",
        outside="an instance of one account",
        expected="an organization instance, ACTIVE",
        pointers=(one.pointer,),
        note="An instance of one account grants no access to AWS accounts." if other else "",
        attributes={"owner": one.owner},
    )
