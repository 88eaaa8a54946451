"""Every parser of what a stranger may have written: how it is called, what it is fed, what it may raise."""

import atexit
import gzip
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyrage
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from openpyxl import Workbook

from evidence.archive import index
from evidence.bundle.format import bag, strictjson
from evidence.bundle.verify.contents import Contents
from evidence.bundle.verify.inventory import FileDigest, hash_files
from evidence.controls.declaration import Verdict
from evidence.controls.results import Results
from evidence.corroborate import files as events
from evidence.demo_account import paperwork, people_list
from evidence.errors import ConfigError, SigningError, UsageError
from evidence.findings import TimeStampSubject
from evidence.pack import canonical_zip, encryption, layout
from evidence.pack.named_digests import digests_in_page, digests_in_workbook
from evidence.policies.breadth import reach
from evidence.policies.digest import digest as policy_digest
from evidence.policies.document import readable_statements, statements
from evidence.readers import credential_report
from evidence.redact import key as redaction_key
from evidence.redact.policy import read_policy
from evidence.report.facts import read_results
from evidence.report.workbook import exceptions_sheet as sheet
from evidence.report.workbook.returned import read_returned
from evidence.settings.file import load as load_settings
from evidence.signatures import cms, timestamps, trust
from evidence.signatures.pdf import named_digest, verify_pdf
from evidence.signing.pem import open_pem
from evidence.signing.pkcs12 import open_pkcs12
from evidence.statements.files import STATEMENT_KINDS, read_file
from tests.attacks.material import SIGNATURE, original, zipped
from tests.support.authority import kept, make_authority
from tests.support.bundles import NOW
from tests.support.identity import signer

SAMPLES = Path(__file__).parents[2] / "samples"
_PAPERWORK = Path(paperwork.__file__).parent
_BUNDLE = next(SAMPLES.glob("evidence-*"))
SCRATCH = "EVIDENCE_FUZZ_SCRATCH"
"""Names the folder for files, where another process clears it away."""
_SECRET = b"correct horse battery"


@dataclass(frozen=True)
class Parser:
    """One parser of the bytes of one file."""

    parse: Callable[[bytes], object]
    seeds: Callable[[], Iterable[bytes]]
    raises: tuple[type[Exception], ...] = ()
    """What it documents; nothing where it never raises."""

    def try_on(self, data: bytes) -> None:
        """Parse; what is documented may be raised, and comes to nothing."""
        with suppress(*self.raises):
            self.parse(data)


def memory() -> str | None:
    """Return a folder in memory, where there is one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108


@cache
def _scratch() -> Path:
    """Return a folder of this process, in memory where there is one: the disk is not what is tried here."""
    folder = Path(tempfile.mkdtemp(prefix="evidence-fuzz-", dir=os.environ.get(SCRATCH) or memory()))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    tempfile.tempdir = str(folder)
    return folder


def _file(name: str, parse: Callable[[Path], object]) -> Callable[[bytes], object]:
    """Return what writes bytes into a file of that name, and has it parsed."""

    def written(data: bytes) -> object:
        path = _scratch() / name
        path.write_bytes(data)
        return parse(path)

    return written


def _stated(file: str) -> bytes | Path:
    """Return one of management's files of the demonstration."""
    return people_list.people_csv(date(2026, 10, 1), 0.0) if file == people_list.NAME else _PAPERWORK / file


def _given(*content: bytes | Path) -> Callable[[], Iterable[bytes]]:
    return lambda: [one.read_bytes() if isinstance(one, Path) else one for one in content]


# --- the files of a bundle ---------------------------------------------------------------------------


def _few_results() -> bytes:
    """Return the results of a few tests, with rows and without, small enough to be changed whole."""
    results = read_results(SAMPLES / "results.json")
    few = tuple(test for test in results.tests if test.id in ("ROOT-1", "MFA-1", "AA-6", "ATT-1"))
    return results.model_copy(update={"tests": few, "joined": ()}).to_bytes()


@cache
def _sealed() -> tuple[Any, Results]:
    """Return what a sheet that came back is held against: a bundle's name, and results of one row or two."""
    return SimpleNamespace(name="b", digest="ab" * 32), Results.model_validate_json(_few_results())


