"""Answers for account: whom AWS has on record."""

from collections.abc import Mapping
from typing import Any

from evidence.demo_account.answers import AnswerContext, answers
from evidence.demo_account.wire import ApiRequest


@answers("account", "GetContactInformation")
def contact_information(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Return the person who opened the account."""
    return {
        "ContactInformation": {
            "FullName": "Philippa Quillfeather",
            "CompanyName": "Northwind Ledger",
            "AddressLine1": "1 Harbour Street",
            "City": "Dublin",
            "CountryCode": "IE",
            "PostalCode": "D01",
            "PhoneNumber": "+353 1 555 0100",
        }
    }
