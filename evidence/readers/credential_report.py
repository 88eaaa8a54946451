"""Reads IAM's credential report as typed rows, each with its line (iam GetCredentialReport).

Columns are read by name. AWS appends columns from time to time: those that follow the known ones are named in
`further` and not read. Any other layout is refused: a shifted column would turn into a wrong conclusion.
A line that cannot be read costs itself alone: `rows` has `Unreadable` in its place. `users` is for those who
need every line: it raises for the first that cannot be read.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from evidence.readers.pointer import Pointer
from evidence.readers.unreadable import Unreadable

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
MORE = "(more)"
"""Where cells are shown that stand under no column."""

NOT_A_DATE = frozenset({"N/A", "no_information", "not_supported", ""})
ABSENT = "N/A"
"""In `last_rotated`: the slot holds nothing. Observed: what is inactive keeps its date there."""
NO_MORE = frozenset({"", "N/A", "no_information", "not_supported", "none"})


class CredentialReportError(ValueError):
    """The report is not what AWS documents; nothing can be concluded from it."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        """Where the file ends being one that can be read."""


@dataclass(frozen=True, slots=True)
class AccessKey:
    """One of the two access key slots of a row."""

    number: int
    active: bool
    rotated: datetime | None
    used: datetime | None
    """None for `N/A` and `no_information`: no use on record."""
    present: bool | None
    """There is a key, active or not; None where the report says neither a date nor `N/A`."""


@dataclass(frozen=True, slots=True)
class SigningCertificate:
    """One of the two X.509 signing certificate slots of a row."""

    number: int
    active: bool
    rotated: datetime | None
    present: bool | None
    """As an access key's."""


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
    signing_certificates: tuple[SigningCertificate, SigningCertificate]
    additional: str
    """AWS's words on credentials that have no column; empty when there are none."""
    pointer: Pointer

    @property
    def active_keys(self) -> tuple[AccessKey, ...]:
        """The active ones of the two access keys."""
        return tuple(key for key in self.keys if key.active)

    @property
    def certificates(self) -> int:
        """How many of the two signing certificates are active."""
        return sum(certificate.active for certificate in self.signing_certificates)


@dataclass(frozen=True)
class CredentialReport:
    """All rows of one account's report."""

    account: str
    generated: datetime
    """GeneratedTime: the report's own time, up to 4 hours before collection."""
    rows: tuple[CredentialRow | Unreadable, ...]
    """Every line, in the order of the file."""
    pointer: Pointer
    further: tuple[str, ...] = ()
    """Names of the columns that follow those known here; nobody reads them."""

    @cached_property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """What cannot be read: lines first, then what is wrong with the file as a whole."""
        lines = [row for row in self.rows if isinstance(row, Unreadable)]
        names = [row.user for row in self.rows if isinstance(row, CredentialRow)]
        if len(set(names)) != len(names):
            lines.append(Unreadable(self.pointer, "the credential report lists a user twice"))
        elif ROOT not in names and not lines:  # else it may be among them
            lines.append(Unreadable(self.pointer, f"the credential report has no {ROOT} row"))
        return tuple(lines)

    @cached_property
    def root(self) -> CredentialRow:
        """The root user's row; raises CredentialReportError unless there is exactly one."""
        found = [row for row in self.rows if isinstance(row, CredentialRow) and row.user == ROOT]
        if len(found) != 1:
            raise CredentialReportError(self.unreadable[0].why)
        return found[0]

    @cached_property
    def known_users(self) -> tuple[CredentialRow, ...]:
        """The rows but root's that can be read; for those who say of `unreadable` themselves."""
        return tuple(row for row in self.rows if isinstance(row, CredentialRow) and row.user != ROOT)

    @cached_property
    def users(self) -> tuple[CredentialRow, ...]:
        """The rows but root's; raises CredentialReportError unless every line can be read."""
        return tuple(row for row in self._readable if row.user != ROOT)

    @property
    def _readable(self) -> Iterator[CredentialRow]:
        if self.unreadable:
            raise CredentialReportError(self.unreadable[0].why)
        return (row for row in self.rows if isinstance(row, CredentialRow))


