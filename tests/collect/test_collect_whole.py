"""A run on the demo account without faults: everything planned is there, once, and on record."""

import re
from collections import Counter

from evidence.bundle import open_bundle
from evidence.bundle.format import bag, strictjson
from evidence.bundle.format.models import CallRecord, Run
from evidence.collectors.base import catalogue
from evidence.records import Scope, items_for_source
from evidence.settings.audit_sample import choose_roles
from evidence.settings.model import Sampling

ENABLED = {"ENABLED", "ENABLED_BY_DEFAULT"}


def test_the_bundle_is_sealed_and_named_after_account_and_time(collected) -> None:
    assert collected.folder.name == "evidence-123456789012-20261001T060000Z"
    assert open_bundle(collected.folder).name == collected.run["bundle"] == collected.folder.name


def test_what_is_written_in_pieces_is_what_the_models_say(collected) -> None:
    run = Run.model_validate(collected.run).model_dump(mode="json")
    assert (collected.folder / "data/run.json").read_bytes() == strictjson.document(run)
    assert (collected.folder / "data/gaps.json").read_bytes() == strictjson.document(collected.gaps)
    manifest = (collected.folder / bag.MANIFEST).read_bytes()
    assert manifest == bag.manifest(bag.parse_manifest(manifest))


def test_every_item_and_target_is_planned_once(collected) -> None:
    regions = [region["region"] for region in collected.run["regions"] if region["in_scope"]]
    known = catalogue()
    expected = {
        (item, region)
        for item in items_for_source(known, "accounts")
        for region in (regions if known[item].scope is Scope.REGION else [None])
    }
    units = [(unit["item"], unit["target"]["region"]) for unit in collected.run["units"]]
    assert set(units) == expected
    assert len(units) == len(expected)
    assert collected.gaps == []
    assert {entry["item"] for entry in collected.run["items"] if entry["planned"]} == {
        item for item, _ in expected
    }


def test_enabled_regions_are_in_scope_and_the_others_are_never_called(collected) -> None:
    states = {region["region"]: region for region in collected.run["regions"]}
    assert {name for name, state in states.items() if state["in_scope"]} == {
        name for name, state in states.items() if state["status"] in ENABLED
    }
    assert all(state["reason"] for state in states.values())
    assert any(not state["in_scope"] for state in states.values())
    assert all(states[call["region"]]["in_scope"] for call in collected.calls)


def test_the_ledger_lists_every_call_in_order_with_awss_request_id(collected) -> None:
    assert [call["seq"] for call in collected.calls] == list(range(1, len(collected.calls) + 1))
    assert all(call["request_id"] and call["status"] and call["aws_date"] for call in collected.calls)
    assert len({call["request_id"] for call in collected.calls}) == len(collected.calls)
    for call in collected.calls:
        CallRecord.model_validate(call)


def test_calls_name_the_file_they_fed_and_units_count_them(collected) -> None:
    fed = Counter(call["file"] for call in collected.calls)
    assert set(fed) <= collected.files()
    for unit in collected.run["units"]:
        (records,) = [file for file in unit["files"] if file.endswith(".jsonl")]
        assert unit["calls"] == fed[records]
        assert unit["records"] == len(collected.read(records).splitlines())
        assert unit["outcome"] == ("collected" if unit["records"] else "empty")


def test_the_caller_is_asked_at_the_start_and_at_the_end(collected) -> None:
    first, last = collected.calls[0], collected.calls[-1]
    assert (first["operation"], last["operation"]) == ("GetCallerIdentity", "GetCallerIdentity")
    assert first["depth"] == 1
    assert last["depth"] == max(call["depth"] for call in collected.calls)
    assert collected.run["caller_start"] == collected.run["caller_end"]
    assert collected.run["caller_start"]["account"] == "123456789012"


def test_only_declared_operations_are_called(collected) -> None:
    declared = {(o.service, o.name) for one in catalogue().values() for o in one.operations}
    assert {(call["service"], call["operation"]) for call in collected.calls} <= declared


def test_no_pagination_token_and_no_secret_is_kept(collected) -> None:
    for call in collected.calls:
        for name in ("NextToken", "nextToken", "Marker"):
            token = call["parameters"].get(name, "sha256:0123456789abcdef")
            assert re.fullmatch(r"sha256:[0-9a-f]{16}", token)
    for file in collected.files():
        assert "AKIADEMODEMODEMODEMO" not in collected.read(file), file


def test_the_sample_of_roles_can_be_drawn_again(collected) -> None:
    (sample,) = collected.run["samples"]
    bundle = open_bundle(collected.folder)
    path = "123456789012/iam/authorization-details.jsonl"
    assert sample["seed"] == bundle.hashes[path]
    roles = [
        located.value["RoleDetail"]
        for located in bundle.records("iam.authorization-details")
        if "RoleDetail" in located.value
    ]
    again = choose_roles(roles, Sampling(), sample["seed"])
    assert tuple(sample["chosen"]) == again.chosen
    collected_roles = {located.value["Arn"] for located in bundle.records("iam.sample-role-policies")}
    assert collected_roles == {*again.chosen, *again.named}


def test_run_json_says_what_made_it(collected) -> None:
    run = collected.run
    assert run["partition"] == "aws"
    assert run["previous"] == "ab" * 32
    assert run["tool"]["name"] == "evidence"
    assert set(run["tool"]["libraries"]) >= {"boto3", "botocore"}
    assert run["clock"]["max_skew_seconds"] is not None
    assert "signing" not in run["settings"]


def test_long_chains_are_on_record_as_such(collected) -> None:
    """The chain instance -> permission sets -> assignments is longer than one region's listing."""
    depth = {}
    for call in collected.calls:
        depth[call["item"]] = max(depth.get(call["item"], 0), call["depth"])
    assert depth["account.regions"] == 2
    assert depth["iam.account-summary"] == 2
    assert depth["config.recorders"] > depth["account.regions"]
    assert depth["identity-center.assignments"] > depth["identity-center.instance"] > 2
