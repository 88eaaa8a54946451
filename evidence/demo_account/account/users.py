"""Lists the demo account's IAM users and groups, its password policy, and root."""

from evidence.demo_account.account.policies import (
    ADMINISTRATOR,
    CHANGE_PASSWORD,
    CLOUDWATCH_READ_ONLY,
    READ_ONLY,
    S3_READ_ONLY,
)
from evidence.demo_account.account.shapes import Group, Password, User, UserAccessKey, allow, document

GROUPS = (
    Group("console-users", 1500, [CHANGE_PASSWORD, "force-mfa"]),
    Group("read-only", 1500, [READ_ONLY]),
    Group("ledger-services", 900, ["ledger-postings-read", "kms-ledger-decrypt"]),
    Group("payments-services", 880, ["payments-queue"]),
    Group("statements-services", 860, ["statements-bucket-read"]),
    Group("monitoring", 800, [CLOUDWATCH_READ_ONLY, "metrics-push"]),
    Group("build", 800, ["artifact-publish"], {
        "pull-base-images": document(allow(["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], "*"))}),
    Group("backup", 650, ["backup-operator"]),
    Group("data-exports", 560, ["reporting-export"]),
    Group("suspended", 500, ["quarantine"]),
)  # fmt: skip

PASSWORD_POLICY = {
    "MinimumPasswordLength": 14,
    "RequireSymbols": True,
    "RequireNumbers": True,
    "RequireUppercaseCharacters": True,
    "RequireLowercaseCharacters": True,
    "AllowUsersToChangePassword": True,
    "ExpirePasswords": True,
    "MaxPasswordAge": 90,
    "PasswordReusePrevention": 12,
    "HardExpiry": False,
}

REPORT_AGE = 7 / 1440
"""Days since AWS made the credential report: seven minutes. Ages are judged as of then."""

ROOT = User("<root_account>", 2190, password=Password(changed=700, used=412), mfa=True)


def _service(  # noqa: PLR0917  a table row
    name: str, owner: str, age: float, used: float, group: str, service: str = "s3"
) -> User:
    """Return a key-only service account in good order."""
    return User(name, age + 400, owner, "/service/", keys=[UserAccessKey(age, used, service)], groups=[group])


LEGACY_CONSOLE = (
    User("anna.kowalska", 1480, "finance@northwind.example", password=Password(61, 1.4), mfa=True,
         groups=["console-users", "read-only"]),
    User("m.delgado", 1320, "operations@northwind.example", password=Password(33, 0.6), mfa=True,
         groups=["console-users", "read-only"]),
    # Planted: no MFA.
    User("k.brandt", 1150, "support@northwind.example", password=Password(48, 5.2),
         groups=["console-users", "read-only"]),
    # Planted: no MFA, and the password has not been used for long.
    User("auditor.2024", 640, "compliance@northwind.example", password=Password(310, 297),
         groups=["console-users", "read-only"]),
    # Planted: administrator by direct attachment, outside the group whose policy demands MFA.
    User("legacy-admin", 2100, "platform@northwind.example", password=Password(40, 21), mfa=True,
         policies=[ADMINISTRATOR]),
)  # fmt: skip

SERVICES = (
    _service("svc-ledger-posting", "ledger@northwind.example", 12, 0.1, "ledger-services", "dynamodb"),
    _service("svc-ledger-reconcile", "ledger@northwind.example", 35, 0.2, "ledger-services", "dynamodb"),
    _service("svc-ledger-archive", "ledger@northwind.example", 71, 0.9, "ledger-services"),
    _service("svc-payments-sepa", "payments@northwind.example", 28, 0.1, "payments-services", "sqs"),
    _service("svc-payments-swift", "payments@northwind.example", 28, 0.1, "payments-services", "sqs"),
    _service("svc-payments-cards", "payments@northwind.example", 55, 0.3, "payments-services", "sqs"),
    _service("svc-statements-render", "statements@northwind.example", 80, 0.5, "statements-services"),
    _service("svc-statements-mail", "statements@northwind.example", 15, 0.4, "statements-services", "ses"),
    _service("svc-grafana", "platform@northwind.example", 66, 0.1, "monitoring", "monitoring"),
    _service("svc-datadog", "platform@northwind.example", 9, 0.1, "monitoring", "monitoring"),
    _service("svc-pagerduty", "platform@northwind.example", 44, 3.0, "monitoring", "monitoring"),
    _service("svc-jenkins-build", "delivery@northwind.example", 21, 0.2, "build", "ecr"),
    _service("svc-mobile-build", "delivery@northwind.example", 62, 0.6, "build", "ecr"),
    _service("svc-backup-nas", "it@northwind.example", 77, 0.8, "backup", "backup"),
    _service("svc-tableau", "analytics@northwind.example", 50, 1.1, "data-exports", "athena"),
    _service("svc-looker", "analytics@northwind.example", 38, 0.7, "data-exports", "athena"),
    _service("svc-erp-sync", "finance@northwind.example", 19, 0.3, "data-exports"),
    _service("svc-kyc-upload", "risk@northwind.example", 24, 0.5, "statements-services"),
    _service("svc-fraud-scoring", "risk@northwind.example", 58, 0.2, "ledger-services", "dynamodb"),
    _service("svc-bank-feed-uk", "payments@northwind.example", 41, 0.1, "payments-services", "sqs"),
    _service("svc-bank-feed-de", "payments@northwind.example", 41, 0.1, "payments-services", "sqs"),
    _service("svc-bank-feed-sg", "payments@northwind.example", 41, 0.1, "payments-services", "sqs"),
    _service("svc-sftp-gateway", "it@northwind.example", 30, 1.0, "statements-services"),
    _service("svc-dr-replication", "platform@northwind.example", 68, 2.0, "backup", "backup"),
)  # fmt: skip

UNUSUAL = (
    # Near miss: exactly 90 days old when the credential report was made, and last used 89 days ago.
    User(
        "svc-tax-filing",
        520,
        "finance@northwind.example",
        "/service/",
        keys=[UserAccessKey(90 + REPORT_AGE, 89)],
        groups=["data-exports"],
    ),
    # Near miss: dormant. Its only key is inactive, so that nothing can be used; the user remains.
    User(
        "svc-retired-meter",
        900,
        "it@northwind.example",
        "/service/",
        keys=[UserAccessKey(500, 380, active=False)],
        groups=["monitoring"],
    ),
    # Planted: keys past the limit; in use.
    User(
        "svc-legacy-ftp",
        1700,
        "",
        "/service/",
        keys=[UserAccessKey(412, 0.2, "s3", "eu-west-1")],
        tags={"Owner": "it@northwind.example"},  # near miss: case does not matter in IAM
        inline={"ftp-drop": document(allow("s3:PutObject", "arn:aws:s3:::northwind-ftp-drop/*"))},
    ),
    User(
        "svc-crm-export",
        980,
        "sales@northwind.example",
        "/service/",
        keys=[UserAccessKey(203, 1.5)],
        groups=["data-exports"],
    ),
    # Planted: 97 days. Config's rule allows 120, so the two verdicts differ.
    User(
        "svc-card-tokens",
        700,
        "payments@northwind.example",
        "/service/",
        keys=[UserAccessKey(97, 0.1, "kms")],
        groups=["payments-services"],
    ),
    # Planted: two active keys, the old one never taken away after rotation.
    User(
        "svc-mail-relay",
        860,
        "it@northwind.example",
        "/service/",
        keys=[UserAccessKey(8, 0.3, "ses"), UserAccessKey(74, 7.5, "ses")],
        policies=["mail-sending"],
    ),
    # Near miss: rotation done right, the old key is inactive (and old).
    User(
        "svc-terraform",
        590,
        "platform@northwind.example",
        "/service/",
        keys=[UserAccessKey(14, 0.2), UserAccessKey(160, 15, active=False)],
        policies=["terraform-state"],
        boundary="engineering-boundary",
    ),
    # Planted: a young enough key nobody has used for long... it is both old and unused.
    User(
        "svc-partner-sandbox",
        410,
        "partners@northwind.example",
        "/service/",
        keys=[UserAccessKey(131, 118)],
        policies=[S3_READ_ONLY],
    ),
    # Planted: never used, and older than the limit.
    User(
        "svc-poc-textract",
        240,
        "",  # planted: nobody answers for it
        "/service/",
        keys=[UserAccessKey(240, None)],
        groups=["data-exports"],
    ),
    # Near miss: never used, but new.
    User(
        "svc-new-warehouse",
        20,
        "analytics@northwind.example",
        "/service/",
        keys=[UserAccessKey(20, None)],
        groups=["data-exports"],
    ),
    # Hostile but legal: a spreadsheet must not take this name for a formula.
    User(
        "=cmd+calc@x,-_.",
        300,
        "security@northwind.example",
        "/service/",
        keys=[UserAccessKey(26, 4.0)],
        groups=["suspended"],
        tags={"purpose": "Proves that exports do not run formulas"},
    ),
)

USERS = (*LEGACY_CONSOLE, *SERVICES, *UNUSUAL)
