"""CONTACT-1: the company in the contact of the account."""

from typing import Any

from tests.controls.world import ACCOUNT_TARGET
from tests.corpus.labelled import EXCEPTION, FAIL, MET, OPEN, PASS, Case, table

CONTACT = "account.contact-information"


def contact(**members: Any) -> dict[str, Any]:
    return {"ContactInformation": {"FullName": "Ann"} | members}


IN_GOOD_ORDER = {CONTACT: {ACCOUNT_TARGET: [contact(CompanyName="Northwind Ledger")]}}
CASES: tuple[Case, ...] = (
    *table("CONTACT-1", {"a company": "Northwind", "in another script": "田中", "with a space": "A B"},
           lambda name: {"conclusion": PASS, "rows": {"root": MET},
                         "records": {CONTACT: [contact(CompanyName=name)]}}),
    *table("CONTACT-1", {"left out": {}, "blank": {"CompanyName": " "}, "blanks": {"CompanyName": "\t "}},
           lambda members: {"conclusion": FAIL, "rows": {"root": EXCEPTION},
                            "records": {CONTACT: [contact(**members)]}}),
    *table("CONTACT-1", {"none": [], "two records": [contact(), contact()],
                         "empty": [contact(CompanyName="")], "a number": [contact(CompanyName=7)]},
           lambda records: {"conclusion": OPEN, "records": {CONTACT: records}}),
)  # fmt: skip
