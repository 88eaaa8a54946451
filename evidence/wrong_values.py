"""Says in plain words what is wrong with a value that a file or an option gives: the library's own are for
programmers.

Of the value itself nothing is repeated: a file may hold what is nobody's business, or be a stranger's.
"""

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from evidence.records import ROLE_NAME

_OTHER = "is not what belongs here"
_LIST = "must be a list, in [ ]"
_DAY = "must be a day, such as 2026-10-01"
_WHOLE = "must be a whole number"
_SWITCH = "must be true or false"
_TABLE = "must be a table, with a key for each value"
_OF_TYPES = {
    "bool_parsing": _SWITCH,
    "bool_type": _SWITCH,
    "date_from_datetime_inexact": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_parsing": _DAY,
    "date_type": _DAY,
    "dict_type": _TABLE,
    "extra_forbidden": "unknown key",
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": "is too large a number",
    "int_type": _WHOLE,
    "literal_error": "must be {expected}",
    "missing": "missing",
    "model_attributes_type": _TABLE,
    "model_type": _TABLE,
    "finite_number": _WHOLE,
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "path_type": "must be text, in quotes: a path",
    "string_too_long": "is longer than {max_length} characters",
    "string_too_short": "is too short: {min_length} characters at least",
    "string_type": "must be text, in quotes",
    "string_unicode": "is not text in UTF-8",
    "too_long": "has more entries than {max_length}",
    "too_short": "has too few entries: {min_length} at least",
    "tuple_type": _LIST,
}
_FORMS = {
    r"^[0-9]{12}$": "must be the id of an account, 12 digits",
    r"^([0-9]{12})?$": "must be the id of an account, 12 digits",
    r"^([0-9]{12}|ou-[0-9a-z-]+|r-[0-9a-z]+|/.*|tag:[^=]+=.*)$": "must select accounts: by an id, 12 digits, "
    "by an organizational unit's id or path from /, or by tag:KEY=VALUE",
    ROLE_NAME: "must be the name of a role, with its path",
    r"^[A-Za-z0-9_+=,.@:/-]+$": "has a character other than letters, digits and _+=,.@:/-",
    r"^[A-Za-z0-9_+=,.@-]+$": "has a character other than letters, digits and _+=,.@-",
    r"^[A-Za-z0-9_-]+$": "has a character other than letters, digits, _ and -",
    r"^#[0-9A-Fa-f]{6}$": "must be a colour, such as #14304f",
    r"^(o-[a-z0-9]{10,32})?$": "must be the id of an organization, o-…",
    r"^([^@\s]+@[^@\s]+)?$": "must be an e-mail address",
    r"^(arn:|\*).*$": "must be the ARN of a role, or a pattern of ARNs",
    r"^arn:[a-z-]+:iam::[0-9]{12}:role/[\w+=,.@/-]+$": "must be the ARN of a role",
    r"^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$": "must be the ARN of a key of AWS KMS",
}
"""What the settings and management's files ask of a text, by the pattern."""
_NAME = "[key]"
"""How pydantic marks that it is not a value that is wrong, but the name it has in a table."""


def in_words(problem: ErrorDetails) -> str:
    """Return what is wrong, in a clause for which the place of the value is the subject."""
    about: Mapping[str, Any] = problem.get("ctx", {})
    if problem["type"] == "value_error":
        return str(about["error"])  # words of ours
    if problem["type"] == "string_pattern_mismatch":
        said = _FORMS.get(about["pattern"], f"is not of the form {about['pattern']}")
    else:
        said = _OF_TYPES.get(problem["type"], _OTHER).format_map(about)
    return f"as a name it {said}" if _NAME in problem["loc"] else said


def key_path(problem: ErrorDetails) -> str:
    """Return the keys that lead to a value, `aws.regions.0`; empty for the whole."""
    return ".".join(str(part) for part in problem["loc"] if part != _NAME)


def keys_in_words(model: type[BaseModel]) -> str:
    """Return the keys that a file of a kind may have, those of a table or of its entries behind its name."""
    parts = []
    for name, field in model.model_fields.items():
        inner = [one for one in (field.annotation, *get_args(field.annotation)) if isinstance(one, type)]
        table = next((one for one in inner if issubclass(one, BaseModel)), None)
        heading = f"[{name}]" if table is field.annotation else f"[[{name}]]"
        parts.append(f"{heading} with {', '.join(table.model_fields)}" if table else name)
    return "; ".join(parts)
