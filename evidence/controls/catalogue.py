"""Finds every test of controls, and puts them into the order in which they are performed and printed."""

import functools
import importlib
import pkgutil

from evidence.bundle import Bundle
from evidence.controls import attestations as _attestations  # noqa: F401  (declares ATT-1 to ATT-6)
from evidence.controls import tests
from evidence.controls.declaration import BundleKind, ControlTest, registry
from evidence.readers.access_review import is_review


def catalogue() -> dict[str, ControlTest]:
    """Return every test by id, in the order of topics; finds them by looking into this package's files."""
    _declare_all()
    return {test.id: test for test in sorted(registry.values(), key=lambda test: test.place)}


def kind_of(bundle: Bundle) -> BundleKind:
    """Say what a bundle holds: the one place that tells reviews from collections."""
    return BundleKind.REVIEW if is_review(bundle) else BundleKind.COLLECTION


def catalogue_over(bundle: Bundle) -> dict[str, ControlTest]:
    """Return the tests that are performed over a bundle: over an access review others than over evidence."""
    kind = kind_of(bundle)
    return {name: test for name, test in catalogue().items() if kind in test.over}


@functools.cache
def _declare_all() -> None:
    """Import what declares tests; once in a process, which does not look for files again."""
    for module in pkgutil.iter_modules(tests.__path__):
        importlib.import_module(f"{tests.__name__}.{module.name}")
