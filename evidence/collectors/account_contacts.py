"""`account.contacts`: whom AWS writes to about security."""

from collections.abc import Iterator

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope, ValueKind

CONTACT = Operation("account", "GetAlternateContact", list_key="AlternateContact")

KIND = "SECURITY"
KEPT = ("Name", "Title", "EmailAddress")


@collector(
    item="account.contacts",
    title="Security contact of the account",
    scope=Scope.ACCOUNT,
    operations=(CONTACT,),
    shape=(
        "one record: AlternateContactType SECURITY and AlternateContact (Name, Title, EmailAddress) or null"
    ),
    blind_spots=(
        "Shows that an address is set, not that anybody reads it.",
        "The phone number is dropped on collection.",
    ),
    people={
        ("AlternateContact", "Name"): ValueKind.NAME,
        ("AlternateContact", "Title"): ValueKind.TITLE,
    },
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield the security contact without its phone number, or null where none is set."""
    answer = ctx.call(CONTACT, absent=("ResourceNotFoundException",), AlternateContactType=KIND)
    contact = answer["AlternateContact"] if answer else None
    yield {
        "AlternateContactType": KIND,
        "AlternateContact": contact and {key: contact[key] for key in KEPT if key in contact},
    }
