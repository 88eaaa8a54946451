"""Seals and signatures: bytes, structure, other keys and bundles, certificates out of time or purpose."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from asn1crypto import cms as asn1
from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from evidence.bundle.format import bag
from evidence.findings import Code
from evidence.pack import layout
from evidence.signing.keygen import self_signed
from evidence.signing.signer import Signer
from tests.attacks.material import (
    CHAIN,
    SIGNATURE,
    Change,
    a_bundle,
    a_pack,
    edited,
    foreign,
    original,
    other,
    remanifested,
    resealed,
    resigned,
)
from tests.attacks.model import Attack, attack
from tests.support.bundles import NOW
from tests.support.identity import signer, stranger


def attacks() -> Iterator[Attack]:
    """Yield attacks on the bundle's seal, and the same on the pack's signature."""
    for trick, change in _structures().items():
        in_bag = lambda c=change: edited(original().bag, SIGNATURE, c)  # noqa: E731
        yield attack(f"seal, {trick}", a_bundle(in_bag), Code.SEAL_INVALID)
        in_pack = lambda c=change: edited(original().files, layout.SIGNATURE, c)  # noqa: E731
        yield attack(f"pack's signature, {trick}", a_pack(in_pack), Code.SEAL_INVALID)
    yield from _lengths()
    yield from _replaced()
    yield from _other_keys()
    yield from _certificates()


def _lengths() -> Iterator[Attack]:
    """Yield seals cut at every tenth byte, and with other sizes in their DER."""
    der = original().bag[SIGNATURE]
    for length in range(0, len(der), 10):
        files = lambda n=length: original().bag | {SIGNATURE: der[:n]}  # noqa: E731
        yield attack(f"seal cut to {length}", a_bundle(files), Code.SEAL_INVALID)
    for position in range(len(der)):
        for trick, change in (
            ("one up", lambda d, p=position: d[:p] + bytes([(d[p] + 1) & 255]) + d[p + 1 :]),
            ("byte put in", lambda d, p=position: d[:p] + b"\0" + d[p:]),
        ):
            files = lambda c=change: original().bag | {SIGNATURE: c(der)}  # noqa: E731
            yield attack(f"seal, byte {position} {trick}", a_bundle(files), Code.SEAL_INVALID)


def _content(der: bytes) -> asn1.ContentInfo:
    info: asn1.ContentInfo = asn1.ContentInfo.load(der)
    return info


def _changed(change: Callable[[asn1.SignedData, asn1.SignerInfo], object]) -> Change:
    """Return what edits the structure and writes it again as DER."""

    def edit(der: bytes) -> bytes:
        info = _content(der)
        signed = info["content"]
        change(signed, signed["signer_infos"][0])
        dumped: bytes = info.dump(force=True)
        return dumped

    return edit


def _structures() -> dict[str, Change]:
    """Return what CMS allows besides the one form."""
    return {
        "unsigned attribute": _changed(_unsigned_attribute),
        "a certificate more": _changed(lambda s, _: _add_certificate(s, stranger())),
        "its certificate twice": _changed(lambda s, _: _add_certificate(s, signer())),
        "no certificate": _changed(lambda s, _: s.__setitem__("certificates", None)),
        "only another certificate": _changed(_only_other_certificate),
        "two signers": _changed(lambda s, one: s.__setitem__("signer_infos", [one, one])),
        "no signer": _changed(lambda s, _: s.__setitem__("signer_infos", [])),
        "version 3": _changed(lambda s, _: s.__setitem__("version", "v3")),
        "signer of version 3": _changed(lambda _, one: one.__setitem__("version", "v3")),
        "content inside": _changed(_attached),
        "empty content inside": _changed(lambda s, _: s["encap_content_info"].__setitem__("content", b"")),
        "no signed attributes": _changed(lambda _, one: one.__setitem__("signed_attrs", None)),
        "a signed attribute less": _changed(lambda _, one: _drop_attribute(one)),
        "a signed attribute twice": _changed(lambda _, one: _double_attribute(one)),
        "SHA-1 by name": _changed(lambda _, one: one["digest_algorithm"].__setitem__("algorithm", "sha1")),
        "SHA-512 by name": _changed(
            lambda _, one: one["digest_algorithm"].__setitem__("algorithm", "sha512")
        ),
        "MD5 in the list": _changed(lambda s, _: s.__setitem__("digest_algorithms", [{"algorithm": "md5"}])),
        "two digests in the list": _changed(
            lambda s, _: s.__setitem__(
                "digest_algorithms", [{"algorithm": "sha256"}, {"algorithm": "sha512"}]
            )
        ),
        "RSA by name": _changed(
            lambda _, one: one["signature_algorithm"].__setitem__("algorithm", "sha256_rsa")
        ),
        "signature of zeros": _changed(lambda _, one: one.__setitem__("signature", bytes(71))),
        "signature emptied": _changed(lambda _, one: one.__setitem__("signature", b"")),
        "the signature's other solution": _changed(_negated),
        "signature in longer integers": _changed(_long_integers),
        "bytes behind": lambda der: der + b"\0",
        "a second one behind": lambda der: der + der,
        "indefinite length": _indefinite,
        "length in more octets": lambda der: der[:1] + b"\x83\x00" + der[2:4] + der[4:],
        "PEM": lambda der: b"-----BEGIN CMS-----\n" + der.hex().encode() + b"\n-----END CMS-----\n",
        "the strangers over the same": lambda _: stranger().seal(original().bag[bag.TAG_MANIFEST], NOW),
        "over other content": lambda _: signer().seal(b"something else", NOW),
        "over nothing": lambda _: signer().seal(b"", NOW),
        "the other bundle's": lambda _: other().bag[SIGNATURE],
        "the other pack's": lambda _: other().files[layout.SIGNATURE],
        "a certificate instead": lambda _: signer().certificate.public_bytes(serialization.Encoding.DER),
        "far too large": lambda der: der + bytes(300_000),
        "nested without end": lambda _: b"\x30\x80" * 50_000,
    }


def _unsigned_attribute(_signed: asn1.SignedData, one: asn1.SignerInfo) -> None:
    one["unsigned_attrs"] = asn1.CMSAttributes(
        [asn1.CMSAttribute({"type": "1.2.3.4", "values": [core.OctetString(b"hidden")]})]
    )


def _add_certificate(signed: asn1.SignedData, of: Signer) -> None:
    der = of.certificate.public_bytes(serialization.Encoding.DER)
    more = asn1.CertificateChoices("certificate", asn1.Certificate.load(der))
    signed["certificates"] = asn1.CertificateSet([*signed["certificates"], more])


def _only_other_certificate(signed: asn1.SignedData, _one: asn1.SignerInfo) -> None:
    signed["certificates"] = asn1.CertificateSet([])
    _add_certificate(signed, stranger())


def _attached(signed: asn1.SignedData, _one: asn1.SignerInfo) -> None:
    signed["encap_content_info"]["content"] = original().bag[bag.TAG_MANIFEST]


def _drop_attribute(one: asn1.SignerInfo) -> None:
    one["signed_attrs"] = asn1.CMSAttributes(list(one["signed_attrs"])[:-1])


def _double_attribute(one: asn1.SignerInfo) -> None:
    attributes = list(one["signed_attrs"])
    one["signed_attrs"] = asn1.CMSAttributes([*attributes, attributes[0]])


def _negated(_signed: asn1.SignedData, one: asn1.SignerInfo) -> None:
    """Write the second of the two values that ECDSA verification takes: (r, n - s)."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    r, s = decode_dss_signature(one["signature"].native)
    one["signature"] = encode_dss_signature(r, order - s)


