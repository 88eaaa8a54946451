"""Which files there are: removed, added, renamed, linked, doubled in another case; in folder and pack."""

import os
import shutil
import socket
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

from evidence.bundle.format import bag
from evidence.findings import Code
from evidence.pack import layout
from tests.attacks.material import (
    CHAIN,
    SIGNATURE,
    a_bundle,
    a_pack,
    original,
    other,
    relisted,
    remanifested,
    without,
)
from tests.attacks.model import Attack, attack

_NAMES = (
    "data/new.json", "data/123456789012/iam/users.jsonl", "data/attachments/shot.png", "fetch.txt",
    "new.txt", "manifest-md5.txt", "manifest-sha512.txt", "tagmanifest-md5.txt", "tagmanifest-sha512.txt",
    "seal/new.p7s", "schemas/new.schema.json", "seal/chain2.pem", "data/.hidden", "data/CON", "data/aux.txt",
    "data/x.", "data/ x", "data/x ", "data/caf\u00e9", "data/cafe\u0301", "data/x\ny", "data/x\\y",
    "data/\u202excod.exe", "data/%2e%2e", "data/x:y", "data/~", "data/-rf", "README.md", "bagit.txt.bak",
    "data/run.json~", "verify.sh", "index.html",
)  # fmt: skip


def attacks() -> Iterator[Attack]:
    """Yield changes of names and kinds."""
    bundle = original().bag
    for path in bundle:
        yield from _removed(path)
        yield from _renamed(path)
        yield from _instead(path)
    for name in _NAMES:
        yield from _added(name)
    yield from _folders()
    yield from _in_packs()


def _absent(path: str) -> tuple[tuple[Code, ...], str | None]:
    """Return what names a file's absence."""
    if path in (SIGNATURE, CHAIN):
        return (Code.SEAL_MISSING,), path
    if path == bag.BAGIT:
        return (Code.NOT_A_BUNDLE,), None
    return (Code.MISSING,), path


def _removed(path: str) -> Iterator[Attack]:
    codes, subject = _absent(path)
    yield attack(f"removed: {path}", a_bundle(lambda: without(original().bag, path)), *codes, subject=subject)
    # unlisted along with it: the lists agree with the files, and the seal does not agree with the lists
    if path.startswith("data/"):
        fitting = lambda: remanifested(without(original().bag, path))  # noqa: E731
        yield attack(f"removed from the lists too: {path}", a_bundle(fitting), Code.SEAL_INVALID)


_RENAMES: dict[str, Callable[[str], str]] = {
    "capitals": lambda p: f"{p.rpartition('/')[0]}/{p.rpartition('/')[2].upper()}".lstrip("/"),
    "first letter": lambda p: p.rpartition("/")[0] + "/" * ("/" in p) + p.rpartition("/")[2].capitalize(),
    "backup": lambda p: f"{p}.bak",
    "one folder up": lambda p: "/".join([*p.split("/")[:-2], p.split("/")[-1]]),
    "one folder down": lambda p: f"{p.rpartition('/')[0]}/below/{p.rpartition('/')[2]}".lstrip("/"),
    "decomposed": lambda p: p.replace("e", "e\u0301", 1),
    "full width": lambda p: p.replace("a", unicodedata.lookup("FULLWIDTH LATIN SMALL LETTER A"), 1),
    "space behind": lambda p: f"{p} ",
    "look-alike": lambda p: p.replace("a", "\u0430", 1),
    "hidden": lambda p: f"{p.rpartition('/')[0]}/.{p.rpartition('/')[2]}".lstrip("/"),
}


def _renamed(path: str) -> Iterator[Attack]:
    for trick, rename in _RENAMES.items():
        new = rename(path)
        if new == path:
            continue

        def files(new: str = new) -> dict[str, bytes]:
            return without(original().bag, path) | {new: original().bag[path]}

        codes, _ = _absent(path)
        expected = (*codes, Code.RENAMED) if path.startswith("data/") else codes
        yield attack(f"renamed, {trick}: {path}", a_bundle(files), *expected)

        def both(new: str = new) -> dict[str, bytes]:
            return original().bag | {new: original().bag[path]}

        more = (Code.EXTRA, Code.DUPLICATE, Code.HOSTILE_PATH)
        yield attack(f"under a second name, {trick}: {path}", a_bundle(both), *more)


def _instead(path: str) -> Iterator[Attack]:
    """Yield what stands in a file's place and is none, or not only there."""
    tricks: dict[str, tuple[Callable[[Path, Path], object], tuple[Code, ...]]] = {
        "symbolic link to its content": (_linked_away, (Code.LINKED,)),
        "symbolic link within": (_linked_within, (Code.LINKED,)),
        "dangling link": (lambda _r, f: (f.unlink(), f.symlink_to("nowhere")), (Code.LINKED,)),
        "absolute link": (lambda _r, f: (f.unlink(), f.symlink_to("/etc/hostname")), (Code.LINKED,)),
        "hard link outside": (lambda r, f: os.link(f, r.parent / "second"), (Code.LINKED,)),
        "hard link inside": (lambda r, f: os.link(f, r / "data/second"), (Code.LINKED,)),
        "pipe": (lambda _r, f: (f.unlink(), os.mkfifo(f)), (Code.SPECIAL_FILE,)),
        "socket": (lambda _r, f: _socket(f), (Code.SPECIAL_FILE,)),
        "empty folder": (lambda _r, f: (f.unlink(), f.mkdir()), (Code.EMPTY_FOLDER,)),
        "folder with a file": (
            lambda _r, f: (f.unlink(), f.mkdir(), (f / "x").write_bytes(b"x")),
            (Code.EXTRA,),
        ),
        "sparse end": (lambda _r, f: os.truncate(f, f.stat().st_size + 1_048_576), ()),
    }
    for trick, (change, codes) in tricks.items():

        def then(root: Path, change: Callable[[Path, Path], object] = change) -> None:
            change(root, root / path)

        expected = codes or (Code.CHANGED, Code.SEAL_INVALID)
        if path == bag.BAGIT:
            expected += (Code.NOT_A_BUNDLE,)
        yield attack(f"{trick}: {path}", a_bundle(lambda: original().bag, then), *expected)


