"""Lists what the demo organization's member accounts hold: few users, some roles, no root credentials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evidence.demo_account.account import organization as org
from evidence.demo_account.account.policies import (
    ADMINISTRATOR,
    READ_ONLY,
    S3_READ_ONLY,
    SECURITY_AUDIT,
    SSM_CORE,
)
from evidence.demo_account.account.shapes import (
    CustomerPolicy,
    Group,
    Role,
    User,
    UserAccessKey,
    allow,
    document,
    service_trust,
    trust,
)
from evidence.demo_account.account.users import PASSWORD_POLICY
from evidence.demo_account.ids import COLLECTOR, EXTERNAL_ID, MANAGEMENT_ACCOUNT, hex_of

ROOT = User("<root_account>", 1400)
"""Root of every member account: its credentials were removed, as root access is managed centrally."""


@dataclass(frozen=True, slots=True)
class MemberAccount:
    """One member account's IAM."""

    roles: Sequence[Role]
    users: Sequence[User] = ()
    groups: Sequence[Group] = ()
    policies: Sequence[CustomerPolicy] = ()
    root: User = ROOT
    virtual_root: bool = False
    """Whether root's MFA device, where it has one, is a virtual one."""
    password_policy: Mapping[str, Any] = field(default_factory=lambda: PASSWORD_POLICY)


def _sso(account: str, name: str, policy: str) -> Role:
    provider = f"arn:aws:iam::{account}:saml-provider/AWSSSO_{hex_of(16, 'sso', account)}_DO_NOT_DELETE"
    trusted: dict[str, Any] = trust(
        {"Federated": provider},
        ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        StringEquals={"SAML:aud": "https://signin.aws.amazon.com/saml"},
    )
    return Role(
        f"AWSReservedSSO_{name}_{hex_of(16, 'reserved', account, name)}",
        trusted,
        900,
        0.5,
        "/aws-reserved/sso.amazonaws.com/eu-west-1/",
        policies=[policy],
        hours=1,
    )


def common(account: str) -> tuple[Role, ...]:
    """Return the roles that every member account has from its first day."""
    management = {"AWS": f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:root"}
    collector = {"AWS": f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:role/{COLLECTOR}"}
    return (
        Role(
            COLLECTOR,
            trust(collector, StringEquals={"sts:ExternalId": EXTERNAL_ID}),
            300,
            0.9,
            description="Assumed to collect audit evidence",
            policies=[SECURITY_AUDIT],
        ),
        Role("stacksets-exec", trust(management), 1100, 30, policies=[ADMINISTRATOR]),
        _sso(account, "AdministratorAccess", ADMINISTRATOR),
        _sso(account, "SecurityAudit", SECURITY_AUDIT),
        Role(
            "AWSServiceRoleForSupport",
            service_trust("support"),
            1300,
            None,
            "/aws-service-role/support.amazonaws.com/",
        ),
    )


def _task(name: str, bucket: str) -> Role:
    return Role(
        f"{name}-task",
        service_trust("ecs-tasks"),
        420,
        0.1,
        "/service/",
        inline={"own-bucket": document(allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"))},
    )


MEMBERS = {
    org.SECURITY_ACCOUNT: MemberAccount((
        *common(org.SECURITY_ACCOUNT),
        Role("incident-commander", trust({"AWS": f"arn:aws:iam::{org.SECURITY_ACCOUNT}:root"},
             Bool={"aws:MultiFactorAuthPresent": "true"}), 800, 190, policies=[READ_ONLY]),
        Role("federation-broker", service_trust("ecs-tasks"), 800, 0.2),
    )),
    org.LOG_ACCOUNT: MemberAccount((
        *common(org.LOG_ACCOUNT),
        Role("log-reader", trust({"AWS": f"arn:aws:iam::{org.SECURITY_ACCOUNT}:root"}), 900, 3.0,
             policies=[S3_READ_ONLY]),
    )),
    org.PRODUCTION_ACCOUNT: MemberAccount((
        *common(org.PRODUCTION_ACCOUNT), _task("ledger", "northwind-ledger"),
        _task("payments", "northwind-payments"), Role("bastion", service_trust("ec2"), 700, 0.4,
                                                      policies=[SSM_CORE]),
    )),
    org.STAGING_ACCOUNT: MemberAccount((
        *common(org.STAGING_ACCOUNT), _task("ledger", "northwind-ledger-staging"),
    ), (
        # Planted: a key past the limit, in an account that nobody looks at.
        User("svc-load-test", 500, "delivery@northwind.example", "/service/", keys=[UserAccessKey(143, 2.0)],
             policies=[S3_READ_ONLY]),
    )),
    org.DATA_ACCOUNT: MemberAccount((
        *common(org.DATA_ACCOUNT), _task("warehouse", "northwind-warehouse"),
    )),
}  # fmt: skip