def _long_integers(_signed: asn1.SignedData, one: asn1.SignerInfo) -> None:
    r, s = decode_dss_signature(one["signature"].native)
    parts = b"".join(b"\x02\x22\x00" + number.to_bytes(33, "big") for number in (r, s))
    one["signature"] = bytes([0x30, len(parts)]) + parts


def _indefinite(der: bytes) -> bytes:
    header = 2 + (der[1] & 0x7F if der[1] & 0x80 else 0)
    return b"\x30\x80" + der[header:] + b"\0\0"


def _replaced() -> Iterator[Attack]:
    """Yield seals taken away or taken from elsewhere, chain and all."""
    both = (SIGNATURE, CHAIN)
    for trick, source, code in (
        ("the other bundle's seal", other().bag, Code.SEAL_INVALID),
        ("a stranger's seal of the same evidence", foreign().bag, Code.SEAL_INVALID),
    ):
        files = lambda s=source: original().bag | {path: s[path] for path in both}  # noqa: E731
        # the strangers' bundle differs by nothing that is sealed, so that its seal holds over this one
        same = source[bag.TAG_MANIFEST] == original().bag[bag.TAG_MANIFEST]
        yield attack(trick, a_bundle(files), Code.UNTRUSTED if same else code, pinned=same)
    stripped = lambda: {p: d for p, d in original().bag.items() if p not in both}  # noqa: E731
    yield attack("no seal", a_bundle(stripped), Code.SEAL_MISSING)
    yield attack("no seal, in a pack", a_pack(lambda: original().with_bag(stripped())), Code.SEAL_MISSING)
    again = lambda: resigned(original().with_bag(stripped()), stranger())  # noqa: E731
    yield attack("no seal, in a pack of a stranger's", a_pack(again), Code.SEAL_MISSING)
    chains = {
        "certificate twice": original().bag[CHAIN] * 2,
        "a stranger's": stranger().chain_pem,
        "and a stranger's": original().bag[CHAIN] + stranger().chain_pem,
        "a text before": b"subject=CN = Somebody\n" + original().bag[CHAIN],
        "DER": signer().certificate.public_bytes(serialization.Encoding.DER),
        "with a key": original().bag[CHAIN]
        + b"-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n",
        "longer lines": original().bag[CHAIN].replace(b"\n", b"", 3),
    }
    for trick, content in chains.items():
        files = lambda c=content: original().bag | {CHAIN: c}  # noqa: E731
        yield attack(f"chain.pem, {trick}", a_bundle(files), Code.SEAL_INVALID, subject=CHAIN)


