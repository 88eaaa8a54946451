"""One word, one concept: a class name exists once in the package, private ones included."""

import ast
from collections import defaultdict
from pathlib import Path

import evidence

PACKAGE = Path(evidence.__file__).parent


def test_a_class_name_exists_once() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name.lstrip("_").lower()].append(f"{path.relative_to(PACKAGE)}: {node.name}")
    twice = [where for where in places.values() if len(where) > 1]
    assert len(places) > 400, "the package was not found"
    assert not twice, "a class name stands in two places: call one by what sets it apart"
