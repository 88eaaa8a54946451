"""Verifying: a large bundle against `sha256sum -c` over the same files; a pack of an archive."""

import hashlib
import os
import statistics
import sys
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.measure import Row, pairwise, process
from tests.support.bundles import ACCOUNT, ACCOUNT_TARGET, make_bundle
from tests.support.make_samples import PASSPHRASE, SIGNER, sample_signer

FILES, FILE_BYTES = 100, 10_000_000
SAMPLES = Path("samples")
STATED = ("exceptions", "attestations", "responses", "controls", "requests")
RUNS = 7


def verify_row(scratch: Path) -> Row:
    """`evidence verify` of a 1 GB bundle, interpreter start included."""
    # Made in a process of its own: a child's peak memory is never less than its parent's was.
    with ProcessPoolExecutor(max_workers=1) as maker:
        root = maker.submit(_large_bundle, scratch).result()
    ours = [sys.executable, "-m", "evidence", "verify", root, "--integrity-only"]
    peer = ["sha256sum", "--quiet", "-c", "manifest-sha256.txt"]
    memory = process(ours).megabytes
    seconds = pairwise(lambda: process(ours), lambda: process(peer, root))
    return Row("verify 1 GB bundle / sha256sum -c", *seconds, 1.5, f"peak {memory} MiB")


def _large_bundle(scratch: Path) -> Path:
    folder = f"{ACCOUNT}/iam/authorization-details"
    files = {
        f"{folder}/bulk-{number}.bin": hashlib.shake_256(bytes([number])).digest(FILE_BYTES)
        for number in range(FILES)
    }
    records = {"iam.authorization-details": {ACCOUNT_TARGET: [{}]}}
    return make_bundle(scratch, records, files, signer=sample_signer()).root


def archive_row(scratch: Path) -> Row:
    """`archive verify`: processor time of the sample's pack beyond hashing it and the files in it once."""
    from evidence.archive.verify import verify_chain
    from evidence.clock import system_clock

    # Its chain begins in another pack, which is a finding of the folder and none of the pack's.
    pack, now = _sample_pack(scratch), system_clock().now()

    def hashed() -> None:
        hashlib.sha256(pack.read_bytes())
        with zipfile.ZipFile(pack) as content:
            for one in content.infolist():
                hashlib.sha256(content.read(one))

    verifying = _processor_time(lambda: verify_chain(pack.parent, now=now))
    hashing = _processor_time(hashed)
    note = f"hashing {hashing:.3f} s; pack of {pack.stat().st_size / 1e6:.1f} MB"
    return Row("archive verify beyond hashing, a pack (s CPU)", verifying - hashing, None, 0.3, note)


def _processor_time(work: Callable[[], object]) -> float:
    """Return the median seconds of processor time, imports of the first run aside."""
    work()
    taken = []
    for _ in range(RUNS):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def _sample_pack(scratch: Path) -> Path:
    """Pack the sample's bundle, as its user does: the zip is not in the repository."""
    pack, bundle = scratch / "packs" / "pack.zip", next(SAMPLES.glob("evidence-*"))
    pack.parent.mkdir()
    stated = [word for kind in STATED for word in (f"--{kind}", SAMPLES / f"{kind}.toml")]
    words = [sys.executable, "-m", "evidence", "pack", "--quiet", bundle, *stated, *SIGNER, "-o", pack]
    process(words, env=os.environ | {"EVIDENCE_PASSPHRASE": PASSPHRASE.decode()})
    return pack
