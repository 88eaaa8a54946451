"""people.csv is read whole or refused with the line of each wrong cell; users are matched by stated rules."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.controls.people_matching import (
    BY_EMAIL,
    BY_ID,
    BY_OWNER,
    IAM,
    IDENTITY_STORE,
    Identity,
    match_people,
)
from evidence.errors import ConfigError
from evidence.statements.files import PEOPLE, read_file
from evidence.statements.people import COLUMNS, PeopleFile, StatedPerson, people_document

HEAD = ",".join(COLUMNS)
SPACED = """contractor, name ,"id",email,left,started,manager
yes,"Ann Berg",ann,  ann@x.example,2026-12-31,2025-01-01,"zoe"
,,,,,,

"""
FULL = "ann,Ann Berg,ann@x.example,2025-01-01,2026-12-31,zoe,yes"


def people(text: str) -> tuple[StatedPerson, ...]:
    return PeopleFile.read(text.encode()).people


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}\n{FULL}\n",
        f"\ufeff{HEAD}\r\n{FULL}",
        f"{HEAD}\n{FULL}".replace(",", ";"),
        f"{HEAD.upper()}\n{FULL.replace('yes', 'YES')}",
        SPACED,
    ],
    ids=[
        "plain",
        "a mark and Windows' lines",
        "semicolons",
        "capitals",
        "another order, blanks, empty lines",
    ],
)
def test_the_ways_to_write_one_person(text: str) -> None:
    (ann,) = people(text)
    assert ann == StatedPerson(
        line=2, id="ann", name="Ann Berg", email="ann@x.example", started=date(2025, 1, 1),
        left=date(2026, 12, 31), manager="zoe", contractor=True,
    )  # fmt: skip


def test_what_no_column_says_is_not_said() -> None:
    read = PeopleFile.read(b"name\nAnn\n")
    assert (read.says("name"), read.says("left"), read.people[0].label) == (True, False, "Ann")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty; the first line names the columns: id, name"),
        ("\n \n", "it is empty"),
        (HEAD, "it names nobody"),
        ("id,salary\na,1\n", "line 1: column 2 has an unknown name"),
        ("id,id\na,a\n", "line 1 names a column twice"),
        ("email\na@x.example\n", "line 1 has neither the column id nor the column name"),
        ("id;name,email\na\n", "line 1: column 1 has an unknown name"),
        ("id\na,b\n", r"line 2 has another number of cells \(2\) than the first line \(1\)"),
        ("id,name\na,\n,\n,\n\nb\n", r"line 6 has another number of cells \(1\)"),
        ("id,email\n,a@x.example\n", "line 2 needs an id or a name"),
        ("id,email\na,b\n", "line 2, email must be an e-mail address"),
        ("id,email\na,a b@x.example\n", "line 2, email must be an e-mail address"),
        ("id,started\na,1.10.2026\n", "line 2, started must be a day, such as 2026-10-01"),
        ("id,started\na,20261001\n", "line 2, started must be a day"),
        ("id,started\na,1759276800\n", "line 2, started must be a day"),
        ("id,left\na,2026-02-30\n", "line 2, left must be a day"),
        ("id,left\na,2026-10-01T00:00\n", "line 2, left must be a day"),
        ("id,left\na,２０２６-10-01\n", "line 2, left must be a day"),
        ("id,started,left\na,2026-10-02,2026-10-01\n", "line 2 left comes before started"),
        ("id,contractor\na,true\n", "line 2, contractor must be yes or no"),
        ("id\na\nB\nb\nA\n", "line 4, id stands in line 3 already; line 5, id stands in line 2 already"),
        ("id,email\na,x@x.example\nb,X@x.example\n", "line 3, email stands in line 2 already"),
        ("id\na\u200b\n", "line 2, id has a character that cannot be seen"),
        ('name\n"a\nb"\n', "line 3, name has a line break"),
        ("name\n\x1b[2Ja\n", "line 2, name has a line break or another control character"),
        ('id,name\na,"b"c\n', "line 2 is not CSV"),
        ('id\n"a\n', "is not CSV"),
        (f"id\n{'a' * 200_000}\n", "line 2 is not CSV, or has a cell that is too long"),
        (f"id\n{'a' * 300}\n", "line 2, id is longer than 256 characters"),
        ("id,left\n" + "\n".join(f"{n},soon" for n in range(9)), "line 6, left must be a day, [^;]*$"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(text.encode())
    with pytest.raises(ConfigError, match=said) as caught:
        read_file(PEOPLE, path)
    assert caught.value.message.startswith(f"The people file {path} is not a list that can be used: ")
    assert "id, name, email, started, left, manager, contractor" in caught.value.advice


def test_a_list_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.statements.people.MOST_PEOPLE", 2)
    assert len(people("id\na\nb\n")) == 2
    with pytest.raises(ValueError, match="it has more than 2 people"):
        people("id\na\nb\nc\n")


@pytest.mark.parametrize("content", [b"id\n\xff\n", "id\nann\n".encode("utf-16")])
def test_what_is_not_in_utf_8_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="UTF-8"):
        PeopleFile.read(content)


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LINES = st.lists(st.lists(CELLS, min_size=1, max_size=8), max_size=6)


@given(LINES, st.sampled_from([",", ";"]), st.permutations(COLUMNS))
def test_any_table_is_read_or_refused_in_words(lines: list[list[str]], mark: str, head: list[str]) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=mark).writerows([head, *lines])
    try:
        read = PeopleFile.read(text.getvalue().encode())
    except ValueError as error:
        assert str(error).startswith(("line ", "it "))
    else:
        assert all(one.id or one.name for one in read.people)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        PeopleFile.read(b"id,name\n" + content)
    except ValueError as error:
        assert str(error).startswith(("line ", "it "))


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).map(str.strip)
PEOPLE_STATED = st.lists(
    st.builds(
        StatedPerson,
        line=st.integers(2, 40),
        id=st.text("abcABC'\",;=+@-é", max_size=6),
        name=NAMES.filter(bool),
        started=st.none() | st.dates(max_value=date(2020, 1, 1)),
        left=st.none() | st.dates(min_value=date(2020, 1, 1)),
        contractor=st.booleans(),
    ),
    min_size=1, max_size=5, unique_by=(lambda one: one.line, lambda one: one.id.casefold() or one.line),
)  # fmt: skip


@given(PEOPLE_STATED)
def test_what_is_written_is_read_again_line_by_line(stated: list[StatedPerson]) -> None:
    ordered = tuple(sorted(stated, key=lambda one: one.line))
    written = people_document(COLUMNS, (one.model_dump() for one in ordered))
    assert PeopleFile.read(written).people == ordered


def found(lines: str, *identities: Identity) -> list[tuple[tuple[int, ...], str]]:
    matched = match_people(people(f"id,email\n{lines}"), identities)
    return [(tuple(one.line for one in match.candidates), match.by) for match in matched.matches]


def store(*names: str, emails: tuple[str, ...] = ()) -> Identity:
    return Identity(IDENTITY_STORE, "u-1", names, emails, "")


@pytest.mark.parametrize(
    ("identity", "answer"),
    [
        (store("ann"), ((2,), BY_ID)),
        (store("Ann "), ((2,), BY_ID)),
        (store("ann@x.example"), ((2,), BY_EMAIL)),
        (store("x", emails=("ANN@X.EXAMPLE",)), ((2,), BY_EMAIL)),
        (store("x", emails=("ann",)), ((), "")),
        (store("ann", emails=("bob@x.example",)), ((2, 3), BY_ID)),
        (store(), ((), "")),
        (store(""), ((), "")),
        (Identity(IAM, "arn", ("svc",), (), "1", owners=("bob@x.example",)), ((3,), BY_OWNER)),
        (Identity(IAM, "arn", ("ann",), (), "1", owners=("bob",)), ((2,), BY_ID)),
    ],
)
def test_the_rules_and_no_other(identity: Identity, answer: tuple[tuple[int, ...], str]) -> None:
    assert found("ann,ann@x.example\nbob,bob@x.example\n", identity) == [answer]


def test_people_have_several_users_or_none() -> None:
    listed = people("id,email\nann,\nbob,\ncy,\n")
    ann, bob = store("ann"), Identity(IAM, "arn", ("svc",), (), "1", owners=("bob",))
    second = Identity(IAM, "arn:ann", ("Ann",), (), "1")
    matches = match_people(listed, [ann, bob, second])
    assert matches.of(listed[0]) == (ann, second)
    assert [one.id for one in matches.without] == ["bob", "cy"]
    owner = matches.by_identity[IAM, "arn"]
    assert (owner.person, owner.ambiguous, owner.in_words) == (
        listed[1], False, "its owner is bob, line 3, by owner tag",
    )  # fmt: skip
