"""The example package, installed for one test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.custom import installed


@pytest.fixture
def example(tmp_path: Path) -> Iterator[Path]:
    with installed(tmp_path / "site") as folder:
        yield folder
