"""A sample of `make omissions`: of each item some of each kind of cut."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.omissions.classes import CLASSES, explained
from tests.omissions.cuts import SAMPLE, Cut, Side, cuts
from tests.omissions.judge import Judge
from tests.omissions.material import Material, demo_material

EACH = 1
"""Cuts of an item and a side that are played."""


@pytest.fixture(scope="module")
def material() -> Material:
    return demo_material()


@pytest.fixture(scope="module")
def judge(material: Material) -> Judge:
    return Judge(material)


def _sampled(material: Material, judge: Judge) -> Iterator[Cut]:
    draw = random.Random(13)  # noqa: S311  nothing secret
    by_item: dict[tuple[str, Side], list[Cut]] = {}
    for cut in cuts(material, SAMPLE, judge.pointed()):
        by_item.setdefault((cut.item, cut.side), []).append(cut)
    for found in by_item.values():
        yield from draw.sample(found, min(EACH, len(found)))


def test_nothing_becomes_better_by_what_is_cut(material: Material, judge: Judge) -> None:
    sampled = list(_sampled(material, judge))
    better = [
        f"{cut.item} {cut.name}: {one}"
        for cut in sampled
        for one in judge.changes(cut.make(), cut.item)
        if one.better and not explained(cut, one)
    ]
    assert better == []
    assert {cut.item for cut in sampled} >= {unit.item for unit in material.run.units}


def test_the_threat_model_tells_of_every_class() -> None:
    page = (Path(__file__).parents[2] / "docs" / "threat-model.md").read_text(encoding="utf-8")
    for one in CLASSES:
        line = next(line for line in page.splitlines() if line.startswith(f"| {one.name} |"))
        assert one.tests == set(line.split("|")[2].replace(" ", "").split(",")), one.name


def test_no_class_explains_a_cut_of_which_the_ledger_tells() -> None:
    for one in CLASSES:
        cut = Cut(Side.TOLD, one.item, next(iter(one.kinds)), "", next(iter(one.paths)), lambda: None)  # type: ignore[arg-type,return-value]
        assert not one.explains(cut, next(iter(one.tests)))
