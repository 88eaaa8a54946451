"""What is cut out of a run: files, items, regions and accounts, of which the ledger still tells."""

from collections.abc import Callable, Iterator

from evidence.records import Scope
from tests.omissions.material import Material

Found = tuple[str, str, str, Callable[[], Material]]
"""Kind, item, where, and what makes it."""


def cuts(material: Material) -> Iterator[Found]:
    """Yield each cut."""
    for file in sorted(material.units):
        yield from _files(material, file)
    for item in sorted({unit.item for unit in material.run.units}):
        yield from _items(material, item)
    for state in material.run.regions:
        if state.in_scope:
            yield from _regions(material, state.account, state.region)
    for account in material.run.accounts:
        yield from _accounts(material, account)


def _files(material: Material, file: str) -> Iterator[Found]:
    unit = material.units[file]
    gone = material.without_file(*unit.files)
    yield "file", unit.item, file, lambda: gone
    emptied = gone.with_unit(file, files=(), records=0)
    yield "file, said to be empty", unit.item, file, lambda: emptied
    units = tuple(one for one in material.run.units if one is not unit)
    yield "file and unit", unit.item, file, lambda: gone.with_run(units=units)


def _items(material: Material, item: str) -> Iterator[Found]:
    units = [one for one in material.run.units if one.item == item]
    gone = material.without_file(*(file for one in units for file in one.files))
    rest = tuple(one for one in material.run.units if one.item != item)
    planned = tuple(one for one in material.run.items if one.item != item)
    yield "item, still planned", item, item, lambda: gone.with_run(units=rest)
    yield "item", item, item, lambda: gone.with_run(units=rest, items=planned)
    empty = gone
    for unit in units:
        for file in unit.files:
            if file.endswith(".jsonl"):
                empty = empty.with_records(file, [])
    yield "item, every file empty", item, item, lambda: empty


def _regions(material: Material, account: str, region: str) -> Iterator[Found]:
    def here(one: object) -> bool:
        return (one.target.account, one.target.region) == (account, region)  # type: ignore[attr-defined]

    units = [one for one in material.run.units if here(one)]
    gone = material.without_file(*(file for one in units for file in one.files))
    rest = tuple(one for one in material.run.units if not here(one))
    known = tuple(one for one in material.run.regions if (one.account, one.region) != (account, region))
    outside = tuple(
        one.model_copy(update={"in_scope": False, "status": "DISABLED", "reason": "not enabled"})
        if (one.account, one.region) == (account, region)
        else one
        for one in material.run.regions
    )
    where = f"{account} {region}"
    yield "region", "run", where, lambda: gone.with_run(units=rest, regions=known)
    yield "region, said to be disabled", "run", where, lambda: gone.with_run(units=rest, regions=outside)


def _accounts(material: Material, account: str) -> Iterator[Found]:
    def here(one: object) -> bool:
        return one.target.account == account and one.target.scope is not Scope.ORGANIZATION  # type: ignore[attr-defined]

    units = [one for one in material.run.units if here(one)]
    gone = material.without_file(*(file for one in units for file in one.files))
    gone = gone.with_run(
        units=tuple(one for one in material.run.units if not here(one)),
        accounts=tuple(one for one in material.run.accounts if one != account),
        regions=tuple(one for one in material.run.regions if one.account != account),
    )
    unknown = tuple(one for one in material.run.account_states if one.account != account)
    outside = tuple(
        one.model_copy(update={"in_scope": False, "reason": "excluded by a setting: holds nothing"})
        if one.account == account
        else one
        for one in material.run.account_states
    )
    yield "account", "run", account, lambda: gone.with_run(account_states=unknown)
    yield "account, said to be left out", "run", account, lambda: gone.with_run(account_states=outside)
