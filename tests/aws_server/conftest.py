from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.aws_server.faults import Fault
from tests.demo_account.served_demo import Sample


@pytest.fixture
def faulty() -> Iterator[Callable[..., Sample]]:
    """Serve accounts with faults. All share moto's state: no test changes it."""
    running: list[Sample] = []

    def start(*faults: Fault, **more: Any) -> Sample:
        running.append(Sample(*faults, **more))
        return running[-1]

    yield start
    for sample in running:
        sample.server.stop()
