"""Defines what the report's caller tells it, because the report may not look it up itself."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from evidence.errors import UsageError

if TYPE_CHECKING:
    from evidence.bundle.open import Bundle
    from evidence.controls.results import Results
    from evidence.statements.records import UsedFile


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What a collector declares about its evidence item."""

    item: str
    title: str
    headline: int
    """1 to 6 for the six that auditors ask for by name; 0 for the rest."""
    operations: tuple[str, ...]
    """`service:Operation`."""
    blind_spots: tuple[str, ...]


class SignerInfo(Protocol):
    """Who will sign the report, for printing."""

    @property
    def subject(self) -> str:
        """The certificate's subject."""
        ...

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate (DER), 64 hex digits."""
        ...

    @property
    def self_signed(self) -> bool:
        """Whether the certificate vouches for itself only."""
        ...


def check_same_bundle(bundle: "Bundle", results: "Results") -> None:
    """Raise UsageError unless the results were computed over this very bundle."""
    if results.bundle_digest != bundle.digest:
        raise UsageError(
            f"The results were computed over another bundle ({results.bundle}).",
            "This is a defect of the tool: please report it.",
        )


def read_results(path: Path) -> "Results":
    """Return the results that `evidence test` wrote. Raises UsageError for a file that is none."""
    from evidence.controls.results_file import read_results_file

    with _refused(path):
        return read_results_file(path)


def read_used_files(path: Path) -> "Mapping[str, UsedFile]":
    """Return the files of management's that results name, by kind; raises as `read_results`."""
    from evidence.controls import results_file

    with _refused(path):
        return results_file.read_used_files(path)


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    """Say as a UsageError why a file is not one of results."""
    from pydantic import ValidationError

    from evidence.controls.results import RESULTS_VERSION

    try:
        yield
    except ValidationError as error:
        found = error.errors()
        others = [str(one["input"]) for one in found if one["loc"] == ("results_version",)]
        said = "is not a results file of this version"
        if any(one["type"] == "value_error" and one["loc"][:1] == ("tests",) for one in found):
            said = "contradicts itself: a conclusion or a number is not that of the rows"
        if others:
            said = f"is of results version {others[0][:20]}; this version of evidence reads {RESULTS_VERSION}"
        raise UsageError(
            f"{path} {said}.",
            "Make it with `evidence test BUNDLE --output FILE`.",
        ) from error
