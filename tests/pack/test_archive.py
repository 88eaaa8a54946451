"""Hostile archives are refused, never repaired."""

import io
import stat
import struct
import subprocess
import zipfile
import zlib
from pathlib import Path

import pytest

from evidence.errors import StorageError
from evidence.findings import Code
from evidence.pack import canonical_zip
from evidence.pack.standalone import verify as single

CONTENT = {"p/a.txt": b"one", "p/b/c.txt": b"", "p/d.bin": bytes(range(256)) * 10}


def canonical(content: dict[str, bytes] = CONTENT) -> bytes:
    target = io.BytesIO()
    canonical_zip.write(target, {name: canonical_zip.measure(data) for name, data in content.items()})
    return target.getvalue()


def unpack(data: bytes, tmp_path: Path) -> dict[str, bytes]:
    (tmp_path / "x.zip").write_bytes(data)
    folder = tmp_path / "out"
    folder.mkdir()
    canonical_zip.unpack(tmp_path / "x.zip", folder)
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def refused(data: bytes, tmp_path: Path) -> Code:
    with pytest.raises(canonical_zip.ZipError) as caught:
        unpack(data, tmp_path)
    outside = {entry.name for entry in tmp_path.iterdir()} - {"x.zip", "out"}
    assert not outside, "something was written outside of the folder"
    if caught.value.code is Code.ZIP:
        with pytest.raises(Exception):  # noqa: B017 (a parser raises what it raises)
            [file().read() for file in single.zip_files(tmp_path / "x.zip").values()]
    return caught.value.code


def by_zipfile(*names: str, **members) -> bytes:
    """Write an archive in our form, but for the names and the given members of each entry."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        for name in names:
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o100644 << 16
            for member, value in members.items():
                setattr(info, member, value)
            made.writestr(info, b"content")
    return target.getvalue()


def test_round_trip(tmp_path: Path) -> None:
    assert unpack(canonical(), tmp_path) == CONTENT


def test_zipfile_writes_the_same_bytes() -> None:
    """Our form is what Python's own library writes for these entries."""
    assert by_zipfile("a", "b/c") == canonical({"a": b"content", "b/c": b"content"})


def test_order_of_files_does_not_matter() -> None:
    assert canonical(dict(reversed(CONTENT.items()))) == canonical()


def test_other_programs_read_it(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(canonical())
    subprocess.run(["unzip", "-tqq", tmp_path / "x.zip"], check=True)
    with zipfile.ZipFile(tmp_path / "x.zip") as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in opened.namelist()} == CONTENT


@pytest.mark.parametrize(
    "name",
    [
        "../evil", "a/../../evil", "/evil", "//host/evil", "C:/evil", "C:evil", "a\\evil", "..\\evil", "./a",
        "a//b", "a/", "nul", "a/CON.txt", "com1", "evil.", "evil ", ".hidden", "a\nb", "a\x1b[31m",
        "a\u202eb", "e\u0301", "\u00e9", "x" * 300, "a:b", "a*b", "a|b",
    ],
)  # fmt: skip
def test_hostile_name(tmp_path: Path, name: str) -> None:
    assert refused(by_zipfile(name), tmp_path) is Code.HOSTILE_PATH


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", [("a", "a"), ("A", "a"), ("a/B", "a/b"), ("a", "a/b")])
def test_names_that_collide(tmp_path: Path, names: tuple[str, str]) -> None:
    assert refused(by_zipfile(*names), tmp_path) is Code.DUPLICATE


@pytest.mark.parametrize(
    "members",
    [
        {"external_attr": (stat.S_IFLNK | 0o777) << 16},
        {"external_attr": (stat.S_IFCHR | 0o600) << 16},
        {"external_attr": (stat.S_IFIFO | 0o600) << 16},
        {"external_attr": 0o100755 << 16},
        {"external_attr": 0o104644 << 16},
        {"compress_type": zipfile.ZIP_DEFLATED},
        {"compress_type": zipfile.ZIP_LZMA},
        {"date_time": (2026, 1, 1, 0, 0, 0)},
        {"extra": b"\x99\x99\x00\x00"},
        {"comment": b"hidden"},
        {"create_system": 0},
    ],
    ids=["symlink", "device", "pipe", "executable", "setuid", "deflate", "lzma", "date", "extra", "comment",
         "dos"],
)  # fmt: skip
def test_unusual_entry(tmp_path: Path, members: dict) -> None:
    assert refused(by_zipfile("a", **members), tmp_path) is Code.ZIP