def _other_keys() -> Iterator[Attack]:
    """Yield all of it changed and signed anew, consistently, by somebody else: only trust can tell."""
    csv = "data/123456789012/iam/credential-report.csv"
    forged = lambda: edited(original().bag, csv, lambda d: d.replace(b"root", b"toor"))  # noqa: E731
    for trick, by in _identities().items():
        sealed = lambda b=by: resealed(forged(), b)  # noqa: E731
        yield attack(f"sealed by {trick}", a_bundle(sealed), Code.UNTRUSTED, pinned=True)
        packed = lambda b=by: resigned(original().with_bag(resealed(forged(), b)), b)  # noqa: E731
        name = f"sealed and packed by {trick}"
        yield attack(name, a_pack(packed), Code.UNTRUSTED, Code.OTHER_SIGNER)
        only = lambda b=by: resigned(original().files, b)  # noqa: E731
        yield attack(f"packed again by {trick}", a_pack(only), Code.OTHER_SIGNER, Code.UNTRUSTED)
    whole = lambda: foreign().files  # noqa: E731
    yield attack("everything by a stranger of the same name", a_pack(whole), Code.UNTRUSTED, pinned=True)
    parts = {path: foreign().files[path] for path in ("report.pdf", "appendices.xlsx", "results.json")}
    for path, data in parts.items():
        files = lambda p=path, d=data: resigned(original().files | {p: d}, stranger())  # noqa: E731
        yield attack(f"a stranger's {path} and signature", a_pack(files), Code.OTHER_SIGNER)
    not_sealed_again = lambda: remanifested(forged())  # noqa: E731
    yield attack("changed, lists fitting, seal as it was", a_bundle(not_sealed_again), Code.SEAL_INVALID)


