"""Fills moto's IAM with the demo account's users, roles and policies: in process, in half a second."""

import json
import math
import random
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

from evidence.demo_account import sessions
from evidence.demo_account.account import members, policies, roles, users
from evidence.demo_account.account.shapes import CustomerPolicy, Group, Role, User, UserAccessKey, aged
from evidence.demo_account.as_of import AccountAsOf
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT, access_key_id, root_arn, unique_id

HOME = "us-east-1"


def populate(now: datetime, account: AccountAsOf) -> None:
    """Fill moto's IAM backends of the organization's accounts afresh, as the script has them on a day.

    Whatever moto held before is gone: its state is global to the process.
    """
    from moto.core.model_instances import reset_model_data
    from moto.iam.models import iam_backends
    from moto.moto_api._internal import mock_random

    iam_backends.reset()
    reset_model_data()
    mock_random.seed("northwind")
    sessions.forget()
    _BackendFiller(iam_backends[MANAGEMENT_ACCOUNT]["aws"], now, day=account.day).fill(account)
    for member, content in members.MEMBERS.items():
        fill_member(iam_backends[member]["aws"], member, content, now, account.day)


def fill_member(
    backend: Any, account: str, content: members.MemberAccount, now: datetime, day: float = 0.0
) -> None:
    """Fill a backend of moto's with what a member account holds."""
    _BackendFiller(backend, now, account, day).fill_member(content)


@cache
def _aws_documents() -> dict[str, Any]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    read: dict[str, Any] = json.loads(aws_managed_policies_data)
    return {arn.rsplit("/", 1)[-1]: read[arn.rsplit("/", 1)[-1]] for arn in policies.AWS_MANAGED}


