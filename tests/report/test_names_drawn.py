"""Names in every script, as two engines draw them: their ink against that of the words drawn straight.

Text extraction says nothing of it: it stays right where a page shows boxes, or nothing.
"""

import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pypdfium2
import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageChops, ImageDraw, ImageFont

from evidence.report.assets import folder
from evidence.report.pdf.page import environment
from evidence.report.pdf.render import to_pdf

FONTS = folder() / "fonts"
NAMES = {
    "Latin": "Zoë Müller Nguyễn",
    "Greek": "Ελένη Παπα",
    "Cyrillic": "Ирина Петрова",
    "Hebrew": "יוסי כהן",
    "Arabic": "محمد علي",
    "Devanagari": "अनिता शर्मा",
    "Thai": "สมชาย ใจดี",
    "Chinese": "李 小龙",
    "Chinese and Latin": "王 芳 Admin",
    "Japanese": "山田 太郎 カナ",
    "Korean": "김 민수 매니저",
    "Georgian": "ნინო ბერიძე",
    "Armenian": "Անի Հակոբյան",
    "Bengali": "অনিতা দাস",
    "Tamil": "கமலா தேவி",
    "Telugu": "కమల దేవి",
    "Kannada": "ಕಮಲ ದೇವಿ",
    "Malayalam": "കമല ദേവി",
    "Gujarati": "કમલા દેવી",
    "Gurmukhi": "ਕਮਲਾ ਦੇਵੀ",
    "Sinhala": "කමලා දේවී",
    "Khmer": "កម្ពុជា សុខ",
    "Lao": "ສົມຊາຍ ໃຈດີ",
    "Myanmar": "မြန်မာ အောင်",
    "Ethiopic": "አበበ ቢቂላ",
    "Emoji": "😀 🚀 team",
    "Symbols": "★ ✓ team",
}
FIRST = {
    "sans": ("IBMPlexSans-Regular", "NotoSans-Regular", "NotoSansSymbols2-Subset", "NotoSansSymbols-Regular"),
    "mono": ("IBMPlexMono-Regular", "NotoSans-Regular", "NotoSansSymbols2-Subset", "NotoSansCJKsc-Regular"),
}
"""As the style sheet has them; each other script is in one font alone."""
_TOP = (0, 0, 794, 400)
"""Of an A4 page, above its footer."""
SIZE = 24
"""CSS pixels, and pixels of the pictures: 96 to the inch."""
_PAGES = """<!DOCTYPE html><html lang="en"><head><title>Names</title><link rel="stylesheet" href="report.css">
<style>p { break-after: page; padding: 20px; font-size: 24px !important; color: black; line-height: 50px }
</style>
</head><body>{% for name in names %}<p class="{{ style }}">{{ name }}</p>{% endfor %}</body></html>"""


@dataclass(frozen=True)
class Drawn:
    """The pages of all names in one style, by engine."""

    poppler: list[Image.Image]
    pdfium: list[Image.Image]


@pytest.fixture(scope="module", params=list(FIRST))
def drawn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Drawn]:
    style = request.param
    page = environment().from_string(_PAGES).render(names=list(NAMES.values()), style=style)
    pdf = tmp_path_factory.mktemp("names") / "names.pdf"
    pdf.write_bytes(to_pdf(page, identifier="names"))
    subprocess.run(["pdftoppm", "-r", "96", "-png", pdf, pdf.with_suffix("")], check=True)
    poppler = [Image.open(one) for one in sorted(pdf.parent.glob("*.png"))]
    with pypdfium2.PdfDocument(pdf) as document:
        pdfium = [one.render(scale=96 / 72).to_pil() for one in document]
    assert len(poppler) == len(pdfium) == len(NAMES)
    return style, Drawn(*([one.convert("L").crop(_TOP) for one in pages] for pages in (poppler, pdfium)))


@cache
def covers(font: str) -> frozenset[int]:
    return frozenset(TTFont(FONTS / f"{font}.ttf").getBestCmap())


def font_of(word: str, style: str) -> Path:
    """Return the first font that has all of a word."""
    others = sorted(one.stem for one in FONTS.glob("*.ttf") if "Plex" not in one.stem)
    return (
        FONTS / f"{next(one for one in (*FIRST[style], *others) if set(map(ord, word)) <= covers(one))}.ttf"
    )


def straight(word: str, style: str) -> Image.Image:
    """Draw one word from its font, with nothing between."""
    picture = Image.new("L", (600, 90), 255)
    font = ImageFont.truetype(font_of(word, style), SIZE, layout_engine=ImageFont.Layout.RAQM)
    ImageDraw.Draw(picture).text((20, 20), word, font=font, fill=0)
    return picture


def ink(picture: Image.Image) -> float:
    """Return how much of a picture is black, in pixels."""
    return sum(value * count for value, count in enumerate(ImageChops.invert(picture).histogram())) / 255


def words(picture: Image.Image, count: int) -> list[Image.Image]:
    """Cut a line into words, at its widest blanks."""
    black = ImageChops.invert(picture).point(lambda value: 255 * (value > 40))
    left, top, right, bottom = black.getbbox()
    columns = [bool(black.crop((x, top, x + 1, bottom)).getbbox()) for x in range(left, right)]
    gaps, start = [], None
    for x, there in enumerate(columns):
        if there and start is not None:
            gaps.append((x - start, start, x))
        start = None if there else (x if start is None else start)
    cuts = sorted((begin, end) for _, begin, end in sorted(gaps, reverse=True)[: count - 1])
    edges = [0, *(edge for cut in cuts for edge in cut), len(columns)]
    return [
        picture.crop((left + begin, 0, left + end, picture.height))
        for begin, end in zip(edges[::2], edges[1::2], strict=True)
    ]


@pytest.mark.parametrize("engine", ["poppler", "pdfium"])
@pytest.mark.parametrize("script", NAMES)
def test_each_word_has_the_ink_of_its_letters(drawn: tuple[str, Drawn], script: str, engine: str) -> None:
    style, pages = drawn
    picture = getattr(pages, engine)[list(NAMES).index(script)]
    expected = NAMES[script].split(" ")
    shown = words(picture, len(expected))
    if script in ("Hebrew", "Arabic"):
        shown.reverse()
    for word, found in zip(expected, shown, strict=True):
        reference = straight(word, style)
        assert ink(found) == pytest.approx(ink(reference), rel=0.12), word
        assert found.width == pytest.approx(ImageChops.invert(reference).getbbox()[2] - 20, abs=4), word


def test_every_font_has_blanks_and_true_type_outlines() -> None:
    """Pango takes the blank behind a letter from the letter's font, also where that has none."""
    for path in FONTS.glob("*.[ot]tf"):
        with TTFont(path) as font:
            assert "glyf" in font, path.name
            assert 0x20 in font.getBestCmap(), path.name