def _identities() -> dict[str, Signer]:
    """Return strangers: with the signer's name, number, and authority as far as they can have them."""
    real = signer()
    key = ec.derive_private_key(4711, ec.SECP256R1())
    above = ec.derive_private_key(4712, ec.SECP256R1())
    authority = self_signed(above, real.certificate.subject, years=10, now=_DAY)
    return {
        "a stranger of the same name": stranger(),
        "a stranger of another name": signer("Somebody Else", secret=777),
        "one with the same serial number": Signer(
            key, (_issued(key, real, serial=real.certificate.serial_number),)
        ),
        "one under an authority of the same name": Signer(
            key, (_issued(key, real, by=above, serial=99), authority)
        ),
        "one with RSA": Signer(_rsa(3072), (_issued(_rsa(3072), real),)),
    }


_DAY = datetime(2026, 9, 1, tzinfo=UTC)


def _certificates() -> Iterator[Attack]:
    """Yield seals under certificates that are out of time, unfit, or claimed for another time.

    The trusted key itself makes them: nothing but the certificate or the time is wrong.
    """
    real = signer()
    key, hour = real.key, timedelta(hours=1)
    lapsed = Signer(
        key, (_issued(key, real, since=_DAY - timedelta(days=90), until=NOW - timedelta(days=1)),)
    )
    early = Signer(key, (_issued(key, real, since=NOW + timedelta(days=1), until=NOW + timedelta(days=90)),))
    unfit = Signer(key, (_issued(key, real, signs=False),))
    weak = Signer(_rsa(2048), (_issued(_rsa(2048), real),))
    small = ec.derive_private_key(99, ec.SECP256K1())
    curve = Signer(small, (_issued(small, real),))
    for trick, by, moment, codes in (
        ("an ended certificate", lapsed, NOW, (Code.CERTIFICATE,)),
        ("a certificate of tomorrow", early, NOW, (Code.CERTIFICATE,)),
        ("a time before the certificate", real, _DAY - hour, (Code.CERTIFICATE,)),
        ("a time in the future", real, NOW + hour, (Code.CERTIFICATE, Code.TIME)),
        ("a certificate that may not sign", unfit, NOW, (Code.SEAL_INVALID,)),
        ("RSA of 2048 bits", weak, NOW, (Code.SEAL_INVALID,)),
        ("the curve of coins", curve, NOW, (Code.SEAL_INVALID,)),
    ):
        sealed = lambda b=by, m=moment: resealed(original().bag, b, m)  # noqa: E731
        yield attack(f"sealed with {trick}", a_bundle(sealed), *codes)
        packed = lambda b=by, m=moment: resigned(original().files, b, m)  # noqa: E731
        yield attack(f"packed with {trick}", a_pack(packed), *codes)


def _rsa(bits: int) -> rsa.RSAPrivateKey:
    if bits not in _KEYS:
        _KEYS[bits] = rsa.generate_private_key(65537, bits)
    return _KEYS[bits]


_KEYS: dict[int, rsa.RSAPrivateKey] = {}
"""Not the same in each run; nothing but their size counts."""


def _issued(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    like: Signer,
    *,
    by: ec.EllipticCurvePrivateKey | None = None,
    serial: int = 1,
    since: datetime = _DAY,
    until: datetime = NOW + timedelta(days=3_000),
    signs: bool = True,
) -> x509.Certificate:
    """Return a certificate with the name of the real signer's."""
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign",
         "crl_sign", "encipher_only", "decipher_only"), False,
    )  # fmt: skip
    builder = (
        x509.CertificateBuilder()
        .subject_name(like.certificate.subject)
        .issuer_name(like.certificate.subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(
            x509.KeyUsage(digital_signature=signs, **usage | {"key_agreement": not signs}), critical=True
        )
    )
    return builder.sign(by or key, hashes.SHA256())
