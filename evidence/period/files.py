"""Leaves a report over a period: a folder and the zip of it, signed, whole or not at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence import __version__, storage
from evidence.bundle.format import bag, strictjson
from evidence.bundle.format.seal import TimeStampAuthority
from evidence.clock import Clock
from evidence.errors import UsageError
from evidence.pack import canonical_zip
from evidence.pack.layout import SIGNATURE, SIGNER, SUMS, TIME_STAMP, VERSIONS
from evidence.period import layout
from evidence.period.given import GivenFiles
from evidence.period.model import PeriodResults
from evidence.period.opened import Period
from evidence.period.rendered import render
from evidence.pipeline import with_optional_time_stamp
from evidence.report.versions import rendering_versions
from evidence.signing.signer import Signer


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs, when, and who says so."""

    signer: Signer
    clock: Clock
    authority: TimeStampAuthority | None
    say: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class LeftPeriod:
    """What was left."""

    folder: Path
    zip: Path
    digest: str
    """SHA-256 of period.json."""
    unstamped: tuple[str, ...]
    """What an authority was asked to time-stamp and did not, one sentence each."""

    def document(self) -> dict[str, Any]:
        """Return the machine form."""
        return {
            "folder": str(self.folder),
            "zip": str(self.zip),
            "results": str(self.folder / layout.RESULTS),
            "results_sha256": self.digest,
            "unstamped": list(self.unstamped),
        }

    def text(self) -> str:
        """Return the form for people."""
        return f"Report   {self.folder}\nZip      {self.zip}\nResults  sha256:{self.digest}"


def require_free(output: Path, name: str) -> None:
    """Raise UsageError where a report of that name lies in a folder: nothing is ever overwritten."""
    for path in (output / name, output / f"{name}.zip"):
        if path.exists() or path.is_symlink():
            raise UsageError(f"{path} exists already.", "Choose another folder with --output.")


def leave(results: PeriodResults, given: GivenFiles, output: Path, signing: Signing) -> LeftPeriod:
    """Write the report into a folder below `output`, and the zip of it beside that.

    Raises UsageError where one is there, StorageError where the disk does not take it, SigningError.
    """
    name = layout.folder_name(results.scope, Period(results.first, results.last))
    with storage.own_folder(output, fresh=False) as folder:
        require_free(folder, name)
        with _staging(folder / f".{name}.partial") as staging:
            lacks = _write(results, given, staging, signing)
            zipped = folder / f"{name}.zip"
            with storage.publishing(zipped) as target:
                files = sorted(path for path in staging.rglob("*") if path.is_file())
                canonical_zip.write(
                    target,
                    {
                        f"{name}/{path.relative_to(staging).as_posix()}": canonical_zip.measure(path)
                        for path in files
                    },
                )
            storage.publish_folder(staging, folder / name)
    return LeftPeriod(output / name, zipped, results.digest, lacks)


@contextmanager
def _staging(path: Path) -> Iterator[Path]:
    """Hold a folder that is gone in the end, unless it got its final name."""
    with storage.storage_errors(path):
        storage.remove_tree(path)
        path.mkdir(storage.FOLDER_MODE)
        try:
            yield path
        finally:
            storage.remove_tree(path)


def _write(results: PeriodResults, given: GivenFiles, folder: Path, signing: Signing) -> tuple[str, ...]:
    storage.publish(folder / layout.RESULTS, results.to_bytes())
    signing.say("Rendering the report.")
    rendered = render(results, signing.signer.identity, folder)
    lacks = _sign_report(folder, signing) if layout.REPORT in rendered else ()
    for name, content in given.left():
        storage.make_folders(folder, (folder / name).parent)
        storage.publish(folder / name, content if isinstance(content, bytes) else storage.blocks_of(content))
    storage.publish(folder / VERSIONS, strictjson.document(rendering_versions()))
    storage.publish(folder / SIGNER, signing.signer.chain_pem)
    storage.publish(
        folder / layout.INSTRUCTIONS, layout.instructions(results, signing.signer.identity, __version__)
    )
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    hashes = {path.relative_to(folder).as_posix(): storage.sha256_of(path) for path in files}
    sums = bag.manifest(hashes)
    signature = signing.signer.seal(sums, signing.clock.now())
    storage.publish(folder / SUMS, sums)
    storage.publish(folder / SIGNATURE, signature)
    stamped, unstamped = with_optional_time_stamp(
        lambda authority: authority.stamp(signature) if authority else b"",
        signing.authority, "The report's signature", signing.say,
    )  # fmt: skip
    if stamped:
        storage.publish(folder / TIME_STAMP, stamped)
    return (*lacks, *unstamped)


def _sign_report(folder: Path, signing: Signing) -> tuple[str, ...]:
    from evidence.signing.pdf import sign_pdf

    unsigned = (folder / layout.REPORT).read_bytes()
    signed, lacks = with_optional_time_stamp(
        lambda authority: sign_pdf(unsigned, signing.signer, signing.clock.now(), authority=authority),
        signing.authority, "The report", signing.say,
    )  # fmt: skip
    with storage.replacing(folder / layout.REPORT) as file:
        file.write(signed)
    return lacks
