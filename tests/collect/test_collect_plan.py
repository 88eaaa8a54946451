"""`evidence plan` says beforehand what a run then does."""

import json
import shutil
from collections import Counter
from types import SimpleNamespace

import pytest

from evidence.bundle.format.models import AccountState, RegionState
from evidence.collect.ahead import CHAIN, PROCESSOR, RunForecast
from evidence.collect.estimate import OrganizationSize, by_bundle, by_demo_account
from evidence.demo_account.account import organization as org
from evidence.demo_account.ids import COLLECTOR, EXTERNAL_ID
from evidence.records import Outcome, Scope, Target
from tests.aws_server.faults import Fault
from tests.collect.collect_support import MEMBERS, environment
from tests.support.command import clean_environment, evidence


@pytest.fixture
def planned(serve):
    def run(*flags: str):
        url = serve()
        done = evidence("plan", *flags, env=clean_environment() | environment(url))
        assert done.returncode == 0, done.stderr
        return done.stdout, url

    return run


def test_a_plan_for_one_account_is_what_the_run_then_does(planned, collected) -> None:
    text, _ = planned("--json")
    plan = json.loads(text)
    assert plan["units"] == len(collected.run["units"])
    assert {entry["item"] for entry in plan["items"]} == {unit["item"] for unit in collected.run["units"]}
    assert len(collected.calls) / 2 < plan["calls"] < len(collected.calls) * 2


def test_a_plan_counts_what_an_aggregator_is_asked_in_place_of_the_accounts(planned) -> None:
    flags = ("--organization", "--role", COLLECTOR, "--external-id", EXTERNAL_ID, "--json")
    own = {entry["item"]: entry for entry in json.loads(planned(*flags)[0])["items"]}
    gathered = {
        entry["item"]: entry
        for entry in json.loads(planned(*flags, "--config-source", "aggregator")[0])["items"]
    }
    assert own.keys() ^ gathered.keys() == {
        "config.rule-compliance",
        "config.aggregators",
        "config.aggregate-compliance",
    }
    places = own["config.rule-compliance"]["units"]
    assert gathered["config.aggregate-compliance"] == {
        "item": "config.aggregate-compliance",
        "units": 1,
        "calls": 3 * places,
    }


def test_a_plan_for_the_organization_lists_every_account_and_collects_nothing(planned) -> None:
    import urllib3

    text, url = planned("--organization", "--role", COLLECTOR, "--external-id", EXTERNAL_ID)
    for row in org.ACCOUNTS:
        assert row[0] in text
    assert "6 to collect, 1 left out" in text
    assert "suspended" in text
    asked = urllib3.request("GET", f"{url}/_evidence/requests").json()
    assert {entry["service"] for entry in asked} == {"sts", "organizations", "account"}
    assert [entry["operation"] for entry in asked].count("AssumeRole") == 1
    assert f"tried in {min(MEMBERS)}, and assumed" in text


def test_a_plan_with_a_wrong_external_id_says_so_before_a_run_of_gaps(serve) -> None:
    flags = ("--organization", "--role", COLLECTOR, "--json")
    done = evidence("plan", *flags, env=clean_environment() | environment(serve()))
    assert done.returncode == 3, done.stderr
    role = json.loads(done.stdout)["role"]
    assert (role["account"], role["entered"]) == (min(MEMBERS), False)
    assert "could not be assumed" in role["message"]
    assert "--external-id" in role["next_step"]


def test_a_plan_like_an_earlier_bundle_expects_what_that_one_took(planned, collected) -> None:
    plan = json.loads(planned("--json", "--like", str(collected.folder))[0])
    took = Counter()
    for unit in collected.run["units"]:
        took[unit["item"]] += unit["calls"]
    assert {entry["item"]: entry["calls"] for entry in plan["items"]} == took
    assert plan["basis"] == collected.folder.name


