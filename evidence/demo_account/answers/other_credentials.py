"""Simulates IAM's lists of credentials beyond passwords and access keys, and of server certificates."""

from collections.abc import Mapping
from typing import Any

from evidence.demo_account.account import credentials
from evidence.demo_account.answers import AnswerContext, answers
from evidence.demo_account.aws_error import AwsError
from evidence.demo_account.ids import unique_id
from evidence.demo_account.paging import marked
from evidence.demo_account.wire import ApiRequest


def _own(context: AnswerContext, name: str, nothing: Any) -> Any:
    """Return what the account holds of a kind."""
    return context.resolved(getattr(context.credentials, name)) if context.credentials else nothing


def _name(context: AnswerContext, call: ApiRequest) -> str:
    name = str(call.parameters.get("UserName") or "")
    if name not in {user.name for user in context.iam.users.values()}:
        raise AwsError("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
    return name


@answers("iam", "ListServiceSpecificCredentials")
def service_credentials(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Those of one user, or of all."""
    found = _own(context, "SERVICE", [])
    if not call.parameters.get("AllUsers"):
        name = _name(context, call)
        found = [one for one in found if one["UserName"] == name]
    return marked(call, found, key="ServiceSpecificCredentials")


@answers("iam", "ListSSHPublicKeys")
def ssh_keys(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Those of one user."""
    name = _name(context, call)
    keys = _own(context, "SSH_KEYS", {}).get(name, [])
    shown = [{"UserName": name, "SSHPublicKeyId": credentials.ssh_key_id(name), **one} for one in keys]
    return marked(call, shown, key="SSHPublicKeys")


@answers("iam", "ListSigningCertificates")
def signing_certificates(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Those of one user, with their bodies, as AWS gives them."""
    name = _name(context, call)
    body = "-----BEGIN CERTIFICATE-----\nnot a certificate\n-----END CERTIFICATE-----"
    shown = [
        {"UserName": name, "CertificateId": unique_id("CERT", name), "CertificateBody": body, **one}
        for one in _own(context, "SIGNING", {}).get(name, [])
    ]
    return marked(call, shown, key="Certificates")


@answers("iam", "ListServerCertificates")
def server_certificates(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Every server certificate."""
    return marked(call, _own(context, "CERTIFICATES", []), key="ServerCertificateMetadataList")
