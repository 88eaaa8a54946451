"""A sample that anybody can draw again."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.settings.audit_sample import population_digest, sample_size, select

MEMBERS = st.lists(st.text(min_size=1, max_size=20), unique=True, max_size=40)


@pytest.mark.parametrize(
    ("population", "size"),
    [
        (0, 0),
        (1, 1),
        (2, 2),
        (4, 2),
        (5, 5),
        (12, 5),
        (13, 13),
        (15, 15),
        (52, 15),
        (53, 25),
        (250, 25),
        (251, 40),
    ],
)
def test_the_table_at_both_sides_of_each_band(population, size) -> None:
    assert sample_size(population) == min(size, population)


@settings(deadline=None)
@given(MEMBERS, st.integers(0, 50), st.text(max_size=10), st.randoms())
def test_the_order_of_the_population_does_not_matter(members, size, seed, random) -> None:
    shuffled = random.sample(members, len(members))
    assert select(shuffled, size, seed) == select(members, size, seed)
    assert population_digest(shuffled) == population_digest(members)


@settings(deadline=None)
@given(MEMBERS, st.integers(0, 50), st.text(max_size=10))
def test_a_larger_sample_only_adds(members, size, seed) -> None:
    assert select(members, size + 1, seed)[:size] == select(members, size, seed)


def test_the_method_in_words_gives_the_same() -> None:
    members = [f"arn:aws:iam::123456789012:role/role-{n}" for n in range(50)]
    by_hand = sorted(members, key=lambda m: hashlib.sha256(b"seed\n" + m.encode()).hexdigest())[:5]
    assert select(members, 5, "seed") == by_hand
