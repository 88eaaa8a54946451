"""A logo is a PNG of the plainest kind, and an accent a colour that can be read."""

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image
from pydantic import ValidationError

from evidence.errors import ConfigError, EvidenceError
from evidence.report.pdf.render import png_address, to_pdf
from evidence.settings.sections import ReportSettings
from evidence.statements.files import LOGO, read_file
from evidence.statements.logo import Logo

SIDE = 32
HEADER = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
LINES = (b"\0" + b"\x14\x30\x4f" * SIDE) * SIDE

GREY = (b"\0" + b"\0" * SIDE) * SIDE
BITS = (b"\0" + b"\0" * (SIDE // 8)) * SIDE
CLEAR = (b"\0" + b"\0" * 4 * SIDE) * SIDE
PLAIN = {b"sRGB": 1, b"gAMA": 4, b"cHRM": 32, b"sBIT": 3, b"pHYs": 9, b"bKGD": 6, b"tRNS": 6}
"""What may stand before pixels of three colours, with its size."""


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(header: bytes = HEADER, lines: bytes = LINES, before: bytes = b"", after: bytes = b"") -> bytes:
    body = chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND") + after
    return b"\x89PNG\r\n\x1a\n" + body


def sized(width: int, height: int, *rest: int) -> bytes:
    return struct.pack(">IIBBBBB", width, height, *(rest or (8, 2, 0, 0, 0)))


REFUSED = {
    "no PNG": b"GIF89a",
    "empty": b"",
    "cut off": png()[:-6],
    "changed": png().replace(b"IDAT", b"IDAT", 1)[:60] + b"\xff" + png()[61:],
    "words": png(before=chunk(b"tEXt", b"Author\0Ines Falk")),
    "a place": png(before=chunk(b"eXIf", b"MM")),
    "something behind": png(after=b"<script>"),
    "a chunk behind": png(after=chunk(b"IDAT", b"more")),
    "too wide": png(sized(2_001, SIDE)),
    "too small": png(sized(8, 8)),
    "no side": png(sized(0, SIDE)),
    "interlaced": png(sized(SIDE, SIDE, 8, 2, 0, 0, 1)),
    "sixteen bits": png(sized(SIDE, SIDE, 16, 2, 0, 0, 0)),
    "no palette": png(sized(SIDE, SIDE, 8, 3, 0, 0, 0)),
    "too few pixels": png(lines=LINES[:-1]),
    "far too many pixels": png(lines=bytes(50_000_000)),
    "no filter": png(lines=b"\x09" + LINES[1:]),
    "words where a resolution is": png(before=chunk(b"pHYs", b"Ines Falk, CISO")),
    "half a colour": png(before=chunk(b"PLTE", bytes(4))),
    "more colours than bits": png(sized(SIDE, SIDE, 1, 3, 0, 0, 0), BITS, chunk(b"PLTE", bytes(9))),
    "colours of grey": png(sized(SIDE, SIDE, 8, 0, 0, 0, 0), GREY, chunk(b"PLTE", bytes(3))),
    "more clear than colours": png(
        sized(SIDE, SIDE, 8, 3, 0, 0, 0), GREY, chunk(b"PLTE", bytes(3)) + chunk(b"tRNS", b"\0\0")
    ),
    "twice clear": png(sized(SIDE, SIDE, 8, 6, 0, 0, 0), CLEAR, chunk(b"tRNS", bytes(6))),
    "a clear colour of another kind": png(before=chunk(b"tRNS", b"\0\0")),
    "a chunk twice": png(before=2 * chunk(b"gAMA", bytes(4))),
    "a chunk behind its own": png(before=chunk(b"tRNS", bytes(6)) + chunk(b"sRGB", b"\0")),
    "header twice": png(before=chunk(b"IHDR", HEADER)),
}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_what_is_no_plain_png_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(content)
    with pytest.raises(ConfigError, match="The logo file"):
        read_file(LOGO, tmp_path / "logo.png")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_what_others_save_without_metadata_is_taken_and_drawn(mode: str, tmp_path: Path) -> None:
    drawn = io.BytesIO()
    Image.linear_gradient("L").resize((80, 40)).convert("RGBA").convert(mode).save(drawn, "PNG")
    (tmp_path / "ours.png").write_bytes(drawn.getvalue())
    read = read_file(LOGO, tmp_path / "ours.png")
    assert (read.said.width, read.said.height, read.used.entries) == (80, 40, 1)


def test_chunks_of_their_sizes_in_their_order_are_taken() -> None:
    before = b"".join(chunk(kind, bytes(size)) for kind, size in PLAIN.items())
    assert Logo.read(png(before=before)).width == SIDE
    assert Logo.read(png(sized(SIDE, SIDE, 8, 0, 0, 0, 0), GREY)).width == SIDE
    assert Logo.read(png(sized(SIDE, SIDE, 8, 6, 0, 0, 0), CLEAR)).width == SIDE


def test_it_is_drawn_to_the_same_bytes_and_nothing_else_is() -> None:
    Logo.read(png())
    page = '<!DOCTYPE html><html lang="en"><title>T</title><p>P<img alt="Logo" src="{}">'
    one, other = (to_pdf(page.format(png_address(png())), identifier="") for _ in range(2))
    assert one == other
    assert b"/Subtype /Image" in one
    with pytest.raises(EvidenceError, match="foreign resource"):
        to_pdf(page.format("data:image/svg+xml,<svg/>"), identifier="")


@pytest.mark.parametrize("colour", ["#ff9900", "#777777", "red", "#14304", "#14304f;}"])
def test_an_accent_is_a_colour_that_can_be_read(colour: str) -> None:
    with pytest.raises(ValidationError):
        ReportSettings(accent=colour)
    assert ReportSettings(accent="#767676").accent == "#767676"
