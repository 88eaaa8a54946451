"""Lists what is wrong with the demo account on purpose: a run with default settings finds exactly these.

Subjects are written as the tests of controls write them:

ROOT, USER, MFA, KEY   ARN of the root user or IAM user
KEY-3                  `<user's ARN> <kind> <id>`; ARN of the server certificate
PWD-1                  arn:aws:iam::<account>:account-password-policy
PRIV-1                 ARN of the customer-managed policy; for an inline policy `<owner's ARN> inline:<name>`
PRIV-2                 ARN of the user or role that holds administrator power, by AWS's or by an own policy
CFG-1                  arn:aws:config:<region>:<account>:recorder (the region's recorder, present or not)
CFG-2, CFG-3           the rule's identifier
CFG-4                  `<rule identifier> <resource id>`; users by AIDA id. Ranges over the required rules
                       and those reported where present, in every region
AA-1                   the region
AA-2, AA-3, AA-5       the finding's id
IDC-2, IDC-6           the user's id in the identity store
JML-1 to JML-4         the same, or the IAM user's ARN
PRIV-4                 `<role's ARN> <document>`; over the roles that the settings' seed draws
ROOT-6, ORG-1          the account's ARN in the organization
TRUST-1                `<role's ARN> <principal>`
PRIV-3                 ARN of the policy; over the roles that the settings' seed draws
PRIV-8                 ARN of the user
PRIV-9                 ARN of the account's root user
PRIV-5, PRIV-6         ARN of the role
CFG-5                  as CFG-4
IDC-3                  `<permission set's ARN> <account> <kind>:<principal's id>`
IDC-4                  `<permission set's ARN> <kind>:<principal's id>`
IDC-5                  ARN of the permission set

Tests that are absent here must conclude without exceptions: ROOT-1, 2, 4, ORG-1, IDC-1, IPE-1, 4, 5, 6.
An `administrator` entry for `BreakGlassAdministrator` takes that PRIV-2 exception away; the
demo account's exceptions.toml (ACCEPTED) takes nothing away, as accepted exceptions are still shown.
"""

from dataclasses import dataclass

from evidence.demo_account.account.analyzers import finding_id
from evidence.demo_account.account.credentials import BEDROCK, certificate_arn, credential_id, ssh_key_id
from evidence.demo_account.account.organization import (
    DATA_ACCOUNT,
    LOG_ACCOUNT,
    PRODUCTION_ACCOUNT,
    SANDBOX_ACCOUNT,
    SECURITY_ACCOUNT,
    STAGING_ACCOUNT,
)
from evidence.demo_account.account.roles import GITHUB, LEFT_BEHIND
from evidence.demo_account.account.users import USERS
from evidence.demo_account.ids import (
    INSTANCE_ARN,
    MANAGEMENT_ACCOUNT,
    ORGANIZATION_ID,
    ROOT_ARN,
    hex_of,
    unique_id,
    uuid_of,
)
from evidence.demo_account.people_list import WITHOUT_END
from evidence.demo_account.script import FORMER_AUDITOR

_IAM = f"arn:aws:iam::{MANAGEMENT_ACCOUNT}"


@dataclass(frozen=True, slots=True)
class PlantedException:
    """One deliberate exception, or with NEAR_MISSES a deliberate non-exception."""

    test: str
    subject: str
    why: str


def _member(account: str) -> str:
    return f"arn:aws:organizations::{MANAGEMENT_ACCOUNT}:account/{ORGANIZATION_ID}/{account}"


def user(name: str, path: str = "/service/") -> str:
    """Return an IAM user's ARN."""
    return f"{_IAM}:user{path}{name}"


def policy(name: str) -> str:
    """Return the ARN of one of the account's own policies."""
    return f"{_IAM}:policy/{name}"


def role(path_and_name: str) -> str:
    """Return a role's ARN."""
    return f"{_IAM}:role/{path_and_name}"


def recorder(region: str) -> str:
    """Return CFG-1's subject for a region."""
    return f"arn:aws:config:{region}:{MANAGEMENT_ACCOUNT}:recorder"


def verdict(rule: str, name: str) -> str:
    """Return CFG-4's subject for a user."""
    return f"{rule} {unique_id('AIDA', name)}"


def permission_set(name: str) -> str:
    """Return a permission set's ARN."""
    return f"{INSTANCE_ARN.replace('instance', 'permissionSet', 1)}/ps-{hex_of(16, 'permission-set', name)}"


def person(name: str) -> str:
    """Return a user's id in the identity store, also of one that is deleted."""
    return uuid_of("identity-user", name)


