"""Renewals and hand-overs of an archive in S3: they grow as the index does, and what is set back is found."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from evidence.archive.handing_over import hand_over
from evidence.archive.index import INDEX
from evidence.archive.renewals import RENEWALS
from evidence.archive.renewing import renew
from evidence.archive.s3.store import S3Store
from evidence.archive.store import StateChangedError
from evidence.archive.succession import HAND_OVERS
from evidence.archive.verify import verify_chain
from evidence.clock import frozen_clock
from evidence.demo_account import authority as demonstration
from evidence.errors import StorageError
from evidence.findings import Code
from evidence.settings.sections import ArchiveSettings
from evidence.signatures.trust import Trust
from evidence.signing.signer import Signer
from tests.archive.archive_support import LATER
from tests.archive.s3_server import CREDENTIALS, OWNER, REGION, S3Server, SentRequest
from tests.support import authority
from tests.support.command import clean_environment, evidence
from tests.support.identity import signer

OLD, NEW, THIRD = signer(), signer("Next", secret=31), signer("Third", secret=32)
CLOCK = frozen_clock(LATER)


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> authority.Authority:
    return authority.make_authority(tmp_path_factory.mktemp("tsa") / "made", days=(-3000, 3000))


def renew_now(store: S3Store, tsa: authority.Authority) -> None:
    then = authority.AuthorityThen(tsa, LATER)
    renew(store, then, CLOCK, within=timedelta(days=30), always=True)


def codes(store: S3Store, *trusted: Signer, roots: tuple = ()) -> set[Code]:
    pins = Trust(tuple(one.certificate for one in trusted or (OLD,)), authorities=roots)
    return {one.code for one in verify_chain(store, now=LATER, trusted=pins).findings}


def test_records_grow_and_each_state_is_locked(s3: S3Server, filled: S3Store, tsa) -> None:
    renew_now(filled, tsa)
    hand_over(filled, NEW.certificate, OLD, CLOCK, None)
    renew_now(filled, tsa)
    hand_over(filled, THIRD.certificate, NEW, CLOCK, None)
    report = verify_chain(filled, now=LATER, trusted=Trust((OLD.certificate,)))
    assert report.findings == ()
    held = [one.file for one in report.locks if one.mode == "compliance" and one.days_left(LATER) > 2550]
    assert (held.count(RENEWALS), held.count(HAND_OVERS)) == (2, 2)


@pytest.mark.parametrize("name", [RENEWALS, HAND_OVERS])
def test_records_that_were_set_back(s3: S3Server, filled: S3Store, tsa, name: str) -> None:
    """With the versions before them still there, nobody needs to know what there was."""
    renew_now(filled, tsa)
    hand_over(filled, NEW.certificate, OLD, CLOCK, None)
    renew_now(filled, tsa)
    hand_over(filled, THIRD.certificate, NEW, CLOCK, None)
    state = filled.read(name, 10**6)
    filled.replace(name, state.content.splitlines(keepends=True)[0], state.version)
    expected = Code.RENEWAL if name == RENEWALS else Code.HAND_OVER
    assert expected in codes(filled)


def test_two_machines_renew_at_once(s3: S3Server, settings, filled: S3Store, tsa) -> None:
    """The slower one fails: it would put a line in the place of another, which the versions keep."""
    elsewhere, faster = S3Store(settings, CLOCK), iter((True,))

    def meanwhile(sent: SentRequest) -> None:
        if sent.method == "GET" and sent.path.endswith(".zip") and next(faster, False):
            renew_now(elsewhere, tsa)

    elsewhere.locked = lambda *_: elsewhere.opened(RENEWALS)  # type: ignore[method-assign]
    renew_now(filled, tsa)
    s3.overlay.fail = meanwhile
    with pytest.raises(StateChangedError):
        renew_now(filled, tsa)
    assert codes(filled) == set()


@pytest.fixture
def typed(s3: S3Server, settings: ArchiveSettings, filled: S3Store, tmp_path: Path) -> Iterator[Path]:
    """Return a folder in which commands find the archive, both keys, and an authority."""
    for name, one in (("old", OLD), ("new", NEW)):
        key = one.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (tmp_path / f"{name}.key").write_bytes(key)
        (tmp_path / f"{name}.pem").write_bytes(one.certificate_pem)
    made = authority.make_authority(tmp_path / "authority")
    with demonstration.serving(authority.honest(made)) as url:
        (tmp_path / "evidence.toml").write_text(
            f'[archive]\nlocation = "{settings.location}"\nowner = "{OWNER}"\nregion = "{REGION}"\n'
            f'[timestamp]\nurl = "{url}"\nca = "{made.root}"\n'
        )
        yield tmp_path


def test_the_commands_of_years(s3: S3Server, typed: Path) -> None:
    """As a user types them, on S3 over HTTP."""
    env = clean_environment() | CREDENTIALS | {"AWS_ENDPOINT_URL": s3.url}

    def run(*words: str, code: int = 0) -> dict:
        done = evidence("archive", *words, "--json", cwd=typed, env=env)
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout) if done.stdout else {"said": done.stderr}

    old, new = (("--key", f"{one}.key", "--certificate", f"{one}.pem") for one in ("old", "new"))
    assert run("renew", "--always")["renewal"] == 1
    assert run("hand-over", "--to", "new.pem", *old)["number"] == 1
    assert run("renew", "--always", "--algorithm", "sha512")["renewal"] == 2
    assert len(run("list")["entries"]) == 3
    found = run("verify", "--trust", "old.pem")
    assert (found["findings"], len(found["renewals"]), len(found["hand_overs"])) == ([], 2, 1)
    assert "in order" in run("rebuild", *new, code=2)["said"]
    before = ("period", "--from", "2020-01-01", "--to", "2020-12-31", "--trust", "old.pem")
    done = evidence(*before, *old, cwd=typed, env=env)
    assert (done.returncode, "no bundle of aws:123456789012 from 2020" in done.stderr) == (2, True)


@pytest.mark.parametrize("name", [INDEX, ".zip"])
def test_an_answer_that_was_cut(s3: S3Server, filled: S3Store, name: str) -> None:
    """Of an index it could end between two lines: it would be put back shorter than it was."""
    s3.overlay.cut = lambda sent: "versionId" in sent.query and sent.path.endswith(name)
    with pytest.raises(StorageError, match="checksum is wrong"):
        verify_chain(filled, now=LATER) if name == ".zip" else filled.read(name, 10**6)


def test_keys_that_look_like_the_archives(s3: S3Server, settings: ArchiveSettings, filled: S3Store) -> None:
    """None takes the place of a file or stops verification, and what is no pack is told."""
    bucket = (settings.bucket or ("", ""))[0]
    below = ("", "..", "../x.zip", "/x.zip", "%2e%2e", "INDEX.jsonl", "index.jsonl.", "a\\..\\b.zip")
    for name in (*below, "évidence.zip", "x\u202e.zip", f"{'x' * 900}.zip"):
        s3.client.put_object(Bucket=bucket, Key=f"archive/{name}", Body=b"x")
    report = verify_chain(filled, now=LATER, trusted=Trust((OLD.certificate,)))
    assert {one.code for one in report.findings} == {Code.CHAIN_UNPROTECTED, Code.ZIP}
    assert len(next(iter(report.chains.values()))) == 3
    assert sum("neither a pack nor a bundle" in one for one in report.notes) == 3
