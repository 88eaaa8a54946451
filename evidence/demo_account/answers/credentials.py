"""Simulates IAM's reports: credential report, account summary, password policy, MFA devices, providers."""

import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from evidence.demo_account.account import users
from evidence.demo_account.account.organization import ROOT_FEATURES
from evidence.demo_account.account.shapes import UserAccessKey
from evidence.demo_account.answers import AnswerContext, answers, aware
from evidence.demo_account.aws_error import AwsError
from evidence.demo_account.ids import ORGANIZATION_ID, root_arn
from evidence.demo_account.paging import marked
from evidence.demo_account.wire import ApiRequest

COLUMNS = (
    "user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed",
    "password_next_rotation", "mfa_active",
    "access_key_1_active", "access_key_1_last_rotated", "access_key_1_last_used_date",
    "access_key_1_last_used_region", "access_key_1_last_used_service",
    "access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date",
    "access_key_2_last_used_region", "access_key_2_last_used_service",
    "cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated",
    "additional_credentials_info",
)  # fmt: skip
NONE = "N/A"


@answers("iam", "GenerateCredentialReport")
def generate_credential_report(_context: AnswerContext, _call: ApiRequest) -> Mapping[str, Any]:
    """The report is there already, as AWS makes one every four hours at most."""
    return {"State": "COMPLETE"}


@answers("iam", "GetCredentialReport")
def credential_report(context: AnswerContext, _call: ApiRequest) -> Mapping[str, Any]:
    """Rows for root and every user moto holds."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerow(_root_row(context))
    for user in sorted(context.iam.users.values(), key=lambda user: str(user.name)):
        table.writerow(_user_row(context, user))
    content = text.getvalue().removesuffix("\n").encode()
    return {"Content": content, "ReportFormat": "text/csv", "GeneratedTime": context.ago(users.REPORT_AGE)}


def _root_row(context: AnswerContext) -> list[str]:
    root, password = context.root, context.root.password
    used = (
        "no_information" if password is None or password.used is None else _stamp(context.ago(password.used))
    )
    keys = [_root_key(context, key) for key in root.keys[:2]]
    keys += [["false", NONE, NONE, NONE, NONE]] * (2 - len(keys))
    return [
        "<root_account>", root_arn(context.account),
        _stamp(context.ago(root.created)), "not_supported", used, "not_supported",
        "not_supported", _flag(root.mfa), *keys[0], *keys[1], "false", NONE, "false", NONE, NONE,
    ]  # fmt: skip


def _root_key(context: AnswerContext, key: UserAccessKey) -> list[str]:
    last = (
        [NONE, NONE, NONE] if key.used is None else [_stamp(context.ago(key.used)), key.region, key.service]
    )
    return [_flag(key.active), _stamp(context.ago(key.age)), *last]


def _user_row(context: AnswerContext, user: Any) -> list[str]:
    keys = [_key_columns(key) for key in user.access_keys[:2]]
    keys += [["false", NONE, NONE, NONE, NONE]] * (2 - len(keys))
    return [
        user.name, user.arn, _stamp(user.create_date), *_password_columns(context, user),
        _flag(bool(user.mfa_devices)), *keys[0], *keys[1], "false", NONE, "false", NONE, NONE,
    ]  # fmt: skip


def _password_columns(context: AnswerContext, user: Any) -> list[str]:
    if not user.password:
        return ["false", NONE, NONE, NONE]
    changed = getattr(user, "password_last_changed", user.create_date)
    policy = context.iam.account_password_policy
    rotation = (
        changed + timedelta(days=policy.max_password_age) if policy and policy.max_password_age else None
    )
    used = _stamp(user.password_last_used) if user.password_last_used else "no_information"
    return ["true", used, _stamp(changed), _stamp(rotation) if rotation else NONE]


def _key_columns(key: Any) -> list[str]:
    used = key.last_used
    last = [_stamp(used.timestamp), used.region, used.service] if used else [NONE, NONE, NONE]
    return [_flag(key.status == "Active"), _stamp(key.create_date), *last]


def _stamp(moment: datetime) -> str:
    return (moment if moment.tzinfo is None else moment.astimezone(UTC)).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _flag(value: bool) -> str:
    return "true" if value else "false"


@answers("iam", "GetAccountSummary")
def account_summary(context: AnswerContext, _call: ApiRequest) -> Mapping[str, Any]:
    """Counts of what moto holds, with root's numbers and AWS's quotas."""
    iam = context.iam
    own = [policy for policy in iam.managed_policies.values() if "::aws:" not in policy.arn]
    devices = list(iam.virtual_mfa_devices.values())
    counted = {
        "Users": len(iam.users),
        "Groups": len(iam.groups),
        "Roles": len(iam.roles),
        "Policies": len(own),
        "PolicyVersionsInUse": sum(len(policy.versions) for policy in iam.managed_policies.values()),
        "InstanceProfiles": len(iam.instance_profiles),
        "ServerCertificates": len(iam.certificates),
        "Providers": len(iam.saml_providers) + len(iam.open_id_providers),
        "MFADevices": len(devices),
        "MFADevicesInUse": sum(1 for device in devices if device.user),
        "AccountMFAEnabled": int(context.root.mfa),
        "AccountPasswordPresent": int(context.root.password is not None),
        "AccountAccessKeysPresent": len(context.root.keys),
        "AccountSigningCertificatesPresent": 0,
    }
    return {"SummaryMap": {**counted, **QUOTAS}}


QUOTAS = {
    "UsersQuota": 5000, "GroupsQuota": 300, "RolesQuota": 1000, "PoliciesQuota": 1500,
    "PolicySizeQuota": 6144, "PolicyVersionsInUseQuota": 10000, "VersionsPerPolicyQuota": 5,
    "InstanceProfilesQuota": 1000, "ServerCertificatesQuota": 20, "GroupsPerUserQuota": 10,
    "AccessKeysPerUserQuota": 2, "SigningCertificatesPerUserQuota": 2, "AttachedPoliciesPerUserQuota": 10,
    "AttachedPoliciesPerGroupQuota": 10, "AttachedPoliciesPerRoleQuota": 10, "UserPolicySizeQuota": 2048,
    "GroupPolicySizeQuota": 5120, "RolePolicySizeQuota": 10240, "AssumeRolePolicySizeQuota": 2048,
    "GlobalEndpointTokenVersion": 1,
}  # fmt: skip


@answers("iam", "GetAccountPasswordPolicy")
def password_policy(context: AnswerContext, _call: ApiRequest) -> Mapping[str, Any]:
    """The password policy moto holds."""
    policy = context.iam.account_password_policy
    if policy is None:
        raise AwsError("NoSuchEntity", "The Password Policy with domain name cannot be found.", 404)
    return {
        "PasswordPolicy": {
            "MinimumPasswordLength": policy.minimum_password_length,
            "RequireSymbols": policy.require_symbols,
            "RequireNumbers": policy.require_numbers,
            "RequireUppercaseCharacters": policy.require_uppercase_characters,
            "RequireLowercaseCharacters": policy.require_lowercase_characters,
            "AllowUsersToChangePassword": policy.allow_users_to_change_password,
            "ExpirePasswords": policy.expire_passwords,
            "MaxPasswordAge": policy.max_password_age,
            "PasswordReusePrevention": policy.password_reuse_prevention,
            "HardExpiry": bool(policy.hard_expiry),
        }
    }


@answers("iam", "ListVirtualMFADevices")
def virtual_mfa_devices(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Devices moto holds, without seeds and pictures, which AWS never shows here."""
    wanted = call.parameters.get("AssignmentStatus") or "Any"
    chosen = [
        _device(context, device)
        for device in sorted(
            context.iam.virtual_mfa_devices.values(), key=lambda device: str(device.serial_number)
        )
        if wanted == "Any" or (wanted == "Assigned") == (device.user is not None)
    ]
    return marked(call, chosen, key="VirtualMFADevices")


