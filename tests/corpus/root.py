"""ROOT: MFA, keys, kind of MFA and use of the root user."""

# ruff: noqa: E501  rows of tables are read across

from typing import Any

from evidence.readers.credential_report import ADDITIONAL
from tests.controls.world import IAM, ROOT, stamp
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
    USER_GUIDE,
    Case,
    table,
)  # fmt: skip

SUMMARY_DOC = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html"
CENTRAL = f"{USER_GUIDE}id_root-user.html#id_root-user-access-management"


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


def _mfa(value: tuple[int, str, int, int, Any, str]) -> dict[str, Any]:
    enabled, reported, password, keys, conclusion, verdict = value
    members = {
        "AccountMFAEnabled": enabled,
        "AccountPasswordPresent": password,
        "AccountAccessKeysPresent": keys,
    }
    return {"records": summary(**members), "report": root(mfa_active=reported), "conclusion": conclusion,
            "rows": {"root": verdict}, "only": True}  # fmt: skip


ROOT_1 = table("ROOT-1", {
    "both say enabled": (1, "true", 1, 0, PASS, MET),
    "both say enabled, root has keys too": (1, "true", 1, 2, PASS, MET),
    "both say enabled, no password": (1, "true", 0, 0, PASS, MET),
    "the summary is newer than the report": (1, "false", 1, 0, OPEN, UNSETTLED),
    "the report says not_supported of MFA": (1, "not_supported", 1, 0, OPEN, UNSETTLED),
    "neither says enabled": (0, "false", 1, 0, FAIL, EXCEPTION),
    "only the older report says enabled": (0, "true", 1, 0, FAIL, EXCEPTION),
    "credentials were removed centrally": (0, "false", 0, 0, PASS, MET),
    "no password, but a key is left": (0, "false", 0, 1, FAIL, EXCEPTION),
    "no password, two keys are left": (0, "false", 0, 2, FAIL, EXCEPTION),
    "password alone": (0, "not_supported", 1, 0, FAIL, EXCEPTION),
}, _mfa, reference=SUMMARY_DOC)  # fmt: skip


def _keys(value: tuple[int, int, dict[str, str], Any]) -> dict[str, Any]:
    keys, certificates, columns, conclusion = value
    members = {"AccountAccessKeysPresent": keys, "AccountSigningCertificatesPresent": certificates}
    return {"records": summary(**members), "report": root(**columns), "conclusion": conclusion,
            "rows": {"root": MET if conclusion is PASS else EXCEPTION}, "only": True}  # fmt: skip


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
}, _keys, reference=SUMMARY_DOC)  # fmt: skip


def device(user: str = "", serial: str = "root-account-mfa-device") -> dict[str, Any]:
    owner = {"User": {"Arn": user}} if user else {}
    return {"SerialNumber": f"{IAM}:mfa/{serial}", **owner}


def _kind(value: tuple[int, list[Any], Any, str]) -> dict[str, Any]:
    enabled, devices, conclusion, verdict = value
    return {"records": summary(AccountMFAEnabled=enabled) | {"iam.mfa-devices": devices},
            "conclusion": conclusion, "rows": {"root": verdict}, "only": True}  # fmt: skip


ROOT_3 = table("ROOT-3", {
    "MFA, and no virtual device at all": (1, [], PASS, MET),
    "MFA, virtual devices of users": (1, [device(f"{IAM}:user/a", "a"), device(f"{IAM}:user/b", "b")], PASS, MET),
    "MFA, an unassigned device": (1, [device(serial="left-over")], PASS, MET),
    "MFA, an unassigned device named like root's": (1, [device()], PASS, MET),
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

CASES: tuple[Case, ...] = (*ROOT_1, *ROOT_2, *ROOT_3, *ROOT_4, *ROOT_4_GENERATED)
