"""What AWS Config's rules found in an account and region, whatever the run read it from.

Either each account and region was asked itself, or an aggregator that holds copies of all. What an
aggregator holds of a source that it has not heard from lately is never taken for what is there.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from evidence.readers.config_aggregator import Place, aggregator
from evidence.readers.config_state import RULES
from evidence.readers.evidence import Evidence, at, text
from evidence.readers.pointer import Pointer

COMPLIANCE, AGGREGATE = "config.rule-compliance", "config.aggregate-compliance"
SOURCES = {
    "accounts": "from each account and region itself",
    "aggregator": "from a Config aggregator that gathers them (IPE-11 tells whether it has them all)",
}
"""Where results were read, by the run's setting, as procedures say it."""


@dataclass(frozen=True, slots=True)
class Told:
    """One record of the results: of a rule on a resource, or Config's own verdict on a rule."""

    rule: str
    body: Mapping[str, Any]
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class Results:
    """What is known of one account and region."""

    found: tuple[Told, ...] = ()
    """A result for each rule and resource (EvaluationResult)."""
    own: Mapping[str, Told] = field(default_factory=dict)
    """Config's own verdict on each rule (ComplianceByConfigRule), by the rule's name."""
    doubt: str = ""
    """Why nothing follows from this; empty if it may be used."""
    source: str = ""
    """The aggregator they were read from; empty where the account itself told."""
    pointers: tuple[Pointer, ...] = ()
    """Where the doubt is written."""


def aggregated(evidence: Evidence) -> bool:
    """Say whether the run read results from an aggregator."""
    return evidence.settings.config_source == "aggregator"


def looked_in(evidence: Evidence) -> str:
    """Return the item in whose files of each region a rule without results would have had some."""
    return RULES if aggregated(evidence) else COMPLIANCE


def results(evidence: Evidence, account: str, region: str) -> Results:
    """Return what Config's rules found in an account and region."""
    place = account, region
    if not aggregated(evidence):
        return _results(_told(evidence, place))
    one = aggregator(evidence)
    there = one.sources.get(place, ())
    return replace(
        _gathered(evidence).get(place, Results()),
        doubt=one.doubt(place, evidence.thresholds.aggregator_update_hours),
        source=one.label,
        pointers=tuple(source.pointer for source in there) or (one.pointer,),
    )


def held(evidence: Evidence) -> Mapping[Place, int]:
    """Return of how many rules the aggregator holds a verdict, by account and region."""
    return {place: len(gathered.own) for place, gathered in _gathered(evidence).items()}


def _results(told: Iterable[tuple[bool, Told]]) -> Results:
    """Return records by kind: each comes with whether it is a verdict on a whole rule."""
    found, own = [], {}
    for whole, one in told:
        if whole:
            own[one.rule] = one
        else:
            found.append(one)
    return Results(tuple(found), own)


def _told(evidence: Evidence, place: Place) -> Iterator[tuple[bool, Told]]:
    for located in evidence.kind(COMPLIANCE, "EvaluationResult", *place):
        result = located.value["EvaluationResult"]
        yield False, Told(text(located.value["ConfigRuleName"]), result, at(located))
    for located in evidence.kind(COMPLIANCE, "ComplianceByConfigRule", *place):
        verdict = located.value["ComplianceByConfigRule"]
        yield True, Told(text(verdict["ConfigRuleName"]), verdict, at(located))


def _gathered(evidence: Evidence) -> Mapping[Place, Results]:
    """Return the aggregator's records by account and region; they are read once for all tests."""
    return evidence.once(AGGREGATE, lambda: _gather(evidence))


def _gather(evidence: Evidence) -> dict[Place, Results]:
    by_place: dict[Place, list[tuple[bool, Told]]] = {}
    for whole, kind in ((False, "AggregateEvaluationResult"), (True, "AggregateComplianceByConfigRule")):
        for located in evidence.kind(AGGREGATE, kind):
            body = located.value[kind]
            rule = text(body["ConfigRuleName"] if whole else located.value["ConfigRuleName"])
            place = text(body["AccountId"]), text(body["AwsRegion"])
            by_place.setdefault(place, []).append((whole, Told(rule, body, at(located))))
    return {place: _results(told) for place, told in by_place.items()}
