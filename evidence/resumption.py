"""Takes up a run that stopped after it was sealed: says what is there, clears away what is not whole.

A stage that is over is known by what it left: the bundle by its name, the pack by its name and by the results
beside it, which must be what comes out now. Everything between the two is made again.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from evidence import storage
from evidence.bundle import Bundle
from evidence.bundle.format import bag
from evidence.bundle.format.chain import Follows
from evidence.clock import Clock
from evidence.collect import has_stopped, sealed_before
from evidence.errors import UsageError, VerificationError
from evidence.findings import VerificationReport
from evidence.pack import layout

if TYPE_CHECKING:
    from evidence.controls.results import Results
    from evidence.signing.signer import Signer
    from evidence.statements.files import Statements

_MADE = (layout.RESULTS, layout.REPORT, layout.APPENDICES, layout.PAGE, layout.CHANGES)
_NAMED = 3


def sealed_bundle(folder: Path) -> Path | None:
    """Return the bundle in a run's folder; None when the run stopped before that was sealed, or was none.

    Raises UsageError when anything lies beside it that no run leaves: some of it is made anew, and what
    somebody else left is not ours to touch.
    """
    if has_stopped(folder):
        sealed = sealed_before(folder)
        _require_nothing_beside(folder, sealed.name if sealed else "")
        return sealed
    found = sorted(marker.parent for marker in folder.glob(f"[!.]*/{bag.BAGIT}"))
    if not found:
        return None
    _require_nothing_beside(folder, found[0].name)
    return found[0]


def _require_nothing_beside(folder: Path, bundle: str) -> None:
    """Raise UsageError for what a run that has left this bundle, or none yet, cannot have left."""
    ours = {bundle, f"{bundle}.zip", *_MADE, *layout.STATEMENTS, *layout.INDEXES} if bundle else set()
    others = sorted(one.name for one in folder.glob("[!.]*") if one.name not in ours)
    if others:
        raise UsageError(
            f"{folder} holds what no run left beside its bundle: {', '.join(others[:_NAMED])}.",
            "Name the folder of a run with --output, or move that away.",
        )


def require_none_stopped(folder: Path) -> None:
    """Raise UsageError when a collection stopped in a folder: another run would leave it beside its own."""
    if has_stopped(folder):
        raise UsageError(
            f"{folder} holds a collection that stopped.",
            "Go on with --resume, or choose another folder with --output.",
        )


def require_place(bundle: Bundle, follows: Follows) -> None:
    """Raise UsageError when this run would have put the bundle in another place of its chain."""
    before = follows(bundle.run.scope).previous
    if before not in (bundle.run.previous, bundle.digest):
        raise UsageError(
            f"{bundle.name} follows {bundle.run.previous or 'no bundle'}, and not {before or 'none'}.",
            "Go on with the same --archive or --previous; if the archive has gone on, collect anew.",
        )


def require_statements(folder: Path, statements: "Statements") -> None:
    """Raise UsageError when other statements lie in the folder than are given: they are management's."""
    given = {kind.file: found.content for kind, found in statements.given()}
    for name in layout.STATEMENTS:
        path = folder / name
        if path.exists() and path.read_bytes() != given.get(name):
            raise UsageError(
                f"{path} is not the file that is given with --{path.stem}.",
                "Go on with the same file, or move that one away.",
            )


def take_up(
    pack: Path,
    bundle: Bundle,
    statements: "Statements",
    *,
    signer: "Signer",
    clock: Clock,
    changes: bool = False,
) -> tuple["Results", VerificationReport] | None:
    """Return what comes out of a bundle, and what is to be said about the pack of that which is there.

    Where an earlier process finished none, or other results come out now, all that it made is deleted: None.
    So it is where there are no `changes` and now there will be.
    Raises VerificationError when there is a pack that is not what that process can have left.
    """
    from evidence.controls.engine import run_tests
    from evidence.pack import verify_pack

    results = run_tests(bundle, statements=statements)
    indexes = [name for name, member in layout.INDEXES.items() if getattr(results, member)]
    made = [pack, *(pack.with_name(name) for name in (*_MADE, *indexes))]
    whole = all(path.is_file() for path in made if changes or path.name != layout.CHANGES)
    if not whole or storage.sha256_of(made[1]) != results.digest:
        with storage.storage_errors(pack):
            for path in made:  # the pack first: it must not stand beside other results
                path.unlink(missing_ok=True)
                for leftover in path.parent.glob(f".{path.name}.*.partial"):
                    storage.remove_tree(leftover)
        return None
    report = verify_pack(pack, now=clock.now())
    ours = (
        report.digest == bundle.digest and report.signer and report.signer.fingerprint == signer.fingerprint
    )
    if report.ok and ours:
        return results, report
    why = f": {report.findings[0].subject} {report.findings[0].sentence}" if report.findings else ""
    raise VerificationError(f"{pack} is not the pack that the run left{why}.", "Move it away and go on.")
