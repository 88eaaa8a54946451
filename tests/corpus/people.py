"""USER, MFA, KEY, PWD: IAM users, their passwords and keys."""

# ruff: noqa: E501  rows of tables are read across

from collections.abc import Mapping
from typing import Any

from evidence.readers.credential_report import ADDITIONAL
from tests.controls.world import IAM, key, password, row, stamp
from tests.controls.world_records import PASSWORD_POLICY
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

SECOND = 1 / 86400
UNUSED_DOC = f"{USER_GUIDE}id_credentials_finding-unused.html"
ROTATE_DOC = "https://docs.aws.amazon.com/config/latest/developerguide/access-keys-rotated.html"
NAMES_DOC = f"{USER_GUIDE}reference_iam-quotas.html#reference_iam-quotas-names"
# Every character that IAM takes in a name, names that a spreadsheet or a shell would run, the longest name.
ODD_NAMES = ("=cmd+calc@x,-_.", "-rf", "+1", "@SUM", "a,b", "user", "root", "TRUE", "N.A", "x" * 64)


def single(columns: Mapping[str, str], conclusion: Any, verdict: str | list[str] | None) -> dict[str, Any]:
    """One user `a`; None: no row."""
    rows = {} if verdict is None else {"user/a": verdict}
    return {"report": [row("a", **columns)], "conclusion": conclusion, "rows": rows, "only": True}


def _single(value: tuple[Mapping[str, str], Any, Any]) -> dict[str, Any]:
    return single(*value)


def more(said: str) -> Mapping[str, str]:
    """What AWS says of credentials that have no column, in the newer layout's last one."""
    return {ADDITIONAL: said}


def many(*users: tuple[str, Mapping[str, str], Any]) -> dict[str, Any]:
    return {
        "report": [row(name, **columns) for name, columns, _ in users],
        "rows": {f"user/{name}": verdict for name, _, verdict in users if verdict},
        "only": True,
    }


def at_path(path: str, columns: Mapping[str, str]) -> Mapping[str, str]:
    return {**columns, "arn": f"{IAM}:user{path}a"}


USER_1 = (
    *table("USER-1", {
        "a password": (password(30, 1), FAIL, EXCEPTION),
        "a password with MFA is a person all the same": (password(30, 1, mfa=True), FAIL, EXCEPTION),
        "a password never used": (password(30, None), FAIL, EXCEPTION),
        "a password and a key": (password(30, 1) | key(1, 30, 1), FAIL, EXCEPTION),
        "a key alone": (key(1, 30, 1), PASS, MET),
        "the second key alone": (key(2, 30, 1), PASS, MET),
        "inactive keys alone": (key(1, 30, 1, active=False) | key(2, 9, 1, active=False), PASS, MET),
        "nothing at all": ({}, PASS, MET),
        "password_enabled TRUE in capitals": ({"password_enabled": "TRUE"}, FAIL, EXCEPTION),
        "password_enabled not_supported": ({"password_enabled": "not_supported"}, OPEN, UNSETTLED),
        "password_enabled N/A": ({"password_enabled": "N/A"}, OPEN, UNSETTLED),
        "MFA without a password": ({"mfa_active": "true"}, PASS, MET),
    }, _single, reference=REPORT_DOC),
    Case("USER-1", "no users", EMPTY, report=[], only=True),
    Case("USER-1", "odd legal names", FAIL, reference=NAMES_DOC,
         **many(*((name, password(1, 1), EXCEPTION) for name in ODD_NAMES))),
    Case("USER-1", "a user in a path", FAIL, report=[row("a", **at_path("/eu/ops/", password(9, 1)))],
         rows={"user/eu/ops/a": EXCEPTION}, only=True),
    Case("USER-1", "one person among 5,000 users", FAIL,
         report=[row(f"svc-{n}") for n in range(4_999)] + [row("zoe", **password(1, 1))],
         rows={"user/zoe": EXCEPTION}),
)  # fmt: skip

# What AWS lists without columns matters where nothing else says what the user has.
USER_2 = table("USER-2", {
    "keys, an owner, and credentials without columns": (
        row("svc-ledger", **key(1, 9, 1)) | more("1 access key"), PASS, MET),
    "credentials without columns alone": (row("dormant") | more("1 access key"), OPEN, UNSETTLED),
    "a password, and credentials without columns": (
        row("dormant", **password(9, 1)) | more("1 access key"), EMPTY, OUTSIDE),
}, lambda value: {
    "report": [value[0]], "conclusion": value[1], "rows": {f"user/{value[0]['user']}": value[2]}, "only": True,
}, reference=REPORT_DOC)  # fmt: skip

