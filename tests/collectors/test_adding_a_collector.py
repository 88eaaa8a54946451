"""The worked example in the docs is the code."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_example_is_the_real_file() -> None:
    text = (ROOT / "docs/adding-a-collector.md").read_text()
    example = re.search(r"<!-- (\S+) -->\n```python\n(.*?)```", text, re.DOTALL)
    assert example
    assert (ROOT / example[1]).read_text() == example[2]
