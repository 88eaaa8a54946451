"""Copies of small bundles: what changes, what must not, and what the copy concludes."""

import base64
import json
import re
import shlex
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from evidence.bundle import Bundle
from evidence.bundle.format import names
from evidence.bundle.format.models import Redaction
from evidence.bundle.write.attachments import attach
from evidence.controls.engine import run_tests
from evidence.controls.results import Results
from evidence.errors import ConfigError, EvidenceError
from evidence.redact import statements as rewriting
from evidence.redact.copy import RedactedCopy
from evidence.redact.dictionary import Dictionary
from evidence.redact.gather import build_dictionary, personal_values
from evidence.redact.key import RedactionKey
from evidence.redact.places import MemberClassifier
from evidence.redact.policy import RedactionPolicy, read_policy
from evidence.redact.pseudonyms import Pseudonyms
from evidence.redact.rewrite import Rewriter
from evidence.redact.scan import LeakScan, leaks_at_known_members
from evidence.redact.vocabulary import ordinary_words
from evidence.statements.files import (
    NOTHING_STATED,
    Statements,
    read_statements,
    statements_in,
)
from tests.controls import world as records
from tests.controls.statements import EVERY_ATTESTATION, attestation, exception, stated, toml
from tests.controls.test_partners import ORGANIZATION as FOREIGN
from tests.controls.test_partners import partner
from tests.controls.test_trust import OUTSIDER, STRANGER, trusting
from tests.controls.world import IAM, World, good, key, password
from tests.controls.world_records import ADMINISTRATOR, document, role, user
from tests.support.bundles import ACCOUNT, ACCOUNT_TARGET, NOW, ORGANIZATION_TARGET
from tests.support.identity import signer

KEY = RedactionKey(bytes(range(32)))
SAMPLES = Path(__file__).parents[2] / "samples"


@dataclass(frozen=True)
class Made:
    """A bundle and its copy, both tested."""

    origin: Bundle
    before: Results
    copy: Bundle
    after: Results
    dictionary: Dictionary
    stated: Statements

    def both(self, test: str) -> tuple[Any, Any]:
        return tuple(
            next(one for one in results.tests if one.id == test) for results in (self.before, self.after)
        )


def redact(
    parent: Path,
    world: World,
    policy: RedactionPolicy | None = None,
    given: Statements = NOTHING_STATED,
    **options: Any,
) -> Made:
    world.options |= {"signer": signer(), **options}
    origin = world.written(parent / "origin")
    places = MemberClassifier(policy or RedactionPolicy(accounts=True), ("owner",))
    dictionary = build_dictionary(origin, given, places, Pseudonyms(KEY), ordinary_words())
    rewriter = Rewriter(dictionary, places)
    redaction = Redaction(
        origin=origin.digest, classes=places.policy.classes, policy="0" * 64, key=KEY.name(), tool="t"
    )
    copying = RedactedCopy(origin, rewriter, redaction, places.policy.attachments == "keep")
    copy = copying.write(parent / "copy", NOW + timedelta(days=30))
    before = run_tests(origin, statements=given)
    files = rewriting.redact_statements(given, before, rewriter, KEY, copying.documents)
    for name, content in files.items():
        (parent / "copy" / name).write_bytes(content)
    new = statements_in(parent / "copy")
    assert not list(
        leaks_at_known_members(dictionary, personal_values(copy, new, places, Pseudonyms(KEY)), "copy")
    )
    return Made(origin, before, copy, run_tests(copy, statements=new), dictionary, new)


def conclusions(results: Results) -> list[tuple[object, ...]]:
    return [
        (one.id, one.conclusion, one.exceptions, one.accepted, one.not_determined) for one in results.tests
    ]


