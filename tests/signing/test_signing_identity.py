"""Identities: made, loaded, and refused when they are not fit to sign."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from evidence.errors import SigningError, UsageError
from evidence.settings.sections import SigningSettings
from evidence.signatures import cms
from evidence.signing import keys, load_signer
from evidence.signing.keygen import CertificateSubject, generate, self_signed
from evidence.signing.passphrase import new_passphrase
from tests.support.identity import signer

NOW = datetime(2026, 10, 1, tzinfo=UTC)
SECRET = b"correct horse battery"
SUBJECT = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Team")])


def nobody(_: str) -> None:
    return None


def answer(_: str) -> bytes:
    return SECRET


def make(folder: Path, algorithm: str = "p-256", **changes):
    subject = CertificateSubject(**({"name": "Team", "organization": "Acme", "years": 3} | changes))
    return generate(folder, SECRET, subject, algorithm=algorithm, now=NOW)


def settings_of(folder: Path, **changes) -> SigningSettings:
    return SigningSettings(**({"key": folder / "signer.key", "certificate": folder / "signer.pem"} | changes))


def write_key(folder: Path, key, certificate: x509.Certificate | None = None) -> SigningSettings:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "signer.key").write_bytes(private)
    (folder / "signer.pem").write_bytes(cms.pem([certificate or signer().certificate]))
    return settings_of(folder)


@pytest.mark.parametrize("algorithm", ["rsa-3072", "p-256", "p-384"])
def test_made_identity_signs(tmp_path: Path, algorithm: str) -> None:
    made = make(tmp_path, algorithm=algorithm)
    loaded = load_signer(settings_of(tmp_path), answer, now=NOW)
    assert loaded.fingerprint == made.fingerprint
    assert cms.check(loaded.seal(b"content", NOW), b"content").certificate == loaded.certificate
    assert loaded.identity.subject == "CN=Team,O=Acme"


def test_made_key_is_private_and_encrypted(tmp_path: Path) -> None:
    made = make(tmp_path)
    assert made.key.stat().st_mode & 0o777 == 0o600
    assert made.key.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")


def test_openssl_prints_the_same_fingerprint(tmp_path: Path) -> None:
    made = make(tmp_path)
    command = ["openssl", "x509", "-in", made.certificate, "-noout", "-fingerprint", "-sha256"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed.strip().split("=")[1].replace(":", "").lower() == made.fingerprint


def test_certificate_is_for_signing_documents_only(tmp_path: Path) -> None:
    certificate = x509.load_pem_x509_certificate(make(tmp_path).certificate.read_bytes())
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.content_commitment, usage.key_cert_sign) == (True, True, False)
    assert certificate.not_valid_after_utc - NOW == timedelta(days=365 * 3)


@pytest.mark.parametrize("existing", ["signer.key", "signer.pem"])
def test_identity_is_never_overwritten(tmp_path: Path, existing: str) -> None:
    (tmp_path / existing).write_bytes(b"kept")
    with pytest.raises(UsageError, match="exists already"):
        make(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == [existing]


@pytest.mark.parametrize(
    "changes", [{"algorithm": "rsa-1024"}, {"years": 0}, {"years": 30}, {"name": "x" * 65}]
)
def test_unfit_requests(tmp_path: Path, changes: dict) -> None:
    with pytest.raises(UsageError):
        make(tmp_path, **changes)
    assert not list(tmp_path.iterdir())


def test_short_passphrase(tmp_path: Path) -> None:
    with pytest.raises(SigningError, match="shorter"):
        generate(tmp_path, b"short", CertificateSubject("T", "", 1), algorithm="p-256", now=NOW)


def test_new_passphrase_is_asked_twice() -> None:
    answers = iter([b"one", b"two"])
    with pytest.raises(SigningError, match="differ"):
        new_passphrase("the new key", None, lambda _: next(answers))


def test_passphrase_from_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path)
    monkeypatch.setenv("EVIDENCE_PASSPHRASE", SECRET.decode())
    assert load_signer(settings_of(tmp_path), nobody, now=NOW)


def test_passphrase_from_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file goes before the environment."""
    make(tmp_path)
    (tmp_path / "secret").write_bytes(SECRET + b"\n")
    monkeypatch.setenv("EVIDENCE_PASSPHRASE", "wrong")
    assert load_signer(settings_of(tmp_path, passphrase_file=tmp_path / "secret"), nobody, now=NOW)


