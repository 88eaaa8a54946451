"""Tests completeness of the Config aggregator (IPE), where results were read from one (CC4.1)."""

from collections.abc import Iterator

from evidence.controls import topics
from evidence.controls.declaration import Family, Row, Severity, Verdict, control_test
from evidence.controls.tests._collect_again import collect_again
from evidence.controls.tests.ipe import RUN
from evidence.readers import coverage
from evidence.readers.config_aggregator import AGGREGATORS, AggregationSource, Aggregator, Place, aggregator
from evidence.readers.config_results import AGGREGATE, aggregated_rule_counts
from evidence.readers.evidence import Evidence, joined_names, plural


@control_test(
    id="IPE-11",
    title="The Config aggregator holds every account and region",
    topic=topics.COMPLETENESS,
    criteria=(),
    family=Family.RELIABILITY,
    risk="An aggregator that does not hear from an account shows nothing of it, or what was true long ago.",
    procedure="Where the results of AWS Config's rules were read from an aggregator, compared its sources "
    "with the accounts and regions in scope: each must be a source whose last update SUCCEEDED at most "
    "{aggregator_update_hours} hours before it was asked. What filters leave out of an aggregator cannot be "
    "told.",
    population="The aggregator, the organization as its source, and each account and region in scope; "
    "sources that are not in scope are listed",
    attribute="A source, updated within {aggregator_update_hours} hours, nothing filtered",
    needs=(AGGREGATORS, AGGREGATE),
    empty="Results were read in each account and region itself, not from an aggregator.",
    severity=Severity.MEDIUM,
    remedy=collect_again(
        "AWS Config, Aggregators: add the accounts and regions that are missing, and authorize "
        "them where they are not of the organization; or read Config in each account "
        "(config_source)."
    ),
    limits="LastUpdateTime tells when data was moved; when rules were evaluated is CFG-3, from the accounts "
    "themselves. What an aggregator lacks leaves CFG-4 and CFG-5 not concluded.",
)
def everything_aggregated(evidence: Evidence) -> Iterator[Row]:
    """Yield a row for the aggregator, one for each account and region, one for each source out of scope."""
    if evidence.settings.config_source != "aggregator":
        return
    one, rules = aggregator(evidence), aggregated_rule_counts(evidence)
    hours = evidence.thresholds.aggregator_update_hours
    scope = [
        (account, region)
        for account in evidence.run.accounts
        for region in coverage.regions_in_scope(evidence.bundle, account)
    ]
    yield _itself(one)
    yield from (_organization(one, source, hours) for source in one.organization)
    yield from (_place(one, place, rules.get(place, 0), hours) for place in scope)
    beside: dict[str, list[str]] = {}
    for account, region in sorted(one.sources.keys() - set(scope)):
        beside.setdefault(account, []).append(region)
    yield from (_beside(one, account, regions) for account, regions in beside.items())


def _itself(one: Aggregator) -> Row:
    only = f", {one.filters} only" if one.filters else ""
    return Row(
        subject=one.arn,
        account=one.account,
        region=one.region,
        verdict=Verdict.NOT_DETERMINED if one.filters else Verdict.MET,
        observed=f"gathers {one.covers}{only}",
        expected="nothing filtered",
        pointers=(one.pointer,),
        attributes=_columns(one),
    )


def _organization(one: Aggregator, source: AggregationSource, hours: int) -> Row:
    doubt = source.doubt(one.asked, hours)
    return Row(
        subject="the organization",
        account=one.account,
        region=one.region,
        verdict=Verdict.EXCEPTION if doubt else Verdict.MET,
        observed=doubt or _updated(source),
        expected=_expected(hours),
        pointers=(source.pointer,),
        note="Accounts that joined since may be missing." if doubt else "",
        attributes=_columns(one),
    )


def _place(one: Aggregator, place: Place, rules: int, hours: int) -> Row:
    found = one.sources.get(place, ())
    doubt = next((doubt for source in found if (doubt := source.doubt(one.asked, hours))), "")
    return Row(
        subject=place[0],
        account=place[0],
        region=place[1],
        verdict=Verdict.MET if found and not doubt else Verdict.EXCEPTION,
        observed=doubt or (_updated(found[0]) if found else "not a source of the aggregator"),
        expected=_expected(hours),
        pointers=tuple(source.pointer for source in found) or (one.pointer, RUN),
        attributes=_columns(one, str(rules)),
    )


def _beside(one: Aggregator, account: str, regions: list[str]) -> Row:
    return Row(
        subject=account,
        account=account,
        verdict=Verdict.OUT_OF_SCOPE,
        observed=f"a source in {plural(len(regions), 'region')} ({joined_names(regions)}) "
        "that this run leaves out",
        outside="a source that this run leaves out",
        expected="in scope",
        pointers=(one.sources[account, regions[0]][0].pointer,),
        attributes=_columns(one),
    )


def _columns(one: Aggregator, rules: str = "") -> dict[str, str]:
    return {"aggregator": one.label, "rules with a verdict": rules}


def _updated(source: AggregationSource) -> str:
    return f"last update SUCCEEDED, {source.updated:%Y-%m-%d %H:%M}Z"


def _expected(hours: int) -> str:
    return f"a source, last update SUCCEEDED at most {hours} hours before"
