from collections.abc import Iterator

import pytest

from tests.demo_account.served_demo import ServedDemo


@pytest.fixture(scope="session")
def clean() -> Iterator[ServedDemo]:
    demo = ServedDemo()
    yield demo
    demo.server.stop()