def _returned() -> Iterable[bytes]:
    """Return a sheet of exceptions, filled in, with a row of the results."""
    bundle, results = _sealed()
    test = next(test for test in results.tests if test.exceptions)
    at, row = next((at, row) for at, row in enumerate(test.rows, 1) if row.verdict is Verdict.EXCEPTION)
    words = (
        sheet.OWNER,
        sheet.RESPONSE,
        sheet.DUE,
        sheet.ACCEPTED_BY,
        sheet.ACCEPTED_ON,
        sheet.ACCEPTED_UNTIL,
    )
    book = Workbook()
    book.active.title = "Exceptions"
    for cells in (
        (f"{sheet.BUNDLE_LINE}{bundle.digest}",),
        (
            sheet.EXCEPTION,
            sheet.TEST,
            sheet.SUBJECT,
            sheet.ACCOUNT,
            *words,
            sheet.REASON,
            sheet.COMPENSATING,
            sheet.TICKET,
        ),
        (f"{test.id}:{at}", test.id, row.subject, row.account, "Ada", "Mended.", date(2026, 12, 1)),
    ):
        book.active.append(cells)
    made = io.BytesIO()
    book.save(made)
    return [made.getvalue()]


@cache
def _bundle_folder() -> tuple[Path, Mapping[str, Any]]:
    """Return the data folder of a small bundle, and what lies in it."""
    folder = _scratch() / "bundle"
    for path, content in original().bag.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    data = folder / bag.PAYLOAD
    paths = [path.relative_to(data).as_posix() for path in data.rglob("*") if path.is_file()]
    return data, hash_files(data, paths)


def _digest(content: bytes) -> FileDigest:
    ends = content[-1:] in (b"", b"\n")
    return FileDigest(hashlib.sha256(content).hexdigest(), len(content), content.count(b"\n"), ends)


def _of_bundle(path: str) -> Callable[[bytes], object]:
    """Return what checks a bundle in which one file is replaced; whatever it is, that is a finding."""

    def check(content: bytes) -> object:
        data, files = _bundle_folder()
        target = data / path
        before = target.read_bytes() if target.exists() else None
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)
        try:
            return list(Contents(data, {**files, path: _digest(content)}).check(original().bundle))
        finally:
            target.unlink() if before is None else target.write_bytes(before)

    return check


def _bag_file(path: str) -> Callable[[], Iterable[bytes]]:
    own = f"{bag.PAYLOAD}/{path}"
    return lambda: [original().bag[own], (_BUNDLE / own).read_bytes()[:8192]]


_ATTACHED = (
    b'[{"bytes":3,"file":"attachments/a.txt","media_type":"text/plain","name":"a.txt","sha256":"%s"}]\n'
)


# --- signatures --------------------------------------------------------------------------------------


@cache
def _token() -> bytes:
    return kept(make_authority(_scratch() / "authority").stamp(b"content"))


def _signed(data: bytes) -> None:
    """Check a signature, and judge its certificate."""
    signature = cms.check(data, original().bag[bag.TAG_MANIFEST])
    trust.judge(signature, None, now=NOW, subject="it", claimed=signature.signing_time)


def _stamped(data: bytes) -> None:
    """Check a time-stamp, as a reader does, and as whoever asked an authority does with its answer."""
    trust.check_time_stamp(data, b"content", TimeStampSubject.SEAL, None, now=datetime.now(UTC), subject="it")
    with suppress(timestamps.TimeStampError):
        timestamps.normal(timestamps.granted(data))


def _report(data: bytes) -> None:
    report = verify_pdf(data, name="report.pdf", now=NOW)
    if report.ok:
        named_digest(report, "results")


def _index_line() -> Iterable[bytes]:
    entry = index.ArchiveEntry(
        number=1, scope="aws:123456789012", sequence=1, bundle=original().bundle, digest="ab" * 32,
        previous=None, sealed=NOW, added=NOW, file="evidence-1.zip", sha256="cd" * 32, before=None,
    )  # fmt: skip
    first = index.sign_entry(entry, signer())
    following = {
        "number": 2,
        "sequence": 2,
        "previous": "ab" * 32,
        "digest": "ef" * 32,
        "before": index.digest(first),
    }
    return [first, first + index.sign_entry(entry.model_copy(update=following), signer())]


# --- keys --------------------------------------------------------------------------------------------