@pytest.mark.parametrize(
    "policy", [RedactionPolicy(), RedactionPolicy(accounts=True), RedactionPolicy(free_text="remove")]
)
def test_the_copy_concludes_the_same_and_shows_nothing(tmp_path: Path, policy: RedactionPolicy) -> None:
    made = redact(tmp_path, good(), policy)
    assert conclusions(made.after) == conclusions(made.before)
    scan = LeakScan(made.dictionary)
    for file in made.copy.root.rglob("*"):
        if file.is_file() and file.suffix not in (".p7s", ".pem"):
            assert not list(scan.text(file.name, file.read_text())), file
        assert not list(scan.text("a name", str(file.relative_to(made.copy.root))))
    assert (ACCOUNT in str(made.copy.root.name)) is not policy.accounts
    assert not (made.copy.root / "seal").exists(), "nobody has looked it over yet"


def test_a_sample_of_pseudonyms_rests_on_the_order_of_the_origin(tmp_path: Path) -> None:
    made = redact(tmp_path, good())
    before, after = made.both("SAMPLE")
    assert (before.conclusion, len(before.rows)) == (after.conclusion, len(after.rows))
    assert "only the origin can show it" in after.rows[0].note
    old, new = made.origin.run.samples[0], made.copy.run.samples[0]
    assert set(new.order) and not set(new.order) & set(old.chosen)
    # Digests of ARNs would tell the account id to whoever tries all of them.
    assert new.population_digest != old.population_digest
    people = redact(tmp_path / "people", good(), RedactionPolicy())
    assert people.copy.run.samples[0].order == ()
    assert people.both("SAMPLE")[0].conclusion == people.both("SAMPLE")[1].conclusion


def test_an_order_counts_in_redacted_bundles_only(tmp_path: Path) -> None:
    world = good()
    selection = world.selection()
    world.options["samples"] = [selection.model_copy(update={"order": tuple(reversed(selection.chosen))})]
    result = next(one for one in run_tests(world.written(tmp_path)).tests if one.id == "SAMPLE")
    assert "only the origin can show it" not in result.rows[0].note


def test_records_stay_on_their_lines_and_the_copy_names_its_origin(tmp_path: Path) -> None:
    made = redact(tmp_path, good())
    assert made.copy.run.redacted_from is not None
    assert made.copy.run.redacted_from.origin == made.origin.digest
    for old, new in zip(made.origin.run.units, made.copy.run.units, strict=True):
        assert (old.item, old.records, old.outcome, len(old.files)) == (
            new.item,
            new.records,
            new.outcome,
            len(new.files),
        )
    assert made.copy.name == f"{made.origin.name}-redacted".replace(ACCOUNT, made.copy.run.accounts[0])


ADMINISTRATOR_MEMBERS = ("reason", "approver", "approved_on", "expires_on")
EXCEPTIONS: list[tuple[str, dict[str, Any], int]] = [
    ("arn:aws:iam::123456789012:user/dormant", {}, 1),
    ("arn:aws:iam::123456789012:user/dor*", {}, 1),
    ("arn:aws:iam::123456789012:user/*", {"maximum_matches": 9}, 2),
    ("arn:aws:iam::123456789012:user/*", {"maximum_matches": 1}, 0),
    ("arn:aws:iam::*:user/nobody-*", {}, 0),
    ("*", {"maximum_matches": 9}, 0),
    ("arn:aws:iam::*:user/*", {"maximum_matches": 9}, 0),
    ("arn:aws:iam::123456789012:user/dormant", {"approver": "TODO"}, 0),
    ("arn:aws:iam::123456789012:user/dormant", {"reason": "\u200b"}, 0),
    ("arn:aws:iam::123456789012:user/dormant", {"compensating_control": "<control>"}, 0),
]


def two_without_mfa() -> World:
    world = good()
    for row in world.report[1:]:
        row.update(password_enabled="true", mfa_active="false", password_last_used="N/A")
    return world


@pytest.mark.parametrize(("subject", "changes", "accepted"), EXCEPTIONS)
def test_accepted_exceptions_accept_the_same(
    tmp_path: Path, subject: str, changes: dict[str, Any], accepted: int
) -> None:
    given = stated(tmp_path, [exception("MFA-1", subject, **changes)])
    made = redact(tmp_path, two_without_mfa(), given=given)
    before, after = made.both("MFA-1")
    assert before.accepted == after.accepted == accepted
    assert [one.problem for one in made.before.exception_findings] == [
        one.problem for one in made.after.exception_findings
    ]
    assert made.stated.exceptions is not None
    text = made.stated.exceptions.content.decode()
    assert not any(word in text for word in ("dormant", "dor*", "nobody", "Falk", ACCOUNT))