USER_3 = (
    *table("USER-3", {
        "whether there is a password is not said": ({"password_enabled": "N/A"}, OPEN, UNSETTLED),
        "the same, and an unused key": (key(1, 400, 91) | {"password_enabled": "N/A"}, FAIL, EXCEPTION),
        "password used exactly 90 days ago": (password(400, 90), PASS, MET),
        "password used a second more than 90 days ago": (password(400, 90 + SECOND), FAIL, EXCEPTION),
        "password used a second less than 90 days ago": (password(400, 90 - SECOND), PASS, MET),
        "password never used, changed exactly 90 days ago": (password(90, None), PASS, MET),
        "password never used, changed 91 days ago": (password(91, None), FAIL, EXCEPTION),
        "key used exactly 90 days ago": (key(1, 400, 90), PASS, MET),
        "key used a second more than 90 days ago": (key(1, 400, 90 + SECOND), FAIL, EXCEPTION),
        "second key unused": (key(2, 400, 91), FAIL, EXCEPTION),
        "first key in use, second not": (key(1, 9, 1) | key(2, 400, 91), FAIL, EXCEPTION),
        "key never used, made exactly 90 days ago": (key(1, 90, None), PASS, MET),
        "key never used, made 91 days ago": (key(1, 91, None), FAIL, EXCEPTION),
        "key never used, no_information": (key(1, 91, None) | {"access_key_1_last_used_date": "no_information"},
                                           FAIL, EXCEPTION),
        "key in use, password not": (password(400, 200) | key(1, 9, 1), FAIL, EXCEPTION),
        "inactive key unused": (key(1, 400, 300, active=False), EMPTY, OUTSIDE),
        "inactive key unused, password in use": (key(1, 400, 300, active=False) | password(9, 1), PASS, MET),
        "dormant": ({}, EMPTY, OUTSIDE),
        "password never used, change not dated: age from the user's creation": (
            {"password_enabled": "true", "password_last_changed": "N/A", "password_last_used": "no_information"},
            FAIL, EXCEPTION),
        "the same for a new user": (
            {"password_enabled": "true", "password_last_used": "no_information",
             "user_creation_time": stamp(90)}, PASS, MET),
        "key without any date": ({"access_key_1_active": "true"}, OPEN, UNSETTLED),
        "two keys without any date": (
            {"access_key_1_active": "true", "access_key_2_active": "true"}, OPEN, UNSETTLED),
        "an undated key beside an old one": ({"access_key_1_active": "true"} | key(2, 91, None), FAIL, EXCEPTION),
        "used after the report, by its own date": (key(1, 9, -0.1), PASS, MET),
    }, _single, reference=UNUSED_DOC),
    Case("USER-3", "no users", EMPTY, report=[], only=True),
    Case("USER-3", "a limit of 30 days", FAIL, thresholds={"unused_days": 30},
         **many(("a", password(400, 30), MET), ("b", password(400, 31), EXCEPTION))),
    Case("USER-3", "odd legal names", FAIL,
         **many(*((name, key(1, 400, 91), EXCEPTION) for name in ODD_NAMES)), reference=NAMES_DOC),
)  # fmt: skip

MFA_1 = (
    *table("MFA-1", {
        "password with MFA": (password(9, 1, mfa=True), PASS, MET),
        "password without MFA": (password(9, 1, mfa=False), FAIL, EXCEPTION),
        "never used, without MFA": (password(9, None, mfa=False), FAIL, EXCEPTION),
        "no password, no MFA": ({}, EMPTY, None),
        "key, no MFA: no console": (key(1, 9, 1), EMPTY, None),
        "password and key, without MFA": (password(9, 1, mfa=False) | key(1, 9, 1), FAIL, EXCEPTION),
        "MFA without password": ({"mfa_active": "true"}, EMPTY, None),
        "password_enabled not_supported, without MFA": ({"password_enabled": "not_supported"}, OPEN, UNSETTLED),
        "password_enabled not_supported, with MFA": (
            {"password_enabled": "not_supported", "mfa_active": "true"}, OPEN, UNSETTLED),
        "mfa_active not_supported": (password(9, 1) | {"mfa_active": "not_supported"}, FAIL, EXCEPTION),
        "in capitals": ({"password_enabled": "TRUE", "mfa_active": "TRUE"}, PASS, MET),
    }, _single, reference=REPORT_DOC),
    Case("MFA-1", "no users", EMPTY, report=[], only=True),
    Case("MFA-1", "one of two", FAIL,
         **many(("a", password(9, 1), MET), ("b", password(9, 1, mfa=False), EXCEPTION), ("c", {}, None))),
    Case("MFA-1", "root is not of this population", EMPTY, only=True,
         report=[{**row("<root_account>"), "password_enabled": "true", "mfa_active": "false"}]),
    Case("MFA-1", "odd legal names", FAIL,
         **many(*((name, password(9, 1, mfa=False), EXCEPTION) for name in ODD_NAMES)), reference=NAMES_DOC),
)  # fmt: skip

