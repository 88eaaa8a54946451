"""Services of the organization, asked in the account that they were delegated to."""

import boto3
import pytest

from evidence.bundle import open_bundle
from evidence.bundle.verify.bundle import check_bundle
from evidence.clock import frozen_clock
from evidence.collect import collect
from evidence.controls.declaration import Verdict
from evidence.controls.engine import catalogue, perform
from evidence.demo_account import sessions
from evidence.demo_account.account import organization as org
from evidence.demo_account.ids import COLLECTOR, EXTERNAL_ID, MANAGEMENT_ACCOUNT
from evidence.errors import SigningError, UsageError
from evidence.settings.model import Settings
from tests.aws_server.faults import Fault
from tests.aws_server.generated.extent import Extent
from tests.aws_server.generated.organization import GeneratedOrganization
from tests.aws_server.generated.world import GeneratedWorld
from tests.collect.collect_support import NOW, WHOLE, Collected, Unable, environment
from tests.support.identity import signer

ITEMS = ("organizations.organization", "organizations.accounts", "organizations.units",
         "organizations.root-access", "organizations.delegated-administrators", "identity-center.instance",
         "config.aggregators", "config.aggregate-compliance", "config.rules")  # fmt: skip
CLOSED = Fault("sts", "AssumeRole", "AccessDenied", status=403, account=MANAGEMENT_ACCOUNT)
AGGREGATED = {"config_source": "aggregator"}


def asked_in(made) -> dict[str, str]:
    units = [unit for unit in made.run["units"] if unit["target"]["scope"] == "organization"]
    return {unit["item"]: unit["target"]["account"] for unit in units}


@pytest.fixture
def as_member(serve, monkeypatch):
    """Run from the log archive account, which every role trusts; nothing of this is delegated to it."""
    monkeypatch.setattr(sessions, "trusts", lambda *_: True)
    monkeypatch.setitem(
        org.DELEGATED,
        org.SECURITY_ACCOUNT,
        {**org.DELEGATED[org.SECURITY_ACCOUNT], "iam.amazonaws.com": 600, "config.amazonaws.com": 600},
    )
    monkeypatch.setattr(org, "AGGREGATOR", (org.SECURITY_ACCOUNT, "eu-west-1", "organization"))

    def enter(*faults: Fault) -> None:
        for name, value in environment(serve(*faults)).items():
            monkeypatch.setenv(name, value)
        role = f"arn:aws:iam::{org.LOG_ACCOUNT}:role/{COLLECTOR}"
        given = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="home", ExternalId=EXTERNAL_ID)
        keys = given["Credentials"]
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys["SecretAccessKey"])
        monkeypatch.setenv("AWS_SESSION_TOKEN", keys["SessionToken"])

    return enter


def test_delegated_administrators_answer_where_the_management_account_lets_nobody_in(
    as_member, with_items, tmp_path
) -> None:
    with_items(*ITEMS)
    as_member(CLOSED)
    settings = Settings.model_validate({"aws": WHOLE, "collect": AGGREGATED})
    made = Collected(collect(settings, out=tmp_path, clock=frozen_clock(NOW), signer=signer()))
    where = asked_in(made)
    assert {item for item, account in where.items() if account == org.SECURITY_ACCOUNT} == {
        "identity-center.instance",
        "organizations.root-access",
        "config.aggregators",
        "config.aggregate-compliance",
    }
    assert set(where.values()) == {org.SECURITY_ACCOUNT, org.LOG_ACCOUNT}
    assert {gap["target"]["account"] for gap in made.gaps} == {MANAGEMENT_ACCOUNT}
    assert {gap["target"]["scope"] for gap in made.gaps} == {"account", "region"}


def test_a_run_that_goes_on_asks_again_what_another_account_answers_now(
    as_member, with_items, tmp_path
) -> None:
    with_items(*ITEMS)
    settings = Settings.model_validate({"aws": WHOLE, "collect": AGGREGATED})
    as_member()
    with pytest.raises(SigningError):
        collect(settings, out=tmp_path, clock=frozen_clock(NOW), signer=Unable())
    as_member(CLOSED)
    made = Collected(collect(settings, out=tmp_path, clock=frozen_clock(NOW), signer=signer(), resume=True))
    assert check_bundle(made.folder, now=NOW).findings == ()
    assert set(asked_in(made).values()) == {org.SECURITY_ACCOUNT, org.LOG_ACCOUNT}
    told = [call for call in made.calls if call["account"] == MANAGEMENT_ACCOUNT]
    moved = [call for call in told if call["item"] in asked_in(made)]
    assert {call["operation"] for call in moved} >= {"ListAccounts", "ListInstances"}
    assert {call["file"] for call in moved} == {""}, "what it answered feeds nothing now"
    assert made.unit("config.rules", "eu-west-1", MANAGEMENT_ACCOUNT)["outcome"] == "collected", "as it was"
    assert [call["seq"] for call in made.calls] == list(range(1, len(made.calls) + 1))


