"""A pointer is one value from the rule to the page; results.json holds it as text and gives it back."""

import json

import pytest
from pydantic import TypeAdapter, ValidationError

from evidence.controls.declaration import Verdict
from evidence.controls.row_results import RowResult
from evidence.readers.pointer import Pointer, parse_pointer

ROWS = TypeAdapter(RowResult)


def row(*pointers: Pointer) -> RowResult:
    return RowResult("s", "1", "", Verdict.MET, "seen", "wanted", pointers, None, "", {})


@pytest.mark.parametrize(
    ("pointer", "text"),
    [
        (Pointer("a/b.jsonl", 4), "a/b.jsonl:4"),
        (Pointer("run.json"), "run.json"),
        (Pointer("attachments/10:30 screen.png"), "attachments/10:30 screen.png"),
        (Pointer("attachments/page:٣"), "attachments/page:٣"),
        (Pointer("attachments/page:²"), "attachments/page:²"),
    ],
)
def test_results_hold_a_pointer_as_text_and_give_it_back(pointer: Pointer, text: str) -> None:
    assert json.loads(ROWS.dump_json(row(pointer)))["pointers"] == [text]
    assert ROWS.validate_json(ROWS.dump_json(row(pointer))).pointers == (pointer,)
    assert parse_pointer(text) == pointer


@pytest.mark.parametrize("odd", [5, None, {"file": "a", "line": 1}, ["a:1"]])
def test_what_is_no_text_is_no_pointer(odd: object) -> None:
    written = json.loads(ROWS.dump_json(row())) | {"pointers": [odd]}
    with pytest.raises(ValidationError):
        ROWS.validate_json(json.dumps(written))