_SSO_ADMINISTRATOR = f"AWSReservedSSO_AdministratorAccess_{hex_of(16, 'AdministratorAccess')}"
_RESERVED = f"aws-reserved/sso.amazonaws.com/eu-west-1/{_SSO_ADMINISTRATOR}"
_WIDE = "attached:arn:aws:iam::aws:policy/AdministratorAccess"
_ADMINISTRATORS = permission_set("AdministratorAccess")
_KEYS, _MFA = "ACCESS_KEYS_ROTATED", "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS"
_UNUSED, _HARDWARE = "IAM_USER_UNUSED_CREDENTIALS_CHECK", "ROOT_ACCOUNT_HARDWARE_MFA_ENABLED"


def member(account: str) -> str:
    """Return the ARN of an account of the organization."""
    return f"arn:aws:organizations::{MANAGEMENT_ACCOUNT}:account/{ORGANIZATION_ID}/{account}"


_AWS_POLICY = "arn:aws:iam::aws:policy"

# PRIV-3: policies of drawn roles. All are drawn with the seed of evidence.toml here.
_WIDE_POLICIES = (
    policy("engineering/data-engineering"),
    policy("engineering/platform-engineering"),
    policy("engineering/sre-oncall"),
    policy("deploy-services"),
    policy("vendor-onboarding"),
    policy("backup-operator"),
    f"{_AWS_POLICY}/AdministratorAccess",
    f"{_AWS_POLICY}/service-role/AWSLambdaBasicExecutionRole",
    f"{_AWS_POLICY}/AmazonSSMManagedInstanceCore",
)
_OWN_POLICIES = (
    user("legacy-admin", "/"),
    user("svc-legacy-ftp"),
    user("svc-mail-relay"),
    user("svc-partner-sandbox"),
    user("svc-terraform"),
)

PROGRAMS = tuple(
    PlantedException("JML-1", user(one.name), "A program's, and its tag names a team")
    for one in USERS
    if one.path == "/service/" and any(key.active for key in one.keys)
)
"""Service accounts in use: nobody of the company's list is tagged as who answers."""

