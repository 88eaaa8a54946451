"""ROOT: MFA, keys, kind of MFA and use of the root user."""

# ruff: noqa: E501  rows of tables are read across

from typing import Any

from evidence.readers.credential_report import ADDITIONAL, COLUMNS
from tests.controls.world import IAM, REPORT_FILE, ROOT, csv_of, stamp
from tests.controls.world_records import SUMMARY
from tests.corpus.labelled import (
    EMPTY,
    EXCEPTION,
    FAIL,
    MET,
    OPEN,
    OUTSIDE,
    PASS,
    REPORT_DOC,
    UNSETTLED,
    Case,
    table,
)  # fmt: skip

SUMMARY_DOC = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html"
GOVCLOUD_DOC = "https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-iam.html"


def summary(**members: int) -> dict[str, Any]:
    return {"iam.account-summary": [SUMMARY | members]}


def root(**columns: str) -> list[dict[str, str]]:
    return [{**ROOT, **columns}]


def key(number: int, active: str = "true", rotated: float = 400, used: str = "N/A") -> dict[str, str]:
    prefix = f"access_key_{number}_"
    return {
        f"{prefix}active": active,
        f"{prefix}last_rotated": stamp(rotated),
        f"{prefix}last_used_date": used,
    }


def _mfa(value: tuple[int, str, dict[str, int], dict[str, str], Any, str]) -> dict[str, Any]:
    enabled, reported, members, columns, conclusion, verdict = value
    return {"records": summary(AccountMFAEnabled=enabled, **members), "report": root(mfa_active=reported, **columns),
            "conclusion": conclusion, "rows": {"root": verdict}, "only": True}  # fmt: skip


def counted(password: int, keys: int = 0, certificates: int = 0) -> dict[str, int]:
    return {"AccountPasswordPresent": password, "AccountAccessKeysPresent": keys,
            "AccountSigningCertificatesPresent": certificates}  # fmt: skip


NO_PASSWORD, WITH_PASSWORD = {"password_enabled": "false"}, {"password_enabled": "true"}
CERTIFICATE = {"cert_1_active": "false", "cert_1_last_rotated": stamp(900)}

ROOT_1 = table("ROOT-1", {
    "both say enabled": (1, "true", counted(1), {}, PASS, MET),
    "both say enabled, root has keys too": (1, "true", counted(1, 2), {}, PASS, MET),
    "both say enabled, no password": (1, "true", counted(0), NO_PASSWORD, PASS, MET),
    "both say enabled, and contradict each other on the password": (1, "true", counted(1), NO_PASSWORD, PASS, MET),
    "the summary is newer than the report": (1, "false", counted(1), {}, OPEN, UNSETTLED),
    "the report says not_supported of MFA": (1, "not_supported", counted(1), {}, OPEN, UNSETTLED),
    "neither says enabled": (0, "false", counted(1), WITH_PASSWORD, FAIL, EXCEPTION),
    "neither says enabled, the report says nothing of the password": (0, "false", counted(1), {}, FAIL, EXCEPTION),
    "only the older report says enabled": (0, "true", counted(1), WITH_PASSWORD, OPEN, UNSETTLED),
    "only the older report says enabled, no credentials by either": (0, "true", counted(0), NO_PASSWORD, OPEN, UNSETTLED),
    "no credentials by either source": (0, "false", counted(0), NO_PASSWORD, PASS, MET),
    "the report does not say whether there is a password": (0, "false", counted(0), {}, OPEN, UNSETTLED),
    "the report knows a password, the summary none": (0, "false", counted(0), WITH_PASSWORD, OPEN, UNSETTLED),
    "the summary knows a password, the report none": (0, "false", counted(1), NO_PASSWORD, OPEN, UNSETTLED),
    "the summary knows a key, the report none": (0, "false", counted(0, 1), NO_PASSWORD, OPEN, UNSETTLED),
    "the report knows an inactive key, the summary none": (0, "false", counted(0), NO_PASSWORD | key(1, "false"), OPEN, UNSETTLED),
    "the report knows a certificate, the summary none": (0, "false", counted(0), NO_PASSWORD | CERTIFICATE, OPEN, UNSETTLED),
    "the summary knows a certificate, the report none": (0, "false", counted(0, 0, 1), NO_PASSWORD, OPEN, UNSETTLED),
    "the report names credentials without columns": (0, "false", counted(0), NO_PASSWORD | {ADDITIONAL: "1 access key"}, OPEN, UNSETTLED),
    "no password, but a key by both": (0, "false", counted(0, 1), NO_PASSWORD | key(1), FAIL, EXCEPTION),
    "no password, two keys by both": (0, "false", counted(0, 2), NO_PASSWORD | key(1) | key(2, "false"), FAIL, EXCEPTION),
    "no password, a certificate by both": (0, "false", counted(0, 0, 1), NO_PASSWORD | CERTIFICATE, FAIL, EXCEPTION),
    "password alone": (0, "not_supported", counted(1), {}, FAIL, EXCEPTION),
}, _mfa, reference=SUMMARY_DOC)  # fmt: skip

