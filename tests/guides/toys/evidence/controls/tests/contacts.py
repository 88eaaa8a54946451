"""Tests whom AWS would write to (CC2.3)."""

from collections.abc import Iterator

from evidence.controls.declaration import ControlTopic, Remedy, Row, Severity, Verdict, control_test
from evidence.readers.evidence import Evidence, require_text
from evidence.readers.pointer import pointer_to

CONTACT = "account.contact-information"


@control_test(
    id="CONTACT-1",
    title="Each account names its company",
    topic=ControlTopic("Contacts"),
    criteria=("CC2.3",),
    risk="AWS's warnings reach nobody who can act on them.",
    procedure="Read the contact of each account; it must name the company.",
    population="Each account in scope",
    attribute="The contact names a company",
    needs=(CONTACT,),
    empty="No account is in scope.",
    severity=Severity.MEDIUM,
    remedy=Remedy(
        console="Open the account page of {account}, Contact information, Edit: name the company.",
        cli=("aws account get-contact-information --account-id {account}",),
    ),
    limits="Does not show that the person still works there.",
)
def company_named(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account."""
    for account in evidence.accounts:
        record = evidence.only_record(CONTACT, account)
        contact = record.value["ContactInformation"]
        # AWS leaves the company out where there is none.
        company = require_text(contact["CompanyName"]).strip() if "CompanyName" in contact else ""
        yield Row(
            subject=f"arn:aws:iam::{account}:root",
            account=account,
            verdict=Verdict.MET if company else Verdict.EXCEPTION,
            observed=f"{require_text(contact['FullName'])} of {company or 'no company'}",
            expected="a company",
            pointers=(pointer_to(record),),
        )
