#!/usr/bin/env python3
"""Verifies who signed an evidence pack, and that nothing changed. Needs Python 3.11 and cryptography 42.

    python3 verify.py PACK CERTIFICATE.pem      the signer's certificate, or that of its authority
    python3 verify.py PACK FINGERPRINT          SHA-256 of the signer's certificate, 64 hex digits
    python3 verify.py PACK --integrity-only     nothing was changed, whoever signed

PACK is a pack's zip, its unpacked folder, or a bundle's folder. Ends with 0 if everything holds, else with
5 and the first thing that does not. It insists on the one form of docs/format.md (project `evidence`), so
that nothing can hide. It does not show that conclusions follow from evidence: `evidence verify` tests again.
Get certificate or fingerprint, and this file or its SHA-256, from somebody else than the pack's sender.
"""

# fmt: off
import hashlib, io, json, os, re, stat, struct, sys, zipfile, zlib
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

PARTS = {"VERIFY.md", "appendices.xlsx", "report.pdf", "results.json", "signer.pem", "versions.json"}
PARTS, PAGE = PARTS | {"verify.ps1", "verify.py", "verify.sh"}, "index.html"
INDEXED, TAGS = {"controls.csv", "requests.csv"}, {"bagit.txt", "bag-info.txt", "manifest-sha256.txt"}
STATED = {f"{k}.toml" for k in ["exceptions", "attestations", "responses", "controls", "requests"]}
BESIDE = (STATED := STATED | {"people.csv", "logo.png"}) | {*INDEXED, "changes.json", PAGE, "authority.pem"}
TAGS |= {f"schemas/{name}.schema.json" for name in ("attachments", "call", "gaps", "run")}
LIST, SEAL, CHAIN = "tagmanifest-sha256.txt", "seal/tagmanifest-sha256.txt.p7s", "seal/chain.pem"
STAMP, PACKED, OPENED = SEAL[:-3] + "tsr", "SHA256SUMS.p7s.tsr", "opening/statement.json"
NAMED = ["run.json", "gaps.json", "calls.jsonl", "attachments/index.json", OPENED, OPENED + ".tsr"]
OF_RUN = {"bundle": "bundle", "caller": "caller_start", "started": "started", "previous": "previous"}
NAMES = re.compile(r"([A-Za-z0-9+=,@_~-][A-Za-z0-9+=,@_~. -]*)(/[A-Za-z0-9+=,@_~-][A-Za-z0-9+=,@_~. -]*)*")
OF = rb"bundle sha256:([0-9a-f]{64}) results sha256:([0-9a-f]{64})"
ONES, DIFF, SHA2 = 0xFFFFFFFF, "changes.json", (hashes.SHA256(), hashes.SHA384(), hashes.SHA512())
DATA, SIGNED = bytes.fromhex("06092a864886f70d010701"), bytes.fromhex("06092a864886f70d010702")
TYPE, DIGEST, TIME = (bytes.fromhex(f"06092a864886f70d01090{number}") for number in (3, 4, 5))  # RFC 5652
BOUND, STAMPED = (bytes.fromhex(f"060b2a864886f70d010910{end}") for end in ("022f", "020e"))  # RFC 5035, 3161
def need(holds, sentence):
    if not holds:
        raise ValueError(sentence)
def read(file):  # a file is a function that opens it; what is read whole is never larger than 256 MiB
    with file() as source:
        data = source.read(1 << 28)
    need(len(data) < 1 << 28, "a file is too large")
    return data
@cache
def facts(file):  # SHA-256, bytes, newlines, and whether it ends in one (or is empty)
    digest, size, lines, last = hashlib.sha256(), 0, 0, b"\n"
    with file() as source:
        while block := source.read(1 << 20):
            digest.update(block)
            size, lines, last = size + len(block), lines + block.count(b"\n"), block[-1:]
    return digest.hexdigest(), size, lines, last == b"\n"
def below(files, folder):  # the files of one folder, by their paths in it
    return {path.removeprefix(folder): file for path, file in files.items() if path.startswith(folder)}
def folder_files(root):  # nothing may be linked, special or empty
    files = {}
    for folder, folders, names in os.walk(root):
        need(folders or names, f"{folder} is an empty folder")
        for path in (Path(folder, name) for name in folders + names):
            found = path.lstat()
            plain = stat.S_ISREG(found.st_mode) and found.st_nlink == 1
            need(plain or stat.S_ISDIR(found.st_mode), f"{path} is a link, or no file")
            files |= {path.relative_to(root).as_posix(): partial(path.open, "rb")} if plain else {}
    return files
