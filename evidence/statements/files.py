"""Reads management's files, `exceptions.toml` and `attestations.toml`: whole, or refuses them whole.

What can be read but does not count (expired, incomplete, matching nothing) is no error here: the results
report it entry by entry, so that it stands in the report. Dates may be TOML dates or text like "2026-10-01".
"""

import hashlib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from evidence import toml
from evidence.errors import ConfigError
from evidence.statements.records import UsedFile
from evidence.storage import read_named

VERSION: Literal["1"] = "1"
MAX_BYTES = 8 * 1024 * 1024
OWN_ID = r"ATT-X-[A-Z0-9][A-Z0-9-]{0,17}"
"""Ids of a company's own attestations; they name a sheet of the workbook, hence the length."""


def _blank(value: Any) -> Any:
    """An empty text stands for a date that is still to be filled in."""
    return None if isinstance(value, str) and not value.strip() else value


Day = Annotated[
    date | None,
    BeforeValidator(_blank),
    WithJsonSchema({"type": "string", "description": "A day, 2026-10-01 (or a TOML date); empty: unset."}),
]


class StatementModel(BaseModel):
    """Common rules: nothing unknown, nothing changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class AcceptedException(StatementModel):
    """One entry of exceptions.toml. What must not be empty in the end may be empty in a draft."""

    test: Annotated[str, Field(min_length=1)]
    """Id of the test of controls, `KEY-1`."""
    subject: Annotated[str, Field(min_length=1)]
    """The row's subject exactly, or a shell pattern (`*`, `?`, `[…]`) of subjects."""
    also: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """Further subjects of the same decision; all count towards `maximum_matches`."""
    account: str = ""
    """Only rows of this account; empty for any. For subjects that are alike in several accounts."""
    reason: str = ""
    """Why the exception is acceptable."""
    compensating_control: str = ""
    """What limits the risk meanwhile; `none` where nothing does."""
    approver: str = ""
    """Who accepted it, with name and role."""
    approved_on: Day = None
    expires_on: Day = None
    """The last day on which it holds, in UTC."""
    ticket: str = ""
    """Where the decision is recorded; may stay empty."""
    maximum_matches: Annotated[int, Field(ge=1, strict=True)] = 1
    """More rows than this are a finding, and nothing is accepted."""


class NamedByManagement(StatementModel):
    """Somebody whom management knows: who it is, why, and who approved it until when."""

    who: str = ""
    """Who it is, and what they do for the company."""
    reason: str = ""
    approver: str = ""
    """Who approved it, with name and role."""
    approved_on: Day = None
    expires_on: Day = None
    """The last day on which it holds, in UTC."""
    ticket: str = ""


class StatedPartner(NamedByManagement):
    """An outsider that management knows: an account, an organization, or a tenant of an identity provider."""

    account: Annotated[str, Field(pattern=r"^([0-9]{12})?$")] = ""
    organization: Annotated[str, Field(pattern=r"^(o-[a-z0-9]{10,32})?$")] = ""
    issuer: str = ""
    """Host and path of an OIDC issuer, without https://."""
    tenant: str = ""
    """As the trust policy names it (`acme` of `repo:acme/…`); empty where the issuer itself is the tenant."""

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if sum(map(bool, (self.account, self.organization, self.issuer))) != 1:
            raise ValueError("name one of account, organization, or issuer (with a tenant)")
        if self.tenant and not self.issuer:
            raise ValueError("a tenant needs its issuer")
        return self

    @property
    def name(self) -> str:
        """What it is known by: an account, an organization, or issuer and tenant."""
        return self.account or self.organization or " ".join(filter(None, (self.issuer, self.tenant)))


class StatedAdministrator(NamedByManagement):
    """A role that is administrator on purpose (PRIV-2), or a shell pattern of such roles."""

    role: Annotated[str, Field(pattern=r"^(arn:|\*).*$")]
    """ARN, or a shell pattern (`*`, `?`, `[…]`) of ARNs with a `maximum_matches`."""
    maximum_matches: Annotated[int, Field(ge=1, strict=True)] = 1
    """More administrator roles than this are a finding, and none is accepted."""


class StatedAttestation(StatementModel):
    """One entry of attestations.toml."""

    id: Annotated[str, Field(min_length=1)]
    """`ATT-1` to `ATT-6`, or `ATT-X-` and more for one of the company's own."""
    title: str = ""
    """For one's own only, which also need `criteria`."""
    criteria: tuple[str, ...] = ()
    statement: str = ""
    """What management states, in its own words."""
    attested_by: str = ""
    """Who states it, with name and role."""
    attested_on: Day = None
    valid_until: Day = None
    """The last day on which it holds, in UTC."""
    document: str = ""
    """A document attached to the bundle (`evidence attach`), by its file name; empty for none."""


