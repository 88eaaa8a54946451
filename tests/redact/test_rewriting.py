"""What is found and replaced, text by text: names that hide in other words, forms, places, spellings."""

import base64
import json
import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.records import ValueKind
from evidence.redact.dictionary import Dictionary
from evidence.redact.key import RedactionKey
from evidence.redact.matcher import LONG, TextMatcher
from evidence.redact.places import MemberClassifier
from evidence.redact.policy import RedactionPolicy
from evidence.redact.pseudonyms import Pseudonyms
from evidence.redact.rewrite import REMOVED, Rewriter
from evidence.redact.scan import LeakScan
from evidence.redact.spelling import FoldedText, folded
from evidence.redact.walk import RecordWalk

KEY = RedactionKey(bytes(range(32)))
ALL = RedactionPolicy(accounts=True)


def made(
    values: dict[str, ValueKind], policy: RedactionPolicy = ALL, words: tuple[str, ...] = ("backup",)
) -> tuple[Dictionary, Rewriter]:
    dictionary = Dictionary(Pseudonyms(KEY))
    for value, kind in values.items():
        dictionary.add(kind, value)
    dictionary.close(words)
    return dictionary, Rewriter(dictionary, MemberClassifier(policy, ()))


def pseudonym(dictionary: Dictionary, value: str) -> str:
    entry = dictionary.get(value)
    assert entry is not None
    return entry.pseudonym


WORDS = st.text("abAB-._ ", min_size=1, max_size=6)


@given(st.lists(WORDS, max_size=8), st.text("abAB-._ ", max_size=40))
def test_the_matcher_finds_what_a_plain_search_finds(values: list[str], text: str) -> None:
    def plainly(value: str) -> bool:
        low, size, at = text.lower(), len(value), -1
        while (at := low.find(value.lower(), at + 1)) >= 0:
            inside = size >= LONG
            before, after = low[at - 1 : at] if at else "", low[at + size : at + size + 1]
            if inside or not (before.isalnum() or after.isalnum()):
                return True
        return False

    found = {value.lower() for value in TextMatcher(values).found(text)}
    assert found <= {value.lower() for value in values}
    assert bool(found) == any(plainly(value) for value in values)


@given(st.text(min_size=4, max_size=30), st.text(min_size=4, max_size=30))
def test_different_values_have_different_pseudonyms_and_equal_ones_the_same(one: str, other: str) -> None:
    pseudonyms = Pseudonyms(KEY)
    for kind in (ValueKind.LOGIN, ValueKind.NAME, ValueKind.MAIL):
        again = Pseudonyms(KEY).of(kind, one)
        assert pseudonyms.of(kind, one) == again
        assert (pseudonyms.of(kind, other) == again) == (one.casefold() == other.casefold()) or (
            one != other  # equal after normalisation
        )


ODD = st.text(
    st.sampled_from("aAeiIßẞſİıΐŉﬁ\u0301\u0308\u0345\u00ad\u200b’-‐´Ｆｶﾞ각\u1100\u1161\u11a8 ~")
    | st.characters()
)