def zip_files(archive):  # each header must be what follows from name, size and checksum, with nothing between
    names, directory, offset = [], [], 0
    with archive.open("rb") as source:
        while (head := source.read(30))[:4] == b"PK\3\4":
            crc, size, length = struct.unpack("<14xI4xIH2x", head)
            version, extra = (20, b"") if offset < ONES else (45, struct.pack("<2HQ", 1, 8, offset))  # Zip64
            common = struct.pack("<5H3IH", version, 0, 0, 0, 33, crc, size, size, length)
            name = source.read(length)
            need(head == b"PK\3\4" + common + b"\0\0", f"the zip's entry {name!r} is not in the one form")
            where = struct.pack("<H6x2I", len(extra), 0o100644 << 16, min(offset, ONES))
            directory.append(b"PK\1\2" + bytes([version, 3]) + common + where + name + extra)
            names.append(name.decode("ascii"))
            offset = source.seek(size, os.SEEK_CUR)
        central = b"".join(directory)
        figures = (len(names), len(names), len(central), offset)
        near = [min(both) for both in zip(figures, (0xFFFF, 0xFFFF, ONES, ONES), strict=True)]
        if near[0] == 0xFFFF or ONES in near:  # all ones: Zip64 has the figure
            far = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 0x32D, 45, 0, 0, *figures)
            central += far + struct.pack("<4sIQI", b"PK\6\7", 0, offset + len(central), 1)
        end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, *near, 0)
        need(head + source.read(len(central) + 23) == central + end, "the zip is not in the one form")
    need(names == sorted(set(names)), "the zip's names are not in order, or repeated")
    opened = zipfile.ZipFile(archive)  # which compares each checksum when a file is read to its end
    return {name: partial(opened.open, name) for name in names}
def check_list(files, name, expected):  # a list names exactly the expected files, with their hashes
    written = "".join(f"{facts(files[path])[0]}  {path}\n" for path in sorted(expected)).encode()
    wrong = {line[66:] for line in set(read(files[name]).split(b"\n")) ^ set(written.split(b"\n"))}
    need(read(files[name]) == written, f"{name} does not agree with the files: {sorted(wrong)}")
def tlv(tag, *parts):  # one element of DER (X.690)
    size = sum(map(len, parts))
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, size] if size < 128 else [tag, 128 + len(octets), *octets]) + b"".join(parts)
def split(data, most=99):  # elements of DER that stand in a row, each as it is, and what is in it
    found = []
    while data and len(found) < most:
        start, size = 2, data[1]
        if size > 127:
            start, size = size - 126, int.from_bytes(data[2 : size - 126], "big")
        found.append((data[: start + size], data[start : start + size]))
        data = data[start + size :]
    return found
def issued(certificate, above):
    with suppress(Exception):
        return certificate.verify_directly_issued_by(above) is None
    return False
def authority(certificate):
    return any(one.value.ca for one in certificate.extensions if isinstance(one.value, x509.BasicConstraints))