class ExceptionsFile(StatementModel):
    """exceptions.toml: accepted exceptions, and the outsiders and administrators that management knows."""

    version: Literal["1"] = VERSION
    exception: tuple[AcceptedException, ...] = ()
    partner: tuple[StatedPartner, ...] = ()
    administrator: tuple[StatedAdministrator, ...] = ()

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not (self.exception or self.partner or self.administrator):
            raise ValueError("the file has no entry")
        return self


class AttestationsFile(StatementModel):
    """attestations.toml: what management states where no API shows it."""

    version: Literal["1"] = VERSION
    attestation: Annotated[tuple[StatedAttestation, ...], Field(min_length=1)]


FileModel = TypeVar("FileModel", ExceptionsFile, AttestationsFile)


class StatementFile(StatementModel):
    """What was read, and from which bytes."""

    used: UsedFile
    content: bytes


class Exceptions(StatementFile):
    """An exceptions file as read."""

    entries: tuple[AcceptedException, ...]
    partners: tuple[StatedPartner, ...] = ()
    administrators: tuple[StatedAdministrator, ...] = ()


class Attestations(StatementFile):
    """An attestations file as read."""

    entries: tuple[StatedAttestation, ...]


class Statements(StatementModel):
    """What management states about one bundle; nothing, where no file was given."""

    exceptions: Exceptions | None = None
    attestations: Attestations | None = None


NOTHING_STATED = Statements()


def read_statements(exceptions: Path | None, attestations: Path | None) -> Statements:
    """Read the files that were named. Raises ConfigError for one that is unreadable, malformed or empty."""
    return Statements(
        exceptions=read_exceptions(exceptions) if exceptions else None,
        attestations=read_attestations(attestations) if attestations else None,
    )


def read_exceptions(path: Path) -> Exceptions:
    """Read an exceptions file. Raises ConfigError for one that is unreadable, malformed or empty."""
    content = _bytes(path, "exceptions")
    read = _parse(content, path, "exceptions", ExceptionsFile)
    used = _used(path, content, len(read.exception) + len(read.partner) + len(read.administrator))
    return Exceptions(
        used=used,
        content=content,
        entries=read.exception,
        partners=read.partner,
        administrators=read.administrator,
    )


def read_attestations(path: Path) -> Attestations:
    """Read an attestations file. Raises ConfigError for one that is unreadable, malformed or empty."""
    content = _bytes(path, "attestations")
    entries = _parse(content, path, "attestations", AttestationsFile).attestation
    return Attestations(used=_used(path, content, len(entries)), content=content, entries=entries)


def _bytes(path: Path, kind: str) -> bytes:
    return read_named(path, MAX_BYTES, called=f"The {kind} file", error=ConfigError, advice=_advice(kind))


def _parse(content: bytes, path: Path, kind: str, model: type[FileModel]) -> FileModel:
    try:
        document = toml.loads(content)
    except ValueError as error:
        raise ConfigError(f"The {kind} file {path} is not valid TOML: {error}.", _advice(kind)) from error
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise ConfigError(f"The {kind} file {path} is wrong: {_explain(error)}.", _advice(kind)) from error


_WORDS = {
    "extra_forbidden": "unknown key",
    "missing": "missing",
    "too_short": "the file has no entry",
    "tuple_type": "must be a list, written with double brackets",
}


def _explain(error: ValidationError) -> str:
    """Return the first problems, each with the entry (from 1) and the key that it is about."""
    said = [
        (_place(problem["loc"]), _WORDS.get(problem["type"], problem["msg"].removeprefix("Value error, ")))
        for problem in error.errors()[:5]
    ]
    return "; ".join(f"{place}: {what}" if place else what for place, what in said)


def _place(loc: tuple[int | str, ...]) -> str:
    """Return `exception 3, approver` for ("exception", 2, "approver")."""
    parts = [f" {part + 1}" if isinstance(part, int) else f", {part}" for part in loc]
    return "".join(parts).removeprefix(", ")


def _advice(kind: str) -> str:
    return f"Compare with samples/{kind}.toml, and see docs/accepted-exceptions.md."


def _used(path: Path, content: bytes, entries: int) -> UsedFile:
    return UsedFile(name=path.name, sha256=hashlib.sha256(content).hexdigest(), entries=entries)
