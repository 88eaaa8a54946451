from collections.abc import Callable, Iterator
from typing import Any

import pytest

from evidence.demo_account import Fault
from tests.demo_account.served_sample import Sample


@pytest.fixture(scope="session")
def clean() -> Iterator[Sample]:
    sample = Sample()
    yield sample
    sample.server.stop()


@pytest.fixture
def faulty() -> Iterator[Callable[..., Sample]]:
    """Serve accounts with faults. They share moto's state with `clean`: no test changes it."""
    running: list[Sample] = []

    def start(*faults: Fault, **more: Any) -> Sample:
        running.append(Sample(*faults, **more))
        return running[-1]

    yield start
    for sample in running:
        sample.server.stop()