def test_a_plan_is_not_made_like_a_bundle_that_was_changed(collected, tmp_path) -> None:
    changed = tmp_path / collected.folder.name
    shutil.copytree(collected.folder, changed)
    (changed / "data/run.json").write_bytes((changed / "data/run.json").read_bytes() + b" ")
    done = evidence("plan", "--like", str(changed), env=clean_environment())
    assert done.returncode == 5
    assert "run.json" in done.stderr


def test_what_grows_with_the_organization_is_reckoned_by_its_size() -> None:
    before = SimpleNamespace(
        bundle="evidence-earlier",
        accounts=("1", "2"),
        account_states=("1", "2", "closed", "suspended"),
        regions=[
            RegionState(account="1" * 12, region=name, status="", in_scope=True, reason="") for name in "ab"
        ],
        units=[
            SimpleNamespace(item="identity-center.assignments", outcome=Outcome.COLLECTED, calls=20),
            SimpleNamespace(item="config.aggregate-compliance", outcome=Outcome.COLLECTED, calls=12),
            SimpleNamespace(item="iam.last-accessed", outcome=Outcome.COLLECTED, calls=30),
            SimpleNamespace(item="iam.last-accessed", outcome=Outcome.COLLECTED, calls=50),
            SimpleNamespace(item="iam.last-accessed", outcome=Outcome.GAP, calls=1),
        ],
    )
    estimate, size = by_bundle(before), OrganizationSize(listed=100, covered=90, regions=3)
    assert estimate.calls("identity-center.assignments", 1, size) == 500
    assert estimate.calls("config.aggregate-compliance", 1, size) == 810
    assert estimate.calls("iam.last-accessed", 90, size) == 90 * 40
    assert (
        estimate.calls("iam.sample-role-policies", 1, size)
        == by_demo_account().rates["iam.sample-role-policies"]
    )


def _ahead(accounts: int, *, latency: float = 0.1, at_once: int = 10) -> RunForecast:
    states = [
        AccountState(account=f"{n:012}", state="ACTIVE", in_scope=True, reason="") for n in range(accounts)
    ]
    units = [("iam.last-accessed", Target(Scope.ACCOUNT, state.account)) for state in states]
    return RunForecast(tuple(states), (), tuple(units), latency, at_once, by_demo_account())


def test_more_accounts_take_more_calls_and_more_time() -> None:
    each = by_demo_account().rates["iam.last-accessed"]
    assert _ahead(1).calls == each
    assert _ahead(100).calls == 100 * each + 99
    assert _ahead(1).seconds >= 0.1 * CHAIN
    assert _ahead(100).seconds > 50 * 0.1 * each / 10


def test_more_workers_than_a_processor_can_feed_save_no_time() -> None:
    enough, more = _ahead(100, at_once=64), _ahead(100, at_once=512)
    assert more.seconds == enough.seconds > enough.calls * PROCESSOR
    assert "one processor" in more.text()


def test_accounts_are_listed_with_what_is_known_of_them() -> None:
    states = (
        AccountState(account="1" * 12, state="ACTIVE", unit="/", in_scope=True, reason="so"),
        AccountState(account="2" * 12, name="prod", state="", unit="/Work", in_scope=False, reason="so"),
    )
    text = RunForecast(states, (), (), 0.1, 10, by_demo_account()).text()
    assert text.splitlines()[1:3] == ["  in  111111111111: so", "  out 222222222222  prod, /Work: so"]


def test_a_plan_that_cannot_go_on_does_not_offer_to_be_resumed(serve, watched) -> None:
    """The credentials expire after the first question; there is no staging folder to go on from."""
    watched.after, watched.faults = 1, (Fault("*", "*", "ExpiredToken", status=403),)
    done = evidence("plan", env=clean_environment() | environment(serve()))
    assert done.returncode == 1, done.stderr
    assert "expired" in done.stderr
    assert "--resume" not in done.stderr