def _linked_away(root: Path, file: Path) -> None:
    shutil.move(file, root.parent / "outside")
    file.symlink_to(root.parent / "outside")


def _linked_within(root: Path, file: Path) -> None:
    target = root / "data/copy"
    shutil.move(file, target)
    file.symlink_to(target)


def _socket(file: Path) -> None:
    file.unlink()
    here = Path.cwd()
    os.chdir(file.parent)  # the name of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(file.name)
    finally:
        os.chdir(here)


def _added(name: str) -> Iterator[Attack]:
    expected = (Code.EXTRA, Code.HOSTILE_PATH)
    for trick, content in (("text", b"x\n"), ("nothing", b""), ("a copy", original().bag["data/run.json"])):
        files = lambda c=content: original().bag | {name: c}  # noqa: E731
        yield attack(f"added, {trick}: {name!r}", a_bundle(files), *expected)
    fitting = lambda: remanifested(original().bag | {name: b"x\n"})  # noqa: E731
    if name.isascii() and name.isprintable():
        yield attack(
            f"added, lists fitting: {name!r}",
            a_bundle(fitting),
            *expected,
            Code.SEAL_INVALID,
            Code.TAG_MANIFEST,
        )


def _folders() -> Iterator[Attack]:
    """Yield folders that are empty, linked or renamed."""
    folders = sorted({str(Path(path).parent) for path in original().bag} - {"."})
    for folder in [".", *folders]:
        for trick, name in (("empty folder", "new"), ("folder in a folder", "new/below")):
            then = lambda root, f=folder, n=name: (root / f / n).mkdir(parents=True)  # noqa: E731
            yield attack(f"{trick}: {folder}", a_bundle(lambda: original().bag, then), Code.EMPTY_FOLDER)
        if folder == ".":
            continue

        def linked(root: Path, folder: str = folder) -> None:
            shutil.move(root / folder, root.parent / "outside")
            (root / folder).symlink_to(root.parent / "outside", target_is_directory=True)

        yield attack(f"linked folder: {folder}", a_bundle(lambda: original().bag, linked), Code.LINKED)
        for trick, new in (("capitals", folder.upper()), ("renamed", f"{folder}x")):

            def renamed(root: Path, folder: str = folder, new: str = new) -> None:
                (root / new).parent.mkdir(parents=True, exist_ok=True)
                shutil.move(root / folder, root / new)

            yield attack(
                f"folder, {trick}: {folder}", a_bundle(lambda: original().bag, renamed),
                Code.MISSING, Code.RENAMED, Code.SEAL_MISSING, Code.NOT_A_BUNDLE,
            )  # fmt: skip
    for name in (f"{original().bundle}x", original().bundle.upper(), other().bundle, "bundle", "evidence-1"):
        yield attack(f"bundle renamed: {name}", a_bundle(lambda: original().bag, name=name), Code.BAG_FILE)


def _in_packs() -> Iterator[Attack]:
    """Yield packs with files removed, added and renamed, their sums left alone and written again."""
    files = original().files
    for path in files:
        for trick, made in (
            ("removed", lambda p=path: without(files, p)),
            ("renamed", lambda p=path: without(files, p) | {f"{p}.bak": files[p]}),
            ("in capitals", lambda p=path: without(files, p) | {_capitals(p): files[p]}),
        ):
            yield attack(f"pack, {trick}: {path}", a_pack(made), *_LACKS)
            fitting = lambda m=made: relisted(m())  # noqa: E731
            if path not in layout.UNLISTED:
                yield attack(
                    f"pack, {trick}, sums fitting: {path}", a_pack(fitting), *_LACKS, Code.SEAL_INVALID
                )
    for name in (*_BESIDE, f"{original().bundle}/data/new", f"{other().bundle}/bagit.txt"):
        for trick, made in (
            ("added", lambda n=name: files | {n: b"x"}),
            ("added, sums fitting", lambda n=name: relisted(files | {n: b"x"})),
        ):
            yield attack(f"pack, {trick}: {name}", a_pack(made), Code.EXTRA, Code.SEAL_INVALID)
    for part in ("report.pdf", "appendices.xlsx", "index.html", "results.json", "VERIFY.md"):
        swapped = lambda p=part: relisted(files | {p: other().files[p]})  # noqa: E731
        yield attack(f"the other pack's {part}, sums fitting", a_pack(swapped), Code.SEAL_INVALID)
    moved = lambda: relisted(original().with_bag(other().bag))  # noqa: E731
    yield attack("the other bundle under this one's name", a_pack(moved), Code.SEAL_INVALID, Code.BAG_FILE)


_BESIDE = (
    "new.txt", "READ-ME-FIRST.html", "report2.pdf", "exceptions.toml", "attestations.toml", "x/y",
    "SHA256SUMS.asc", "verify.exe",
)  # fmt: skip
_LACKS = (Code.MISSING, Code.EXTRA, Code.SEAL_MISSING, Code.NOT_A_BUNDLE)


def _capitals(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/{name.upper()}" if folder else name.swapcase()
