"""Turns names from AWS, and of attached files, into file names that every file system takes."""

import hashlib
import re

MAX_SEGMENT = 160
"""Characters in one file or folder name; every common file system allows 255."""
LONGEST_ATTACHMENT, LONGEST_FOLDER, LONGEST_DOCUMENT = 78, 30, 36
"""Characters in the name of an attached file, and of folder and file of a document that an item leaves."""
HASHED = "~~"
"""Stands in a name that was shortened, and in no other, before the digits of a hash of the whole name."""
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9]|conin\$|conout\$)(\..*)?", re.IGNORECASE)
"""What Windows takes for a device."""
_UNSAFE = re.compile(rb"[^A-Za-z0-9+=,@_.-]")
_HALF_ESCAPE = re.compile(r"~[0-9A-F]?\Z")
_HASH_DIGITS = 16
_SHORT_HASH_DIGITS = 8
_LONGEST_ENDING = 9


def safe_name(name: str) -> str:
    """Return a file name for any name from AWS; different names give different results.

    Bytes that are not portable become `~XX` (hex of the UTF-8 byte): `%` would need escaping in a BagIt
    manifest (RFC 8493 §2.1.3) that `sha256sum -c` does not undo. Names too long end in a hash instead.
    """
    # A suffix such as `.json` still has to fit behind it.
    return _cut(_escaped(name), MAX_SEGMENT - 40, name, _HASH_DIGITS)


def short_name(name: str, limit: int, full: str = "") -> str:
    """Return the same with at most `limit` characters; `full` tells things of one name apart (an ARN)."""
    return _cut(_escaped(name), limit, full or name, _SHORT_HASH_DIGITS)


def short_file_name(name: str, limit: int) -> str:
    """Return the same for a file, whose ending stays."""
    stem, dot, ending = name.rpartition(".")
    if len(_escaped(name)) <= limit or not stem or len(_escaped(f"x.{ending}")) > _LONGEST_ENDING + 1:
        return short_name(name, limit)
    behind = _escaped(f"x{dot}{ending}")[1:]
    return f"{_cut(_escaped(stem), limit - len(behind), name, _SHORT_HASH_DIGITS, always=True)}{behind}"


def _cut(escaped: str, limit: int, full: str, digits: int, *, always: bool = False) -> str:
    if len(escaped) <= limit and not always:
        return escaped
    digest = hashlib.sha256(full.encode("utf-8", "surrogatepass")).hexdigest()[:digits]
    kept = _HALF_ESCAPE.sub("", escaped[: limit - digits - len(HASHED)])
    return f"{kept}{HASHED}{digest}"


def _escaped(name: str) -> str:
    data = name.encode("utf-8", "surrogatepass")
    escaped = _UNSAFE.sub(lambda found: f"~{found[0][0]:02X}".encode(), data).decode("ascii")
    if not escaped:
        return "~"
    if escaped[0] == "." or RESERVED.fullmatch(escaped):
        escaped = f"~{ord(escaped[0]):02X}{escaped[1:]}"
    if escaped[-1] == ".":
        escaped = f"{escaped[:-1]}~2E"
    return escaped
