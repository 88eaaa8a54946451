"""Reads IAM's credential report as typed rows, each with its line (iam GetCredentialReport).

AWS adds columns from time to time. A layout this module does not know is refused, since a shifted column
would turn into a wrong conclusion.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from evidence.readers.pointer import Pointer

ROOT = "<root_account>"

_KEY_COLUMNS = ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
COLUMNS = (
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    *(f"access_key_1_{column}" for column in _KEY_COLUMNS),
    *(f"access_key_2_{column}" for column in _KEY_COLUMNS),
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
)
ADDITIONAL = "additional_credentials_info"
"""The newer last column: credentials beyond two keys and two certificates, in words."""
LAYOUTS = (COLUMNS, (*COLUMNS, ADDITIONAL))

NOT_A_DATE = frozenset({"N/A", "no_information", "not_supported", ""})
NO_MORE = frozenset({"", "N/A", "no_information", "not_supported", "none"})


class CredentialReportError(ValueError):
    """The report is not what AWS documents; nothing can be concluded from it."""


@dataclass(frozen=True, slots=True)
class AccessKey:
    """One of the two access key slots of a row."""

    number: int
    active: bool
    rotated: datetime | None
    used: datetime | None
    """None for `N/A` and `no_information`: no use on record."""


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """One row: a user, or the root user."""

    user: str
    arn: str
    created: datetime | None
    password: bool | None
    """None for `not_supported`, which older accounts show for root."""
    password_used: datetime | None
    password_changed: datetime | None
    mfa: bool
    keys: tuple[AccessKey, AccessKey]
    certificates: int
    """Active signing certificates, of two."""
    additional: str
    """AWS's words on credentials that have no column; empty when there are none."""
    pointer: Pointer

    @property
    def active_keys(self) -> tuple[AccessKey, ...]:
        """The active ones of the two access keys."""
        return tuple(key for key in self.keys if key.active)


@dataclass(frozen=True, slots=True)
class CredentialReport:
    """All rows of one account's report."""

    account: str
    generated: datetime
    """GeneratedTime: the report's own time, up to 4 hours before collection."""
    root: CredentialRow
    users: tuple[CredentialRow, ...]
    pointer: Pointer


def parse(data: bytes, file: str, account: str, generated: datetime) -> CredentialReport:
    """Read AWS's bytes. Raises ReportError, one sentence, for anything but the documented layout."""
    rows = [_credentials(values, Pointer(file, line)) for line, values in _lines(data)]
    names = [row.user for row in rows]
    if len(set(names)) != len(names):
        raise CredentialReportError("the credential report lists a user twice")
    roots = [row for row in rows if row.user == ROOT]
    if len(roots) != 1:
        raise CredentialReportError(f"the credential report has no {ROOT} row")
    users = tuple(row for row in rows if row.user != ROOT)
    return CredentialReport(account, generated, roots[0], users, Pointer(file))


def _lines(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True)
    try:
        header = tuple(next(reader, ()))
        if header not in LAYOUTS:
            raise CredentialReportError(
                f"the credential report has an unknown layout of {len(header)} columns"
            )
        line = reader.line_num + 1
        for values in reader:
            if len(values) != len(header):
                raise CredentialReportError(f"line {line} of the credential report has {len(values)} columns")
            yield line, dict(zip(header, values, strict=True))
            line = reader.line_num + 1  # a quoted value may span lines
    except csv.Error as error:
        raise CredentialReportError(f"the credential report is not a CSV file: {error}") from error


def _credentials(row: dict[str, str], pointer: Pointer) -> CredentialRow:
    additional = row.get(ADDITIONAL, "")
    return CredentialRow(
        user=row["user"],
        arn=row["arn"],
        created=_date(row["user_creation_time"]),
        password=_flag(row["password_enabled"]),
        password_used=_date(row["password_last_used"]),
        password_changed=_date(row["password_last_changed"]),
        mfa=_flag(row["mfa_active"]) is True,
        keys=(_key(row, 1), _key(row, 2)),
        certificates=sum(_flag(row[f"cert_{number}_active"]) is True for number in (1, 2)),
        additional="" if additional.strip() in NO_MORE else additional,
        pointer=pointer,
    )


def _key(row: dict[str, str], number: int) -> AccessKey:
    prefix = f"access_key_{number}_"
    return AccessKey(
        number=number,
        active=_flag(row[f"{prefix}active"]) is True,
        rotated=_date(row[f"{prefix}last_rotated"]),
        used=_date(row[f"{prefix}last_used_date"]),
    )


def _flag(value: str) -> bool | None:
    known = {"true": True, "false": False, "not_supported": None, "n/a": None}
    if value.lower() not in known:
        raise CredentialReportError(f"the credential report says {value!r} where true or false belongs")
    return known[value.lower()]


def _date(value: str) -> datetime | None:
    if value in NOT_A_DATE:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise CredentialReportError(f"the credential report says {value!r} where a date belongs") from error
    if moment.tzinfo is None:
        raise CredentialReportError(f"the credential report has a date without time zone: {value!r}")
    return moment.astimezone(UTC)
