"""Signs the files of a zip, and writes it where its name appears only with all its bytes."""

import os
from datetime import datetime
from pathlib import Path
from typing import IO

from evidence import storage
from evidence.bundle.format import bag
from evidence.bundle.format.seal import TimeStampAuthority
from evidence.errors import UsageError
from evidence.pack import canonical_zip, layout
from evidence.pack.canonical_zip import ZipMember
from evidence.signing.signer import Signer


def require_free(output: Path | IO[bytes]) -> None:
    """Raise UsageError where something has the name already: nothing is ever overwritten."""
    if isinstance(output, Path) and os.path.lexists(output):
        raise UsageError(f"{output} exists already.", "Choose another name with --output.")


def sign_members(
    members: dict[str, ZipMember], signer: Signer, moment: datetime, authority: TimeStampAuthority | None
) -> None:
    """Add the list of all members' hashes, its signature, and an authority's time-stamp of that.

    Raises SigningError, and AuthorityError where there is no time-stamp to be had.
    """
    sums = bag.manifest({path: member.sha256 for path, member in members.items()})
    signature = signer.seal(sums, moment)
    members[layout.SUMS] = canonical_zip.measure(sums)
    members[layout.SIGNATURE] = canonical_zip.measure(signature)
    if authority is not None:
        members[layout.TIME_STAMP] = canonical_zip.measure(authority.stamp(signature))


def publish(output: Path | IO[bytes], folder: str, members: dict[str, ZipMember]) -> None:
    """Write the members, below a folder, into an open file or to a path; raises StorageError."""
    placed = {f"{folder}/{path}": member for path, member in members.items()}
    if not isinstance(output, Path):
        canonical_zip.write(output, placed)
        return
    with storage.storage_errors(output):
        output.parent.mkdir(mode=storage.FOLDER_MODE, parents=True, exist_ok=True)
    with storage.publishing(output) as target:
        canonical_zip.write(target, placed)