def parse(data: bytes, file: str, account: str, generated: datetime) -> CredentialReport:
    """Read AWS's bytes; never raises for what they are."""
    made = tuple(row for row, _ in rows(data, file))
    return CredentialReport(account, generated, made, Pointer(file), _further(data))


def _further(data: bytes) -> tuple[str, ...]:
    try:
        _, header = next(csv_lines(data), (1, []))
    except ValueError:
        return ()
    return tuple(name for name in header[len(COLUMNS) :] if name != ADDITIONAL) if _is_known(header) else ()


def _is_known(header: list[str]) -> bool:
    """Say whether a header begins with the known columns, and names none of its columns twice."""
    return tuple(header[: len(COLUMNS)]) == COLUMNS and len(set(header)) == len(header)


Line = tuple[CredentialRow | Unreadable, Mapping[str, str]]
"""A line as a typed row, and what AWS wrote in it, by column."""


def rows(data: bytes, file: str) -> Iterator[Line]:
    """Yield each line as a typed row or `Unreadable`, and beside it what AWS wrote, by column.

    Where the layout is not known, the header's line comes first and every other line is `Unreadable` too.
    """
    lines = csv_lines(data)
    try:
        _, header = next(lines, (1, []))
        known = _is_known(header)
        if not known:
            why = f"the credential report has an unknown layout of {len(header)} columns"
            yield Unreadable(Pointer(file, 1), why), {}
        for line, cells in lines:
            pointer = Pointer(file, line)
            if not known:
                made: CredentialRow | Unreadable = Unreadable(pointer, "its columns are not known")
            elif len(cells) != len(header):
                why = f"line {line} of the credential report has {len(cells)} columns"
                made = Unreadable(pointer, why)
            else:
                made = _row(dict(zip(header, cells, strict=True)), pointer)
            yield made, _written(header, cells)
    except ValueError as error:
        yield Unreadable(Pointer(file, getattr(error, "line", None)), str(error)), {}


def _written(header: list[str], cells: list[str]) -> dict[str, str]:
    rest = cells[len(header) :]
    return dict(zip(header, cells, strict=False)) | ({MORE: "; ".join(rest)} if rest else {})


def csv_lines(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield (line on which it begins, cells) of each line of a table, its header first.

    The one place that knows how AWS writes CSV. Raises ValueError for what is no CSV file in UTF-8.
    """
    reader = csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1  # a quoted value may span lines
    except csv.Error as error:
        raise CredentialReportError(f"the credential report is not a CSV file: {error}", line) from error


def _row(cells: dict[str, str], pointer: Pointer) -> CredentialRow | Unreadable:
    try:
        return _credentials(cells, pointer)
    except CredentialReportError as error:
        return Unreadable(pointer, str(error))


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
        signing_certificates=(_certificate(row, 1), _certificate(row, 2)),
        additional="" if additional.strip() in NO_MORE else additional,
        pointer=pointer,
    )


def _key(row: dict[str, str], number: int) -> AccessKey:
    prefix = f"access_key_{number}_"
    active = _active(row, f"access_key_{number}")
    used = _date(row[f"{prefix}last_used_date"])
    return AccessKey(
        number=number,
        active=active,
        rotated=_date(row[f"{prefix}last_rotated"]),
        used=used,
        present=_present(active or used is not None, row[f"{prefix}last_rotated"]),
    )


def _certificate(row: dict[str, str], number: int) -> SigningCertificate:
    active, rotated = _active(row, f"cert_{number}"), row[f"cert_{number}_last_rotated"]
    return SigningCertificate(number, active, _date(rotated), _present(active, rotated))


def _active(row: dict[str, str], slot: str) -> bool:
    """Say whether a slot is in use; one that holds something, and says neither, cannot be read."""
    said, rotated = row[f"{slot}_active"], row[f"{slot}_last_rotated"]
    flag = _flag(said)
    if flag is None and rotated not in NOT_A_DATE:
        raise CredentialReportError(f"the credential report says {said!r} as {slot}_active of {rotated!r}")
    return flag is True


def _present(known: bool, rotated: str) -> bool | None:
    if known or rotated not in NOT_A_DATE:
        return True
    return False if rotated == ABSENT else None


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
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise CredentialReportError(
            f"the credential report says {value!r}, a time that UTC has no day for"
        ) from error