PLANTED = (
    *PROGRAMS,
    PlantedException("JML-1", person("break.glass"), "Nobody's own: made by hand, for emergencies"),
    PlantedException("JML-1", person("contractor.fx-audit"), "Made by hand, and missing from the list"),
    PlantedException("JML-1", user("legacy-admin", "/"), "The first administrator is nobody on the list"),
    PlantedException("JML-2", user(FORMER_AUDITOR, "/"), "Left 290 days ago, and still signs in"),
    PlantedException("JML-4", user(FORMER_AUDITOR, "/"), "The contract ended 290 days ago"),
    PlantedException("JML-4", person(WITHOUT_END), "A contractor, and the contract has no end"),
    PlantedException("ROOT-3", ROOT_ARN, "Root's MFA device is a virtual one, enrolled 700 days ago"),
    PlantedException("USER-1", user("anna.kowalska", "/"), "Finance still signs in as an IAM user"),
    PlantedException("USER-1", user("m.delgado", "/"), "Operations still signs in as an IAM user"),
    PlantedException("USER-1", user("k.brandt", "/"), "Support still signs in as an IAM user"),
    PlantedException("USER-1", user("auditor.2024", "/"), "An auditor's user outlived the audit"),
    PlantedException(
        "USER-1", user("legacy-admin", "/"), "The first administrator, from before Identity Center"
    ),
    PlantedException("USER-3", user("auditor.2024", "/"), "Password last used 297 days ago"),
    PlantedException("USER-3", user("svc-partner-sandbox"), "Key last used 118 days ago"),
    PlantedException("USER-3", user("svc-poc-textract"), "Key made 240 days ago and never used"),
    PlantedException("MFA-1", user("k.brandt", "/"), "Password without MFA"),
    PlantedException("MFA-1", user("auditor.2024", "/"), "Password without MFA"),
    PlantedException("KEY-1", user("svc-legacy-ftp"), "Key of 412 days, in daily use"),
    PlantedException("KEY-1", user("svc-crm-export"), "Key of 203 days"),
    PlantedException("KEY-1", user("svc-partner-sandbox"), "Key of 131 days"),
    PlantedException("KEY-1", user("svc-poc-textract"), "Key of 240 days"),
    PlantedException("KEY-1", user("svc-card-tokens"), "Key of 97 days, which Config's laxer rule lets pass"),
    PlantedException("KEY-2", user("svc-mail-relay"), "The old key was left active after rotation"),
    PlantedException(
        "KEY-3",
        f"{user('svc-poc-textract')} credential for {BEDROCK} {credential_id('svc-poc-textract', BEDROCK)}",
        "An API key of 236 days, for a proof of concept",
    ),
    PlantedException(
        "KEY-3",
        f"{user('svc-partner-sandbox')} credential for {BEDROCK} "
        f"{credential_id('svc-partner-sandbox', BEDROCK)}",
        "Expired 12 days ago, and left",
    ),
    PlantedException(
        "KEY-3",
        f"{user('svc-mobile-build')} SSH public key {ssh_key_id('svc-mobile-build')}",
        "An SSH key of 403 days",
    ),
    PlantedException("KEY-3", certificate_arn("northwind-legacy-gateway"), "Expired 41 days ago, and left"),
    PlantedException("PWD-1", f"{_IAM}:account-password-policy", "Remembers 12 passwords, not 24"),
    PlantedException("PRIV-1", policy("data-platform-migration"), "Allows *:* on *, spelled as lists"),
    PlantedException("PRIV-1", policy("vendor-onboarding"), "Allow with NotAction: all but billing"),
    PlantedException("PRIV-2", user("legacy-admin", "/"), "AdministratorAccess attached to a user"),
    PlantedException("PRIV-2", role("DataPlatformMigration"), "Holds data-platform-migration after the move"),
    PlantedException("PRIV-2", role("vendor-ledger-import"), "A vendor's role that holds vendor-onboarding"),
    PlantedException(
        "PRIV-2", role("break-glass/BreakGlassAdministrator"), "Meant for emergencies; not accepted yet"
    ),
    PlantedException("CFG-1", recorder("eu-central-1"), "The recorder was stopped 19 days ago"),
    PlantedException("CFG-2", "IAM_USER_MFA_ENABLED", "Required, deployed nowhere"),
    PlantedException("CFG-2", _KEYS, "Allows keys of 120 days where 90 are required"),
    PlantedException("CFG-3", "IAM_ROOT_ACCESS_KEY_CHECK", "Last success 3 days ago, failing since"),
    PlantedException("CFG-4", verdict(_MFA, "k.brandt"), "As MFA-1"),
    PlantedException("CFG-4", verdict(_MFA, "auditor.2024"), "As MFA-1"),
    PlantedException("CFG-4", verdict(_KEYS, "svc-legacy-ftp"), "As KEY-1"),
    PlantedException("CFG-4", verdict(_KEYS, "svc-crm-export"), "As KEY-1"),
    PlantedException("CFG-4", verdict(_KEYS, "svc-partner-sandbox"), "As KEY-1"),
    PlantedException("CFG-4", verdict(_KEYS, "svc-poc-textract"), "As KEY-1"),
    PlantedException("CFG-4", verdict(_UNUSED, "auditor.2024"), "As USER-3 (rule reported where present)"),
    PlantedException(
        "CFG-4", verdict(_UNUSED, "svc-partner-sandbox"), "As USER-3 (rule reported where present)"
    ),
    PlantedException(
        "CFG-4", verdict(_UNUSED, "svc-poc-textract"), "As USER-3 (rule reported where present)"
    ),
    PlantedException("CFG-4", f"{_HARDWARE} {MANAGEMENT_ACCOUNT}", "As ROOT-3 (rule reported where present)"),
    PlantedException("AA-2", finding_id("brand-assets"), "A bucket anybody can read"),
    PlantedException("AA-2", finding_id("vendor-role"), "A vendor's role, with an external id"),
    PlantedException("AA-2", finding_id("ledger-key"), "A key a vendor may decrypt with"),
    PlantedException(
        "AA-2", finding_id("webhooks"), "A public function in ledger-production, seen for the organization"
    ),
    *(
        PlantedException(
            "IPE-10",
            _member(account),
            "The demo run covers the caller's account alone, of six that are active",
        )
        for account in (SECURITY_ACCOUNT, LOG_ACCOUNT, PRODUCTION_ACCOUNT, STAGING_ACCOUNT, DATA_ACCOUNT)
    ),
    PlantedException("AA-5", finding_id("unused-auditor"), "A password found unused 207 days ago"),
    PlantedException("AA-3", finding_id("datadog"), "Archived by a rule; nobody accepted it in writing"),
    PlantedException("AA-3", finding_id("wiz"), "Archived by a rule; nobody accepted it in writing"),
    PlantedException(
        "IDC-2", uuid_of("identity-user", "contractor.fx-audit"), "Made by hand, unknown to Okta"
    ),
    PlantedException("IDC-2", uuid_of("identity-user", "break.glass"), "Made by hand, unknown to Okta"),
    PlantedException("USER-2", user("svc-poc-textract"), "A proof of concept that nobody answers for"),
    PlantedException("PRIV-4", f"{role(_RESERVED)} {_WIDE}", "May pass any role"),
    PlantedException("PRIV-4", f"{role('break-glass/BreakGlassAdministrator')} {_WIDE}", "May pass any role"),
    PlantedException(
        "PRIV-5", role("break-glass/BreakGlassAdministrator"), "Made for emergencies, of which few came"
    ),
    PlantedException("PRIV-5", role("engineering/data-scientist"), "May use Glue and never did"),
    PlantedException("PRIV-5", role("engineering/mobile-engineer"), "May use X-Ray and never did"),
    PlantedException("PRIV-6", role("DataPlatformMigration"), "Last used 160 days ago"),
    PlantedException("PRIV-6", role("break-glass/BreakGlassAdministrator"), "Last used 196 days ago"),
    PlantedException("PRIV-6", role("security-break-glass-read"), "Made 700 days ago and never used"),
    PlantedException("CFG-5", verdict(_KEYS, "svc-card-tokens"), "97 days: Config's laxer rule lets it pass"),
    PlantedException(
        "IDC-3", f"{permission_set('ViewOnly')} {STAGING_ACCOUNT} USER:{person('ben.carter')}", "Direct"
    ),
    PlantedException("IDC-3", f"{_ADMINISTRATORS} {SECURITY_ACCOUNT} USER:{person('break.glass')}", "Direct"),
    PlantedException(
        "IDC-3", f"{_ADMINISTRATORS} {DATA_ACCOUNT} USER:{person('former.lead')}", "Direct, left behind"
    ),
    PlantedException("IDC-4", f"{_ADMINISTRATORS} USER:{person('former.lead')}", "The user is deleted"),
    PlantedException("IDC-5", permission_set("OnCall"), "Sessions of 12 hours, as long as a shift"),
    PlantedException("IDC-6", person("lucas.martin"), "Disabled, still in aws-engineering"),
    PlantedException("IDC-6", person("anya.sokolova"), "Disabled, still in aws-support"),
    PlantedException("IDC-6", person("ben.carter"), "Disabled, still assigned"),
    *(PlantedException("PRIV-3", arn, "Changes every resource of a type") for arn in _WIDE_POLICIES),
    *(PlantedException("PRIV-8", arn, "Holds a policy directly") for arn in _OWN_POLICIES),
    PlantedException("PRIV-9", ROOT_ARN, "Nobody holds AWSSupportAccess"),
    PlantedException("ROOT-6", member(SECURITY_ACCOUNT), "Its OU is not under the policy that denies root"),
    PlantedException("ROOT-6", member(LOG_ACCOUNT), "Its OU is not under the policy that denies root"),
    PlantedException("MFA-2", user("legacy-admin", "/"), "Outside the group whose policy demands MFA"),
    PlantedException("TRUST-1", f"{role('ci/ci-mobile')} {GITHUB}", "Any repository on GitHub may become it"),
    PlantedException("TRUST-1", f"{role('staging-promoter')} {LEFT_BEHIND}", "Trusts a role that is deleted"),
)
"""Every exception of the account, once."""

