from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.aws_server.faults import Fault
from tests.demo_account.served_demo import ServedDemo


@pytest.fixture
def faulty() -> Iterator[Callable[..., ServedDemo]]:
    """Serve accounts with faults. All share moto's state: no test changes it."""
    running: list[ServedDemo] = []

    def start(*faults: Fault, **more: Any) -> ServedDemo:
        running.append(ServedDemo(*faults, **more))
        return running[-1]

    yield start
    for demo in running:
        demo.server.stop()
