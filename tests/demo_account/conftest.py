from collections.abc import Iterator

import pytest

from tests.demo_account.served_demo import Sample


@pytest.fixture(scope="session")
def clean() -> Iterator[Sample]:
    sample = Sample()
    yield sample
    sample.server.stop()
