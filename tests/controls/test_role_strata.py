"""Strata of roles, and the sample drawn again by the program that the documentation prints."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.settings.audit_sample import DRAW_METHOD, choose_roles, customary, stratum_of
from evidence.settings.model import Sampling, SealedSettings
from tests.controls.world import ACCOUNT, ACCOUNT_TARGET, IAM, World, good, perform_in
from tests.controls.world_records import (
    ADMINISTRATOR,
    EVERYTHING,
    NARROW,
    POWER_USER,
    document,
    role,
    sampled,
)

PAGE = Path(__file__).parents[2] / "docs" / "sampling.md"
OTHER = "210987654321"


def trusting(*principals: str, **changes: Any) -> dict[str, Any]:
    statement = {"Action": "sts:AssumeRole", "Principal": {"AWS": list(principals)}} | changes
    return document(**statement)


def inline(document: Any) -> list[dict[str, Any]]:
    return [{"PolicyName": "p", "PolicyDocument": document}]


@pytest.mark.parametrize(
    ("changes", "stratum"),
    [
        ({}, "the rest"),
        ({"attached": (ADMINISTRATOR,)}, "administrators"),
        ({"attached": (ADMINISTRATOR.replace("arn:aws:", "arn:aws-cn:"),)}, "administrators"),
        ({"attached": (POWER_USER,)}, "the rest"),
        ({"attached": (f"{IAM}:policy/AdministratorAccess",)}, "the rest"),
        ({"RolePolicyList": inline(EVERYTHING)}, "administrators"),
        ({"RolePolicyList": inline(document(Action=["s3:*", "*:*"], Resource=["*"]))}, "administrators"),
        ({"RolePolicyList": inline(document("Deny", Action="*", Resource="*"))}, "the rest"),
        ({"RolePolicyList": inline(document(Action="s3:*", Resource="*"))}, "the rest"),
        ({"RolePolicyList": inline(document(Action="*", Resource="arn:aws:s3:::b"))}, "the rest"),
        ({"RolePolicyList": inline(NARROW)}, "the rest"),
        ({"AssumeRolePolicyDocument": trusting(f"arn:aws:iam::{OTHER}:root")}, "cross-account"),
        ({"AssumeRolePolicyDocument": trusting(OTHER)}, "cross-account"),
        ({"AssumeRolePolicyDocument": trusting("*")}, "cross-account"),
        ({"AssumeRolePolicyDocument": document(Principal="*", Action="sts:AssumeRole")}, "cross-account"),
        ({"AssumeRolePolicyDocument": trusting("AROAEXAMPLEDELETED0000")}, "cross-account"),
        (
            {"AssumeRolePolicyDocument": trusting(f"{IAM}:root", f"arn:aws:iam::{OTHER}:root")},
            "cross-account",
        ),
        ({"AssumeRolePolicyDocument": trusting(f"{IAM}:role/other", ACCOUNT)}, "the rest"),
        ({"AssumeRolePolicyDocument": document("Deny", Principal="*", Action="*")}, "the rest"),
        ({"AssumeRolePolicyDocument": trusting(OTHER), "attached": (ADMINISTRATOR,)}, "administrators"),
    ],
)
def test_the_stratum_of_a_role(changes: dict[str, Any], stratum: str) -> None:
    assert stratum_of(role("r", **changes)["RoleDetail"]) == stratum


def documented(role: dict[str, Any]) -> str:
    """The stratum by the program that the documentation prints."""
    (script,) = re.findall(
        r"^(import hashlib.*?)^# The draw itself", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    names: dict[str, Any] = {"role_names": [], "role_paths": [], "role_tags": {}}
    space: dict[str, Any] = {"setting": names}
    exec("\n".join(line for line in script.splitlines() if not re.match(r"data|run|setting", line)), space)  # noqa: S102  # the words of the documentation
    stratum: str = space["stratum"](role)
    return stratum


def one_or_many(*values: str) -> st.SearchStrategy[Any]:
    return st.sampled_from(values) | st.lists(st.sampled_from(values), max_size=3)


STATEMENT = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Action": one_or_many("*", "*:*", "s3:*", "?*"),
        "Resource": one_or_many("*", "arn:*", "arn:aws:s3:::b"),
    }
)
WHO = one_or_many(ACCOUNT, OTHER, "*", f"{IAM}:root", f"arn:aws:iam::{OTHER}:root", "AROAEXAMPLE")
TRUST = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Action": st.just("sts:AssumeRole"),
        "Principal": st.just("*") | st.fixed_dictionaries({}, optional={"AWS": WHO, "Service": st.just("a")}),
    }
)


def documents(statement: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(lambda one: {"Statement": one}, statement | st.lists(statement, max_size=3))


@given(documents(STATEMENT), documents(TRUST))
def test_roles_are_placed_as_the_program_of_the_documentation_places_them(policy, trust) -> None:
    detail = role("r", RolePolicyList=inline(policy), AssumeRolePolicyDocument=trust)["RoleDetail"]
    assert stratum_of(detail) == documented(detail)


@pytest.mark.parametrize(
    "broken", [None, "", 3, [], {}, {"Statement": ["*"]}, {"Statement": [{"Effect": "x"}]}]
)
def test_a_document_that_cannot_be_read_puts_a_role_nowhere(broken: Any) -> None:
    def placed(**changes: Any) -> str:
        return stratum_of(role("r", **changes)["RoleDetail"])

    other = trusting(OTHER)
    assert placed(RolePolicyList=inline(broken)) == "the rest"
    assert placed(RolePolicyList=[*inline(broken), *inline(EVERYTHING)]) == "administrators"
    assert placed(RolePolicyList=inline(broken), AssumeRolePolicyDocument=other) == "cross-account"
    assert placed(AssumeRolePolicyDocument=broken) == "the rest"


def roles() -> list[dict[str, Any]]:
    abroad = {"AssumeRolePolicyDocument": trusting(OTHER)}
    return [
        *(role(f"app-{number}") for number in range(60)),
        *(role(f"partner-{number}", **abroad) for number in range(6)),
        *(role(f"admin-{number}", attached=(ADMINISTRATOR,)) for number in range(3)),
        role("odd+=,.@-_", "/a/b/", RolePolicyList=inline(EVERYTHING)),
        role("key", "/engineering/", attached=(ADMINISTRATOR,)),
        role("tagged", Tags=[{"Key": "team", "Value": "core"}]),
        role("AWSServiceRoleForX", "/aws-service-role/x.amazonaws.com/"),
    ]


SAMPLING = Sampling(role_paths=("/engineering/",), role_names=("nobody-*",), role_tags={"team": "core"})


def world_of(sampling: Sampling) -> World:
    """A world whose documents are those of the roles drawn."""
    world = good()
    details = world.records["iam.authorization-details"][ACCOUNT_TARGET]
    details[:] = [record for record in details if "RoleDetail" not in record] + roles()
    world.options["settings"] = SealedSettings(sampling=sampling)
    selection = world.selection(world.options["settings"])
    by_arn = {record["RoleDetail"]["Arn"]: record for record in roles()}
    world.records["iam.sample-role-policies"][ACCOUNT_TARGET] = [
        sampled(by_arn[arn], "random") | {"Role": by_arn[arn]["RoleDetail"]}
        for arn in (*selection.named, *selection.chosen)
    ]
    return world


def test_each_stratum_is_sized_by_itself() -> None:
    sample = choose_roles([record["RoleDetail"] for record in roles()], SAMPLING, "seed")
    assert [arn.rpartition("/")[2] for arn in sample.named] == ["key", "tagged"]
    drawn = {stratum.name: (stratum.population, len(stratum.chosen)) for stratum in sample.strata}
    assert drawn == {"administrators": (4, 2), "cross-account": (6, 5), "the rest": (60, 25)}
    assert sample.size == 32
    again = choose_roles(reversed([record["RoleDetail"] for record in roles()]), SAMPLING, "seed")
    assert again == sample


@pytest.mark.parametrize("seed", [None, "auditor's own — 2026"])
def test_the_program_of_the_documentation_draws_the_same(seed: str | None, tmp_path) -> None:
    world = world_of(SAMPLING.model_copy(update={"seed": seed}))
    bundle = world.written(tmp_path)
    (script,) = re.findall(
        r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    program = tmp_path / "draw.py"
    program.write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, program, bundle.root], capture_output=True, text=True, check=True, env={}
    )
    (recorded,) = bundle.run.samples
    assert done.stdout.split() == list(recorded.chosen)
    assert len(recorded.chosen) == 32
    loop = script.partition("# The draw itself, in ten lines.\n")[2].splitlines()
    assert len(loop) == 10


def test_the_strata_are_rows_of_the_test() -> None:
    result = perform_in(world_of(SAMPLING), "SAMPLE")
    assert result.conclusion == "no exceptions", [row for row in result.rows if row.verdict == "exception"]
    said = [(row.subject, row.observed) for row in result.rows if row.subject.startswith("stratum")]
    assert said == [
        (f"stratum administrators in {ACCOUNT}", "2 drawn of 4 roles"),
        (f"stratum cross-account in {ACCOUNT}", "5 drawn of 6 roles"),
        (f"stratum the rest in {ACCOUNT}", "25 drawn of 60 roles"),
    ]
    strata = [row.attributes["stratum"] for row in result.rows if row.subject == f"{IAM}:role/a/b/odd+=,.@-_"]
    assert strata == ["administrators"]


def test_another_draw_in_a_stratum_is_an_exception() -> None:
    world = world_of(SAMPLING)
    (first, *others) = world.selection(world.options["settings"]).strata
    forged = first.model_copy(update={"population": 9})
    selection = world.selection(world.options["settings"])
    world.options["samples"] = [selection.model_copy(update={"strata": (forged, *others)})]
    result = perform_in(world, "SAMPLE")
    assert [row.subject for row in result.rows if row.verdict == "exception"] == [
        f"stratum administrators in {ACCOUNT}"
    ]


def test_a_bundle_from_before_there_were_strata_is_drawn_as_it_was() -> None:
    world = world_of(SAMPLING)
    selection = world.selection(world.options["settings"])
    details = [record["RoleDetail"] for record in roles()]
    flat = choose_roles(details, SAMPLING, selection.seed, stratified=False)
    assert (len(flat.strata), flat.size) == (1, 25)
    old = {"method": DRAW_METHOD, "strata": (), "chosen": flat.chosen, "size": flat.size}
    world.options["samples"] = [selection.model_copy(update=old)]
    by_arn = {record["RoleDetail"]["Arn"]: record for record in roles()}
    world.records["iam.sample-role-policies"][ACCOUNT_TARGET] = [
        sampled(by_arn[arn], "random") for arn in (*flat.named, *flat.chosen)
    ]
    result = perform_in(world, "SAMPLE")
    assert result.conclusion == "no exceptions", [row for row in result.rows if row.verdict == "exception"]


@pytest.mark.parametrize(
    ("population", "usual"),
    [
        (1, (1, 1)), (2, (2, 2)), (4, (2, 2)), (5, (2, 5)), (12, (2, 5)), (13, (5, 15)), (52, (5, 15)),
        (53, (20, 25)), (250, (20, 25)), (251, (25, 40)),
    ],
)  # fmt: skip
def test_what_is_usual_at_both_sides_of_each_band(population: int, usual: tuple[int, int]) -> None:
    assert customary(population) == usual


@pytest.mark.parametrize(("size", "remark"), [(5, False), (4, True)])
def test_a_smaller_sample_than_usual_is_remarked_upon(size: int, remark: bool) -> None:
    world = good()
    more = [role(f"more-{number}") for number in range(11)]
    world.records["iam.authorization-details"][ACCOUNT_TARGET].extend(more)
    world.options["settings"] = SealedSettings(sampling=Sampling(table=((100, size),)))
    rows = perform_in(world, "SAMPLE").rows
    (stratum,) = [row for row in rows if row.subject == f"stratum the rest in {ACCOUNT}"]
    assert stratum.observed == f"{size} drawn of 13 roles"
    assert ("smaller sample than usual" in stratum.note) is remark