KEY_1 = (
    *table("KEY-1", {
        "exactly 90 days": (key(1, 90, 1), PASS, MET),
        "a second more than 90 days": (key(1, 90 + SECOND, 1), FAIL, EXCEPTION),
        "a second less than 90 days": (key(1, 90 - SECOND, 1), PASS, MET),
        "91 days": (key(1, 91, 1), FAIL, EXCEPTION),
        "the second column, 91 days": (key(2, 91, 1), FAIL, EXCEPTION),
        "the second column, exactly 90 days": (key(2, 90, 1), PASS, MET),
        "both columns, the second old": (key(1, 9, 1) | key(2, 91, 1), FAIL, [MET, EXCEPTION]),
        "both columns, the first old": (key(1, 91, 1) | key(2, 9, 1), FAIL, [EXCEPTION, MET]),
        "both old": (key(1, 91, 1) | key(2, 200, 1), FAIL, [EXCEPTION, EXCEPTION]),
        "an old inactive key": (key(1, 500, 1, active=False), EMPTY, None),
        "an old inactive key beside a new one": (key(1, 500, 1, active=False) | key(2, 9, 1), PASS, MET),
        "made today": (key(1, 0, None), PASS, MET),
        "active, never rotated by the report": ({"access_key_1_active": "true"}, OPEN, UNSETTLED),
        "no key": (password(400, 1), EMPTY, None),
    }, _single, reference=ROTATE_DOC),
    *table("KEY-1", {
        "credentials without columns": (key(1, 9, 1) | more("1 access key"), OPEN, [MET, UNSETTLED]),
        "credentials without columns alone": (more("1 access key"), OPEN, UNSETTLED),
        "an old key, and credentials without columns": (
            key(1, 91, 1) | more("1 access key"), FAIL, [EXCEPTION, UNSETTLED]),
        "the newer layout, nothing beyond the columns": (key(1, 9, 1) | more("N/A"), PASS, MET),
        "the newer layout, an empty last column": (key(1, 9, 1) | more(""), PASS, MET),
        "the newer layout, spaces": (key(1, 9, 1) | more(" none "), PASS, MET),
        "the newer layout, no_information": (key(1, 9, 1) | more("no_information"), PASS, MET),
        "the newer layout, not_supported": (key(1, 9, 1) | more("not_supported"), PASS, MET),
    }, _single, reference=REPORT_DOC),
    Case("KEY-1", "no users", EMPTY, report=[], only=True),
    Case("KEY-1", "a limit of 30 days", FAIL, thresholds={"key_max_age_days": 30},
         **many(("a", key(1, 30, 1), MET), ("b", key(1, 30 + SECOND, 1), EXCEPTION))),
    Case("KEY-1", "root's keys are ROOT-2's", EMPTY, only=True,
         report=[{**row("<root_account>"), **key(1, 500, 1)}]),
    Case("KEY-1", "odd legal names", FAIL,
         **many(*((name, key(1, 91, 1), EXCEPTION) for name in ODD_NAMES)), reference=NAMES_DOC),
    Case("KEY-1", "5,000 users with two keys each", FAIL,
         report=[row(f"u-{n}", **key(1, 9, 1), **key(2, 91 if n == 4_999 else 90, 1)) for n in range(5_000)],
         rows={"user/u-4999": [MET, EXCEPTION]}),
)  # fmt: skip

