"""Time-stamps: each byte, exchanged ones, those of other authorities, of other seals, and none at all.

The authority is `openssl ts`, made anew in each process: its tokens are not the same in each run.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from asn1crypto import cms as asn1
from asn1crypto import tsp

from evidence.bundle.format import bag, seal
from evidence.findings import Code
from tests.attacks.material import SIGNATURE, a_bundle, a_pack, flipped, original, other, positions, relisted
from tests.attacks.model import Attack, attack
from tests.support.authority import Authority, kept, make_authority

_ANY = (Code.TIME_STAMP, Code.TIME)


def attacks() -> Iterator[Attack]:
    """Yield attacks on the time-stamp of the bundle's seal; judged now, when the stamps were made."""
    token = _token()
    for position in range(len(token)):
        yield _stamped(f"byte {position} flipped", lambda p=position: flipped(token, p, 1 << p % 8))
    for length in positions(token, 200):
        yield _stamped(f"cut to {length}", lambda n=length: token[:n])
    for trick, content in _replaced(token).items():
        yield _stamped(trick, content)
    for trick, change in structures().items():
        yield _stamped(trick, lambda c=change: altered(token, c))
    both = lambda: relisted(original().with_bag(_with(lambda: token)))  # noqa: E731
    yield _now(attack("put into a pack, sums fitting", a_pack(both), Code.SEAL_INVALID))
    exchanged = lambda: _with(lambda: token) | {SIGNATURE: other().bag[SIGNATURE]}  # noqa: E731
    yield _now(attack("the other bundle's seal below it", a_bundle(exchanged), *_ANY, Code.SEAL_INVALID))


def _stamped(name: str, content: Callable[[], bytes]) -> Attack:
    made = a_bundle(lambda: _with(content))
    return _now(attack(name, made, *_ANY, subject=seal.TIME_STAMP))


def _with(content: Callable[[], bytes]) -> dict[str, bytes]:
    return original().bag | {seal.TIME_STAMP: content()}


def _now(made: Attack) -> Attack:
    return replace(made, now=datetime.now(UTC) + timedelta(minutes=1))


@cache
def _folder() -> Path:
    # Outside of the folder of some attacks, where temporary files lie for as long as they are carried out.
    folder = Path(tempfile.mkdtemp(prefix="evidence-attacks-", dir=os.environ.get("TMPDIR", "/tmp")))  # noqa: S108
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def authority(name: str = "tsa", **options: object) -> Authority:
    return make_authority(_folder() / name, **options)  # type: ignore[arg-type]


@cache
def _token() -> bytes:
    """Return the time-stamp that holds."""
    return kept(authority().stamp(original().bag[SIGNATURE]))


def _replaced(token: bytes) -> dict[str, Callable[[], bytes]]:
    der = original().bag[SIGNATURE]
    return {
        "of the other bundle's seal": lambda: kept(authority().stamp(other().bag[SIGNATURE])),
        "of the list instead of the seal": lambda: kept(authority().stamp(original().bag[bag.TAG_MANIFEST])),
        "of nothing": lambda: kept(authority().stamp(b"")),
        "by SHA-1": lambda: kept(authority().stamp(der, digest="sha1")),
        "by an authority that ended": lambda: kept(authority("ended", days=(-300, -200)).stamp(der)),
        "by an authority of tomorrow": lambda: kept(authority("early", days=(1, 200)).stamp(der)),
        "by a weak authority": lambda: kept(authority("weak", digest="sha1").stamp(der)),
        "with a weak binding": lambda: kept(authority("ess", ess="sha1").stamp(der)),
        "the seal itself": lambda: der,
        "the token without its answer": lambda: asn1.ContentInfo.load(
            tsp.TimeStampResp.load(token)["time_stamp_token"].dump()
        ).dump(),
        "twice": lambda: token + token,
        "bytes behind": lambda: token + b"\0",
        "emptied": lambda: b"",
        "text": lambda: b"2026-10-01T06:00:00Z\n",
        "refused by the authority": lambda: bytes.fromhex("30053003020102"),
        "far too large": lambda: token + bytes(1_000_000),
        "nested without end": lambda: b"\x30\x80" * 50_000,
    }


def altered(token: bytes, change: Callable[[asn1.SignedData], object]) -> bytes:
    response = tsp.TimeStampResp.load(token)
    change(response["time_stamp_token"]["content"])
    made: bytes = response.dump(force=True)
    return made


def structures() -> dict[str, Callable[[asn1.SignedData], object]]:
    return {
        "unsigned attribute": lambda s: s["signer_infos"][0].__setitem__(
            "unsigned_attrs",
            [asn1.CMSAttribute({"type": "signing_time", "values": [_a_time()]})],
        ),
        "a certificate less": lambda s: s.__setitem__("certificates", list(s["certificates"])[:1]),
        "another authority's certificates": lambda s: s.__setitem__("certificates", _foreign_certificates()),
        "no certificate": lambda s: s.__setitem__("certificates", None),
        "two signers": lambda s: s.__setitem__("signer_infos", [s["signer_infos"][0]] * 2),
        "algorithm named otherwise": lambda s: s["signer_infos"][0].__setitem__(
            "signature_algorithm", {"algorithm": "rsassa_pkcs1v15"}
        ),
        "digest without parameters": lambda s: s["signer_infos"][0]["digest_algorithm"].__setitem__(
            "parameters", None
        ),
        "digests without parameters, everywhere": _parameters,
        "another authority's signature": lambda s: s["signer_infos"][0].__setitem__("signature", bytes(384)),
    }


def _parameters(signed: asn1.SignedData) -> None:
    bare = asn1.DigestAlgorithm.load(bytes.fromhex("300b0609608648016503040201"))
    signed["digest_algorithms"] = [bare]
    signed["signer_infos"][0]["digest_algorithm"] = bare


def _a_time() -> asn1.Time:
    return asn1.Time("utc_time", datetime(2026, 10, 1, tzinfo=UTC))


def _foreign_certificates() -> list[asn1.CertificateChoices]:
    token = kept(authority("stranger", keys=(3, 4)).stamp(b"x"))
    return list(tsp.TimeStampResp.load(token)["time_stamp_token"]["content"]["certificates"])
