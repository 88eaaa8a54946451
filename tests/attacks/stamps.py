"""Time-stamps of seal, report, pack and opening, for a reader who trusts one authority.

Whoever holds the signing key can sign around a time-stamp again, and have another authority make one; none of
the reader's authority over this signature and at another time.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache, partial
from itertools import permutations
from pathlib import Path

from asn1crypto import cms as asn1
from cryptography import x509

from evidence.bundle.format import bag, schema, strictjson
from evidence.bundle.format import seal as seal_files
from evidence.bundle.verify.verdicts import judge
from evidence.findings import Code
from evidence.pack import layout
from evidence.pack.verify import verify_pack
from evidence.signatures import cms, timestamps
from evidence.signatures.trust import Trust
from evidence.signing.pdf import sign_pdf
from tests.attacks.material import (
    SIGNATURE,
    Files,
    a_pack,
    flipped,
    original,
    positions,
    resealed,
    resigned,
    sha256,
)
from tests.attacks.model import Attack, Verdict, attack
from tests.attacks.timestamps import altered, authority, structures
from tests.support.authority import Authority, kept
from tests.support.dummy_authority import dummy_answer
from tests.support.identity import signer
from tests.support.packs import blank_page, blank_pdf, blank_workbook

_PLACES = ("opening", "seal", "report", "pack")
_WRONG = (Code.TIME_STAMP, Code.TIME, Code.TIME_STAMP_UNTRUSTED, Code.PDF_SIGNATURE, Code.INCONSISTENT)
_YEAR = timedelta(days=365)
_STATEMENT = f"{bag.PAYLOAD}/{bag.OPENING}"
Token = Callable[[bytes], bytes]
"""Makes the time-stamp over some bytes, as a .tsr file holds it."""


def attacks() -> Iterator[Attack]:
    """Yield attacks on each of the four time-stamps, what is signed around it signed again by the signer."""
    for place in _PLACES:
        for trick, token in _replaced().items():
            yield _attack(f"{place}, {trick}", partial(_pack, **{place: token}), *_WRONG)
        for trick, change in structures().items():
            token = lambda of, c=change: altered(_stamp(of), c)  # noqa: E731
            yield _attack(f"{place}, {trick}", partial(_pack, **{place: token}), *_WRONG)
        length = len(_stamp(b""))
        for position in positions(bytes(length), 60):
            token = lambda of, p=position: flipped(_stamp(of), p, 1)  # noqa: E731
            yield _attack(f"{place}, byte {position} flipped", partial(_pack, **{place: token}), *_WRONG)
    for place, other in permutations(_PLACES, 2):
        token = lambda _of, o=other: _stamp(_signatures()[o])  # noqa: E731
        yield _attack(f"{place}, the time-stamp of the {other}", partial(_pack, **{place: token}), *_WRONG)
    yield _attack("seal, taken away", partial(_pack, seal=None), Code.TIME_STAMP_MISSING)
    alone = partial(_pack, opening=None)
    yield _attack("opening, its time-stamp taken away", alone, Code.MISSING, Code.INCONSISTENT)
    late = partial(
        _pack, opening=lambda of: _stamp(of, _now() + timedelta(hours=2)), later=timedelta(hours=4)
    )
    yield _attack("opening, made after the seal", late, Code.TIME, now=_now() + timedelta(hours=5))
    for name, content in {
        "another authority's": _root("twin"),
        "empty": b"",
        "the signer's": signer().chain_pem,
    }.items():
        yield _attack(f"authority.pem, {name}", partial(_pack, authority_pem=content), Code.INCONSISTENT)


def _replaced() -> dict[str, Token]:
    """Return time-stamps that the reader's authority did not make over these bytes at this time."""
    twin = authority("twin", keys=(3, 4))
    purposeless = authority(
        "purposeless", purpose=x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.CODE_SIGNING]), keys=(3, 4)
    )
    return {
        "of another signature": lambda _: _stamp(b"another"),
        "by another authority of the same name": lambda of: _stamp(of, by=twin),
        "by another one, under the reader's certificates": lambda of: _under(_stamp(of, by=twin)),
        "by one that may not": lambda of: timestamps.response(
            timestamps.granted(dummy_answer(purposeless, of))
        ),
        "by one that ended": lambda of: _stamp(
            of, by=authority("lapsed", days=(-300, -200), keys=(3, 4)), raw=True
        ),
        "of tomorrow": lambda of: _stamp(of, _now() + timedelta(days=1)),
        "of before the signature": lambda of: _stamp(of, _now() - _YEAR, raw=True),
        "emptied": lambda _: b"",
        "twice": lambda of: _stamp(of) * 2,
    }


# --- the pack that is attacked -----------------------------------------------------------------------


@cache
def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@lru_cache(256)
def _stamp(
    of: bytes, moment: datetime | None = None, *, by: Authority | None = None, raw: bool = False
) -> bytes:
    """Return a time-stamp as a file holds it; `raw`: not first looked at by what keeps them."""
    answer = dummy_answer(by or authority(), of, moment or _now())
    return timestamps.response(timestamps.granted(answer)) if raw else kept(answer)


def _root(name: str) -> bytes:
    return authority(name, keys=(3, 4)).root.read_bytes()


def _under(answer: bytes) -> bytes:
    """Return another authority's time-stamp with the certificates of the reader's."""
    own = asn1.ContentInfo.load(timestamps.granted(_stamp(b"x")))["content"]["certificates"]
    return altered(answer, lambda signed: signed.__setitem__("certificates", own))


