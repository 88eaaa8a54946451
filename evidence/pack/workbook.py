"""Reads from a workbook which bundle and results it belongs to, without trusting it to be one.

The report writes `bundle sha256:DIGEST results sha256:DIGEST` into the document's keywords
(docProps/core.xml, ECMA-376-2 §11).
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
    return (found[0][0].decode(), found[0][1].decode()) if len(found) == 1 else ("", "")
