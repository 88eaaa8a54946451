"""The population that a test states is the one that it counts: counted again here, from the records alone.

Of the demo's bundle, of an account in good order and of accounts in bad order; nothing of the readers or the
rules is used.
"""

import csv
import functools
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from evidence.bundle import Bundle, open_bundle
from evidence.controls.catalogue import catalogue
from evidence.controls.counts import population_in_words
from evidence.controls.declaration import Conclusion
from evidence.controls.engine import run_tests
from evidence.controls.results import Results, TestResult
from evidence.controls.summary import table
from evidence.records import Outcome
from tests.controls.aggregated import aggregated
from tests.controls.world import ACCOUNT_TARGET, EU, World, good, key, password
from tests.controls.world import row as report_row
from tests.controls.world_records import EVERYTHING, NARROW, finding, policy, role, user
from tests.support.bundles import gap

SAMPLES = Path(__file__).parents[2] / "samples"
DETAILS = "iam.authorization-details"
SERVICE_LINKED, RESERVED = "/aws-service-role/", "/aws-reserved/sso.amazonaws.com/"
ENABLED = ("ENABLED", "ENABLED_BY_DEFAULT")


class Raw:
    """The records of a bundle as they are."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle, self.run = bundle, bundle.run
        self.accounts = len(bundle.run.accounts)

    def of(self, item: str, member: str = "") -> list[Any]:
        """The records of an item, or what each holds as a member, where it has that."""
        found = [
            located.value
            for unit in self.bundle.units(item)
            if unit.outcome is not Outcome.GAP
            for located in self.bundle.records(item, unit.target.target())
        ]
        return [one[member] for one in found if member in one] if member else found

    @functools.cached_property
    def users(self) -> list[dict[str, str]]:
        files = [file for unit in self.bundle.units("iam.credential-report") for file in unit.files]
        texts = [self.bundle.read(file).decode() for file in files if file.endswith(".csv")]
        rows = [row for text in texts for row in csv.DictReader(io.StringIO(text))]
        return [row for row in rows if row["user"] != "<root_account>"]

    @property
    def roles(self) -> list[dict[str, Any]]:
        return [one for one in self.of(DETAILS, "RoleDetail") if not one["Path"].startswith(SERVICE_LINKED)]

    @property
    def sampled(self) -> list[dict[str, Any]]:
        return [one for one in self.of("iam.sample-role-policies") if "Role" in one]

    @property
    def principals(self) -> int:
        """Users, groups and roles."""
        return sum(len(self.of(DETAILS, kind)) for kind in ("UserDetail", "GroupDetail", "RoleDetail"))

    @property
    def members(self) -> int:
        """Accounts of the organization that are active and do not manage it."""
        (organization,) = self.of("organizations.organization", "Organization")
        listed = self.of("organizations.accounts")
        accounts = [one.get("Account", one) for one in listed]
        return sum(
            one.get("State", one.get("Status")) == "ACTIVE" and one["Id"] != organization["MasterAccountId"]
            for one in accounts
        )


def keys(user_row: dict[str, str]) -> int:
    return sum(user_row[f"access_key_{number}_active"] == "true" for number in (1, 2))


def has_password(user_row: dict[str, str]) -> bool:
    return user_row["password_enabled"] == "true"


def policies(raw: Raw) -> tuple[int, int]:
    """Customer-managed and inline policies: all, and those that somebody holds."""
    owners = [one for kind in ("UserDetail", "GroupDetail", "RoleDetail") for one in raw.of(DETAILS, kind)]
    names = ("UserPolicyList", "GroupPolicyList", "RolePolicyList")
    inline = sum(len(one.get(name, ())) for one in owners for name in names)
    attached = {entry["PolicyArn"] for one in owners for entry in one["AttachedManagedPolicies"]}
    managed = [one["Arn"] for one in raw.of(DETAILS, "Policy") if ":aws:policy/" not in one["Arn"]]
    return len(managed) + inline, len(attached & set(managed)) + inline


def trusted(raw: Raw) -> tuple[int, int]:
    """Who may take a role, once a role; and of them, who is neither a service nor Identity Center."""
    found = {
        (one["Arn"], kind, name)
        for one in raw.roles
        for statement in one["AssumeRolePolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
        for kind, names in statement["Principal"].items()
        for name in ([names] if isinstance(names, str) else names)
    }
    return len(found), sum(kind != "Service" and RESERVED not in arn for arn, kind, _ in found)


def drawn(raw: Raw) -> int:
    """The draw of each account and of each of its strata that has roles."""
    return sum(1 + sum(bool(one.population) for one in entry.strata) for entry in raw.run.samples)


def regions(raw: Raw) -> int:
    return sum(one.in_scope for one in raw.run.regions)


def series(raw: Raw) -> int:
    return len({
        (one.item, one.account, one.region, one.service, one.operation)
        for one in raw.bundle.calls()
        if one.records is not None
    })  # fmt: skip


def sampled_policies(raw: Raw) -> int:
    managed = {entry["PolicyArn"] for one in raw.sampled for entry in one["AttachedPolicies"]}
    return len(managed) + sum(len(one["InlinePolicies"]) for one in raw.sampled)


def sampled_documents(raw: Raw) -> int:
    return sum(1 + len(one["InlinePolicies"]) + len(one["AttachedPolicies"]) for one in raw.sampled)


def other_credentials(raw: Raw) -> int:
    """Long-lived credentials that are no access keys; all that are listed here are active or have expired."""
    lists = ("SSHPublicKeys", "SigningCertificates")
    of_users = [one for user in raw.of("iam.user-credentials") for name in lists for one in user[name]]
    found = [*raw.of("iam.service-credentials"), *of_users]
    dormant = sum(one["Status"] == "Inactive" for one in found)
    return len(found) - dormant + len(raw.of("iam.server-certificates"))


def disabled(raw: Raw) -> int:
    return sum(one.get("UserStatus") != "ENABLED" for one in raw.of("identity-store.users"))


def assignments(raw: Raw) -> list[dict[str, Any]]:
    return raw.of("identity-center.assignments")


Count = Callable[[Raw], int]
POPULATIONS: dict[str, Count] = {
    **dict.fromkeys(("ROOT-1", "ROOT-2", "ROOT-4", "PWD-1"), lambda raw: raw.accounts),
    **dict.fromkeys(("PRIV-9", "CT-1", "AA-4"), lambda raw: raw.accounts),
    "ROOT-3": lambda raw: sum(one["AccountMFAEnabled"] for one in raw.of("iam.account-summary")),
    "ROOT-5": lambda raw: len(raw.of("organizations.organization", "Organization")),
    "ROOT-6": lambda raw: raw.members,
    "ORG-1": lambda raw: raw.members,
    "USER-1": lambda raw: len(raw.users),
    "USER-2": lambda raw: sum(bool(keys(one)) and not has_password(one) for one in raw.users),
    "USER-3": lambda raw: sum(bool(keys(one)) or has_password(one) for one in raw.users),
    "MFA-1": lambda raw: sum(map(has_password, raw.users)),
    "MFA-2": lambda raw: sum(map(has_password, raw.users)),
    "KEY-1": lambda raw: sum(map(keys, raw.users)),
    "KEY-2": lambda raw: sum(map(bool, map(keys, raw.users))),
    "KEY-3": other_credentials,
    "PRIV-1": lambda raw: policies(raw)[1],
    "PRIV-3": sampled_policies,
    "PRIV-4": sampled_documents,
    "PRIV-5": lambda raw: len(raw.sampled),
    "PRIV-6": lambda raw: sum(RESERVED not in one["Arn"] for one in raw.roles),
    "PRIV-8": lambda raw: len(raw.of(DETAILS, "UserDetail")),
    "TRUST-1": lambda raw: trusted(raw)[1],
    "SAMPLE": lambda raw: drawn(raw) + len(raw.roles),
    "CFG-1": lambda raw: regions(raw) + raw.accounts,
    "AA-1": regions,
    "IDC-1": lambda raw: len(raw.of("identity-center.instance", "Instance")),
    "IDC-3": lambda raw: len(assignments(raw)),
    "IDC-5": lambda raw: len(raw.of("identity-center.permission-sets")),
    "IDC-6": disabled,
    "IPE-1": lambda raw: 3 * raw.accounts,
    "IPE-2": lambda raw: 3 * raw.accounts,
    "IPE-3": lambda raw: raw.accounts,
    "IPE-4": lambda raw: len(raw.run.units),
    "IPE-5": series,
    "IPE-6": lambda raw: raw.accounts + len({one.item for one in raw.run.units}),
    "IPE-7": lambda _: 1,
    "IPE-8": lambda raw: raw.accounts,
    "IPE-9": lambda raw: sum(one.status in ENABLED for one in raw.run.regions),
}  # fmt: skip
CONSIDERED: dict[str, Count] = {
    "ROOT-6": lambda raw: len(raw.of("organizations.accounts")),
    "ORG-1": lambda raw: len(raw.of("organizations.accounts")),
    "USER-2": lambda raw: len(raw.users),
    "USER-3": lambda raw: len(raw.users),
    "PRIV-1": lambda raw: policies(raw)[0],
    "PRIV-7": lambda raw: raw.principals,
    "TRUST-1": lambda raw: trusted(raw)[0],
    "IDC-2": lambda raw: 5 + len(raw.of("identity-store.users")),
    "IPE-9": lambda raw: len(raw.of("account.regions")),
    "IPE-10": lambda raw: len(raw.of("organizations.accounts")),
}
INSPECTED: dict[str, Count] = {
    "SAMPLE": lambda raw: drawn(raw) + sum(len({*one.named, *one.chosen}) for one in raw.run.samples)
}
JUDGED = {
    "PRIV-2": "who is administrator is the finding itself; PRIV-7 considers the same principals",
    "IDC-4": "which sets have administrator power is the finding itself",
    "CFG-2": "rules by the settings, regions by the recorders", "CFG-3": "as CFG-2",
    "CFG-4": "by rule and resource, over results that differ by source", "CFG-5": "as CFG-4",
    "AA-2": "what several analyzers found of one access is one row", "AA-3": "as AA-2", "AA-5": "as AA-2",
    "AA-6": "as AA-2", "IPE-11": "the aggregator's own tests", "IPE-12": "a row a kind that is named",
    "IPE-13": "as IPE-12", "IPE-14": "as IPE-12", "IPE-15": "accounts with roles of Identity Center",
    **dict.fromkeys(("JML-1", "JML-2", "JML-3", "JML-4"), "needs a list of people; counted in tests/corpus"),
    "REV-2": "performed over an access review, and these worlds are evidence; counted in tests/corpus",
    "IPE-17": "regions in which Config gives a verdict; as CFG-4",
    "IPE-16": "files of the items that the ledger counts one for one",
}  # fmt: skip
"""Tests whose population is not counted here, each with why."""


def demo() -> Bundle:
    (folder,) = SAMPLES.glob("evidence-*")
    return open_bundle(folder)


def crowded() -> World:
    """People, service accounts and roles of all kinds, many of them in bad order."""
    world = good()
    world.report += [
        report_row("person", **password(300, 200, mfa=False)),
        report_row("both", **password(10, 1), **key(1, 300, None), **key(2, 5, 1)),
        report_row("idle", **key(1, 400, 300, active=False)),
    ]
    world.records[DETAILS][ACCOUNT_TARGET] += [
        *(user(name) for name in ("person", "both", "idle")),
        role("wide", RolePolicyList=[{"PolicyName": "all", "PolicyDocument": EVERYTHING}]),
        policy("arn:aws:iam::123456789012:policy/loose", NARROW),
    ]
    return world


def hidden() -> World:
    """A region's analyzers refused, and findings are open."""
    world = good()
    world.records["access-analyzer.findings"][EU] = [finding("f", "ACTIVE", public=True)]
    del world.records["config.recorders"][EU]
    world.options["gaps"] = [gap("config.recorders", EU)]
    return world


