"""Tells from AWS's message what kind of policy, or which encryption key, refused a request, and what to do.

AWS names one kind of policy only, whatever else denies the request as well, and some services name none.
"""

import re
from dataclasses import dataclass

from botocore.exceptions import ClientError

from evidence.records import Cause

KEY_ARN = re.compile(r"arn:[\w-]+:kms:[\w-]*:\d*:(?:key|alias)/[\w/-]+")
_USE_OF_AKEY_ARN = re.compile(r"\bperform: kms:\w+", re.IGNORECASE)
_ABOUT_KEYS = "KMS_"
"""How the Reason of an error begins that Identity Center and its identity store give for their key."""
_EXPLICIT = re.compile(r"\bexplicit deny in (?:an? |the )?([a-z -]+)", re.IGNORECASE)
_IMPLICIT = re.compile(r"\bbecause no ([a-z -]+?) allows\b", re.IGNORECASE)

NEXT_STEPS = {
    Cause.DENIED_BY_SCP: "A statement with Deny in a service control policy refuses it, and no policy of the "
    "account can allow it: have the organization's administrators except this role there, or leave it out.",
    Cause.ALLOWED_BY_NO_SCP: "The service control policies of a level above the account do not allow it, and "
    "no policy of the account can: have the organization's administrators allow it at each level.",
    Cause.DENIED_BY_RCP: "A resource control policy refuses it, and no policy of the account can allow it: "
    "have the organization's administrators except this role there.",
    Cause.DENIED_BY_BOUNDARY: "The permissions boundary of the role or user that asks does not let it "
    "through: add the actions that `evidence policy` prints to the boundary; its own policies do not help.",
    Cause.DENIED_BY_SESSION_POLICY: "The policy of the session does not let it through: get the credentials "
    "without that session policy, or with the actions that `evidence policy` prints in it.",
    Cause.DENIED_BY_ENDPOINT: "The policy of the VPC endpoint on the way does not let it through: add the "
    "actions that `evidence policy` prints there, or run elsewhere.",
    Cause.DENIED_BY_IDENTITY_POLICY: "A statement with Deny in a policy of the role or user that asks "
    "refuses it, and outweighs any Allow: change that statement.",
    Cause.DENIED_BY_RESOURCE_POLICY: "The policy of the resource that was asked does not let it through: "
    "change that policy.",
    Cause.REFUSED_BY_KEY: "Let the role that asks decrypt with the key: in the key's policy and its own.",
}
"""What to do about each, where attaching the policy that `evidence policy` prints would not help."""


@dataclass(frozen=True, slots=True)
class DenialKind:
    """A kind of policy, as messages call it, and the causes that its denials are."""

    words: str
    explicit: Cause
    implicit: Cause


_KINDS = (
    DenialKind("service control policy", Cause.DENIED_BY_SCP, Cause.ALLOWED_BY_NO_SCP),
    DenialKind("resource control policy", Cause.DENIED_BY_RCP, Cause.DENIED_BY_RCP),
    DenialKind("permissions boundary", Cause.DENIED_BY_BOUNDARY, Cause.DENIED_BY_BOUNDARY),
    DenialKind("session policy", Cause.DENIED_BY_SESSION_POLICY, Cause.DENIED_BY_SESSION_POLICY),
    DenialKind("vpc endpoint policy", Cause.DENIED_BY_ENDPOINT, Cause.DENIED_BY_ENDPOINT),
    DenialKind("identity-based policy", Cause.DENIED_BY_IDENTITY_POLICY, Cause.PERMISSION_MISSING),
    DenialKind("resource-based policy", Cause.DENIED_BY_RESOURCE_POLICY, Cause.DENIED_BY_RESOURCE_POLICY),
    DenialKind("role trust policy", Cause.DENIED_BY_RESOURCE_POLICY, Cause.DENIED_BY_RESOURCE_POLICY),
)


def refusing_policy(message: str) -> Cause:
    """Return what a message of denied access names; a missing permission where it names nothing known."""
    for pattern, explicit in ((_EXPLICIT, True), (_IMPLICIT, False)):
        for named in pattern.findall(message):
            kind = next((one for one in _KINDS if named.lower().startswith(one.words)), None)
            if kind is not None:
                return kind.explicit if explicit else kind.implicit
    return Cause.PERMISSION_MISSING


def is_about_a_key(error: ClientError, message: str) -> bool:
    """Say whether AWS refused for want of an encryption key: disabled, gone, or not for the one who asks."""
    return str(error.response.get("Reason", "")).upper().startswith(_ABOUT_KEYS) or bool(
        _USE_OF_AKEY_ARN.search(message)
    )


def next_step(cause: Cause, message: str) -> str:
    """Return what to do about a refusal; nothing where its cause says that already."""
    step = NEXT_STEPS.get(cause, "")
    if cause is not Cause.REFUSED_BY_KEY:
        return step
    named = KEY_ARN.search(message)
    return f"The key: {named[0]}. {step}" if named else f"{_UNNAMED} {step}"


_UNNAMED = (
    "AWS does not name the key here; a customer's key of Identity Center stands under "
    "EncryptionConfigurationDetails in identity-center.instance."
)
