"""The table of paths to administrator, and who is told apart by what policies ask."""

import re
from collections import Counter

import pytest

from evidence.policies.actions import is_known, resource_formats
from evidence.policies.digest import digest
from evidence.policies.document import outline
from evidence.policies.escalating import Climber, DecisionMemory, escalation_paths
from evidence.policies.escalation import ACTIONS, PATHS, EscalationPath, Way
from evidence.policies.power import Power
from tests.controls.world_records import document

GONE = {"codestar:CreateProject"}
"""Of services that AWS has ended: some accounts may still have them."""
ROLE = "arn:aws:iam::123456789012:role/{}"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.id} {path.service}")
def test_a_path_is_made_of_known_things(path: EscalationPath) -> None:
    assert [action for action in path.actions if not is_known(action)] == [
        action for action in path.actions if action in GONE
    ]
    service = path.actions[0].partition(":")[0]
    assert path.target in dict(resource_formats(service if path.way is Way.TAKE_OVER else "iam"))
    assert re.search(r"RSL-\d|PF [a-z0-9]+-\d{3}|CS|PR", path.sources)
    assert bool(path.service) is (path.way in (Way.PASS, Way.TAKE_OVER))


def test_paths_are_told_apart() -> None:
    assert max(Counter((path.id, path.service) for path in PATHS).values()) == 1
    assert sum("RSL" in path.sources for path in PATHS) == 21  # all that Rhino Security Labs listed


@pytest.mark.parametrize(
    ("action", "found"),
    [
        (["iam:PassRole"], True), (["IAM:passrole"], True), (["s3:GetObject", "lambda:InvokeFunction"], True),
        (["s3:GetObject"], False), (["i*:PassRole"], True), (["s3:Get*"], False), (["*"], True),
    ],
)  # fmt: skip
def test_a_digest_holds_what_paths_need(action: list[str], found: bool) -> None:
    made = document(Action=action, Resource=["*"])
    summed = digest(made)
    assert bool(summed.grants) is bool(summed.actions) is found
    seen = outline(made, ACTIONS)
    assert seen is not None and (seen.sought or not found)


def test_a_list_of_everything_else_is_power_all_the_same() -> None:
    services = sorted({action.partition(":")[0] for action in ACTIONS})
    made = document(NotAction=[f"{service}:*" for service in services], Resource="*")
    assert (digest(made).power, digest(made).grants) == (Power.ALL_BUT, ())


def climber(name: str, *documents: dict) -> Climber:
    policies = {f"p{at}": digest(one) for at, one in enumerate(documents)}
    return Climber(ROLE.format(name), "role", policies, None, {"role": [ROLE.format(name)]})


def test_what_was_decided_of_one_holds_for_another_with_the_same_policies() -> None:
    memory = DecisionMemory()
    first = climber("a", document(Action="iam:PutRolePolicy", Resource=ROLE.format("a")))
    second = Climber(ROLE.format("b"), "role", first.policies, None, {"role": [ROLE.format("b")]})
    assert memory.of(first) is memory.of(second)
    assert [found.path.id for found in escalation_paths(first, {}, memory)] == ["PutRolePolicy"]
    assert list(escalation_paths(second, {}, memory)) == []


@pytest.mark.parametrize(
    "elements",
    [
        {"Resource": "*", "Condition": {"ArnEquals": {"aws:PrincipalArn": ROLE.format("a")}}},
        {"Resource": "arn:aws:iam::*:role/${aws:PrincipalTag/name}"},
        {"Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/of": "${aws:userid}"}}},
    ],
)
def test_policies_that_ask_who_it_is_are_decided_for_each(elements: dict) -> None:
    memory = DecisionMemory()
    made = climber("a", document(Action="iam:PutRolePolicy", **elements))
    assert memory.of(made) is not memory.of(made)
