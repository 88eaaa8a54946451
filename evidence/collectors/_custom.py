"""Makes collectors of the items that installed packages declare: one generator of ours asks for all of them.

Nothing of a package runs here: what it declared is data by now.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from evidence.aws.custom_operations import custom_request
from evidence.collectors.base import Collector, Context, Record
from evidence.custom.declarations import MEMBER, CustomItem, CustomOperation, SwitchedOnItem
from evidence.records import Operation


def collectors_of(items: Iterable[SwitchedOnItem]) -> dict[str, Collector]:
    """Return the collectors of custom items, by item."""
    return {one.item: _collector(one) for one in items}


def require_reading(item: CustomItem) -> None:
    """Raise UsageError for an item with an operation that a custom item may not declare."""
    for asked in item.operations:
        custom_request(_operation(asked), {*asked.parameters, *asked.from_member}, lists=asked is item.lists)


def _collector(one: SwitchedOnItem) -> Collector:
    declared = one.declared

    def collect(context: Context) -> Iterator[Record]:
        return _records(context, declared)

    return Collector(
        item=one.item,
        title=declared.title,
        scope=declared.scope,
        operations=tuple(map(_operation, declared.operations)),
        blind_spots=declared.blind_spots,
        shape=declared.shape,
        collect=collect,
        counted=tuple(asked.name for asked in declared.operations),
    )


def _records(context: Context, declared: CustomItem) -> Iterator[Record]:
    listing = declared.lists
    always: dict[str, Any] = dict(listing.parameters)

    def with_details(inner: Context, member: Any) -> Record:
        listed = member if isinstance(member, dict) else {MEMBER: member}
        answers = ((asked.name, _ask(inner, asked, listed)) for asked in declared.details)
        return {listing.name: listed, **dict(answers)}

    yield from context.map(with_details, context.records(_operation(listing), **always))


def _ask(context: Context, asked: CustomOperation, listed: Mapping[str, Any]) -> Any:
    """Ask for one listed member; raises ValueError where it lacks what is asked by, which makes a gap."""
    if lacking := [name for name in asked.from_member.values() if name not in listed]:
        raise ValueError(f"{asked.name} is asked by {lacking[0]}, which a listed member lacks")
    parameters: dict[str, Any] = dict(asked.parameters)
    parameters |= {name: listed[member] for name, member in asked.from_member.items()}
    return context.call(_operation(asked), **parameters)


def _operation(asked: CustomOperation) -> Operation:
    return Operation(asked.service, asked.name, list_key=asked.list_key, pin=asked.pin)