def unreadable() -> World:
    world = crowded()
    world.records["iam.mfa-devices"][ACCOUNT_TARGET].append({"SerialNumber": 5})
    return world


WORLDS: dict[str, Callable[[], Bundle]] = {
    "demo": demo,
    "good": lambda: good().bundle(),
    "crowded": lambda: crowded().bundle(),
    "hidden": lambda: hidden().bundle(),
    "unreadable": lambda: unreadable().bundle(),
    "aggregated": lambda: aggregated(good()).bundle(),
}


@functools.cache
def world(name: str) -> tuple[Raw, dict[str, TestResult]]:
    bundle = WORLDS[name]()
    return Raw(bundle), {test.id: test for test in run_tests(bundle).tests}


def counted(table: dict[str, Count]) -> list[tuple[str, str]]:
    """The worlds in which nothing is missing, by test."""
    return [(name, test) for name in ("demo", "good", "crowded") for test in table]


@pytest.mark.parametrize(("name", "test"), counted(POPULATIONS))
def test_the_population_is_what_it_says(name: str, test: str) -> None:
    raw, found = world(name)
    if not set(catalogue()[test].needs) <= {unit.item for unit in raw.run.units}:
        pytest.skip("items that only their own cases tell of")
    assert found[test].population_size == POPULATIONS[test](raw), found[test].population


