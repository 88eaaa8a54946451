"""The commands that write: how each is begun, how it goes on, and what may be found when it was killed."""

import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from evidence import storage
from evidence.archive.archive import list_entries
from evidence.archive.index import INDEX
from evidence.archive.records import RECORDS, read_records
from evidence.archive.store import store_at
from evidence.bundle.format import bag, strictjson
from evidence.bundle.format.corroboration import DOCUMENT
from evidence.bundle.verify import inventory
from evidence.bundle.verify.inventory import FileDigest
from evidence.clock import system_clock
from evidence.errors import EvidenceError
from evidence.findings import VerificationReport
from evidence.pack import canonical_zip
from evidence.pack.any import verify_any
from evidence.pack.encryption import decrypted_path
from evidence.pack.named_digests import digests_in_page, digests_in_workbook
from evidence.pack.sums import check_signature, check_sums
from evidence.period.layout import ALWAYS, RENDERED, RESULTS
from evidence.report.browser.blocks import open_blocks
from evidence.submission.layout import is_submission
from evidence.submission.verify import verify_submission
from tests.kills.stage import OLD, SAMPLES, Stage, all_files
from tests.support.identity import signer
from tests.support.make_samples import SIGNER

PATIENCE = 5.0
"""Seconds that it takes at the very most until nothing private is left in the temporary folder."""
DONE = (0, 3)

Words = Callable[[Stage, Path], list[str | Path]]


@dataclass(frozen=True)
class Command:
    """A command that writes, in a folder of its own."""

    name: str
    words: Words
    leaves: tuple[str, ...]
    """What is there when it is done, as patterns."""
    goes_on: tuple[str, ...] = ()
    """Options with which it goes on after it was killed; without any it begins anew."""
    refuses: tuple[str, ...] = ()
    """`refused` where it may say that a first one of its files, which is whole, is there already."""
    clear: bool = True
    """Whether a whole pack in clear may be found anywhere before the command is done."""
    prepare: Callable[[Stage, Path], object] = lambda _stage, _folder: None

    def is_done(self, folder: Path) -> bool:
        """Say whether all it leaves is there."""
        return all(any(folder.glob(pattern)) for pattern in self.leaves)

    def wrong(self, stage: Stage, folder: Path) -> Iterator[str]:
        """Yield what is found in a folder and must not be, whenever the command died."""
        deadline = time.monotonic() + PATIENCE
        while (left := list((folder / "tmp").iterdir())) and time.monotonic() < deadline:
            time.sleep(0.02)
        yield from (f"{one.name} stays in the temporary folder" for one in left if not _is_pythons_probe(one))
        yield from _published(stage, folder)
        if not self.clear:
            yield from _in_clear(folder)


def _is_pythons_probe(path: Path) -> bool:
    """Tell whether a file is what `tempfile` tries a folder with, and takes away."""
    return path.is_file() and len(path.name) == 8 and path.read_bytes() in (b"", b"blat")


def _has_final_name(path: Path, folder: Path) -> bool:
    inside = path.relative_to(folder).parts
    return inside[0] != "tmp" and not any(part.startswith(".") for part in inside)


def _published(stage: Stage, folder: Path) -> Iterator[str]:
    """Yield what has a final name and is not whole."""
    for path in sorted(folder.rglob("*")):
        marks = (bag.BAGIT, DOCUMENT, RESULTS)
        inside = any((above / mark).exists() for above in path.parents for mark in marks)
        if path != folder / "tmp" and _has_final_name(path, folder) and not inside:
            try:
                _check(stage, path)
            except (AssertionError, ValueError, OSError, EvidenceError, zipfile.BadZipFile) as error:
                yield f"{path.name} is not whole: {error}"


def _check_drawn(path: Path) -> None:
    named = digests_in_page(path) if path.suffix == ".html" else digests_in_workbook(path)
    assert named[0], "it names no bundle"
    if path.suffix == ".html":
        assert dict(open_blocks(path.read_bytes()))
    else:
        assert zipfile.ZipFile(path).testzip() is None


