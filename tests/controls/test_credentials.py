"""Root, users, MFA, keys and password policy: both sides of each boundary, and each trap."""

from datetime import date

import pytest

from evidence.readers.pointer import Pointer
from evidence.settings.model import Entity, SealedSettings, Thresholds
from tests.controls.world import (
    ACCOUNT_TARGET,
    IAM,
    Change,
    World,
    good,
    key,
    password,
    perform_in,
    row,
    stamp,
)

SECOND = 1 / 86_400


def summary(**changes: int) -> Change:
    return lambda world: world.records["iam.account-summary"][ACCOUNT_TARGET][0].update(changes)


def root(**changes: str) -> Change:
    return lambda world: world.report[0].update(changes)


def user(name: str = "someone", **columns: str) -> Change:
    return lambda world: world.report.append(row(name, **columns))


def policy(value: dict | None, **changes: object) -> Change:
    def change(world: World) -> None:
        record = world.records["iam.password-policy"][ACCOUNT_TARGET][0]
        record["PasswordPolicy"] = None if value is None else record["PasswordPolicy"] | changes

    return change


def devices(*records: dict) -> Change:
    return lambda world: world.records["iam.mfa-devices"].update({ACCOUNT_TARGET: list(records)})


def limits(**thresholds: object) -> Change:
    settings = SealedSettings(thresholds=Thresholds(**thresholds))
    return lambda world: world.options.update(settings=settings)


def period(start: date, end: date) -> Change:
    settings = SealedSettings(entity=Entity(period_start=start, period_end=end))
    return lambda world: world.options.update(settings=settings)


ROOT_ARN = f"{IAM}:root"
NO_ROOT_CREDENTIALS = (
    summary(AccountMFAEnabled=0, AccountPasswordPresent=0),
    root(mfa_active="false", password_enabled="false"),
)
Q3 = period(date(2026, 7, 1), date(2026, 9, 30))

CASES = [
    ("ROOT-1", "no exceptions", []),
    ("ROOT-1", "exceptions noted", [summary(AccountMFAEnabled=0), root(mfa_active="false")]),
    ("ROOT-1", "not concluded", [summary(AccountMFAEnabled=0)]),
    ("ROOT-1", "not concluded", [root(mfa_active="false")]),
    ("ROOT-1", "no exceptions", [*NO_ROOT_CREDENTIALS]),
    ("ROOT-1", "not concluded", [*NO_ROOT_CREDENTIALS, summary(AccountAccessKeysPresent=1)]),
    ("ROOT-2", "no exceptions", []),
    ("ROOT-2", "exceptions noted", [summary(AccountAccessKeysPresent=1)]),
    ("ROOT-2", "exceptions noted", [summary(AccountSigningCertificatesPresent=1)]),
    ("ROOT-2", "exceptions noted", [root(access_key_2_active="true")]),
    ("ROOT-2", "exceptions noted", [root(cert_2_active="true")]),
    ("ROOT-3", "no exceptions", [devices({"SerialNumber": "arn:aws:iam::123456789012:mfa/unassigned"})]),
    ("ROOT-3", "exceptions noted", [devices({"SerialNumber": "s", "User": {"Arn": ROOT_ARN}})]),
    (
        "ROOT-3",
        "no exceptions",
        [devices({"SerialNumber": "s", "User": {"Arn": f"{IAM}:user/root"}})],
    ),
    ("ROOT-3", "not applicable", [summary(AccountMFAEnabled=0), root(mfa_active="false")]),
    ("ROOT-4", "no exceptions", [root(password_last_used="no_information")]),
    ("ROOT-4", "no exceptions", [root(password_last_used=stamp(90))]),
    ("ROOT-4", "exceptions noted", [root(password_last_used=stamp(90 - SECOND))]),
    ("ROOT-4", "exceptions noted", [root(access_key_2_last_used_date=stamp(1))]),
    ("ROOT-4", "no exceptions", [limits(root_lookback_days=30), root(password_last_used=stamp(31))]),
    ("ROOT-4", "exceptions noted", [Q3, root(password_last_used="2026-07-01T00:00:00+00:00")]),
    ("ROOT-4", "no exceptions", [Q3, root(password_last_used="2026-06-30T23:59:59+00:00")]),
    ("ROOT-4", "exceptions noted", [Q3, root(password_last_used="2026-09-30T23:59:59+00:00")]),
    ("ROOT-4", "not concluded", [Q3, root(password_last_used="2026-10-01T00:00:00+00:00")]),
    ("ROOT-4", "no exceptions", [period(date(2026, 7, 1), date(2026, 12, 31))]),
    ("ROOT-4", "not concluded", [period(date(2027, 1, 1), date(2027, 3, 31))]),
    ("USER-1", "no exceptions", [user(**key(1, 1, 1))]),
    ("USER-1", "exceptions noted", [user(**password(1, 1))]),
    ("USER-1", "not concluded", [user(password_enabled="not_supported")]),
    ("USER-1", "not applicable", [lambda world: world.report.__delitem__(slice(1, None))]),
    ("USER-3", "no exceptions", [user(**password(500, 90)), user("b", **key(2, 500, 90))]),
    ("USER-3", "exceptions noted", [user(**password(500, 90 + SECOND))]),
    ("USER-3", "exceptions noted", [user(**key(2, 500, 90 + SECOND))]),
    ("USER-3", "no exceptions", [user(**password(90, None))]),
    ("USER-3", "exceptions noted", [user(**password(90 + SECOND, None))]),
    ("USER-3", "exceptions noted", [user(**key(1, 91, None))]),
    ("USER-3", "no exceptions", [user(**key(1, 500, 400, active=False))]),
    ("USER-3", "exceptions noted", [user(**password(1, 1), **key(1, 500, 400))]),
    ("USER-3", "exceptions noted", [limits(unused_days=10), user(**password(500, 11))]),
    ("USER-3", "not concluded", [user(**key(1, 1, None) | {"access_key_1_last_rotated": "N/A"})]),
    ("USER-3", "not applicable", [lambda world: world.report.__delitem__(1)]),
    ("MFA-1", "not applicable", []),
    ("MFA-1", "no exceptions", [user(**password(1, 1))]),
    ("MFA-1", "exceptions noted", [user(**password(1, 1, mfa=False))]),
    ("MFA-1", "not applicable", [root(password_enabled="true", mfa_active="false")]),
    ("MFA-1", "not concluded", [user(password_enabled="not_supported")]),
    ("KEY-1", "no exceptions", [user(**key(2, 90, 1))]),
    ("KEY-1", "exceptions noted", [user(**key(1, 90 + SECOND, 1))]),
    ("KEY-1", "exceptions noted", [user(**key(2, 91, 1))]),
    ("KEY-1", "no exceptions", [user(**key(2, 400, 1, active=False))]),
    ("KEY-1", "no exceptions", [root(**key(1, 400, 1))]),
    ("KEY-1", "exceptions noted", [limits(key_max_age_days=7), user(**key(1, 8, 1))]),
    ("KEY-1", "not concluded", [user(**key(1, 1, 1) | {"access_key_1_last_rotated": "N/A"})]),
    ("KEY-1", "not applicable", [lambda world: world.report.__delitem__(1)]),
    ("KEY-2", "no exceptions", [user(**key(1, 1, 1), **key(2, 400, 1, active=False))]),
    ("KEY-2", "exceptions noted", [user(**key(1, 1, 1), **key(2, 2, 1))]),
    ("PWD-1", "no exceptions", []),
    ("PWD-1", "exceptions noted", [policy({}, MinimumPasswordLength=13)]),
    ("PWD-1", "exceptions noted", [policy({}, PasswordReusePrevention=23)]),
    ("PWD-1", "exceptions noted", [policy({}, RequireSymbols=False)]),
    ("PWD-1", "exceptions noted", [policy({}, RequireUppercaseCharacters=False)]),
    ("PWD-1", "exceptions noted", [limits(password_max_age_days=90)]),
    ("PWD-1", "no exceptions", [limits(password_max_age_days=90), policy({}, MaxPasswordAge=90)]),
    ("PWD-1", "exceptions noted", [limits(password_max_age_days=90), policy({}, MaxPasswordAge=91)]),
    ("PWD-1", "exceptions noted", [policy(None), user(**password(1, 1))]),
    ("PWD-1", "not applicable", [policy(None)]),
]