EXTENT = Extent(accounts=5, regions=2, seed=7)
HOST = GeneratedOrganization(EXTENT).AGGREGATOR[0]
NEEDED = ("config.recorders", "config.rules", "config.rule-compliance", "config.aggregators",
          "config.aggregate-compliance", "iam.credential-report", "iam.authorization-details",
          "organizations.organization", "organizations.accounts",
          "organizations.delegated-administrators")  # fmt: skip
CONFIG = ("CFG-1", "CFG-2", "CFG-3", "CFG-4", "CFG-5")


@pytest.fixture
def gathered(run_collect, with_items):
    """Collect a generated organization, the results of Config's rules from its aggregator."""

    def run(*faults: Fault, **aggregator: object):
        with_items(*NEEDED)
        settings = {"aws": WHOLE, "collect": AGGREGATED | {"aggregator": aggregator}}
        return run_collect(*faults, settings=settings, served={"extent": EXTENT})

    return run


def test_an_aggregator_shows_what_was_planted_in_every_account(gathered) -> None:
    made = gathered()
    assert made.gaps == []
    assert {asked_in(made)[item] for item in ("config.aggregators", "config.aggregate-compliance")} == {HOST}
    asked = {call["operation"] for call in made.calls if call["service"] == "config"}
    assert not asked & {"GetComplianceDetailsByConfigRule", "DescribeComplianceByConfigRule"}
    (left,) = [entry for entry in made.run["items"] if not entry["planned"]]
    assert (left["item"], left["reason"]) == (
        "config.rule-compliance",
        "read from a Config aggregator instead: config.aggregate-compliance",
    )
    bundle = open_bundle(made.folder)
    results = {test: perform(catalogue()[test], bundle) for test in (*CONFIG, "IPE-11")}
    found = [(row.account, test, row.subject) for test, result in results.items() for row in result.rows
             if row.verdict is Verdict.EXCEPTION]  # fmt: skip
    everywhere = GeneratedWorld(EXTENT, NOW, None).planted()
    planted = [(account, plant.test, plant.subject) for account, plant in everywhere if plant.test in CONFIG]
    assert sorted(found) == sorted(planted)
    assert results["IPE-11"].conclusion == "no exceptions"
    assert len(results["IPE-11"].rows) == 2 + 4 * 2, "itself, the organization, each account and region"


def test_the_account_of_the_aggregator_that_refuses_leaves_it_a_gap(gathered) -> None:
    made = gathered(Fault("sts", "AssumeRole", "AccessDenied", status=403, account=HOST))
    gaps = {gap["item"]: gap for gap in made.gaps if gap["target"]["scope"] == "organization"}
    assert set(gaps) == {"config.aggregators", "config.aggregate-compliance"}
    assert f"arn:aws:iam::{HOST}:role/{COLLECTOR}" in gaps["config.aggregators"]["message"]
    bundle = open_bundle(made.folder)
    for test in ("CFG-4", "CFG-5", "IPE-11"):
        assert perform(catalogue()[test], bundle).conclusion == "not concluded"


def test_an_aggregator_that_is_not_there_is_a_gap_that_says_so(gathered) -> None:
    made = gathered(name="gone", account=MANAGEMENT_ACCOUNT)
    (gap,) = [gap for gap in made.gaps if gap["item"] == "config.aggregators"]
    assert (gap["cause"], gap["target"]["account"]) == ("service not enabled", MANAGEMENT_ACCOUNT)
    assert "no AWS Config aggregator named gone" in gap["message"]


def test_an_aggregator_outside_the_run_is_refused(gathered) -> None:
    with pytest.raises(UsageError, match="not covered by this run"):
        gathered(account="999999999999")


def test_one_account_alone_may_have_an_aggregator(run_collect, with_items) -> None:
    with_items("config.aggregators", "config.aggregate-compliance")
    made = run_collect(settings={"collect": AGGREGATED})
    assert made.gaps == []
    assert asked_in(made) == dict.fromkeys(
        ("config.aggregators", "config.aggregate-compliance"), MANAGEMENT_ACCOUNT
    )
