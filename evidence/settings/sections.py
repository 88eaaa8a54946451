"""Defines the sections of the settings that shape no collection and no result."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from evidence.settings.limits import NEITHER


@dataclass(frozen=True, slots=True)
class Example:
    """Beside a setting without a default: what the template of a settings file shows in its place."""

    value: object


_S3_LOCATION = re.compile(
    r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])"
    r"(?P<prefix>(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)/?"
)
LEAST_CONTRAST = 4.5
"""Of text to its background: WCAG 2.2, criterion 1.4.3."""


class SettingsModel(BaseModel):
    """Common rules of all sections: nothing unknown, nothing changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class StatementSettings(SettingsModel):
    """What management states about the evidence; see docs/accepted-exceptions.md."""

    exceptions: Annotated[Path | None, Example("exceptions.toml")] = None
    """exceptions.toml: the exceptions that management accepted."""
    attestations: Annotated[Path | None, Example("attestations.toml")] = None
    """attestations.toml: what management attests where no API shows it."""
    responses: Annotated[Path | None, Example("responses.toml")] = None
    """responses.toml: what management answers to exceptions."""
    controls: Annotated[Path | None, Example("controls.toml")] = None
    """controls.toml: which tests look at which of the entity's own controls."""
    requests: Annotated[Path | None, Example("requests.toml")] = None
    """requests.toml: what answers which of the auditor's requests."""
    people: Annotated[Path | None, Example("people.csv")] = None
    """people.csv: the company's own list of its people; see docs/people.md."""
    logo: Annotated[Path | None, Example("logo.png")] = None
    """A PNG for the report's cover."""

    @property
    def paths(self) -> dict[str, Path | None]:
        """The files by kind."""
        return dict(self)


class CustomSettings(SettingsModel):
    """What installed packages add, by the names of their entry points; see docs/custom.md."""

    items: Annotated[tuple[str, ...], Example(("acme-secrets",))] = ()
    """Entry points of the group `evidence.items`."""
    tests: Annotated[tuple[str, ...], Example(("acme-rotation",))] = ()
    """Entry points of the group `evidence.tests`."""

    @field_validator("items", "tests")
    @classmethod
    def _are_named_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) != len(names):
            raise ValueError("a name stands twice")
        return names


class SigningSettings(SettingsModel):
    """The signing identity: one key of one kind, and its certificate. Never a pass phrase or PIN."""

    key: Annotated[Path | None, Example("identity/signer.key")] = None
    """A private key, PEM."""
    certificate: Annotated[Path | None, Example("identity/signer.pem")] = None
    """The key's certificate and those above it, PEM; a token may hold its own."""
    pkcs12: Annotated[Path | None, Example("identity/signer.p12")] = None
    """Key and certificate in one file."""
    kms_key: Annotated[str | None, Example("alias/evidence")] = None
    """An asymmetric key of AWS KMS: its ARN, id, or alias (`alias/NAME` or ARN)."""
    kms_profile: Annotated[str | None, Example("signing")] = None
    """AWS profile to use the key with; absent: that of [aws]."""
    pkcs11_module: Annotated[Path | None, Example("/usr/lib/libykcs11.so")] = None
    """The token's PKCS#11 library, as its maker ships it."""
    pkcs11_token: Annotated[str | None, Example("YubiKey PIV")] = None
    """The token's label; absent: the only token that is there."""
    pkcs11_key: Annotated[str | None, Example("Private key for Digital Signature")] = None
    """The key's label on the token."""
    passphrase_file: Annotated[Path | None, Example("/run/secrets/evidence")] = None
    """Pass phrase of the key or PIN of the token; else EVIDENCE_PASSPHRASE, else a prompt."""


class TimeStampSettings(SettingsModel):
    """The time-stamping authority (RFC 3161), if one is to be asked."""

    url: Annotated[str | None, Example("https://tsa.example.com/")] = None
    """http or https; without credentials, as it may be printed."""
    ca: Annotated[Path | None, Example("tsa-root.pem")] = None
    """PEM or DER of the authority's root certificate: an answer that is not under it is refused."""
    timeout_seconds: Annotated[int, Field(ge=1, le=300)] = 20
    """How long one answer is awaited."""

    @field_validator("url")
    @classmethod
    def _url_is_plain(cls, url: str | None) -> str | None:
        parts = urlsplit(url or "http://unset")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an http or https URL")
        if parts.username is not None or parts.query or parts.fragment:
            # The address may be printed in a gap, and such parts carry secrets.
            raise ValueError("must be a URL without user name, query and fragment")
        return url


