"""Every kind of signer with every kind of key: what it signs, programs that we did not write accept."""

import asyncio
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from asn1crypto import cms as asn1_cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes

from evidence.demo_account import DemoServer
from evidence.demo_account.app import REQUESTS_PATH
from evidence.errors import ExitCode, SigningError, UsageError
from evidence.settings.model import Settings
from evidence.settings.sections import SigningSettings
from evidence.signatures import cms
from evidence.signatures.pdf import verify_pdf
from evidence.signatures.trust import Trust
from evidence.signing import Signer, load_signer
from evidence.signing.keygen import CertificateSubject, certify, generate
from evidence.signing.kms import statement
from evidence.signing.load import open_key
from evidence.signing.pdf import sign_pdf
from tests.aws_server.app import FaultyApp
from tests.aws_server.faults import Fault
from tests.support.command import FEW, clean_environment, evidence
from tests.support.packs import blank_pdf
from tests.support.tokens import PIN, SoftToken

NOW = datetime(2026, 10, 1, 6, 0, tzinfo=UTC)
SECRET = b"correct horse battery"
SUBJECT = CertificateSubject("Team", "Acme", 3)
KINDS = ("pem", "pkcs12", "kms", "pkcs11")
SPECS = {"rsa-3072": "RSA_3072", "p-256": "ECC_NIST_P256", "p-384": "ECC_NIST_P384"}
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIADEMODEMODEMODEMO",
    "AWS_SECRET_ACCESS_KEY": "demo",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def secret(of: str) -> bytes:
    return PIN.encode() if of.startswith("the token") else SECRET


class Kms:
    """The demo account's KMS, over HTTP."""

    def __init__(self, *faults: Fault) -> None:
        self.server = DemoServer("127.0.0.1", 0, FaultyApp(NOW, faults=faults))
        self.server.start()
        session = boto3.Session(CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"])
        self.client = session.client("kms", "us-east-1", endpoint_url=self.server.url)

    @property
    def environment(self) -> dict[str, str]:
        return CREDENTIALS | {"AWS_ENDPOINT_URL": self.server.url}

    def seen(self) -> list[tuple[str, str]]:
        """Return service and operation of every request, in order."""
        with urllib.request.urlopen(f"{self.server.url}{REQUESTS_PATH}") as answer:  # noqa: S310
            return [(one["service"], one["operation"]) for one in json.load(answer)]

    def key(self, spec: str, usage: str = "SIGN_VERIFY") -> str:
        return self.client.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"]


@pytest.fixture
def serve_kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Kms]]:
    running: list[Kms] = []

    def start(*faults: Fault) -> Kms:
        running.append(Kms(*faults))
        for name, value in running[-1].environment.items():
            monkeypatch.setenv(name, value)
        return running[-1]

    yield start
    for one in running:
        one.server.stop()


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftToken]:
    made = SoftToken(tmp_path_factory.mktemp("softhsm")).make()
    yield made
    del os.environ["SOFTHSM2_CONF"]


def on_token(token: SoftToken, key: str, **more) -> SigningSettings:
    return SigningSettings(pkcs11_module=token.module, pkcs11_token=token.label, pkcs11_key=key, **more)


@pytest.fixture
def unsigned(
    token: SoftToken, serve_kms: Callable[..., Kms], tmp_path: Path
) -> Callable[[str, str], SigningSettings]:
    """Make a key of a kind and return the settings that name it, still without a certificate."""

    def make(kind: str, algorithm: str) -> SigningSettings:
        if kind == "kms":
            return SigningSettings(kms_key=serve_kms().key(SPECS[algorithm]))
        if kind == "pkcs11":
            label = f"{algorithm} of {tmp_path.name}"
            token.generate(algorithm, label)
            return on_token(token, label)
        made = generate(tmp_path / "new", SECRET, SUBJECT, algorithm=algorithm, now=NOW)
        return SigningSettings(key=made.key)

    return make


def as_pkcs12(
    settings: SigningSettings, folder: Path, certificates: list[x509.Certificate]
) -> SigningSettings:
    key, _ = open_key(settings, secret)
    own, *above = certificates
    encryption = serialization.BestAvailableEncryption(SECRET)
    data = pkcs12.serialize_key_and_certificates(b"me", key, own, above, encryption)
    (folder / "identity.p12").write_bytes(data)
    return SigningSettings(pkcs12=folder / "identity.p12")


