"""Reads the redaction policy (redaction.toml): what is replaced, and who may read the mapping."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evidence import storage, toml
from evidence.errors import ConfigError
from evidence.wrong_values import in_words, key_path, keys_in_words

VERSION: Literal["1"] = "1"
_MAX_BYTES = 1024 * 1024


class RedactionModel(BaseModel):
    """Common rules: nothing unknown, nothing changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class MappingRecipients(RedactionModel):
    """Who can read the mapping from pseudonyms to originals."""

    recipients: tuple[str, ...] = ()
    """age or SSH public keys."""


class RedactionPolicy(RedactionModel):
    """redaction.toml. Every key is optional; what is not named keeps its default."""

    version: Literal["1"] = VERSION
    people: bool = True
    """User names, display names, e-mail addresses, ids of users, session names, MFA devices, owner tags."""
    access_keys: bool = True
    """Access key ids; they reveal the account id to whoever can decode them."""
    accounts: bool = False
    """Account ids, account names and organization ids."""
    addresses: bool = True
    """IP addresses that people acted from (CloudTrail); never the networks in policies' conditions."""
    attachments: Literal["drop", "keep"] = "drop"
    """Pictures and documents cannot be redacted: `drop` leaves a note in the place of each."""
    free_text: Literal["names", "remove"] = "names"
    """Descriptions, reasons, notes: known names in them are replaced, or the whole text is."""
    owner_tags: tuple[str, ...] = ("owner", "contact", "email", "created-by", "createdby", "maintainer")
    """Keys of tags that name a person, in any case; the setting `owner_tag` of the bundle besides."""
    terms: tuple[Annotated[str, Field(min_length=4)], ...] = ()
    """Further texts that must not be shown: a customer, a project."""
    mapping: MappingRecipients = MappingRecipients()

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.accounts and not self.access_keys:
            raise ValueError("accounts needs access_keys: an access key id reveals its account id")
        if not (self.people or self.accounts or self.access_keys or self.addresses or self.terms):
            raise ValueError("nothing is redacted")
        return self

    @property
    def classes(self) -> tuple[str, ...]:
        """What is replaced, in words that stand in the redacted bundle and on its report's cover."""
        chosen = {
            "people": self.people,
            "access key ids": self.access_keys,
            "account ids": self.accounts,
            "IP addresses": self.addresses,
            "attachments": self.attachments == "drop",
            "free text": self.free_text == "remove",
            "further terms": bool(self.terms),
        }
        return tuple(name for name, included in chosen.items() if included)


class RedactionPolicyFile(RedactionModel):
    """A policy as read."""

    policy: RedactionPolicy
    content: bytes


def read_policy(path: Path) -> RedactionPolicyFile:
    """Read a policy. Raises ConfigError for a file that is unreadable, malformed or wrong."""
    advice = f"It may have: {keys_in_words(RedactionPolicy)}."
    called = "The redaction policy"
    content = storage.read_named(path, _MAX_BYTES, called=called, error=ConfigError, advice=advice)
    try:
        policy = RedactionPolicy.model_validate(toml.loads(content))
    except ValidationError as error:
        first = error.errors()[0]
        said = ": ".join(filter(None, (key_path(first), in_words(first))))
        raise ConfigError(f"The redaction policy {path} is wrong: {said}.", advice) from error
    except ValueError as error:
        raise ConfigError(f"The redaction policy {path} is not valid TOML: {error}.", advice) from error
    return RedactionPolicyFile(policy=policy, content=content)
