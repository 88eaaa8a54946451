"""Wrong declarations of tests of controls are refused in one clear sentence; topics make the order."""

import dataclasses
from typing import Any

import pytest

from evidence.collectors.base import catalogue as collectors
from evidence.controls import declaration, topics
from evidence.controls.catalogue import catalogue
from evidence.controls.declaration import ControlTest, ControlTopic, Family, register
from evidence.readers.access_review import DECISIONS

KNOWN = catalogue()


@pytest.fixture(autouse=True)
def _registry_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(declaration, "registry", dict(KNOWN))


def declared(**members: Any) -> ControlTest:
    return dataclasses.replace(KNOWN["KEY-1"], **{"id": "BACKUP-1"} | members)


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"id": "key_1"}, "is a word and a number, like KEY-1; 'key_1' is not."),
        ({"id": "KEY-01"}, "'KEY-01' is not."),
        ({"id": "ATT-X-1"}, "'ATT-X-1' is not."),
        ({"id": "CONTACTS-OF-ACCOUNTS-1"}, "is not."),
        ({"id": "CERTIFICATEEXPIRY-1"}, "is not."),
        ({"id": "KEY-1"}, "Two tests of controls declare the id KEY-1; take the next number that is free."),
        ({"topic": "Root"}, "declares the topic 'Root'; take one of controls/topics.py instead."),
        ({"topic": ControlTopic("Root")}, "and ROOT-1 declare the topic 'Root' differently; share one."),
        (
            {"criteria": ()},
            "BACKUP-1 is in the family controls and serves no criterion; controls serve some,",
        ),
        ({"family": Family.RELIABILITY}, "BACKUP-1 is in the family reliability and serves CC6.1"),
        ({"empty": ""}, "BACKUP-1 says nothing as its empty;"),
        ({"limits": " "}, "BACKUP-1 has blank limits; say what it cannot show, or leave them out."),
        ({"needs": ("iam",)}, "BACKUP-1 reads the item 'iam', which is not like iam.credential-report."),
        ({"uses": ("IAM.Users",)}, "BACKUP-1 reads the item 'IAM.Users'"),
    ],
)
def test_a_wrong_declaration_is_refused_in_one_sentence(members: dict, sentence: str) -> None:
    with pytest.raises((ValueError, TypeError)) as refused:
        register(declared(**members))
    assert sentence in str(refused.value)
    assert set(declaration.registry) == set(KNOWN)


def test_topics_of_tests_own_stand_by_name_before_the_two_that_close_the_catalogue() -> None:
    backups, analytics = ControlTopic("Backups"), ControlTopic("Analytics")
    register(*(declared(id=f"BACKUP-{number}", topic=backups) for number in (10, 2)))
    register(declared(id="ANALYTICS-1", topic=analytics), declared(id="VAULT-1", topic=backups))
    tests = sorted(declaration.registry.values(), key=lambda test: test.place)
    names = list(dict.fromkeys(test.topic.name for test in tests))
    order = ["Identity Center", "Analytics", "Backups", "Completeness and accuracy", "Attested by management"]
    assert [name for name in names if name in order] == order
    assert [test.id for test in tests if test.topic == backups] == ["BACKUP-2", "BACKUP-10", "VAULT-1"]


def test_a_new_word_in_a_known_topic_comes_after_those_that_the_topic_names() -> None:
    register(declared(id="AGE-1", topic=topics.PEOPLE))
    words = [
        test.id.partition("-")[0]
        for test in sorted(declaration.registry.values(), key=lambda test: test.place)
        if test.topic == topics.PEOPLE
    ]
    assert [word for word in dict.fromkeys(words) if word in ("AGE", *topics.PEOPLE.prefixes)] == [
        "USER", "MFA", "KEY", "PWD", "AGE",
    ]  # fmt: skip


def test_every_item_that_a_test_reads_is_one_that_is_collected() -> None:
    read = {item for test in KNOWN.values() for item in (*test.needs, *test.uses)}
    assert read <= {*collectors(), DECISIONS}