def _signatures() -> dict[str, bytes]:
    """Return what each time-stamp of the untouched pack is over."""
    files, inside = _pack(), _bag()
    return {
        "opening": inside[_STATEMENT],
        "seal": inside[SIGNATURE],
        "report": _signature_in(files[layout.REPORT]),
        "pack": files[layout.SIGNATURE],
    }


def _bag() -> dict[str, bytes]:
    prefix = f"{original().bundle}/"
    return {path.removeprefix(prefix): data for path, data in _pack().items() if path.startswith(prefix)}


def _pack(  # noqa: PLR0917 - always by name
    opening: Token | None = _stamp,
    seal: Token | None = _stamp,
    report: Token = _stamp,
    pack: Token = _stamp,
    authority_pem: bytes | None = None,
    later: timedelta = timedelta(),
) -> dict[str, bytes]:
    """Return a pack with these time-stamps, everything else in order; `later`: sealed so much after now."""
    moment = _now() + later
    bundle = _sealed(opening, moment)
    if seal is not None:
        bundle = bundle | {seal_files.TIME_STAMP: seal(bundle[SIGNATURE])}
    named = sha256(bundle[bag.TAG_MANIFEST]), sha256(_results(bundle))
    pdf = sign_pdf(blank_pdf(*named), signer(), moment)
    files = original().with_bag(bundle) | {
        layout.RESULTS: _results(bundle),
        layout.APPENDICES: blank_workbook(*named),
        layout.PAGE: blank_page(*named),
        layout.REPORT: _with_token(pdf, report),
    }
    files[layout.AUTHORITY] = authority_pem if authority_pem is not None else _chain()
    if seal is None:
        del files[layout.AUTHORITY]
    made = resigned(files, signer(), moment)
    return made | {layout.TIME_STAMP: pack(made[layout.SIGNATURE])}


def _chain() -> bytes:
    """Return the certificates of the reader's authority, as a pack holds them."""
    return cms.pem(timestamps.check(_stamp(b""), b"").chain)


def _results(bundle: Files) -> bytes:
    """Return the results, of this bundle by name: nobody computes them again here."""
    results = strictjson.loads(original().files[layout.RESULTS])
    return strictjson.document(results | {"bundle_digest": sha256(bundle[bag.TAG_MANIFEST])})


def _sealed(opened: Token | None, moment: datetime) -> dict[str, bytes]:
    """Return the bundle of a run that was opened now, sealed at that time."""
    run = strictjson.loads(original().bag[f"{bag.PAYLOAD}/{bag.RUN}"])
    statement = {name: run[name] for name in ("bundle", "started", "previous")} | {
        "format_version": "1",
        "caller": run["caller_start"],
        "items": sorted(one["item"] for one in run["items"] if one["planned"]),
        "random": "ab" * 32,
    }
    content = strictjson.document(statement)
    files = original().bag | {_STATEMENT: content}
    files |= {f"{bag.SCHEMAS}/{name}": data for name, data in schema.published_schemas(opened=True).items()}
    if opened is not None:
        files[f"{bag.PAYLOAD}/{bag.OPENING_TIME_STAMP}"] = opened(content)
    return resealed(files, signer(), moment)


_CONTENTS = b"/Contents <"


def _room(pdf: bytes) -> tuple[int, int]:
    start = pdf.index(_CONTENTS) + len(_CONTENTS)
    return start, pdf.index(b">", start)


def _signature_in(pdf: bytes) -> bytes:
    """Return the value of a report's signature, which its time-stamp is over."""
    start, end = _room(pdf)
    value: bytes = asn1.ContentInfo.load(bytes.fromhex(pdf[start:end].decode()))["content"]["signer_infos"][
        0
    ]["signature"].native
    return value


def _with_token(pdf: bytes, token: Token) -> bytes:
    """Return a report with a time-stamp in its signature; as bytes, where it is no token at all."""
    start, end = _room(pdf)
    info = asn1.ContentInfo.load(bytes.fromhex(pdf[start:end].decode()))
    own = info["content"]["signer_infos"][0]
    answer = token(own["signature"].native)
    try:
        made = asn1.ContentInfo.load(timestamps.granted(answer))
        own["unsigned_attrs"] = [{"type": "signature_time_stamp_token", "values": [made]}]
    except (ValueError, timestamps.TimeStampError):
        own["unsigned_attrs"] = [{"type": "1.2.3.4", "values": [asn1.OctetString(answer)]}]
    room = info.dump().ljust((end - start) // 2, b"\0")
    return pdf[:start] + room.hex().upper().encode() + pdf[end:]


def _attack(name: str, files: Callable[[], Files], *expected: Code, now: datetime | None = None) -> Attack:
    made = attack(name, a_pack(files), *expected)
    moment = (now or _now()) + timedelta(minutes=1)
    return replace(made, examine=partial(_examine, now=moment))


def _examine(path: Path, now: datetime) -> Verdict:
    trusted = Trust((signer().certificate,), authorities=authority().certificates)
    report = verify_pack(path, now=now, trusted=trusted)
    judged = judge(report)
    return Verdict(report.findings, judged.word, judged.not_shown)


def untouched() -> Verdict:
    """Return what is said of the pack before it is attacked."""
    return _examine(_written(), _now() + timedelta(minutes=1))


def _written() -> Path:
    folder = authority().folder / "untouched"
    folder.mkdir(exist_ok=True)
    return a_pack(_pack)(folder)
