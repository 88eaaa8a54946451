"""`evidence doctor` finds what was planted at AWS: in one run, as far as faults do not hide each other."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from evidence.aws.failures import Failure
from evidence.clock import shifted_clock
from evidence.collect import collect
from evidence.collect.trial import TrialAsker, UnitTrial
from evidence.collectors.base import catalogue
from evidence.demo_account import DemoServer
from evidence.demo_account.account import organization as org
from evidence.doctor import HealthReport, examine, operations, outlook
from evidence.doctor.checks import Check, Health
from evidence.errors import ExitCode
from evidence.records import Cause, Target
from evidence.settings.model import Settings
from evidence.statements.files import NOTHING_STATED
from tests.aws_server.app import FaultyApp
from tests.aws_server.faults import Fault
from tests.collect.collect_support import ACCOUNT, NOW, WHOLE, Collected, environment
from tests.support.command import clean_environment, evidence
from tests.support.identity import signer

MEMBER = org.SECURITY_ACCOUNT
"""The one in which all operations are tried beside the caller's own."""
REGIONS = ["us-east-1", "us-west-2", "ap-southeast-2"]
CLOSED = "us-west-2"


def no_policy(kind: str, action: str) -> str:
    return (
        f"User: arn:aws:sts::{ACCOUNT}:x is not authorized to perform: {action} because no {kind} allows it"
    )


@dataclass(frozen=True)
class Planted:
    """A fault, and the line of the doctor that tells of it."""

    fault: Fault | None
    name: str
    found: str
    to_do: str
    health: Health = Health.GAP


def denied(service: str, operation: str, message: str = "", **more: Any) -> Fault:
    return Fault(service, operation, "AccessDeniedException", status=403, message=message, **more)


IN_ONE_RUN = {
    "permission": Planted(
        denied("iam", "GetAccountPasswordPolicy"), "iam:GetAccountPasswordPolicy",
        f"permission missing; {ACCOUNT}, {MEMBER}", "`evidence policy` prints with `--for members`"),
    "permission of a job in the caller's account": Planted(
        denied("iam", "GenerateCredentialReport", account=ACCOUNT), "iam:GenerateCredentialReport",
        f"permission missing; {ACCOUNT}", "`evidence policy` prints to"),
    "permission behind a list": Planted(
        denied("iam", "GetRole", account=MEMBER), "iam:GetRole", MEMBER, "--for members"),
    "permission of a call that needs an id": Planted(
        denied("organizations", "DescribePolicy"), "organizations:DescribePolicy", ACCOUNT,
        "evidence policy"),
    "permission of a region": Planted(
        denied("config", "DescribeConfigRules", region="us-east-1", account=ACCOUNT),
        "config:DescribeConfigRules", f"{ACCOUNT} us-east-1", "evidence policy"),
    "permission beside one that is refused": Planted(
        denied("config", "DescribeConformancePacks", region="us-east-1", account=ACCOUNT),
        "config:DescribeConformancePacks", f"{ACCOUNT} us-east-1", "evidence policy"),
    "permission that another operation makes up for": Planted(
        denied("account", "ListRegions", account=ACCOUNT), "account:ListRegions", ACCOUNT, "evidence policy",
        Health.LOOK),
    "permissions boundary": Planted(
        denied("sso-admin", "ListPermissionSets",
               no_policy("permissions boundary", "sso:ListPermissionSets")),
        "sso-admin:ListPermissionSets", "permissions boundary", "to the boundary"),
    "session policy": Planted(
        denied("identitystore", "ListUsers", no_policy("session policy", "identitystore:ListUsers")),
        "identitystore:ListUsers", "session policy", "without that session policy"),
    "encryption key": Planted(
        denied("identitystore", "ListGroups", "User: x is not authorized to perform: kms:Decrypt"),
        "identitystore:ListGroups", "encryption key", "decrypt with the key"),
    "service that fails": Planted(
        Fault("account", "GetAlternateContact", "InternalServerException", status=500, account=MEMBER),
        "account:GetAlternateContact", f"AWS answered with an error; {MEMBER}", ""),
    "closed region": Planted(
        denied("*", "*", region=CLOSED, scp=True), "regions",
        f"closed by a service control policy: {CLOSED}", "leave them out with --regions", Health.LOOK),
    "trust policy": Planted(
        denied("sts", "AssumeRole", no_policy("role trust policy", "sts:AssumeRole"),
               account=org.LOG_ACCOUNT),
        "sts:AssumeRole", f"{org.LOG_ACCOUNT}: arn:aws:iam::ACCOUNT:role/EvidenceCollector could not be "
        "assumed: the role's trust policy does not allow the caller", "whether its trust policy names arn:"),
    "caller that may not assume": Planted(
        denied("sts", "AssumeRole", no_policy("identity-based policy", "sts:AssumeRole"),
               account=org.STAGING_ACCOUNT),
        "sts:AssumeRole", "the caller's own policies", "`evidence policy --for management --role"),
    "clock": Planted(
        Fault("iam", "GetAccountSummary", "wrong-clock"), "clock", "s from AWS's, 5 s are allowed",
        "Set the clock"),
    "no analyzer": Planted(
        None, "Access Analyzer", f"no active analyzer of external access in 2 of 4 places: {ACCOUNT} "
        "ap-southeast-2", "Create one there", Health.LOOK),
    "Identity Center's region left out": Planted(
        None, "Identity Center", "its home is eu-west-1, outside the regions of the run", "--regions",
        Health.LOOK),
}  # fmt: skip


