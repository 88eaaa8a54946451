"""Takes the files that are given beside the packs: hashed, named in the results, and left with the report."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from evidence.corroborate.files import SUFFIXES, find
from evidence.errors import ConfigError
from evidence.statements.files import NOTHING_STATED, Statements, read_statements
from evidence.statements.records import UsedFile
from evidence.storage import sha256_of, storage_errors

KINDS = ("people", "exceptions")
"""What management states about a period; all else it stated about each bundle, and is in the packs."""
EVENTS = "events"
"""The folder of the files of events."""


@dataclass(frozen=True, slots=True)
class EventFile:
    """A file of CloudTrail's events as it was given."""

    path: Path
    used: UsedFile
    """`entries`: none are counted here, so 0."""
    left_as: str
    """Where the report leaves it, as a path in its folder."""


@dataclass(frozen=True, slots=True)
class GivenFiles:
    """What was given beside the packs."""

    statements: Statements = NOTHING_STATED
    events: tuple[EventFile, ...] = ()

    def left(self) -> Iterator[tuple[str, Path | bytes]]:
        """Yield what the report leaves beside it: path in its folder, and content."""
        for kind, given in self.statements.given():
            yield kind.file, given.content
        for one in self.events:
            yield one.left_as, one.path


NOTHING_GIVEN = GivenFiles()


def read_given(statements: Mapping[str, Path | None], events: Iterable[Path]) -> GivenFiles:
    """Read what was given: statements by kind, and files of events or folders that hold them.

    Raises ConfigError for a statement that cannot be used, UsageError where there is no file of events.
    """
    paths = list(events)
    return GivenFiles(
        statements=read_statements({kind: statements.get(kind) for kind in KINDS}),
        events=tuple(_events_files(find(paths))) if paths else (),
    )


def given_in(
    folder: Path, people: UsedFile | None, exceptions: UsedFile | None, files: Iterable[UsedFile]
) -> GivenFiles:
    """Read what a report left beside it, under the names that its results have for it. Raises ConfigError."""
    named = {"people": people, "exceptions": exceptions}
    paths = {
        kind: folder / f"{kind}.{ending}"
        for kind, ending in (("people", "csv"), ("exceptions", "toml"))
        if named[kind]
    }
    return GivenFiles(
        statements=read_statements(paths).called(named),
        events=tuple(_events_files(_left_events(folder, files))),
    )


def _left_events(folder: Path, files: Iterable[UsedFile]) -> Iterator[tuple[str, Path]]:
    for number, used in enumerate(files, 1):
        yield used.name, folder / _left_as(used.name, number)


def _events_files(found: Iterable[tuple[str, Path]]) -> Iterator[EventFile]:
    for number, (name, path) in enumerate(found, 1):
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise ConfigError(
                f"The file of events {path} has a name that is not UTF-8.",
                "Rename it: results name the file.",
            ) from error
        with storage_errors(path):
            used = UsedFile(name=name, sha256=sha256_of(path), entries=0)
        yield EventFile(path, used, _left_as(name, number))


def _left_as(name: str, number: int) -> str:
    suffix = next((one for one in SUFFIXES if name.lower().endswith(one)), "")
    return f"{EVENTS}/{number:06}{suffix}"
