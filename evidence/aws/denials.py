"""Tells from AWS's message what kind of policy, or which encryption key, refused a request, and what to do.

AWS names one kind of policy only, whatever else denies the request as well, and some services name none.
"""

import re
from dataclasses import dataclass

from botocore.exceptions import ClientError

from evidence.next_steps import REFUSALS
from evidence.records import Cause

KEY_ARN = re.compile(r"arn:[\w-]+:kms:[\w-]*:\d*:(?:key|alias)/[\w/-]+")
_USE_OF_AKEY_ARN = re.compile(r"\bperform: kms:\w+", re.IGNORECASE)
_ABOUT_KEYS = "KMS_"
"""How the Reason of an error begins that Identity Center and its identity store give for their key."""
_EXPLICIT = re.compile(r"\bexplicit deny in (?:an? |the )?([a-z -]+)", re.IGNORECASE)
_IMPLICIT = re.compile(r"\bbecause no ([a-z -]+?) allows\b", re.IGNORECASE)


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
    step = REFUSALS.get(cause, "")
    if cause is not Cause.REFUSED_BY_KEY:
        return step
    named = KEY_ARN.search(message)
    return f"The key: {named[0]}. {step}" if named else f"{_UNNAMED} {step}"


_UNNAMED = (
    "AWS does not name the key here; a customer's key of Identity Center stands under "
    "EncryptionConfigurationDetails in identity-center.instance."
)
