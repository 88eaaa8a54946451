"""Generates what one account holds: drawn in good order, then spoilt by its plants."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from evidence.demo_account.account import analyzers as analyzer_data
from evidence.demo_account.account import config_rules, members
from evidence.demo_account.account.policies import CUSTOMER, LAMBDA_BASIC, SSM_CORE
from evidence.demo_account.account.shapes import (
    CustomerPolicy,
    Group,
    Password,
    Role,
    User,
    UserAccessKey,
    allow,
    document,
    service_trust,
    trust,
)
from evidence.demo_account.account.users import PASSWORD_POLICY
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT, root_arn, unique_id
from evidence.demo_account.planted import PlantedException
from tests.aws_server.generated import organization as kinds
from tests.aws_server.generated.extent import HOME, spread
from tests.aws_server.generated.organization import GeneratedOrganization

_USERS = {kinds.PRODUCTION: 2.0, kinds.STAGING: 1.0, kinds.DEVELOPMENT: 1.5, kinds.SHARED: 3.0,
          kinds.MANAGEMENT: 2.0}  # fmt: skip
"""Median of service-account users by kind of account; none elsewhere."""
_ROLES = {kinds.PRODUCTION: 9.0, kinds.STAGING: 7.0, kinds.DEVELOPMENT: 6.0, kinds.SHARED: 6.0}
"""Median of roles that workloads run under; 2 elsewhere."""
_USERS_MOST, _ROLES_MOST, _FINDINGS_MOST, _VOLUMES_MOST = 60, 150, 400, 900
_PURPOSES = (
    "import",
    "export",
    "sync",
    "report",
    "backup",
    "deploy",
    "metrics",
    "mail",
    "archive",
    "webhook",
)
_RUNS_ON = ("lambda", "ecs-tasks", "ec2", "states", "glue")
_STRONG = {**PASSWORD_POLICY, "PasswordReusePrevention": 24}
_FORCE_MFA = next(policy for policy in CUSTOMER if policy.name == "force-mfa")


class GeneratedAccount:
    """One account. `spoil` of `plants` changes it and adds to `planted` what a test must find."""

    def __init__(self, organization: GeneratedOrganization, account: str) -> None:
        self.account = account
        self.kind = organization.KINDS[account]
        self.domain = organization.DOMAINS[account]
        self.owner = f"{self.domain}@northwind.example"
        self.regions = organization.extent.enabled
        self.draw = organization.extent.draw("site", account)
        self.planted: list[PlantedException] = []
        self.policies: list[CustomerPolicy] = [_FORCE_MFA, self._policy()]
        self.groups = [Group("services", 700, [f"{self.domain}-data"]), Group("console", 700, ["force-mfa"])]
        self.users = [self._user(number) for number in range(self._count(_USERS, 0.0, _USERS_MOST))]
        self.roles = self._roles(organization.active[1])
        self.root = replace(members.ROOT, created=organization.ROWS[account][5])
        if account == MANAGEMENT_ACCOUNT:  # the one account whose root has credentials: a hardware device
            self.root = replace(self.root, password=Password(changed=700, used=412), mfa=True)
        self.virtual_root = False
        self.password_policy = dict(_STRONG)
        self.recording = {region: config_rules.group(iam=region == HOME) for region in self.regions}
        self.stopped: set[str] = set()
        self.rules = {region: list(self._rules(region)) for region in self.regions}
        self.stale: dict[str, float] = {}
        self.volumes = {region: spread(self.draw, 4, _VOLUMES_MOST, 1.5) for region in self.regions[1:]}
        self.analyzers = {region: self._analyzers(region) for region in self.regions}
        self.findings = {self.analyzer_arn(region): self._resolved(region) for region in self.regions}

    def _count(self, medians: dict[str, float], otherwise: float, most: int) -> int:
        median = medians.get(self.kind, otherwise)
        return spread(self.draw, median, most) if median else 0

    def _policy(self) -> CustomerPolicy:
        bucket = f"arn:aws:s3:::northwind-{self.domain}-{self.account}"
        return CustomerPolicy(f"{self.domain}-data", 600, [document(allow(["s3:GetObject"], f"{bucket}/*"))])

    def _user(self, number: int) -> User:
        """Return a service account in good order; now and then it has an old key that is inactive."""
        age = self.draw.triangular(1, 85, 30)
        keys = [UserAccessKey(age, min(age - 0.5, self.draw.expovariate(1 / 3)), region=HOME)]
        if self.draw.random() < 0.15:
            keys.append(UserAccessKey(age + 300, age + 1, active=False))
        name = f"svc-{self.domain}-{self.draw.choice(_PURPOSES)}-{number:02d}"
        return User(name, age + 400, self.owner, "/service/", keys=keys, groups=["services"])

    def _roles(self, security: str) -> list[Role]:
        """Return the roles of every account, then those that its workloads run under."""
        common = [role for role in members.common(self.account) if role.name != "stacksets-exec"]
        stacks = allow(
            ["config:PutConfigRule", "cloudformation:DescribeStacks"], f"arn:aws:*:*:{self.account}:*"
        )
        read = trust({"AWS": f"arn:aws:iam::{security}:role/incident-commander"})
        own = [
            Role("stacksets-exec", trust({"AWS": root_arn(MANAGEMENT_ACCOUNT)}), 1100, 30, inline={
                "baseline": document(stacks)}),
            Role("security-read", read, 900, self.draw.uniform(1, 60), policies=[SSM_CORE]),
        ]  # fmt: skip
        workloads = [self._role(number) for number in range(self._count(_ROLES, 2.0, _ROLES_MOST))]
        return [*common, *own, *workloads]

    def _role(self, number: int) -> Role:
        service = self.draw.choice(_RUNS_ON)
        purpose = self.draw.choice(_PURPOSES)
        table = f"arn:aws:dynamodb:{HOME}:{self.account}:table/{self.domain}-{purpose}"
        return Role(
            f"{self.domain}-{purpose}-{number:03d}", service_trust(service), self.draw.uniform(100, 900),
            min(80.0, self.draw.expovariate(1 / 6)), "/service/", policies=[LAMBDA_BASIC],
            inline={"own-table": document(allow(["dynamodb:GetItem", "dynamodb:Query"], table))},
            tags={"owner": self.owner},
        )  # fmt: skip

    def _rules(self, region: str) -> Sequence[dict[str, Any]]:
        trail = config_rules.rule("cloudtrail-enabled", "CLOUD_TRAIL_ENABLED", "A trail is on")
        if region != HOME:
            return [
                trail,
                config_rules.rule("encrypted-volumes", "ENCRYPTED_VOLUMES", "EBS volumes are encrypted"),
            ]
        return [trail, *(config_rules.rule(*row) for row in _HOME_RULES)]

    def _analyzers(self, region: str) -> list[dict[str, Any]]:
        kinds_here = ["ACCOUNT", "ACCOUNT_UNUSED_ACCESS"] if region == HOME else ["ACCOUNT"]
        return [
            {**analyzer_data.analyzer(region, _ANALYZERS[kind], kind),
             "arn": analyzer_data.arn(region, _ANALYZERS[kind], self.account)}
            for kind in kinds_here
        ]  # fmt: skip

    def analyzer_arn(self, region: str) -> str:
        """Return the ARN of the region's analyzer of external access."""
        return analyzer_data.arn(region, _ANALYZERS["ACCOUNT"], self.account)

    def finding(self, region: str, name: str, status: str, principal: str, age: float) -> dict[str, Any]:
        """Return a finding about a bucket."""
        unique = f"{self.account}-{region}-{name}"
        return analyzer_data.external(
            unique, f"arn:aws:s3:::northwind-{name}-{self.account}", "AWS::S3::Bucket", status,
            {"AWS": principal}, ["s3:GetObject"], owner=self.account, age=age,
        )  # fmt: skip

    def _resolved(self, region: str) -> list[dict[str, Any]]:
        count = spread(self.draw, 3, _FINDINGS_MOST, 1.3)
        return [self.finding(region, f"review-{number:03d}", "RESOLVED", "902371465120",
                             self.draw.uniform(20, 400)) for number in range(count)]  # fmt: skip

    def arn(self, kind: str, name: str) -> str:
        """Return the ARN of a user, role or policy (`user`, `/service/name`)."""
        return f"arn:aws:iam::{self.account}:{kind}{name}"

    def plant_exception(self, test: str, subject: str, why: str) -> None:
        """Note what a test of controls must find here."""
        self.planted.append(PlantedException(test, subject, why))

    def report_rule_broken(self, rule: str, resource: str, why: str) -> None:
        """Note that a Config rule reports a resource, if the rule is deployed here."""
        if any(one["Source"]["SourceIdentifier"] == rule for one in self.rules[HOME]):
            self.plant_exception("CFG-4", f"{rule} {resource}", why)

    def user_id(self, name: str) -> str:
        """Return the unique id of a user, as Config names it."""
        return unique_id("AIDA", name if self.account == MANAGEMENT_ACCOUNT else f"{self.account} {name}")

    def content(self) -> members.MemberAccount:
        """Return its IAM."""
        return members.MemberAccount(
            self.roles, self.users, self.groups, self.policies, self.root, self.virtual_root,
            self.password_policy,
        )  # fmt: skip


_ANALYZERS = {"ACCOUNT": "account-external", "ACCOUNT_UNUSED_ACCESS": "account-unused"}
_HOME_RULES = (
    ("iam-root-access-key-check", "IAM_ROOT_ACCESS_KEY_CHECK", "Root has no access key"),
    ("root-account-mfa-enabled", "ROOT_ACCOUNT_MFA_ENABLED", "Root has MFA"),
    ("mfa-enabled-for-iam-console-access", "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS", "Console users have MFA"),
    ("access-keys-rotated", "ACCESS_KEYS_ROTATED", "Keys are rotated", '{"maxAccessKeyAge":"90"}'),
    ("iam-user-unused-credentials-check", "IAM_USER_UNUSED_CREDENTIALS_CHECK",
     "Unused credentials are removed", '{"maxCredentialUsageAge":"90"}'),
    ("iam-external-access-analyzer-enabled", "IAM_EXTERNAL_ACCESS_ANALYZER_ENABLED",
     "External access is analysed"),
)  # fmt: skip