class ArchiveSettings(SettingsModel):
    """Where packs are kept, and how in S3; see docs/archive.md."""

    folder: Annotated[Path | None, Example("/srv/evidence")] = None
    """The archive; each bundle then names the one before it."""
    location: Annotated[str | None, Example("s3://northwind-evidence/archive")] = None
    """The same, as a folder or as s3://BUCKET/PREFIX; it goes before `folder`."""
    owner: Annotated[Annotated[str, Field(pattern=r"^[0-9]{12}$")] | None, Example("456789012345")] = None
    """Account that owns the bucket: one of another owner is refused, by S3 itself. Needed for S3."""
    region: Annotated[str | None, Example("eu-central-1")] = None
    """The bucket's region; absent: that of the profile."""
    profile: Annotated[str | None, Example("archive")] = None
    """AWS profile to reach the bucket with; absent: that of [aws]."""
    role: Annotated[
        Annotated[str, Field(pattern=r"^arn:[a-z-]+:iam::[0-9]{12}:role/[\w+=,.@/-]+$")] | None,
        Example("arn:aws:iam::456789012345:role/EvidenceArchive"),
    ] = None
    """ARN of a role to assume for it; absent: the profile's own permissions."""
    external_id: Annotated[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9_+=,.@:/-]+$", min_length=2, max_length=1224)] | None,
        Example("northwind-archive-2026"),
    ] = None
    """External id that the role's trust policy asks for."""
    mode: Literal["compliance", "governance"] = "compliance"
    """How Object Lock holds each version: against everybody, or against all who may not bypass it."""
    retention_years: Annotated[int, Field(ge=1, le=100)] = 7
    """How long it does, from the moment a version is written."""
    legal_hold: bool = False
    """Put a legal hold on each version too, which ends when somebody lifts it."""
    kms_key: Annotated[
        Annotated[str, Field(pattern=r"^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$")] | None,
        Example("arn:aws:kms:eu-central-1:456789012345:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
    ] = None
    """ARN of a key of AWS KMS to encrypt with (SSE-KMS); absent: SSE-S3. Without that key packs are lost."""

    @field_validator("location")
    @classmethod
    def _s3_is_written_plainly(cls, value: str | None) -> str | None:
        if value and value.startswith("s3:") and not _S3_LOCATION.fullmatch(value):
            raise ValueError("is not s3://BUCKET/PREFIX with letters, digits, dots, hyphens and underscores")
        return value

    @property
    def place(self) -> str | None:
        """Where the archive lies; None without one."""
        return self.location or (str(self.folder) if self.folder else None)

    @property
    def bucket(self) -> tuple[str, str] | None:
        """Bucket and prefix, which is empty or ends with a slash; None for a folder."""
        found = _S3_LOCATION.fullmatch(self.location or "")
        if found is None:
            return None
        prefix = (found["prefix"] or "").strip("/")
        return found["bucket"], f"{prefix}/" if prefix else ""


class ReportSettings(SettingsModel):
    """How the report looks; it changes no word of it."""

    paper: Annotated[Literal["A4", "Letter"], NEITHER] = "A4"
    """What the report is printed on."""
    accent: Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$"), NEITHER] = "#14304f"
    """Colour of headings and lines, `#rrggbb`."""

    @field_validator("accent")
    @classmethod
    def _is_legible(cls, value: str) -> str:
        if (found := _contrast_to_white(value)) < LEAST_CONTRAST:
            raise ValueError(
                f"{value} is hard to read on white (contrast {found:.1f}, and must be {LEAST_CONTRAST})"
            )
        return value.lower()


def _contrast_to_white(colour: str) -> float:
    """Return the contrast of `#rrggbb` to white, 1 to 21 (WCAG 2.2, relative luminance)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    red, green, blue = linear
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
