"""Generates the JSON Schemas of management's files, published here for editors.

Make them again with `python -m evidence.statements.schema`.
"""

from pathlib import Path

from evidence.bundle.format import strictjson
from evidence.statements.files import STATEMENT_KINDS
from evidence.statements.shapes import VERSION

FOLDER = Path(__file__).parent / "schemas"


def generate() -> dict[str, bytes]:
    """Return the schemas as the models now define them, by file name (JSON Schema 2020-12)."""
    made = {}
    for kind in STATEMENT_KINDS:
        if kind.ending != "toml":
            continue
        schema = kind.shape.model_json_schema()
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema["title"] = f"{kind.file}, version {VERSION}"
        made[f"{kind.name}.schema.json"] = strictjson.document(schema)
    return made


def write() -> None:
    """Write the generated schemas where they are published."""
    FOLDER.mkdir(exist_ok=True)
    for name, content in generate().items():
        (FOLDER / name).write_bytes(content)


if __name__ == "__main__":
    write()