def _pem(encrypted: bool) -> bytes:
    secret = serialization.BestAvailableEncryption(_SECRET) if encrypted else serialization.NoEncryption()
    made: bytes = signer().key.private_bytes(  # type: ignore[union-attr]
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret
    )
    return made


def _pkcs12() -> Iterable[bytes]:
    cheap = serialization.PrivateFormat.PKCS12.encryption_builder().kdf_rounds(1).build(_SECRET)
    own = signer()
    return [pkcs12.serialize_key_and_certificates(b"key", own.key, own.certificate, None, cheap)]  # type: ignore[arg-type]


@cache
def _identity() -> tuple[Path, str]:
    made = pyrage.x25519.Identity.generate()
    path = _scratch() / "identity.txt"
    path.write_text(f"{made}\n")
    return path, str(made.to_public())


def _decrypted(path: Path) -> None:
    with encryption.decrypted_path(path, _identity()[0], None):
        pass


_ARMOUR = b"""-----BEGIN AGE ENCRYPTED FILE-----
YWdlLWVuY3J5cHRpb24ub3JnL3YxCg==
-----END AGE ENCRYPTED FILE-----
"""


def _encrypted() -> Iterable[bytes]:
    return [encryption.lock_to([_identity()[1]]).encrypt(b"content" * 100), _ARMOUR]


# --- what AWS and management write -------------------------------------------------------------------


_POLICY = {
    "Version": "2012-10-17",
    "Id": "x",
    "Statement": [
        {
            "Sid": "One",
            "Effect": "Allow",
            "Action": ["iam:*", "s3:Get?bject"],
            "Resource": ["arn:aws:iam::123456789012:role/${aws:username}", "*"],
            "Condition": {"ForAnyValue:StringLikeIfExists": {"aws:PrincipalTag/team": ["a*", "b"]}},
        },
        {"Effect": "Deny", "NotAction": "sts:*", "NotResource": "*", "Condition": {"Bool": {"a:b": True}}},
        {"Effect": "Allow", "Principal": {"AWS": ["*", "123456789012"], "Service": "x"}, "Action": "a:b"},
        {"Effect": "Allow", "NotPrincipal": "*", "Action": "*", "Resource": "*"},
    ],
}  # fmt: skip


def _policy(data: bytes) -> None:
    """Read a document as records hold it, decoded, and as the raw API has it, as text."""
    text = data.decode("utf-8", "replace")
    with suppress(ValueError):
        statements(text)
    document = strictjson.loads(data)
    readable_statements(document)
    parsed = statements(document)
    list(reach(parsed, "123456789012"))
    policy_digest(document)


def _credentials(data: bytes) -> None:
    report = credential_report.parse(data, "report.csv", "123456789012", NOW)
    _ = report.unreadable, report.known_users
    with suppress(credential_report.CredentialReportError):
        _ = report.root, report.users


def _events(name: str) -> Callable[[bytes], object]:
    return _file(name, lambda path: events.read(name, path, lambda _event: None))


_RECORD = {
    "eventType": "AwsApiCall", "eventID": "e", "requestID": "r", "awsRegion": "us-east-1", "userAgent": "a",
    "eventTime": "2026-10-01T06:00:00Z", "eventSource": "iam.amazonaws.com", "eventName": "GetRole",
    "recipientAccountId": "123456789012", "userIdentity": {"arn": "arn:x", "principalId": "p"},
}  # fmt: skip
_LOG = json.dumps({"Records": [_RECORD, _RECORD]}).encode()
_LOOKED_UP = json.dumps({"Events": [{"EventId": "e", "CloudTrailEvent": json.dumps(_RECORD)}]}).encode()
_TABLE = (
    b"requestID,eventID,eventTime,eventSource,eventName,awsRegion,recipientAccountId,userIdentity_arn\n"
    b'r,e,2026-10-01 06:00:00.000,iam.amazonaws.com,GetRole,us-east-1,123456789012,"arn:x"\n'
)


def _unzipped(path: Path) -> None:
    folder = _scratch() / "unpacked"
    folder.mkdir()
    try:
        canonical_zip.unpack(path, folder)
    finally:
        shutil.rmtree(folder)


_prompt = lambda _of: _SECRET  # noqa: E731