JOINED = (
    PlantedException(
        "outsider-administrator",
        role("vendor-ledger-import"),
        "Another company may take the role (AA-2), which is administrator (PRIV-2)",
    ),
    PlantedException(
        "public-resource",
        f"arn:aws:lambda:eu-west-1:{PRODUCTION_ACCOUNT}:function:webhook-dispatch",
        "A public function in an account of /Workloads/Production (AA-2)",
    ),
    PlantedException("disabled-with-access", person("lucas.martin"), "IDC-6, and Okta made the person"),
    PlantedException("disabled-with-access", person("anya.sokolova"), "IDC-6, and Okta made the person"),
    PlantedException("disabled-with-access", person("ben.carter"), "IDC-6, and Okta made the person"),
)
"""What rows of several tests make together: kinds of joined facts in the place of tests."""

NEAR_MISSES = (
    PlantedException("ROOT-4", ROOT_ARN, "Last used 412 days ago"),
    PlantedException("USER-3", user("svc-tax-filing"), "Key last used 89 days ago"),
    PlantedException("USER-3", user("svc-new-warehouse"), "Key never used, but made 20 days ago"),
    PlantedException("USER-3", user("svc-retired-meter"), "Dormant: its only key is inactive"),
    PlantedException(
        "KEY-1", user("svc-tax-filing"), "Exactly 90 days old when the credential report was made"
    ),
    PlantedException("KEY-1", user("svc-terraform"), "The key of 160 days is inactive"),
    PlantedException("KEY-2", user("svc-terraform"), "Two keys, one of them inactive"),
    PlantedException("KEY-3", certificate_arn("northwind-sftp-gateway"), "Expires in 20 days"),
    PlantedException(
        "KEY-3",
        f"{user('svc-terraform')} SSH public key {ssh_key_id('svc-terraform')}",
        "520 days old, and inactive",
    ),
    PlantedException("PWD-1", f"{_IAM}:account-password-policy", "Length is exactly 14"),
    PlantedException("PRIV-1", policy("reporting-export"), "Full power in v1; the default is v2"),
    PlantedException("PRIV-1", policy("migration-2023-leftover"), "Full power, attached to nothing"),
    PlantedException("PRIV-1", policy("quarantine"), "* on *, but denied"),
    PlantedException("PRIV-1", policy("engineering-boundary"), "Allows everything, but only as a boundary"),
    PlantedException("PRIV-2", role("service-role/lambda-ledger-post"), "Own inline policy, one table"),
    PlantedException("CFG-4", verdict(_KEYS, "svc-card-tokens"), "97 days: COMPLIANT under the laxer limit"),
    PlantedException("AA-2", finding_id("unused-migration"), "ACTIVE, but unused access, not external"),
    PlantedException("AA-5", finding_id("unused-migration"), "Found unused 70 days ago"),
    PlantedException("AA-2", finding_id("old-queue"), "External, but RESOLVED"),
    PlantedException("USER-2", user("svc-legacy-ftp"), "Its tag is spelled Owner"),
    PlantedException("PRIV-6", role("vendor-ledger-import"), "Last used 44 days ago"),
    PlantedException("CFG-5", verdict(_KEYS, "svc-legacy-ftp"), "412 days: both say so"),
    PlantedException("IDC-5", permission_set("ViewOnly"), "Sessions of exactly 8 hours"),
    PlantedException("IDC-5", permission_set("AdministratorAccess"), "Administrators, but for one hour"),
    PlantedException("ROOT-6", member(SANDBOX_ACCOUNT), "SUSPENDED, and denied everything"),
    PlantedException("MFA-2", user("k.brandt", "/"), "No device, yet under a Deny of all but enrolment"),
    PlantedException(
        "TRUST-1", f"{role('datadog-integration')} arn:aws:iam::464622532012:root", "Has an external id"
    ),
    PlantedException(
        "PRIV-3", policy("engineering/backend-engineering"), "Changes its own functions; elsewhere it reads"
    ),
)
"""Deliberately just inside a rule: these subjects must not be exceptions of that test."""

