from collections.abc import Mapping
from typing import Any

import pytest

from evidence.collectors.base import Yield, catalogue
from tests.collectors.collector_fakes import FakeContext, Run


@pytest.fixture
def collected() -> Run:
    """Return what runs one collector on the answers given: its yields, and the context to look into."""

    def run(item: str, answers: Mapping[str, Any], **more: Any) -> tuple[list[Yield], FakeContext]:
        collector = catalogue()[item]
        assert set(answers) <= {operation.name for operation in collector.operations}
        assert set(more.get("needed", {})) == {*collector.needs, *collector.uses}
        ctx = FakeContext(answers, scope=collector.scope, **more)
        return list(collector.collect(ctx)), ctx

    return run
