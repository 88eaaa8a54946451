"""Roots, keys, people and password policies as real accounts and newer API models give them."""

# ruff: noqa: E501  rows of tables are read across

from collections.abc import Mapping
from typing import Any

from tests.controls.world import ACCOUNT, IAM, ago, key, password, row, stamp
from tests.controls.world_records import (
    PASSWORD_POLICY,
    SUMMARY,
    user,
)
from tests.corpus.config import EXCEPTION, FAIL, MET, OPEN, OUTSIDE, PASS, UNSETTLED
from tests.corpus.labelled import EMPTY, REPORT_DOC, USER_GUIDE, Case, table
from tests.corpus.root import SUMMARY_DOC, device, root
from tests.corpus.root import key as root_key

DETAILS = "iam.authorization-details"
VERDICTS = {PASS: MET, FAIL: EXCEPTION, OPEN: UNSETTLED, EMPTY: OUTSIDE}


def without(*names: str, **members: Any) -> dict[str, Any]:
    """A summary that lacks some figures."""
    return {name: value for name, value in (SUMMARY | members).items() if name not in names}


def _root(value: tuple[dict[str, Any], dict[str, str], Any]) -> dict[str, Any]:
    summary, columns, conclusion = value
    return {"records": {"iam.account-summary": [summary]}, "report": root(**columns), "conclusion": conclusion,
            "rows": {"root": VERDICTS[conclusion]}, "only": True}  # fmt: skip


BARE = {"AccountMFAEnabled": 0, "AccountPasswordPresent": 0}
PASSKEY = {"AccountPasskeysPresent": 1, "MFADevicesInUse": 4}
ROOT_1 = {
    "figures that are newer than this": (without(**PASSKEY, AccountPasskeys=2), {"mfa_active": "true"}, PASS),
    "the summary says nothing of MFA, the report none": (without("AccountMFAEnabled"), {"mfa_active": "false"}, OPEN),
    "the summary says nothing of MFA, the report some": (without("AccountMFAEnabled"), {"mfa_active": "true"}, OPEN),
    "a password that was never changed": (without(**BARE | {"AccountPasswordPresent": 1}), {"mfa_active": "false", "password_enabled": "true", "password_last_changed": "not_supported"}, FAIL),
    "TRUE in capitals": (without(), {"mfa_active": "TRUE", "password_enabled": "TRUE"}, PASS),
    "no password, one inactive key by both": (without(**BARE, AccountAccessKeysPresent=1), {"mfa_active": "false", "password_enabled": "false"} | root_key(1, "false"), FAIL),
    "nothing by both, dates of long ago": (without(**BARE), {"mfa_active": "false", "password_enabled": "false", "password_last_changed": stamp(2000)}, PASS),
    "the figure is text": (without(AccountMFAEnabled="1"), {"mfa_active": "true"}, OPEN),
    "the figure is a truth value": (without(AccountMFAEnabled=True), {"mfa_active": "true"}, OPEN),
}  # fmt: skip
ROOT_2 = {
    "the summary says nothing of keys, the report knows one": (without("AccountAccessKeysPresent"), root_key(1), FAIL),
    "the summary says nothing of keys, the report knows an inactive one": (without("AccountAccessKeysPresent"), root_key(2, "false"), FAIL),
    "the summary says nothing of keys, the report none": (without("AccountAccessKeysPresent"), {}, OPEN),
    "the summary says nothing of certificates, and counts a key": (without("AccountSigningCertificatesPresent", AccountAccessKeysPresent=1), root_key(1), FAIL),
    "the summary says nothing of certificates, the report knows one": (without("AccountSigningCertificatesPresent"), {"cert_1_active": "true", "cert_1_last_rotated": stamp(9)}, FAIL),
    "the figure of keys is text": (without(AccountAccessKeysPresent="1"), {}, OPEN),
    "the figure of keys is text, the report knows one": (without(AccountAccessKeysPresent="1"), root_key(1), FAIL),
    "keys of the years before": (without(AccountAccessKeysPresent=2), root_key(1, "false", rotated=4000) | root_key(2, "true", rotated=3000), FAIL),
    "no key, used once by a key that is gone": (without(), {"access_key_1_last_used_date": "N/A", "access_key_1_last_used_service": "N/A"}, PASS),
}  # fmt: skip


