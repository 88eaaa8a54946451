"""Rows are on disk, and results.json is written and read by them: the same bytes, the same refusals."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from evidence.comparison import PackedResults
from evidence.controls import results_file, row_results
from evidence.controls.catalogue import catalogue
from evidence.controls.declaration import Row, Verdict
from evidence.controls.engine import perform
from evidence.controls.results import Results
from evidence.controls.results_file import read_results_file, read_used_files
from evidence.controls.row_results import RowFile, RowResult, Rows
from evidence.readers.pointer import Pointer
from tests.controls.world import ACCOUNT, good
from tests.support.make_samples import SAMPLES

MET, EXCEPTION = Verdict.MET, Verdict.EXCEPTION


def row(subject: str = "s", verdict: Verdict = MET) -> RowResult:
    return RowResult(subject, ACCOUNT, "", verdict, "o", "e", (Pointer("f", 1),), None, "", {"a": subject})


@pytest.fixture(scope="module")
def sample() -> Results:
    """The demo account's results, with joined facts and accepted rows."""
    return Results.model_validate_json((SAMPLES / "results.json").read_bytes())


@given(st.lists(st.tuples(st.text(st.characters(exclude_categories=("Cs",))), st.sampled_from(Verdict))))
def test_rows_come_back_as_they_were_written(given_: list[tuple[str, Verdict]]) -> None:
    rows = [row(subject, verdict) for subject, verdict in given_]
    made = Rows.of(rows)
    assert (list(made), len(made), list(made.verdicts())) == (rows, len(rows), [one.verdict for one in rows])
    assert list(made.with_verdict((EXCEPTION,))) == [one for one in rows if one.verdict is EXCEPTION]
    assert made == Rows.of(rows) == tuple(rows)
    assert [made[at] for at in range(len(rows))] == rows
    assert made[1:] == tuple(rows[1:])


def test_rows_of_several_tests_share_a_file_and_are_read_side_by_side(monkeypatch) -> None:
    monkeypatch.setattr(row_results, "_IN_MEMORY", 100)
    monkeypatch.setattr(row_results, "_BLOCK", 300)
    file = RowFile()
    one, other = ([row(f"{name}{number}") for number in range(50)] for name in ("a", "é" * 90))
    first, second = Rows.of(one, file), Rows.of(other, file)
    assert list(zip(first, second, strict=True)) == list(zip(one, other, strict=True))
    changed = first.replaced({3: row("new", EXCEPTION), 0: row("zero")})
    assert list(changed) == [row("zero"), *one[1:3], row("new", EXCEPTION), *one[4:]]
    assert (list(first), list(changed.with_verdict((EXCEPTION,)))) == (one, [row("new", EXCEPTION)])
    assert first != changed


def test_results_are_written_by_rows_as_they_are_written_whole(sample: Results) -> None:
    whole = sample.model_dump_json(indent=2).encode() + b"\n"
    assert sample.joined
    assert any(not test.rows for test in sample.tests)
    assert b"".join(sample.pieces()) == whole == (SAMPLES / "results.json").read_bytes()
    assert json.dumps(sample.model_dump(mode="json"), indent=2, ensure_ascii=False).encode() + b"\n" == whole


def test_what_was_written_is_read_row_by_row(sample: Results, monkeypatch) -> None:
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read whole"))
    assert read_results_file(SAMPLES / "results.json") == sample


def test_the_files_that_results_name_are_read_without_a_row(sample: Results, monkeypatch) -> None:
    monkeypatch.setattr(results_file, "read_row", lambda _: pytest.fail("a row was read"))
    assert len(sample.used_files) > 3
    assert read_used_files(SAMPLES / "results.json") == sample.used_files


def test_what_is_sealed_is_parsed_only_where_it_is_not_what_comes_out_today(sample: Results) -> None:
    packed = PackedResults(SAMPLES / "results.json")
    assert packed.sealed(sample).results is sample
    today = Results.model_validate(sample.model_dump() | {"libraries": {"other": "2"}})
    sealed = packed.sealed(today)
    assert (sealed.results, sealed.digest) == (sample, sample.digest)


def _other_layouts(text: str) -> dict[str, str]:
    rows = '      "rows": [\n'
    begins = text.index(rows) + len(rows)
    return {
        "without lines": json.dumps(json.loads(text)),
        "a space more": text.replace('"observed": ', '"observed":  ', 1),
        "rows twice": f'{text[:begins]}      ],\n{text[begins - len(rows):]}',
        "rows ahead": text.replace('  "tests": [', f'  "odd": [\n{rows}      ]\n],\n  "tests": [', 1),
        "something behind": f"{text}\n",
    }  # fmt: skip


@pytest.mark.parametrize(
    "name", ["without lines", "a space more", "rows twice", "rows ahead", "something behind"]
)
def test_a_file_of_another_layout_is_read_as_json_has_it(name: str, sample: Results, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(_other_layouts(sample.to_bytes().decode())[name])
    assert results_file._read_by_rows(path) is None
    try:
        expected = Results.model_validate_json(path.read_bytes())
    except ValidationError:
        with pytest.raises(ValidationError):
            read_results_file(path)
    else:
        assert read_results_file(path) == expected
        assert read_used_files(path) == expected.used_files


@pytest.mark.parametrize(
    ("pattern", "other"),
    [
        (r'"exceptions": (\d+)', '"exceptions": 999'),
        (r'("verdict": "exception")', '"verdict": "met"'),
        (r'("account": "\d+")', '"account": 1'),
        (r'("complete": true)', '"complete": false'),
    ],
)
def test_numbers_that_are_not_those_of_the_rows_are_refused(
    pattern: str, other: str, sample: Results, tmp_path: Path
) -> None:
    path = tmp_path / "results.json"
    path.write_text(re.sub(pattern, other, sample.to_bytes().decode(), count=1))
    with pytest.raises(ValidationError):
        read_results_file(path)


def test_each_row_is_written_before_the_next_is_asked_of_the_rule(monkeypatch) -> None:
    written: list[str] = []
    add = Rows._add
    monkeypatch.setattr(Rows, "_add", lambda rows, one: (written.append(one.subject), add(rows, one)))
    made = Row("s", ACCOUNT, MET, "o", "e", ())
    seen = []

    def rule(_evidence):
        for number in range(5):
            seen.append(len(written))
            yield replace(made, subject=str(number))

    found = perform(replace(catalogue()["KEY-1"], rule=rule), good().bundle())
    assert (seen, written, len(found.rows)) == ([0, 1, 2, 3, 4], ["0", "1", "2", "3", "4"], 5)
