"""Test of central root management: members' root credentials are held by the organization (CC6.1, CC6.2)."""

from collections.abc import Iterator

from evidence.controls.base import Row, Verdict, control_test
from evidence.controls.evidence import Evidence, MalformedEvidenceError, at, listed, text

ORGANIZATION = "organizations.organization"
FEATURES = "organizations.root-access"
REQUIRED = "RootCredentialsManagement"


@control_test(
    id="ROOT-5",
    title="Root access of member accounts is managed centrally",
    topic="Root",
    criteria=("CC6.1", "CC6.2"),
    risk="Every member account has a root user of its own, with a password that somebody may recover.",
    procedure="Asked IAM which features of central root access the organization has enabled "
    "(ListOrganizationsFeatures) and looked for RootCredentialsManagement.",
    population="The organization",
    attribute="RootCredentialsManagement is enabled",
    needs=(ORGANIZATION, FEATURES),
    empty="The account belongs to no organization, so there are no member accounts to manage.",
    limits="Enabled means that members' root credentials can be removed centrally, not that they have been. "
    "The management account's own root is never covered: it stays in the scope of ROOT-1 to ROOT-4.",
)
def central_root_access(evidence: Evidence) -> Iterator[Row]:
    """Yield one row for the organization, none without one."""
    organizations, answers = list(evidence.records(ORGANIZATION)), list(evidence.records(FEATURES))
    found = [entry for entry in organizations if entry.value["Organization"] is not None]
    if len(answers) != 1:
        raise MalformedEvidenceError(f"{FEATURES} holds {len(answers)} records where one belongs")
    features = [text(name) for name in answers[0].value["EnabledFeatures"]]
    for located in found:
        organization = located.value["Organization"]
        master = text(organization["MasterAccountId"])
        yield Row(
            subject=text(organization["Arn"]),
            account=master,
            verdict=Verdict.MET if REQUIRED in features else Verdict.EXCEPTION,
            observed=f"enabled: {listed(features) or 'none'}",
            expected=f"{REQUIRED} enabled",
            pointers=(at(answers[0]), at(located)),
            note=f"The root user of the management account {master} is not covered: see ROOT-1 to ROOT-4.",
        )