def _kind(value: tuple[dict[str, Any], list[Any], Any]) -> dict[str, Any]:
    summary, devices, conclusion = value
    return {"records": {"iam.account-summary": [summary], "iam.mfa-devices": devices}, "report": root(mfa_active="true"),
            "conclusion": conclusion, "rows": {"root": VERDICTS[conclusion]}, "only": True}  # fmt: skip


ROOT_3 = {
    "the summary says nothing of MFA, root has a virtual device": (without("AccountMFAEnabled"), [device(f"{IAM}:root")], FAIL),
    "the summary says nothing of MFA, root has no virtual device": (without("AccountMFAEnabled"), [], OPEN),
    "a virtual device of root beside others": (without(), [device(f"{IAM}:user/a", "a"), device(f"{IAM}:root", "b")], FAIL),
    "a user whose path ends as root": (without(), [device(f"{IAM}:user/x/root", "a")], PASS),
    "a device without an owner named as root's": (without(), [device("", "root-account-mfa-device")], PASS),
    "a device whose owner is not told may be root's": (without(), [{"SerialNumber": f"{IAM}:mfa/x", "User": {}}], OPEN),
    "such a device beside root's": (without(), [{"SerialNumber": f"{IAM}:mfa/x", "User": {}}, device(f"{IAM}:root", "b")], FAIL),
}  # fmt: skip


def _single(value: tuple[Mapping[str, str], Any, Any]) -> dict[str, Any]:
    columns, conclusion, verdict = value
    return {
        "report": [row("a", **columns)],
        "conclusion": conclusion,
        "rows": {} if verdict is None else {"user/a": verdict},
        "only": True,
    }


KEY_1 = {
    "a date that ends in Z": (key(1, 9, 1) | {"access_key_1_last_rotated": ago(9)}, PASS, MET),
    "an old date that ends in Z": (key(1, 9, 1) | {"access_key_1_last_rotated": ago(200)}, FAIL, EXCEPTION),
    "a date of another time zone": (key(1, 9, 1) | {"access_key_1_last_rotated": "2020-01-01T00:00:00+09:00"}, FAIL, EXCEPTION),
    "capitals": (key(1, 200, 1) | {"access_key_1_active": "TRUE"}, FAIL, EXCEPTION),
    "active, and no_information of its making": (key(1, 9, 1) | {"access_key_1_last_rotated": "no_information"}, OPEN, UNSETTLED),
    "N/A for active is none": ({"access_key_1_active": "N/A"}, EMPTY, None),
    "used long after it was made": (key(2, 800, 0.5), FAIL, EXCEPTION),
    "a fraction of a second beyond the limit": (key(1, 90 + 1e-8, 1), FAIL, EXCEPTION),
}  # fmt: skip
KEY_2 = {
    "two active, one in capitals": (key(1, 9, 1) | key(2, 9, 1) | {"access_key_2_active": "TRUE"}, FAIL, EXCEPTION),
    "one active, the other not_supported": (key(1, 9, 1) | {"access_key_2_active": "not_supported"}, PASS, MET),
}  # fmt: skip
USER_1 = {
    "a password that must be changed": (password(0, None), FAIL, EXCEPTION),
    "not_supported with a date of use": ({"password_enabled": "not_supported", "password_last_used": stamp(3)}, OPEN, UNSETTLED),
    "False in other letters": ({"password_enabled": "False"}, PASS, MET),
    "no password, once used": ({"password_enabled": "false", "password_last_used": stamp(3)}, PASS, MET),
}  # fmt: skip
USER_3 = {
    "a key never used, of yesterday": (key(1, 1, None), PASS, MET),
    "a key used, its date in Z": (key(1, 400, 1) | {"access_key_1_last_used_date": ago(91)}, FAIL, EXCEPTION),
    "a password of an old account, never used since it is tracked": (password(4500, None), FAIL, EXCEPTION),
    "a password used lately, changed long ago": (password(4500, 1), PASS, MET),
    "a new password of an old account, never used": (password(5, None), PASS, MET),
    "two keys, each in use": (key(1, 400, 3) | key(2, 400, 90), PASS, MET),
    "two keys, the second used before the first was made": (key(1, 9, 1) | key(2, 400, 120), FAIL, EXCEPTION),
}  # fmt: skip
OWNERS = {
    "a name": ("ledger team", PASS, MET),
    "blank": ("   ", FAIL, EXCEPTION),
    "nothing": ("", FAIL, EXCEPTION),
    **{f"{said!a}": (said, FAIL, EXCEPTION) for said in ("\u200b", "\u202e\u2066", "TBD", "n/a", "-")},
    "a name with a placeholder's letters": ("tbdata team", PASS, MET),
}  # fmt: skip


