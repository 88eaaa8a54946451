"""Lets the archive's session send what it needs, to its own bucket and prefix, and nothing else.

As `evidence.aws.gate`, it is asked for the operation's name before botocore builds a request, and for the
request itself before it is sent. What is written has to be conditional and under Object Lock; nothing is
deleted, copied, opened to others or taken from under its lock.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.model import OperationModel
from botocore.session import Session

from evidence.errors import WriteRefusedError
from evidence.records import Operation

LOCK = frozenset({"x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date"})
CONDITIONS = frozenset({"if-none-match", "if-match"})
OWNER = "x-amz-expected-bucket-owner"
_HEADERS = LOCK | {
    OWNER,
    "x-amz-object-lock-legal-hold",
    "x-amz-checksum-algorithm",
    "x-amz-checksum-mode",
    "x-amz-checksum-sha256",
    "x-amz-checksum-type",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-meta-sha256",
    "x-amz-security-token",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
}
"""Of AWS's own headers, these. Not among them: to bypass a retention, to copy, to grant."""


@dataclass(frozen=True, slots=True)
class _RequestForm:
    """What one operation's request has to look like."""

    method: str
    in_bucket: bool
    """It is about an object below the prefix, not about the bucket."""
    query: frozenset[str] = frozenset()
    """What has to stand in the query: it tells what is asked."""
    may: frozenset[str] = frozenset()
    """What may stand there too."""
    locks: bool = False
    conditional: bool = False
    body: re.Pattern[bytes] | None = None


def _about_bucket(asks: str, *may: str) -> _RequestForm:
    return _RequestForm("GET", False, frozenset({asks}), frozenset(may))


_LISTING = ("prefix", "delimiter", "key-marker", "version-id-marker", "max-keys", "encoding-type")
_FORMS: Mapping[str, _RequestForm] = {
    "HeadBucket": _RequestForm("HEAD", False),
    "GetBucketVersioning": _about_bucket("versioning"),
    "GetObjectLockConfiguration": _about_bucket("object-lock"),
    "GetPublicAccessBlock": _about_bucket("publicAccessBlock"),
    "GetBucketEncryption": _about_bucket("encryption"),
    "ListObjectVersions": _about_bucket("versions", *_LISTING),
    "HeadObject": _RequestForm("HEAD", True, may=frozenset({"versionId"})),
    "GetObject": _RequestForm("GET", True, may=frozenset({"versionId"})),
    "PutObject": _RequestForm("PUT", True, locks=True, conditional=True),
    "CreateMultipartUpload": _RequestForm("POST", True, frozenset({"uploads"}), locks=True),
    "UploadPart": _RequestForm("PUT", True, frozenset({"partNumber", "uploadId"})),
    "CompleteMultipartUpload": _RequestForm("POST", True, frozenset({"uploadId"}), conditional=True),
    "AbortMultipartUpload": _RequestForm("DELETE", True, frozenset({"uploadId"})),
    "PutObjectRetention": _RequestForm("PUT", True, frozenset({"retention", "versionId"})),
    "PutObjectLegalHold": _RequestForm(
        "PUT", True, frozenset({"legal-hold", "versionId"}), body=re.compile(rb"<Status>ON</Status>")
    ),
}

_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "HeadBucket": ("s3:ListBucket",),
    "GetBucketVersioning": ("s3:GetBucketVersioning",),
    "GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
    "GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
    "GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "ListObjectVersions": ("s3:ListBucketVersions",),
    "HeadObject": (
        "s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectRetention", "s3:GetObjectLegalHold",
    ),
    "GetObject": ("s3:GetObject", "s3:GetObjectVersion"),
    "PutObject": ("s3:PutObject", "s3:PutObjectRetention", "s3:PutObjectLegalHold"),
    "CreateMultipartUpload": ("s3:PutObject", "s3:PutObjectRetention", "s3:PutObjectLegalHold"),
    "UploadPart": ("s3:PutObject",),
    "CompleteMultipartUpload": ("s3:PutObject",),
    "AbortMultipartUpload": ("s3:AbortMultipartUpload",),
    "PutObjectRetention": ("s3:PutObjectRetention",),
    "PutObjectLegalHold": ("s3:PutObjectLegalHold",),
}  # fmt: skip
"""IAM's names for what authorises each, as the Service Authorization Reference has them."""

