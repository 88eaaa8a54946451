"""Every parser over what once failed, and a few mutations of what is right. `make fuzz` tries far more."""

from random import Random

import pytest

from tests.fuzz.kept import KEPT
from tests.fuzz.mutation import LARGEST, mutated
from tests.fuzz.parsers import PARSERS

_EACH = 25


@pytest.mark.parametrize(
    ("name", "data"),
    [(name, data) for name, inputs in KEPT.items() for data in inputs],
    ids=lambda one: one[:9],
)
def test_what_once_failed(name: str, data: bytes) -> None:
    PARSERS[name].try_on(data)


@pytest.mark.parametrize("name", PARSERS)
def test_nothing_undocumented_is_raised(name: str) -> None:
    random = Random(name)  # noqa: S311 - not for secrets
    seeds = [seed[:LARGEST] for seed in PARSERS[name].seeds()]
    for _ in range(_EACH):
        PARSERS[name].try_on(mutated(random.choice(seeds), random))


@pytest.mark.parametrize("name", PARSERS)
def test_what_is_right_is_read(name: str) -> None:
    """Else every mutation would end at the first byte."""
    PARSERS[name].parse(next(iter(PARSERS[name].seeds())))
