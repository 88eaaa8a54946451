"""`evidence keygen`: a signing identity for a team that has none."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting, setting_options
from evidence.cli.options import Json, Quiet
from evidence.cli.output import Output

if TYPE_CHECKING:
    from evidence.settings.sections import SigningSettings
    from evidence.signing.keygen import CertificateSubject, NewIdentity

_ALGORITHM = "rsa-3072"


def keygen(
    *,
    name: Annotated[str, typer.Option(metavar="NAME", help="Who signs: a team or a person.")],
    organization: Annotated[str, typer.Option(metavar="NAME", help="Whom they sign for.")] = "",
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Where to write key and certificate.")
    ] = Path(),
    algorithm: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of a new key: rsa-3072, p-256 or p-384; default: rsa-3072."),
    ] = None,
    years: Annotated[int, typer.Option(metavar="N", help="How long the certificate is valid.")] = 3,
    csr: Annotated[
        bool, typer.Option("--csr", help="Make a request for a company's CA in place of a certificate.")
    ] = False,
    kms_key: setting_options.KmsKey = None,
    kms_profile: setting_options.KmsProfile = None,
    pkcs11_module: setting_options.Pkcs11Module = None,
    pkcs11_token: setting_options.Pkcs11Token = None,
    pkcs11_key: setting_options.Pkcs11Key = None,
    passphrase_file: setting_options.PassphraseFile = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a signing identity: an encrypted private key and a certificate, or a request for one.

    For a key in AWS KMS or on a token, which stays there, only the certificate or the request. Prints the
    certificate's fingerprint: hand both to the auditor, by another way than the packs.
    """
    from evidence.settings.sections import SigningSettings
    from evidence.signing.keygen import CertificateSubject

    settings = SigningSettings(
        kms_key=kms_key, kms_profile=kms_profile, pkcs11_module=pkcs11_module, pkcs11_token=pkcs11_token,
        pkcs11_key=pkcs11_key, passphrase_file=passphrase_file,
    )  # fmt: skip
    made = _make(settings, CertificateSubject(name, organization, years, csr), output, algorithm)
    _tell(made, Output(json=json, quiet=quiet))


def _make(
    settings: "SigningSettings", subject: "CertificateSubject", output: Path, algorithm: str | None
) -> "NewIdentity":
    from evidence.clock import system_clock
    from evidence.errors import UsageError
    from evidence.signing.keygen import certify, generate
    from evidence.signing.load import open_key
    from evidence.signing.passphrase import new_passphrase

    now = system_clock().now()
    if any((settings.kms_key, settings.pkcs11_module, settings.pkcs11_token, settings.pkcs11_key)):
        if algorithm is not None:
            raise UsageError("--algorithm is for a new key; this one is there already.", "Leave it out.")
        key, _ = open_key(settings, collecting.ask_passphrase)
        return certify(output, key, subject, now=now)
    secret = new_passphrase("The new key", settings.passphrase_file, collecting.ask_passphrase)
    return generate(output, secret, subject, algorithm=algorithm or _ALGORITHM, now=now)


def _tell(made: "NewIdentity", out: Output) -> None:
    if made.request:
        out.result(made.document(), f"Certificate request: {made.request}")
        out.say("Let your CA issue a certificate for signing documents (key usage: digital signature).")
        out.say("Then name it, the CA's certificates behind it, with --certificate.")
    else:
        out.result(made.document(), f"SHA-256 fingerprint: {made.fingerprint}")
    if made.key:
        out.say(f"Private key, keep it and its pass phrase: {made.key}")
    if made.certificate:
        out.say(f"Certificate, hand it to the auditor with the fingerprint: {made.certificate}")