KEY_2 = (
    *table("KEY-2", {
        "one active key": (key(1, 9, 1), PASS, MET),
        "the second alone": (key(2, 9, 1), PASS, MET),
        "two active keys": (key(1, 9, 1) | key(2, 9, 1), FAIL, EXCEPTION),
        "two, never used": (key(1, 9, None) | key(2, 9, None), FAIL, EXCEPTION),
        "two, made today": (key(1, 0, None) | key(2, 0, None), FAIL, EXCEPTION),
        "the first inactive": (key(1, 9, 1, active=False) | key(2, 9, 1), PASS, MET),
        "the second inactive": (key(1, 9, 1) | key(2, 9, 1, active=False), PASS, MET),
        "both inactive": (key(1, 9, 1, active=False) | key(2, 9, 1, active=False), EMPTY, None),
        "no key": (password(9, 1), EMPTY, None),
        "two keys and a password": (key(1, 9, 1) | key(2, 9, 1) | password(9, 1), FAIL, EXCEPTION),
        "active without dates": ({"access_key_1_active": "true", "access_key_2_active": "true"}, FAIL, EXCEPTION),
    }, _single, reference=f"{USER_GUIDE}id_credentials_access-keys.html"),
    *table("KEY-2", {
        "one active key, and credentials without columns": (
            key(1, 9, 1) | more("1 access key"), OPEN, UNSETTLED),
        "no key, and credentials without columns": (more("1 access key"), OPEN, UNSETTLED),
        "two active keys, whatever else there is": (
            key(1, 9, 1) | key(2, 9, 1) | more("1 access key"), FAIL, EXCEPTION),
    }, _single, reference=REPORT_DOC),
    Case("KEY-2", "no users", EMPTY, report=[], only=True),
    Case("KEY-2", "root's keys are ROOT-2's", EMPTY, only=True,
         report=[{**row("<root_account>"), **key(1, 9, 1), **key(2, 9, 1)}]),
)  # fmt: skip

POLICY = "account-password-policy"
PERSON, NOBODY = row("a", **password(9, 1)), row("svc", **key(1, 9, 1))


def _policy(value: tuple[Mapping[str, Any] | None, Any, Mapping[str, Any]]) -> dict[str, Any]:
    changes, conclusion, thresholds = value
    made = None if changes is None else {
        name: member for name, member in {**PASSWORD_POLICY, **changes}.items() if member is not None
    }  # fmt: skip
    verdict = {PASS: MET, FAIL: EXCEPTION}[conclusion]
    return {"records": {"iam.password-policy": [{"PasswordPolicy": made}]}, "report": [PERSON],
            "thresholds": thresholds, "conclusion": conclusion, "rows": {POLICY: verdict}, "only": True}  # fmt: skip


EXPIRY = {"password_max_age_days": 90}
PWD_1 = (
    *table("PWD-1", {
        "exactly as required": ({}, PASS, {}),
        "13 characters": ({"MinimumPasswordLength": 13}, FAIL, {}),
        "15 characters": ({"MinimumPasswordLength": 15}, PASS, {}),
        "23 passwords remembered": ({"PasswordReusePrevention": 23}, FAIL, {}),
        "reuse allowed: the member is absent": ({"PasswordReusePrevention": None}, FAIL, {}),
        "reuse allowed, and not asked for": ({"PasswordReusePrevention": None}, PASS, {"password_reuse": 0}),
        "no symbols": ({"RequireSymbols": False}, FAIL, {}),
        "no numbers": ({"RequireNumbers": False}, FAIL, {}),
        "no upper case": ({"RequireUppercaseCharacters": False}, FAIL, {}),
        "no lower case": ({"RequireLowercaseCharacters": False}, FAIL, {}),
        "expiry not asked for, passwords never expire": ({"ExpirePasswords": False}, PASS, {}),
        "expiry after exactly 90 days": ({"MaxPasswordAge": 90, "ExpirePasswords": True}, PASS, EXPIRY),
        "expiry after 91 days": ({"MaxPasswordAge": 91, "ExpirePasswords": True}, FAIL, EXPIRY),
        "expiry asked for, passwords never expire": ({}, FAIL, EXPIRY),
        "expiry asked for, age 0": ({"MaxPasswordAge": 0}, FAIL, EXPIRY),
        "a length of 8 is asked for": ({"MinimumPasswordLength": 8}, PASS, {"password_min_length": 8}),
        "AWS's default binds a user": (None, FAIL, {}),
    }, _policy, reference=f"{USER_GUIDE}id_credentials_passwords_account-policy.html"),
    Case("PWD-1", "no policy, no passwords", EMPTY, report=[NOBODY],
         records={"iam.password-policy": [{"PasswordPolicy": None}]}, only=True),
    Case("PWD-1", "no policy, no users", EMPTY, report=[],
         records={"iam.password-policy": [{"PasswordPolicy": None}]}, only=True),
    Case("PWD-1", "a weak policy counts without users too", FAIL, report=[], rows={POLICY: EXCEPTION},
         records={"iam.password-policy": [{"PasswordPolicy": PASSWORD_POLICY | {"MinimumPasswordLength": 6}}]}),
)  # fmt: skip

CASES: tuple[Case, ...] = (*USER_1, *USER_2, *USER_3, *MFA_1, *KEY_1, *KEY_2, *PWD_1)
