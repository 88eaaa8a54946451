"""A bundle in memory is what the writer would have written, and what is written verifies."""

from collections.abc import Callable

import pytest

from evidence.bundle import open_bundle
from evidence.bundle.format import bag
from tests.controls.aggregated import aggregated
from tests.controls.world import EU, World, good
from tests.support.bundles import gap
from tests.support.organizations import organization


def with_gaps() -> World:
    world = good()
    del world.records["iam.password-policy"], world.records["config.recorders"][EU]
    world.options |= {"gaps": [gap("iam.password-policy"), gap("config.recorders", EU)]}
    world.options["excluded"] = ("iam.last-accessed",)
    return world


@pytest.mark.parametrize("make", [good, with_gaps, lambda: aggregated(good())])
def test_both_hold_the_same(make: Callable[[], World], tmp_path) -> None:
    memory, written = make().bundle(), make().written(tmp_path)
    opened = open_bundle(written.root, sealed=False)
    assert (written.digest, written.hashes) == (opened.digest, opened.hashes)
    assert (memory.run, memory.gaps) == (opened.run, opened.gaps)
    assert list(memory.calls()) == list(opened.calls())
    evidence = opened.hashes.keys() - {bag.RUN, bag.GAPS}
    assert evidence | {bag.RUN, bag.GAPS} == memory.hashes.keys()
    assert {file: memory.read(file) for file in evidence} == {file: opened.read(file) for file in evidence}


def test_an_organization_verifies(tmp_path) -> None:
    open_bundle(organization(tmp_path, 60).root, sealed=False)
