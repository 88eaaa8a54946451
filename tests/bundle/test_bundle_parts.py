"""Names, JSON, schemas and the reader, each by itself."""

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.bundle import Bundle
from evidence.bundle.format import bag, names, schema, strictjson
from evidence.file_names import safe_name
from evidence.findings import Code
from tests.support.bundles import ACCOUNT_TARGET, region_target

aws_names = st.text(st.characters(codec=None), min_size=1, max_size=300)


@given(aws_names)
def test_any_name_becomes_a_portable_one(name: str) -> None:
    safe = safe_name(name)
    assert names.problem_of(f"{safe}.json") is None
    assert names.problem_of(f"inline-{safe}.json") is None


@given(aws_names, aws_names)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert (safe_name(one) == safe_name(other)) is (one == other)


@pytest.mark.parametrize(
    "name,safe",
    [
        ("AdminRole+test=1,2.3@x_y-z", "AdminRole+test=1,2.3@x_y-z"),
        ("a/b", "a~2Fb"),
        ("a~2Fb", "a~7E2Fb"),
        (".", "~2E"),
        ("..", "~2E~2E"),
        ("CON", "~43ON"),
        ("nul.txt", "~6Eul.txt"),
        ("é", "~C3~A9"),
        ("end.", "end~2E"),
        ("", "~"),
    ],
)
def test_safe_names(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":2}', b"NaN", b"[Infinity]", b"[" * 65 + b"]" * 65, b"[" * 100_000, b"\xff", b"", b"{}{}",
        b'{"a":' * 2000,
    ],
)  # fmt: skip
def test_json_with_more_than_one_reading_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        strictjson.loads(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)  # fmt: skip


@given(json_values)
def test_json_round_trip(value) -> None:
    assert strictjson.loads(strictjson.document(value)) == value
    assert strictjson.line(value).count(b"\n") == 1
    assert strictjson.loads(strictjson.line(value)) == value


def test_schemas_are_current() -> None:
    on_disk = {path.name: path.read_bytes() for path in schema.FOLDER.glob("*.json")}
    assert on_disk == schema.generate(), "run `make generated`"
    for opened in (True, False):
        assert set(schema.published_schemas(opened=opened)) == set(schema.names(opened=opened)) < set(on_disk)


SCHEMA_OF = {"run": bag.RUN, "gaps": bag.GAPS, "call": bag.CALLS}


def documents(pristine: Bundle, name: str) -> list:
    data = pristine.read(SCHEMA_OF[name])
    return [json.loads(line) for line in data.splitlines()] if name == "call" else [json.loads(data)]


REQUIRED = {
    "run": ("bundle", "tool", "settings", "scope", "accounts", "regions", "caller_start", "units", "clock"),
    "gaps": ("item", "target", "cause", "message", "effect"),
    "call": ("seq", "service", "operation", "parameters", "request_id", "status", "attempts", "file"),
}


def published(pristine: Bundle, name: str) -> jsonschema.Draft202012Validator:
    text = (pristine.root / bag.SCHEMAS / f"{name}.schema.json").read_text()
    jsonschema.Draft202012Validator.check_schema(json.loads(text))
    return jsonschema.Draft202012Validator(json.loads(text))


@pytest.mark.parametrize("name", SCHEMA_OF)
def test_schema_inside_the_bundle_describes_its_files(pristine: Bundle, name: str) -> None:
    for document in documents(pristine, name):
        published(pristine, name).validate(document)


@pytest.mark.parametrize("name", SCHEMA_OF)
def test_schema_refuses_unknown_and_missing_members(pristine: Bundle, name: str) -> None:
    document = documents(pristine, name)[0]
    record = document[0] if isinstance(document, list) else document
    record["unknown"] = 1
    assert not published(pristine, name).is_valid(document)
    del record["unknown"]
    for member in REQUIRED[name]:
        taken = record.pop(member)
        assert not published(pristine, name).is_valid(document), member
        record[member] = taken
    assert published(pristine, name).is_valid(document)


def test_reader_says_where_a_record_stands(pristine: Bundle) -> None:
    located = list(pristine.records("iam.mfa-devices"))
    assert [(one.value["SerialNumber"], one.line) for one in located] == [("a", 1), ("b", 2)]
    assert {(one.file, one.target) for one in located} == {
        ("123456789012/iam/mfa-devices.jsonl", ACCOUNT_TARGET)
    }


def test_reader_of_one_target(pristine: Bundle) -> None:
    assert list(pristine.records("config.rules", region_target("us-east-1"))) == []
    assert len(list(pristine.records("config.rules", region_target("eu-west-1")))) == 1


def test_reader_of_gaps_and_calls(pristine: Bundle) -> None:
    assert [gap.item for gap in pristine.gaps] == ["iam.password-policy"]
    calls = list(pristine.calls())
    assert [call.seq for call in calls] == list(range(1, len(calls) + 1))
    assert {call.item for call in calls} == {unit.item for unit in pristine.run.units}
    assert list(pristine.records("iam.password-policy")) == []


def test_every_finding_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "format.md").read_text(encoding="utf-8")
    assert [code for code in Code if f"`{code}`" not in text] == []


def test_manifest_round_trip(pristine: Bundle) -> None:
    data = (pristine.root / bag.MANIFEST).read_bytes()
    assert bag.manifest(bag.parse_manifest(data)) == data
    assert {f"data/{path}" for path in pristine.hashes} == set(bag.parse_manifest(data))


def test_no_payload_path_needs_escaping(pristine: Bundle) -> None:
    files = (path for path in pristine.root.rglob("*") if path.is_file())
    assert [f for f in files if names.problem_of(Path(f).relative_to(pristine.root).as_posix())] == []
