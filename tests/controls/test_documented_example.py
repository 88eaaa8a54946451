"""The example of docs/adding-a-test.md works as it is printed."""

import re
from pathlib import Path

import pytest

from evidence.controls import declaration
from evidence.controls.engine import perform
from tests.controls.world import US, good
from tests.controls.world_records import analyzer

PAGE = Path(__file__).parents[2] / "docs/adding-a-test.md"


@pytest.fixture
def example(monkeypatch) -> declaration.ControlTest:
    monkeypatch.setattr(declaration, "registry", {})
    source = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]
    names: dict = {}
    exec(compile(source, str(PAGE), "exec"), names)  # noqa: S102  the page is ours
    return names["unused_access"]


def test_the_example_concludes(example) -> None:
    assert perform(example, good().bundle()).conclusion == "exceptions noted"
    world = good()
    for target, records in world.records["access-analyzer.analyzers"].items():
        records.append(analyzer(str(target.region), "unused", type="ACCOUNT_UNUSED_ACCESS"))
    assert perform(example, world.bundle()).conclusion == "no exceptions"
    del world.records["access-analyzer.analyzers"][US]
    assert perform(example, world.bundle()).conclusion == "not concluded"
