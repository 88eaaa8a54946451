"""Bundles that tests write, kept by what they were written from: written once, read for every mutant.

No mutant touches what writes and checks bundles. A test that changes its bundle is named in CHANGING and has
its own; if one were forgotten, the run without a mutant would fail.
"""

import hashlib
import os
import pickle
import time
from pathlib import Path
from typing import Any

from evidence.bundle import Bundle
from tests.support import bundles

FOLDER = Path("../mutants-bundles")
CHANGING = ("test_a_file_with_fewer_records_than_its_unit_says",)
WRITERS = (
    "evidence/bundle/format/models.py",
    "evidence/bundle/open.py",
    "evidence/records.py",
    "evidence/settings/model.py",
    "tests/support/bundles.py",
)
KEPT = ("run", "gaps", "attachments")

_opened: dict[str, tuple[Bundle, dict[str, Any]]] = {}
_spent = [0.0]


def keep() -> None:
    """Have `make_bundle` keep what it makes; before test modules import it."""
    os.fsync = lambda _file: None  # bundles of a mutation run need not survive a power cut
    made = bundles.make_bundle
    version = _version()

    def kept(parent: Path, *args: Any, **options: Any) -> Bundle:
        start = time.process_time()
        parent.mkdir(parents=True, exist_ok=True)
        if options.get("attachments") or options.get("signer") or _changes():
            bundle = made(parent, *args, **options)
        else:
            key = hashlib.sha256(version + pickle.dumps((args, sorted(options.items())))).hexdigest()
            bundle = _bundle(key, lambda folder: made(folder, *args, **options))
        _spent[0] += time.process_time() - start
        return bundle

    bundles.make_bundle = kept  # type: ignore[assignment]


def spent() -> float:
    """Return the CPU seconds that went into bundles so far."""
    return _spent[0]


def _changes() -> bool:
    return any(name in os.environ.get("PYTEST_CURRENT_TEST", "") for name in CHANGING)


def _bundle(key: str, make: Any) -> Bundle:
    folder = FOLDER.resolve() / key
    if key not in _opened:
        known = folder / "opened.pickle"
        if not known.exists():
            folder.mkdir(parents=True, exist_ok=True)
            bundle = make(folder)
            known.write_bytes(pickle.dumps((bundle, {name: getattr(bundle, name) for name in KEPT})))
        _opened[key] = pickle.loads(known.read_bytes())  # noqa: S301
    bundle, read = _opened[key]
    fresh = Bundle(bundle.root, bundle.digest, dict(bundle.hashes))
    fresh.__dict__.update(read)
    return fresh


def _version() -> bytes:
    digest = hashlib.sha256()
    for name in WRITERS:
        path = Path(name)
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            if file.exists():
                digest.update(file.read_bytes())
    return digest.digest()
