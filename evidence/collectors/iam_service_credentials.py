"""`iam.service-credentials`: users' credentials for one service: CodeCommit, Keyspaces, Bedrock."""

from collections.abc import Iterator

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope, ValueKind

CREDENTIALS = Operation("iam", "ListServiceSpecificCredentials", list_key="ServiceSpecificCredentials")

# AWS shows passwords and API keys once, when they are made, and never here; nothing else is kept.
KEPT = frozenset({
    "UserName", "Status", "ServiceUserName", "ServiceCredentialAlias", "CreateDate", "ExpirationDate",
    "ServiceSpecificCredentialId", "ServiceName",
})  # fmt: skip


@collector(
    item="iam.service-credentials",
    title="Service-specific credentials of IAM users",
    scope=Scope.ACCOUNT,
    operations=(CREDENTIALS,),
    shape=(
        "one record a credential: UserName, ServiceName, ServiceSpecificCredentialId, Status, CreateDate, "
        "ExpirationDate where it expires; never the password or API key"
    ),
    blind_spots=(
        "Says nothing of use: AWS gives no last-used date of these credentials.",
        "Short-term API keys, which are made from a session and end with it, are listed by no API.",
    ),
    people={
        ("ServiceUserName",): ValueKind.LOGIN,
        ("ServiceCredentialAlias",): ValueKind.LOGIN,
        ("ServiceSpecificCredentialId",): ValueKind.ACCESS_KEY,
    },
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield every credential of every user."""
    for found in ctx.records(CREDENTIALS, AllUsers=True):
        yield {member: value for member, value in found.items() if member in KEPT}
