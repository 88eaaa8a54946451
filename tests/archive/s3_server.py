"""moto's S3 over HTTP, with what it lacks against AWS in front of it (measured on moto 5.2.5).

moto takes any `x-amz-expected-bucket-owner` and any checksum, lets a retention in compliance mode be made
shorter, and does not lock what was sent in parts. The first three are refused here as AWS refuses them; the
last is left as it is: the store sees to the lock by itself.
"""

import base64
import hashlib
import io
import itertools
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import boto3

from evidence.demo_account.server import DemoServer
from evidence.settings.sections import ArchiveSettings

BUCKETS = (f"northwind-{os.getpid()}-{number}" for number in itertools.count())
"""Names that no bucket has yet, here or at a server of another process: a lock is named after them."""
OWNER, STRANGER = "123456789012", "999999999999"
REGION = "eu-central-1"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIADEMODEMODEMODEMO",
    "AWS_SECRET_ACCESS_KEY": "very-secret-key",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True)
class SentRequest:
    """One request as it came over the wire."""

    method: str
    path: str
    query: tuple[str, ...]
    headers: dict[str, str]


@dataclass
class S3Overlay:
    """Answers in moto's place where moto is laxer than AWS, and puts every request on record."""

    moto: Callable[..., Iterable[bytes]]
    sent: list[SentRequest] = field(default_factory=list)
    fail: Callable[[SentRequest], str | None] = lambda _sent: None
    """What a test wants refused, with which code."""
    cut: Callable[[SentRequest], bool] = lambda _sent: False
    """Of which answers half is lost on the way, by something that tells a length to match."""
    lose: Callable[[SentRequest], bool] = lambda _sent: False
    """Which answers are lost on the way, after all was done."""

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        headers = {
            name[5:].lower().replace("_", "-"): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        sent = SentRequest(environ["REQUEST_METHOD"], environ["PATH_INFO"], tuple(sorted(query)), headers)
        if "/s3/" in headers.get("authorization", ""):
            self.sent.append(sent)
            if code := self.fail(sent) or self._lacking(sent, query, body):
                return _refuse(code, start)
        if self.cut(sent):
            return self._half(environ, start)
        answer = self.moto(environ, start)
        if "/s3/" in headers.get("authorization", "") and self.lose(sent):
            list(answer)
            raise ConnectionResetError
        return answer

    def _half(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        told: list[Any] = []
        body = b"".join(self.moto(environ, lambda *given: told.extend(given)))
        half = body[: len(body) // 2]
        headers = [one for one in told[1] if one[0].lower() != "content-length"]
        start(told[0], [*headers, ("Content-Length", str(len(half)))])
        return [half]

    def _lacking(self, sent: SentRequest, query: dict[str, str], body: bytes) -> str | None:
        if sent.headers.get("x-amz-expected-bucket-owner", OWNER) != OWNER:
            return "AccessDenied"
        told = sent.headers.get("x-amz-checksum-sha256")
        if told and told != base64.b64encode(hashlib.sha256(body).digest()).decode():
            return "BadDigest"
        if sent.method == "PUT" and "retention" in query:
            return _shortens(sent.path, query["versionId"], body)
        return None


def _shortens(path: str, version: str, body: bytes) -> str | None:
    from moto.s3.models import s3_backends

    bucket, _, key = path.lstrip("/").partition("/")
    held = s3_backends[OWNER]["aws"].get_object(bucket, key, version_id=version)
    until = getattr(held, "lock_until", None)
    asked = body.decode().partition("<RetainUntilDate>")[2].partition("<")[0]
    if until and datetime.fromisoformat(asked) < datetime.fromisoformat(until):
        return "AccessDenied"
    return None


STATUS = {"AccessDenied": 403, "BadDigest": 400, "ExpiredToken": 400, "KMS.DisabledException": 400,
          "PermanentRedirect": 301, "InternalError": 500, "NoSuchBucket": 404, "SlowDown": 503}  # fmt: skip


def _refuse(code: str, start: Callable[..., Any]) -> list[bytes]:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>Refused.</Message></Error>".encode()
    start(f"{STATUS[code]} {code}", [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
    return [body]


class S3Server:
    """The server, and a client without any gate: whoever else may reach the bucket."""

    def __init__(self) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self.overlay = S3Overlay(DomainDispatcherApplication(create_backend_app))
        self._server = DemoServer("127.0.0.1", 0, self.overlay)
        self._server.start()
        self.url = self._server.url
        self.client = boto3.client(
            "s3", endpoint_url=self.url, region_name=REGION, aws_access_key_id="AKIASOMEBODYELSE00001",
            aws_secret_access_key="secret",
        )  # fmt: skip

    def close(self) -> None:
        self._server.stop()

    def bucket(self, name: str, **lacks: bool) -> ArchiveSettings:
        """Make a bucket that can protect an archive, but for what it lacks; return settings that name it."""
        where = {"LocationConstraint": REGION}
        self.client.create_bucket(
            Bucket=name, CreateBucketConfiguration=where, ObjectLockEnabledForBucket=not lacks.get("lock")
        )
        if lacks.get("lock") and not lacks.get("versions"):
            self.client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        if not lacks.get("blocked"):
            blocks = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
            self.client.put_public_access_block(
                Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(blocks, True)
            )
        if not lacks.get("encrypted"):
            rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
            self.client.put_bucket_encryption(
                Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]}
            )
        return ArchiveSettings(location=f"s3://{name}/archive", owner=OWNER, region=REGION)


def in_years(years: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=365.25 * years)
