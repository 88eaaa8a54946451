"""Tells which requirements of other frameworks a test bears on: a judgement, kept as data."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from evidence import toml
from evidence.controls.declaration import Family

LABEL = "A judgement of this project: which requirements a test bears on, not that it fulfils them."

_FILE = Path(__file__).with_name("crosswalk.toml")


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework that tests are mapped to."""

    key: str
    name: str
    """With its version."""
    part: str
    """What of it is mapped: `Annex A`."""
    form: str
    """Pattern of its ids."""


def frameworks() -> tuple[Framework, ...]:
    """Return the frameworks, in the order in which they are printed."""
    return tuple(Framework(key, **one) for key, one in _data()["frameworks"].items())


def crosswalk() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return the requirements that tests bear on: by id of the test, then by key of the framework."""
    return {
        test: {key: tuple(ids) for key, ids in mapped.items()} for test, mapped in _data()["tests"].items()
    }


def requirements_of(test: str) -> tuple[tuple[Framework, tuple[str, ...]], ...]:
    """Return each framework with the requirements of it that a test bears on; none for an unknown test."""
    mapped = crosswalk().get(test, {})
    return tuple((framework, mapped.get(framework.key, ())) for framework in frameworks())


def in_words(test: str) -> str:
    """Return the requirements that a test bears on in a line; empty where there are none."""
    mapped = ((framework.name, ids) for framework, ids in requirements_of(test) if ids)
    return "; ".join(f"{name}: {', '.join(ids)}" for name, ids in mapped)


def why_unmapped(family: Family) -> str:
    """Return why tests of a family are mapped to nothing; empty where they are mapped."""
    if family is Family.CUSTOM:
        return "It is code of others, of which this program maps nothing."
    return str(_data()["unmapped"].get(family.value, ""))


def digest() -> str:
    """Return the SHA-256 of the data."""
    return hashlib.sha256(_FILE.read_bytes()).hexdigest()


@cache
def _data() -> dict[str, Any]:
    return toml.loads(_FILE.read_bytes())
