"""`account.contact-information`: the person and the company that AWS has on record for the account."""

from collections.abc import Iterator

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope, ValueKind

CONTACT = Operation("account", "GetContactInformation", list_key="ContactInformation")
KEPT = ("FullName", "CompanyName")


@collector(
    item="account.contact-information",
    title="Contact of the account",
    scope=Scope.ACCOUNT,
    operations=(CONTACT,),
    shape="one record: ContactInformation (FullName, CompanyName)",
    blind_spots=(
        "Shows that a person is named, not that the person still works there.",
        "Address and phone number are dropped on collection.",
    ),
    people={("ContactInformation", "FullName"): ValueKind.NAME},
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield the contact without address and phone number."""
    contact = (ctx.call(CONTACT) or {})["ContactInformation"]
    yield {"ContactInformation": {name: contact[name] for name in KEPT if name in contact}}
