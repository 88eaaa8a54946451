"""Generates the JSON Schemas of management's two files, published here for editors.

Make them again with `python -m evidence.statements.schema`.
"""

from pathlib import Path

from evidence.bundle.format import strictjson
from evidence.statements.files import VERSION, AttestationsFile, ExceptionsFile

FOLDER = Path(__file__).parent / "schemas"
_SHAPES: dict[str, type[ExceptionsFile] | type[AttestationsFile]] = {
    "exceptions.toml": ExceptionsFile,
    "attestations.toml": AttestationsFile,
}


def generate() -> dict[str, bytes]:
    """Return the schemas as the models now define them, by file name (JSON Schema 2020-12)."""
    made = {}
    for name, shape in _SHAPES.items():
        schema = shape.model_json_schema()
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema["title"] = f"{name}, version {VERSION}"
        made[f"{name.removesuffix('.toml')}.schema.json"] = strictjson.document(schema)
    return made


def write() -> None:
    """Write the generated schemas where they are published."""
    FOLDER.mkdir(exist_ok=True)
    for name, content in generate().items():
        (FOLDER / name).write_bytes(content)


if __name__ == "__main__":
    write()
