"""Strings fit to print, and the fonts that print them."""

import json
import re
import unicodedata
import zlib

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from evidence.report.assets import folder
from evidence.report.pdf.roles import LINE_WIDTH, pretty, printed_roles
from evidence.report.text import UNBROKEN_LIMIT, ZERO_WIDTH_SPACE, printable, visible
from tests.controls.world import ACCOUNT_TARGET, good

ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=300)
KEPT = {"\n", "\t", "\u200c", "\u200d"}


@given(ANY_TEXT)
def test_nothing_that_hides_or_turns_the_line_survives(text: str) -> None:
    shown = visible(text)
    shown.encode()  # no lone surrogates
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs"} and c not in KEPT]
    assert not [
        c for c in shown if unicodedata.bidirectional(c) in {"RLO", "LRO", "RLE", "LRE", "RLI", "LRI"}
    ]


@given(ANY_TEXT)
def test_what_is_visible_already_stays_as_it_is(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@given(st.text("ab \n", max_size=400))
def test_no_run_is_longer_than_the_limit_and_no_character_is_lost(text: str) -> None:
    shown = printable(text)
    assert shown.replace(ZERO_WIDTH_SPACE, "") == text
    assert all(len(run) <= UNBROKEN_LIMIT for run in re.split(rf"[\s{ZERO_WIDTH_SPACE}]", shown))


def test_coverage_lists_exactly_what_the_fonts_have() -> None:
    fonts = folder() / "fonts"
    drawn = set()
    for path in sorted(fonts.glob("*.[ot]tf")):
        with TTFont(path) as font:
            drawn |= set(font.getBestCmap())
    ranges = [line.split("-") for line in (fonts / "coverage.lst").read_text().split()]
    listed = {point for low, high in ranges for point in range(int(low, 16), int(high, 16) + 1)}
    assert listed == drawn


def test_fonts_stay_small_enough_to_ship() -> None:
    shipped = (zlib.compress(path.read_bytes()) for path in (folder() / "fonts").iterdir())
    assert sum(map(len, shipped)) < 8.6e6


def test_json_takes_few_lines() -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"] * 9}]}
    lines = pretty(document)
    assert lines[0] == "{"
    assert max(map(len, lines)) <= LINE_WIDTH
    assert pretty({"Effect": "Allow"}) == ['{"Effect": "Allow"}']


@pytest.mark.parametrize(
    ("document", "printed"),
    [
        ("%7B%22Version%22%3A%222012-10-17%22%7D", '{"Version": "2012-10-17"}'),
        ('{"Version": "2012-10-17"}', '{"Version": "2012-10-17"}'),
        ('{"Sid": "a", "Sid": "b"}', json.dumps('{"Sid": "a", "Sid": "b"}')),
        ("no policy", '"no policy"'),
    ],
)
def test_a_document_in_text_is_printed_as_the_tests_read_it(document: str, printed: str) -> None:
    """URL-encoded text is decoded; what the tests refuse, as a key that stands twice, stays text."""
    world = good()
    role = world.records["iam.sample-role-policies"][ACCOUNT_TARGET][0]["Role"]
    role["AssumeRolePolicyDocument"] = document
    failing = {world.records["iam.sample-role-policies"][ACCOUNT_TARGET][0]["Arn"]}
    (printed_role,) = printed_roles(world.bundle(), failing).roles
    trust = printed_role.documents[0]
    assert trust.lines == (printed,)
