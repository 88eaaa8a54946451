"""Makes the detached signature of the seal: CMS (RFC 5652) with the attributes that CAdES asks for.

pyHanko makes the same bytes, and tests hold them against its own; but it loads all that signs a PDF, and an
HTTP client besides, which takes longer than sealing a bundle.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from asn1crypto import algos, cms, tsp, x509

from evidence.signing import keys
from evidence.signing.keys import PrivateKey

_GENERALIZED_FROM = 2050
"""The year from which times are written otherwise (RFC 5652 §11.3)."""


def detached_signature(
    key: PrivateKey, chain: Sequence[x509.Certificate], content: bytes, moment: datetime
) -> bytes:
    """Return a detached signature (DER) of the content; the time is the signer's claim, in whole seconds.

    `chain` begins with the signer's certificate; those above it, up to the root, go along. Raises
    SigningError when a device or service does not sign.
    """
    own = chain[0]
    digest = keys.digest_of(keys.public_of(key)).name
    method = "rsa" if own.public_key.algorithm == "rsa" else "ecdsa"
    attributes = cms.CMSAttributes([
        cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
        cms.CMSAttribute({"type": "message_digest", "values": [hashlib.new(digest, content).digest()]}),
        cms.CMSAttribute({"type": "signing_time", "values": [_time(moment)]}),
        cms.CMSAttribute({"type": "signing_certificate_v2", "values": [_reference(own)]}),
    ])  # fmt: skip
    signer = cms.SignerInfo({
        "version": "v1",
        "sid": {"issuer_and_serial_number": {"issuer": own.issuer, "serial_number": own.serial_number}},
        "digest_algorithm": {"algorithm": digest},
        "signature_algorithm": {"algorithm": f"{digest}_{method}"},
        "signed_attrs": attributes,
        "signature": keys.sign(key, attributes.dump()),
    })  # fmt: skip
    signed = cms.SignedData({
        "version": "v1",
        "digest_algorithms": [{"algorithm": digest}],
        "encap_content_info": {"content_type": "data"},
        "certificates": [cms.CertificateChoices("certificate", one) for one in chain],
        "signer_infos": [signer],
    })  # fmt: skip
    der: bytes = cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()
    return der


def _time(moment: datetime) -> cms.Time:
    name = "utc_time" if moment.year < _GENERALIZED_FROM else "generalized_time"
    return cms.Time({name: moment.replace(microsecond=0)})


def _reference(certificate: x509.Certificate) -> tsp.SigningCertificateV2:
    """Return what ties the signature to this very certificate (RFC 5035), by its SHA-256."""
    named = {
        "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
        "cert_hash": hashlib.sha256(certificate.dump()).digest(),
        "issuer_serial": {
            "issuer": [x509.GeneralName("directory_name", certificate.issuer)],
            "serial_number": certificate.serial_number,
        },
    }
    return tsp.SigningCertificateV2({"certs": [named]})