ACCEPTED = (
    PlantedException("PRIV-2", role("break-glass/BreakGlassAdministrator"), "Named exactly"),
    PlantedException("AA-3", finding_id("datadog"), "By the archive rule that selects it"),
    PlantedException("AA-3", finding_id("wiz"), "By the archive rule that selects it"),
    PlantedException("KEY-1", user("svc-legacy-ftp"), "By a shell pattern"),
    PlantedException("JML-1", person("break.glass"), "For emergencies"),
    *PROGRAMS,
)
"""Which of PLANTED the demo account's exceptions.toml accepts; all of AA-3, so that it has no exceptions."""

REFUSED = (PlantedException("KEY-1", user("svc-crm-export"), "expired"),)
"""Subjects of entries in exceptions.toml that accept nothing, with the problem reported."""

ATTESTED = ("ATT-1", "ATT-2", "ATT-4", "ATT-5", "ATT-X-LEAVERS")
"""What the demo account's attestations.toml attests; ATT-3 and ATT-6 are not attested on purpose."""

CONTRADICTED = {"ATT-1": ("ROOT-3",), "ATT-2": ("IDC-2", "MFA-1"), "ATT-5": ("AA-2",)}
"""Which of these statements tests deny: a virtual device is no hardware key."""

NOT_ATTESTED = ("ATT-3", "ATT-6")

UNSETTLED: tuple[PlantedException, ...] = (
    PlantedException(
        "AA-1",
        "ap-southeast-2",
        "No analyzer since the region was taken into use; the delegated administrator, who may have one for "
        "the organization, is outside the run",
    ),
)
"""What the evidence of one account does not settle."""
