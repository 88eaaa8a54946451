"""Lists the demo account's IAM roles: of services, Identity Center, engineers, partners and CI."""

from evidence.demo_account.account import organization as org
from evidence.demo_account.account.policies import (
    ADMINISTRATOR,
    BILLING,
    CONFIG_ROLE,
    ECS_EXECUTION,
    LAMBDA_BASIC,
    LAMBDA_VPC,
    READ_ONLY,
    SECURITY_AUDIT,
    SSM_CORE,
    VIEW_ONLY,
)
from evidence.demo_account.account.shapes import Role, allow, document, service_trust, trust
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT, hex_of, unique_id

SSO_PROVIDER = f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:saml-provider/AWSSSO_{hex_of(16, 'sso')}_DO_NOT_DELETE"
GITHUB = f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"

_LAMBDAS = (
    "ledger-post", "ledger-close", "ledger-balance", "payments-route", "payments-settle", "payments-refund",
    "statements-render", "statements-send", "kyc-screen", "fraud-score", "webhook-dispatch", "fx-rates",
    "tax-report", "audit-stream", "notify-push", "invoice-parse",
)  # fmt: skip
_TASKS = ("ledger-api", "ledger-worker", "payments-api", "portal-web", "admin-web", "search-indexer")
_LINKED = {
    "access-analyzer.amazonaws.com": "AWSServiceRoleForAccessAnalyzer",
    "config.amazonaws.com": "AWSServiceRoleForConfig",
    "ecs.amazonaws.com": "AWSServiceRoleForECS",
    "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
    "guardduty.amazonaws.com": "AWSServiceRoleForAmazonGuardDuty",
    "organizations.amazonaws.com": "AWSServiceRoleForOrganizations",
    "rds.amazonaws.com": "AWSServiceRoleForRDS",
    "sso.amazonaws.com": "AWSServiceRoleForSSO",
    "support.amazonaws.com": "AWSServiceRoleForSupport",
    "trustedadvisor.amazonaws.com": "AWSServiceRoleForTrustedAdvisor",
    "cloudtrail.amazonaws.com": "AWSServiceRoleForCloudTrail",
    "autoscaling.amazonaws.com": "AWSServiceRoleForAutoScaling",
}

LEFT_BEHIND = unique_id("AROA", "release-bot of old")
_PEOPLE = trust({"AWS": f"arn:aws:iam::{org.SECURITY_ACCOUNT}:role/federation-broker"},
                Bool={"aws:MultiFactorAuthPresent": "true"})  # fmt: skip
_SSO = trust({"Federated": SSO_PROVIDER}, ["sts:AssumeRoleWithSAML", "sts:TagSession"],
             StringEquals={"SAML:aud": "https://signin.aws.amazon.com/saml"})  # fmt: skip


def _ours(account: str, role: str) -> dict[str, object]:
    return trust({"AWS": f"arn:aws:iam::{account}:role/{role}"})


def _vendor(account: str, external_id: str) -> dict[str, object]:
    return trust({"AWS": f"arn:aws:iam::{account}:root"}, StringEquals={"sts:ExternalId": external_id})