ANSWER = {name: value for name, value in SUMMARY.items() if name != "AccountPasswordPresent"}
GOVERNMENT = {"run": lambda _run: {"partition": "aws-us-gov"}}


def _silent(value: tuple[dict[str, int], dict[str, str], Any, str, dict[str, Any]]) -> dict[str, Any]:
    """An answer without AccountPasswordPresent, as older ones are, and those of GovCloud."""
    members, columns, conclusion, verdict, more = value
    subject = "arn:aws-us-gov:iam::123456789012:root" if more else "root"
    return {"records": {"iam.account-summary": [ANSWER | {"AccountMFAEnabled": 0} | members]}, "only": True,
            "report": root(mfa_active="false", **columns), "conclusion": conclusion, "rows": {subject: verdict},
            **more}  # fmt: skip


ONE_KEY = {"AccountAccessKeysPresent": 1}
ROOT_1_SILENT = table("ROOT-1", {
    "the summary does not say whether there is a password": ({}, NO_PASSWORD, OPEN, UNSETTLED, {}),
    "the summary does not say, the report knows a password": ({}, WITH_PASSWORD, FAIL, EXCEPTION, {}),
    "nobody says whether there is a password": ({}, {}, OPEN, UNSETTLED, {}),
    "the summary says nothing of certificates": ({"AccountSigningCertificatesPresent": None}, NO_PASSWORD, OPEN, UNSETTLED, {}),
    "GovCloud: root cannot sign in, and has no key": ({}, {}, PASS, MET, GOVERNMENT),
    "GovCloud: root cannot sign in, and has a key": (ONE_KEY, key(1), FAIL, EXCEPTION, GOVERNMENT),
    "GovCloud: one source alone knows a key": (ONE_KEY, {}, OPEN, UNSETTLED, GOVERNMENT),
    "GovCloud: a password all the same": ({"AccountPasswordPresent": 1}, WITH_PASSWORD, FAIL, EXCEPTION, GOVERNMENT),
}, _silent, reference=GOVCLOUD_DOC)  # fmt: skip


def _keys(value: tuple[int, int, dict[str, str], Any]) -> dict[str, Any]:
    keys, certificates, columns, conclusion = value
    members = {"AccountAccessKeysPresent": keys, "AccountSigningCertificatesPresent": certificates}
    return {"records": summary(**members), "report": root(**columns), "conclusion": conclusion,
            "rows": {"root": {PASS: MET, OPEN: UNSETTLED}.get(conclusion, EXCEPTION)}, "only": True}  # fmt: skip