def name_of(certificate):  # issuer and serial number
    number = certificate.serial_number.to_bytes(certificate.serial_number.bit_length() // 8 + 1, "big")
    return tlv(48, certificate.issuer.public_bytes(), tlv(2, number))
def moment(text):  # of UTCTime or GeneralizedTime; a year of two digits is of this century
    return datetime.strptime(("" if len(text) == 15 else "20") + text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
def check_stamp(files, content, stamp):  # if it is there, it is over this content; by whom, openssl tells
    imprints = [tlv(4, hashlib.new(one.name, read(files[content])).digest()) for one in SHA2]
    answer = read(files[stamp]) if stamp in files else imprints[0]
    need(any(one in answer for one in imprints), f"{stamp} is of something else")
def check_signature(der, content, most=6):  # return its certificates, the signer's first, and its time
    signed = split(split(split(split(der)[0][1])[1][1])[0][1])
    info = split(split(signed[4][1])[0][1])
    pool = [x509.load_der_x509_certificate(whole) for whole, _ in split(signed[3][1])]
    (signer,) = (one for one in pool if name_of(one) == info[1][0])  # a signature carries its signer's once
    chain, rest = [signer], [one for one in pool if one != signer]
    while above := [one for one in rest if issued(chain[-1], one)]:
        chain.append(above[0])
        rest.remove(above[0])
    need(not rest and (len(chain) == 1 or issued(chain[-1], chain[-1])), "certificates off a path to a root")
    number, key = split(info[2][1])[0][1][-1] - 1, chain[0].public_key()
    digest = tlv(48, bytes.fromhex(f"060960864801650304020{number + 1}0500"))
    if isinstance(key, rsa.RSAPublicKey):
        fit, arguments = key.key_size >= 3072, (padding.PKCS1v15(), SHA2[number])
        kind = bytes.fromhex(f"300d06092a864886f70d01010{'bcd'[number]}0500")
    else:
        second = int.from_bytes(split(split(info[5][1])[0][1])[1][1])  # of two that verify, the smaller
        fit = key.curve.name in ("secp256r1", "secp384r1", "secp521r1") and second.bit_length() < key.key_size
        arguments, kind = (ec.ECDSA(SHA2[number]),), bytes.fromhex(f"300a06082a8648ce3d04030{number + 2}")
    uses = [one.value for one in chain[0].extensions if isinstance(one.value, x509.KeyUsage)]
    need(fit and all(one.digital_signature or one.content_commitment for one in uses), "unfit key")
    attributes = sorted(whole for whole, _ in split(info[3][1]))
    tail = [kind, tlv(4, info[5][1])]
    for _, stamp in info[6:most]:  # in the report alone: a time-stamp of the signature's value
        tail.append(tlv(161, tlv(48, STAMPED, split(split(stamp)[0][1])[1][0])))
        need(tlv(4, hashlib.sha256(info[5][1]).digest()) in stamp, "the time-stamp is of another signature")
    signer = tlv(48, b"\2\1\1", info[1][0], digest, tlv(160, *attributes), *tail)
    carried = tlv(160, *sorted(one.public_bytes(serialization.Encoding.DER) for one in pool))
    inner = tlv(48, b"\2\1\1", tlv(49, digest), tlv(48, DATA), carried, tlv(49, signer))
    need(der == tlv(48, SIGNED, tlv(160, inner)), "a signature is not in the one form")
    values = {kind: value for (kind, _), (_, value) in (split(split(one)[0][1]) for one in attributes)}
    need({TYPE, DIGEST, BOUND} == set(values) - {TIME} and len(values) == len(attributes), "other attributes")
    hashed = tlv(4, hashlib.new(SHA2[number].name, content).digest())
    need(values[DIGEST] == hashed and values[TYPE] == DATA, "a signature is not over this content")
    need(tlv(4, chain[0].fingerprint(SHA2[0])) in values[BOUND], "a signature is for another certificate")
    key.verify(info[5][1], tlv(49, *attributes), *arguments)
    return chain, moment(split(values[TIME])[0][1].decode()) if TIME in values else None
def check_trust(chain, claimed, anchor, now):  # valid when it signed, and the anchor vouches for it
    first, latest = chain[0], min(chain[0].not_valid_after_utc, now + timedelta(minutes=10))
    need(claimed and first.not_valid_before_utc <= claimed <= latest, "signed out of the certificate's time")
    told = anchor.replace(":", "").lower()
    if anchor == "--integrity-only" or told == first.fingerprint(SHA2[0]).hex():
        return
    need(not re.fullmatch("[0-9a-f]{64}", told), "signed with another certificate than the one told")
    data = read(partial(Path(anchor).open, "rb")) if Path(anchor).is_file() else b""
    pem = b"-----BEGIN" in data
    given = x509.load_pem_x509_certificates(data) if pem else [x509.load_der_x509_certificate(data)]
    roots = [one for one in given if authority(one)]
    path = chain[: next((place for place, one in enumerate(chain) if one in roots), len(chain))]
    valid = all(one.not_valid_before_utc <= now <= one.not_valid_after_utc for one in path)
    under = path and any(issued(path[-1], root) for root in roots) and all(map(authority, path[1:]))
    need(first in given or (under and valid), "signed with another certificate than the one given")
def check_seal(files, content, seal, chain, anchor, now):  # return the signer's certificate
    found, claimed = check_signature(read(files[seal]), read(files[content]))
    check_trust(found, claimed, anchor, now)
    need(b"".join(one.public_bytes(serialization.Encoding.PEM) for one in found) == read(files[chain]), chain)
    return found[0]
def members(pairs):  # of a JSON object; none may stand twice, nor hold half a character
    need(json.dumps(pairs, ensure_ascii=False).encode() and len(dict(pairs)) == len(pairs), "JSON members")
    return dict(pairs)
strict = partial(json.loads, object_pairs_hook=members, parse_constant=lambda name: need(False, name))
def document(files, name):  # a document in its one form
    value = strict(data := read(files[f"data/{name}.json"]))
    written = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    need(data == written.encode(), f"{name}.json is not in the one form")
    return value
def check_contents(files, name):  # run.json, gaps, ledger and attachments agree with each other and the files
    data, run, gaps = below(files, "data/"), document(files, "run"), document(files, "gaps")
    notes = document(files, "attachments/index") if "attachments/index.json" in data else []
    form = set(strict(read(files["schemas/run.schema.json"]))["properties"])
    known = (name, "1", form - ({"access_review"} - set(run)))  # which reviews alone have
    need((run["bundle"], run["format_version"], set(run)) == known, "run.json is of another bundle or form")
    need(run["scope"] == ":".join((run["partition"], run["caller_start"]["account"])), "run.json: scope")
    with data["calls.jsonl"]() as ledger:
        for place, call in enumerate((strict(str(line, "utf-8")) for line in ledger), start=1):
            need(call["seq"] == place and call["file"] in ("", *data), f"calls.jsonl:{place} does not fit")
    need(facts(data["calls.jsonl"])[3], "calls.jsonl does not end with a newline")
    units = {(unit["item"], *unit["target"].values()): unit for unit in run["units"]}
    named = {(gap["item"], *gap["target"].values()) for gap in gaps}
    planned = {item["item"] for item in run["items"] if item["planned"]}
    need(len(units) == len(run["units"]) and {item for item, *_ in units} == planned, "run.json: plan")
    missing = {key for key, unit in units.items() if unit["outcome"] == "gap"}
    spare = {item for item, *_ in named - missing} - {"sts.caller" if run["caller_end"] is None else ""}
    spare -= {"" if OPENED in data else "time.opening"}
    opening = document(files, OPENED[:-5]) if OPENED in data else {"items": sorted(planned)}
    same = all(opening.get(key, run[value]) == run[value] for key, value in OF_RUN.items())
    need(same and set(opening["items"]) == planned, "the opening statement is of another run")
    need(missing <= named and not spare, "gaps.json and run.json name different gaps")
    for (item, *_), unit in units.items():
        found = [facts(data[path]) for path in unit["files"] if path.endswith(".jsonl")]
        counted = unit["records"] == sum(fact[2] for fact in found) and all(fact[3] for fact in found)
        may = ("collected",) if unit["records"] else ("collected", "empty") if unit["files"] else ("gap",)
        need(counted and unit["outcome"] in may, f"run.json does not fit the files of {item}")
    need(all(facts(data[one["file"]])[:2] == (one["sha256"], one["bytes"]) for one in notes), "attachments")
    owners = Counter(path for unit in run["units"] for path in unit["files"])
    owners.update([one["file"] for one in notes] + [path for path in NAMED if path in data])
    need(owners == Counter(data.keys()), "run.json does not account for each file once")
def check_bundle(files, name, anchor, now):  # return the signer's certificate
    data = below(files, "data/")
    need((OPENED in data) == (OPENED + ".tsr" in data), "half an opening statement")
    check_stamp(data, OPENED if OPENED in data else "run.json", OPENED + ".tsr")
    tags = TAGS | ({"schemas/opening.schema.json"} if OPENED in data else set())
    check_list(files, LIST, tags)
    check_list(files, "manifest-sha256.txt", {path for path in files if path.startswith("data/")})
    extra = {path for path in files if not path.startswith("data/")} - tags - {LIST, SEAL, CHAIN, STAMP}
    need(not extra and all(map(NAMES.fullmatch, files)), f"not part of a bundle: {extra or 'hostile names'}")
    signer = check_seal(files, LIST, SEAL, CHAIN, anchor, now)
    check_stamp(files, SEAL, STAMP)
    declared = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    info = dict(line.split(": ", 1) for line in read(files["bag-info.txt"]).decode("ascii").splitlines())
    written = "".join(f"{label}: {value}\n" for label, value in info.items()).encode()
    need(read(files["bagit.txt"]) == declared and read(files["bag-info.txt"]) == written, "bag files")
    oxum = f"{sum(facts(file)[1] for file in data.values())}.{len(data)}"
    need((info["Payload-Oxum"], info["External-Identifier"]) == (oxum, name), "bag-info.txt: size or name")
    check_contents(files, name)
    return signer
def check_report(data, digests, anchor, now):  # PAdES: one signature over the whole file, no change allowed
    text = [data]
    for found in re.finditer(rb"stream\r?\n", data):
        with suppress(zlib.error):
            text.append(zlib.decompressobj().decompress(memoryview(data)[found.end() :], 1 << 26))
    text = b"".join(text)
    ranges = re.findall(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]", data)
    need(len(ranges) == 1 == text.count(b"/ByteRange"), "the report does not have exactly one signature")
    end, start, length = map(int, ranges[0])
    need(0 < end < start and start + length == len(data), "the report's signature does not cover all of it")
    der = split(bytes.fromhex(data[end + 1 : start - 1].decode()), most=1)[0][0]
    padded = der.hex().upper().encode().ljust(start - end - 2, b"0")
    need(data[end:start] == b"<" + padded + b">", "the report hides something behind its signature")
    chain, claimed = check_signature(der, data[:end] + data[start:], most=7)
    claimed = claimed or moment(re.findall(rb"/M \(D\\072(\d{14}Z)\)", data)[0].decode())
    forbids = b"/TransformMethod /DocMDP\n/TransformParams <<\n/Type /TransformParams\n/V /1.2\n/P 1\n>>"
    need(forbids in data and b"/SubFilter /ETSI.CAdES.detached" in data, "the report may be changed later")
    need(set(re.findall(rb"/Keywords \(%s\)" % OF, text)) == {digests}, "the report is on others")
    check_trust(chain, claimed, anchor, now)
    return chain[0]
def check_pack(files, folder, anchor, now):  # return the signer's certificate
    (name,) = {path.split("/")[0] for path in files if "/" in path}
    bag, listed = below(files, f"{name}/"), set(files) - {"SHA256SUMS", "SHA256SUMS.p7s", PACKED}
    check_list(files, "SHA256SUMS", listed)
    need({x for x in listed if "/" not in x} - BESIDE == PARTS, "not the parts of a pack")
    signer = check_seal(files, "SHA256SUMS", "SHA256SUMS.p7s", "signer.pem", anchor, now)
    check_stamp(files, "SHA256SUMS.p7s", PACKED)
    digest, results = facts(bag[LIST])[0], strict(read(files["results.json"]))
    digests = (digest.encode(), facts(files["results.json"])[0].encode())
    need(folder in ("", f"pack-{digest[:16]}/"), "the pack's folder is not called as its bundle")
    need(check_bundle(bag, name, anchor, now) == signer, "the bundle is sealed by another signer")
    need(check_report(read(files["report.pdf"]), digests, anchor, now) == signer, "the report: other signer")
    book = zipfile.ZipFile(io.BytesIO(read(files["appendices.xlsx"]))).open("docProps/core.xml")  # noqa: SIM115
    named = re.findall(b"<cp:keywords>%s</cp:keywords>" % OF, book.read(1 << 16))
    named += re.findall(b'content="%s">' % OF, read(files[PAGE])[:1024]) if PAGE in files else named
    need((named, results["bundle_digest"]) == ([digests] * 2, digest), "workbook, page or results of another")
    stated = {path: used["sha256"] for path in STATED if (used := results.get(f"{path.split('.')[0]}_file"))}
    given = {path: facts(files[path])[0] for path in STATED if path in files}
    need((stated, {f"{one[:-4]}csv" for one in stated} & INDEXED) == (given, INDEXED & {*files}), "statement")
    both = [(run := document(bag, "run"))["redacted_from"] or run["previous"] or files, digest]  # none: never
    need(DIFF not in files or [strict(read(files[DIFF]))[x]["digest"] for x in ("old", "new")] == both, DIFF)
    return signer
def verify(path, anchor, now):  # return the signer's certificate; raises whatever says that it does not hold
    files = folder_files(path) if path.is_dir() else need(path.is_file(), "no file") or zip_files(path)
    if path.is_dir() and "bagit.txt" in files:
        return check_bundle(files, path.resolve().name, anchor, now)
    (folder,) = {"" if path.is_dir() else name.split("/")[0] + "/" for name in files}
    return check_pack(below(files, folder), folder, anchor, now)
def main():
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # whatever the console takes
    _ = len(sys.argv) == 3 or sys.exit(__doc__)
    try:
        signer = verify(Path(sys.argv[1]), sys.argv[2], datetime.now(UTC))
    except Exception as error:  # noqa: BLE001  (parsers raise whatever they raise)
        print(f"REFUSED: {str(error) if isinstance(error, ValueError) else f'malformed, {error!r}'!r}"[:2000])
        sys.exit(5)
    word = "INTACT, BUT BY ANYBODY" if sys.argv[2] == "--integrity-only" else "VERIFIED"
    print(f"{word}: complete and unchanged since sealed by {signer.subject.rfc4514_string()!r}, certificate")
    print(f"SHA-256 {signer.fingerprint(SHA2[0]).hex()}. The authority of any time-stamp was not checked.")
    print("Not whether conclusions follow from the evidence: `evidence verify` performs the tests again.")
if __name__ == "__main__":
    main()
