"""What zip archives allow and readers disagree about, written by Python's zipfile, entry by entry."""

import io
import stat
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from evidence.findings import Code
from tests.attacks.material import a_file, original
from tests.attacks.model import Attack, attack

Edit = Callable[[zipfile.ZipInfo], object]

_ATTRIBUTES: dict[str, dict[str, object]] = {
    "symbolic link": {"external_attr": (stat.S_IFLNK | 0o777) << 16},
    "device": {"external_attr": (stat.S_IFCHR | 0o600) << 16},
    "pipe": {"external_attr": (stat.S_IFIFO | 0o600) << 16},
    "socket": {"external_attr": (stat.S_IFSOCK | 0o600) << 16},
    "folder by its mode": {"external_attr": (stat.S_IFDIR | 0o755) << 16},
    "executable": {"external_attr": 0o100755 << 16},
    "setuid": {"external_attr": 0o104644 << 16},
    "no mode": {"external_attr": 0},
    "DOS attributes": {"external_attr": 0o100644 << 16 | 0x10},
    "deflated": {"compress_type": zipfile.ZIP_DEFLATED},
    "bzip2": {"compress_type": zipfile.ZIP_BZIP2},
    "lzma": {"compress_type": zipfile.ZIP_LZMA},
    "dated": {"date_time": (2026, 10, 1, 6, 0, 0)},
    "extra field": {"extra": b"\x99\x99\x00\x00"},
    "Unicode path in an extra field": {"extra": b"\x75\x70\x09\x00\x01\x00\x00\x00\x00evil"},
    "time in an extra field": {"extra": b"UT\x05\x00\x01\x00\x00\x00\x00"},
    "comment": {"comment": b"hidden"},
    "made by DOS": {"create_system": 0},
    "made by a later version": {"create_version": 63},
    "needs a later version": {"extract_version": 45},
    "internal attributes": {"internal_attr": 1},
}
_NAMES: dict[str, Callable[[str], str]] = {
    "absolute": lambda n: f"/{n}",
    "parent": lambda n: f"../{n}",
    "parent inside": lambda n: f"x/../{n}",
    "dot": lambda n: f"./{n}",
    "two slashes": lambda n: n.replace("/", "//", 1),
    "backslash": lambda n: n.replace("/", "\\", 1),
    "drive": lambda n: f"C:{n}",
    "network": lambda n: f"//host/{n}",
    "trailing dot": lambda n: f"{n}.",
    "trailing space": lambda n: f"{n} ",
    "reserved": lambda n: f"{n}/NUL.txt",
    "stream": lambda n: f"{n}:hidden",
    "full width": lambda n: n.replace("e", "\uff45", 1),
    "combining": lambda n: f"{n}\u0301",
    "right to left": lambda n: f"{n}\u202etxt",
    "zero width": lambda n: f"{n}\u200b",
    "new line": lambda n: f"{n}\n",
    "escape": lambda n: f"{n}\x1b[2J",
    "hidden": lambda n: n.replace("/", "/.", 1),
    "long": lambda n: f"{n}{'x' * 300}",
}


def attacks() -> Iterator[Attack]:
    """Yield each trick on each entry, and those on the whole archive."""
    names = [f"{original().folder}/{path}" for path in original().files]
    for name in names:
        for trick, members in _ATTRIBUTES.items():
            yield attack(f"{trick}: {name}", _written(name, lambda info, m=members: _set(info, m)), Code.ZIP)
        for trick, rename in _NAMES.items():
            if rename(name) == name:
                continue
            edit = lambda info, r=rename: setattr(info, "filename", r(info.filename))  # noqa: E731
            yield attack(f"name, {trick}: {name}", _written(name, edit), Code.HOSTILE_PATH, Code.ZIP)
        yield from _extra_entries(name)
        yield from _headers(name)
    yield from _whole()


def _set(info: zipfile.ZipInfo, members: dict[str, object]) -> None:
    for member, value in members.items():
        setattr(info, member, value)


def _infos() -> Iterator[tuple[zipfile.ZipInfo, bytes]]:
    for path, data in sorted(original().files.items()):
        info = zipfile.ZipInfo(f"{original().folder}/{path}")
        info.external_attr = 0o100644 << 16
        yield info, data


def _written(chosen: str, edit: Edit) -> Callable[[Path], Path]:
    """Return what writes the pack with one entry edited."""

    def content() -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as made:
            for info, data in _infos():
                if info.filename == chosen:
                    edit(info)
                made.writestr(info, data, compress_type=info.compress_type)
        return target.getvalue()

    return a_file("pack.zip", content)


