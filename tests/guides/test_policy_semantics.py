"""docs/policy-semantics.md names labelled cases for what it says: they exist, and come out as it says."""

import re
from pathlib import Path

from evidence.controls.declaration import Conclusion
from tests.corpus.labelled import labelled_modules

PAGE = Path(__file__).parents[2] / "docs" / "policy-semantics.md"
NAMED = re.compile(r"`((?:AA|MFA|ORG|PRIV|ROOT|TRUST)-\d: [^`]+)`")


def test_the_cases_that_the_page_names_exist_and_the_open_ones_are_open() -> None:
    cases = {case.id: case.conclusion for module in labelled_modules() for case in module.CASES}
    page = PAGE.read_text()
    named = NAMED.findall(page)
    assert len(named) > 60
    assert sorted(set(named) - cases.keys()) == []
    table = page.partition("## What is decided")[2].partition("###")[0]
    for row in (line.split(" | ") for line in table.splitlines() if line.startswith("| ") and "`" in line):
        for open_, cell in ((False, row[-2]), (True, row[-1])):
            for name in NAMED.findall(cell):
                assert (cases[name] is Conclusion.NOT_CONCLUDED) is open_ or "reserved" in name, name
