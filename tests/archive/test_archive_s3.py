"""An archive in S3, over HTTP: what is written is locked and never replaced, what lies over it is found."""

import json
import subprocess
import sys
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from evidence.archive.archive import list_entries, open_archive
from evidence.archive.index import INDEX
from evidence.archive.rebuild import rebuild_index
from evidence.archive.s3 import gate
from evidence.archive.s3.access import open_bucket
from evidence.archive.s3.gate import ArchiveGateError
from evidence.archive.s3.store import S3Store
from evidence.archive.s3.versions import facts
from evidence.archive.store import StateChangedError
from evidence.archive.verify import ChainReport, verify_chain
from evidence.bundle.verify.verdicts import OverallVerdict
from evidence.clock import frozen_clock
from evidence.doctor.checks import Health
from evidence.doctor.machine import archive_checks
from evidence.errors import (
    CredentialsError,
    EvidenceError,
    StorageError,
    UsageError,
    VerificationError,
    WriteRefusedError,
)
from evidence.findings import Code
from evidence.settings.sections import ArchiveSettings
from evidence.signatures.trust import Trust
from tests.archive.archive_support import LATER, SCOPE, START, quarter
from tests.archive.s3_server import (
    BUCKETS,
    CREDENTIALS,
    OWNER,
    REGION,
    STRANGER,
    S3Server,
    SentRequest,
    in_years,
)
from tests.support.command import clean_environment, evidence
from tests.support.identity import signer

CLOCK = frozen_clock(LATER)
SIGNER_KEY = signer().key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
PIN = Trust((signer().certificate,))
BOTH = "archive/"


def bucket_of(settings: ArchiveSettings) -> str:
    return (settings.bucket or ("", ""))[0]


def check(store: S3Store, head: str | None = None) -> ChainReport:
    return verify_chain(store, now=LATER, trusted=PIN, head=head)


def codes(store: S3Store, head: str | None = None) -> set[Code]:
    return {one.code for one in check(store, head).findings}


def names(store: S3Store) -> list[str]:
    return [one for one in store.names() if one.endswith(".zip")]


def test_a_run_of_packs_goes_in_and_verifies(s3: S3Server, settings, tmp_path: Path) -> None:
    """From the claim to the report: the same code as on a folder."""
    store, previous = S3Store(settings, CLOCK), None
    for number in (1, 2):
        with open_archive(store) as archive:
            place = archive.claim(SCOPE)
            assert (place.sequence, place.previous) == (number, previous)
            pack, previous = quarter(tmp_path / str(number), number, previous=place.previous)
            archive.add(pack, signer(), frozen_clock(LATER + timedelta(minutes=number)))
    assert [one.sequence for one in list_entries(store)] == [1, 2]
    report = check(store, previous)
    assert (report.findings, report.word) == ((), OverallVerdict.UNCHANGED)
    assert {one.mode for one in report.locks} == {"compliance"}
    assert {one.days_left(LATER) for one in report.locks} == {(LATER.replace(year=2035) - LATER).days}
    assert len(report.locks) == 4  # two packs, two states of the index
    assert "Object Lock: 4 versions of 4." in report.text()
    writes = [one for one in s3.overlay.sent if one.method == "PUT"]
    assert len(writes) == 4
    for one in writes:
        assert one.headers["x-amz-object-lock-mode"] == "COMPLIANCE"
        assert one.headers["x-amz-server-side-encryption"] == "AES256"
        assert {"if-none-match", "if-match"} & set(one.headers)
    assert all(one.headers["x-amz-expected-bucket-owner"] == OWNER for one in s3.overlay.sent)
    assert "DELETE" not in {one.method for one in s3.overlay.sent}


def test_governance_a_legal_hold_and_a_key(s3: S3Server, settings, three) -> None:
    key = f"arn:aws:kms:{REGION}:{OWNER}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    given = settings.model_copy(
        update={"mode": "governance", "retention_years": 1, "legal_hold": True, "kms_key": key}
    )
    store, pack = S3Store(given, CLOCK), next(three[0].glob("*.zip"))
    store.add(pack.name, pack)
    said = s3.client.head_object(Bucket=bucket_of(settings), Key=f"archive/{pack.name}")
    assert (said["ObjectLockMode"], said["ObjectLockLegalHoldStatus"]) == ("GOVERNANCE", "ON")
    assert said["ObjectLockRetainUntilDate"].astimezone(UTC) == LATER.replace(year=2029)
    assert (said["ServerSideEncryption"], said["SSEKMSKeyId"]) == ("aws:kms", key)