class _BackendFiller:
    def __init__(
        self, backend: Any, now: datetime, account: str = MANAGEMENT_ACCOUNT, day: float = 0.0
    ) -> None:
        self.backend = backend
        self.day = day
        self.account = account
        self.now = now.astimezone(UTC).replace(tzinfo=None)
        """moto's own moments are naive UTC."""

    def ago(self, days: float) -> datetime:
        """Return the one moment so many days before the last quarter."""
        return self.now - timedelta(days=days + self.day)

    def since(self, days: float | None, made: float = math.inf) -> datetime | None:
        """Return when something was used last; not before it was made."""
        if days is None:
            return None
        return self.now - timedelta(days=min(aged(days, self.day), made + self.day))

    def fill(self, account: AccountAsOf) -> None:
        """Fill the management account as the script has it on a day."""
        random.seed("northwind")  # moto draws MFA seeds from the plain generator; no answer shows them
        self._aws_policies(policies.AWS_MANAGED)
        for policy in policies.CUSTOMER:
            self._policy(policy)
        for group in users.GROUPS:
            self._group(group)
        for user in account.users:
            self._user(user)
        for role in roles.ROLES:
            self._role(role)
        self._root(account.root)
        self._providers()
        self.backend.update_account_password_policy(*_password_policy(users.PASSWORD_POLICY))

    def fill_member(self, content: members.MemberAccount) -> None:
        """Fill any other account with what it holds."""
        holders: tuple[User | Group | Role, ...] = (*content.users, *content.groups, *content.roles)
        self._aws_policies(sorted({name for one in holders for name in one.policies if name[:4] == "arn:"}))
        for policy in content.policies:
            self._policy(policy)
        for group in content.groups:
            self._group(group)
        for user in content.users:
            self._user(user)
        for role in content.roles:
            self._role(role)
        if content.virtual_root:
            self._root(content.root)
        self.backend.update_account_password_policy(*_password_policy(content.password_policy))

    def _id(self, prefix: str, name: str) -> str:
        """Return an id of its own for each account; the management account's are as they always were."""
        return unique_id(prefix, name if self.account == MANAGEMENT_ACCOUNT else f"{self.account} {name}")

    def _aws_policies(self, arns: Iterable[str]) -> None:
        from moto.iam.models import AWSManagedPolicy

        for arn in arns:
            name = arn.rsplit("/", 1)[-1]
            made = AWSManagedPolicy.from_data(name, self.account, HOME, _aws_documents()[name])
            made.id = unique_id("ANPA", name)
            for version in made.versions:  # the same text in every account: kept once
                version.document = sys.intern(version.document)
            self.backend.managed_policies[made.arn] = made

    def _policy(self, policy: CustomerPolicy) -> None:
        from moto.iam.models import PolicyVersion

        tags = [{"Key": key, "Value": value} for key, value in policy.tags.items()]
        first, *later = (json.dumps(version) for version in policy.versions)
        made = self.backend.create_policy(policy.description, policy.path, first, policy.name, tags)
        made.id = self._id("ANPA", policy.name)
        made.create_date = made.versions[0].create_date = self.ago(policy.created)
        for number, text in enumerate(later, start=2):
            date = self.ago(policy.created / number)
            made.versions.append(PolicyVersion(made.arn, text, False, f"v{number}", date))
        made.next_version_num = len(made.versions) + 1
        default = f"v{policy.default or len(made.versions)}"
        if default != made.default_version_id:  # moto takes the mark off when nothing changes
            made.update_default_version(default)
        made.update_date = made.versions[-1].create_date

    def _attach(self, owner: Any, names: Any) -> None:
        for name in names:
            self.backend.managed_policies[self._arn(name)].attach_to(owner)

    def _arn(self, name: str) -> str:
        if name.startswith("arn:"):
            return name
        own = (str(arn) for arn in self.backend.managed_policies if "::aws:" not in arn)
        return next(arn for arn in own if arn.endswith(f"/{name}"))

    def _group(self, group: Group) -> None:
        made = self.backend.create_group(group.name)
        made.id, made.create_date = self._id("AGPA", group.name), self.ago(group.created)
        made.policies.update(_texts(group.inline))
        self._attach(made, group.policies)

    def _user(self, user: User) -> None:
        tags = {**({"owner": user.owner} if user.owner else {}), **user.tags}
        made = self.backend.create_user(HOME, user.name, user.path, _tags(tags))
        made.id, made.create_date = self._id("AIDA", user.name), self.ago(user.created)
        made.policies.update(_texts(user.inline))
        made.permissions_boundary_arn = self._arn(user.boundary) if user.boundary else None
        if user.password:
            made.password = "set"  # noqa: S105
            made.password_last_changed = self.ago(user.password.changed)
            made.password_last_used = self.since(user.password.used)
        for number, key in enumerate(user.keys, start=1):
            self._key(made, number, key)
        if user.mfa:
            self._mfa(user, made)
        for group in user.groups:
            self.backend.add_user_to_group(group, user.name)
        self._attach(made, user.policies)

    def _key(self, user: Any, number: int, key: UserAccessKey) -> None:
        from moto.iam.models import AccessKeyLastUsed

        made = user.create_access_key("AKIA", "Active" if key.active else "Inactive")
        owner = user.name if self.account == MANAGEMENT_ACCOUNT else f"{self.account} {user.name}"
        made.access_key_id = access_key_id(f"{owner} {key.turn}" if key.turn else owner, key.number or number)
        made.create_date = self.ago(key.age)
        used = self.since(key.used, key.age)
        if used is not None:
            made.last_used = AccessKeyLastUsed(used, key.service, key.region)
        self.backend.access_keys[made.access_key_id] = made

    def _mfa(self, user: User, made: Any) -> None:
        from moto.iam.models import VirtualMfaDevice

        device: Any = VirtualMfaDevice(self.account, HOME, f"/{user.name}")
        made.enable_mfa_device(device.serial_number, "123456", "654321")
        since = self.ago(user.created if user.mfa_since is None else user.mfa_since)
        device.enable_date = made.mfa_devices[device.serial_number].enable_date = since
        device.user = made
        self.backend.virtual_mfa_devices[device.serial_number] = device

    def _root(self, root: User) -> None:
        """Give root its virtual MFA device (planted); moto itself knows no root user."""
        from moto.iam.models import VirtualMfaDevice

        if not root.mfa or root.password is None:
            return
        device: Any = VirtualMfaDevice(self.account, HOME, "/root-account-mfa-device")
        device.enable_date = self.ago(700)
        device.user = SimpleNamespace(
            id=self.account,
            arn=root_arn(self.account),
            create_date=self.ago(root.created),
            password_last_used=self.since(root.password.used),
        )
        self.backend.virtual_mfa_devices[device.serial_number] = device

    def _role(self, role: Role) -> None:
        boundary = self._arn(role.boundary) if role.boundary else None
        made = self.backend.create_role(
            role.name, json.dumps(role.trust), role.path, boundary, role.description, _tags(role.tags),
            str(role.hours * 3600),
        )  # fmt: skip
        del self.backend.roles[made.id]
        made.id, made.create_date = self._id("AROA", role.name), self.ago(role.created)
        self.backend.roles[made.id] = made
        made.last_used = self.since(role.used)
        made.last_used_region = HOME if role.used is not None else None
        made.policies.update(_texts(role.inline))
        self._attach(made, role.policies)

    def _providers(self) -> None:
        for arn in roles.SAML_PROVIDERS:
            made = self.backend.create_saml_provider(arn.rsplit("/", 1)[-1], _metadata(arn))
            made.create_date = self.ago(640)
            made.valid_until = self.now + timedelta(days=36500)
        url = "https://" + roles.GITHUB.split("oidc-provider/")[1]
        thumbprint = "6938fd4d98bab03faadb97b34396831e3780aea1"
        oidc = self.backend.create_open_id_connect_provider(url, [thumbprint], ["sts.amazonaws.com"], [])
        oidc.create_date = self.ago(440)


def _texts(documents: Mapping[str, Any]) -> dict[str, str]:
    return {name: json.dumps(document) for name, document in documents.items()}


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _metadata(arn: str) -> str:
    entity = f"https://portal.sso.eu-west-1.amazonaws.com/saml/assertion/{arn.rsplit('/', 1)[-1]}"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{entity}">'
        '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/>'
        "</md:EntityDescriptor>"
    ).ljust(1000)


def _password_policy(policy: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        policy["AllowUsersToChangePassword"],
        policy["HardExpiry"],
        policy["MaxPasswordAge"],
        policy["MinimumPasswordLength"],
        policy["PasswordReusePrevention"],
        policy["RequireLowercaseCharacters"],
        policy["RequireNumbers"],
        policy["RequireSymbols"],
        policy["RequireUppercaseCharacters"],
    )