def named(settings: SigningSettings, certificate: Path) -> SigningSettings:
    return settings.model_copy(update={"certificate": certificate})


def pyhanko_seal(signer: Signer, content: bytes) -> bytes:
    """The same signature as the library makes it that also signs the PDF."""
    when = PdfCMSSignedAttributes(signing_time=NOW)
    signing = signer.pyhanko.async_sign_general_data(
        content, signer.digest, detached=True, use_cades=True, signed_attr_settings=when
    )
    return asyncio.run(signing).dump()


def attributes_of(der: bytes) -> bytes:
    """A signature without the bytes that a token or service draws anew each time."""
    made = asn1_cms.ContentInfo.load(der)
    made["content"]["signer_infos"][0]["signature"] = b""
    return made.dump(force=True)


def openssl_accepts(signer: Signer, anchor: x509.Certificate, folder: Path) -> None:
    content = b"tagmanifest\n"
    (folder / "content").write_bytes(content)
    der = signer.seal(content, NOW)
    (folder / "seal.p7s").write_bytes(der)
    (folder / "anchor.pem").write_bytes(cms.pem([anchor]))
    assert cms.check(der, content).certificate == signer.certificate
    assert attributes_of(der) == attributes_of(pyhanko_seal(signer, content))
    command = "openssl cms -verify -binary -inform DER -in seal.p7s -content content -CAfile anchor.pem"
    purpose = ["-purpose", "any", "-out", os.devnull]
    done = subprocess.run(
        [*command.split(), *purpose], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def pdfsig_accepts(signer: Signer, folder: Path) -> None:
    signed = sign_pdf(blank_pdf("ab" * 32), signer, NOW)
    report = verify_pdf(signed, name="r.pdf", now=NOW, trusted=Trust((signer.certificate,)))
    assert report.findings == () and report.signer and report.signer.trusted
    (folder / "report.pdf").write_bytes(signed)
    said = subprocess.run(
        ["pdfsig", "-nocert", folder / "report.pdf"], capture_output=True, text=True, check=True
    ).stdout
    assert "Signature is Valid" in said and "Total document signed" in said
    assert signer.digest.upper().replace("SHA", "SHA-") in said


@pytest.mark.parametrize("algorithm", SPECS)
@pytest.mark.parametrize("kind", KINDS)
def test_seal_and_pdf(kind: str, algorithm: str, unsigned, tmp_path: Path) -> None:
    settings = unsigned(kind, algorithm)
    made = certify(tmp_path / "id", open_key(settings, secret)[0], SUBJECT, now=NOW)
    if kind == "pkcs12":
        settings = as_pkcs12(
            settings, tmp_path, x509.load_pem_x509_certificates(made.certificate.read_bytes())
        )
    else:
        settings = named(settings, made.certificate)
    signer = load_signer(settings, secret, now=NOW)
    assert signer.fingerprint == made.fingerprint
    openssl_accepts(signer, signer.certificate, tmp_path)
    pdfsig_accepts(signer, tmp_path)
    assert (signer.seal(b"x", NOW) == signer.seal(b"x", NOW)) is (
        kind in ("pem", "pkcs12") or algorithm == "rsa-3072"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_under_a_company_ca(kind: str, unsigned, tmp_path: Path) -> None:
    """A request signed by the key, a certificate from the CA, its chain in the seal, the root as anchor."""
    settings = unsigned(kind, "p-256")
    wanted = CertificateSubject("Team", "Acme", 3, request=True)
    asked = certify(tmp_path / "id", open_key(settings, secret)[0], wanted, now=NOW)
    verify = ["openssl", "req", "-in", asked.request, "-noout", "-verify"]
    subprocess.run(verify, capture_output=True, check=True)
    *chain, root = issue(x509.load_pem_x509_csr(asked.request.read_bytes()))
    (tmp_path / "chain.pem").write_bytes(cms.pem(chain))
    if kind == "pem":
        with pytest.raises(SigningError, match="lack their root, CN=Root"):
            load_signer(named(settings, tmp_path / "chain.pem"), secret, now=NOW)
    chain.append(root)
    (tmp_path / "chain.pem").write_bytes(cms.pem(chain))
    if kind == "pkcs12":
        settings = as_pkcs12(settings, tmp_path, chain)
    else:
        settings = named(settings, tmp_path / "chain.pem")
    signer = load_signer(settings, secret, now=NOW)
    assert signer.chain == tuple(chain) and not signer.identity.self_signed
    openssl_accepts(signer, root, tmp_path)


def issue(asked: x509.CertificateSigningRequest) -> list[x509.Certificate]:
    """Return what a CA with a root and an intermediate answers."""
    root_key, issuing_key = (ec.generate_private_key(ec.SECP384R1()) for _ in range(2))
    root = issued("Root", root_key.public_key(), "Root", root_key, ca=True)
    issuing = issued("Issuing CA", issuing_key.public_key(), "Root", root_key, ca=True)
    subject = asked.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    own = issued(str(subject), asked.public_key(), "Issuing CA", issuing_key, ca=False)
    return [own, issuing, root]


def issued(subject: str, public, issuer: str, key, *, ca: bool) -> x509.Certificate:
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (issuer, subject)]
    return (
        x509.CertificateBuilder(*names, public, x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(key, hashes.SHA384())
    )


def refusal(settings: SigningSettings, prompt=secret) -> SigningError | UsageError:
    with pytest.raises((SigningError, UsageError)) as caught:
        load_signer(settings, prompt, now=NOW)
    assert caught.value.advice, caught.value
    return caught.value


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Return the certificate of another key."""
    return generate(tmp_path / "foreign", SECRET, SUBJECT, algorithm="p-256", now=NOW).certificate


def public_of(arn: str):
    """Ask moto itself for a key's public half, past the faults."""
    from moto.kms.models import kms_backends

    _, _, _, region, account, key = arn.split(":")
    der = kms_backends[account][region].get_public_key(key.removeprefix("key/"))[1]
    return serialization.load_der_public_key(der)


class TestKms:
    @pytest.mark.parametrize(
        ("fault", "says", "advises"),
        [
            (Fault("kms", "GetPublicKey", "AccessDeniedException"), "kms:GetPublicKey", "evidence policy"),
            (Fault("kms", "Sign", "AccessDeniedException"), "may not kms:Sign", "evidence policy"),
            (Fault("kms", "Sign", "DisabledException"), "disabled", "Enable it"),
            (Fault("kms", "Sign", "KMSInvalidStateException"), "not in use", "state"),
            (Fault("kms", "Sign", "KeyUnavailableException"), "cannot be reached", "later"),
            (Fault("kms", "Sign", "html200"), "did not answer", "network"),
            (Fault("kms", "GetPublicKey", "empty200"), "no PublicKey", "network"),
        ],
        ids=lambda value: f"{value.operation} {value.error}" if isinstance(value, Fault) else "",
    )
    def test_refused(self, serve_kms, tmp_path: Path, fault: Fault, says: str, advises: str) -> None:
        """Loading alone meets the refusal, as the key has to sign a few bytes before a run begins."""
        kms = serve_kms(fault)
        key = kms.key("ECC_NIST_P256")
        public = issued("Team", public_of(key), "Team", ec.generate_private_key(ec.SECP256R1()), ca=False)
        (tmp_path / "own.pem").write_bytes(cms.pem([public]))
        error = refusal(SigningSettings(kms_key=key, certificate=tmp_path / "own.pem"))
        assert says in error.message and advises in error.advice

    @pytest.mark.parametrize(
        ("spec", "usage", "says"),
        [
            ("RSA_2048", "SIGN_VERIFY", "2048 bits"),
            ("ECC_SECG_P256K1", "SIGN_VERIFY", "secp256k1"),
            ("RSA_3072", "ENCRYPT_DECRYPT", "ENCRYPT_DECRYPT"),
        ],
    )
    def test_unfit_key(self, serve_kms, foreign, spec: str, usage: str, says: str) -> None:
        assert (
            says
            in refusal(SigningSettings(kms_key=serve_kms().key(spec, usage), certificate=foreign)).message
        )

    def test_unknown_key(self, serve_kms, foreign) -> None:
        serve_kms()
        arn = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000000"
        assert "no such key" in refusal(SigningSettings(kms_key=arn, certificate=foreign)).message

    def test_certificate_of_another_key(self, serve_kms, foreign) -> None:
        key = serve_kms().key("ECC_NIST_P256")
        assert "does not belong" in refusal(SigningSettings(kms_key=key, certificate=foreign)).message

    def test_without_a_certificate(self, serve_kms) -> None:
        error = refusal(SigningSettings(kms_key=serve_kms().key("ECC_NIST_P256")))
        assert "No certificate" in error.message and "evidence keygen" in error.advice
        assert error.exit_code is ExitCode.USAGE

    def test_alias_is_followed_once(self, serve_kms, tmp_path: Path) -> None:
        """An alias that is pointed elsewhere while a run goes on does not change who signs."""
        kms = serve_kms()
        first, second = kms.key("ECC_NIST_P256"), kms.key("ECC_NIST_P256")
        kms.client.create_alias(AliasName="alias/evidence", TargetKeyId=first)
        settings = SigningSettings(kms_key="alias/evidence")
        made = certify(tmp_path, open_key(settings, secret)[0], SUBJECT, now=NOW)
        signer = load_signer(named(settings, made.certificate), secret, now=NOW)
        kms.client.update_alias(AliasName="alias/evidence", TargetKeyId=second)
        assert cms.check(signer.seal(b"content", NOW), b"content").certificate == signer.certificate

    def test_more_than_kms_takes_at_once(self, serve_kms) -> None:
        key, _ = open_key(SigningSettings(kms_key=serve_kms().key("ECC_NIST_P256")), secret)
        with pytest.raises(SigningError, match="4096 bytes"):
            key.sign(bytes(4097), ec.ECDSA(hashes.SHA256()))

    def test_a_run_signs_and_collects_apart(self, serve_kms, tmp_path: Path) -> None:
        """The command, from key to verified bundle: of KMS it asks two operations.

        With the certificate of another key, not one evidence item is asked for.
        """
        kms = serve_kms()
        asked = clean_environment() | kms.environment
        key = ["--kms-key", kms.key("ECC_NIST_P384")]
        assert evidence("keygen", *key, "--name", "T", "-o", tmp_path / "id", env=asked).returncode == 0
        certificate = tmp_path / "id/signer.pem"
        collect = ["collect", *key, "--certificate", certificate, "--regions", "us-east-1", "-o", tmp_path]
        done = evidence(*collect, *FEW, env=asked)
        assert done.returncode == 0, done.stderr
        (bundle,) = tmp_path.glob("evidence-*")
        assert evidence("verify", bundle, "--trust", certificate, env=asked).stdout.startswith("Authentic")
        sent = kms.seen()
        assert {one for one in sent if one[0] == "kms"} == {
            ("kms", "CreateKey"), ("kms", "GetPublicKey"), ("kms", "Sign"),
        }  # fmt: skip
        other = ["--kms-key", kms.key("ECC_NIST_P256"), "--certificate", certificate]
        refused = evidence("collect", *other, "-o", tmp_path / "none", env=asked)
        assert refused.returncode == 1 and "does not belong" in refused.stderr
        assert {one[0] for one in kms.seen()[len(sent) :]} == {"kms"}

    def test_the_profile_that_collects(self) -> None:
        """The key is used with the profile of [aws] unless it has one of its own."""
        both = {"aws": {"profile": "audit"}, "signing": {"kms_key": "alias/x"}}
        assert Settings.model_validate(both).signing.kms_profile == "audit"
        both["signing"]["kms_profile"] = "signing"
        assert Settings.model_validate(both).signing.kms_profile == "signing"

    def test_statement(self) -> None:
        arn = "arn:aws:kms:eu-west-1:123456789012:key/abc"
        allowed = statement(arn)
        assert (allowed["Action"], allowed["Resource"]) == (["kms:GetPublicKey", "kms:Sign"], arn)
        for wrong in ("alias/x", "arn:aws:kms:eu-west-1:123456789012:alias/x", "abc"):
            with pytest.raises(UsageError, match="not the ARN"):
                statement(wrong)


class TestToken:
    def test_certificate_on_the_token(self, token: SoftToken, tmp_path: Path) -> None:
        """No --certificate, no label of a token, no public key object: all is found on the one token."""
        token.generate("p-256", "resident")
        settings = SigningSettings(pkcs11_module=token.module, pkcs11_key="resident")
        made = certify(tmp_path, open_key(settings, secret)[0], SUBJECT, now=NOW)
        (certificate,) = x509.load_pem_x509_certificates(made.certificate.read_bytes())
        token.store("resident", certificate)
        assert load_signer(settings, secret, now=NOW).certificate == certificate

    def test_without_a_public_key_object(self, token: SoftToken) -> None:
        """A token filled from a PKCS#12 file: the certificate with the key's id stands for it."""
        token.generate("p-256", "imported", public=False)
        with pytest.raises(SigningError, match="neither a public key nor a certificate"):
            open_key(on_token(token, "imported"), secret)
        other = ec.generate_private_key(ec.SECP256R1())
        token.store("imported", issued("X", other.public_key(), "X", other, ca=False))
        assert "does not match its public key" in refusal(on_token(token, "imported")).message

    @pytest.mark.parametrize(
        ("changes", "says", "advises"),
        [
            ({"pkcs11_token": "other"}, "no token called 'other'", "audit"),
            ({"pkcs11_key": "absent"}, "no private key labelled 'absent'", "There are:"),
            ({"pkcs11_module": Path("/nothing.so")}, "cannot be loaded", "--pkcs11-module"),
            ({"pkcs11_key": None}, "key's label", "--pkcs11-key"),
            ({"pkcs12": Path("id.p12")}, "More than one signing key", "Give one"),
        ],
        ids=["token", "key", "library", "no label", "two kinds"],
    )
    def test_not_found(self, token: SoftToken, foreign, changes: dict, says: str, advises: str) -> None:
        error = refusal(on_token(token, "any", certificate=foreign).model_copy(update=changes))
        assert says in error.message and advises in error.advice

    def test_wrong_pin(self, token: SoftToken, tmp_path: Path) -> None:
        """In a process of its own: one login counts for every session of a program."""
        flags = [
            "--pkcs11-module",
            token.module,
            "--pkcs11-key",
            "any",
            "--name",
            "Team",
            "-o",
            tmp_path / "x",
        ]
        done = evidence("keygen", *flags, env=clean_environment() | {"EVIDENCE_PASSPHRASE": "0000"})
        assert done.returncode == 1 and "Traceback" not in done.stderr
        assert "the PIN is wrong" in done.stderr and "lock" in done.stderr

    def test_certificate_of_another_key(self, token: SoftToken, foreign) -> None:
        token.generate("p-256", "mismatch")
        assert "does not belong" in refusal(on_token(token, "mismatch", certificate=foreign)).message

    @pytest.mark.parametrize(("kind", "says"), [("rsa-2048", "2048 bits"), ("p-192", "secp192r1")])
    def test_weak_key(self, token: SoftToken, foreign, kind: str, says: str) -> None:
        token.generate(kind, f"weak {kind}")
        assert says in refusal(on_token(token, f"weak {kind}", certificate=foreign)).message

    def test_key_that_may_not_sign(self, token: SoftToken, foreign) -> None:
        from pkcs11 import MechanismFlag

        token.generate("rsa-3072", "decrypts", capabilities=MechanismFlag.DECRYPT)
        assert "may not sign" in refusal(on_token(token, "decrypts", certificate=foreign)).message

    def test_two_keys_of_one_label(self, token: SoftToken, foreign) -> None:
        for _ in range(2):
            token.generate("p-256", "twice")
        assert "more than one private key" in refusal(on_token(token, "twice", certificate=foreign)).message

    def test_pin_never_in_an_argument(self, token: SoftToken, tmp_path: Path) -> None:
        """The command takes it from a file or the environment, and says which token wants it otherwise."""
        token.generate("p-256", "command")
        flags = ["--pkcs11-module", token.module, "--pkcs11-key", "command", "--name", "Team"]
        asked = clean_environment()
        done = evidence("keygen", *flags, "--output", tmp_path / "a", env=asked, stdin=subprocess.DEVNULL)
        assert done.returncode == 1 and "the token audit needs" in done.stderr
        (tmp_path / "pin").write_text(f"{PIN}\n")
        from_file = ["--passphrase-file", tmp_path / "pin", "--output", tmp_path / "b"]
        done = evidence("keygen", *flags, *from_file, env=asked)
        assert done.returncode == 0, done.stderr
        assert [file.name for file in (tmp_path / "b").iterdir()] == ["signer.pem"]


def test_without_pkcs11_support(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11.exceptions", None)
    error = refusal(
        SigningSettings(pkcs11_module=tmp_path / "x.so", pkcs11_key="k", certificate=tmp_path / "c")
    )
    assert "not installed" in error.message and "aws-evidence[pkcs11]" in error.advice