@pytest.mark.parametrize(
    ("lacks", "says"),
    [
        ({"lock": True}, "no Object Lock"),
        ({"lock": True, "versions": True}, "keeps no versions"),
        ({"blocked": True}, "public access is not blocked"),
        ({"encrypted": True}, "does not encrypt"),
    ],
    ids=["lock", "versions", "public access", "encryption"],
)
def test_a_bucket_that_cannot_protect(s3: S3Server, lacks: dict, says: str) -> None:
    given = s3.bucket(next(BUCKETS), **lacks)
    with pytest.raises(UsageError, match=says) as caught, open_archive(S3Store(given)):
        pytest.fail("was opened")
    assert "evidence archive template" in caught.value.advice
    assert not s3.client.list_object_versions(Bucket=bucket_of(given)).get("Versions")


@pytest.mark.parametrize(
    ("change", "kind", "says", "advice"),
    [
        ({"owner": STRANGER}, StorageError, "AWS refuses s3:HeadBucket", r"\[archive\] owner"),
        ({"owner": None}, UsageError, "Nobody says whose", "owner"),
        ({"region": "us-east-1"}, UsageError, "lies in eu-central-1", "region"),
        ({"location": "s3://northwind-nowhere/x"}, UsageError, "There is no bucket", "template"),
    ],
    ids=["owner", "no owner", "region", "no bucket"],
)
def test_another_bucket_than_was_meant(settings, change: dict, kind: type, says: str, advice: str) -> None:
    given = settings.model_copy(update=change)
    with pytest.raises(kind, match=says) as caught, open_archive(S3Store(given)):
        pytest.fail("was opened")
    assert advice.replace("\\", "") in caught.value.advice


@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        ("AccessDenied", StorageError, "evidence archive policy"),
        ("ExpiredToken", CredentialsError, "aws sso login"),
        ("KMS.DisabledException", StorageError, "without it no pack can be read again"),
        ("PermanentRedirect", UsageError, r"[archive] region"),
    ],
)
def test_what_s3_refuses_is_said_with_what_to_do(
    s3: S3Server, filled: S3Store, code: str, kind: type[EvidenceError], says: str
) -> None:
    s3.overlay.fail = lambda sent: code if sent.method == "GET" and "versions" not in sent.query else None
    with pytest.raises(kind) as caught:
        list_entries(filled)
    assert says in caught.value.advice


def test_a_pack_is_never_written_over(settings, filled: S3Store, three, tmp_path: Path) -> None:
    name = names(filled)[0]
    other = tmp_path / name
    other.write_bytes(b"other bytes")
    with pytest.raises(UsageError, match="exists already"):
        filled.add(name, other)
    bucket = open_bucket(settings, CLOCK)
    with pytest.raises(EvidenceError, match=r"PreconditionFailed"):
        bucket.ask(
            "PutObject", Key=f"archive/{name}", Body=b"x", ChecksumAlgorithm="SHA256", IfNoneMatch="*",
            ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=in_years(1),
        )  # fmt: skip


def test_a_run_that_died_before_the_index(s3: S3Server, settings, filled: S3Store, tmp_path, digests) -> None:
    """The pack is there and no line of it: nothing looks complete, and adding it again completes that."""
    pack, _ = quarter(tmp_path / "new", 4, previous=digests[2], now=START + timedelta(hours=5))
    s3.overlay.fail = lambda sent: "InternalError" if _replaces_index(sent) else None
    with open_archive(filled) as archive, pytest.raises(StorageError, match="InternalError"):
        archive.add(pack, signer(), CLOCK)
    s3.overlay.fail = lambda _sent: None
    assert len(list_entries(filled)) == 3
    assert Code.CHAIN_UNLISTED in codes(filled)
    with open_archive(filled) as archive:
        entry = archive.add(pack, signer(), CLOCK)
    assert (entry.number, codes(filled)) == (4, set())
    history = s3.client.list_object_versions(Bucket=bucket_of(settings), Prefix=f"archive/{entry.file}")
    assert len(history["Versions"]) == 1


def _replaces_index(sent: SentRequest) -> bool:
    return sent.method == "PUT" and sent.path.endswith(INDEX)


@pytest.mark.parametrize("lost", [".zip", INDEX], ids=["pack", "index"])
def test_an_answer_that_was_lost_is_no_failure(
    s3: S3Server, filled: S3Store, tmp_path: Path, digests: list[str], lost: str
) -> None:
    """botocore sends the request again, and S3 says that something is there: it is what was sent."""
    pack, _ = quarter(tmp_path / "new", 4, previous=digests[2], now=START + timedelta(hours=5))
    losing = iter((True,))
    s3.overlay.lose = lambda sent: sent.method == "PUT" and sent.path.endswith(lost) and next(losing, False)
    with open_archive(filled) as archive:
        archive.add(pack, signer(), CLOCK)
    assert next(losing, None) is None
    assert (len(list_entries(filled)), codes(filled)) == (4, set())


