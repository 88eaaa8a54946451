"""Renewals: what a time-stamp over older ones shows when their authority has ended; attacks on it."""

import base64
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from evidence.archive.archive import open_archive
from evidence.archive.renewals import RENEWALS
from evidence.archive.renewing import RenewalOutcome, renew
from evidence.archive.store import store_at
from evidence.archive.verify import ChainReport, verify_chain
from evidence.bundle import open_bundle
from evidence.bundle.format import strictjson
from evidence.bundle.write.stamping import stamp
from evidence.clock import frozen_clock
from evidence.errors import UsageError, VerificationError
from evidence.findings import Code
from evidence.signatures.trust import Trust
from evidence.signing.pdf import sign_pdf
from evidence.storage import sha256_of
from tests.archive.archive_support import SCOPE, START
from tests.support.authority import Authority, AuthorityThen, make_authority
from tests.support.command import evidence
from tests.support.identity import signer
from tests.support.packs import blank_pdf, make_parts

YEAR = timedelta(days=365)
FIRST, SECOND, LATE = START + YEAR, START + 4 * YEAR, START + 6 * YEAR
"""When it was renewed, and when somebody reads it. The authority ends after 2 years, the next after 5."""


@dataclass(frozen=True)
class Kept:
    """An archive of two packs, and the authorities that stamped in it."""

    folder: Path
    authorities: tuple[Authority, ...]

    @property
    def trusted(self) -> Trust:
        roots = tuple(one for each in self.authorities for one in each.certificates)
        return Trust((signer().certificate,), authorities=roots)

    def renew(self, moment: datetime, by: int, digest: str = "sha256", **options) -> RenewalOutcome:
        authority = AuthorityThen(self.authorities[by], moment, digest)
        options = {"within": timedelta(days=400), "algorithm": digest} | options
        return renew(store_at(self.folder), authority, frozen_clock(moment), **options)

    def verify(self, now: datetime = LATE, trusted: Trust | None = None) -> ChainReport:
        return verify_chain(self.folder, now=now, trusted=trusted or self.trusted)

    def codes(self, now: datetime = LATE) -> set[Code]:
        """Return what is found, but for the holes that packs with findings leave in the chain."""
        return {one.code for one in self.verify(now).findings} - {Code.CHAIN_GAP}

    def lines(self) -> list[bytes]:
        return (self.folder / RENEWALS).read_bytes().splitlines(keepends=True)

    def write(self, lines: list[bytes]) -> None:
        (self.folder / RENEWALS).write_bytes(b"".join(lines))


def stamped_pack(folder: Path, number: int, previous: str | None, authority: Authority) -> tuple[Path, str]:
    """Return a pack with every time-stamp there is, made then, and its bundle's digest."""
    moment = START + timedelta(hours=number)
    then = AuthorityThen(authority, moment + timedelta(minutes=1))
    parts = make_parts(folder, signer(), now=moment, sequence=number, previous=previous)
    stamp(parts.bundle.root, then, now=then.moment)
    named = parts.bundle.digest, sha256_of(parts.results)
    parts.report.write_bytes(sign_pdf(blank_pdf(*named), signer(), moment, authority=then))
    opened = replace(parts, bundle=open_bundle(parts.bundle.root, now=then.moment))
    return opened.pack(clock=frozen_clock(moment), authority=then), parts.bundle.digest


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    scratch = tmp_path_factory.mktemp("renewals")
    ends = ((-300, 700), (-300, 1800), (-300, 4000))
    authorities = tuple(
        make_authority(scratch / f"tsa{number}", f"TSA {number}", days=days, now=START)
        for number, days in enumerate(ends)
    )
    previous = None
    for number in (1, 2):
        (scratch / str(number)).mkdir()
        pack, previous = stamped_pack(scratch / str(number), number, previous, authorities[0])
        with open_archive(scratch / "archive") as archive:
            archive.claim(SCOPE)
            archive.add(pack, signer(), frozen_clock(START + timedelta(hours=number, minutes=5)))
    return Kept(scratch / "archive", authorities)


