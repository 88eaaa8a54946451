"""Loads a signing identity of any kind, and refuses one that is not fit to sign."""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509

from evidence.errors import SigningError, UsageError
from evidence.settings.sections import SigningSettings
from evidence.signatures import cms
from evidence.signing.files import load_certificates
from evidence.signing.keys import PrivateKey, prove
from evidence.signing.passphrase import Prompt
from evidence.signing.signer import Signer

_CERTIFICATE = "Name it with --certificate; `evidence keygen` makes one, or a request for a company's CA."


def load_signer(settings: SigningSettings, prompt: Prompt, *, now: datetime) -> Signer:
    """Return the signing identity that the settings name, checked.

    The pass phrase or PIN comes from the file the settings name, else from EVIDENCE_PASSPHRASE, else from
    `prompt`; never from an argument. A key that is not in memory signs a few bytes first, so that what stands
    in its way shows before anything is collected. Raises UsageError where none is named, or more than one;
    SigningError for an unreadable file, a wrong pass
    phrase, a key that is weak, does not sign or is not the certificate's, and a certificate that may not sign
    or is not valid now.
    """
    key, found = open_key(settings, prompt)
    certificates = load_certificates(settings.certificate) if settings.certificate else found
    if not certificates:
        raise UsageError("No certificate is given for the signing key.", _CERTIFICATE)
    signer = Signer(key, _ordered(key, certificates))
    _check_fit(signer, now)
    if settings.key is None and settings.pkcs12 is None:
        prove(key)
    return signer


def open_key(settings: SigningSettings, prompt: Prompt) -> tuple[PrivateKey, list[x509.Certificate]]:
    """Return the key that the settings name, of the one kind they name, and certificates that came with it.

    Raises UsageError and SigningError as `load_signer` does.
    """
    token = settings.pkcs11_module or settings.pkcs11_token or settings.pkcs11_key
    kinds = {"--key": settings.key, "--pkcs12": settings.pkcs12, "--kms-key": settings.kms_key}
    given = [name for name, value in (kinds | {"--pkcs11-key": token}).items() if value]
    if len(given) > 1:
        raise UsageError(f"More than one signing key is given: {' and '.join(given)}.", "Give one.")
    if settings.pkcs12 is not None:
        from evidence.signing.pkcs12 import open_pkcs12

        if settings.certificate is not None:
            raise UsageError("A PKCS#12 file and a separate certificate are both given.", "Give one.")
        return open_pkcs12(settings.pkcs12, settings.passphrase_file, prompt)
    if settings.kms_key is not None:
        from evidence.signing.kms import open_kms

        return open_kms(settings.kms_key, settings.kms_profile), []
    if token:
        return _from_token(settings, prompt)
    if settings.key is not None:
        from evidence.signing.pem import open_pem

        return open_pem(settings.key, settings.passphrase_file, prompt), []
    raise UsageError(
        "No signing identity is given.",
        "Name --key, --pkcs12, --kms-key or --pkcs11-key, or [signing] in evidence.toml; `evidence keygen` "
        "makes an identity.",
    )


def _from_token(settings: SigningSettings, prompt: Prompt) -> tuple[PrivateKey, list[x509.Certificate]]:
    from evidence.signing.pkcs11 import TokenKeyLocation, open_pkcs11

    if settings.pkcs11_module is None or settings.pkcs11_key is None:
        raise UsageError(
            "A PKCS#11 key needs the token's library and the key's label.",
            "Name --pkcs11-module and --pkcs11-key.",
        )
    place = TokenKeyLocation(settings.pkcs11_module, settings.pkcs11_token, settings.pkcs11_key)
    return open_pkcs11(place, settings.passphrase_file, prompt)


def _ordered(key: PrivateKey, certificates: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """Return the key's certificate and those above it, in order; others are left out."""
    public = key.public_key()
    own = next((c for c in certificates if c.public_key() == public), None)
    if own is None:
        raise SigningError("The certificate does not belong to the private key.", _CERTIFICATE)
    chain, rest = [own], [c for c in certificates if c != own]
    while len(chain) < cms.MAX_CERTIFICATES and (above := cms.issuer_of(chain[-1], rest)):
        chain.append(above)
        rest.remove(above)
    if len(chain) > 1 and not cms.is_root(chain[-1]):
        raise SigningError(
            f"The certificates above the signer's lack their root, {chain[-1].issuer.rfc4514_string()}.",
            "Add the root's certificate to the file, or leave the signer's alone.",
        )
    return tuple(chain)


def _check_fit(signer: Signer, now: datetime) -> None:
    certificate = signer.certificate
    if now > certificate.not_valid_after_utc:
        raise SigningError(f"The certificate expired on {certificate.not_valid_after_utc:%Y-%m-%d}.")
    if now < certificate.not_valid_before_utc:
        raise SigningError(f"The certificate is valid only from {certificate.not_valid_before_utc:%Y-%m-%d}.")
    if not cms.may_sign(certificate):
        raise SigningError("The certificate's key usage does not allow signing documents.")
