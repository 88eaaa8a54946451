"""Finds entry points of installed distributions by name, and the hash over a distribution's files.

Nothing is imported before the hash is known. What is hashed is what a wheel brings: the files that RECORD
lists, as they are on disk, without those that differ between machines for one and the same wheel (compiled
files, scripts, what the installer notes of itself).
"""

import csv
import hashlib
import importlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, entry_points
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from pydantic import ValidationError

from evidence.custom.declarations import ForeignPackage, normalised
from evidence.errors import UsageError

ITEMS, TESTS = "evidence.items", "evidence.tests"
"""Groups of entry points."""
_OF_THE_MACHINE = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"})
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class InstalledEntry:
    """An entry point that is installed, and its package as it is on disk now."""

    name: str
    package: ForeignPackage
    point: EntryPoint
    source: Path
    """The file of the module that it names, one of those that were hashed."""

    def load(self, kind: type[T], *ours: dict[str, Any]) -> T:
        """Import the module and return what the entry point names; `ours`: registries that stay as they are.

        Raises UsageError where that fails, gives something else, comes from a file that was not hashed, or
        has put anything into a registry of ours: what it put there is taken out again.
        """
        before = [dict(registry) for registry in ours]
        try:
            module = importlib.import_module(self.point.module)
            found = self.point.load()
        except Exception as error:  # whatever code of others raises
            raise UsageError(
                f"{self.name} of {self.package.name} cannot be loaded ({type(error).__name__}).",
                f"Ask who makes {self.package.name}, or switch it off in [custom].",
            ) from error
        if before != [dict(registry) for registry in ours]:
            for registry, kept in zip(ours, before, strict=True):
                registry.clear()
                registry.update(kept)
            raise UsageError(
                f"{self.point.module} of {self.package.name} declares tests or items among those of this "
                "program.",
                f"Switch {self.name} off in [custom]: custom ones are named by entry points alone.",
            )
        if Path(module.__file__ or "").resolve() != self.source:
            raise UsageError(
                f"{self.point.module}, which {self.name} names, is not the one of {self.package.name}: "
                "another module of that name is found first.",
                "Remove what shadows it from PYTHONPATH and the working folder.",
            )
        if not isinstance(found, kind):
            raise UsageError(
                f"{self.name} of {self.package.name} is no {kind.__name__}.", "See docs/custom.md."
            )
        return found


def installed(group: str, names: Iterable[str]) -> Iterator[InstalledEntry]:
    """Yield the entry points of these names, in the order given; imports nothing.

    Raises UsageError for a name that no installed package has, or several have, and for a package whose files
    cannot be hashed.
    """
    points = entry_points(group=group)
    for name in names:
        found = [point for point in points if point.name == name]
        if not found:
            raise UsageError(
                f"No installed package has the entry point {name!r} in the group {group}.",
                "Install its package beside this program, or take the name out of [custom].",
            )
        if len(found) > 1:
            owners = ", ".join(sorted(point.dist.name for point in found if point.dist))
            raise UsageError(
                f"Several packages have the entry point {name!r} in the group {group}: {owners}.",
                "Uninstall all but one of them.",
            )
        yield _entry(found[0])


def _entry(point: EntryPoint) -> InstalledEntry:
    package = point.dist
    if package is None:
        raise UsageError(f"The entry point {point.name!r} is of no package.", "Install its package.")
    listed = _listed(package)
    stem = point.module.replace(".", "/")
    for name in (f"{stem}.py", f"{stem}/__init__.py"):
        if name in listed:
            source = listed[name].resolve()
            break
    else:
        raise UsageError(
            f"The module {point.module}, which {point.name!r} names, is not among the files that "
            f"{package.name} lists: its hash would not hold it.",
            f"Install {package.name} from a wheel, not in editable mode.",
        )
    try:
        identity = ForeignPackage(
            name=normalised(package.name), version=package.version, sha256=_digest(package.name, listed)
        )
    except ValidationError as error:
        raise UsageError(
            f"The package {package.name!r} has a name or a version that cannot be printed.",
            "A name is letters, digits and hyphens, 41 at most.",
        ) from error
    return InstalledEntry(point.name, identity, point, source)


def _listed(package: Distribution) -> dict[str, Path]:
    """Return the files that a distribution lists and that its wheel brought, with where they are."""
    # Not by `files`: where the backport importlib-metadata was imported, it leaves out what is not there.
    files = [line[0] for line in csv.reader((package.read_text("RECORD") or "").splitlines()) if line]
    if not files:
        raise UsageError(
            f"The package {package.name} lists no files (RECORD), so that nothing could name it.",
            f"Install {package.name} from a wheel.",
        )
    return {one: Path(str(package.locate_file(one))) for one in files if _is_of_the_wheel(PurePosixPath(one))}


def _is_of_the_wheel(path: PurePosixPath) -> bool:
    noted = path.parent.name.endswith(".dist-info") and path.name in _OF_THE_MACHINE
    return not (noted or path.suffix == ".pyc" or path.is_absolute() or ".." in path.parts)


def _digest(package: str, listed: dict[str, Path]) -> str:
    """Return SHA-256 over lines as `sha256sum` prints them, sorted by name."""
    whole = hashlib.sha256()
    for name in sorted(listed):
        try:
            content = listed[name].read_bytes()
        except OSError as error:
            raise UsageError(
                f"The package {package} lists {name}, which cannot be read.", f"Install {package} again."
            ) from error
        whole.update(f"{hashlib.sha256(content).hexdigest()}  {name}\n".encode())
    return whole.hexdigest()