def test_two_machines_add_at_once(s3: S3Server, settings, filled: S3Store, tmp_path, digests) -> None:
    """The one that is slower takes the next line: no entry is lost, and none replaced unseen."""
    state = filled.read(INDEX, 10**6)
    with pytest.raises(StateChangedError):
        filled.replace(INDEX, b"else\n", '"0123456789abcdef0123456789abcdef"')
    with pytest.raises(StateChangedError):
        filled.replace(INDEX, b"else\n", None)
    assert filled.read(INDEX, 10**6) == state
    cn, _ = quarter(
        tmp_path / "cn", 1, partition="aws-cn", scope="aws-cn:123456789012", now=START + timedelta(hours=6)
    )
    own, _ = quarter(tmp_path / "new", 4, previous=digests[2], now=START + timedelta(hours=5))
    elsewhere = S3Store(settings, CLOCK)
    faster = iter((True,))

    def meanwhile(sent: SentRequest) -> None:
        if _replaces_index(sent) and next(faster, False):
            with open_archive(elsewhere) as archive:
                archive.store.locked = lambda *_: open_archive(elsewhere)  # type: ignore[method-assign]
                archive.add(cn, signer(), CLOCK)

    s3.overlay.fail = meanwhile
    with open_archive(filled) as archive:
        assert archive.add(own, signer(), CLOCK).number == 5
    assert codes(filled) == set()


def test_what_is_locked_cannot_be_deleted_and_what_hides_it_is_found(
    s3: S3Server, settings, filled: S3Store, digests: list[str]
) -> None:
    bucket, (_, second, _) = bucket_of(settings), names(filled)
    (version,) = s3.client.list_object_versions(Bucket=bucket, Prefix=f"archive/{second}")["Versions"]
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.client.delete_object(Bucket=bucket, Key=f"archive/{second}", VersionId=version["VersionId"])
    s3.client.delete_object(Bucket=bucket, Key=f"archive/{second}")  # by its name alone: a marker
    report = check(filled, digests[2])
    (found,) = report.findings
    assert (found.code, found.subject) == (Code.CHAIN_HIDDEN, second)
    assert "what was locked is still there" in found.sentence
    assert len(next(iter(report.chains.values()))) == 3


def test_a_pack_and_an_index_that_were_deleted_for_good(s3: S3Server, filled, settings, three) -> None:
    """In governance mode, by somebody who may bypass it: as in a folder."""
    given = s3.bucket(next(BUCKETS)).model_copy(update={"mode": "governance"})
    store = S3Store(given, CLOCK)
    for pack in three[0].glob("*.zip"):
        store.add(pack.name, pack)
    store.replace(INDEX, (three[0] / INDEX).read_bytes(), None)
    gone = names(store)[1]
    for one in s3.client.list_object_versions(Bucket=bucket_of(given), Prefix=f"archive/{gone}")["Versions"]:
        s3.client.delete_object(
            Bucket=bucket_of(given), Key=one["Key"], VersionId=one["VersionId"],
            BypassGovernanceRetention=True,
        )  # fmt: skip
    assert codes(store) == {Code.CHAIN_DELETED, Code.CHAIN_GAP}
    assert any("governance" in one for one in verify_chain(
        S3Store(given.model_copy(update={"mode": "compliance"}), CLOCK), now=LATER).notes)  # fmt: skip


def test_a_pack_that_was_written_over(s3: S3Server, settings, filled: S3Store) -> None:
    """What was put there first is looked at; what came after it is told."""
    name = names(filled)[0]
    s3.client.put_object(Bucket=bucket_of(settings), Key=f"archive/{name}", Body=b"another pack")
    assert codes(filled) == {Code.CHAIN_HIDDEN, Code.CHAIN_UNPROTECTED}
    with filled.opened(name) as path:
        assert path.read_bytes() != b"another pack"


def test_an_index_that_was_set_back(s3: S3Server, settings, filled: S3Store) -> None:
    """An older state that was written again is in order by itself: the versions before it tell."""
    content = filled.read(INDEX, 10**6)
    shorter = b"".join(content.content.splitlines(keepends=True)[:2])
    filled.replace(INDEX, shorter, content.version)
    report = check(filled)
    assert {one.code for one in report.findings} == {Code.CHAIN_INDEX, Code.CHAIN_UNLISTED}
    assert any("1 of 3 entries were taken out" in one.sentence for one in report.findings)


