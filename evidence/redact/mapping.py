"""Writes the mapping from pseudonyms to originals: the owner's, encrypted, never inside of a pack."""

from typing import Any

from evidence.bundle.format import strictjson
from evidence.bundle.format.models import Redaction
from evidence.redact.dictionary import Dictionary


def document(dictionary: Dictionary, redaction: Redaction, copy: str) -> bytes:
    """Return the mapping as JSON: which bundle, which copy, and each pseudonym with what it stands for."""
    entries: list[dict[str, Any]] = [
        {
            "pseudonym": entry.pseudonym,
            "original": entry.original,
            "class": entry.kind.value,
            "replaced": "everywhere" if entry.everywhere else "where the place says what it is",
        }
        for entry in dictionary.entries()
    ]
    return strictjson.document(
        {
            "mapping_version": "1",
            "origin": redaction.origin,
            "copy": copy,
            "key": redaction.key,
            "entries": entries,
        }
    )
