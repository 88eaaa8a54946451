"""Whatever a settings file or a statement gives wrong is said in words of ours, none of the library's."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from evidence.redact.policy import RedactionPolicy
from evidence.settings.model import Settings
from evidence.statements.shapes import (
    AttestationsFile,
    ControlsFile,
    ExceptionsFile,
    RequestsFile,
    ResponsesFile,
)
from evidence.wrong_values import in_words, key_path

SCALARS: tuple[Any, ...] = (
    -1, 0, 10**30, 1.5, float("nan"), True, "", "x", "ninety", "http://user:secret@host?query", "x" * 2000,
    "\ud800", "#12345", "#ffffff", "dask://host:99999", date(2026, 1, 1), datetime(2026, 1, 1, 1, tzinfo=UTC),
)  # fmt: skip
VALUES = (
    *SCALARS,
    [],
    {},
    [[]],
    *([one] for one in SCALARS),
    *([[one, one, one]] for one in SCALARS[:6]),
    *({"x": one} for one in SCALARS),
    {"": "x"},
    {"x" * 2000: "x"},
)
"""What TOML can say, and more."""
FILES = (
    Settings, RedactionPolicy, ExceptionsFile, AttestationsFile, ResponsesFile, ControlsFile, RequestsFile,
)  # fmt: skip


def keys_of(model: type[BaseModel]) -> list[tuple[str, ...]]:
    """Return the path of each key that a file of a kind may have, members of tables included."""
    found: list[tuple[str, ...]] = []
    for name, field in model.model_fields.items():
        found.append((name,))
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found += [(name, *rest) for rest in keys_of(inner)]
        elif entry := next((one for one in getattr(inner, "__args__", ()) if isinstance(one, type)), None):
            found += [(name, "[]", *rest) for rest in keys_of(entry)] if issubclass(entry, BaseModel) else []
    return found


def document(path: tuple[str, ...], value: object) -> dict[str, Any]:
    for key in reversed(path):
        value = [value] if key == "[]" else {key: value}
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize("model", FILES, ids=lambda model: model.__name__)
def test_no_word_of_the_library_comes_out(model: type[BaseModel]) -> None:
    wrong = 0
    for path in (*keys_of(model), ("unknown",)):
        for value in VALUES:
            try:
                model.model_validate(document(path, value))
            except ValidationError as error:
                for problem in error.errors():
                    said = in_words(problem)
                    own = problem["type"] == "value_error"
                    assert own or said != problem["msg"], said
                    assert "belongs here" not in said, problem
                    assert "of the form" not in said, problem
                    assert not said.startswith("Value error")
                    assert "[key]" not in key_path(problem)
                    assert "secret" not in said
                    wrong += 1
    assert wrong > 50