def test_an_index_under_a_delete_marker(s3: S3Server, settings, filled: S3Store) -> None:
    """Nothing is added as if the archive were new; verification looks at what is locked."""
    s3.client.delete_object(Bucket=bucket_of(settings), Key=f"archive/{INDEX}")
    with open_archive(filled) as archive, pytest.raises(VerificationError, match="delete marker hides it"):
        archive.claim(SCOPE)
    assert codes(filled) == {Code.CHAIN_HIDDEN}


def test_an_index_is_rebuilt_from_the_packs(s3: S3Server, settings, filled: S3Store, three) -> None:
    with pytest.raises(UsageError, match="in order"):
        rebuild_index(filled, signer(), CLOCK)
    broken = filled.read(INDEX, 10**6)
    filled.replace(INDEX, broken.content[:-20], broken.version)
    assert Code.CHAIN_INDEX in codes(filled)
    assert [one.rebuilt for one in rebuild_index(filled, signer(), CLOCK)] == [True] * 3
    report = check(filled)
    assert {one.code for one in report.findings} == {Code.CHAIN_INDEX}  # the broken state stays, and is told
    assert any("rebuilt" in one for one in report.notes)


def test_parts_of_a_large_pack(s3: S3Server, settings, tmp_path: Path) -> None:
    """Each part with its checksum; moto does not lock such an object, and the store sees to that."""
    large = tmp_path / "large.zip"
    large.write_bytes(bytes(range(256)) * 4 * 1024 * 6)  # 6 MiB
    store = S3Store(settings, CLOCK, one_put=2**20, part=5 * 2**20)
    digest = store.add(large.name, large)
    assert store.sha256_of(large.name) == digest
    with store.opened(large.name) as path:
        assert path.read_bytes() == large.read_bytes()
    said = facts(open_bucket(settings, CLOCK), large.name, _version(s3, settings, large.name))
    assert (said.composite, said.mode, said.until) == (True, "COMPLIANCE", LATER.replace(year=2035))
    assert store.add(large.name, large) == digest
    assert sum("uploads" in one.query for one in s3.overlay.sent) == 1
    large.write_bytes(large.read_bytes()[:-1] + b"x")
    with pytest.raises(UsageError, match="exists already"):
        store.add(large.name, large)


def _version(s3: S3Server, settings: ArchiveSettings, name: str) -> str:
    (one,) = s3.client.list_object_versions(Bucket=bucket_of(settings), Prefix=f"archive/{name}")["Versions"]
    return one["VersionId"]


def test_an_upload_in_parts_that_fails_leaves_nothing(s3: S3Server, settings, tmp_path: Path) -> None:
    large = tmp_path / "large.zip"
    large.write_bytes(bytes(6 * 2**20))
    s3.overlay.fail = lambda sent: "BadDigest" if "partNumber" in sent.query else None
    with pytest.raises(StorageError, match="changed while it was added"):
        S3Store(settings, CLOCK, one_put=2**20, part=5 * 2**20).add(large.name, large)
    s3.overlay.fail = lambda _sent: None
    assert not s3.client.list_multipart_uploads(Bucket=bucket_of(settings)).get("Uploads")
    assert S3Store(settings, CLOCK).names() == []


def test_a_lock_is_made_longer_and_never_shorter(s3: S3Server, settings, three) -> None:
    pack = next(three[0].glob("*.zip"))
    S3Store(settings.model_copy(update={"retention_years": 2}), CLOCK).add(pack.name, pack)
    S3Store(settings.model_copy(update={"retention_years": 9}), CLOCK).add(pack.name, pack)
    S3Store(settings.model_copy(update={"retention_years": 1}), CLOCK).add(pack.name, pack)
    said = facts(open_bucket(settings, CLOCK), pack.name, _version(s3, settings, pack.name))
    assert said.until == LATER.replace(year=2037)


