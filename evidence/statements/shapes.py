"""Defines what may stand in management's files, one document a file.

What can be read but does not count (expired, incomplete, matching nothing) is no error here: the results
report it entry by entry, so that it stands in the report. Dates may be TOML dates or text like "2026-10-01".
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from evidence import toml

VERSION: Literal["1"] = "1"
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


class StatedResponse(StatementModel):
    """One entry of responses.toml: what management answers to an exception. It changes no verdict."""

    test: Annotated[str, Field(min_length=1)]
    subject: Annotated[str, Field(min_length=1)]
    """The row's subject exactly, as results and draft print it; no pattern."""
    account: str = ""
    """Only rows of this account; empty for any. For subjects that are alike in several accounts."""
    response: str = ""
    """What is done about it, in management's own words."""
    owner: str = ""
    """Who does it, with name and role."""
    due_on: Day = None
    """Until when; may stay empty."""


Name = Annotated[str, Field(min_length=1)]


class StatedControl(StatementModel):
    """One entry of controls.toml: a control of the entity's own, and the tests that look at it."""

    id: Annotated[str, Field(min_length=1, max_length=40)]
    """The entity's own control number."""
    title: str = ""
    tests: Annotated[tuple[Name, ...], Field(min_length=1)]
    owner: str = ""
    """Who performs it, with name and role; may stay empty."""
    frequency: str = ""
    """How often, in the entity's own words; may stay empty."""
    request: str = ""
    """The number of the auditor's request that asks for it; may stay empty."""


class StatedRequest(StatementModel):
    """One entry of requests.toml: a line of the auditor's request list, and what answers it."""

    number: Annotated[str, Field(min_length=1, max_length=40)]
    text: str = ""
    """What is asked for, in the auditor's words."""
    items: tuple[Name, ...] = ()
    """Evidence items, by id."""
    tests: tuple[Name, ...] = ()
    attachments: tuple[Name, ...] = ()
    """Documents attached to the bundle (`evidence attach`), by their file names."""


class StatementDocument(StatementModel):
    """What one file says: tables of entries, each member but `version` one."""

    @classmethod
    def read(cls, content: bytes) -> Self:
        """Return what a file's bytes say. Raises ValueError, and ValidationError for a wrong entry."""
        return cls.model_validate(toml.loads(content))

    def tables(self) -> Iterator[tuple[str, tuple[StatementModel, ...]]]:
        """Yield each table with its entries, in the declared order."""
        for name in type(self).model_fields:
            if name != "version":
                yield name, getattr(self, name)

    @property
    def size(self) -> int:
        """How many entries there are."""
        return sum(len(entries) for _, entries in self.tables())


class ExceptionsFile(StatementDocument):
    """exceptions.toml: accepted exceptions, and the outsiders and administrators that management knows."""

    version: Literal["1"] = VERSION
    exception: tuple[AcceptedException, ...] = ()
    partner: tuple[StatedPartner, ...] = ()
    administrator: tuple[StatedAdministrator, ...] = ()

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.size:
            raise ValueError("the file has no entry")
        return self


class AttestationsFile(StatementDocument):
    """attestations.toml: what management states where no API shows it."""

    version: Literal["1"] = VERSION
    attestation: Annotated[tuple[StatedAttestation, ...], Field(min_length=1)]


class ResponsesFile(StatementDocument):
    """responses.toml: what management answers to exceptions."""

    version: Literal["1"] = VERSION
    responses: Annotated[tuple[StatedResponse, ...], Field(min_length=1)]


class ControlsFile(StatementDocument):
    """controls.toml: which tests look at which of the entity's own controls."""

    version: Literal["1"] = VERSION
    controls: Annotated[tuple[StatedControl, ...], Field(min_length=1)]


class RequestsFile(StatementDocument):
    """requests.toml: what answers which of the auditor's requests. One that nothing answers is open."""

    version: Literal["1"] = VERSION
    requests: Annotated[tuple[StatedRequest, ...], Field(min_length=1)]