PARSERS: Mapping[str, Parser] = {
    "strict-json": Parser(
        lambda data: strictjson.is_document(data, strictjson.loads(data)),
        _given(b'{"a": [1, -2.5e3, "\\u00e9", null, true]}\n', b'{\n  "a": {}\n}\n', b"[[[]]]"),
        (ValueError,),
    ),
    "manifest": Parser(bag.parse_manifest, _given(_BUNDLE / bag.MANIFEST), (ValueError,)),
    "bag-info": Parser(bag.parse_info, _given(_BUNDLE / bag.BAG_INFO), (ValueError,)),
    "run.json": Parser(_of_bundle(bag.RUN), _bag_file(bag.RUN)),
    "gaps.json": Parser(_of_bundle(bag.GAPS), _bag_file(bag.GAPS)),
    "calls.jsonl": Parser(_of_bundle(bag.CALLS), _bag_file(bag.CALLS)),
    "attachments": Parser(_of_bundle(bag.ATTACHMENTS), _given(_ATTACHED % (b"ab" * 32), b"[]\n")),
    "results.json": Parser(
        _file("results.json", read_results),
        lambda: [_few_results(), _few_results()[:2000]],
        (UsageError,),
    ),
    "zip": Parser(
        _file("pack.zip", _unzipped),
        lambda: [zipped({"a/b": b"1", "a/c.txt": b"two", "d": b""}), zipped({})],
        (canonical_zip.ZipError,),
    ),
    "workbook": Parser(
        _file("appendices.xlsx", digests_in_workbook), lambda: [original().files[layout.APPENDICES]]
    ),
    "returned-sheet": Parser(
        _file("back.xlsx", lambda path: read_returned(path, *_sealed())), _returned, (UsageError,)
    ),
    "page": Parser(_file("index.html", digests_in_page), lambda: [original().files[layout.PAGE]]),
    "pdf": Parser(_report, lambda: [original().files[layout.REPORT]]),
    "cms": Parser(_signed, lambda: [original().bag[SIGNATURE]], (cms.CmsError,)),
    "time-stamp": Parser(_stamped, lambda: [_token()]),
    "archive-index": Parser(index.read, _index_line),
    "certificates": Parser(
        _file("trust.pem", lambda path: trust.load_trust(path, path)),
        lambda: [signer().chain_pem, signer().certificate.public_bytes(serialization.Encoding.DER)],
        (UsageError,),
    ),
    "credential-report": Parser(
        _credentials, lambda: [path.read_bytes() for path in _BUNDLE.rglob("credential-report.csv")]
    ),
    "policy": Parser(_policy, _given(json.dumps(_POLICY).encode()), (ValueError,)),
    **{
        kind.name: Parser(
            _file(kind.file, partial(read_file, kind)), _given(_stated(kind.file)), (ConfigError,)
        )
        for kind in STATEMENT_KINDS
    },
    "settings": Parser(
        _file("evidence.toml", load_settings), _given(SAMPLES / "evidence.toml"), (ConfigError,)
    ),
    "redaction-policy": Parser(
        _file("redaction.toml", read_policy), _given(SAMPLES / "redaction.toml"), (ConfigError,)
    ),
    "redaction-key": Parser(
        _file("redaction.key", redaction_key.load), _given(b"ab" * 32 + b"\n"), (UsageError,)
    ),
    "events-json": Parser(_events("log.json"), _given(_LOG, _LOOKED_UP)),
    "events-gzip": Parser(_events("log.json.gz"), _given(gzip.compress(_LOG, mtime=0))),
    "events-csv": Parser(_events("log.csv"), _given(_TABLE)),
    "age": Parser(_file("pack.zip.age", _decrypted), _encrypted, (UsageError,)),
    "age-recipients": Parser(
        _file("recipients.txt", lambda path: encryption.lock_to([str(path)])),
        lambda: [_identity()[1].encode() + b"\n"],
        (UsageError,),
    ),
    "age-identity": Parser(
        _file("key.txt", encryption._identities),
        lambda: [_identity()[0].read_bytes(), _pem(encrypted=False)],
        (UsageError,),
    ),
    "pem-key": Parser(
        _file("key.pem", lambda path: open_pem(path, None, _prompt)),
        lambda: [_pem(encrypted=False), _pem(encrypted=True)],
        (SigningError,),
    ),
    "pkcs12-key": Parser(
        _file("key.p12", lambda path: open_pkcs12(path, None, _prompt)), _pkcs12, (SigningError,)
    ),
}