OPERATIONS = tuple(Operation("s3", name, iam_actions=actions) for name, actions in _ACTIONS.items())
"""All that is ever sent to S3."""
READS = tuple(one for one in OPERATIONS if _FORMS[one.name].method in {"GET", "HEAD"})
"""What looking at an archive takes: `list` and `verify` send no more."""


class ArchiveGateError(WriteRefusedError):
    """The archive's gate refused a request before it was sent."""

    def __init__(self, service: str, operation: str, why: str = "an archive does not need it") -> None:
        super().__init__(service, operation, why)
        self.message = f"The archive's gate refused {service}:{operation}: {why}."
        self.args = (self.message,)


@dataclass(frozen=True, slots=True)
class ArchiveGate:
    """The gate of one archive: its bucket, its prefix, the account that must own the bucket."""

    bucket: str
    prefix: str
    owner: str

    def close(self, session: Session, operations: Iterable[Operation]) -> None:
        """Let clients of a session send these of the archive's operations, and nothing else."""
        allowed = {operation.name for operation in operations if operation.service == "s3"} & set(_FORMS)

        def refuse_others(model: OperationModel, **_: Any) -> None:
            name = (model.service_model.service_name, model.name)
            if name[0] != "s3" or name[1] not in allowed:
                raise ArchiveGateError(*name)

        def refuse_changed(request: AWSPreparedRequest, event_name: str, **_: Any) -> None:
            _event, service, operation = event_name.split(".")
            if service != "s3" or operation not in allowed:
                raise ArchiveGateError(service, operation)
            if difference := self._difference(request, _FORMS[operation]):
                raise ArchiveGateError(service, operation, difference)

        def name_owner(params: dict[str, Any], **_: Any) -> None:
            params.setdefault("ExpectedBucketOwner", self.owner)

        emitter = session.get_component("event_emitter")
        # botocore itself asks for a bucket's region, when it is told that the bucket is elsewhere.
        emitter.register("provide-client-params.s3.*", name_owner)
        emitter.register_first("provide-client-params.*.*", refuse_others)
        emitter.register_first("before-call.*.*", refuse_others)
        emitter.register_last("before-send", refuse_changed)  # handlers of a shorter name come last

    def _difference(self, request: AWSPreparedRequest, form: _RequestForm) -> str:
        """Return in what a request is not what it has to be, in words; nothing when it is."""
        url = urlsplit(request.url)
        if request.method != form.method:
            return f"what would be sent is {request.method}, not {form.method}"
        if not self._is_ours(url.hostname or "", url.path, form.in_bucket):
            return "it is about another bucket, or another place in it"
        asked = {name for name, _ in parse_qsl(url.query, keep_blank_values=True)}
        if not form.query <= asked or asked - form.query - form.may:
            return "its query is not the operation's"
        headers = {str(name).lower(): _text(value) for name, value in request.headers.items()}
        return self._wrong_headers(headers, form) or _wrong_body(request, form)

    def _is_ours(self, host: str, path: str, in_bucket: bool) -> bool:
        plain = unquote(path)
        if not host.startswith(f"{self.bucket}."):
            inside, _, plain = plain.removeprefix("/").partition("/")
            if inside != self.bucket:
                return False
        key = plain.removeprefix("/")
        return _is_key_below(key, self.prefix) if in_bucket else not key

    def _wrong_headers(self, headers: Mapping[str, str], form: _RequestForm) -> str:
        if headers.get(OWNER) != self.owner:
            return "it does not name the account that must own the bucket"
        if more := sorted({name for name in headers if name.startswith("x-amz-")} - _HEADERS):
            return f"it has the header {more[0]}"
        if form.locks and not set(headers) >= LOCK:
            return "it would write what Object Lock does not hold"
        if form.conditional and not CONDITIONS & set(headers):
            return "it would write whatever is there"
        return ""


def _is_key_below(key: str, prefix: str) -> bool:
    name = key.removeprefix(prefix)
    return key.startswith(prefix) and bool(name) and "/" not in name and name not in {".", ".."}


def _wrong_body(request: AWSPreparedRequest, form: _RequestForm) -> str:
    if form.body is None or (isinstance(request.body, bytes) and form.body.search(request.body)):
        return ""
    return "its body is not the operation's"


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
