"""Reads what AWS Config's rules found in an account and region, whatever the run read it from.

Either each account and region was asked itself, or an aggregator that holds copies of all. What an
aggregator holds of a source that it has not heard from lately is never taken for what is there.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from evidence.bundle import LocatedRecord
from evidence.readers.config_aggregator import Place, aggregator
from evidence.readers.config_state import RULES
from evidence.readers.evidence import Evidence, optional_text, require_moment, require_text
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import Unreadable, require_readable

COMPLIANCE, AGGREGATE = "config.rule-compliance", "config.aggregate-compliance"
SOURCES = {
    "accounts": "from each account and region itself",
    "aggregator": "from a Config aggregator that gathers them (IPE-11 tells whether it has them all)",
}
"""Where results were read, by the run's setting, as procedures say it."""
COMPLIANT = "COMPLIANT"
COMPLIANCE_TYPES = frozenset({COMPLIANT, "NON_COMPLIANT", "INSUFFICIENT_DATA", "NOT_APPLICABLE"})
"""What AWS documents that a result can be."""


@dataclass(frozen=True, slots=True)
class ConfigResult:
    """What a rule found of one resource."""

    account: str
    region: str
    rule: str
    resource: str
    """Config's id of it: AIDA… for a user, the account for root."""
    resource_type: str
    compliance: str
    """AWS's word; see COMPLIANCE_TYPES."""
    recorded: datetime
    annotation: str
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """Config's own verdict on a whole rule."""

    account: str
    region: str
    rule: str
    compliance: str
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class ConfigResults:
    """What is known of one account and region."""

    found: tuple[ConfigResult, ...] = ()
    """A result for each rule and resource (EvaluationResult)."""
    own: Mapping[str, RuleVerdict] = field(default_factory=dict)
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
    """Return what Config's rules found in an account and region.

    Raises MalformedEvidenceError for a record that cannot be read: of that account and region, or, where an
    aggregator told, of any.
    """
    place = account, region
    if not reads_aggregator(evidence):
        return _results(require_readable(every_result(evidence, account, region)))
    one = aggregator(evidence)
    there = one.sources.get(place, ())
    return replace(
        _gathered(evidence).get(place, ConfigResults()),
        doubt=one.doubt(place, evidence.thresholds.aggregator_update_hours),
        source=one.label,
        pointers=tuple(source.pointer for source in there) or (one.pointer,),
    )


def every_result(
    evidence: Evidence, account: str | None = None, region: str | None = None
) -> Iterator[ConfigResult | RuleVerdict | Unreadable]:
    """Yield all results and verdicts, from whichever item the run read; of one file's account and region."""
    if reads_aggregator(evidence):
        return evidence.each(AGGREGATE, aggregated_result, account, region)
    return evidence.each(COMPLIANCE, account_result, account, region)


def aggregated_rule_counts(evidence: Evidence) -> Mapping[Place, int]:
    """Return of how many rules the aggregator holds a verdict, by account and region."""
    return {place: len(gathered.own) for place, gathered in _gathered(evidence).items()}


def _results(told: Iterable[ConfigResult | RuleVerdict]) -> ConfigResults:
    found, own = [], {}
    for one in told:
        if isinstance(one, RuleVerdict):
            own[one.rule] = one
        else:
            found.append(one)
    return ConfigResults(tuple(found), own)


def account_result(located: LocatedRecord) -> ConfigResult | RuleVerdict:
    """Read a record of an account and region that told by itself."""
    place = located.target.account, located.target.region or ""
    if "EvaluationResult" in located.value:
        return _result(located, "EvaluationResult", place)
    return _verdict(located, "ComplianceByConfigRule", place)


def aggregated_result(located: LocatedRecord) -> ConfigResult | RuleVerdict:
    """Read a record of an aggregator, which says of which account and region it is."""
    whole = "AggregateComplianceByConfigRule" in located.value
    kind = "AggregateComplianceByConfigRule" if whole else "AggregateEvaluationResult"
    body = located.value[kind]
    place = require_text(body["AccountId"]), require_text(body["AwsRegion"])
    return _verdict(located, kind, place) if whole else _result(located, kind, place)


def _result(located: LocatedRecord, kind: str, place: Place) -> ConfigResult:
    body = located.value[kind]
    qualifier = body["EvaluationResultIdentifier"]["EvaluationResultQualifier"]
    return ConfigResult(
        account=place[0],
        region=place[1],
        rule=require_text(located.value["ConfigRuleName"]),
        resource=require_text(qualifier["ResourceId"]),
        resource_type=require_text(qualifier["ResourceType"]),
        compliance=require_text(body["ComplianceType"]),
        recorded=require_moment(body["ResultRecordedTime"]),
        annotation=optional_text(body.get("Annotation")),
        pointer=pointer_to(located),
    )


def _verdict(located: LocatedRecord, kind: str, place: Place) -> RuleVerdict:
    body = located.value[kind]
    return RuleVerdict(
        account=place[0],
        region=place[1],
        rule=require_text(body["ConfigRuleName"]),
        compliance=require_text(body["Compliance"]["ComplianceType"]),
        pointer=pointer_to(located),
    )


def _gathered(evidence: Evidence) -> Mapping[Place, ConfigResults]:
    """Return the aggregator's records by account and region; they are read once for all tests."""
    return evidence.once(AGGREGATE, lambda: _gather(evidence))


def _gather(evidence: Evidence) -> dict[Place, ConfigResults]:
    by_place: dict[Place, list[ConfigResult | RuleVerdict]] = {}
    told: Iterator[ConfigResult | RuleVerdict] = require_readable(every_result(evidence))
    for one in told:
        by_place.setdefault((one.account, one.region), []).append(one)
    return {place: _results(told) for place, told in by_place.items()}
