"""Verifies whatever somebody was given: a pack, a bundle's folder, a corroboration, or a report alone."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from evidence import storage
from evidence.bundle.verify.bundle import check_bundle
from evidence.errors import IncompleteBundleError, UsageError
from evidence.findings import Code, Finding, VerificationReport
from evidence.pack.layout import SUMS
from evidence.signatures import trust

if TYPE_CHECKING:
    from evidence.pack.verify import Further

_PDF_MAGIC = b"%PDF-"
_ZIP_MAGIC = b"PK"


def verify_any(
    path: Path, *, now: datetime, trusted: trust.Trust | None = None, further: "Further | None" = None
) -> VerificationReport:
    """Verify a pack, a bundle, a corroboration or a report, told apart by what they are.

    `further` is for a pack; see `verify_pack`.
    Raises UsageError when there is nothing or it cannot be read, IncompleteBundleError for a leftover.
    """
    if path.name.endswith(".partial"):
        raise IncompleteBundleError(f"{path} is the leftover of a run that did not finish.")
    if path.is_dir():
        from evidence.pack.corroboration import check_corroboration, is_corroboration

        if is_corroboration(path):
            return check_corroboration(path, now=now, trusted=trusted)
        if (path / SUMS).is_file():
            from evidence.pack.verify import verify_pack

            return verify_pack(path, now=now, trusted=trusted, further=further)
        return check_bundle(path, now=now, trusted=trusted)
    try:
        with path.open("rb") as source:
            magic = source.read(len(_PDF_MAGIC))
        if magic == _PDF_MAGIC:
            from evidence.signatures.pdf import MAX_BYTES, verify_pdf

            return verify_pdf(storage.read_up_to(path, MAX_BYTES), name=path.name, now=now, trusted=trusted)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}.", "Name a pack, bundle or PDF."
        ) from error
    if magic.startswith(_ZIP_MAGIC) or path.suffix == ".zip":
        from evidence.pack.verify import verify_pack

        return verify_pack(path, now=now, trusted=trusted, further=further)
    finding = Finding(Code.NOT_A_BUNDLE, path.name, "is neither a pack, nor a bundle, nor a PDF")
    return VerificationReport("file", path.name, (finding,))
