"""Plants what is wrong with generated accounts on purpose: each plant says what it broke.

A plant strikes its rate of the accounts it fits, and one account of the organization whatever its rate, so
that each is somewhere in any organization.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from evidence.demo_account.account.policies import ADMINISTRATOR
from evidence.demo_account.account.shapes import (
    CustomerPolicy,
    Password,
    Role,
    User,
    UserAccessKey,
    allow,
    document,
    service_trust,
    trust,
)
from evidence.demo_account.ids import root_arn
from tests.aws_server.generated import organization as kinds
from tests.aws_server.generated.extent import HOME
from tests.aws_server.generated.organization import GeneratedOrganization
from tests.aws_server.generated.site import GeneratedAccount

_KEYS, _UNUSED = "ACCESS_KEYS_ROTATED", "IAM_USER_UNUSED_CREDENTIALS_CHECK"
_MFA, _ROOT_MFA, _ROOT_KEY = (
    "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS", "ROOT_ACCOUNT_MFA_ENABLED", "IAM_ROOT_ACCESS_KEY_CHECK",
)  # fmt: skip
_NOWHERE = "IAM_USER_MFA_ENABLED"
_MEMBERS = frozenset({*kinds.WORKLOADS, kinds.SECURITY, kinds.LOGS})
_ANY = _MEMBERS | {kinds.MANAGEMENT}


@dataclass(frozen=True, slots=True)
class Plant:
    """One kind of flaw."""

    name: str
    rate: float
    """Of the accounts it fits, from 0 to 1."""
    fits: Collection[str]
    """Kinds of account."""
    spoil: Callable[[GeneratedAccount], None]


_plants: list[Plant] = []


def _plant(
    rate: float, fits: Collection[str] = _ANY
) -> Callable[[Callable[[GeneratedAccount], None]], Callable[[GeneratedAccount], None]]:
    def declare(spoil: Callable[[GeneratedAccount], None]) -> Callable[[GeneratedAccount], None]:
        _plants.append(Plant(spoil.__name__.strip("_"), rate, fits, spoil))
        return spoil

    return declare


def spoil(site: GeneratedAccount, organization: GeneratedOrganization) -> None:
    """Apply the account's plants, in the order in which they stand here."""
    fitting = [plant for plant in _plants if site.kind in plant.fits]
    for plant in fitting:
        draw = organization.extent.draw("plant", plant.name, site.account)
        if draw.random() < plant.rate or _first(plant, organization) == site.account:
            plant.spoil(site)


def _first(plant: Plant, organization: GeneratedOrganization) -> str:
    """Return the account that has this plant in any case: another one for each, as far as there are."""
    number = _plants.index(plant)
    active = organization.active
    return next(
        account
        for step in range(len(active))
        for account in (active[(number + step) % len(active)],)
        if organization.KINDS[account] in plant.fits
    )


def _user(site: GeneratedAccount, name: str, age: float, *keys: UserAccessKey, **more: object) -> str:
    """Add a service account; return its ARN."""
    user = User(name, age, site.owner, "/service/", keys=keys, groups=["services"])
    site.users.append(replace(user, **more))  # type: ignore[arg-type]
    return site.arn("user", f"/service/{name}")


@_plant(1.0)
def _nobody_calls_support(site: GeneratedAccount) -> None:
    site.plant_exception("PRIV-9", root_arn(site.account), "No role for incidents was ever made")


@_plant(1.0)
def _rule_deployed_nowhere(site: GeneratedAccount) -> None:
    site.plant_exception("CFG-2", _NOWHERE, "Required, deployed nowhere in the organization")


@_plant(0.02)
def _rule_forgotten(site: GeneratedAccount) -> None:
    site.rules[HOME] = [rule for rule in site.rules[HOME] if rule["Source"]["SourceIdentifier"] != _ROOT_MFA]
    site.plant_exception("CFG-2", _ROOT_MFA, "The rule was never rolled out here")


@_plant(1.0, _MEMBERS)
def _root_of_members(site: GeneratedAccount) -> None:
    site.report_rule_broken(
        _ROOT_MFA, site.account, "Root has no MFA: mostly as it has no credentials at all"
    )


@_plant(0.03)
def _rule_stale(site: GeneratedAccount) -> None:
    site.stale[_KEYS] = 3.1
    site.plant_exception("CFG-3", _KEYS, "Last success 3 days ago, failing since")


@_plant(0.03)
def _recorder_stopped(site: GeneratedAccount) -> None:
    region = site.draw.choice(site.regions[1:])
    site.stopped.add(region)
    site.plant_exception("CFG-1", f"arn:aws:config:{region}:{site.account}:recorder", "Stopped 19 days ago")


@_plant(0.03)
def _analyzer_missing(site: GeneratedAccount) -> None:
    region = site.draw.choice(site.regions[1:])
    site.analyzers[region] = []
    site.findings.pop(site.analyzer_arn(region))
    site.plant_exception("AA-1", region, "No analyzer since the region was taken into use")


@_plant(0.06)
def _bucket_public(site: GeneratedAccount) -> None:
    finding = site.finding(HOME, "brand-assets", "ACTIVE", "*", 34)
    site.findings[site.analyzer_arn(HOME)].append(finding)
    site.plant_exception("AA-2", finding["id"], "A bucket that anybody can read")


