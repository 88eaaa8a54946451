"""Loads what the settings switch on of installed packages, before AWS is asked for anything."""

from pydantic import ValidationError

from evidence.collectors._custom import require_reading
from evidence.collectors.base import catalogue
from evidence.collectors.base import registry as item_registry
from evidence.custom.declarations import NOTHING_CUSTOM, CustomItem, CustomScope, SwitchedOnItem
from evidence.custom.packages import ITEMS, TESTS, InstalledEntry, installed
from evidence.errors import UsageError
from evidence.settings.model import THREADS, Settings


def custom_scope(settings: Settings) -> CustomScope:
    """Return what the settings switch on, as it will be sealed.

    Raises UsageError for a name that no installed package has, for what cannot be loaded, for an item that
    would do anything but read, for a test that needs an item which is not there, and beside a cluster, whose
    machines would have to have the same packages.
    """
    wanted = settings.custom
    if not (wanted.items or wanted.tests):
        return NOTHING_CUSTOM
    from evidence.controls.custom import load_test  # a collection needs no test else

    if wanted.items and settings.collect.executor != THREADS:
        raise UsageError(
            "Custom items are collected on this machine alone.",
            f'Leave collect.executor at "{THREADS}", or switch them off in [custom].',
        )
    items = tuple(map(_item, installed(ITEMS, wanted.items)))
    tests = tuple(load_test(entry)[1] for entry in installed(TESTS, wanted.tests))
    known = catalogue(items)
    for test in tests:
        if unknown := [item for item in test.needs if item not in known]:
            raise UsageError(
                f"{test.id} needs the item {unknown[0]}, which is neither one of ours nor switched on.",
                "Add the name of its entry point to custom.items.",
            )
    try:
        return CustomScope(items=items, tests=tests)
    except ValidationError as error:
        raise UsageError(
            "Two names in [custom] stand for the same item or test.", "Leave one of them out."
        ) from error


def _item(entry: InstalledEntry) -> SwitchedOnItem:
    from evidence.controls.catalogue import catalogue as our_tests
    from evidence.controls.declaration import registry

    catalogue()
    our_tests()  # all of ours are declared before anything of others is imported
    declared = entry.load(CustomItem, item_registry, registry)
    require_reading(declared)
    return SwitchedOnItem(entry=entry.name, package=entry.package, declared=declared)