@pytest.mark.parametrize(("name", "test"), counted(CONSIDERED))
def test_all_that_was_considered_is_counted(name: str, test: str) -> None:
    raw, found = world(name)
    assert found[test].considered == CONSIDERED[test](raw), found[test].population


@pytest.mark.parametrize(("name", "test"), counted(INSPECTED))
def test_a_sample_inspects_what_was_drawn(name: str, test: str) -> None:
    raw, found = world(name)
    assert found[test].inspected == INSPECTED[test](raw)


def test_every_test_of_the_catalogue_is_counted_here() -> None:
    told = POPULATIONS.keys() | CONSIDERED.keys() | JUDGED.keys()
    assert {test.id for test in catalogue().values() if not test.attested} == told


def test_the_sampled_roles_are_the_same_everywhere() -> None:
    raw, found = world("demo")
    in_sample = [row for row in found["SAMPLE"].rows if row.verdict == "met" and ":role/" in row.subject]
    assert len(in_sample) == found["PRIV-5"].population_size == len(raw.sampled)
    named = {row.attributes["role"] for row in found["PRIV-4"].rows}
    assert len(named) == len(raw.sampled)


@pytest.mark.parametrize("name", WORLDS)
def test_the_numbers_add_up(name: str) -> None:
    for test in world(name)[1].values():
        verdicts = Counter(row.verdict.value for row in test.rows)
        assert test.considered == len(test.rows) == test.out_of_scope + test.population_size
        assert test.out_of_scope == verdicts["out of scope"] == sum(test.out_of_scope_why.values())
        assert test.population_size >= test.inspected == test.population_size - verdicts["not selected"]
        assert test.complete is not bool(test.missing), test.id
        assert all(one.sentence and (one.item or one.what != "gap") for one in test.missing), test.missing