def _ci(repository: str, ref: str = "ref:refs/heads/main") -> dict[str, object]:
    return trust({"Federated": GITHUB}, "sts:AssumeRoleWithWebIdentity", StringEquals={
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": f"repo:northwind-ledger/{repository}:{ref}"})  # fmt: skip


# Planted: any repository on GitHub may become this role.
_ANY_REPOSITORY = trust(
    {"Federated": GITHUB},
    "sts:AssumeRoleWithWebIdentity",
    StringEquals={"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
)


def _engineering(name: str, policy: str, team: str, used: float) -> Role:
    return Role(
        name,
        _PEOPLE,
        690,
        used,
        "/engineering/",
        f"Assumed by the <b>{team}</b> team",  # hostile but legal: text, never HTML
        [policy],
        boundary="engineering-boundary",
        tags={"team": team, "access": "engineering"},
        hours=4,
    )


FUNCTIONS = tuple(
    Role(f"lambda-{name}", service_trust("lambda"), 700 - 9 * number, 0.1 * (number + 1), "/service-role/",
         f"Execution role of {name}", [LAMBDA_BASIC], {"own-table": document(allow(
             ["dynamodb:GetItem", "dynamodb:PutItem"],
             f"arn:aws:dynamodb:*:{MANAGEMENT_ACCOUNT}:table/{name}"))})
    for number, name in enumerate(_LAMBDAS)
)  # fmt: skip
TASKS = tuple(
    Role(f"{name}-task", service_trust("ecs-tasks"), 560 - 7 * number, 0.05 * (number + 1),
         description=f"Task role of {name}", policies=["ledger-postings-read", "kms-ledger-decrypt"])
    for number, name in enumerate(_TASKS)
)  # fmt: skip
PLATFORM = (
    Role("ecs-task-execution", service_trust("ecs-tasks"), 800, 0.01, policies=[ECS_EXECUTION]),
    Role("ec2-bastion", service_trust("ec2"), 900, 0.3, policies=[SSM_CORE]),
    Role("ec2-sftp-gateway", service_trust("ec2"), 880, 0.1, policies=[SSM_CORE, "statements-bucket-write"]),
    Role("ec2-build-runner", service_trust("ec2"), 820, 0.2, policies=[SSM_CORE, "artifact-publish"]),
    Role("eks-cluster", service_trust("eks"), 500, 0.1),
    Role("eks-node", service_trust("ec2"), 500, 0.1, policies=[SSM_CORE]),
    Role("config-recorder", service_trust("config"), 1100, 0.02, "/service-role/", policies=[CONFIG_ROLE]),
    Role("backup-service", service_trust("backup"), 650, 0.5, policies=["backup-operator"]),
    Role(
        "rds-monitoring",
        service_trust("monitoring.rds"),
        700,
        0.01,
        inline={
            "os-metrics": document(
                allow("logs:PutLogEvents", f"arn:aws:logs:*:{MANAGEMENT_ACCOUNT}:log-group:RDSOSMetrics:*")
            )
        },
    ),
    Role(
        "vpc-flow-logs",
        service_trust("vpc-flow-logs"),
        760,
        0.02,
        inline={
            "write-logs": document(
                allow(
                    ["logs:CreateLogStream", "logs:PutLogEvents"],
                    f"arn:aws:logs:*:{MANAGEMENT_ACCOUNT}:log-group:vpc-*",
                )
            )
        },
    ),
    Role(
        "step-functions-month-end",
        service_trust("states"),
        540,
        12.0,
        inline={
            "invoke": document(
                allow("lambda:InvokeFunction", f"arn:aws:lambda:*:{MANAGEMENT_ACCOUNT}:function:ledger-*")
            )
        },
    ),
    Role("glue-crawler", service_trust("glue"), 480, 1.0, policies=["data-engineering"]),
    Role("lambda-vpc-proxy", service_trust("lambda"), 410, 0.4, policies=[LAMBDA_VPC]),
    # Planted: a migration role that kept its power, and its policy.
    Role(
        "DataPlatformMigration",
        _ours(org.DATA_ACCOUNT, "migration-runner"),
        210,
        160,
        description="Data platform move, spring 2026",
        policies=["data-platform-migration"],
        tags={"owner": "data@northwind.example"},
    ),
)
LINKED = tuple(
    Role(name, trust({"Service": service}), 1400, 0.2, f"/aws-service-role/{service}/",
         inline={}, description="Service-linked role")
    for service, name in _LINKED.items()
)  # fmt: skip
RESERVED = tuple(
    Role(f"AWSReservedSSO_{name}_{hex_of(16, name)}", _SSO, 640, used,
         "/aws-reserved/sso.amazonaws.com/eu-west-1/", description, [policy], hours=8)
    for name, policy, used, description in (
        ("AdministratorAccess", ADMINISTRATOR, 3.1, "Platform leads"),
        ("Billing", BILLING, 9.0, "Finance"),
        ("SecurityAudit", SECURITY_AUDIT, 0.7, "Security and auditors"),
        ("ViewOnly", VIEW_ONLY, 0.2, "Everyone in engineering"),
        ("SupportReadOnly", READ_ONLY, 1.9, "Customer support"),
    )
)  # fmt: skip
ENGINEERING = (
    _engineering("platform-engineer", "platform-engineering", "platform", 0.4),
    _engineering("platform-engineer-emea", "platform-engineering", "platform", 1.2),
    _engineering("data-engineer", "data-engineering", "data", 0.9),
    _engineering("data-scientist", "data-engineering", "data", 4.4),
    _engineering("backend-engineer", "backend-engineering", "backend", 0.2),
    _engineering("payments-engineer", "payments-queue", "payments", 0.6),
    _engineering("sre-oncall", "sre-oncall", "sre", 0.3),
    _engineering("sre-database", "sre-oncall", "sre", 15.0),
    _engineering("release-manager", "deploy-services", "delivery", 2.2),
    _engineering("mobile-engineer", "backend-engineering", "mobile", 30.0),
)
PARTNERS = (
    Role(
        "EvidenceCollector",
        _ours(org.SECURITY_ACCOUNT, "evidence-runner"),
        120,
        0.001,
        description="Reads audit evidence",
        policies=[SECURITY_AUDIT],
    ),
    Role("datadog-integration", _vendor("464622532012", "nw-7f3b1c"), 780, 0.01, policies=[SECURITY_AUDIT]),
    Role("wiz-scanner", _vendor("197171649850", "nw-2ad94e"), 420, 0.1, policies=[SECURITY_AUDIT]),
    Role(
        "vendor-ledger-import",
        _vendor("902371465120", "nw-c01d55"),
        330,
        44,
        description="Acme Migrations Ltd",
        policies=["vendor-onboarding"],
    ),
    Role(
        "security-break-glass-read",
        _ours(org.SECURITY_ACCOUNT, "incident-lead"),
        700,
        None,
        policies=[READ_ONLY],
    ),
    Role(
        "log-archive-reader",
        _ours(org.LOG_ACCOUNT, "log-reader"),
        900,
        3.0,
        policies=["statements-bucket-read"],
    ),
    Role(
        "staging-promoter",
        # Planted: the second principal was a role that is deleted.
        trust({"AWS": [f"arn:aws:iam::{org.STAGING_ACCOUNT}:role/release-bot", LEFT_BEHIND]}),
        610,
        2.0,
        policies=["deploy-services"],
    ),
    # Planted: administrator power on purpose, for emergencies; to be accepted in evidence.toml.
    Role(
        "BreakGlassAdministrator",
        trust(
            {"AWS": f"arn:aws:iam::{org.SECURITY_ACCOUNT}:role/incident-commander"},
            Bool={"aws:MultiFactorAuthPresent": "true"},
        ),
        1300,
        196,
        "/break-glass/",
        "Emergency access, sealed envelope",
        [ADMINISTRATOR],
    ),
)
PIPELINES = tuple(
    Role(f"ci-{name}", _ANY_REPOSITORY if name == "mobile" else _ci(repository), 430 - 10 * number,
         0.2 * (number + 1), "/ci/",
         f"GitHub Actions of {repository}", [policy], tags={"repository": repository})
    for number, (name, repository, policy) in enumerate((
        ("ledger-deploy", "ledger", "deploy-services"), ("payments-deploy", "payments", "deploy-services"),
        ("portal-deploy", "portal", "deploy-services"), ("images", "images", "artifact-publish"),
        ("terraform-plan", "infrastructure", "terraform-state"),
        ("terraform-apply", "infrastructure", "terraform-state"),
        ("docs", "handbook", "statements-bucket-read"), ("data-jobs", "data-jobs", "data-engineering"),
        ("mobile", "mobile", "artifact-publish"),
    ))
)  # fmt: skip

ROLES = (*FUNCTIONS, *TASKS, *PLATFORM, *LINKED, *RESERVED, *ENGINEERING, *PARTNERS, *PIPELINES)

SAML_PROVIDERS = (SSO_PROVIDER, f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:saml-provider/OktaLegacy")

NEVER_USED = {
    "data-scientist": ("glue",),
    "mobile-engineer": ("xray",),
    "BreakGlassAdministrator": ("dynamodb", "ec2", "kms", "lambda", "sqs"),
}
"""Planted: role to the services that it may use and never did."""
