"""Whom a verifier trusts, and until when."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import UsageError
from evidence.findings import Code
from evidence.pack.standalone import verify as single
from evidence.signatures import cms
from evidence.signatures.trust import Trust, judge, load_trust
from evidence.signing.signer import Signer
from tests.support.identity import signer, stranger
from tests.support.verdicts import agree

NOW = datetime(2026, 10, 1, tzinfo=UTC)
CONTENT = b"tagmanifest"


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@cache
def authority(secret: int = 7) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.derive_private_key(secret, ec.SECP256R1())
    return key, certificate(key, "Root", key, "Root", ca=True)


def certificate(key, subject: str, issuer_key, issuer: str, *, ca: bool, days: int = 365) -> x509.Certificate:
    return (
        x509.CertificateBuilder(name(issuer), name(subject), key.public_key(), x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


def issued(days: int = 365) -> Signer:
    """Return an identity under the authority, with the root in its chain."""
    root_key, root = authority()
    key = ec.derive_private_key(8, ec.SECP256R1())
    return Signer(key, (certificate(key, "Team", root_key, "Root", ca=False, days=days), root))


def verdict(by: Signer, trust: Trust | None, now: datetime = NOW, moment: datetime = NOW):
    der = by.seal(CONTENT, moment)
    signature = cms.check(der, CONTENT)
    signed_by, findings = judge(signature, trust, now=now, claimed=signature.signing_time, subject="seal")
    agree(
        not findings,
        lambda anchor: single.check_trust(*single.check_signature(der, CONTENT), anchor, now),
        trust,
        findings,
    )
    return signed_by.trusted, [finding.code for finding in findings]


def test_pinned_certificate() -> None:
    assert verdict(signer(), Trust((signer().certificate,))) == (True, [])


def test_stranger_under_the_same_name() -> None:
    assert stranger().identity.subject == signer().identity.subject
    assert verdict(stranger(), Trust((signer().certificate,))) == (False, [Code.UNTRUSTED])


def test_no_trust_given() -> None:
    assert verdict(signer(), None) == (False, [])


def test_authority() -> None:
    assert verdict(issued(), Trust((authority()[1],))) == (True, [])


def test_other_authority_of_the_same_name() -> None:
    assert verdict(issued(), Trust((authority(9)[1],))) == (False, [Code.UNTRUSTED])


def test_leaf_is_not_an_authority() -> None:
    """A certificate that may not issue others vouches for nobody but itself."""
    assert verdict(issued(), Trust((signer().certificate,))) == (False, [Code.UNTRUSTED])


def test_expired_under_an_authority() -> None:
    later = NOW + timedelta(days=11)
    assert verdict(issued(days=10), Trust((authority()[1],)), later) == (False, [Code.UNTRUSTED])


def test_pinned_certificate_outlives_its_end() -> None:
    later = NOW + timedelta(days=20 * 365)
    assert verdict(signer(), Trust((signer().certificate,)), later) == (True, [])


def test_signed_out_of_the_certificates_time() -> None:
    """Even when pinned: a leaf among the roots would never expire for a path validator."""
    signature = cms.check(signer().seal(CONTENT, NOW), CONTENT)
    late = signer().certificate.not_valid_after_utc + timedelta(seconds=1)
    _, findings = judge(signature, Trust((signer().certificate,)), now=late, claimed=late, subject="seal")
    assert [finding.code for finding in findings] == [Code.CERTIFICATE]


def test_signed_in_the_future() -> None:
    _, found = verdict(signer(), None, NOW - timedelta(days=1))
    assert found == [Code.CERTIFICATE]


@pytest.mark.parametrize("encoding", [serialization.Encoding.PEM, serialization.Encoding.DER])
def test_trust_from_a_file(tmp_path: Path, encoding: serialization.Encoding) -> None:
    (tmp_path / "cert").write_bytes(signer().certificate.public_bytes(encoding))
    assert load_trust(tmp_path / "cert").certificates == (signer().certificate,)


@pytest.mark.parametrize("content", [None, b"", b"nothing"])
def test_trust_from_no_certificate(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "cert").write_bytes(content)
    with pytest.raises(UsageError):
        load_trust(tmp_path / "cert")


SEAL = signer().seal(CONTENT, NOW)


def test_other_content() -> None:
    with pytest.raises(cms.CmsError, match="not over this content"):
        cms.check(SEAL, CONTENT + b"\n")


def test_certificate_that_is_not_above() -> None:
    stowaway = Signer(signer().key, (signer().certificate, stranger().certificate))
    with pytest.raises(cms.CmsError, match="not above"):
        cms.check(stowaway.seal(CONTENT, NOW), CONTENT)


def test_certificate_swapped_for_one_of_the_same_key() -> None:
    """Same name, serial number and key, another certificate: RFC 5035 binds the exact one."""
    old = signer().certificate
    new = (
        x509.CertificateBuilder(old.issuer, old.subject, old.public_key(), old.serial_number)
        .not_valid_before(old.not_valid_before_utc)
        .not_valid_after(old.not_valid_after_utc + timedelta(days=3650))
        .sign(signer().key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    forged = Signer(signer().key, (new,)).seal(CONTENT, NOW)
    assert cms.check(forged, CONTENT).certificate == new
    der = serialization.Encoding.DER
    swapped = _with_certificate(SEAL, new.public_bytes(der))
    with pytest.raises(cms.CmsError, match="another certificate"):
        cms.check(swapped, CONTENT)


def _with_certificate(seal: bytes, certificate_der: bytes) -> bytes:
    from asn1crypto import cms as asn1

    info = asn1.ContentInfo.load(seal)
    info["content"]["certificates"] = [
        asn1.CertificateChoices("certificate", asn1.Certificate.load(certificate_der))
    ]
    return info.dump(force=True)


def test_unsigned_attribute() -> None:
    from asn1crypto import cms as asn1

    info = asn1.ContentInfo.load(SEAL)
    hidden = asn1.CMSAttribute({"type": "1.2.3.4", "values": [asn1.Any(asn1.OctetString(b"hidden"))]})
    info["content"]["signer_infos"][0]["unsigned_attrs"] = asn1.CMSAttributes([hidden])
    with pytest.raises(cms.CmsError, match="something besides"):
        cms.check(info.dump(force=True), CONTENT)


def test_two_signers() -> None:
    from asn1crypto import cms as asn1

    info = asn1.ContentInfo.load(SEAL)
    own = info["content"]["signer_infos"][0]
    info["content"]["signer_infos"] = asn1.SignerInfos([own, own.copy()])
    with pytest.raises(cms.CmsError, match="exactly one signer"):
        cms.check(info.dump(force=True), CONTENT)


@pytest.mark.parametrize("der", [b"", b"\x30\x00", SEAL[:-1], SEAL + b"\x00", b"\x30" * 300_000])
def test_not_quite_cms(der: bytes) -> None:
    with pytest.raises(cms.CmsError):
        cms.check(der, CONTENT)


@settings(max_examples=80, deadline=None)
@given(position=st.integers(0, len(SEAL) - 1), mask=st.integers(1, 255))
def test_any_flipped_byte_of_a_seal(position: int, mask: int) -> None:
    flipped = bytearray(SEAL)
    flipped[position] ^= mask
    with pytest.raises(cms.CmsError):
        cms.check(bytes(flipped), CONTENT)


def test_trust_in_several(tmp_path: Path) -> None:
    """One by its file, one by its fingerprint; a third stays a stranger."""
    (tmp_path / "cert").write_bytes(signer().certificate_pem)
    other, third = signer(secret=11), signer(secret=12)
    trust = load_trust([str(tmp_path / "cert"), other.fingerprint.upper()])
    vouched = [bool(trust.vouches_for(one.certificate)) for one in (signer(), other, third)]
    assert vouched == [True, True, False]