@pytest.fixture(scope="module")
def app() -> FaultyApp:
    return FaultyApp(NOW)


@pytest.fixture(scope="module")
def url(app: FaultyApp) -> Iterator[str]:
    server = DemoServer("127.0.0.1", 0, app)
    server.start()
    yield server.url
    server.stop()


def settings_of(**aws: Any) -> Settings:
    return Settings.model_validate({"aws": {"regions": REGIONS} | aws})


@pytest.fixture(scope="module")
def ask(app: FaultyApp, url: str) -> Iterator[Any]:
    """Ask the doctor about AWS, whatever there is on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_REGION", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        for name, value in environment(url).items():
            patch.setenv(name, value)
        patch.setattr("evidence.doctor.examination.machine_checks", lambda *_: ())
        patch.setattr("evidence.doctor.examination.output_checks", lambda *_: ())

        clock = shifted_clock(NOW)  # as the server's goes on

        def run(*faults: Fault, settings: Settings, everywhere: bool = False) -> HealthReport:
            app.inject(faults)
            told: list[Check] = []
            found = examine(
                settings, output=Path("nowhere"), attachments=None, everywhere=everywhere,
                prompt=lambda _: None, clock=clock, tell=told.append, say=lambda _: None,
            )  # fmt: skip
            app.inject(())
            assert told == found.checks
            return found

        yield run


@pytest.fixture(scope="module")
def faulty(ask: Any) -> HealthReport:
    planted = [one.fault for one in IN_ONE_RUN.values() if one.fault]
    return ask(*planted, settings=settings_of(**WHOLE))


@pytest.fixture(scope="module")
def sound(ask: Any, app: FaultyApp) -> tuple[HealthReport, set[tuple[str, str]]]:
    """An organization in which nothing is wrong but what the demo account has, and what was asked there."""
    asked: set[tuple[str, str]] = set()
    plain = app._faults.meeting

    class Watching:
        def meeting(self, service: str, operation: str, *where: Any) -> Fault | None:
            asked.add((service, operation))
            return plain(service, operation, *where)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "inject", lambda _: setattr(app, "_faults", Watching()))
        some = {"include_accounts": [MEMBER, ACCOUNT], "regions": ["us-east-1"]}
        return ask(settings=settings_of(**WHOLE | some)), asked


@pytest.mark.parametrize("what", IN_ONE_RUN)
def test_each_planted_fault_has_its_line_with_what_to_do(faulty: HealthReport, what: str) -> None:
    planted = IN_ONE_RUN[what]
    lines = [one for one in faulty.checks if one.name == planted.name and planted.found in one.found]
    assert len(lines) == 1, [one.text() for one in faulty.checks]
    assert planted.to_do in lines[0].to_do
    assert lines[0].health is planted.health


def test_what_refuses_in_a_closed_region_is_told_once(faulty: HealthReport) -> None:
    assert [one.found for one in faulty.checks if CLOSED in one.found and one.name != "regions"] == []


def test_it_ends_with_the_gaps_and_the_tests_that_would_not_conclude(faulty: HealthReport) -> None:
    assert faulty.exit_code is ExitCode.GAPS
    gaps = {(gap.item, gap.where): gap.why for gap in faulty.gaps}
    assert gaps["iam.credential-report", ACCOUNT] == "permission missing (iam:GenerateCredentialReport)"
    assert ("iam.credential-report", MEMBER) not in gaps
    assert "could not be assumed" in gaps["iam.authorization-details", org.LOG_ACCOUNT]
    assert gaps["config.rules", f"{ACCOUNT} {CLOSED}"].startswith("denied by a service control policy")
    assert ("account.regions", ACCOUNT) not in gaps, "EC2 tells the same"
    open_ = {test.id: test.why for test in faulty.tests}
    assert "iam.credential-report" in open_["MFA-1"]
    assert open_["ATT-1"] == "attestations.toml says nothing of it"
    text = faulty.text()
    assert text.startswith("A run now would leave gaps:")
    assert "MFA-1" in text
    assert "--all tries them in every account" in text
    assert json.loads(json.dumps(faulty.document()))["health"] == "gap"


def test_all_is_tried_and_nothing_else_where_nothing_is_wrong(sound: Any) -> None:
    found, asked = sound
    assert [
        one.text() for one in found.checks if one.health not in (Health.OK, Health.LOOK, Health.UNTRIED)
    ] == []
    assert found.exit_code is ExitCode.DONE
    assert found.gaps == []
    left_out = {test.id: test.why for test in found.tests if not test.id.startswith("ATT-")}
    assert left_out["CFG-1"].startswith("config.recorders (without ap-southeast-2, eu-central-1, ")
    assert "ROOT-1" not in left_out
    declared = {(one.service, one.name) for item in catalogue().values() for one in item.operations}
    given = {("sts", "AssumeRole"), ("sts", "GetCallerIdentity")}
    assert asked <= declared | given
    (left,) = [one.found for one in found.checks if one.health is Health.UNTRIED]
    assert left.startswith("ec2:DescribeRegions, identitystore:DescribeUser: nothing was found")
    assert found.calls < 300


def few(*items: str, **more: Any) -> Settings:
    """Return settings that leave out most, for faults at the door."""
    left = {*items, "sts.caller", "account.regions", "iam.password-policy", "organizations.organization",
            "organizations.accounts"}  # fmt: skip
    given = {
        "aws": {"regions": ["us-east-1"]} | more,
        "collect": {"exclude": sorted({*catalogue()} - left - AGGREGATED)},
    }
    return Settings.model_validate(given)


AGGREGATED = {"config.aggregators", "config.aggregate-compliance"}


def line(found: HealthReport, name: str) -> Check:
    return next(one for one in found.checks if one.name == name)


def test_a_wrong_external_id(ask: Any) -> None:
    found = ask(settings=few(**WHOLE | {"external_id": "northwind-evidence-2025"}))
    assert line(found, "accounts").found == "0 of 5 members let EvidenceCollector in"
    told = line(found, "sts:AssumeRole")
    assert told.found.startswith("210987654321, ")
    assert "and 1 more: " in told.found
    assert "asks for the external id that you gave" in told.to_do
    assert found.exit_code is ExitCode.GAPS


def test_no_external_id() -> None:
    refused = Failure(Cause.ROLE_NOT_ASSUMED, "AccessDenied", "The role could not be assumed.")
    home = SimpleNamespace(arn="arn:x")
    outline = SimpleNamespace(settings=settings_of(role="R"), access=SimpleNamespace(home=home))
    *_, told = operations.door_checks(outline, {MEMBER: refused})  # type: ignore[arg-type]
    assert "you gave none: --external-id" in told.to_do


def test_all_tries_every_account_and_foretells_the_gaps_of_a_run(
    ask: Any, app: FaultyApp, tmp_path: Path
) -> None:
    faults = (
        denied("iam", "GetAccountPasswordPolicy", account=org.DATA_ACCOUNT),
        denied("config", "DescribeDeliveryChannels", account=org.PRODUCTION_ACCOUNT, scp=True),
        denied("sts", "AssumeRole", account=org.LOG_ACCOUNT),
    )
    settings = few("config.recorders", **WHOLE)
    assert {gap.where for gap in ask(*faults, settings=settings).gaps} == {org.LOG_ACCOUNT}
    found = ask(*faults, settings=settings, everywhere=True)
    assert line(found, "iam:GetAccountPasswordPolicy").found.endswith(org.DATA_ACCOUNT)
    assert "--all" not in found.text()
    app.inject(faults)
    run = Collected(collect(settings, out=tmp_path, clock=shifted_clock(NOW), signer=signer()))
    app.inject(())
    entered = {(gap["item"], gap["target"]["account"], gap["cause"]) for gap in run.gaps}
    foretold = {(gap.item, gap.where.split()[0], gap.why.partition(" (")[0]) for gap in found.gaps}
    assert len(foretold) > 3
    assert foretold == entered


def test_an_organization_that_cannot_be_listed_is_told_and_the_caller_s_account_tried(ask: Any) -> None:
    found = ask(denied("organizations", "ListAccounts"), settings=few(**WHOLE))
    told = line(found, "accounts")
    assert (told.health, found.exit_code) == (Health.STOP, ExitCode.COULD_NOT_RUN)
    assert "organizations:ListAccounts" in told.found
    assert line(found, "caller").health is Health.OK
    assert line(found, "operations").found.startswith("4 of ")


@pytest.mark.parametrize(
    ("fault", "found", "to_do"),
    [
        (Fault("*", "*", "ExpiredToken", status=403), "have expired", "aws sso login"),
        (Fault("sts", "*", "RequestTimeTooSkewed", status=403), "this machine's time", "Set the clock"),
        (denied("sts", "GetCallerIdentity", scp=True), "who it is", "service control policy"),
    ],
)
def test_nobody_is_let_in(ask: Any, fault: Fault, found: str, to_do: str) -> None:
    report = ask(fault, settings=few())
    told = line(report, "caller")
    assert found in told.found
    assert to_do in told.to_do
    assert report.exit_code is ExitCode.COULD_NOT_RUN
    assert "What AWS would answer is not known." in report.text()


def test_there_are_no_credentials(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    assert line(ask(settings=few()), "caller").found == "No AWS credentials were found."


def test_what_there_was_no_time_for_is_not_tried_and_no_gap(
    ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evidence.doctor.examination.SECONDS", 0.0)
    found = ask(settings=few(**WHOLE))
    assert found.gaps == []
    late = [one.name for one in found.checks if one.health is Health.LATE]
    assert set(late) == {"accounts", "operations"}
    assert (found.exit_code, "no time to try all" in found.text()) == (3, True)
    assert (line(found, "operations").health, line(found, "operations").found[:5]) == (
        Health.UNTRIED,
        "0 of ",
    )


def test_what_is_not_reached_out_of_its_turn_has_not_answered() -> None:
    def ask(_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://iam.amazonaws.com/")

    shape = SimpleNamespace(required_members=[], members={})
    model = SimpleNamespace(operation_model=lambda _: SimpleNamespace(input_shape=shape))
    client = SimpleNamespace(meta=SimpleNamespace(service_model=model))
    sender = SimpleNamespace(ask=ask, session=SimpleNamespace(client=lambda *_: client))
    collector = catalogue()["iam.credential-report"]
    unit = SimpleNamespace(collector=collector, target=Target(collector.scope, ACCOUNT, None), path=())
    asker = TrialAsker(sender, unit)  # type: ignore[arg-type]
    asker.ask_the_rest()
    assert {one.failure and one.failure.cause for one in asker.tried()} == {Cause.UNREACHABLE}


def trial(item: str, *records: Any, region: str | None = None, gap: Failure | None = None) -> UnitTrial:
    collector = catalogue()[item]
    unit = SimpleNamespace(
        collector=collector,
        target=Target(collector.scope, ACCOUNT, region),
        key=(item, Target(collector.scope, ACCOUNT, region)),
    )
    return UnitTrial(unit, gap, (SimpleNamespace(failure=None),), records)  # type: ignore[arg-type]


RECORDING = {
    "ConfigurationRecorder": {
        "name": "default",
        "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True},
    },
    "Status": {"recording": True},
}
INSTANCE = {
    "InstanceArn": "arn:aws:sso:::instance/ssoins-1",
    "Status": "ACTIVE",
    "OwnerAccountId": "210987654321",
}
OUTLINE = SimpleNamespace(
    found=SimpleNamespace(management=ACCOUNT),
    regions=[SimpleNamespace(asked=True, state=SimpleNamespace(region="eu-west-1"))],
)


def test_config_is_stopped_in_a_region_and_absent_in_another_a_closed_one_apart() -> None:
    stopped = RECORDING | {"Status": {"recording": False}}
    ended = [
        trial("config.recorders", RECORDING, region="eu-west-1"),
        trial("config.recorders", stopped, region="eu-west-2"),
        trial("config.recorders", region="eu-west-3"),
        trial("config.recorders", region="eu-north-1"),
    ]
    found = operations.presence_checks(OUTLINE, ended, {(ACCOUNT, "eu-north-1")})
    (told,) = [one for one in found if one.name == "AWS Config"]
    assert told.found == f"is not recording in 2 of 4 places: {ACCOUNT} eu-west-2, {ACCOUNT} eu-west-3"
    assert (told.health, "recorder" in told.to_do) == (Health.LOOK, True)


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ((), "no instance in 1 regions"),
        (({"Region": "eu-west-1", "Instance": INSTANCE},), "of accounts alone"),
    ],
)
def test_identity_center_is_not_there(records: tuple[Any, ...], found: str) -> None:
    ended = [trial("identity-center.instance", *records)]
    (told,) = [
        one for one in operations.presence_checks(OUTLINE, ended, set()) if one.name == "Identity Center"
    ]
    assert found in told.found
    assert told.health is Health.LOOK


def test_a_closed_region_leaves_tests_alone_where_the_policies_are_read() -> None:
    gap = outlook.ExpectedGap("config.rules", f"{ACCOUNT} {CLOSED}", "denied", closed=True)
    unread = outlook.ExpectedGap("organizations.policies", "organization", "denied")
    settings = Settings()

    def concerned(*gaps: outlook.ExpectedGap) -> set[str]:
        return {one.id for one in outlook.open_tests(settings, NOTHING_STATED, gaps, {}, NOW.date())}

    assert "CFG-2" not in concerned(gap)
    assert "CFG-2" in concerned(replace(gap, closed=False))
    assert "CFG-2" in concerned(gap, unread)


def test_a_caller_who_sees_no_identity_center_leaves_its_tests_open() -> None:
    item = "organizations.organization"
    told = trial(
        item,
        {
            "Organization": {
                "Arn": f"arn:aws:organizations::{org.MANAGEMENT_ACCOUNT}:organization/o-1",
                "MasterAccountId": org.MANAGEMENT_ACCOUNT,
            }
        },
    )
    outline = SimpleNamespace(
        found=SimpleNamespace(management="", administrators=frozenset(), hosts={outlook.INSTANCE: MEMBER}),
        collectors=catalogue(),
    )
    trials = SimpleNamespace(regions={}, ended=[told])
    unasked = outlook.unasked_items(outline, trials)  # type: ignore[arg-type]
    assert f"{MEMBER} is neither the management account" in unasked["identity-store.users"]
    outline.found.hosts = {outlook.INSTANCE: org.MANAGEMENT_ACCOUNT}
    assert outlook.unasked_items(outline, trials) == {}  # type: ignore[arg-type]


def test_items_left_out_by_the_settings_leave_tests_open() -> None:
    settings = Settings.model_validate({"collect": {"exclude": ["iam.authorization-details"]}})
    why = {one.id: one.why for one in outlook.open_tests(settings, NOTHING_STATED, (), {}, NOW.date())}
    assert why["PRIV-1"] == "iam.authorization-details (left out by the settings)"
    assert "iam.sample-role-policies (left out by the settings)" in why["PRIV-3"]


def test_the_command_prints_json_and_leaves_nothing(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    env = clean_environment() | {"AWS_EC2_METADATA_DISABLED": "true", "HOME": str(tmp_path)}
    done = evidence("doctor", "--json", "--quiet", env=env, cwd=here)
    assert done.returncode == ExitCode.COULD_NOT_RUN
    assert done.stderr == ""
    found = json.loads(done.stdout)
    stopped = {one["check"] for one in found["checks"] if one["health"] == "stop"}
    assert (found["health"], stopped) == ("stop", {"key, certificate, pass phrase", "caller"})
    assert list(here.iterdir()) == []


def test_settings_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "evidence.toml").write_text("[aws\n")
    done = evidence("doctor", env=clean_environment(), cwd=tmp_path)
    assert done.returncode == ExitCode.USAGE
    assert "evidence.toml" in done.stderr
