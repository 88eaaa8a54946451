"""Reads from workbook and page which bundle and results they belong to, without trusting them to be any.

Both write `bundle sha256:DIGEST results sha256:DIGEST` into their keywords: docProps/core.xml of the workbook
(ECMA-376-2 §11), a meta element within the first bytes of the page.
"""

import re
import struct
import zipfile
import zlib
from pathlib import Path

CORE = "docProps/core.xml"
_MAX_BYTES = 64 * 1024
"""Of the properties, unpacked; they have a few hundred."""
_MAX_PARTS = 10_000
"""Parts of a workbook; each sheet is one."""
_HOSTILE = (zipfile.BadZipFile, zlib.error, struct.error, OverflowError)
"""What `zipfile` raises over hostile bytes, besides the built-in errors."""
_DIGEST = rb"sha256:([0-9a-f]{64})"
_KEYWORDS = re.compile(rb"<cp:keywords>bundle %s results %s</cp:keywords>" % (_DIGEST, _DIGEST))
_META = re.compile(rb'<meta name="keywords" content="bundle %s results %s">' % (_DIGEST, _DIGEST))
_HEAD = 1024
"""Bytes of a page in which its keywords stand."""


def digests_in_workbook(path: Path) -> tuple[str, str]:
    """Return the digests of the bundle and of the results that a workbook names; empty where it names none.

    Read as bytes and by one fixed form, so that no XML parser sees what a stranger wrote.
    """
    try:
        with zipfile.ZipFile(path) as workbook:
            entries = workbook.infolist()
            properties_of = [entry for entry in entries if entry.filename == CORE]
            if len(entries) > _MAX_PARTS or [e.compress_type for e in properties_of] != [
                zipfile.ZIP_DEFLATED
            ]:
                return "", ""
            with workbook.open(CORE) as properties:
                found = _KEYWORDS.findall(properties.read(_MAX_BYTES))
    except (OSError, ValueError, RuntimeError, LookupError, EOFError, *_HOSTILE):
        return "", ""
    return _only(found)


def digests_in_page(path: Path) -> tuple[str, str]:
    """Return the digests of the bundle and of the results that a page names; empty where it names none."""
    with path.open("rb") as page:
        return _only(_META.findall(page.read(_HEAD)))


def _only(found: list[tuple[bytes, bytes]]) -> tuple[str, str]:
    return (found[0][0].decode(), found[0][1].decode()) if len(found) == 1 else ("", "")
