"""The credential report is read strictly, and every row knows its line."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.readers.credential_report import (
    ADDITIONAL,
    COLUMNS,
    CredentialReportError,
    CredentialRow,
    parse,
)
from evidence.readers.pointer import Pointer
from evidence.readers.unreadable import Unreadable
from tests.controls.world import ACCOUNT, NOW, ROOT, csv_of, good, key, perform_in, row


def read(data: bytes):
    return parse(data, "report.csv", ACCOUNT, NOW)


def test_rows_know_their_lines_even_after_a_value_that_spans_lines() -> None:
    lines = csv_of([ROOT, row('"two\nlines"', arn="a"), row("after")])
    report = read(lines)
    assert [(user.user, user.pointer.line) for user in report.users] == [("two\nlines", 3), ("after", 5)]
    assert report.root.pointer.line == 2


def test_values_that_are_not_dates() -> None:
    report = read(csv_of([ROOT, row("a", password_last_used="no_information", password_last_changed="N/A")]))
    assert report.users[0].password_used is report.users[0].password_changed is None
    assert report.root.password is None, "not_supported is neither true nor false"


def test_every_column_is_read() -> None:
    changed = "2026-01-02T01:00:00+09:00"
    values = row("a", password_last_changed=changed, cert_1_active="true", cert_2_active="N/A")
    report = read(csv_of([ROOT, values, row("b", cert_2_active="true"), row("c", cert_1_active="TRUE")]))
    assert report.users[0].password_changed == datetime(2026, 1, 1, 16, tzinfo=UTC)
    assert report.users[0].password_changed.tzinfo is UTC
    assert [user.certificates for user in report.users] == [1, 1, 1]
    assert (report.account, report.generated, report.pointer) == (ACCOUNT, NOW, Pointer("report.csv"))


def test_upper_case_flags() -> None:
    assert read(csv_of([ROOT, row("a", password_enabled="TRUE")])).users[0].password is True


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "unknown layout"),
        (csv_of([ROOT], COLUMNS[::-1]), "unknown layout"),
        (csv_of([ROOT | {"new": "x"}], ("new", *COLUMNS)), "unknown layout of 23 columns"),
        (csv_of([ROOT], (*COLUMNS, "user")), "unknown layout of 23 columns"),
        (csv_of([ROOT]) + b",extra", "line 2"),
        (csv_of([ROOT]) + b"\nshort,line", "line 3"),
        (csv_of([row("someone")]), "no <root_account> row"),
        (csv_of([ROOT, ROOT]), "^the credential report lists a user twice$"),
        (csv_of([ROOT, row("a"), row("a")]), "twice"),
        (csv_of([ROOT, row("a", mfa_active="maybe")]), "'maybe'"),
        (csv_of([ROOT, row("a", password_last_used="yesterday")]), "'yesterday'"),
        (csv_of([ROOT, row("a", password_last_used="2026-01-01T00:00:00")]), "without time zone"),
        (csv_of([ROOT, row('"a"b')]), "not a CSV file"),
        (csv_of([ROOT, row("a" * 200_000)]), "not a CSV file"),
        (csv_of([ROOT, row("a", password_last_used="0001-01-01T00:00:00+14:00")]), "UTC has no day for"),
        (csv_of([ROOT]) + b"\n\xff", "codec can't decode byte 0xff"),
    ],
)
def test_who_needs_every_line_is_refused_anything_else(data: bytes, reason: str) -> None:
    report = read(data)
    assert isinstance(report.unreadable[0], Unreadable)
    with pytest.raises(CredentialReportError, match=reason):
        _ = report.users


@pytest.mark.parametrize(
    "data",
    [b"", csv_of([ROOT], COLUMNS[::-1]), csv_of([row("someone")]), csv_of([ROOT, ROOT]),
     csv_of([ROOT | {"mfa_active": "maybe"}, row("a")])],
)  # fmt: skip
def test_root_is_read_from_the_one_line_that_is_root_s(data: bytes) -> None:
    with pytest.raises(CredentialReportError):
        _ = read(data).root


def test_what_is_wrong_with_a_user_costs_root_nothing() -> None:
    report = read(csv_of([ROOT, row("a", mfa_active="maybe")]))
    assert report.root.user == "<root_account>"


def test_columns_that_follow_the_known_ones_are_named_and_not_read() -> None:
    columns = (*COLUMNS, ADDITIONAL, "passkeys", "more")
    report = read(csv_of([ROOT | dict.fromkeys(columns[len(COLUMNS) :], "1 key")], columns))
    assert report.further == ("passkeys", "more")
    assert report.root.additional == "1 key"
    assert read(csv_of([ROOT])).further == read(b"\xff").further == read(b"user,arn").further == ()


@pytest.mark.parametrize(
    ("active", "rotated", "present"),
    [("true", "2026-01-02T00:00:00Z", True), ("false", "2026-01-02T00:00:00+00:00", True),
     ("true", "N/A", True), ("false", "N/A", False), ("N/A", "N/A", False),
     ("false", "not_supported", None), ("false", "", None)],
)  # fmt: skip
def test_what_has_a_date_is_there(active: str, rotated: str, present: bool | None) -> None:
    slots = {}
    for prefix in ("access_key_2", "cert_1"):
        slots |= {f"{prefix}_active": active, f"{prefix}_last_rotated": rotated}
    found = read(csv_of([ROOT, row("a", **slots)])).users[0]
    assert [key.present for key in found.keys] == [False, present]
    assert [one.present for one in found.signing_certificates] == [present, False]


def test_a_line_that_cannot_be_read_costs_itself_alone() -> None:
    report = read(csv_of([ROOT, row("a", mfa_active="maybe"), row("b")]) + b"\nshort,line")
    kinds = [entry.user if isinstance(entry, CredentialRow) else str(entry) for entry in report.rows]
    assert kinds == [
        "<root_account>",
        "not readable (report.csv:3): the credential report says 'maybe' where true or false belongs",
        "b",
        "not readable (report.csv:5): line 5 of the credential report has 2 columns",
    ]
    assert report.unreadable == (report.rows[1], report.rows[3])


def test_under_columns_that_are_not_known_no_line_can_be_read() -> None:
    report = read(csv_of([ROOT, row("a")], (*COLUMNS[:3], *COLUMNS[4:])))
    assert [entry.pointer.line for entry in report.unreadable] == [1, 2, 3]
    assert read(csv_of([ROOT, row('"a"b')])).unreadable[-1].pointer == Pointer("report.csv", 3)


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything(tail: bytes) -> None:
    report = read(csv_of([ROOT]) + b"\n" + tail)
    with contextlib.suppress(ValueError):
        assert all(user.pointer.line for user in report.users)


@pytest.mark.parametrize("test", ["KEY-1", "KEY-2", "USER-3"])
def test_credentials_beyond_the_columns_are_not_passed_over(test: str) -> None:
    columns = (*COLUMNS, ADDITIONAL)
    plain = [values | {ADDITIONAL: "N/A"} for values in (ROOT, row("a", **key(1, 1, 1)))]
    more = [*plain, row("b", **key(1, 1, 1)) | {ADDITIONAL: "1 access key"}]
    conclusions = []
    for rows in (plain, more):
        world = good()
        world.options["files"] = {f"{ACCOUNT}/iam/credential-report.csv": csv_of(rows, columns)}
        conclusions.append(perform_in(world, test).conclusion)
    assert conclusions == ["no exceptions", "not concluded"]
