"""Checks RFC 3161 time-stamps strictly: every byte is signed, hashed by what is signed, or has one form.

Authorities differ in what they send besides the signed time. A token is therefore brought into one form
when it is obtained (`normal`): DER, the authority's certificate with all those above it up to a root, or
alone when the root is not to be had; nothing unsigned but them. Verification takes that form only. So the
authority's certificate is bound by its hash, each other by the signature of the one above, the root by its
own.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms as asn1
from asn1crypto import tsp
from asn1crypto.parser import emit, parse
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from evidence.signatures import cms

MAX_BYTES = 64 * 1024
_REQUIRED = ("content_type", "message_digest", "signing_certificate_v2")


class TimeStampError(ValueError):
    """The time-stamp is not one to rely on; the message says why, one clause."""


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """A time-stamp that holds over its content; whether its authority is trusted is another question."""

    time: datetime
    """When the authority says that it saw the content's hash."""
    chain: tuple[x509.Certificate, ...]
    """The authority's certificate and those above it that came along, each issued by the next."""
    nonce: int | None
    """The number that the request asked to be sent back."""
    token: bytes
    """The signed part (DER): a CMS ContentInfo with a TSTInfo."""
    algorithm: str
    """The digest of the content that it is over: `sha256`, `sha384` or `sha512`."""

    @property
    def certificate(self) -> x509.Certificate:
        """The authority's."""
        return self.chain[0]


def response(token: bytes) -> bytes:
    """Return a token as the answer it came in (TimeStampResp, RFC 3161 §2.4.2), granted, nothing else said.

    The status is not signed: an authority's remarks in it are dropped, so that the file has one form.
    """
    status = tsp.PKIStatusInfo({"status": "granted"}).dump()
    der: bytes = emit(0, 1, 16, status + token)
    return der


def granted(answer: bytes) -> bytes:
    """Return the token of an authority's answer; raises TimeStampError when it gave none."""
    if len(answer) > MAX_BYTES:
        raise TimeStampError(f"the answer is larger than {MAX_BYTES} bytes")
    try:
        # Read by hand: asn1crypto's TimeStampResp knows no answer without a token.
        _, _, _, _, members, _ = parse(answer, strict=True)
        _, _, _, header, contents, _ = parse(members)
        token: bytes = members[len(header) + len(contents) :]
        told = tsp.PKIStatusInfo.load(header + contents, strict=True)
        status = str(told["status"].native)
        words = sorted(told["fail_info"].native or ())  # RFC 3161's; not the authority's own: anybody's text
    # asn1crypto raises whatever its innards raise over hostile bytes; they are then no answer.
    except Exception as error:
        raise TimeStampError("the answer is not that of a time-stamping authority") from error
    if status != "granted":
        raise TimeStampError(
            f"the authority answered: {'; '.join(word.replace('_', ' ') for word in (status, *words))}"
        )
    return token


