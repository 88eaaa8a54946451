"""Defines what a custom item is, and how a bundle names everything custom that its run switched on.

A custom item is data: which operations are asked, and how. The collector that asks is ours. What is sealed is
all of it, so that a reader without the package knows what was asked; of a custom test only its name and its
package are, as its rule is code.
"""

import re
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from evidence.records import Scope

PREFIX = "custom-"
"""Of the ids of custom items: none of ours begins so."""
MEMBER = "Member"
"""What stands for a member of a list that is no object: `{"Member": "arn:…"}`."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Words = Annotated[str, Field(min_length=1, max_length=1_000)]
Sentence = Annotated[str, Field(pattern=r"\.\s*$", max_length=1_000)]


class DeclaredModel(BaseModel):
    """Common rules: strict members, immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CustomOperation(DeclaredModel):
    """One AWS operation of a custom item, as it is asked."""

    service: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
    """boto3's client name."""
    name: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]{0,80}$")]
    """As in AWS's model: `ListSecrets`."""
    list_key: Annotated[str, Field(min_length=1)]
    """The member that must stand in an answer for it to count."""
    pin: str
    """SHA-256 of what it sends by AWS's model; who leaves it empty is told which."""
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    """Those that are always the same."""
    from_member: dict[str, str] = Field(default_factory=dict)
    """Of an operation that is asked for each listed member: a parameter, and the member that it is."""


class CustomItem(DeclaredModel):
    """One evidence item that a package declares: a list, and what is asked of each of its members.

    A record holds what each operation gave, by its name: `{"ListSecrets": {…}, "DescribeSecret": {…}}`.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
    """What follows the package in the item's id."""
    title: Words
    scope: Scope
    """`account` or `region`."""
    lists: CustomOperation
    details: tuple[CustomOperation, ...] = ()
    """Asked once for each member of the list, one member's after the other's."""
    shape: Words
    """The members of a record, in words."""
    blind_spots: Annotated[tuple[Sentence, ...], Field(min_length=1)]

    @property
    def operations(self) -> tuple[CustomOperation, ...]:
        """All of them, the list first."""
        return self.lists, *self.details

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.scope is Scope.ORGANIZATION:
            raise ValueError("a custom item is asked for in accounts or in regions, not of the organization")
        if self.lists.from_member:
            raise ValueError(f"{self.lists.name} lists the members: it takes no parameter from one")
        names = [one.name for one in self.operations]
        if len(set(names)) != len(names):
            raise ValueError("a record holds answers by operation, and an operation stands twice")
        if any(not one.from_member for one in self.details):
            raise ValueError("what is asked of each member takes a parameter from it")
        return self


class ForeignPackage(DeclaredModel):
    """An installed distribution that something custom comes from."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
    """Normalised: lower case, hyphens."""
    version: Words
    sha256: Sha256
    """Over its files as installed (`custom.packages`)."""

    def __str__(self) -> str:
        return f"{self.name} {self.version} (sha256 {self.sha256})"


class SwitchedOnItem(DeclaredModel):
    """A custom item of a run, whole."""

    entry: str
    """Name of its entry point."""
    package: ForeignPackage
    declared: CustomItem

    @property
    def item(self) -> str:
        """Its id: `custom-acme-checks.secrets`."""
        return f"{PREFIX}{self.package.name}.{self.declared.name}"


class SwitchedOnTest(DeclaredModel):
    """A custom test of a run: its name, and where its rule comes from."""

    entry: str
    package: ForeignPackage
    id: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9-]{0,40}\.[A-Z][A-Z0-9]{0,15}(-[1-9][0-9]{0,2})?$")]
    """`ACME-CHECKS.ROT-1`: a point stands in no id of ours."""
    title: Words
    needs: tuple[str, ...]

    @model_validator(mode="after")
    def _carries_its_package(self) -> Self:
        if self.id.partition(".")[0] != self.package.name.upper():
            raise ValueError(f"{self.id} does not begin with the name of its package, {self.package.name}")
        return self


class CustomScope(DeclaredModel):
    """Everything custom that a run switched on, as `run.json` names it."""

    items: tuple[SwitchedOnItem, ...] = ()
    tests: tuple[SwitchedOnTest, ...] = ()

    @property
    def packages(self) -> tuple[ForeignPackage, ...]:
        """Each package once, by name."""
        every = [*(one.package for one in self.items), *(one.package for one in self.tests)]
        found = {str(package): package for package in every}
        return tuple(found[name] for name in sorted(found))

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        for ids in ([one.item for one in self.items], [one.id for one in self.tests]):
            if len(set(ids)) != len(ids):
                raise ValueError("something custom is switched on twice")
        return self


NOTHING_CUSTOM = CustomScope()


def normalised(name: str) -> str:
    """Return a distribution's name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