def test_texts_that_are_removed_still_say_something(tmp_path: Path) -> None:
    subject = "arn:aws:iam::123456789012:user/dormant"
    given = stated(tmp_path, [exception("MFA-1", subject)], EVERY_ATTESTATION)
    made = redact(tmp_path, two_without_mfa(), RedactionPolicy(free_text="remove"), given)
    assert conclusions(made.after) == conclusions(made.before)
    for results in (made.before, made.after):
        assert results.exception_findings == results.attestation_findings == ()
    before, after = made.both("MFA-1")
    assert before.accepted == after.accepted == 1
    assert made.stated.exceptions is not None
    assert "Needed until the move." not in made.stated.exceptions.content.decode()


ADMINISTRATORS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("arn:aws:iam::123456789012:role/rescue-a", {}, ["met", "exception"]),
    ("arn:aws:iam::123456789012:role/rescue-*", {"maximum_matches": 2}, ["met", "met"]),
    ("arn:aws:iam::123456789012:role/rescue-*", {"maximum_matches": 1}, ["exception", "exception"]),
    ("arn:aws:iam::123456789012:role/other", {}, ["exception", "exception"]),
]


@pytest.mark.parametrize(("named", "changes", "verdicts"), ADMINISTRATORS)
def test_administrators_are_named_in_the_copy_too(
    tmp_path: Path, named: str, changes: dict[str, Any], verdicts: list[str]
) -> None:
    entry = {name: value for name, value in exception("", "").items() if name in ADMINISTRATOR_MEMBERS}
    entry |= {"role": named, "who": "the team on call"} | changes
    (tmp_path / "exceptions.toml").write_text(toml("administrator", [entry]), encoding="utf-8")
    world = good()
    world.records["iam.authorization-details"][ACCOUNT_TARGET] += [
        role(f"rescue-{letter}", attached=(ADMINISTRATOR,)) for letter in "ab"
    ]
    made = redact(tmp_path, world, given=read_statements({"exceptions": tmp_path / "exceptions.toml"}))
    for result in made.both("PRIV-2"):
        assert [row.verdict for row in result.rows] == verdicts
    # A pattern that takes too many matches nothing in the copy: either way it accepts none.
    assert len(made.before.exception_findings) == len(made.after.exception_findings)
    assert made.stated.exceptions is not None
    text = made.stated.exceptions.content.decode()
    assert not any(word in text for word in ("Falk", ACCOUNT))


@pytest.mark.parametrize("free_text", ["names", "remove"])
def test_responses_and_numbers_are_the_same_in_the_copy(free_text: Any, tmp_path: Path) -> None:
    entry = {
        "test": "MFA-1", "subject": "arn:aws:iam::123456789012:user/dormant",
        "response": "Ines Falk deletes it.", "owner": "Ines Falk, CISO", "due_on": date(2026, 12, 1),
    }  # fmt: skip
    (tmp_path / "responses.toml").write_text(toml("responses", [entry]), encoding="utf-8")
    control = {"id": "AC-1", "title": "MFA, says Falk", "tests": ["MFA-1"], "owner": "Ines Falk, CISO"}
    control["frequency"] = "each quarter, by Falk"
    (tmp_path / "controls.toml").write_text(toml("controls", [control]), encoding="utf-8")
    asked = {"number": "7", "text": "As Ines Falk asked", "tests": ["MFA-1"]}
    empty = {"number": "8", "text": "TODO", "tests": ["MFA-1"]}
    (tmp_path / "requests.toml").write_text(toml("requests", [asked, empty]), encoding="utf-8")
    policy = RedactionPolicy(accounts=True, free_text=free_text)
    made = redact(tmp_path, two_without_mfa(), policy, given=statements_in(tmp_path))
    for results in (made.before, made.after):
        (answered,) = [row for test in results.tests for row in test.rows if row.response]
        assert results.response_findings == ()
        assert results.controls_of("MFA-1")[0].id == "AC-1"
        assert results.requests_of("MFA-1") == ("7",)
        assert [found.subject for found in results.request_findings] == ["8"]
    assert answered.response is not None
    assert answered.response.due_on == date(2026, 12, 1)
    given = [file.content.decode() for _, file in made.stated.given()]
    assert len(given) == 3
    assert not any(word in text for text in given for word in ("Falk", ACCOUNT, "dormant"))
    words = ("MFA, says", "deletes", "each quarter", "asked")
    kept = [word for word in words if any(word in text for text in given)]
    assert kept == ([] if free_text == "remove" else list(words))