def normal(token: bytes, anchors: Sequence[x509.Certificate] = ()) -> bytes:
    """Return a token in the form that verification takes; raises TimeStampError when there is no such form.

    `anchors` are certificates of authorities that may complete the path to a root. They are not trusted for
    that: this changes what comes along, never what is signed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as in cms.check
            signed, signer = _parts(token)
            pool = cms.certificates_of(signed)
            own = _own(pool, signer)
            above = [one for one in (*pool, *anchors) if one != own]
            path = cms.path_from(own, sorted(above, key=lambda one: not cms.is_root(one)))
            return _rebuilt(signed, signer, path if cms.is_root(path[-1]) else (own,))
    except (TimeStampError, cms.CmsError) as error:
        raise TimeStampError(str(error)) from error
    # As in cms.check: whatever parsing hostile bytes raises, there is no time-stamp in them.
    except Exception as error:
        raise TimeStampError("it is not a well-formed time-stamp") from error


def check(answer: bytes, content: bytes) -> TimeStamp:
    """Return the time-stamp of a .tsr file over content; raises TimeStampError when it does not hold."""
    token = granted(answer)
    if response(token) != answer:
        raise TimeStampError("it holds something besides a granted time-stamp")
    return check_token(token, content)


def check_token(token: bytes, content: bytes) -> TimeStamp:
    """Return the time-stamp of a token over content; raises TimeStampError when it does not hold."""
    if len(token) > MAX_BYTES:
        raise TimeStampError(f"it is larger than {MAX_BYTES} bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as in cms.check
            return _check(token, content)
    except TimeStampError:
        raise
    except cms.CmsError as error:
        raise TimeStampError(str(error)) from error
    # As in cms.check: whatever parsing hostile bytes raises, the time-stamp does not hold.
    except Exception as error:
        raise TimeStampError("it is not a well-formed time-stamp") from error


def _check(token: bytes, content: bytes) -> TimeStamp:
    signed, signer = _parts(token)
    pool = cms.certificates_of(signed)
    own = _own(pool, signer)
    path = cms.path_from(own, [one for one in pool if one is not own])
    if len(path) != len(pool) or (len(path) > 1 and not cms.is_root(path[-1])):
        raise TimeStampError("its certificates are not its signer's and those above it up to a root")
    if _rebuilt(signed, signer, path) != token:
        raise TimeStampError("it holds something besides one signed time and its certificates")
    statement = bytes(signed["encap_content_info"]["content"])
    _check_signature(signer, own, statement)
    _check_purpose(own)
    return _time_stamp(tsp.TSTInfo.load(statement, strict=True), content, path, token)


def _parts(token: bytes) -> tuple[asn1.SignedData, asn1.SignerInfo]:
    info = asn1.ContentInfo.load(token, strict=True)
    if info["content_type"].native != "signed_data":
        raise TimeStampError("it is not CMS signed data")
    signed = info["content"]
    if signed["encap_content_info"]["content_type"].native != "tst_info":
        raise TimeStampError("it signs something else than a time")
    if len(signed["signer_infos"]) != 1:
        raise TimeStampError("it does not have exactly one signer")
    return signed, signed["signer_infos"][0]


def _own(pool: Sequence[x509.Certificate], signer: asn1.SignerInfo) -> x509.Certificate:
    if signer["sid"].name != "issuer_and_serial_number":
        raise TimeStampError("it names its signer in another form than issuer and serial number")
    wanted = signer["sid"].chosen.dump()
    own = [one for one in pool if cms.signer_identifier(one).chosen.dump() == wanted]
    if len(own) != 1:
        raise TimeStampError("it does not carry exactly its signer's certificate")
    return own[0]


def _time_stamp(
    info: tsp.TSTInfo, content: bytes, chain: tuple[x509.Certificate, ...], token: bytes
) -> TimeStamp:
    imprint = info["message_imprint"]
    algorithm = imprint["hash_algorithm"]["algorithm"].native
    if info["version"].native != "v1":
        raise TimeStampError("it has another version than 1")
    if algorithm not in cms.HASHES:
        raise TimeStampError(f"it is over a {algorithm} hash, which is weaker than SHA-256 or unknown")
    if imprint["hashed_message"].native != cms.digest_of(algorithm, content):
        raise TimeStampError("it is not over this content")
    if any(extension["critical"].native for extension in info["extensions"]):
        raise TimeStampError("it has a critical extension that is not known")
    time: datetime = info["gen_time"].native
    if not chain[0].not_valid_before_utc <= time <= chain[0].not_valid_after_utc:
        raise TimeStampError("its time is not one at which its certificate was valid")
    return TimeStamp(time, chain, info["nonce"].native, token, algorithm)


def _rebuilt(signed: asn1.SignedData, signer: asn1.SignerInfo, path: Sequence[x509.Certificate]) -> bytes:
    """Return the token in the one form accepted, from its signed parts and certificates, signer first."""
    # its parameters may be NULL or absent (RFC 5754), and no signature covers which: one of the two is taken
    digest = asn1.DigestAlgorithm({"algorithm": signer["digest_algorithm"]["algorithm"].native}).dump()
    statement = emit(0, 0, 4, bytes(signed["encap_content_info"]["content"]))
    own = (
        asn1.CMSVersion(1).dump()
        + cms.signer_identifier(path[0]).dump()
        + digest
        + emit(2, 1, 0, signer["signed_attrs"].contents)
        + _mechanism(signer, path[0])
        + emit(0, 0, 4, cms.canonical(signer["signature"].native, path[0].public_key()))
    )
    return cms.signed_data(
        3,
        digest,
        emit(0, 1, 16, asn1.ContentType("tst_info").dump() + emit(2, 1, 0, statement)),
        sorted(one.public_bytes(serialization.Encoding.DER) for one in path),
        emit(0, 1, 16, own),
    )


def _mechanism(signer: asn1.SignerInfo, certificate: x509.Certificate) -> bytes:
    """Return the signature algorithm, which must be that of the key, under the name that holds its digest.

    Authorities also name RSA without a digest. No signature covers the name, so that one of the two is taken.
    """
    algorithm = signer["digest_algorithm"]["algorithm"].native
    found = signer["signature_algorithm"]["algorithm"].native
    if isinstance(certificate.public_key(), rsa.RSAPublicKey):
        named, accepted = f"{algorithm}_rsa", {"rsassa_pkcs1v15", f"{algorithm}_rsa"}
    else:
        named, accepted = f"{algorithm}_ecdsa", {f"{algorithm}_ecdsa"}
    if found not in accepted:
        raise TimeStampError(f"its signature algorithm {found} is not accepted")
    der: bytes = asn1.SignedDigestAlgorithm({"algorithm": named}).dump()
    return der


def _check_signature(signer: asn1.SignerInfo, certificate: x509.Certificate, statement: bytes) -> None:
    algorithm = signer["digest_algorithm"]["algorithm"].native
    if algorithm not in cms.HASHES:
        raise TimeStampError(f"the digest {algorithm} is weaker than SHA-256 or unknown")
    attributes = {
        name: [one["values"] for one in signer["signed_attrs"] if one["type"].native == name]
        for name in _REQUIRED
    }
    if any(len(values) != 1 or len(values[0]) != 1 for values in attributes.values()):
        raise TimeStampError("its signed attributes are not those of a time-stamp made by SHA-256 or better")
    content_type, digest, binding = (values[0][0] for values in attributes.values())
    if content_type.native != "tst_info" or digest.native != cms.digest_of(algorithm, statement):
        raise TimeStampError("its signature is over another time")
    cms.check_binding(binding, certificate, alone=False)
    message = cms.signed_attributes(signer)
    cms.verify_signature(certificate, signer["signature"].native, message, cms.HASHES[algorithm]())


def _check_purpose(certificate: x509.Certificate) -> None:
    """RFC 3161 §2.3: the key is for time-stamping alone, and the certificate insists on it."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound as error:
        raise TimeStampError("its certificate is not one for time-stamping") from error
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise TimeStampError("its certificate is not one for time-stamping alone")
    if not cms.may_sign(certificate):
        raise TimeStampError("the key usage of its certificate does not allow signing")