@pytest.fixture
def kept(made: Kept, tmp_path: Path) -> Kept:
    return replace(made, folder=Path(shutil.copytree(made.folder, tmp_path / "archive")))


@pytest.fixture(scope="module")
def renewed_once(made: Kept, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Return the archive renewed twice, the second time with another algorithm."""
    folder = shutil.copytree(made.folder, tmp_path_factory.mktemp("twice") / "archive")
    twice = replace(made, folder=Path(folder))
    assert twice.renew(FIRST, 1).due
    assert twice.renew(SECOND, 2, "sha512").due
    return twice


@pytest.fixture
def renewed(renewed_once: Kept, tmp_path: Path) -> Kept:
    return replace(renewed_once, folder=Path(shutil.copytree(renewed_once.folder, tmp_path / "renewed")))


def test_an_authority_that_ended_is_believed_by_a_renewal_alone(kept: Kept, renewed_once: Kept) -> None:
    assert kept.codes(START + YEAR) == set()
    assert kept.codes() == {Code.TIME_STAMP_ENDED}
    report = renewed_once.verify()
    assert report.findings == ()
    assert [one["trusted"] for one in report.document()["renewals"]] == [True, True]


def test_nothing_to_renew(kept: Kept) -> None:
    outcome = kept.renew(START + timedelta(days=30), 1, within=timedelta(days=180))
    assert (outcome.due, outcome.renewal, kept.folder.joinpath(RENEWALS).exists()) == ((), None, False)
    assert outcome.next_end == START + timedelta(days=700)
    assert "nothing to renew" in outcome.text(START, 180)


def test_what_a_renewal_covers_is_not_due_again(kept: Kept) -> None:
    first = kept.renew(FIRST, 1)
    assert {one.ends for one in first.due} == {START + timedelta(days=700)}
    assert len(first.due) == 6  # seal, report and pack, of two packs
    again = kept.renew(FIRST + timedelta(days=1), 1)
    assert (again.due, again.renewal, again.next_end) == ((), None, START + timedelta(days=1800))
    assert kept.renew(FIRST + timedelta(days=1), 1, always=True).renewal.number == 2
    assert kept.codes(FIRST + 2 * YEAR) == set()


def test_a_renewal_that_came_too_late_shows_nothing(kept: Kept) -> None:
    kept.renew(START + 3 * YEAR, 1)
    assert kept.codes(START + 3 * YEAR) == {Code.TIME_STAMP_ENDED}


def test_the_last_renewal_ends_too(kept: Kept) -> None:
    kept.renew(FIRST, 1)
    report = kept.verify()
    assert {(one.code, one.subject) for one in report.findings} >= {(Code.TIME_STAMP_ENDED, f"{RENEWALS}:1")}


def test_an_authority_without_trust_renews_nothing(renewed: Kept) -> None:
    stranger = replace(renewed, authorities=renewed.authorities[:1])
    assert stranger.codes() == {Code.TIME_STAMP_ENDED, Code.TIME_STAMP_UNTRUSTED}


def test_no_authority_for_what_is_due(kept: Kept) -> None:
    with pytest.raises(UsageError, match="6 time-stamps and certificates have to be renewed") as caught:
        renew(store_at(kept.folder), None, frozen_clock(FIRST), within=timedelta(days=400))
    assert "--timestamp-url" in caught.value.advice


def test_what_does_not_verify_is_not_renewed(kept: Kept) -> None:
    pack = sorted(kept.folder.glob("*.zip"))[0]
    pack.write_bytes(pack.read_bytes()[:-1] + b"x")
    with pytest.raises(VerificationError, match="does not verify"):
        kept.renew(FIRST, 1)
    assert not (kept.folder / RENEWALS).exists()


def test_openssl_accepts_a_renewal(renewed_once: Kept, tmp_path: Path) -> None:
    """As docs/long-term.md says: the renewal as a compact line with sorted members is what is stamped."""
    for number, line in enumerate(renewed_once.lines(), start=1):
        found = json.loads(line)
        renewal = json.dumps(found["renewal"], sort_keys=True, separators=(",", ":")) + "\n"
        (tmp_path / "renewal").write_text(renewal)
        (tmp_path / "renewal.tsr").write_bytes(base64.b64decode(found["time_stamp"]))
        root = renewed_once.authorities[number].root
        command = ["openssl", "ts", "-verify", "-data", "renewal", "-in", "renewal.tsr", "-CAfile", root]
        command += ["-attime", str(int(FIRST.timestamp()))]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert "Verification: OK" in done.stdout + done.stderr
        packs = {one.name: one for one in renewed_once.folder.glob("*.zip")}
        summing = f"{found['renewal']['algorithm']}sum"
        for name, digest in found["renewal"]["packs"].items():
            told = subprocess.run([summing, packs[name]], capture_output=True, text=True, check=True)
            assert told.stdout.split()[0] == digest


def take_out_the_first(kept: Kept) -> None:
    kept.write(kept.lines()[1:])


def change_a_hash(kept: Kept) -> None:
    first, second = kept.lines()
    name = json.loads(first)["renewal"]["packs"].popitem()[1].encode()
    kept.write([first.replace(name, name[::-1]), second])


def change_a_date(kept: Kept) -> None:
    first, second = kept.lines()
    kept.write([first, second.replace(b'"made":"20', b'"made":"21')])


def swap(kept: Kept) -> None:
    kept.write(kept.lines()[::-1])


def cut(kept: Kept) -> None:
    kept.write([b"".join(kept.lines())[:-9]])


def put_in_another(kept: Kept) -> None:
    """Renew once more in the name of an older time, in the first's place."""
    first, second = kept.lines()
    members = json.loads(first)["renewal"] | {"number": 2, "before": None}
    then = AuthorityThen(kept.authorities[1], FIRST)
    token = base64.b64encode(then.stamp(strictjson.line(members))).decode()
    kept.write([first, strictjson.line({"renewal": members, "time_stamp": token}), second])


@pytest.mark.parametrize(
    "attack", [take_out_the_first, change_a_hash, change_a_date, swap, cut, put_in_another]
)
def test_altered_renewals_are_named(renewed: Kept, attack: Callable[[Kept], None]) -> None:
    attack(renewed)
    assert Code.RENEWAL in renewed.codes()
    with pytest.raises(VerificationError):
        renewed.renew(SECOND + timedelta(days=1), 2, always=True)


def test_all_renewals_taken_out(renewed: Kept) -> None:
    (renewed.folder / RENEWALS).unlink()
    assert renewed.codes() == {Code.TIME_STAMP_ENDED}


def test_a_pack_that_was_put_in_the_place_of_the_renewed_one(renewed: Kept) -> None:
    first, second = sorted(renewed.folder.glob("*.zip"))
    shutil.copy(second, first)
    found = {(one.code, one.subject) for one in renewed.verify().findings}
    assert (Code.RENEWAL_COVERS, first.name) in found


def test_an_index_that_was_made_anew(renewed: Kept) -> None:
    index = renewed.folder / "index.jsonl"
    index.write_bytes(index.read_bytes().splitlines(keepends=True)[0])
    found = {(one.code, one.subject) for one in renewed.verify().findings}
    assert (Code.RENEWAL_COVERS, "index.jsonl") in found


def test_a_pack_added_after_the_renewal_stands_on_its_own(kept: Kept, tmp_path: Path) -> None:
    kept.renew(FIRST, 1)
    previous = kept.verify(FIRST).chains[SCOPE][-1].digest
    pack, _ = stamped_pack(tmp_path, 3, previous, kept.authorities[0])
    with open_archive(kept.folder) as archive:
        archive.add(pack, signer(), frozen_clock(FIRST + timedelta(days=1)))
    assert kept.codes(FIRST + timedelta(days=2)) == set()
    late = START + 3 * YEAR
    assert {one.subject.split(":")[0] for one in kept.verify(late).findings} == {
        kept.verify(FIRST).chains[SCOPE][-1].file
    }


def test_the_command(kept: Kept) -> None:
    """Nothing ends by the machine's clock, and no authority is needed to say so."""
    done = evidence("archive", "renew", "--archive", kept.folder, "--within", "0", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["due"] == []
