"""Encodes records as JSON: what boto3 returns, with moments as RFC 3339 text."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from evidence.bundle.format import strictjson
from evidence.clock import rfc3339


def plain(value: Any) -> Any:
    """Return a value with datetimes as RFC 3339 in UTC. Raises TypeError for what JSON has no word for."""
    if isinstance(value, Mapping):
        return {str(key): plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [plain(member) for member in value]
    if isinstance(value, datetime):
        return rfc3339(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"a record holds {type(value).__name__}, which is no JSON value")


def line(record: Mapping[str, Any]) -> bytes:
    """Return a record as one line of a .jsonl file."""
    return strictjson.line(plain(record))