@pytest.mark.parametrize("policy", [RedactionPolicy(), RedactionPolicy(accounts=True)])
@pytest.mark.parametrize("account", [ACCOUNT, "*", "${aws:PrincipalAccount}"])
def test_what_is_wide_is_wide_in_the_copy(tmp_path: Path, policy: RedactionPolicy, account: str) -> None:
    wide = document(Action="iam:*", Resource=f"arn:aws:iam::{account}:*")
    climbs = document(Action="iam:PutRolePolicy", Resource=f"arn:aws:iam::{account}:role/*")
    world = good()
    world.records["iam.authorization-details"][ACCOUNT_TARGET] += [
        role("wide", RolePolicyList=[{"PolicyName": "p", "PolicyDocument": wide}]),
        role("climbs", RolePolicyList=[{"PolicyName": "p", "PolicyDocument": climbs}]),
    ]
    made = redact(tmp_path, world, policy)
    for test in ("PRIV-2", "PRIV-7"):
        assert [result.exceptions for result in made.both(test)] == [1, 1]


@pytest.mark.parametrize("kept", [True, False])
def test_documents_are_left_out_or_kept_and_still_attest(tmp_path: Path, kept: bool) -> None:
    (tmp_path / "screen of anna.png").write_bytes(b"\x89PNG pixels")
    attach(
        tmp_path / "screen of anna.png", tmp_path / "attachments", item="identity-center.instance",
        by="Anna Kowalska", note="Anna Kowalska's screen", known=["identity-center.instance"], now=NOW,
    )  # fmt: skip
    document = next(one.name for one in (tmp_path / "attachments").iterdir() if one.name.startswith("screen"))
    given = stated(tmp_path, attestations=[attestation("ATT-1", document=document)])
    policy = RedactionPolicy(attachments="keep" if kept else "drop")
    made = redact(tmp_path, good(), policy, given, attachments=tmp_path / "attachments")
    (entry,) = made.copy.attachments
    content = made.copy.read(entry.file)
    assert (content == b"\x89PNG pixels") is kept
    if not kept:
        assert made.origin.attachments[0].sha256 in content.decode()
    assert "nna" not in entry.model_dump_json()
    before, after = made.both("ATT-1")
    assert before.conclusion == after.conclusion
    assert str(after.conclusion) == "attested"


def test_people_called_as_our_words_and_the_bundles_are_shown_nowhere(tmp_path: Path) -> None:
    """`mark` is a word of our sources, and here one of the bundle's own policies too."""
    world = good()
    world.report[1].update(user="mark", arn=f"arn:aws:iam::{ACCOUNT}:user/mark")
    world.report[2].update(user="grace", arn=f"arn:aws:iam::{ACCOUNT}:user/grace")
    policy = document(Action=["mark:Read", "s3:GetObject"], Resource="arn:aws:s3:::mark-private-bucket/*")
    named = role(
        "grace-admin", RolePolicyList=[{"PolicyName": "p", "PolicyDocument": policy}], Description="ask Mark"
    )
    world.records["iam.authorization-details"][ACCOUNT_TARGET] += [named]
    given = stated(
        tmp_path, [exception("MFA-1", f"arn:aws:iam::{ACCOUNT}:user/mark", reason="Mark asked Grace")]
    )
    made = redact(tmp_path, world, RedactionPolicy(), given)
    assert conclusions(made.after) == conclusions(made.before)
    assert made.stated.exceptions is not None
    files = [file for file in made.copy.root.rglob("data/**/*") if file.is_file()]
    for text in (made.stated.exceptions.content.decode(), *(file.read_text() for file in files)):
        assert not re.search(r"(?i)(?<![a-z0-9])(?:mark|grace)(?![a-z0-9])", text)


