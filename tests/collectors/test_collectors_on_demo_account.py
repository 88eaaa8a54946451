"""Every collector, through the real runner, against the demo account."""

import csv
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean

import pytest

from evidence.clock import frozen_clock
from evidence.collect import collect
from evidence.collectors.base import catalogue
from evidence.records import CONFIG_RESULTS
from evidence.settings.model import Settings

NOW = datetime(2026, 10, 1, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the demo account in a process of its own, as users do."""
    ready = tmp_path_factory.mktemp("demo") / "url"
    command = [sys.executable, "-m", "evidence", "demo-aws", "--quiet", "--now", NOW.isoformat()]
    with subprocess.Popen([*command, "--ready-file", ready]) as server:
        try:
            deadline = time.monotonic() + 60
            while not (ready.exists() and ready.read_text()):
                assert server.poll() is None, "the demo account did not start"
                assert time.monotonic() < deadline, "the demo account is not ready"
                time.sleep(0.05)
            yield ready.read_text().strip()
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory, endpoint: str) -> list[Path]:
    """A run that asks everything, and what is asked of an aggregator in place of the accounts."""
    aggregator = CONFIG_RESULTS["aggregator"]
    others = [item for item in catalogue() if item not in (*aggregator, "sts.caller", "account.regions")]
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", endpoint)
        environment.setenv("AWS_ACCESS_KEY_ID", "AKIADEMODEMODEMODEMO")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "demo")
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        return [
            collect(
                Settings.model_validate({"collect": given}),
                out=tmp_path_factory.mktemp("out"),
                clock=frozen_clock(NOW),
                signer=None,
            )
            / "data"
            for given in ({}, {"config_source": "aggregator", "exclude": others})
        ]


def units(bundles: list[Path]) -> list[dict]:
    return [unit for bundle in bundles for unit in json.loads((bundle / "run.json").read_text())["units"]]


def test_no_gap(bundles: list[Path]) -> None:
    assert [json.loads((bundle / "gaps.json").read_text()) for bundle in bundles] == [[], []]
    assert {unit["item"] for unit in units(bundles)} == set(catalogue())


def test_every_item_has_records_somewhere(bundles: list[Path]) -> None:
    assert {unit["item"] for unit in units(bundles) if unit["records"]} == set(catalogue())


def test_calls_are_about_what_the_collectors_declare(bundles: list[Path]) -> None:
    """`evidence plan` reckons with them. What grows with an organization depends on its size as well."""
    calls: dict[str, list[int]] = {}
    for unit in units(bundles[:1]):
        calls.setdefault(unit["item"], []).append(unit["calls"])
    for item, counted in calls.items():
        declared, took = catalogue()[item].calls, mean(counted)
        if not catalogue()[item].grows_by:
            assert declared / 2 <= took <= declared * 2, (
                f"{item} takes {took:.0f} calls: declare calls={took:.0f}"
            )


def test_people_are_where_the_collectors_say(bundles: list[Path]) -> None:
    """A misspelt member would let a name through into a redacted pack."""
    for collector in catalogue().values():
        files = [file for one in bundles for file in one.rglob(f"{collector.service}/{collector.name}.*")]
        lines = [line for file in files for line in lines_of(file)]
        for place in collector.people:
            assert any(found(line, place) for line in lines), f"{collector.item}: no text at {place}"


def lines_of(file: Path) -> Iterator[dict]:
    lines = file.read_text().splitlines()
    return iter(csv.DictReader(lines)) if file.suffix == ".csv" else map(json.loads, lines)


def found(value: object, place: tuple[str, ...]) -> bool:
    """Say whether a text stands behind these members, through whatever lists lie between."""
    if isinstance(value, list):
        return any(found(one, place) for one in value)
    if not place:
        return isinstance(value, str)
    return isinstance(value, dict) and found(value.get(place[0]), place[1:])


def test_no_personal_data_and_no_seeds(bundles: list[Path]) -> None:
    text = "".join(path.read_text() for bundle in bundles for path in bundle.rglob("*.jsonl"))
    for member in ("Base32StringSeed", "QRCodePNG", "PhoneNumber", "PhoneNumbers", "Birthdate", "Addresses"):
        assert f'"{member}":' not in text, member


def test_every_declared_operation_is_used(bundles: list[Path]) -> None:
    """An operation nobody calls is a permission asked for nothing; EC2 stands in only where IAM denies."""
    lines = [line for bundle in bundles for line in (bundle / "calls.jsonl").read_text().splitlines()]
    calls = map(json.loads, lines)
    used = {(call["service"], call["operation"]) for call in calls}
    declared = {(one.service, one.name) for collector in catalogue().values() for one in collector.operations}
    assert declared - used == {("ec2", "DescribeRegions")}
