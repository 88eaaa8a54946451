"""Lists the demo account's Identity Center: people and groups from Okta, permission sets."""

from typing import Any

from evidence.demo_account.account import organization as org
from evidence.demo_account.account.policies import (
    ADMINISTRATOR,
    AWS,
    BILLING,
    READ_ONLY,
    SECURITY_AUDIT,
    VIEW_ONLY,
)
from evidence.demo_account.account.shapes import allow, deny, document
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT, digest

ISSUER = "https://www.okta.com/exk1fcia6d6EMsf331d8"
INSTANCE_AGE = 640

PEOPLE = (
    ("ingrid.solheim", "Ingrid", "Solheim"), ("tomas.lindqvist", "Tomas", "Lindqvist"),
    ("amara.okafor", "Amara", "Okafor"), ("lucia.fernandez", "Lucía", "Fernández"),
    ("marek.nowak", "Marek", "Nowak"), ("sofia.rossi", "Sofia", "Rossi"),
    ("henrik.larsen", "Henrik", "Larsen"), ("priya.raman", "Priya", "Raman"),
    ("daniel.osei", "Daniel", "Osei"), ("claire.dubois", "Claire", "Dubois"),
    ("jan.devries", "Jan", "de Vries"), ("elena.petrova", "Елена", "Петрова"),
    ("dmytro.kovalenko", "Дмитро", "Коваленко"), ("wei.zhang", "伟", "张"),
    ("yuki.tanaka", "由紀", "田中"), ("minjun.kim", "민준", "김"),
    ("layla.haddad", "ليلى", "حداد"), ("omar.farouk", "عمر", "فاروق"),
    ("noa.levi", "נועה", "לוי"), ("giorgos.papadakis", "Γιώργος", "Παπαδάκης"),
    ("sam.rocket", "Sam 🚀", "Rocket"), ("zoe.muller", "Zoë", "Müller"),
    ("paul.oneill", "Paul", "O'Neill"), ("script.test", "<script>alert(1)</script>", "Test & \"Co\""),
    ("liam.walsh", "Liam", "Walsh"), ("emma.schmidt", "Emma", "Schmidt"),
    ("oliver.brown", "Oliver", "Brown"), ("mia.johansson", "Mia", "Johansson"),
    ("lucas.martin", "Lucas", "Martin"), ("hannah.weber", "Hannah", "Weber"),
    ("arjun.mehta", "Arjun", "Mehta"), ("isabel.costa", "Isabel", "Costa"),
    ("kofi.mensah", "Kofi", "Mensah"), ("anya.sokolova", "Anya", "Sokolova"),
    ("viktor.horvath", "Viktor", "Horváth"), ("fatima.zahra", "Fatima", "Zahra"),
    ("ben.carter", "Ben", "Carter"), ("julia.hoffmann", "Julia", "Hoffmann"),
)  # fmt: skip
"""User name, given name, family name; provisioned by Okta over SCIM."""

DISABLED = ("lucas.martin", "anya.sokolova", "ben.carter")

LOCAL = (
    ("contractor.fx-audit", "External", "Contractor (FX audit)"),
    ("break.glass", "Break", "Glass"),
)
"""Planted: made by hand in Identity Center; they carry no ExternalIds."""

LEFT_BEHIND = "former.lead"
"""Deleted from the store; an assignment still names the id."""
GROUP_LEFT_BEHIND = "aws-interns-of-old"
"""As well, and so long ago that no event tells."""


def joined(name: str) -> float:
    """Return how many days before the last quarter a person was provisioned."""
    return 30 + digest("joined", name)[0] * 2


def member_since(group: str, name: str) -> float:  # noqa: ARG001  asked of every organization
    """Return how many days before the last quarter a person was put into a group."""
    return min(200, joined(name))


_ENGINEERS = tuple(name for name, _, _ in PEOPLE[2:30])
GROUPS = {
    "aws-platform-leads": ("Administer accounts", ("ingrid.solheim", "tomas.lindqvist")),
    "aws-engineering": ("All engineers", _ENGINEERS),
    "aws-ledger": ("Ledger team", _ENGINEERS[:8]),
    "aws-payments": ("Payments team", _ENGINEERS[8:14]),
    "aws-data": ("Data team", _ENGINEERS[14:20]),
    "aws-sre": ("On call", _ENGINEERS[20:25]),
    "aws-security": ("Security", ("ingrid.solheim", "arjun.mehta", "isabel.costa")),
    "aws-finance": ("Finance", ("kofi.mensah", "fatima.zahra")),
    "aws-support": ("Customer support", ("viktor.horvath", "julia.hoffmann", "anya.sokolova")),
    "aws-auditors": ("External auditors, read only", ("contractor.fx-audit",)),
    "aws-поддержка-日本": ("Display names are free text: <b>not HTML</b>", ("yuki.tanaka", "elena.petrova")),
}
"""Name to description and members."""