ROOT_2 = table("ROOT-2", {
    "nothing": (0, 0, {}, PASS),
    "nothing, as older reports write it": (0, 0, dict.fromkeys(("access_key_1_active", "cert_1_active"), "N/A"), PASS),
    "one active key": (1, 0, key(1), FAIL),
    "two active keys": (2, 0, key(1) | key(2), FAIL),
    "the second key column alone": (1, 0, key(2), FAIL),
    "one inactive key: present all the same": (1, 0, key(1, "false"), FAIL),
    "the report lags behind the summary": (1, 0, {}, FAIL),
    "the summary lags behind the report": (0, 0, key(1), FAIL),
    "a signing certificate": (0, 1, {"cert_1_active": "true"}, FAIL),
    "the second certificate column alone": (0, 0, {"cert_2_active": "true"}, FAIL),
    "an inactive certificate, counted by the summary": (0, 1, {}, FAIL),
    "a key made today": (1, 0, key(1, rotated=0), FAIL),
    "credentials of root without columns": (0, 0, {ADDITIONAL: "1 access key"}, FAIL),
    "an inactive key, which the summary does not count": (0, 0, key(1, "false"), FAIL),
    "the second slot holds an inactive key": (0, 0, key(2, "false"), FAIL),
    "an inactive certificate, which the summary does not count": (0, 0, CERTIFICATE, FAIL),
    "the second certificate slot, inactive": (0, 0, {"cert_2_active": "false", "cert_2_last_rotated": stamp(9)}, FAIL),
    "a date that ends in Z": (0, 0, {"access_key_1_last_rotated": "2015-01-02T03:04:05Z"}, FAIL),
    "no date of making, but one of use": (0, 0, {"access_key_1_last_used_date": stamp(400)}, FAIL),
    "an active key without a date": (1, 0, {"access_key_2_active": "true"}, FAIL),
    "a slot that says neither a date nor N/A": (0, 0, {"access_key_1_last_rotated": "not_supported"}, OPEN),
    "a certificate slot that says nothing": (0, 0, {"cert_2_last_rotated": ""}, OPEN),
    "a slot that says nothing, and a key in the other": (1, 0, key(2) | {"access_key_1_last_rotated": "no_information"}, FAIL),
}, _keys, reference=SUMMARY_DOC)  # fmt: skip


def device(user: str = "", serial: str = "root-account-mfa-device") -> dict[str, Any]:
    owner = {"User": {"Arn": user}} if user else {}
    return {"SerialNumber": f"{IAM}:mfa/{serial}", **owner}


def _kind(value: tuple[int, list[Any], Any, str]) -> dict[str, Any]:
    enabled, devices, conclusion, verdict = value
    return {"records": summary(AccountMFAEnabled=enabled) | {"iam.mfa-devices": devices},
            "report": root(mfa_active=str(bool(enabled)).lower()), "conclusion": conclusion, "rows": {"root": verdict}, "only": True}  # fmt: skip


ROOT_3 = table("ROOT-3", {
    "MFA, and no virtual device at all": (1, [], PASS, MET),
    "MFA, virtual devices of users": (1, [device(f"{IAM}:user/a", "a"), device(f"{IAM}:user/b", "b")], PASS, MET),
    "MFA, an unassigned device": (1, [device(serial="left-over")], PASS, MET),
    "MFA, an unassigned device named like root's": (1, [device()], PASS, MET),
    "a device is assigned, and to whom is not said": (1, [device(serial="x") | {"EnableDate": "2026-01-01T00:00:00Z"}], OPEN, UNSETTLED),
    "a user who is called root": (1, [device(f"{IAM}:user/root")], PASS, MET),
    "root of another account": (1, [device("arn:aws:iam::999999999999:root")], PASS, MET),
    "root's virtual device": (1, [device(f"{IAM}:root")], FAIL, EXCEPTION),
    "root's virtual device by another name": (1, [device(f"{IAM}:root", "phone")], FAIL, EXCEPTION),
    "root has several": (1, [device(f"{IAM}:root", "a"), device(f"{IAM}:root", "b")], FAIL, EXCEPTION),
    "root's device among users'": (1, [device(f"{IAM}:user/a", "a"), device(f"{IAM}:root")], FAIL, EXCEPTION),
    "a device of root, which the summary does not count yet": (0, [device(f"{IAM}:root")], FAIL, EXCEPTION),
    "no MFA at all": (0, [], EMPTY, OUTSIDE),
    "no MFA, users have devices": (0, [device(f"{IAM}:user/a", "a")], EMPTY, OUTSIDE),
}, _kind, reference="https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListVirtualMFADevices.html")  # fmt: skip

# What one source denies and the other knows is not 'root has no MFA, so it has no virtual device'.
ROOT_3_AGAINST = (
    Case("ROOT-3", "the report says MFA, the summary none", OPEN, {"root": UNSETTLED}, summary(AccountMFAEnabled=0),
         root(mfa_active="true"), only=True),
    Case("ROOT-3", "both say no MFA", EMPTY, {"root": OUTSIDE}, summary(AccountMFAEnabled=0), root(mfa_active="false"),
         only=True),
)  # fmt: skip

PERIOD = {"period_start": "2026-07-01", "period_end": "2026-09-30"}
PAST = {"period_start": "2025-07-01", "period_end": "2025-09-30"}


def _use(value: tuple[dict[str, str], Any, str, dict[str, str]]) -> dict[str, Any]:
    columns, conclusion, verdict, entity = value
    return {"report": root(**columns), "entity": entity, "conclusion": conclusion, "rows": {"root": verdict},
            "only": True}  # fmt: skip


