"""`sts.caller`: the identity that collected the evidence."""

from collections.abc import Iterator

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

IDENTITY = Operation("sts", "GetCallerIdentity", list_key="Account")


@collector(
    item="sts.caller",
    title="Identity that collected the evidence",
    scope=Scope.ACCOUNT,
    operations=(IDENTITY,),
    shape="one record: Account, Arn and UserId of the credentials used",
    blind_spots=(
        "Names the role session or user whose credentials were used, not the person who typed the command.",
    ),
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield the caller's identity."""
    identity = ctx.call(IDENTITY)
    if identity is not None:
        yield identity