@given(ODD)
def test_a_text_folds_piece_by_piece_as_it_does_whole(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert folded(FoldedText(text).form) == folded(text)


@given(ODD, ODD, ODD)
def test_however_a_name_is_spelled_it_is_replaced_and_nothing_else_is(
    before: str, name: str, after: str
) -> None:
    value = f"qq{name}xx"
    for spelled in (value, value.upper(), folded(value), unicodedata.normalize("NFD", value)):
        if folded(spelled) == folded(value):
            shown = TextMatcher([value]).replaced(f"{before} {spelled} {after}", lambda _found: "N")
            assert shown == f"{before} N {after}"


@pytest.mark.parametrize(
    ("kind", "value", "form"),
    [
        (ValueKind.ACCOUNT, "123456789012", r"[1-9][0-9]{11}"),
        (ValueKind.UNIQUE_ID, "AIDACAW4UPA2SL54V7IKA", r"AIDA[A-Z2-7]{17}"),
        (ValueKind.ACCESS_KEY, "AKIAIOSFODNN7EXAMPLE", r"AKIA[A-Z2-7]{16}"),
        (ValueKind.ID, "7f3ac9dd-7151-4103-9b66-8c0ee327e193", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        (ValueKind.ORGANIZATION, "o-n0rthw1nd7", r"o-[a-z2-7]{10}"),
        (ValueKind.MAIL, "anna@northwind.example", r"mail-[a-z2-7]{16}@example\.invalid"),
        (ValueKind.ADDRESS, "203.0.113.24", r"2001:db8:[0-9a-f:]+"),
        (ValueKind.LOGIN, "anna.kowalska", r"user-[a-z2-7]{16}"),
    ],
)
def test_forms_that_rules_depend_on_are_kept(kind: ValueKind, value: str, form: str) -> None:
    shown = Pseudonyms(KEY).of(kind, value)
    assert re.fullmatch(form, shown), shown
    assert Pseudonyms(RedactionKey(bytes(32))).of(kind, value) != shown


def test_an_account_never_gets_the_number_of_another() -> None:
    first = Pseudonyms(KEY).of(ValueKind.ACCOUNT, "123456789012")
    assert Pseudonyms(KEY).of(ValueKind.ACCOUNT, "123456789012", {first}) != first


def test_a_short_name_is_replaced_as_a_word_and_not_inside_of_one() -> None:
    dictionary, rewriter = made({"anna": ValueKind.NAME})
    name = pseudonym(dictionary, "anna")
    assert (
        rewriter.text("Anna's annals, anna-admin; annas ANNA")
        == f"{name}'s annals, {name}-admin; annas {name}"
    )


def test_a_long_name_is_replaced_wherever_it_hides() -> None:
    dictionary, rewriter = made({"anna.kowalska": ValueKind.LOGIN, "kowalska": ValueKind.NAME})
    login, name = pseudonym(dictionary, "anna.kowalska"), pseudonym(dictionary, "kowalska")
    assert rewriter.text("svcANNA.KOWALSKAx and prekowalskapost") == f"svc{login}x and pre{name}post"


def test_a_name_that_is_a_word_is_replaced_at_its_places_only() -> None:
    dictionary, rewriter = made({"backup": ValueKind.LOGIN})
    entry = dictionary.get("backup")
    assert entry is not None
    assert not entry.everywhere
    user = entry.pseudonym
    record = {
        "UserName": "backup",
        "Action": "backup:StartBackupJob",
        "Text": "User: arn:aws:iam::123456789012:user/team/backup is not authorized to backup",
        "Condition": {"StringEquals": {"aws:username": ["backup", "other"]}},
        "Trust": "AROAEXAMPLEEXAMPLE12:backup",
    }
    changed = rewriter.record("x", record)
    assert changed["UserName"] == user
    assert changed["Action"] == "backup:StartBackupJob"
    assert changed["Text"] == f"User: arn:aws:iam::123456789012:user/team/{user} is not authorized to backup"
    assert changed["Condition"] == {"StringEquals": {"aws:username": [user, "other"]}}
    assert changed["Trust"] == f"AROAEXAMPLEEXAMPLE12:{user}"


def test_what_is_awss_own_is_never_touched() -> None:
    _, rewriter = made({"administrator": ValueKind.LOGIN})
    text = "arn:aws:iam::aws:policy/AdministratorAccess"
    assert rewriter.text(text) == text


def test_a_pattern_over_names_is_no_name() -> None:
    _, rewriter = made({"svc": ValueKind.LOGIN})
    for text in ("arn:aws:iam::*:user/svc-*", "arn:aws:iam::123456789012:user/${aws:username}"):
        assert rewriter.text(text) == text


def test_policies_inside_of_text_stay_policies() -> None:
    dictionary, rewriter = made({"anna.kowalska": ValueKind.LOGIN, "123456789012": ValueKind.ACCOUNT})
    user, account = pseudonym(dictionary, "anna.kowalska"), pseudonym(dictionary, "123456789012")
    policy = {"Principal": {"AWS": "arn:aws:iam::123456789012:user/anna.kowalska"}, "N": 123456789012}
    changed = rewriter.record("x", {"Content": json.dumps(policy, indent=1)})
    assert json.loads(changed["Content"]) == {
        "Principal": {"AWS": f"arn:aws:iam::{account}:user/{user}"}, "N": int(account),
    }  # fmt: skip


@pytest.mark.parametrize(
    "hidden",
    [
        "https://portal.example/?user=zo%C3%AB%20m%C3%BCller%40x",
        'a JSON text: "ZOË MÜLLER"',
        "decomposed: zoe\u0308 mu\u0308ller",
        "folder/zo~C3~AB~20m~C3~BCller/trust.json",
    ],
)
def test_other_spellings_are_found(hidden: str) -> None:
    dictionary, rewriter = made({"Zoë Müller": ValueKind.NAME})
    assert not list(LeakScan(dictionary).text("f", rewriter.text(hidden)))
    assert list(LeakScan(dictionary).text("f", hidden))


def test_the_last_look_sees_base64_and_markup() -> None:
    dictionary, _ = made({"anna.kowalska": ValueKind.LOGIN})
    scan = LeakScan(dictionary)
    for lead in ("", "x", "xy"):
        coded = base64.b64encode(f"{lead}anna.kowalska, and more".encode()).decode()
        assert [leak.how for leak in scan.text("f", coded)] == ["inside of base64"]
    assert list(scan.markup("f", "<td>anna<wbr>.kow&#97;lska</td>"))
    assert list(scan.markup("f", '<a title="anna.kowalska">x</a>'))
    assert not list(scan.markup("f", "<td>anna</td><td>kowalska</td>"))


TAGS: list[tuple[dict[str, Any], bool]] = [
    ({"Tags": [{"Key": "Owner", "Value": "Mia Ruiz"}]}, True),
    ({"tags": {"owner": "Mia Ruiz"}}, True),
    ({"Condition": {"StringEquals": {"aws:PrincipalTag/owner": "Mia Ruiz"}}}, True),
    ({"Tags": [{"Key": "team", "Value": "Mia Ruiz"}]}, False),
    ({"Source": {"Owner": "Mia Ruiz"}}, False),
]


@pytest.mark.parametrize(("record", "person"), TAGS)
def test_owner_tags_name_people(record: dict[str, Any], person: bool) -> None:
    places = MemberClassifier(ALL, ())
    kinds = []

    def leaf(text: str, path: tuple[str, ...], siblings: dict[str, Any]) -> str:
        kinds.append((text, places.kind("iam.authorization-details", path, siblings)))
        return text

    RecordWalk(leaf, lambda name, _path: name).value(record)
    assert (("Mia Ruiz", ValueKind.OWNER) in kinds) is person


def test_names_of_accounts_are_found_in_run_json_too() -> None:
    assert MemberClassifier(ALL, ()).kind("run", ("account_states", "name"), {}) is ValueKind.ACCOUNT_NAME
    assert MemberClassifier(RedactionPolicy(), ()).kind("run", ("account_states", "name"), {}) is None


def test_free_text_goes_when_the_policy_says_so() -> None:
    _, rewriter = made({}, RedactionPolicy(free_text="remove"))
    record = {"Description": "Anna asked for it", "Name": "x"}
    assert rewriter.record("iam.authorization-details", record) == {"Description": REMOVED, "Name": "x"}
    _, rewriter = made({})
    assert rewriter.record("iam.authorization-details", record) == record
