"""A PKCS#11 token in software (SoftHSM), with keys on it."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

PIN = "987654"
_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
_CURVES = {"p-192": "secp192r1", "p-256": "secp256r1", "p-384": "secp384r1"}


@dataclass(frozen=True)
class SoftToken:
    """One initialized token. SoftHSM finds it through the environment variable that this sets."""

    folder: Path
    label: str = "audit"

    @property
    def module(self) -> Path:
        return next(Path(one) for one in _MODULES if Path(one).exists())

    def make(self) -> "SoftToken":
        """Initialize; before the library is loaded, as it reads its settings once."""
        (self.folder / "tokens").mkdir(parents=True)
        settings = self.folder / "softhsm2.conf"
        settings.write_text(f"directories.tokendir = {self.folder / 'tokens'}\nlog.level = ERROR\n")
        os.environ["SOFTHSM2_CONF"] = str(settings)
        command = ["softhsm2-util", "--init-token", "--free", "--label", self.label]
        subprocess.run([*command, "--so-pin", "12345678", "--pin", PIN], check=True, capture_output=True)
        return self

    def generate(self, kind: str, label: str, *, public: bool = True, **capabilities: object) -> None:
        """Make a key pair, `rsa-BITS` or one of the curves, whose private half never leaves the token."""
        from pkcs11 import Attribute, KeyType
        from pkcs11.util.ec import encode_named_curve_parameters

        with self._session() as session:
            options = {"label": label, "id": label.encode(), "store": True, **capabilities}
            if kind.startswith("rsa"):
                made, _ = session.generate_keypair(KeyType.RSA, int(kind.removeprefix("rsa-")), **options)
            else:
                curve = {Attribute.EC_PARAMS: encode_named_curve_parameters(_CURVES[kind])}
                domain = session.create_domain_parameters(KeyType.EC, curve, local=True)
                made, _ = domain.generate_keypair(**options)
            if not public:
                made.destroy()

    def store(self, label: str, certificate: x509.Certificate) -> None:
        """Put a certificate beside a key."""
        from pkcs11 import Attribute, CertificateType, ObjectClass

        der = certificate.public_bytes(serialization.Encoding.DER)
        with self._session() as session:
            session.create_object(
                {
                    Attribute.CLASS: ObjectClass.CERTIFICATE,
                    Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
                    Attribute.TOKEN: True,
                    Attribute.LABEL: label,
                    Attribute.ID: label.encode(),
                    Attribute.SUBJECT: certificate.subject.public_bytes(),
                    Attribute.VALUE: der,
                }
            )

    def _session(self):
        from pkcs11 import lib
        from pkcs11.exceptions import UserAlreadyLoggedIn

        token = lib(str(self.module)).get_token(token_label=self.label)
        try:
            return token.open(rw=True, user_pin=PIN)
        except UserAlreadyLoggedIn:
            return token.open(rw=True)
