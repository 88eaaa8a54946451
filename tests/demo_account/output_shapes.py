"""Asks the demo server an operation, and says where the answer departs from botocore's output shape."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from tests.demo_account.served_demo import ServedDemo


def ask(
    demo: ServedDemo, service: str, operation: str, parameters: Mapping[str, Any], region: str
) -> dict[str, Any]:
    client = demo.client(service, region)
    method = next(name for name, model in client.meta.method_to_api_mapping.items() if model == operation)
    answer: dict[str, Any] = getattr(client, method)(**parameters)
    return answer


def misfits(shape: Any, value: Any, path: str) -> list[str]:
    """Return where a parsed answer departs from botocore's output shape: types, required members."""
    checks: dict[str, Callable[[Any], list[str]]] = {
        "structure": lambda given: structure_misfits(shape, given, path),
        "list": lambda given: [found for index, member in enumerate(given)
                               for found in misfits(shape.member, member, f"{path}[{index}]")],
        "map": lambda given: [found for key, member in given.items()
                              for found in misfits(shape.value, member, f"{path}.{key}")],
    }  # fmt: skip
    kinds = {
        "structure": dict,
        "list": list,
        "map": dict,
        "string": str,
        "timestamp": datetime,
        "boolean": bool,
        "integer": int,
        "long": int,
        "double": float,
        "blob": bytes,
    }
    if not isinstance(value, kinds[shape.type_name]):
        return [f"{path}: {type(value).__name__} for {shape.type_name}"]
    return checks.get(shape.type_name, lambda _: [])(value)


def structure_misfits(shape: Any, value: Mapping[str, Any], path: str) -> list[str]:
    required = [f"{path}.{name}: missing" for name in shape.required_members if name not in value]
    return required + [
        found
        for name, member in value.items()
        for found in misfits(shape.members[name], member, f"{path}.{name}")
    ]