def _device(context: AnswerContext, device: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {"SerialNumber": device.serial_number}
    if device.user is None:
        return shown
    user = device.user
    owner = {
        "UserId": user.id,
        "Arn": user.arn,
        "CreateDate": aware(user.create_date),
        "PasswordLastUsed": aware(user.password_last_used),
    }
    if user.arn != root_arn(context.account):  # AWS gives root no name and no path here
        owner |= {"UserName": user.name, "Path": user.path}
    return {**shown, "EnableDate": aware(device.enable_date), "User": owner}


@answers("iam", "ListSAMLProviders")
def saml_providers(context: AnswerContext, _call: ApiRequest) -> Mapping[str, Any]:
    """SAML providers moto holds."""
    return {
        "SAMLProviderList": [
            {
                "Arn": provider.arn,
                "ValidUntil": aware(provider.valid_until),
                "CreateDate": aware(provider.create_date),
            }
            for provider in context.iam.saml_providers.values()
        ]
    }


@answers("iam", "GetSAMLProvider")
def saml_provider(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """One SAML provider."""
    for provider in context.iam.saml_providers.values():
        if provider.arn == call.parameters.get("SAMLProviderArn"):
            return {"SAMLMetadataDocument": provider.saml_metadata_document,
                    "CreateDate": aware(provider.create_date), "ValidUntil": aware(provider.valid_until),
                    "Tags": []}  # fmt: skip
    raise AwsError("NoSuchEntity", "SAML provider not found.", 404)


@answers("iam", "ListOpenIDConnectProviders")
def oidc_providers(context: AnswerContext, _call: ApiRequest) -> Mapping[str, Any]:
    """OpenID Connect providers moto holds."""
    return {"OpenIDConnectProviderList": [{"Arn": arn} for arn in context.iam.open_id_providers]}


@answers("iam", "GetOpenIDConnectProvider")
def oidc_provider(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """One OpenID Connect provider."""
    provider = context.iam.open_id_providers.get(call.parameters.get("OpenIDConnectProviderArn"))
    if provider is None:
        raise AwsError("NoSuchEntity", "OpenIDConnect Provider not found.", 404)
    return {"Url": provider.url, "ClientIDList": provider.client_id_list,
            "ThumbprintList": provider.thumbprint_list, "CreateDate": aware(provider.create_date),
            "Tags": provider.get_tags()}  # fmt: skip


@answers("iam", "ListOrganizationsFeatures")
def organizations_features(_context: AnswerContext, _call: ApiRequest) -> Mapping[str, Any]:
    """Central root access."""
    return {"OrganizationId": ORGANIZATION_ID, "EnabledFeatures": list(ROOT_FEATURES)}
