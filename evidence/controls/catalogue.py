"""Finds every test of controls, and puts them into the order in which they are performed and printed."""

import importlib
import pkgutil

from evidence.controls import attestations as _attestations  # noqa: F401  (declares ATT-1 to ATT-6)
from evidence.controls import tests
from evidence.controls.declaration import ControlTest, registry

_TOPIC_ORDER = (
    "ROOT",
    "ORG",
    "USER",
    "MFA",
    "KEY",
    "PWD",
    "PRIV",
    "TRUST",
    "SAMPLE",
    "CFG",
    "AA",
    "IDC",
    "IPE",
    "ATT",
)


def catalogue() -> dict[str, ControlTest]:
    """Return every test by id, in the catalogue's order; finds them by looking into this package's files."""
    for module in pkgutil.iter_modules(tests.__path__):
        importlib.import_module(f"{tests.__name__}.{module.name}")
    return dict(sorted(registry.items(), key=lambda entry: _order(entry[0])))


def _order(test_id: str) -> tuple[int, int]:
    topic, _, number = test_id.partition("-")
    return (_TOPIC_ORDER.index(topic), int(number or 0))
