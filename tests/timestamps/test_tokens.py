"""What counts as a time-stamp: `openssl ts` agrees on what is accepted; nothing else is."""

import subprocess
from pathlib import Path

import pytest
from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.signatures import timestamps
from evidence.signatures.timestamps import TimeStampError
from tests.support.authority import Authority, kept, make_authority
from tests.support.dummy_authority import dummy_answer

CONTENT = b"a seal"


@pytest.fixture(scope="module")
def file(authority: Authority) -> bytes:
    return kept(authority.stamp(CONTENT))


def test_accepted_by_openssl_too(file: bytes, authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "content").write_bytes(CONTENT)
    (tmp_path / "file.tsr").write_bytes(file)
    command = ["openssl", "ts", "-verify", "-data", "content", "-in", "file.tsr", "-CAfile", authority.root]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verification: OK" in done.stdout + done.stderr
    stamp = timestamps.check(file, CONTENT)
    assert [one.subject.rfc4514_string() for one in stamp.chain] == [
        "CN=Test authority",
        "CN=Test authority root",
    ]
    (tmp_path / "content").write_bytes(b"another seal")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_of_other_content(file: bytes) -> None:
    with pytest.raises(TimeStampError, match="not over this content"):
        timestamps.check(file, b"another seal")


@settings(max_examples=150, deadline=None)
@given(where=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_any_flipped_byte(file: bytes, where: float, mask: int) -> None:
    flipped = bytearray(file)
    flipped[int(where * len(file))] ^= mask
    with pytest.raises(TimeStampError):
        timestamps.check(bytes(flipped), CONTENT)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    for reader in (timestamps.granted, timestamps.normal, lambda found: timestamps.check(found, CONTENT)):
        with pytest.raises(TimeStampError):
            reader(data)


@pytest.mark.parametrize("tail", [b"\x00", b"\x05\x00"])
def test_something_behind(file: bytes, tail: bytes) -> None:
    with pytest.raises(TimeStampError):
        timestamps.check(file + tail, CONTENT)


def altered(file: bytes, change) -> bytes:
    answer = tsp.TimeStampResp.load(file)
    change(answer["time_stamp_token"]["content"])
    return answer.dump(force=True)


def test_unsigned_attribute(file: bytes) -> None:
    def add(signed: cms.SignedData) -> None:
        attribute = {
            "type": "signing_time",
            "values": [
                cms.Time("utc_time", signed["encap_content_info"]["content"].parsed["gen_time"].native)
            ],
        }
        signed["signer_infos"][0]["unsigned_attrs"] = [attribute]

    with pytest.raises(TimeStampError, match="besides one signed time"):
        timestamps.check(altered(file, add), CONTENT)


def test_foreign_certificate(file: bytes, stranger: Authority) -> None:
    (other,) = (
        cms.Certificate.load(one.public_bytes(serialization.Encoding.DER)) for one in stranger.certificates
    )

    def add(signed: cms.SignedData) -> None:
        signed["certificates"].append(cms.CertificateChoices("certificate", other))

    with pytest.raises(TimeStampError, match="those above it up to a root"):
        timestamps.check(altered(file, add), CONTENT)
    # While it is obtained, what does not belong is left out.
    assert kept(altered(file, add)) == file


def test_root_that_did_not_come_along(file: bytes, authority: Authority) -> None:
    def drop(signed: cms.SignedData) -> None:
        own = signed["signer_infos"][0]["sid"].chosen["serial_number"].native
        alone = [one for one in signed["certificates"] if one.chosen.serial_number == own]
        signed["certificates"] = cms.CertificateSet(alone)

    bare = kept(altered(file, drop))
    assert len(timestamps.check(bare, CONTENT).chain) == 1
    assert kept(bare, *authority.certificates) == file


@pytest.mark.parametrize(
    ("made_with", "why"),
    [
        ({"digest": "sha1"}, "weaker than SHA-256"),
        ({"ess": "sha1"}, "SHA-256 or better"),
        ({"days": (-300, -200)}, "at which its certificate was valid"),
    ],
)
def test_weak_or_expired(made_with: dict, why: str, tmp_path: Path) -> None:
    answer = make_authority(tmp_path / "tsa", **made_with).stamp(CONTENT)
    with pytest.raises(TimeStampError, match=why):
        timestamps.check(kept(answer), CONTENT)


def test_sha1_imprint(authority: Authority) -> None:
    with pytest.raises(TimeStampError, match="sha1"):
        timestamps.check(kept(authority.stamp(CONTENT, digest="sha1")), CONTENT)


CODE = ExtendedKeyUsageOID.CODE_SIGNING
STAMPING = ExtendedKeyUsageOID.TIME_STAMPING


@pytest.mark.parametrize(
    ("made_with", "why"),
    [
        ({"purpose": x509.ExtendedKeyUsage([CODE])}, "alone"),
        ({"purpose": x509.ExtendedKeyUsage([STAMPING, CODE])}, "alone"),
        ({"critical": False}, "alone"),
        ({"purpose": x509.BasicConstraints(ca=False, path_length=None)}, "not one for time-stamping"),
    ],
)
def test_certificate_for_something_else(made_with: dict, why: str, tmp_path: Path) -> None:
    """openssl does not even make such a time-stamp, so another program does."""
    good = dummy_answer(make_authority(tmp_path / "good"), CONTENT)
    assert timestamps.check(kept(good), CONTENT)
    answer = dummy_answer(make_authority(tmp_path / "tsa", **made_with), CONTENT)
    with pytest.raises(TimeStampError, match=why):
        timestamps.check(kept(answer), CONTENT)
