"""Reads what AWS Config's rules found in an account and region, whatever the run read it from.

Either each account and region was asked itself, or an aggregator that holds copies of all. What an
aggregator holds of a source that it has not heard from lately is never taken for what is there.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from evidence.readers.config_aggregator import Place, aggregator
from evidence.readers.config_state import RULES
from evidence.readers.evidence import Evidence, require_text
from evidence.readers.pointer import Pointer, pointer_to

COMPLIANCE, AGGREGATE = "config.rule-compliance", "config.aggregate-compliance"
SOURCES = {
    "accounts": "from each account and region itself",
    "aggregator": "from a Config aggregator that gathers them (IPE-11 tells whether it has them all)",
}
"""Where results were read, by the run's setting, as procedures say it."""


@dataclass(frozen=True, slots=True)
class ConfigResult:
    """One record of the results: of a rule on a resource, or Config's own verdict on a rule."""

    rule: str
    body: Mapping[str, Any]
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class ConfigResults:
    """What is known of one account and region."""

    found: tuple[ConfigResult, ...] = ()
    """A result for each rule and resource (EvaluationResult)."""
    own: Mapping[str, ConfigResult] = field(default_factory=dict)
    """Config's own verdict on each rule (ComplianceByConfigRule), by the rule's name."""
    doubt: str = ""
    """Why nothing follows from this; empty if it may be used."""
    source: str = ""
    """The aggregator they were read from; empty where the account itself told."""
    pointers: tuple[Pointer, ...] = ()
    """Where the doubt is written."""


def reads_aggregator(evidence: Evidence) -> bool:
    """Say whether the run read results from an aggregator."""
    return evidence.settings.config_source == "aggregator"


def results_item(evidence: Evidence) -> str:
    """Return the item in whose files of each region a rule without results would have had some."""
    return RULES if reads_aggregator(evidence) else COMPLIANCE


def results(evidence: Evidence, account: str, region: str) -> ConfigResults:
    """Return what Config's rules found in an account and region."""
    place = account, region
    if not reads_aggregator(evidence):
        return _results(_told(evidence, place))
    one = aggregator(evidence)
    there = one.sources.get(place, ())
    return replace(
        _gathered(evidence).get(place, ConfigResults()),
        doubt=one.doubt(place, evidence.thresholds.aggregator_update_hours),
        source=one.label,
        pointers=tuple(source.pointer for source in there) or (one.pointer,),
    )


def aggregated_rule_counts(evidence: Evidence) -> Mapping[Place, int]:
    """Return of how many rules the aggregator holds a verdict, by account and region."""
    return {place: len(gathered.own) for place, gathered in _gathered(evidence).items()}


def _results(told: Iterable[tuple[bool, ConfigResult]]) -> ConfigResults:
    """Return records by kind: each comes with whether it is a verdict on a whole rule."""
    found, own = [], {}
    for whole, one in told:
        if whole:
            own[one.rule] = one
        else:
            found.append(one)
    return ConfigResults(tuple(found), own)


def _told(evidence: Evidence, place: Place) -> Iterator[tuple[bool, ConfigResult]]:
    for located in evidence.kind(COMPLIANCE, "EvaluationResult", *place):
        result = located.value["EvaluationResult"]
        yield False, ConfigResult(require_text(located.value["ConfigRuleName"]), result, pointer_to(located))
    for located in evidence.kind(COMPLIANCE, "ComplianceByConfigRule", *place):
        verdict = located.value["ComplianceByConfigRule"]
        yield True, ConfigResult(require_text(verdict["ConfigRuleName"]), verdict, pointer_to(located))


def _gathered(evidence: Evidence) -> Mapping[Place, ConfigResults]:
    """Return the aggregator's records by account and region; they are read once for all tests."""
    return evidence.once(AGGREGATE, lambda: _gather(evidence))


def _gather(evidence: Evidence) -> dict[Place, ConfigResults]:
    by_place: dict[Place, list[tuple[bool, ConfigResult]]] = {}
    for whole, kind in ((False, "AggregateEvaluationResult"), (True, "AggregateComplianceByConfigRule")):
        for located in evidence.kind(AGGREGATE, kind):
            body = located.value[kind]
            rule = require_text(body["ConfigRuleName"] if whole else located.value["ConfigRuleName"])
            place = require_text(body["AccountId"]), require_text(body["AwsRegion"])
            by_place.setdefault(place, []).append((whole, ConfigResult(rule, body, pointer_to(located))))
    return {place: _results(told) for place, told in by_place.items()}