def test_encrypted_entry(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(b"content")
    subprocess.run(["zip", "-qX0", "-P", "secret", "../e.zip", "a"], cwd=tmp_path / "in", check=True)
    data = (tmp_path / "e.zip").read_bytes()
    (tmp_path / "clean").mkdir()
    assert refused(data, tmp_path / "clean") is Code.ZIP


@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"#!/bin/sh\n" + data,
        lambda data: data + b"\x00",
        lambda data: data + data,
        lambda data: data[:-2] + b"\x05\x00hello",
        lambda data: data[:-1],
        lambda data: data[:-22],
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b"one", b"two"),
        lambda _: b"",
    ],
    ids=["before", "after", "twice", "comment", "short", "no end", "half", "content", "empty"],
)
def test_anything_around(tmp_path: Path, change) -> None:
    assert refused(change(canonical()), tmp_path) is Code.ZIP


def test_directory_that_names_other_files(tmp_path: Path) -> None:
    """What a reader of the directory would see must be what a reader of the stream sees."""
    data = canonical()
    start = data.index(b"PK\x01\x02")
    assert refused(data[:start] + data[start:].replace(b"p/a.txt", b"p/z.txt"), tmp_path) is Code.ZIP


def test_entry_larger_than_the_archive(tmp_path: Path) -> None:
    data = bytearray(canonical())
    struct.pack_into("<II", data, 18, 0xFFFFFFF0, 0xFFFFFFF0)
    assert refused(bytes(data), tmp_path) is Code.ZIP


def test_entries_out_of_order(tmp_path: Path) -> None:
    assert refused(by_zipfile("b", "a"), tmp_path) is Code.ZIP


def test_too_many_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = canonical()
    monkeypatch.setattr(canonical_zip, "MAX_ENTRIES", 2)
    with pytest.raises(canonical_zip.ZipError):
        unpack(data, tmp_path)
    with pytest.raises(StorageError):
        canonical()


def test_file_that_changes_while_packed(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"before")
    member = canonical_zip.measure(tmp_path / "f")
    (tmp_path / "f").write_bytes(b"longer than before")
    with pytest.raises(StorageError, match="changed while"):
        canonical_zip.write(io.BytesIO(), {"f": member})


def many(path: Path) -> None:
    """More files than two bytes count."""
    content = {f"p/n/{number:05}": b"" for number in range(0xFFFF)} | {"p/a": b"first", "p/z": b"last"}
    path.write_bytes(canonical(content))


def far(path: Path) -> None:
    """Files that begin behind 4 GiB: a hole on the disk, and headers as `write` makes them."""
    directory = canonical_zip._ZipDirectory()  # writing the gigabytes would take a minute
    with path.open("wb") as target:
        for name, content in (("p/a", b"first"), ("p/m", None), ("p/z", b"last")):
            size, crc = (0xFFFFFFF0, 0) if content is None else (len(content), zlib.crc32(content))
            target.write(directory.add(name, crc, size))
            target.seek(size, io.SEEK_CUR) if content is None else target.write(content)
        target.write(directory.close())


@pytest.mark.parametrize("make", [many, far])
def test_zip64_is_read_by_programs_that_are_not_ours(tmp_path: Path, make) -> None:
    large = tmp_path / "large.zip"
    make(large)
    for name, content in (("p/a", b"first"), ("p/z", b"last")):
        assert zipfile.ZipFile(large).read(name) == content
        assert subprocess.run(["unzip", "-p", large, name], capture_output=True, check=True).stdout == content
        assert single.zip_files(large)[name]().read() == content
    listed = subprocess.run(["zipinfo", "-t", large], capture_output=True, text=True, check=True)
    assert listed.stderr == ""
    assert listed.stdout.split()[0] == str(len(zipfile.ZipFile(large).namelist()))


def test_zip64_is_demanded_byte_by_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large = tmp_path / "large.zip"
    many(large)
    monkeypatch.setattr(
        canonical_zip, "_extract", lambda source, *_, size, **__: source.seek(size, io.SEEK_CUR)
    )
    canonical_zip.unpack(large, tmp_path)
    data = large.read_bytes()
    record = data.rindex(b"PK\x06\x06")
    for place in (record + 24, record + 56 + 8, len(data) - 12):
        changed = bytearray(data)
        changed[place] ^= 1
        large.write_bytes(changed)
        with pytest.raises(canonical_zip.ZipError, match="not a directory of just these files"):
            canonical_zip.unpack(large, tmp_path)
        with pytest.raises(ValueError, match="not in the one form"):
            single.zip_files(large)
