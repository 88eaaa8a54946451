"""Time-stamps by pyHanko's testing authority, which also stamps where `openssl ts` would refuse."""

from datetime import datetime
from functools import cache

from asn1crypto import keys, pem, tsp, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from tests.support.authority import Authority, request_for


@cache
def _loaded(der: bytes) -> PrivateKeyTypes:
    """Load a key once: checking an RSA key takes longer than to sign with it."""
    return serialization.load_der_private_key(der, None)


class _Binding(DummyTimeStamper):
    """Names its certificate by SHA-256 (RFC 5816), where pyHanko's own uses SHA-1."""

    def _sign_tst_info(self, tst_info_data, md_algorithm, dt):
        _, attributes = super()._sign_tst_info(tst_info_data, md_algorithm, dt)
        binding = simple_cms_attribute("signing_certificate_v2", as_signing_certificate_v2(self.tsa_cert))
        kept = [one for one in attributes if one["type"].native != "signing_certificate"]
        attributes = type(attributes)([*kept, binding])
        return _loaded(self.tsa_key.dump()).sign(attributes.dump(), PKCS1v15(), hashes.SHA256()), attributes


def dummy_answer(authority: Authority, content: bytes, moment: datetime | None = None) -> bytes:
    """Return an answer over content by an authority's key and certificate, whatever that is for."""
    own, root = (
        x509.Certificate.load(pem.unarmor((authority.folder / name).read_bytes())[2])
        for name in ("tsa.pem", "above.pem")
    )
    key = keys.PrivateKeyInfo.load(pem.unarmor((authority.folder / "tsa.key").read_bytes())[2])
    stamper = _Binding(own, key, certs_to_embed=[root], fixed_dt=moment)
    return stamper.request_tsa_response(tsp.TimeStampReq.load(request_for(content))).dump()