def test_what_cannot_be_replaced_is_seen(tmp_path: Path) -> None:
    world = good()
    world.report[1].update(
        user="svc-ledger-long-name", arn=f"arn:aws:iam::{ACCOUNT}:user/svc-ledger-long-name"
    )
    (target,) = world.records["iam.password-policy"]
    coded = base64.b64encode(b"owner: svc-ledger-long-name").decode()
    world.records["iam.password-policy"][target][0]["Blob"] = coded
    made = redact(tmp_path, world)
    text = next(made.copy.root.rglob("password-policy.jsonl")).read_text()
    assert [leak.how for leak in LeakScan(made.dictionary).text("f", text)] == ["inside of base64"]


WRONG: list[tuple[str, str]] = [
    ("version = '2'", "version"),
    ("peeple = true", "peeple: unknown key"),
    ("accounts = true\naccess_keys = false", "accounts needs access_keys"),
    ("people = false\naccess_keys = false\naddresses = false", "nothing is redacted"),
    ("= 1", "not valid TOML"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_wrong_policies_are_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "policy.toml").write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_policy(tmp_path / "policy.toml")


def test_the_sample_policy_states_the_defaults() -> None:
    assert read_policy(SAMPLES / "redaction.toml").policy == RedactionPolicy(accounts=True)


def test_the_mapping_of_a_key_is_stable(tmp_path: Path) -> None:
    one, other = redact(tmp_path / "1", good()), redact(tmp_path / "2", good())
    assert list(one.dictionary.entries()) == list(other.dictionary.entries())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"user,arn\nroot,a,more\n", "longer than argument"),
        (b"user,user\na,b\n", "a column of it stands twice"),
        (b'user\n"a"b\n', "not a CSV file"),
        (b"", "not enough values"),
    ],
)
def test_a_table_that_cannot_be_read_is_not_redacted(content: bytes, why: str, tmp_path) -> None:
    with pytest.raises(EvidenceError, match=f"credential-report.csv cannot be redacted: .*{why}"):
        redact(tmp_path, good(), files={f"{ACCOUNT}/iam/credential-report.csv": content})


@pytest.mark.parametrize("policy", [RedactionPolicy(), RedactionPolicy(accounts=True)])
def test_partners_are_known_in_the_copy_by_the_same_pseudonyms(tmp_path: Path, policy) -> None:
    world = good()
    trusting(OUTSIDER)(world)
    trusting("*", {"StringEquals": {"aws:PrincipalOrgID": FOREIGN}}, name="org")(world)
    trusting(
        {"Federated": f"{IAM}:oidc-provider/acme.okta.com"},
        {"StringEquals": {"acme.okta.com:aud": "client-1"}},
        name="okta",
    )(world)
    path = tmp_path / "partners.toml"
    entries = [
        partner(),
        partner(organization=FOREIGN),
        partner(issuer="acme.okta.com", reason="By Ines Falk"),
    ]
    path.write_text(toml("partner", entries))
    made = redact(tmp_path, world, policy, read_statements({"exceptions": path}))
    before, after = made.both("TRUST-1")
    assert before.conclusion == after.conclusion
    assert before.exceptions == after.exceptions == 0
    assert [row.verdict for row in before.rows] == [row.verdict for row in after.rows]
    assert made.after.exception_findings == ()
    assert made.stated.exceptions is not None
    written = made.stated.exceptions.content.decode()
    assert "Ines Falk" not in written
    assert (STRANGER in written) is not policy.accounts
    assert [entry.issuer for entry in made.stated.exceptions.said.partner] == ["", "", "acme.okta.com"]


LISTED = """name;manager;id;email;started;left;contractor
Ingrid Solheim;;ingrid;Ingrid.Solheim@x.example;2025-01-01;;no

Tomas "Tom" Lindqvist;Ingrid Solheim;;t.lindqvist@x.example;2025-01-01;2026-01-31;yes
Olga Quill;ingrid;olga.quill;;2027-01-01;;no
Nobody Else;t.lindqvist@x.example;contractor;n.else@x.example;;;no
"""