def test_the_gate_lets_nothing_else_through(s3: S3Server, settings, filled: S3Store) -> None:
    s3.overlay.sent.clear()
    bucket, key = open_bucket(settings, CLOCK), {"Key": "archive/a.zip"}
    lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": in_years(1)}
    body = {"Body": b"x", "ChecksumAlgorithm": "SHA256"}
    off = {"LegalHold": {"Status": "OFF"}, "VersionId": "v", "ChecksumAlgorithm": "SHA256"}
    held = {"RetainUntilDate": in_years(1), "Mode": "GOVERNANCE"}
    for operation, parameters, why in (
        ("DeleteObject", key, "does not need it"),
        ("PutBucketPolicy", {"Policy": "{}"}, "does not need it"),
        ("PutObjectAcl", key | {"ACL": "public-read"}, "does not need it"),
        ("GetObject", {"Key": "elsewhere/a.zip"}, "another place"),
        ("GetObject", {"Key": "archive/deeper/a.zip"}, "another place"),
        ("PutObject", key | body | {"IfNoneMatch": "*"}, "Object Lock"),
        ("PutObject", key | body | lock, "whatever is there"),
        ("PutObject", key | body | lock | {"IfNoneMatch": "*", "ACL": "public-read"}, "x-amz-acl"),
        ("PutObjectRetention", key | {"Retention": held, "VersionId": "v", "BypassGovernanceRetention": True},
         "x-amz-bypass-governance-retention"),
        ("PutObjectRetention", key | {"Retention": held, "ChecksumAlgorithm": "SHA256"}, "query"),
        ("PutObjectLegalHold", key | off, "body"),
    ):  # fmt: skip
        with pytest.raises(ArchiveGateError, match=why):
            bucket.ask(operation, **parameters)
    with pytest.raises(WriteRefusedError), bucket.session.signing():
        bucket.session.client("iam").create_user(UserName="x")
    with pytest.raises(ArchiveGateError, match="must own"), bucket.session.signing():
        bucket.session.client("s3").head_bucket(Bucket=bucket.name, ExpectedBucketOwner=STRANGER)
    assert s3.overlay.sent == []


def test_the_collecting_session_cannot_write_there(s3: S3Server, settings) -> None:
    from evidence.aws.sessions import connect
    from evidence.collectors.base import catalogue

    operations = {one for item in catalogue().values() for one in item.operations}
    assert not {one for one in operations if one.service == "s3"}
    account = connect(profile=None, region=REGION, operations=operations, connections=1).account
    s3.overlay.sent.clear()
    for allowed in gate.OPERATIONS:
        with pytest.raises(WriteRefusedError), account.signing():
            account.client("s3")._make_api_call(allowed.name, {"Bucket": bucket_of(settings)})
    assert s3.overlay.sent == []


def test_a_role_of_its_own(s3: S3Server, settings, three) -> None:
    role = f"arn:aws:iam::{OWNER}:role/EvidenceArchive"
    store = S3Store(settings.model_copy(update={"role": role, "external_id": "northwind"}), CLOCK)
    pack = next(three[0].glob("*.zip"))
    store.add(pack.name, pack)
    assert all("x-amz-security-token" in one.headers for one in s3.overlay.sent)


def test_the_commands(s3: S3Server, settings, three, tmp_path: Path) -> None:
    """As a user types them."""
    location = settings.location
    (tmp_path / "evidence.toml").write_text(
        f'[archive]\nlocation = "{location}"\nowner = "{OWNER}"\nregion = "{REGION}"\n'
    )
    first = sorted(three[0].glob("*.zip"))[0]
    (tmp_path / "k.pem").write_bytes(SIGNER_KEY)
    (tmp_path / "c.pem").write_bytes(signer().certificate_pem)
    key = ("--key", "k.pem", "--certificate", "c.pem")
    env = clean_environment() | CREDENTIALS | {"AWS_ENDPOINT_URL": s3.url}
    done = evidence("archive", "add", first, *key, "--json", cwd=tmp_path, env=env)
    assert (done.returncode, json.loads(done.stdout)["number"]) == (0, 1), done.stderr
    done = evidence("archive", "verify", "--trust", "c.pem", "--json", cwd=tmp_path, env=env)
    document = json.loads(done.stdout)
    assert (done.returncode, document["findings"], len(document["locks"])) == (0, [], 2), done.stderr
    assert document["locks"][0]["days_left"] > 7 * 365


def test_the_doctor_looks_at_the_bucket(s3: S3Server, filled: S3Store, settings: ArchiveSettings) -> None:
    told = list(archive_checks(filled, SCOPE, 1))
    assert [one.health for one in told] == [Health.OK, Health.OK]
    assert "a run would follow" in told[1].found
    (told,) = archive_checks(S3Store(s3.bucket(next(BUCKETS), blocked=True)), SCOPE, 1)
    assert (told.health, "public access" in told.found) == (Health.STOP, True)


def test_an_archive_in_a_folder_loads_nothing_of_aws() -> None:
    code = (
        "import sys; from pathlib import Path; from evidence.archive.archive import list_entries; "
        "from evidence.archive.store import store_at; store_at('/x').names(); "
        "sys.exit('botocore' in sys.modules or 'evidence.archive.s3' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