def _check(stage: Stage, path: Path) -> None:
    """Raise unless a file or folder with a final name is what its name says."""
    now = system_clock().now()
    if path.is_dir():
        if path.name.startswith("evidence-"):
            _require(verify_any(path, now=now))
        elif path.name.startswith("period-"):
            _check_period(path)
    elif path.suffix in (".zip", ".pdf"):
        _check_signed(path)
    elif path.name.endswith("mapping.age"):
        with decrypted_path(path, stage.identity, None) as clear:
            strictjson.loads(clear.read_bytes())
    elif path.suffix == ".age":
        with decrypted_path(path, stage.identity, None) as clear:
            _require(verify_any(clear, now=now))
    elif path.suffix in (".xlsx", ".html"):
        _check_drawn(path)
    elif path.suffix in (".json", ".jsonl"):
        _check_record(path)
    elif path.suffix in (".toml", ".png"):
        assert path.read_bytes() == (SAMPLES / path.name).read_bytes()
    else:
        raise AssertionError("nobody knows what it is")


def _check_signed(path: Path) -> None:
    now = system_clock().now()
    if path.name.startswith("period-"):
        with tempfile.TemporaryDirectory() as scratch:
            canonical_zip.unpack(path, Path(scratch))
            _check_period(Path(scratch) / path.stem)
    elif is_submission(path):
        report = verify_submission(path, now=now)
        assert not report.findings and all(one.report.ok for one in report.packs), report.text()
    else:
        _require(verify_any(path, now=now))


def _check_period(root: Path) -> None:
    """Raise unless a report over a period is complete and signed."""
    listed = inventory.take_inventory(root)
    hashed = inventory.hash_files(root, listed.sizes)
    files = {name: one for name, one in hashed.items() if isinstance(one, FileDigest)}
    _, _, against = check_signature(root, files, now=system_clock().now(), trusted=None)
    assert not [*listed.findings, *check_sums(root, files), *against]
    assert {*ALWAYS, *RENDERED} <= files.keys()


def _check_record(path: Path) -> None:
    """Raise unless a document is strict JSON, and one of an archive's lists in order with the others."""
    if path.suffix == ".json":
        strictjson.loads(path.read_bytes())
        return
    assert path.name in RECORDS, "nobody knows what it is"
    list_entries(path.parent)
    assert not read_records(store_at(path.parent), None, now=system_clock().now()).findings


def _require(report: VerificationReport) -> None:
    assert report.ok, "; ".join(f"{one.subject} {one.sentence}" for one in report.findings[:2])


def _in_clear(folder: Path) -> Iterator[str]:
    """Yield the packs, seals and reports that have no final name, and are whole all the same."""
    looked_over = [folder / ".pack.zip.partial"] if any(folder.glob("*.mapping.age")) else []
    for path in all_files(folder):
        head = storage.read_up_to(path, 4)
        whole = {
            "a pack": head.startswith(b"PK") and path.suffix != ".xlsx" and zipfile.is_zipfile(path),
            "a signed report": head == b"%PDF-" and b"/ByteRange" in path.read_bytes(),
            "a seal": path.suffix == ".p7s",
        }
        if not _has_final_name(path, folder) and path not in looked_over:
            yield from (
                f"{what} lies in clear: {path.relative_to(folder)}" for what, is_it in whole.items() if is_it
            )


def _collect(stage: Stage, folder: Path) -> list[str | Path]:
    return ["collect", *stage.collecting, "-o", folder / "out"]


def _run(stage: Stage, folder: Path) -> list[str | Path]:
    more = ["--timestamp-url", stage.authority, "--archive", folder / "archive"]
    return ["run", *stage.collecting, *stage.stated, *more, "-o", folder / "out"]


def _report(stage: Stage, folder: Path) -> list[str | Path]:
    return ["report", stage.bundle, *stage.rendering, "-o", folder / "out"]


def _pack(stage: Stage, folder: Path) -> list[str | Path]:
    return ["pack", stage.bundle, *stage.rendering, "-o", folder / "pack.zip"]


def _encrypt(stage: Stage, folder: Path) -> list[str | Path]:
    return [
        "pack",
        stage.bundle,
        *stage.rendering,
        "--encrypt-to",
        stage.recipient,
        "-o",
        folder / "pack.zip.age",
    ]


def _redact(stage: Stage, folder: Path) -> list[str | Path]:
    redacting = ["--redact", SAMPLES / "redaction.toml", "--redaction-key", stage.redaction_key]
    to = ["--mapping-to", stage.recipient, "-o", folder / "pack.zip"]
    return ["pack", stage.bundle, *redacting, *to, *stage.rendering]


