"""Takes up a run that stopped after it was sealed: says what is there, clears away what is not whole.

A stage that is over is known by what it left: the bundle by its name, the pack by its name and by the results
beside it, which must be what comes out now. Everything between the two is made again.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from evidence import storage
from evidence.bundle import Bundle
from evidence.bundle.format import bag, seal
from evidence.bundle.format.chain import Follows
from evidence.clock import Clock
from evidence.collect import has_stopped, sealed_before
from evidence.errors import UsageError, VerificationError
from evidence.findings import VerificationReport

if TYPE_CHECKING:
    from evidence.signing.signer import Signer

_NAMED = 3


def sealed_bundle(folder: Path, outputs: Iterable[str]) -> Path | None:
    """Return the bundle in a run's folder; None when the run stopped before that was sealed, or was none.

    Raises UsageError when anything lies beside it but `outputs` of a run: some of them are made anew, and
    what somebody else left is not ours to touch.
    """
    if has_stopped(folder):
        return sealed_before(folder)
    found = sorted(marker.parent for marker in folder.glob(f"[!.]*/{bag.BAGIT}"))
    if not found:
        return None
    ours = {found[0].name, f"{found[0].name}.zip", *outputs}
    others = sorted(one.name for one in folder.glob("[!.]*") if one.name not in ours)
    if others:
        raise UsageError(
            f"{folder} holds what no run left beside its bundle: {', '.join(others[:_NAMED])}.",
            "Name the folder of a run with --output, or move that away.",
        )
    return found[0]


def require_own(bundle: Bundle, signer: "Signer", follows: Follows) -> None:
    """Raise UsageError when this run would not have sealed the bundle: another signer, or another place."""
    if (bundle.root / seal.CHAIN).read_bytes() != signer.chain_pem:
        raise UsageError(
            f"{bundle.name} is sealed by another identity.", "Go on with the key that sealed it."
        )
    before = follows(bundle.run.scope).previous
    if before not in (bundle.run.previous, bundle.digest):
        raise UsageError(
            f"{bundle.name} follows {bundle.run.previous or 'no bundle'}, and not {before or 'none'}.",
            "Go on with the same --archive or --previous; if the archive has gone on, collect anew.",
        )


def packed_before(
    pack: Path, bundle: Bundle, results: Path, computed: Iterable[bytes], *, signer: "Signer", clock: Clock
) -> VerificationReport | None:
    """Return what there is to say about a pack that an earlier process finished; None when none did.

    None also where other results come out now than lie beside it. Raises VerificationError when there is a
    pack that is not what that process can have left.
    """
    if not pack.exists() or not results.is_file() or _sha256(computed) != _sha256(storage.blocks_of(results)):
        return None
    from evidence.pack import verify_pack

    report = verify_pack(pack, now=clock.now())
    ours = (
        report.digest == bundle.digest and report.signer and report.signer.fingerprint == signer.fingerprint
    )
    if report.ok and ours:
        return report
    why = f": {report.findings[0].subject} {report.findings[0].sentence}" if report.findings else ""
    raise VerificationError(f"{pack} is not the pack that the run left{why}.", "Move it away and go on.")


def clear(folder: Path, pack: Path, outputs: Iterable[str]) -> None:
    """Delete what a run made of its bundle: the pack first, so that none stays beside other results."""
    with storage.storage_errors(folder):
        for path in (pack, *(folder / name for name in outputs)):
            path.unlink(missing_ok=True)
            for leftover in folder.glob(f".{path.name}.*.partial"):
                storage.remove_tree(leftover)


def _sha256(blocks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()