def test_pkcs12(tmp_path: Path) -> None:
    identity = signer()
    encryption = serialization.BestAvailableEncryption(SECRET)
    data = pkcs12.serialize_key_and_certificates(b"me", identity.key, identity.certificate, None, encryption)
    (tmp_path / "id.p12").write_bytes(data)
    settings = SigningSettings(pkcs12=tmp_path / "id.p12")
    assert load_signer(settings, answer, now=NOW).fingerprint == identity.fingerprint
    with pytest.raises(SigningError, match="pass phrase is wrong"):
        load_signer(settings, lambda _: b"wrong", now=NOW)


def test_wrong_passphrase(tmp_path: Path) -> None:
    make(tmp_path)
    with pytest.raises(SigningError, match="pass phrase is wrong"):
        load_signer(settings_of(tmp_path), lambda _: b"not this one", now=NOW)


def test_nobody_to_ask(tmp_path: Path) -> None:
    make(tmp_path)
    with pytest.raises(SigningError, match="nobody can be asked") as caught:
        load_signer(settings_of(tmp_path), nobody, now=NOW)
    assert "EVIDENCE_PASSPHRASE" in caught.value.advice


def test_nothing_given() -> None:
    with pytest.raises(UsageError, match="No signing identity") as caught:
        load_signer(SigningSettings(), nobody, now=NOW)
    assert "evidence keygen" in caught.value.advice


@pytest.mark.parametrize(
    "content", [b"", b"not a key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_unreadable_key(tmp_path: Path, content: bytes) -> None:
    make(tmp_path)
    (tmp_path / "signer.key").write_bytes(content)
    with pytest.raises(SigningError, match="cannot be opened"):
        load_signer(settings_of(tmp_path), nobody, now=NOW)


def test_absent_key(tmp_path: Path) -> None:
    with pytest.raises(SigningError, match="No such file"):
        load_signer(settings_of(tmp_path), nobody, now=NOW)


def test_not_a_certificate(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "signer.pem").write_bytes(b"nothing")
    with pytest.raises(SigningError, match="not a certificate"):
        load_signer(settings_of(tmp_path), answer, now=NOW)


def test_key_of_another_certificate(tmp_path: Path) -> None:
    with pytest.raises(SigningError, match="does not belong"):
        load_signer(write_key(tmp_path, ec.generate_private_key(ec.SECP256R1())), nobody, now=NOW)


@pytest.mark.parametrize(
    "key,why",
    [
        (rsa.generate_private_key(65537, 2048), "2048 bits"),
        (ec.generate_private_key(ec.SECP192R1()), "secp192r1"),
        (ed25519.Ed25519PrivateKey.generate(), "neither RSA nor ECDSA"),
    ],
    ids=["rsa-2048", "p-192", "ed25519"],
)
def test_weak_or_unusual_key(tmp_path: Path, key, why: str) -> None:
    with pytest.raises(SigningError, match=why):
        load_signer(write_key(tmp_path, key), nobody, now=NOW)


@pytest.mark.parametrize("days,why", [(4 * 365, "expired"), (-30, "valid only from")])
def test_certificate_out_of_its_time(tmp_path: Path, days: int, why: str) -> None:
    make(tmp_path)
    with pytest.raises(SigningError, match=why):
        load_signer(settings_of(tmp_path), answer, now=NOW + timedelta(days=days))


def test_certificate_for_another_use(tmp_path: Path) -> None:
    key = signer().key
    usage = dict.fromkeys(
        ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "crl_sign",
         "encipher_only", "decipher_only", "key_cert_sign"), False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder(SUBJECT, SUBJECT, key.public_key(), 1, NOW, NOW + timedelta(days=9))
        .add_extension(x509.KeyUsage(**usage, key_agreement=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    with pytest.raises(SigningError, match="key usage"):
        load_signer(write_key(tmp_path, key, certificate), nobody, now=NOW)


def test_same_identity_every_time() -> None:
    key = signer().key
    assert self_signed(key, SUBJECT, years=1, now=NOW) == self_signed(key, SUBJECT, years=1, now=NOW)


def test_an_ecdsa_signature_has_one_form() -> None:
    """(r, s) and (r, n - s) both verify: only the smaller is made and taken, so that nobody can swap them."""
    half = ec.SECP256R1().group_order // 2
    own = signer()
    for number in range(16):
        content = b"%d" % number
        assert decode_dss_signature(keys.sign(own.key, content))[1] <= half
        assert cms.check(own.seal(content, NOW), content).certificate == own.certificate