def _add(stage: Stage, folder: Path) -> list[str | Path]:
    return ["archive", "add", stage.pack, "--archive", folder / "archive", *SIGNER, "--quiet"]


def _archived(stage: Stage, folder: Path) -> None:
    stage.run(_add(stage, folder), folder)


def _renew(stage: Stage, folder: Path) -> list[str | Path]:
    options = ["--archive", folder / "archive", "--timestamp-url", stage.authority]
    return ["archive", "renew", "--always", *options, "--quiet"]


def _hand_over(stage: Stage, folder: Path) -> list[str | Path]:
    certificate = stage.root / "next.pem"
    certificate.write_bytes(signer("Next", secret=31).certificate_pem)
    options = ["--archive", folder / "archive", "--to", certificate]
    return ["archive", "hand-over", *options, *SIGNER, "--quiet"]


def _index_lost(stage: Stage, folder: Path) -> None:
    _archived(stage, folder)
    (folder / "archive" / INDEX).unlink()


def _rebuild(stage: Stage, folder: Path) -> list[str | Path]:
    del stage
    return ["archive", "rebuild", "--archive", folder / "archive", *SIGNER, "--quiet"]


def _submit(stage: Stage, folder: Path) -> list[str | Path]:
    return ["submit", stage.pack, *SIGNER, "-o", folder / "submission.zip", "--quiet"]


def _close(stage: Stage, folder: Path) -> list[str | Path]:
    files = sorted(stage.review.glob("*.xlsx"))
    where = ["--archive", folder / "archive", *SIGNER, "--quiet", "-o", folder / "out"]
    return ["review", "close", *files, stage.bundle, "--opened", stage.review / "review.json", *where]


def _period(stage: Stage, folder: Path) -> list[str | Path]:
    del stage
    today = system_clock().now().date()
    days = ["--from", str(today - timedelta(days=30)), "--to", str(today), "--integrity-only"]
    return ["period", "--archive", folder / "archive", *days, *SIGNER, "--quiet", "-o", folder / "out"]


def _timestamp(stage: Stage, folder: Path) -> list[str | Path]:
    return ["timestamp", folder / stage.bundle.name, "--timestamp-url", stage.authority, "--quiet"]


def _corroborate(stage: Stage, folder: Path) -> list[str | Path]:
    logs = stage.root / "trail.json"
    logs.write_text('{"Records": []}')
    return ["corroborate", OLD, "--logs", logs, *SIGNER, "--quiet", "-o", folder]


def _verify(stage: Stage, folder: Path) -> list[str | Path]:
    del folder
    return ["verify", stage.encrypted, "--identity", stage.identity, "--trust", SAMPLES / "signer.pem"]


COMMANDS = {
    one.name: one
    for one in (
        Command("run", _run, ("out/evidence-*.zip", "archive/index.jsonl"), ("--resume",)),
        Command("collect", _collect, (f"out/evidence-*/{bag.BAGIT}",), ("--resume",)),
        Command("report", _report, ("out/report.pdf", "out/appendices.xlsx"), refuses=("refused",)),
        Command("pack", _pack, ("pack.zip",)),
        Command("pack --encrypt-to", _encrypt, ("pack.zip.age",), clear=False),
        Command("pack --redact", _redact, ("pack.zip",), refuses=("refused",), clear=False),
        Command(
            "review close", _close, ("out/evidence-review-*.zip", "archive/index.jsonl"), refuses=("refused",)
        ),
        Command("archive add", _add, ("archive/index.jsonl",)),
        Command("archive renew", _renew, ("archive/renewals.jsonl",), prepare=_archived),
        Command("archive hand-over", _hand_over, ("archive/hand-overs.jsonl",), prepare=_archived),
        Command("archive rebuild", _rebuild, ("archive/index.jsonl",), prepare=_index_lost),
        Command("period", _period, ("out/period-*.zip", "out/period-*[!z]/period.json"), refuses=("refused",),
                prepare=_archived),
        Command("submit", _submit, ("submission.zip",)),
        Command(
            "timestamp", _timestamp, ("evidence-*/seal/*.tsr",),
            prepare=lambda stage, folder: stage.copy_of_bundle(folder),
        ),
        Command("corroborate", _corroborate, ("evidence-*corroboration*",)),
        Command("verify of .age", _verify, (), clear=False),
    )
}  # fmt: skip