def test_a_list_of_people_says_the_same_in_the_copy(tmp_path: Path) -> None:
    world = good()
    (ingrid, tomas) = world.records["identity-store.users"][ORGANIZATION_TARGET]
    ingrid |= {"Emails": [{"Value": "ingrid.solheim@X.example", "Primary": True}]}
    tomas |= {"Emails": [{"Value": "t.lindqvist@x.example", "Primary": True}]}
    (held,) = world.records["identity-center.assignments"][ORGANIZATION_TARGET]
    direct = held | {"PrincipalType": "USER", "PrincipalId": tomas["UserId"]}
    world.records["identity-center.assignments"][ORGANIZATION_TARGET].append(direct)
    owned = user("svc-x", Tags=[{"Key": "owner", "Value": "ingrid.solheim@x.example"}])
    world.records["iam.authorization-details"][ACCOUNT_TARGET] += [user("olga.quill"), owned]
    world.report += [records.row("olga.quill", **password(30, 1)), records.row("svc-x", **key(1, 30, 1))]
    (tmp_path / "hr.csv").write_text(LISTED, encoding="utf-8")
    made = redact(tmp_path, world, given=read_statements({"people": tmp_path / "hr.csv"}))
    for test in ("JML-1", "JML-2", "JML-3", "JML-4"):
        before, after = made.both(test)
        assert [(row.verdict, row.attributes["line"]) for row in before.rows] == [
            (row.verdict, row.attributes["line"]) for row in after.rows
        ]
        assert before.exceptions == 1
    assert made.stated.people is not None
    written = made.stated.people.content.decode()
    assert written.splitlines()[0] == "name,manager,id,email,started,left,contractor"
    assert not any(word in written.lower() for word in ("ingrid", "tom", "olga", "quill", "x.example"))
    listed = made.stated.people.said.people
    assert [one.line for one in listed] == [2, 4, 5, 6]


def test_commands_and_joined_facts_hold_pseudonyms(tmp_path: Path) -> None:
    world = good()
    detail = user("olga.quill", AttachedManagedPolicies=[{"PolicyArn": ADMINISTRATOR}])
    world.records["iam.authorization-details"][ACCOUNT_TARGET].append(detail)
    world.report.append(records.row("olga.quill", **password(30, 1, mfa=False)))
    made = redact(tmp_path, world)
    before, after = made.before.joined, made.after.joined
    assert [(one.id, one.severity, one.tests) for one in before] == [
        (one.id, one.severity, one.tests) for one in after
    ]
    assert [one.id for one in after] == ["administrator-without-mfa"]
    assert "quill" not in made.after.to_bytes().decode()
    assert ACCOUNT not in "".join(fact.model_dump_json() for fact in after)
    (old,), (new,) = (one.remedy.cli[-1:] for one in (before[0], after[0]))
    pseudonym = after[0].subject.rpartition("/")[2]
    assert shlex.split(old)[-1] == "olga.quill"
    assert shlex.split(new)[-1] == pseudonym


def test_people_in_events_are_replaced_those_who_are_gone_too(tmp_path: Path) -> None:
    """A user that was deleted stands in no other evidence."""
    key, gone = "AKIAGONEGONEGONEGONE", "greta.gone"
    full = {
        "userIdentity": {"type": "IAMUser", "userName": "lead.lena", "arn": f"{IAM}:user/lead.lena"},
        "requestParameters": {"userName": gone, "accessKeyId": key},
        "sourceIPAddress": "198.51.100.77",
    }
    event = {
        "EventName": "DeleteAccessKey", "EventTime": NOW.isoformat(), "EventSource": "iam.amazonaws.com",
        "Username": "lead.lena", "CloudTrailEvent": json.dumps(full),
    }  # fmt: skip
    world = good()
    world.records["cloudtrail.access-events"][ACCOUNT_TARGET].append({"Region": "us-east-1", "Event": event})
    made = redact(tmp_path, world)
    (unit,) = made.copy.units("cloudtrail.access-events")
    with made.copy.open(unit.files[0]) as lines:
        shown = lines.read().decode()
    assert not [word for word in (gone, key, "lena", "198.51.100.77", ACCOUNT) if word in shown]
    assert "DeleteAccessKey" in shown
    before, after = made.both("IDC-2")
    assert before.conclusion == after.conclusion


