"""Verifying a large bundle against `sha256sum -c` over the same files."""

import hashlib
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.measure import Row, pairwise, process
from tests.support.bundles import ACCOUNT, ACCOUNT_TARGET, make_bundle
from tests.support.make_samples import sample_signer

FILES, FILE_BYTES = 100, 10_000_000


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
