"""Reaches the archive's bucket in the name of a role of its own, and puts S3's refusals into words."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from evidence.archive.s3.gate import OPERATIONS, ArchiveGate
from evidence.archive.s3.policy import require_bucket, session_policy
from evidence.aws.caller import Answer
from evidence.aws.calls import Question
from evidence.aws.cause import EXPIRED, PERMISSION, REFUSED_CREDENTIALS, SKEWED, error_code, message
from evidence.aws.failures import CALL_ERRORS, RoleError
from evidence.aws.roles import AssumedRole, assume_role
from evidence.aws.sessions import AccountSession, connect
from evidence.clock import Clock
from evidence.errors import CredentialsError, EndpointError, EvidenceError, StorageError, UsageError
from evidence.foreign import ForeignKind, diagnose
from evidence.settings.sections import ArchiveSettings

_CONNECTIONS, _ATTEMPTS = 2, 5
_SESSION = "evidence-archive"
_ELSEWHERE = frozenset(
    {"301", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect"}
)
NO_OBJECT = frozenset({"404", "NoSuchKey", "NoSuchVersion"})
CONFLICT = frozenset({"409", "412", "ConditionalRequestConflict", "PreconditionFailed"})
"""Another state is there than the one that a conditional request named."""
_TRUST = "Check [archive] role and its trust policy."
_MAKE = "`evidence archive template` prints a bucket with its role."


class S3CodeError(StorageError):
    """S3 answered with an error whose code its caller may know what to do about."""

    def __init__(self, message: str, advice: str, code: str) -> None:
        super().__init__(message, advice)
        self.code = code


@dataclass(frozen=True, slots=True)
class ArchiveBucket:
    """The bucket, as it is asked; its gate adds to each request the account that must own it."""

    session: AccountSession
    name: str
    prefix: str
    owner: str

    def ask(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Return S3's answer; raises S3CodeError, or the EvidenceError that the refusal comes to."""
        with self.refusals(operation), self.session.signing():
            client = self.session.client("s3")
            method = getattr(client, xform_name(operation))
            answer: dict[str, Any] = method(Bucket=self.name, **parameters)
        return answer

    def content(self, answer: dict[str, Any], limit: int) -> bytes:
        """Return what GetObject sends, with `limit` bytes and one more at most; raises as `ask`.

        It is read to its end: botocore holds it against length and checksum only there.
        """
        content = b""
        with self.refusals("GetObject"):
            while len(content) <= limit and (block := answer["Body"].read(limit + 1 - len(content))):
                content += block
        return content

    def key(self, name: str) -> str:
        """Return the key of a file of the archive."""
        return f"{self.prefix}{name}"

    @contextmanager
    def refusals(self, operation: str) -> Iterator[None]:
        """Turn what a request, or reading its answer, fails with into an error of ours."""
        try:
            yield
        except CALL_ERRORS as error:
            raise self._refusal(error, operation) from error
        except ValueError as error:  # botocore's word for an endpoint that is no URL
            said = "S3 cannot be asked: the endpoint that is set is no URL."
            raise EndpointError(said, "Check AWS_ENDPOINT_URL.") from error

    def _refusal(self, error: Exception, operation: str) -> EvidenceError:
        code, said = error_code(error), message(error).rstrip(".")
        if isinstance(error, RoleError):
            return CredentialsError(f"{said}.", _TRUST)
        if not isinstance(error, ClientError):
            found = diagnose(error)
            kind = EndpointError if found.kind is ForeignKind.NETWORK else StorageError
            return kind(f"S3 did not answer s3:{operation} on {self._words}: {found.clause}.", found.advice)
        if code in EXPIRED | REFUSED_CREDENTIALS | SKEWED:
            return CredentialsError(f"AWS does not take the credentials for {self._words}: {said} ({code}).")
        return self._refused_place(code, said, operation) or S3CodeError(
            f"S3 did not carry out s3:{operation} on {self._words}: {said} ({code}).",
            "Try again later.",
            code,
        )

    def _refused_place(self, code: str, said: str, operation: str) -> EvidenceError | None:
        """Return the error of a code that is about the bucket or its key, whatever was asked."""
        if code in _ELSEWHERE:
            return UsageError(
                f"The archive's bucket {self.name} lies in another region than it is asked in ({code}).",
                "Name the bucket's region with [archive] region.",
            )
        if code in PERMISSION | {"403"}:
            return StorageError(
                f"AWS refuses s3:{operation} on {self._words}: {said} ({code}).",
                "Give the role what `evidence archive policy` prints. The bucket's policy has to allow it, "
                f"and account {self.owner} ([archive] owner) to own the bucket: S3 refuses another's in the "
                "same way.",
            )
        if code == "NoSuchBucket" or (code == "404" and operation == "HeadBucket"):
            return UsageError(f"There is no bucket {self.name}.", f"Check its name. {_MAKE}")
        if code.startswith("KMS."):
            return StorageError(
                f"The key that encrypts {self._words} cannot be used: {said} ({code}).",
                "Enable the key, or cancel its deletion: without it no pack can be read again.",
            )
        return None

    @property
    def _words(self) -> str:
        return f"the archive's bucket {self.name}"


def open_bucket(settings: ArchiveSettings, clock: Clock) -> ArchiveBucket:
    """Return the bucket that the settings name, behind the archive's gate; nothing is asked but for a role.

    Raises UsageError for settings that lack what is needed, CredentialsError without usable credentials.
    """
    bucket, prefix = require_bucket(settings)
    if settings.owner is None:
        raise UsageError(
            f"Nobody says whose bucket {bucket} has to be.",
            "Name the account that owns it with [archive] owner: packs shall not go into another's.",
        )
    connection = connect(
        profile=settings.profile,
        region=settings.region,
        operations=OPERATIONS,
        connections=_CONNECTIONS,
        attempts=_ATTEMPTS,
        guard=ArchiveGate(bucket, prefix, settings.owner).close,
    )
    account = connection.account
    if settings.role:
        role = AssumedRole(settings.role, _SESSION, settings.external_id, session_policy(settings))
        try:
            account = connection.member(assume_role(_Asking(connection.assuming), role, 0, clock.now))
        except RoleError as error:
            raise CredentialsError(f"{error.failure.message.rstrip('.')}.", _TRUST) from error
    return ArchiveBucket(account, bucket, prefix, settings.owner)


@dataclass(frozen=True, slots=True)
class _Asking:
    """Sends what enters the role, without a ledger: none of it is evidence."""

    session: AccountSession

    def ask(self, question: Question) -> Answer:
        """Return AWS's answer; raises one of CALL_ERRORS."""
        operation = question.operation
        with self.session.signing():
            client = self.session.client(operation.service, question.region)
            payload = getattr(client, xform_name(operation.name))(**question.parameters)
        return Answer(payload, None, question.depth)
