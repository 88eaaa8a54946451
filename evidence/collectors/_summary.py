"""Prints the catalogue of evidence items, for machines, for people and for the docs."""

from collections.abc import Sequence
from typing import Any

from evidence.collectors.base import Collector, catalogue
from evidence.custom.declarations import SwitchedOnItem


def items_document(custom: Sequence[SwitchedOnItem] = ()) -> list[dict[str, Any]]:
    """Return every item's declaration as JSON values."""
    packages = {one.item: {"package": one.package.model_dump()} for one in custom}
    return [
        {
            "item": collector.item,
            "title": collector.title,
            "scope": collector.scope.value,
            "headline": bool(collector.headline),
            "operations": _operations(collector),
            "needs": list(collector.needs),
            "uses": list(collector.uses),
            "record": collector.shape,
            "blind_spots": list(collector.blind_spots),
            **packages.get(collector.item, {}),
        }
        for collector in catalogue(custom).values()
    ]


def items_text(custom: Sequence[SwitchedOnItem] = ()) -> str:
    """Return the catalogue for a terminal: a paragraph an item."""
    packages = {one.item: str(one.package) for one in custom}
    return "\n\n".join(
        _paragraph(collector, packages.get(item, "")) for item, collector in catalogue(custom).items()
    )


def items_markdown() -> str:
    """Return the catalogue as a document: a section an item, the six that auditors ask for first."""
    collectors = sorted(catalogue().values(), key=lambda one: (one.headline or 99, one.item))
    head = (
        "# Evidence items\n\nGenerated from the collectors' declarations by `make docs`. The first six "
        "are those that auditors ask for by name. A record holds the members that boto3 returns."
    )
    return "\n\n".join((head, *(_section(collector) for collector in collectors)))


def _section(collector: Collector) -> str:
    needs = f"\n- Builds on: {', '.join(f'`{item}`' for item in collector.needs)}" if collector.needs else ""
    needs += f"\n- Looks into: {', '.join(f'`{item}`' for item in collector.uses)}" if collector.uses else ""
    blind = "\n".join(f"  - {sentence}" for sentence in collector.blind_spots)
    operations = ", ".join(f"`{operation}`" for operation in _operations(collector))
    return (
        f"## `{collector.item}`\n\n{collector.title}.\n\n- Collected for: {collector.scope.value}\n"
        f"- AWS operations: {operations}{needs}\n- Record: {collector.shape}\n- Does not show:\n{blind}"
    )


def _paragraph(collector: Collector, package: str) -> str:
    return "\n".join(
        (
            f"{collector.item} ({collector.scope.value}): {collector.title}",
            *([f"  of     {package}, not of this program"] if package else ()),
            f"  asks   {', '.join(_operations(collector))}",
            *(f"  blind  {sentence}" for sentence in collector.blind_spots),
        )
    )


def _operations(collector: Collector) -> list[str]:
    return [f"{operation.service}:{operation.name}" for operation in collector.operations]
