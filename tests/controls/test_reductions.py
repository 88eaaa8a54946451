"""Reductions made in one pass: what one cannot read takes nothing from the others."""

import pytest

from evidence.readers import reductions
from evidence.readers.reductions import Reduction, ReductionCache, reduction

ITEM = "iam.made-up"


@pytest.fixture
def declared(monkeypatch) -> list[type[Reduction]]:
    """Three reductions of one item; the one between refuses negative records."""
    monkeypatch.setattr(reductions, "_registry", {})
    monkeypatch.setattr(reductions, "_items", {})

    class Every(Reduction):
        def __init__(self) -> None:
            self.taken: list[int] = []

        def take(self, located) -> None:
            self.taken.append(located)

    class Refusing(Every):
        def take(self, located) -> None:
            if located < 0:
                raise ValueError(f"{located} is negative")
            super().take(located)

    class Other(Every):
        pass

    monkeypatch.setattr(reductions, "_OURS", __name__.partition(".")[0])
    return [reduction(ITEM)(made) for made in (Every, Refusing, Other)]


def test_the_others_see_every_record(declared) -> None:
    every, refusing, other = declared
    shared, read = ReductionCache(), []

    def records():
        read.append("once")
        return iter([1, -2, -3, 4])

    assert shared.reduced(every, "a", records).taken == [1, -2, -3, 4]
    assert shared.reduced(other, "a", records).taken == [1, -2, -3, 4]
    for _ in range(2):
        with pytest.raises(ValueError, match=r"^-2 is negative$"):
            shared.reduced(refusing, "a", records)
    assert read == ["once"]
    assert shared.reduced(refusing, "b", lambda: [5]).taken == [5]


def test_a_file_that_cannot_be_read_gives_nothing_to_any(declared) -> None:
    def records():
        yield 1
        raise ValueError("line 2 is no JSON")

    shared = ReductionCache()
    for made in declared:
        with pytest.raises(ValueError, match=r"^line 2 is no JSON$"):
            shared.reduced(made, "a", records)