def test_considered_is_not_the_population() -> None:
    """The case that was wrong: 40 counted where there are 34."""
    test = world("demo")[1]["USER-2"]
    assert (test.considered, test.out_of_scope, test.population_size, test.inspected) == (40, 6, 34, 34)
    assert test.population_in_words == (
        "considered 40, out of scope 6 (5 person: no key-only user; 1 dormant: no key-only user), "
        "population 34, inspected 34"
    )


def test_many_reasons_are_printed_as_a_few() -> None:
    why = {"a": 5, "b": 4, "c": 3, "d": 2, "e": 1}
    assert population_in_words(1_020, why, 1_005, 7) == (
        "considered 1,020, out of scope 15 (5 a; 4 b; 3 c; 3 for other reasons), "
        "population 1,005, inspected 7"
    )
    assert population_in_words(2, {}, 2, 2) == "considered 2, out of scope 0, population 2, inspected 2"


def test_the_terminal_says_what_was_left_out() -> None:
    bundle = WORLDS["demo"]()
    said = table(run_tests(bundle, [catalogue()["USER-2"], catalogue()["USER-1"]]))
    assert "USER-2: considered 40, out of scope 6 (" in said
    assert "USER-1: considered" not in said


@pytest.mark.parametrize(
    "change",
    [
        {"population_size": 40}, {"considered": 41}, {"inspected": 33}, {"out_of_scope": 5},
        {"exceptions": 0}, {"accepted": 1}, {"not_determined": 2},
        {"out_of_scope_why": {"x": 5}}, {"complete": False},
        {"conclusion": Conclusion.NOT_CONCLUDED, "complete": False},
        {"conclusion": Conclusion.NOT_CONCLUDED}, {"rows": []},
    ],
)  # fmt: skip
def test_a_reader_refuses_results_that_do_not_add_up(change: dict[str, Any]) -> None:
    results = run_tests(WORLDS["demo"](), [catalogue()["USER-2"]])
    document = results.model_dump(mode="json")
    assert Results.model_validate(document) == results
    document["tests"][0] |= change
    with pytest.raises(ValidationError):
        Results.model_validate(document)


def test_what_is_missing_says_what_where_and_why() -> None:
    (hole,) = world("hidden")[1]["CFG-1"].missing
    assert astuple(hole)[:1] + astuple(hole)[2:5] == ("gap", "config.recorders", "123456789012", "eu-west-1")
    assert hole.cause == "permission missing"
    assert hole.sentence.startswith("config.recorders of 123456789012 eu-west-1: permission missing")
