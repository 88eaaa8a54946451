"""Quotes values for each kind of file that a schedule is printed as."""

import json
import shlex
from collections.abc import Callable, Iterable
from typing import Any


def quote_json(value: Any, indent: int | None = None) -> str:
    """Return JSON, which YAML reads as well: not in ASCII, which writes some characters as two."""
    return json.dumps(value, indent=indent, ensure_ascii=False)


def quote_hcl(value: Any, indent: int | None = None) -> str:
    """Return an expression of Terraform, which reads JSON but for what stands for a template in it."""
    return quote_json(value, indent).replace("${", "$${").replace("%{", "%%{")


def quote_shell(words: str | Iterable[str]) -> str:
    """Return one word, or several, as a shell reads them."""
    return shlex.quote(words) if isinstance(words, str) else shlex.join(words)


def quote_cron(words: str | Iterable[str]) -> str:
    r"""Return the same for a crontab, where % ends the command unless a backslash is before it.

    cron takes that backslash away before the shell sees the line.
    """
    return quote_shell(words).replace("%", r"\%")


def quote_systemd(words: str | Iterable[str]) -> str:
    """Return words of a unit, where % and $ stand for something; OURS alone are meant so."""
    return " ".join(_systemd_word(word) for word in ([words] if isinstance(words, str) else words))


def _systemd_word(word: str) -> str:
    if word in OURS:
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if not word or set(word) - _PLAIN else escaped


CREDENTIALS = "%d/"
"""The folder in which systemd shows a service its credentials."""
OURS = frozenset(f"{CREDENTIALS}{name}" for name in ("signer.pem", "signer.key", "passphrase"))
"""Words of a unit in which systemd is to put something."""
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@+")

FILTERS: dict[str, Callable[..., str]] = {
    "json": quote_json,
    "hcl": quote_hcl,
    "shell": quote_shell,
    "cron": quote_cron,
    "systemd": quote_systemd,
}
"""By the names that templates use."""