APPROVERS = [
    ("Oskar Lindgren, CISO and Tomasz Wierzbicki, CTO", "Tomasz Wierzbicki", "CISO CTO"),
    ("Zebrowska, Agnieszka", "Agnieszka", ""),
    ("Ines Falkenrath; CISO", "Falkenrath", "CISO"),
    ("Petra Grossmann/Head of IT", "Grossmann", "Head of IT"),
    ("Team Security, approved by Henrietta Quigley", "Quigley", "Team Security approved by"),
    ("Anna Weißgerber", "WEISSGERBER", ""),
    ("Ann-Sofie O’Halloran", "O'Halloran Halloran Sofie O\u02bchalloran", ""),
    ("Ｉｎｅｓ Ｆａｌｋ", "Ines Falk", ""),
    ("İpek Çelikoglu", "ipek çelikoglu c\u0327elikoglu", ""),
    ("Jürgen Groß (CISO) – Łukasz Żak", "JU\u0308RGEN GROSS łukasz żak", "CISO"),
    ("ines.falkenrath@northwind.example", "Falkenrath", "northwind example"),
    ("आशा शर्मा 2026", "शर्मा", "2026"),
    ("Zoe\u0308 Falkenrath & 김민준", "Zoë 김민준 Fal\u00adkenrath", ""),
]


@pytest.mark.parametrize("member", ["approver", "who"])
@pytest.mark.parametrize(("written", "shown", "stays"), APPROVERS)
def test_no_part_of_a_name_is_shown_in_a_reason(
    tmp_path: Path, written: str, shown: str, stays: str, member: str
) -> None:
    entry = {name: value for name, value in exception("", "").items() if name in ADMINISTRATOR_MEMBERS}
    entry |= {"role": f"arn:aws:iam::{ACCOUNT}:role/rescue", "who": "on call"}
    entry |= {"reason": f"Asked: {shown}. Kept: {stays}.", member: written}
    (tmp_path / "exceptions.toml").write_text(toml("administrator", [entry]), encoding="utf-8")
    made = redact(tmp_path, good(), given=read_statements({"exceptions": tmp_path / "exceptions.toml"}))
    assert made.stated.exceptions is not None
    (after,) = made.stated.exceptions.said.administrator
    asked, _, kept = after.reason.partition(" Kept: ")
    assert kept == f"{stays}."
    asked = re.sub(r"(?:name|mail)-[a-z2-7]{16}", "", asked)
    assert not re.search(r"\w", asked.removeprefix("Asked")), asked
    assert not list(LeakScan(made.dictionary).text("f", made.stated.exceptions.content.decode()))
    assert list(LeakScan(made.dictionary).text("f", shown))


def test_paths_that_are_too_long_today_are_shortened_wherever_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bundles of before paths had a limit are read, and have redacted copies too."""
    world = good()
    folder = f"{ACCOUNT}/iam/sample-role-policies"
    long = f"{folder}/{'team.falkenrath-' * 3}deploys-production/attached-AdministratorAccess.json"
    world.options["files"] = {long: b"{}\n"}

    def written(parent: Path) -> Bundle:
        with monkeypatch.context() as before:
            before.setattr(names, "MAX_PATH", names.MAX_PATH_READ)
            return World.written(world, parent)

    monkeypatch.setattr(world, "written", written)
    made = redact(tmp_path, world, RedactionPolicy())
    (shown,) = (path for path in made.copy.hashes if path.startswith(f"{folder}/"))
    assert re.fullmatch(rf"{folder}/term-[a-z2-7]{{16}}/term-[a-z2-7]{{16}}\.json", shown)
    assert shown in [path for unit in made.copy.units("iam.sample-role-policies") for path in unit.files]
    assert conclusions(made.after) == conclusions(made.before)