def _extra_entries(name: str) -> Iterator[Attack]:
    """Yield archives with one entry more: what one reader takes and another does not."""
    upper, folder = name.upper(), f"{name}/below"
    for trick, more, expected in (
        ("twice, another content", name, (Code.DUPLICATE, Code.ZIP)),
        ("in capitals besides", upper, (Code.DUPLICATE, Code.ZIP)),
        ("file and folder", folder, (Code.DUPLICATE, Code.ZIP)),
        ("folder entry", f"{name.rsplit('/', 1)[0]}/", (Code.HOSTILE_PATH, Code.ZIP)),
        (
            "name in decomposed form",
            name.replace(name[-1], f"{name[-1]}\u0301", 1),
            (Code.HOSTILE_PATH, Code.ZIP),
        ),
    ):
        for first in (True, False):

            def content(more: str = more, first: bool = first) -> bytes:
                target = io.BytesIO()
                entry = zipfile.ZipInfo(more)
                entry.external_attr = 0o100644 << 16
                with warnings.catch_warnings(), zipfile.ZipFile(target, "w") as made:
                    warnings.simplefilter("ignore")
                    for info, data in _infos():
                        if info.filename == name and first:
                            made.writestr(entry, b"" if more.endswith("/") else b"forged")
                        made.writestr(info, data)
                        if info.filename == name and not first:
                            made.writestr(entry, b"" if more.endswith("/") else b"forged")
                return target.getvalue()

            place = "before" if first else "behind"
            yield attack(f"{trick}, {place}: {name}", a_file("pack.zip", content), *expected)


def _headers(name: str) -> Iterator[Attack]:
    """Yield headers that say something else than the directory, or than what follows them."""
    data = original().archive
    here = _local(data, name)
    there = _central(data, name)
    fields = {
        "flag: encrypted": (6, 8, struct.pack("<H", 1)),
        "flag: data descriptor": (6, 8, struct.pack("<H", 8)),
        "flag: UTF-8": (6, 8, struct.pack("<H", 0x800)),
        "method: deflate": (8, 10, struct.pack("<H", 8)),
        "method: unknown": (8, 10, struct.pack("<H", 97)),
        "time": (10, 12, b"\xff\xff"),
        "checksum zero": (14, 18, bytes(4)),
        "size zero": (18, 22, bytes(4)),
        "size of Zip64": (18, 22, b"\xff\xff\xff\xff"),
        "length zero": (22, 26, bytes(4)),
        "length of Zip64": (22, 26, b"\xff\xff\xff\xff"),
        "extra length": (28, 30, b"\x04\x00"),
    }
    for trick, (start, end, value) in fields.items():
        for where in ("local", "directory", "both"):

            def content(
                start: int = start, end: int = end, value: bytes = value, where: str = where
            ) -> bytes:
                made = bytearray(data)
                if where != "directory":
                    made[here + start : here + end] = value
                if where != "local":
                    made[there + start + 2 : there + end + 2] = value
                return bytes(made)

            if content() == data:  # of an empty file the checksum and the sizes are zero already
                continue
            expected = (Code.ZIP, Code.HOSTILE_PATH, Code.DUPLICATE)
            yield attack(f"{trick}, {where}: {name}", a_file("pack.zip", content), *expected)


def _local(data: bytes, name: str) -> int:
    encoded = name.encode()
    at = 0
    while True:
        size, length = struct.unpack("<I4xH", data[at + 18 : at + 28])
        if data[at + 30 : at + 30 + length] == encoded:
            return at
        at += 30 + length + size


def _central(data: bytes, name: str) -> int:
    at = struct.unpack("<I", data[-6:-2])[0]
    encoded = name.encode()
    while True:
        length = struct.unpack("<H", data[at + 28 : at + 30])[0]
        if data[at + 46 : at + 46 + length] == encoded:
            return int(at)
        at += 46 + length


def _whole() -> Iterator[Attack]:
    data = original().archive
    start = struct.unpack("<I", data[-6:-2])[0]

    def rewritten(order: Callable[[list], list], comment: bytes = b"") -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as made:
            for info, content in order(list(_infos())):
                made.writestr(info, content)
            made.comment = comment
        return target.getvalue()

    orders: dict[str, Callable[[list], list]] = {
        "reversed": lambda entries: entries[::-1],
        "without the first": lambda entries: entries[1:],
        "rotated": lambda entries: entries[5:] + entries[:5],
    }
    for trick, order in orders.items():
        content = lambda o=order: rewritten(o)  # noqa: E731
        yield attack(f"entries {trick}", a_file("pack.zip", content), Code.ZIP, Code.MISSING)
    for length in (1, 22, 1_000, 65_535):
        content = lambda n=length: rewritten(list, b"c" * n)  # noqa: E731
        yield attack(f"archive comment of {length}", a_file("pack.zip", content), Code.ZIP)
    for trick, made in {
        "empty archive": b"PK\x05\x06" + bytes(18),
        "directory twice": data[:-22] + data[start:-22] + data[-22:],
        "directory of nothing": data[:start] + data[-22:-14] + bytes(4) + data[-10:],
        "no end": data[:-22],
        "two ends": data + data[-22:],
        "a second archive behind": data + data,
        "gap before the directory": data[:start] + bytes(64) + data[start:],
        "gzip of it": zlib.compress(data),
        "nothing": b"",
        "only PK": b"PK",
        "spanned marker": b"PK\x07\x08" + data,
        "number of disks": data[:-18] + b"\x01\x00" + data[-16:],
        "one entry fewer in the end": data[:-14] + struct.pack("<H", len(original().files) - 1) + data[-12:],
    }.items():
        yield attack(trick, a_file("pack.zip", lambda m=made: m), Code.ZIP, Code.HOSTILE_PATH, Code.DUPLICATE)
