"""Generates the JSON Schemas of a bundle's files, published here and inside each bundle.

Make them again with `python -m evidence.bundle.format.schema`.
"""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter

from evidence.bundle.format import bag, strictjson
from evidence.bundle.format.corroboration import Corroboration
from evidence.bundle.format.models import FORMAT_VERSION, Attachment, CallRecord, GapRecord, Opening, Run

FOLDER = Path(__file__).parent / "schemas"

_SHAPES: dict[str, tuple[type[BaseModel] | Any, str]] = {
    "run": (Run, "data/run.json"),
    "gaps": (tuple[GapRecord, ...], "data/gaps.json"),
    "call": (CallRecord, "each line of data/calls.jsonl"),
    "attachments": (tuple[Attachment, ...], "data/attachments/index.json"),
}

_OPENING: dict[str, tuple[type[BaseModel] | Any, str]] = {"opening": (Opening, f"data/{bag.OPENING}")}
"""Only a bundle with an opening statement carries this one."""

_BESIDE: dict[str, tuple[type[BaseModel] | Any, str]] = {
    "corroboration": (Corroboration, "corroboration.json"),
}
"""What stands beside a bundle; no bundle carries these."""


def names(*, opened: bool) -> tuple[str, ...]:
    """Return the names of the schemas in a bundle's `schemas/`, with an opening statement or without."""
    return tuple(f"{name}.schema.json" for name in sorted(_SHAPES | (_OPENING if opened else {})))


def published_schemas(*, opened: bool) -> dict[str, bytes]:
    """Return the published schemas that a bundle carries, by file name."""
    return {name: (FOLDER / name).read_bytes() for name in names(opened=opened)}


def generate() -> dict[str, bytes]:
    """Return the schemas as the models now define them, by file name (JSON Schema 2020-12)."""
    return {
        f"{name}.schema.json": _schema(*shape)
        for name, shape in sorted((_SHAPES | _OPENING | _BESIDE).items())
    }


def _schema(shape: Any, describes: str) -> bytes:
    schema = TypeAdapter(shape).json_schema(mode="serialization")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = f"{describes}, format version {FORMAT_VERSION}"
    return strictjson.document(schema)


def write() -> None:
    """Write the generated schemas where they are published."""
    FOLDER.mkdir(exist_ok=True)
    for name, content in generate().items():
        (FOLDER / name).write_bytes(content)


if __name__ == "__main__":
    write()
