"""Reads `evidence.toml` into settings. Unknown keys are errors."""

import tomllib
from pathlib import Path

from pydantic import ValidationError

from evidence.errors import ConfigError
from evidence.settings.model import Settings

DEFAULT_FILE = Path("evidence.toml")


def load(path: Path | None) -> Settings:
    """Read a configuration file; without one, `evidence.toml` in the working folder, or the defaults.

    Raises ConfigError when a named file is absent, is not TOML, or has an unknown key or a wrong value.
    """
    if path is None:
        if not DEFAULT_FILE.is_file():
            return Settings()
        path = DEFAULT_FILE
    try:
        return Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(f"The configuration {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The configuration {path} is not valid TOML: {error}.") from error
    except ValidationError as error:
        raise ConfigError(f"The configuration {path} is wrong: {_explain(error)}.") from error


def _explain(error: ValidationError) -> str:
    problems = []
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"])
        kind = "unknown key" if problem["type"] == "extra_forbidden" else problem["msg"]
        problems.append(f"{where}: {kind}")
    return "; ".join(problems)
