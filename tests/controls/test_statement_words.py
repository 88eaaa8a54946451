"""Statements are read as people read them: what shows nothing, or only holds a place, says nothing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.controls.acceptance import REQUIRED, REQUIRED_TO_NAME
from evidence.controls.attestations import REQUIRED as ATTESTED
from evidence.controls.catalogue import catalogue
from evidence.controls.engine import run_tests
from evidence.statements.shapes import StatedAdministrator, StatedPartner
from evidence.statements.words import unsaid, why_empty
from tests.controls.statements import EXCEPTION, attestation, exception, stated
from tests.controls.world import good, key, row
from tests.support.bundles import ACCOUNT, bundle_in_memory

PLACEHOLDERS = (
    "TODO", "todo:", "To do", "TODO: ask Ines", "tbd", "T.B.D.", "TBC by security", "FIXME", "xxx", "XXXXX",
    "x", "-", "--", "—", "…", "...", "?", "???", "who?", "Why?", "n/a", "N/A.", "n.a.", "na", "none", "null",
    "<name>", "<Name and role>", "Ines Falk, <role>", "{approver}", "{{ reason }}", "${APPROVER}", "[name]",
    "(to be filled in)", "Name", "name and role", "your name", "reason", "Approver", "_", "***", "0", "00",
    "ＴＯＤＯ", "to\u200bdo", "T\u00adODO", "👍", "test", "placeholder", "Lorem ipsum", "not applicable",
)  # fmt: skip
SAYS = (
    "Ines Falk, CISO", "Ines <ines@example.com>", "李", "田中太郎", "Анна", "Needed until the move.",
    "[SEC-12] by Ines",
    "Todor Penev, CTO", "Nanette, CFO", "None of the keys can be rotated.", "Test account of the bank",
    "Access is limited to < 5 people", "Costs $5000 a month", "Names are in the vault",
    "ok with the CISO, 2026",
    "e\u0301tat", "مراجعة", "Namespace of the team", "No budget until Q1", "Who: Ines Falk",
)  # fmt: skip
INVISIBLE = (
    "", " ", "\t\n", "\u200b", "\u200b\u200c\u200d", "\u2060", "\ufeff", "\u00ad", "\u202e\u202c",
    "\u2066\u2069",    "\u200e\u200f", "\u00a0\u2003", "\u3000", "\u2800", "\u3164", "\u115f\u1160", "\uffa0",
    "\u0301", "\ufe0f",
    "\U000e0041", "\x00\x07", "\ue000", "\u034f", "\u180e", "\u2028\u2029",
)  # fmt: skip


@pytest.mark.parametrize("text", INVISIBLE)
def test_what_nobody_sees_says_nothing(text: str) -> None:
    assert why_empty(text) in ("empty", "nothing in it is visible")


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_what_only_holds_a_place_says_nothing(text: str) -> None:
    assert why_empty(text) == "a placeholder"


@pytest.mark.parametrize("text", SAYS)
def test_what_people_write_says_something(text: str) -> None:
    assert why_empty(text) == ""


@pytest.mark.parametrize("turn", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_what_turns_the_direction_of_reading_is_not_what_was_approved(turn: str) -> None:
    assert why_empty(f"Ines {turn}OSIC") == "it turns the direction of reading"


UNSEEN = st.characters(categories=("Cc", "Cf", "Cn", "Co", "Zs", "Zl", "Zp", "Mn", "Me"))


@given(st.text(UNSEEN))
def test_no_text_of_controls_formats_spaces_and_marks_says_anything(text: str) -> None:
    assert why_empty(text)


@given(st.text(UNSEEN, max_size=4), st.sampled_from(("TODO", "tbd", "n/a", "who?", "<name>", "-")))
def test_nothing_unseen_makes_a_placeholder_say_something(unseen: str, text: str) -> None:
    plain = "".join(one for one in unseen if unicodedata.category(one) not in ("Mn", "Me"))
    assert why_empty(plain + text + plain)


@given(st.text(st.characters(categories=("Lu", "Ll"), codec="latin-1"), min_size=12, max_size=40))
def test_a_word_of_letters_says_something(text: str) -> None:
    if len(set(text.casefold())) > 1 and not text.casefold().startswith("xxx"):
        assert why_empty(f"{text} of the platform team") == ""


def test_none_is_an_answer_of_a_compensating_control_alone() -> None:
    assert why_empty("None.", ("none",)) == ""
    assert why_empty("none") == "a placeholder"
    assert why_empty("n/a", ("none",)) == "a placeholder"


KEY = f"arn:aws:iam::{ACCOUNT}:user/svc-ledger"


def accepted(folder, **changes: str):
    world = good()
    world.report[1] = row("svc-ledger", **key(1, 200, 1), mfa_active="true")
    entries = [exception("KEY-1", KEY, **changes)]
    return run_tests(world.bundle(), [catalogue()["KEY-1"]], stated(folder, exceptions=entries))


@pytest.mark.parametrize("name", [name for name in REQUIRED if isinstance(EXCEPTION[name], str)])
@pytest.mark.parametrize("text", ["\u200b", "TODO", "<name>", "\u3164", "-"])
def test_an_exception_that_says_nothing_accepts_nothing_and_names_entry_and_key(name, text, tmp_path) -> None:
    results = accepted(tmp_path, **{name: text})
    assert results.tests[0].exceptions == 1
    (found,) = results.exception_findings
    assert (found.entry, found.test, found.problem) == (1, "KEY-1", "incomplete")
    assert found.sentence == f"It does not say: {name} ({why_empty(text)})."


def test_an_exception_that_says_something_accepts(tmp_path) -> None:
    assert accepted(tmp_path).tests[0].accepted == 1


@pytest.mark.parametrize("name", ["statement", "attested_by"])
def test_an_attestation_that_says_nothing_attests_nothing(name, tmp_path) -> None:
    given_ = stated(tmp_path, attestations=[attestation("ATT-1", **{name: "\u200b\u2060"})])
    results = run_tests(bundle_in_memory(), [catalogue()["ATT-1"]], given_)
    assert results.tests[0].conclusion == "not concluded"
    assert results.attestation_findings[0].sentence == f"It does not say: {name} (nothing in it is visible)."
    assert set(ATTESTED) >= {name}


def test_criteria_of_ones_own_attestation_are_read_too(tmp_path) -> None:
    own = attestation("ATT-X-A", title="Leavers", criteria=["CC6.2", "\u200b"])
    results = run_tests(bundle_in_memory(), None, stated(tmp_path, attestations=[own]))
    assert results.attestation_findings[0].sentence == "It does not say: criteria (nothing in it is visible)."


@pytest.mark.parametrize("name", [name for name in REQUIRED_TO_NAME if not name.endswith("_on")])
def test_partners_and_administrators_are_read_the_same_way(name) -> None:
    said = {"who": "The auditors", "reason": "Their work", "approver": "Ines", "approved_on": "2026-09-01",
            "expires_on": "2026-12-31"}  # fmt: skip
    partner, role = {"account": "222222222222"}, {"role": f"arn:aws:iam::{ACCOUNT}:role/a"}
    for model, named in ((StatedPartner, partner), (StatedAdministrator, role)):
        assert unsaid(model.model_validate(said | named), REQUIRED_TO_NAME) == ""
        assert (
            unsaid(model.model_validate(said | named | {name: "tbd"}), REQUIRED_TO_NAME)
            == f"{name} (a placeholder)"
        )