PERMISSION_SETS: dict[str, dict[str, Any]] = {
    "AdministratorAccess": {"managed": [ADMINISTRATOR], "session": "PT1H", "about": "Platform leads only"},
    "Billing": {"managed": [BILLING], "session": "PT4H", "about": "Finance"},
    "SecurityAudit": {"managed": [SECURITY_AUDIT], "session": "PT8H", "about": "Security and auditors"},
    "ViewOnly": {"managed": [VIEW_ONLY], "session": "PT8H", "about": "Everyone in engineering"},
    "SupportReadOnly": {"managed": [READ_ONLY], "session": "PT8H", "about": "Customer support"},
    "LedgerDeveloper": {
        "managed": [VIEW_ONLY],
        "session": "PT8H",
        "about": "Ledger team",
        "inline": document(allow(["lambda:UpdateFunctionCode"], "arn:aws:lambda:*:*:function:ledger-*")),
    },
    "PaymentsDeveloper": {
        "managed": [VIEW_ONLY],
        "session": "PT8H",
        "about": "Payments team",
        "customer": [("payments-queue", "/")],
    },
    "DataEngineer": {
        "managed": [VIEW_ONLY],
        "session": "PT8H",
        "about": "Data team",
        "customer": [("data-engineering", "/engineering/")],
        "boundary": {"CustomerManagedPolicyReference": {"Name": "engineering-boundary", "Path": "/"}},
    },
    "OnCall": {
        "managed": [f"{AWS}/CloudWatchReadOnlyAccess"],
        "session": "PT12H",  # planted: as long as a shift
        "about": "On call",
        "customer": [("sre-oncall", "/engineering/")],
        "inline": document(deny("kms:ScheduleKeyDeletion")),
    },
    "IncidentResponder": {"managed": [SECURITY_AUDIT], "session": "PT2H", "about": "During incidents"},
}

_ALL = tuple(account for account, _, _, state, _, _ in org.ACCOUNTS if state == "ACTIVE")
_WORK = (org.PRODUCTION_ACCOUNT, org.STAGING_ACCOUNT)

ASSIGNMENTS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("AdministratorAccess", "GROUP", "aws-platform-leads", _ALL),
    ("Billing", "GROUP", "aws-finance", (MANAGEMENT_ACCOUNT,)),
    ("SecurityAudit", "GROUP", "aws-security", _ALL),
    ("SecurityAudit", "GROUP", "aws-auditors", (MANAGEMENT_ACCOUNT, org.PRODUCTION_ACCOUNT)),
    ("ViewOnly", "GROUP", "aws-engineering", (MANAGEMENT_ACCOUNT, *_WORK, org.DATA_ACCOUNT)),
    ("SupportReadOnly", "GROUP", "aws-support", (MANAGEMENT_ACCOUNT, org.PRODUCTION_ACCOUNT)),
    ("LedgerDeveloper", "GROUP", "aws-ledger", _WORK),
    ("PaymentsDeveloper", "GROUP", "aws-payments", _WORK),
    ("DataEngineer", "GROUP", "aws-data", (org.DATA_ACCOUNT,)),
    ("OnCall", "GROUP", "aws-sre", _WORK),
    ("IncidentResponder", "GROUP", "aws-security", (org.PRODUCTION_ACCOUNT, org.LOG_ACCOUNT)),
    # Straight to a person, against the house rule.
    ("ViewOnly", "USER", "ben.carter", (org.STAGING_ACCOUNT,)),
    ("AdministratorAccess", "USER", "break.glass", (org.SECURITY_ACCOUNT,)),
    # Planted: the user and the group are deleted, the assignments were left behind.
    ("AdministratorAccess", "USER", LEFT_BEHIND, (org.DATA_ACCOUNT,)),
    ("ViewOnly", "GROUP", GROUP_LEFT_BEHIND, (org.STAGING_ACCOUNT,)),
)
"""Permission set, kind of principal, its name, accounts."""

APPLICATIONS = (
    ("Slack", "arn:aws:sso::aws:applicationProvider/custom-saml", "ENABLED"),
    ("Grafana Cloud", "arn:aws:sso::aws:applicationProvider/custom-saml", "ENABLED"),
    ("QuickSight", "arn:aws:sso::aws:applicationProvider/quicksight", "ENABLED"),
    ("Old ticket system", "arn:aws:sso::aws:applicationProvider/custom-saml", "DISABLED"),
)
TOKEN_ISSUERS = ("okta-trusted-identity-propagation",)
