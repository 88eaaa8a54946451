"""A custom item of the demo account: our collector, through the gate, sealed with its declaration."""

from pathlib import Path

import boto3
import pytest

from evidence.bundle import open_bundle
from evidence.clock import frozen_clock
from evidence.collect import collect
from evidence.collect.processes import ProcessSetup
from evidence.collectors.base import catalogue
from evidence.demo_account import DemoServer
from evidence.errors import UsageError
from evidence.readers.ledger import compare_files
from evidence.recompute import untied_files
from evidence.settings.model import Settings
from tests.aws_server.app import FaultyApp
from tests.aws_server.faults import Fault
from tests.collect.collect_support import NOW, environment
from tests.support.custom import ALL, ITEM, scope
from tests.support.identity import signer

KEPT = {ITEM, "iam.credential-report", "sts.caller", "account.regions"}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    excluded = tuple(item for item in catalogue() if item not in KEPT)
    asked = {"aws": {"regions": ["us-east-1"]}, "collect": {"exclude": excluded}, "custom": ALL.custom}
    return Settings.model_validate(asked)


def run(settings: Settings, out: Path, monkeypatch: pytest.MonkeyPatch, *faults: Fault) -> Path:
    server = DemoServer("127.0.0.1", 0, FaultyApp(NOW, faults=faults))
    server.start()
    try:
        for name, value in environment(server.url).items():
            monkeypatch.setenv(name, value)
        client = boto3.client("secretsmanager")
        for secret in ("billing", "=cmd|' /C calc'!A1"):
            client.create_secret(Name=secret, SecretString="not read")
        return collect(settings, out=out, clock=frozen_clock(NOW), signer=signer())
    finally:
        server.stop()


def test_a_custom_item_is_collected_counted_and_sealed(
    example: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = open_bundle(run(settings, tmp_path / "out", monkeypatch))
    records = [located.value for located in bundle.records(ITEM)]
    assert [record["DescribeSecret"]["Name"] for record in records] == ["billing", "=cmd|' /C calc'!A1"]
    assert "not read" not in (bundle.root / "data" / next(iter(bundle.units(ITEM))).files[0]).read_text()
    assert bundle.run.custom == scope()
    counts = next(counts for unit, counts in compare_files(bundle) if unit.item == ITEM)
    assert [(one.held, one.counted) for one in counts] == [(2, 2), (2, 2)], "both operations, to the record"
    assert not list(untied_files(bundle, ""))


def test_a_refusal_is_a_gap_of_the_whole_unit(
    example: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = Fault("secretsmanager", "DescribeSecret", "AccessDeniedException", status=400)
    bundle = open_bundle(run(settings, tmp_path / "out", monkeypatch, refused))
    (gap,) = bundle.gaps_of(ITEM)
    assert (gap.operation, gap.cause.value) == ("secretsmanager:DescribeSecret", "permission missing")
    assert not list(bundle.records(ITEM))


def test_other_processes_are_told_what_is_declared_and_hold_it_against_the_models_themselves(
    example: Path,
) -> None:
    setup = ProcessSetup(None, (ITEM,), 1, scope().items)
    assert catalogue(setup.custom)[ITEM].operations[0].pin
    assert ITEM not in catalogue(), "nothing stays switched on"


def test_the_package_must_be_there_before_anything_is_asked(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="No installed package has the entry point"):
        collect(settings, out=tmp_path / "out", clock=frozen_clock(NOW), signer=signer())
    assert not (tmp_path / "out").exists()