@pytest.mark.parametrize(("test", "conclusion", "changes"), CASES)
def test_credentials(test: str, conclusion: str, changes: list[Change]) -> None:
    world = good()
    for change in changes:
        change(world)
    result = perform_in(world, test)
    assert result.conclusion == conclusion, result.reason


def test_reuse_that_aws_leaves_out_is_none() -> None:
    world = good()
    del world.records["iam.password-policy"][ACCOUNT_TARGET][0]["PasswordPolicy"]["PasswordReusePrevention"]
    assert "remembers 0 passwords" in perform_in(world, "PWD-1").rows[0].observed


def test_a_row_points_at_the_user_s_line_and_says_since_when() -> None:
    world = good()
    user(**key(1, 100, 1))(world)
    found = [entry for entry in perform_in(world, "KEY-1").rows if entry.verdict == "exception"]
    assert [entry.pointers for entry in found] == [(Pointer("123456789012/iam/credential-report.csv", 5),)]
    assert found[0].subject == "arn:aws:iam::123456789012:user/someone"
    assert found[0].since is not None
    assert found[0].since.isoformat() == stamp(10)


def test_ages_run_from_the_report_s_own_time_not_from_collection() -> None:
    world = good()
    world.records["iam.credential-report"][ACCOUNT_TARGET][0]["GeneratedTime"] = stamp(4)
    user(**key(1, 92, 5))(world)
    result = perform_in(world, "KEY-1")
    assert result.conclusion == "no exceptions"
    assert result.as_of is not None
    assert result.as_of.isoformat() == stamp(4)


def test_owner_tags_explain_and_their_absence_decides_nothing() -> None:
    world = good()
    tagged = {"Arn": world.report[1]["arn"], "Tags": [{"Key": "Owner", "Value": "ledger team"}]}
    world.records["iam.authorization-details"] = {ACCOUNT_TARGET: [{"UserDetail": tagged}]}
    assert perform_in(world, "USER-1").rows[0].attributes["owner"] == "ledger team"
    del world.records["iam.authorization-details"]
    result = perform_in(world, "USER-1")
    assert (result.conclusion, result.rows[0].attributes["owner"]) == ("no exceptions", "")


def test_the_procedure_names_the_limits_in_force() -> None:
    world = good()
    limits(key_max_age_days=45)(world)
    assert "More than 45 days" in perform_in(world, "KEY-1").procedure
    Q3(world)
    assert "2026-07-01 to 2026-09-30" in perform_in(world, "ROOT-4").procedure
