"""Tries what a run will need before AWS is asked anything: what would fail in an hour fails now.

Each try costs nothing, or what the run has to pay anyway. The signing identity is loaded before this; one
that is not in memory (KMS, PKCS#11) signs a few bytes then, which may ask for a touch or a PIN, and once is
enough (`evidence.signing.load`). Management's statements are read before this as well.
"""

import os
import secrets
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from evidence import storage
from evidence.bundle.write.attachments import require_all_attached
from evidence.clock import Clock
from evidence.errors import AuthorityError, EvidenceError, SigningError, StorageError, UsageError
from evidence.foreign import INSTALL_PANGO
from evidence.report import try_rendering

if TYPE_CHECKING:
    from collections.abc import Callable

    from evidence.archive.archive import Archive
    from evidence.bundle.format.seal import TimeStampAuthority
    from evidence.settings.model import Settings
    from evidence.signing.signer import Signer

FLOOR = 100_000_000
"""Bytes that must be free: ten times what an account of moderate size takes, from bundle to pack."""
_TRIAL = 64 * 1024
_RANDOM_BYTES = 32


def try_what_a_run_needs(
    settings: "Settings",
    output: Path,
    *,
    signer: "Signer",
    clock: Clock,
    authority: "TimeStampAuthority | None",
    archive: "Archive | None",
    attachments: Path | None,
    rendering: bool,
    say: "Callable[[str], None]",
) -> None:
    """Try folders, certificate, attachments, renderer and authority; `rendering` says that one is needed.

    Raises StorageError, SigningError, UsageError, VerificationError or EvidenceError for what would end the
    run. An authority without a time-stamp to give ends none: `say` tells of it.
    """
    for folder in (output, archive.store.folder) if archive else (output,):
        if folder is not None:
            try_folder(folder)
    if archive is not None:
        archive.entries()
    if attachments is not None:
        try_attachments(attachments, say)
    try_certificate(signer, clock, timedelta(seconds=settings.collect.deadline_seconds))
    if rendering:
        try_renderer()
    if authority is not None:
        _try_authority(authority, say)


def try_folder(folder: Path, needed: int = FLOOR) -> int:
    """Write where the folder is, or will be made; return the bytes that are free, `needed` at least.

    Nothing of it has a name, so that nothing can be left. Raises StorageError.
    """
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(one))
    with storage.storage_errors(there):
        with tempfile.TemporaryFile(dir=there) as trial:
            trial.write(bytes(_TRIAL))
            storage.sync_file(trial)
        free = shutil.disk_usage(there).free
    if free < needed:
        raise StorageError(f"{there} has {free // 10**6} MB free; a run needs {needed // 10**6} MB at least.")
    return free


def try_attachments(folder: Path, say: "Callable[[str], None]") -> None:
    """Read the index of a folder of attachments. Raises UsageError, for what nobody attached too."""
    if not folder.is_dir():
        raise UsageError(
            f"There is no folder {folder} of attachments.", "Name the one that `evidence attach` prepared."
        )
    for entry in require_all_attached(folder):
        say(f"Seals {folder / Path(entry.file).name}, attached on {entry.added:%Y-%m-%d} to {entry.item}.")


def try_certificate(signer: "Signer", clock: Clock, longest: timedelta) -> None:
    """Refuse a certificate that may expire before the run has signed: a reader would refuse the seal."""
    end = signer.certificate.not_valid_after_utc
    if end < clock.now() + longest:
        raise SigningError(
            f"The certificate expires at {end:%Y-%m-%d %H:%M:%S} UTC, which may be before the run is over.",
            "Sign with one that lasts longer, or set a shorter --deadline.",
        )


def try_renderer() -> None:
    """Render a page of one word, in the report's fonts. Raises EvidenceError."""
    try:
        try_rendering()
    except EvidenceError:
        raise
    except Exception as error:  # whatever a library that does not fit this machine raises
        raise EvidenceError(
            f"The report cannot be rendered on this machine: {type(error).__name__}.",
            f"{INSTALL_PANGO} Or `evidence collect` here, and test, report and pack on another machine.",
        ) from error


def try_authority(authority: "TimeStampAuthority") -> None:
    """Have random bytes time-stamped. Raises AuthorityError."""
    authority.stamp(secrets.token_bytes(_RANDOM_BYTES))


def _try_authority(authority: "TimeStampAuthority", say: "Callable[[str], None]") -> None:
    """Have random bytes time-stamped; a run goes on without: evidence is worth more than its time-stamp."""
    try:
        try_authority(authority)
    except AuthorityError as error:
        say(f"No time-stamp is to be had now: {error.message}")
        say(
            "  The run goes on, and asks again. Ctrl-C ends it before anything is collected; the seal can be "
            "time-stamped later with `evidence timestamp`, the start cannot."
        )
