"""A sample of the corpus, the attacks that once got through, and some of them through the command.

The whole corpus is `make attacks`.
"""

from itertools import islice
from pathlib import Path

import pytest

from tests.attacks import submissions
from tests.attacks.runner import FAMILIES, attacks_of, by_command, carry_out, untouched

_EVERY = {
    "zip_bytes": 1501,
    "contents": 1201,
    "timestamps": 601,
    "pdfs": 307,
    "documents": 401,
    "seals": 307,
    "archives": 907,
    "submissions": 17,
}

ONCE_THROUGH = (
    ("seals", "seal, the signature's other solution"),
    ("seals", "pack's signature, the signature's other solution"),
    ("names", "pipe: data/run.json"),
    ("chains", "root's certificate, byte 40"),
    ("timestamps", "algorithm named otherwise"),
    ("timestamps", "digests without parameters, everywhere"),
)


def test_what_is_attacked_verifies() -> None:
    assert untouched()
    assert submissions.untouched()


@pytest.mark.parametrize(
    "family", [one for one in FAMILIES if one != "forged"]
)  # tests/pack/test_recompute.py
def test_each_is_refused_with_the_right_finding(family: str) -> None:
    tally = carry_out(islice(attacks_of(family), 0, None, _EVERY.get(family, 101)))
    assert tally.count > 1
    assert (tally.accepted, tally.misnamed, tally.tracebacks, tally.disagreed) == ([], [], [], [])
    assert tally.refused == tally.rightly == tally.count - tally.qualified


@pytest.mark.parametrize(("family", "name"), ONCE_THROUGH)
def test_what_once_got_through(family: str, name: str) -> None:
    tally = carry_out(attack for attack in attacks_of(family) if attack.name == name)
    assert (tally.count, tally.rightly) == (1, 1)


def test_the_command_ends_with_5_and_no_traceback(tmp_path: Path) -> None:
    """The second one makes pyHanko log a traceback of its own."""
    chosen = {"twice, another content, before", "report, signature renamed"}
    found = [
        attack
        for family in ("zip_tricks", "pdfs")
        for attack in attacks_of(family)
        if attack.name.split(":")[0] in chosen
    ]
    assert by_command(iter([found[0], found[-1]])) == []
