"""Reads `evidence.toml` into settings. Unknown keys are errors."""

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from evidence import storage, toml
from evidence.errors import ConfigError
from evidence.settings.model import Settings, allowed, shown
from evidence.wrong_values import in_words, key_path

DEFAULT_FILE = Path("evidence.toml")
_MAX_BYTES = 1024 * 1024
MOVED = "accepted_administrator_roles"
"""The threshold that settings files may not name any more; sealed bundles do."""
_ENTRY = """[[administrator]]
role = {role}
who = ""
reason = ""
approver = ""
approved_on = ""
expires_on = ""
maximum_matches = 1"""


def load(path: Path | None) -> Settings:
    """Read a configuration file; without one, `evidence.toml` in the working folder, or the defaults.

    Raises ConfigError when a named file is absent, is not TOML, or has an unknown key or a wrong value.
    """
    if path is None:
        if not DEFAULT_FILE.is_file():
            return Settings()
        path = DEFAULT_FILE
    content = read_content(path)
    return settings_in(content, f"The configuration {path}")


def read_content(path: Path) -> bytes:
    """Return the bytes of a configuration file. Raises ConfigError when it cannot be read."""
    return storage.read_named(
        path,
        _MAX_BYTES,
        called="The configuration",
        error=ConfigError,
        advice="Name another with --config; `evidence init` writes a first one.",
    )


def settings_in(content: bytes, called: str) -> Settings:
    """Return the settings that the bytes of a file hold; `called` is its name in errors.

    Raises ConfigError when they are not TOML, or hold an unknown key or a wrong value.
    """
    try:
        document = toml.loads(content)
        _refuse_administrators(document, called)
        return Settings.model_validate(document)
    except ValidationError as error:
        raise ConfigError(f"{called} is wrong: {_explain(error)}.") from error
    except ValueError as error:
        raise ConfigError(f"{called} is not valid TOML: {error}.") from error


def _refuse_administrators(document: dict[str, Any], called: str) -> None:
    """Raise ConfigError for roles accepted in the settings, with the entries that belong in their place."""
    thresholds = document.get("thresholds")
    if not isinstance(thresholds, dict) or MOVED not in thresholds:
        return
    named = thresholds[MOVED]
    roles = named if isinstance(named, list) and named else ["arn:aws:iam::123456789012:role/NAME"]
    entries = "\n".join(_ENTRY.format(role=json.dumps(str(role))) for role in roles)
    raise ConfigError(
        f"{called} names {MOVED}: administrators are accepted in exceptions.toml.",
        f"Take {MOVED} out, and write into exceptions.toml for each role, every text filled in:\n{entries}",
    )


def _explain(error: ValidationError) -> str:
    return "; ".join(map(_problem, error.errors()))


def _problem(problem: ErrorDetails) -> str:
    """Return one problem with its key; a threshold out of bounds with what it may be."""
    where = key_path(problem)
    section, _, name = where.partition(".")
    if problem["type"] != "extra_forbidden" and section == "thresholds" and (may_be := allowed(name)):
        return f"{where} is {shown(problem['input'])}, and must be {may_be}"
    return ": ".join(filter(None, (where, in_words(problem))))
