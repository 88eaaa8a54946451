"""`organizations.account-tags`: the tags of every account of the organization."""

from collections.abc import Iterator
from typing import Any

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

TAGS = Operation("organizations", "ListTagsForResource", list_key="Tags")

ACCOUNTS = "organizations.accounts"


@collector(
    item="organizations.account-tags",
    title="Tags of accounts",
    scope=Scope.ORGANIZATION,
    operations=(TAGS,),
    shape="one record an account: AccountId and Tags",
    blind_spots=("Tags as they are now: what they were during the period is kept by no API.",),
    needs=(ACCOUNTS,),
    grows_by=Scope.ACCOUNT,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield each account's tags."""
    yield from ctx.map(_tags, (record["Account"]["Id"] for record in ctx.needed(ACCOUNTS)))


def _tags(ctx: Context, account: str) -> dict[str, Any]:
    return {"AccountId": account, "Tags": list(ctx.records(TAGS, ResourceId=account))}