def used(days: float) -> dict[str, str]:
    return {"password_last_used": stamp(days)}


ROOT_4 = table("ROOT-4", {
    "no_information": ({"password_last_used": "no_information"}, PASS, MET, {}),
    "N/A": ({"password_last_used": "N/A"}, PASS, MET, {}),
    "not_supported": ({"password_last_used": "not_supported"}, PASS, MET, {}),
    "exactly 90 days ago": (used(90), PASS, MET, {}),
    "a second less than 90 days ago": (used(90 - 1 / 86400), FAIL, EXCEPTION, {}),
    "a second more than 90 days ago": (used(90 + 1 / 86400), PASS, MET, {}),
    "today": (used(0), FAIL, EXCEPTION, {}),
    "its first key was used": (key(1, used=stamp(10)), FAIL, EXCEPTION, {}),
    "its second key was used, though inactive now": (key(2, "false", used=stamp(10)), FAIL, EXCEPTION, {}),
    "a key was used long ago": (key(1, used=stamp(300)), PASS, MET, {}),
    "old password use, new key use": (used(300) | key(1, used=stamp(1)), FAIL, EXCEPTION, {}),
    "the first second of the period": ({"password_last_used": "2026-07-01T00:00:00+00:00"}, FAIL, EXCEPTION, PERIOD),
    "the last second before the period": ({"password_last_used": "2026-06-30T23:59:59+00:00"}, PASS, MET, PERIOD),
    "the last second of the period": ({"password_last_used": "2026-09-30T23:59:59+00:00"}, FAIL, EXCEPTION, PERIOD),
    "after the period: an earlier use may hide": (used(1), OPEN, UNSETTLED, PAST),
    "before a period long past": (used(600), PASS, MET, PAST),
    "another time zone": ({"password_last_used": "2026-07-01T01:00:00+02:00"}, PASS, MET, PERIOD),
}, _use, reference=REPORT_DOC)  # fmt: skip

# Columns that AWS appends cost nothing; what is not the known layout's beginning is not read.
FURTHER = tuple(
    Case(test, f"{what} at the end of the report", PASS, {"root": MET}, options={"files": {REPORT_FILE: csv_of(
        [{**ROOT, **dict.fromkeys(columns, "N/A")}], (*COLUMNS, *columns))}}, reference=REPORT_DOC)
    for test in ("ROOT-1", "ROOT-2", "ROOT-4")
    for what, columns in (
        ("the documented further column", (ADDITIONAL,)),
        ("an unknown column", ("passkey_count",)),
        ("unknown columns beside the documented one", (ADDITIONAL, "a", "b")),
    )
)  # fmt: skip
LAYOUTS = tuple(
    Case("ROOT-2", f"{what}", OPEN, {"root": UNSETTLED}, options={"files": {REPORT_FILE: csv_of([ROOT], columns)}}, only=True)
    for what, columns in (
        ("a known column is not there", COLUMNS[:-1]),
        ("two known columns changed places", (*COLUMNS[:20], COLUMNS[21], COLUMNS[20])),
        ("a known column comes again at the end", (*COLUMNS, "access_key_1_active")),
    )
)  # fmt: skip

# The report may be up to 4 hours older than its collection: what it says ends where it was generated.
ROOT_4_GENERATED = table("ROOT-4", {
    "generated the moment the period ended": ("2026-10-01T00:00:00Z", PASS, MET),
    "generated a second before the period ended": ("2026-09-30T23:59:59Z", PASS, MET),
    "generated the moment the period began": ("2026-07-01T00:00:00Z", OPEN, UNSETTLED),
    "generated a second after the period began": ("2026-07-01T00:00:01Z", PASS, MET),
}, lambda value: {
    "records": {"iam.credential-report": [{"GeneratedTime": value[0], "ReportFormat": "text/csv"}]},
    "entity": PERIOD, "conclusion": value[1], "rows": {"root": value[2]}, "only": True,
}, reference=REPORT_DOC)  # fmt: skip

CASES: tuple[Case, ...] = (
    *ROOT_1, *ROOT_1_SILENT, *ROOT_2, *ROOT_3, *ROOT_3_AGAINST, *ROOT_4, *ROOT_4_GENERATED, *FURTHER, *LAYOUTS,
)  # fmt: skip
