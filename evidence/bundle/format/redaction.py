"""Says of a redacted copy, when it is verified, which bundle it is a copy of."""

from pathlib import Path

from evidence import storage
from evidence.bundle.format import bag, strictjson


def origin(root: Path) -> str:
    """Return the digest of the bundle that this one is a redacted copy of; empty when it is none.

    For a bundle whose contents were checked: one that cannot be read is no copy of anything.
    """
    try:
        run = strictjson.loads(storage.read_up_to(root / bag.PAYLOAD / bag.RUN, strictjson.MAX_BYTES))
        return str(run["redacted_from"]["origin"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def notes(root: Path) -> tuple[str, ...]:
    """Return the limit that a redacted copy has, as one sentence; none for a bundle as collected."""
    digest = origin(root)
    if not digest:
        return ()
    limit = (
        f"A redacted copy of the bundle {digest}: pseudonyms stand for what its redaction names. That "
        "everything else is as it was collected is the signer's word; only the original can show it."
    )
    return (limit,)