@_plant(0.02)
def _password_policy_weak(site: GeneratedAccount) -> None:
    site.password_policy["PasswordReusePrevention"] = 12
    site.plant_exception("PWD-1", site.arn("account-password-policy", ""), "Remembers 12 passwords, not 24")


@_plant(0.05)
def _console_user(site: GeneratedAccount) -> None:
    site.users.append(User("legacy.console", 1200, site.owner, password=Password(40, 2), mfa=True,
                           groups=["console"]))  # fmt: skip
    site.plant_exception("USER-1", site.arn("user", "/legacy.console"), "Still signs in as an IAM user")


@_plant(0.03)
def _console_user_without_mfa(site: GeneratedAccount) -> None:
    site.users.append(User("legacy.nomfa", 900, site.owner, password=Password(40, 5), groups=["console"]))
    arn = site.arn("user", "/legacy.nomfa")
    site.plant_exception("USER-1", arn, "Still signs in as an IAM user")
    site.plant_exception("MFA-1", arn, "Password without MFA")
    site.report_rule_broken(_MFA, site.user_id("legacy.nomfa"), "As MFA-1")


@_plant(0.08)
def _key_old(site: GeneratedAccount) -> None:
    age = site.draw.randint(95, 900)
    site.plant_exception(
        "KEY-1",
        _user(site, "svc-legacy-ftp", 1000, UserAccessKey(age, 0.3)),
        f"Key of {age} days, in daily use",
    )
    site.report_rule_broken(_KEYS, site.user_id("svc-legacy-ftp"), "As KEY-1")


@_plant(0.04)
def _key_left_active(site: GeneratedAccount) -> None:
    arn = _user(site, "svc-mail-relay", 500, UserAccessKey(80, 30), UserAccessKey(20, 0.2))
    site.plant_exception("KEY-2", arn, "The old key was left active after rotation")


@_plant(0.05)
def _key_unused(site: GeneratedAccount) -> None:
    arn = _user(site, "svc-partner-poc", 400, UserAccessKey(240, 118))
    site.plant_exception("KEY-1", arn, "Key of 240 days")
    site.plant_exception("USER-3", arn, "Key last used 118 days ago")
    for rule in (_KEYS, _UNUSED):
        site.report_rule_broken(rule, site.user_id("svc-partner-poc"), "As KEY-1 and USER-3")


@_plant(0.05)
def _user_without_owner(site: GeneratedAccount) -> None:
    arn = _user(site, "svc-orphan", 300, UserAccessKey(30, 1), owner="")
    site.plant_exception("USER-2", arn, "Nobody answers for it")


@_plant(0.03)
def _user_administrator(site: GeneratedAccount) -> None:
    arn = _user(site, "svc-terraform", 300, UserAccessKey(30, 0.1), policies=[ADMINISTRATOR])
    site.plant_exception("PRIV-2", arn, "AdministratorAccess attached to a user")
    site.plant_exception("PRIV-8", arn, "The policy is attached to the user, not to a group")


@_plant(0.03)
def _policy_wide(site: GeneratedAccount) -> None:
    site.policies.append(CustomerPolicy("migration", 500, [document(allow(["*"], ["*"]))]))
    site.roles.append(Role("data-migration", service_trust("glue"), 480, 12, policies=["migration"]))
    site.plant_exception("PRIV-1", site.arn("policy", "/migration"), "Allows everything, made for one task")
    site.plant_exception("PRIV-2", site.arn("role", "/data-migration"), "Holds the policy of PRIV-1")


@_plant(0.06)
def _role_idle(site: GeneratedAccount) -> None:
    site.roles.append(Role("old-import", service_trust("lambda"), 700, 190))
    site.plant_exception("PRIV-6", site.arn("role", "/old-import"), "Last used 190 days ago")


@_plant(0.03)
def _outsider_trusted(site: GeneratedAccount) -> None:
    outsider = "arn:aws:iam::902371465120:root"
    site.roles.append(Role("vendor-import", trust({"AWS": outsider}), 330, 9))
    site.plant_exception(
        "TRUST-1", f"{site.arn('role', '/vendor-import')} {outsider}", "Without an external id"
    )


@_plant(0.01, _MEMBERS)
def _root_key(site: GeneratedAccount) -> None:
    site.root = replace(site.root, keys=[UserAccessKey(900, 400)])
    site.plant_exception(
        "ROOT-2", root_arn(site.account), "An access key from before root access was centralised"
    )
    _root_without_device(site)
    site.report_rule_broken(_ROOT_KEY, site.account, "As ROOT-2")


@_plant(0.02, _MEMBERS)
def _root_with_password(site: GeneratedAccount) -> None:
    site.root = replace(site.root, password=Password(changed=500, used=300))
    _root_without_device(site)


def _root_without_device(site: GeneratedAccount) -> None:
    if not any(plant.test == "ROOT-1" for plant in site.planted):
        site.plant_exception("ROOT-1", root_arn(site.account), "Credentials without MFA")


@_plant(0.0, {kinds.MANAGEMENT})
def _root_device_virtual(site: GeneratedAccount) -> None:
    site.virtual_root = True
    site.plant_exception("ROOT-3", root_arn(site.account), "A virtual device")


@_plant(0.0, {kinds.MANAGEMENT})
def _root_used(site: GeneratedAccount) -> None:
    site.root = replace(site.root, password=Password(changed=700, used=20))
    site.plant_exception("ROOT-4", root_arn(site.account), "Used 20 days ago")
