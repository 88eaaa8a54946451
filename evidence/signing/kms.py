"""Signs with a private key in AWS KMS, which never leaves it: `kms:GetPublicKey` and `kms:Sign` only.

The client has a session of its own, behind a read-only gate of its own that lets these two through, so that
the session that collects can never sign and this one never read. Signing changes no configuration.
"""

import re
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from evidence.aws.answers import check_members
from evidence.aws.cause import PERMISSION, error_code, message
from evidence.aws.failures import CALL_ERRORS
from evidence.aws.sessions import AccountSession, connect
from evidence.errors import SigningError, UsageError
from evidence.records import Operation
from evidence.signing.keys import PrivateKey, PublicKey, digest_of, load_public, remote_key

GET_PUBLIC_KEY = Operation("kms", "GetPublicKey", list_key="PublicKey")
SIGN = Operation("kms", "Sign", list_key="Signature")
OPERATIONS = (GET_PUBLIC_KEY, SIGN)
SID = "EvidenceSign"
MAX_MESSAGE = 4096
"""Bytes that kms:Sign takes as RAW. What is signed here (CMS attributes, certificates) is far shorter."""
_ATTEMPTS = 5
_KEY_ARN = re.compile(r"arn:[a-z-]+:kms:(?P<region>[a-z0-9-]+):[0-9]{12}:(key|alias)/.+")
_ONE_KEY = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+")
"""One key, by its id: in a policy, * would be every key of the account."""
_USAGE = "SIGN_VERIFY"
_MAKE = "Make a key with KeyUsage SIGN_VERIFY: KMS cannot change it afterwards."
_REASONS = {
    "DisabledException": ("it is disabled", "Enable it, or use another key."),
    "NotFoundException": ("there is no such key", "Check the ARN, the account and the region."),
    "KMSInvalidStateException": ("it is not in use (pending deletion?)", "Check its state in KMS."),
    "InvalidKeyUsageException": ("it is not for signing", _MAKE),
    "UnsupportedOperationException": ("it is not an asymmetric key", _MAKE),
    "KeyUnavailableException": ("it cannot be reached just now", "Run again later."),
}


def open_kms(key: str, profile: str | None) -> PrivateKey:
    """Return a key of AWS KMS by ARN, id or alias, ready to sign.

    An alias is followed once: what signs later is the key that it named now. Raises SigningError when KMS
    does not give or use the key, CredentialsError and UsageError as `evidence.aws.sessions.connect` does.
    """
    found = _KEY_ARN.fullmatch(key)
    connection = connect(
        profile=profile,
        region=found["region"] if found else None,
        operations=OPERATIONS,
        connections=1,
        attempts=_ATTEMPTS,
    )
    account = connection.account
    answer = _ask(account, GET_PUBLIC_KEY, key, {"KeyId": key})
    if answer.get("KeyUsage") != _USAGE:
        raise SigningError(f"The KMS key {key} cannot sign: it is for {answer.get('KeyUsage')}.", _MAKE)
    name = f"KMS key {key}"
    public = load_public(answer["PublicKey"], name)
    algorithm = _algorithm(public)

    def sign(data: bytes) -> bytes:
        if len(data) > MAX_MESSAGE:
            raise SigningError(
                f"AWS KMS takes {MAX_MESSAGE} bytes at a time, and {len(data)} are to be signed.",
                "Use shorter names in the certificate.",
            )
        parameters = {"KeyId": answer["KeyId"], "SigningAlgorithm": algorithm, "MessageType": "RAW"}
        signature: bytes = _ask(account, SIGN, key, parameters | {"Message": data})["Signature"]
        return signature

    return remote_key(public, sign, name)


def statement(key: str) -> dict[str, Any]:
    """Return the IAM statement that lets a caller sign with one key; raises UsageError for an alias.

    IAM looks at the key, not at the alias by which it was asked for, so that only a key's ARN will do.
    """
    if not _ONE_KEY.fullmatch(key):
        raise UsageError(
            f"{key!r} is not the ARN of a KMS key.",
            "Pass arn:aws:kms:REGION:ACCOUNT:key/ID: a policy cannot name a key by alias.",
        )
    actions = [f"{operation.service}:{operation.name}" for operation in OPERATIONS]
    return {"Sid": SID, "Effect": "Allow", "Action": actions, "Resource": key}


def _algorithm(public: PublicKey) -> str:
    """Return the signing algorithm: KMS has one for each curve, and of those for RSA we use one."""
    if isinstance(public, RSAPublicKey):
        return "RSASSA_PKCS1_V1_5_SHA_256"
    return f"ECDSA_SHA_{digest_of(public).name.removeprefix('sha')}"


def _ask(
    account: AccountSession, operation: Operation, key: str, parameters: dict[str, Any]
) -> dict[str, Any]:
    """Send one request; raises SigningError that says what to do."""
    try:
        with account.signing():
            client = account.client(operation.service)
            answer: dict[str, Any] = getattr(client, xform_name(operation.name))(**parameters)
        check_members(operation, answer)
    except CALL_ERRORS as error:
        raise _refused(error, operation, key) from error
    except ValueError as error:  # botocore's word for an AWS_ENDPOINT_URL that is no URL
        raise SigningError(
            "AWS KMS cannot be asked: the endpoint that is set is no URL.", "Check AWS_ENDPOINT_URL."
        ) from error
    return answer


def _refused(error: Exception, operation: Operation, key: str) -> SigningError:
    code = error_code(error)
    action = f"{operation.service}:{operation.name}"
    if code in PERMISSION:
        return SigningError(
            f"The caller may not {action} with the KMS key {key}: {message(error).rstrip('.')}.",
            "Attach the statement that `evidence policy --kms-key ARN` prints; the key's own policy has to "
            "allow it too.",
        )
    if code in _REASONS:
        reason, advice = _REASONS[code]
        return SigningError(f"The KMS key {key} cannot be used: {reason} ({code}).", advice)
    named = f" ({code})" if isinstance(error, ClientError) else ""
    return SigningError(
        f"AWS KMS did not answer {action} for {key}: {message(error).rstrip('.')}{named}.",
        "Check the key's ARN, the region, the network and AWS_ENDPOINT_URL, then run again.",
    )