def _owner(value: tuple[str, Any, str]) -> dict[str, Any]:
    said, conclusion, verdict = value
    return {"report": [row("a", **key(1, 9, 1))], "conclusion": conclusion, "rows": {"user/a": verdict}, "only": True,
            "records": {DETAILS: [user("a", Tags=[{"Key": "Owner", "Value": said}])]}}  # fmt: skip


def _policy(value: tuple[dict[str, Any], Any]) -> dict[str, Any]:
    members, conclusion = value
    made = {name: one for name, one in (PASSWORD_POLICY | members).items() if one is not None}
    return {"records": {"iam.password-policy": [{"PasswordPolicy": made}]}, "report": [row("a", **password(9, 1))],
            "conclusion": conclusion, "rows": {"account-password-policy": VERDICTS[conclusion]}, "only": True}  # fmt: skip


PWD_1 = {
    "expiry that only an administrator ends": ({"HardExpiry": True, "MaxPasswordAge": 90, "ExpirePasswords": True}, PASS),
    "a length that is text": ({"MinimumPasswordLength": "14"}, OPEN),
    "no length": ({"MinimumPasswordLength": None}, OPEN),
    "one more member": ({"RequirePasskeys": False}, PASS),
    "128 characters": ({"MinimumPasswordLength": 128}, PASS),
    "a length that is text, and no symbols": ({"MinimumPasswordLength": "14", "RequireSymbols": False}, FAIL),
    "reuse that is text": ({"PasswordReusePrevention": "24"}, OPEN),
    "an age of none, as nothing expires": ({"ExpirePasswords": False, "MaxPasswordAge": None}, PASS),
    "weak in two ways, and a class that is not told": ({"MinimumPasswordLength": 8, "RequireSymbols": None}, FAIL),
}  # fmt: skip


def prefixed(test: str, values: Mapping[str, Any], make: Any, reference: str = "") -> tuple[Case, ...]:
    return table(
        test, {f"strangers: {name}": value for name, value in values.items()}, make, reference=reference
    )


LINE = f"{ACCOUNT}/iam/credential-report.csv:4"
OLD = row("p", **password(300, 200, mfa=False), **key(1, 300, 200), **key(2, 300, None))
NEW = row("p", **key(1, 9, 1))


def _odd(value: tuple[dict[str, str], Any, dict[str, Any]]) -> dict[str, Any]:
    """A line that nobody can read beside another: it costs itself, and hides no exception."""
    other, conclusion, rows = value
    return {"report": [other, row("odd", mfa_active="perhaps", password_enabled="maybe")], "conclusion": conclusion,
            "rows": rows | {LINE: UNSETTLED}, "only": True}  # fmt: skip


ODD_LINES = tuple(
    case
    for test, rows in {"USER-1": EXCEPTION, "USER-3": EXCEPTION, "MFA-1": EXCEPTION, "KEY-1": [EXCEPTION, EXCEPTION], "KEY-2": EXCEPTION}.items()
    for case in table(test, {
        "strangers: a line that nobody can read hides no exception": (OLD, FAIL, {"user/p": rows}),
        "strangers: a line that nobody can read settles nothing": (NEW, OPEN, {} if test == "MFA-1" else {"user/p": MET}),
    }, _odd, reference=REPORT_DOC)
)  # fmt: skip

CASES: tuple[Case, ...] = (
    *ODD_LINES,
    *prefixed("ROOT-1", ROOT_1, _root, SUMMARY_DOC),
    *prefixed("ROOT-2", ROOT_2, _root, SUMMARY_DOC),
    *prefixed("ROOT-3", ROOT_3, _kind, SUMMARY_DOC),
    *prefixed("KEY-1", KEY_1, _single, REPORT_DOC),
    *prefixed("KEY-2", KEY_2, _single, REPORT_DOC),
    *prefixed("USER-1", USER_1, _single, REPORT_DOC),
    *prefixed("USER-2", OWNERS, _owner, f"{USER_GUIDE}id_tags.html"),
    *prefixed("USER-3", USER_3, _single, REPORT_DOC),
    *prefixed("PWD-1", PWD_1, _policy, f"{USER_GUIDE}id_credentials_passwords_account-policy.html"),
)  # fmt: skip
