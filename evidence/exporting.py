"""Exports what the tests conclude, from a bundle or from a verified pack, for other tools."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.errors import UsageError, VerificationError
from evidence.findings import Finding, Repetition

if TYPE_CHECKING:
    from evidence.bundle import Bundle
    from evidence.comparison import PackedResults
    from evidence.controls.results import Results
    from evidence.statements.files import Statements

Export = Callable[["Bundle", "Results"], bytes]


def exported(
    path: Path, statements: "Statements", wanted: Mapping[Path, Export], *, now: datetime
) -> dict[Path, bytes]:
    """Return what is wanted, by the path it is for; nothing is written.

    A bundle is tested here, with management's statements; a pack is verified, and its own results are taken
    where they come out the same when its tests are performed again. Raises UsageError for statements beside a
    pack, VerificationError for a pack that does not verify, or whose results were not shown to follow.
    """
    from evidence.bundle import open_bundle
    from evidence.bundle.format import bag
    from evidence.controls.engine import run_tests

    if (path / bag.BAGIT).is_file():
        bundle = open_bundle(path, now=now)
        results = run_tests(bundle, statements=statements)
        return {target: make(bundle, results) for target, make in wanted.items()}
    if any(statements.given()):
        raise UsageError("A pack holds management's files already.", "Leave them out, or name its bundle.")
    return _of_pack(path, wanted, now)


def _of_pack(path: Path, wanted: Mapping[Path, Export], now: datetime) -> dict[Path, bytes]:
    """Export a pack's own results, after performing its tests again: a signature proves no conclusion."""
    from evidence.comparison import read_any
    from evidence.controls.engine import run_tests
    from evidence.recompute import follows

    def take(
        bundle: "Bundle", packed: "PackedResults | None", stated: "Statements"
    ) -> tuple[Repetition | Finding, dict[Path, bytes]]:
        if packed is None:
            raise UsageError(
                f"{path} is neither a bundle nor a pack.", "Name the folder of one, or a pack's zip."
            )
        results = run_tests(bundle, statements=stated)
        sealed = packed.sealed(results)
        found = follows(bundle, sealed, results)
        return found, {target: make(bundle, sealed.results) for target, make in wanted.items()}

    (found, made), _ = read_any(path, take, now=now)
    if isinstance(found, Finding):
        raise VerificationError(f"{path.name}: {found.subject} {found.sentence}.", "See `evidence verify`.")
    if not found.same:
        raise VerificationError(
            f"{path.name}: that its results follow from its evidence cannot be shown: {found.sentence}.",
            "Install the version of evidence that made it, or export its bundle with management's files.",
        )
    return made
