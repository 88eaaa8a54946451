"""Reads management's files, `exceptions.toml` and the others: whole, or refuses them whole.

A kind is one declaration here (`STATEMENT_KINDS`), one member of `Statements`, of the settings' section
`accepted` and of its options; what packs, verifies, redacts, computes again and prints goes through all.
"""

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from evidence.errors import ConfigError
from evidence.statements import logo, people
from evidence.statements.logo import Logo
from evidence.statements.people import PeopleFile
from evidence.statements.records import UsedFile
from evidence.statements.shapes import (
    AttestationsFile,
    ControlsFile,
    ExceptionsFile,
    RequestsFile,
    ResponsesFile,
    StatementDocument,
    StatementModel,
)
from evidence.storage import read_named
from evidence.wrong_values import in_words, keys_in_words

MAX_BYTES = 8 * 1024 * 1024

Document = TypeVar("Document", bound=StatementDocument)


@dataclass(frozen=True, slots=True)
class StatementKind(Generic[Document]):
    """One kind of file, and all that the rest of the tool has to know of it."""

    name: str
    """In the settings, as an option, in `Statements`."""
    title: str
    shape: type[Document]
    findings: str
    """Member of the results that holds what is wrong with entries; empty where there are none."""
    ending: str = "toml"
    form: str = "valid TOML"
    """What an error says that a file is not."""
    most: int = MAX_BYTES
    advice: str = ""
    """What to do about a wrong file that is no TOML; of one that is, the keys are named."""

    @property
    def file(self) -> str:
        """Its name in a pack."""
        return f"{self.name}.{self.ending}"

    @property
    def used(self) -> str:
        """Member of the results that names the file."""
        return f"{self.name}_file"


EXCEPTIONS = StatementKind("exceptions", "Accepted exceptions", ExceptionsFile, "exception_findings")
ATTESTATIONS = StatementKind("attestations", "Attestations", AttestationsFile, "attestation_findings")
RESPONSES = StatementKind("responses", "Management's responses", ResponsesFile, "response_findings")
CONTROLS = StatementKind("controls", "The entity's own controls", ControlsFile, "control_findings")
REQUESTS = StatementKind("requests", "The auditor's requests", RequestsFile, "request_findings")
PEOPLE = StatementKind(
    "people", "The company's own list of people", PeopleFile, "", ending="csv",
    form="a list that can be used", most=people.MAX_BYTES,
    advice=f"Save it as CSV in UTF-8; its first line names columns, of {', '.join(people.COLUMNS)}.",
)  # fmt: skip
LOGO = StatementKind(
    "logo", "Logo", Logo, "", ending="png", form="a PNG that can be printed", most=logo.MAX_BYTES,
    advice="Save it as PNG with 8 bits a channel, without metadata.",
)  # fmt: skip
STATEMENT_KINDS: tuple[StatementKind[Any], ...] = (
    EXCEPTIONS, ATTESTATIONS, RESPONSES, CONTROLS, REQUESTS, PEOPLE, LOGO,
)  # fmt: skip
"""In the order in which they are printed."""


class StatementFile(StatementModel, Generic[Document]):
    """What was read, and from which bytes."""

    used: UsedFile
    content: bytes
    said: Document


class Statements(StatementModel):
    """What management states about one bundle; nothing, where no file was given."""

    exceptions: StatementFile[ExceptionsFile] | None = None
    attestations: StatementFile[AttestationsFile] | None = None
    responses: StatementFile[ResponsesFile] | None = None
    controls: StatementFile[ControlsFile] | None = None
    requests: StatementFile[RequestsFile] | None = None
    people: StatementFile[PeopleFile] | None = None
    logo: StatementFile[Logo] | None = None

    def given(self) -> Iterator[tuple[StatementKind[Any], StatementFile[Any]]]:
        """Yield the files that were given, with their kinds."""
        for kind in STATEMENT_KINDS:
            if found := getattr(self, kind.name):
                yield kind, found

    def called(self, names: Mapping[str, UsedFile | None]) -> "Statements":
        """Return them under the names that their owners gave the files, by kind."""
        renamed = {}
        for kind, found in self.given():
            if used := names.get(kind.name):
                renamed[kind.name] = found.model_copy(
                    update={"used": found.used.model_copy(update={"name": used.name})}
                )
        return self.model_copy(update=renamed)


NOTHING_STATED = Statements()


def read_statements(paths: Mapping[str, Path | None]) -> Statements:
    """Read the files that are named, by kind. Raises ConfigError for one that cannot be used: `read_file`."""
    read = {kind.name: read_file(kind, path) for kind in STATEMENT_KINDS if (path := paths.get(kind.name))}
    return Statements.model_validate(read)


def statements_in(folder: Path) -> Statements:
    """Read the files that lie in a folder under their names in a pack; raises as `read_statements`."""
    return read_statements(
        {kind.name: path for kind in STATEMENT_KINDS if (path := folder / kind.file).is_file()}
    )


def read_file(kind: StatementKind[Document], path: Path) -> StatementFile[Document]:
    """Read a file of one kind. Raises ConfigError if it is unreadable, malformed, empty or oddly named."""
    advice = kind.advice or f"It may have: {keys_in_words(kind.shape)}."
    called = f"The {kind.name} file"
    if any(map(_is_surrogate, path.name)):
        raise ConfigError(
            f"{called} {path} has a name that is not UTF-8.", "Rename it: results name the file."
        )
    content = read_named(path, kind.most, called=called, error=ConfigError, advice=advice)
    try:
        said = kind.shape.read(content)
    except ValidationError as error:
        raise ConfigError(f"{called} {path} is wrong: {_explain(error)}.", advice) from error
    except ValueError as error:
        raise ConfigError(f"{called} {path} is not {kind.form}: {error}.", advice) from error
    used = UsedFile(name=path.name, sha256=hashlib.sha256(content).hexdigest(), entries=said.size)
    return StatementFile(used=used, content=content, said=said)


def _is_surrogate(character: str) -> bool:
    """Say whether Python stands this for a byte that it cannot read (os.fsdecode): no file can hold it."""
    return unicodedata.category(character) == "Cs"


_EMPTY = "too_short"
_WORDS = {
    _EMPTY: "has no entry",
    "tuple_type": "must be a list, written with double brackets",
}


def _explain(error: ValidationError) -> str:
    """Return the first problems, each with the entry (from 1) and the key that it is about."""
    problems = error.errors()
    # A table whose entries are all wrong counts as empty besides: that is said by their own problems.
    of_entries = [one for one in problems if one["type"] != _EMPTY or len(one["loc"]) > 1] or problems
    said = [
        (_place(problem["loc"]), _WORDS.get(problem["type"]) or in_words(problem))
        for problem in of_entries[:5]
    ]
    return "; ".join(f"{place}: {what}" if place else what for place, what in said)


def _place(loc: tuple[int | str, ...]) -> str:
    """Return `exception 3, approver` for ("exception", 2, "approver")."""
    parts = [f" {part + 1}" if isinstance(part, int) else f", {part}" for part in loc]
    return "".join(parts).removeprefix(", ")
