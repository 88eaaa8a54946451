"""What every collector's declaration must be, whatever it collects."""

import pkgutil
import re
from graphlib import TopologicalSorter
from itertools import chain

import botocore.session
import pytest

import evidence.collectors
from evidence.collectors.base import Collector, catalogue
from evidence.records import Operation
from evidence.report.names import JOINED, item_sheet

CATALOGUE = catalogue()
COLLECTORS = pytest.mark.parametrize("collector", CATALOGUE.values(), ids=CATALOGUE)
OPERATIONS = pytest.mark.parametrize(
    "operation",
    sorted({operation for one in CATALOGUE.values() for operation in one.operations}, key=repr),
    ids=lambda operation: f"{operation.service}:{operation.name}",
)

HEADLINES = {
    1: "iam.credential-report",
    2: "iam.account-summary",
    3: "config.rule-compliance",
    4: "access-analyzer.findings",
    5: "identity-center.instance",
    6: "iam.sample-role-policies",
}
READS = ("Describe", "Get", "List", "Lookup", "Validate")
REPORTS = {"GenerateCredentialReport", "GenerateServiceLastAccessedDetails"}
"""Make a report and change no configuration."""
HANDS_OUT_SECRETS = {"GetSecretValue", "GetFederationToken", "GetSessionToken", "GetRoleCredentials"}


def model(operation: Operation):
    return botocore.session.get_session().get_service_model(operation.service).operation_model(operation.name)


def test_one_file_per_item_named_after_it() -> None:
    modules = {found.name for found in pkgutil.iter_modules(evidence.collectors.__path__)}
    public = {name for name in modules if not name.startswith("_") and name != "base"}
    assert public == {re.sub(r"[.-]", "_", item) for item in CATALOGUE}


def test_the_six_that_auditors_ask_for_by_name() -> None:
    assert {one.headline: one.item for one in CATALOGUE.values() if one.headline} == HEADLINES


def test_each_has_a_sheet_in_the_workbook_of_its_own_or_one_that_names_it() -> None:
    alone = [item for item in CATALOGUE if item not in chain(*JOINED.values())]
    assert len({item_sheet(item) for item in alone} | set(JOINED)) == len(alone) + len(JOINED)
    assert set(chain(*JOINED.values())) <= set(CATALOGUE)


def test_needs_exist_without_circles() -> None:
    order = TopologicalSorter({item: one.needs for item, one in CATALOGUE.items()}).static_order()
    assert set(order) == set(CATALOGUE)


@COLLECTORS
def test_says_what_it_is(collector: Collector) -> None:
    assert re.fullmatch(r"[a-z-]+\.[a-z-]+", collector.item)
    assert collector.title
    assert collector.shape
    assert collector.blind_spots
    assert all(re.fullmatch(r"\S.{20,}\.", spot) for spot in collector.blind_spots)
    assert len(set(collector.operations)) == len(collector.operations)


@COLLECTORS
def test_describes_itself_to_the_next_developer(collector: Collector) -> None:
    assert collector.collect.__doc__


@OPERATIONS
def test_operation_and_list_key_exist(operation: Operation) -> None:
    """The gate compares with botocore's names, and a misspelt list key would always be a gap."""
    assert operation.list_key in model(operation).output_shape.members


@OPERATIONS
def test_operation_only_reads(operation: Operation) -> None:
    assert operation.name.startswith(READS) or operation.name in REPORTS
    assert operation.name not in HANDS_OUT_SECRETS


@OPERATIONS
def test_iam_action_is_named_where_it_differs(operation: Operation) -> None:
    text = model(operation).documentation
    stated = set(re.findall(r"<code>(access-analyzer:\w+)</code>", text))
    prefix = model(operation).service_model.signing_name
    assert set(operation.iam_actions or [f"{prefix}:{operation.name}"]) >= stated
