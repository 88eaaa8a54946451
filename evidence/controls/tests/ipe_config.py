"""Tests that AWS Config's verdicts and its list of rules name the same rules (IPE)."""

from collections.abc import Iterator

from evidence.controls import topics
from evidence.controls.declaration import Family, Row, Severity, Verdict, control_test
from evidence.controls.rows import as_far_as_readable
from evidence.controls.tests._collect_again import collect_again
from evidence.readers.config_results import COMPLIANCE, reads_aggregator, results
from evidence.readers.config_state import RULES, every_rule
from evidence.readers.evidence import Evidence, joined_names, plural
from evidence.readers.unreadable import require_readable

LIKELY = "A rule deleted after it was listed, or a list that lacks it."


@control_test(
    id="IPE-17",
    title="Rules with a verdict are listed",
    topic=topics.COMPLETENESS,
    criteria=(),
    family=Family.RELIABILITY,
    risk="A rule that the list lacks is held against nothing: not its parameters, not its last evaluation.",
    procedure="Compared the rules that AWS Config gives a verdict on, or results of, with the rules that it "
    "lists in the same account and region.",
    population="Each region in which AWS Config gives a verdict",
    attribute="Every rule with a verdict or a result is listed",
    needs=(RULES, COMPLIANCE),
    empty="AWS Config gives no verdict, or results were read from an aggregator, which lags behind.",
    limits="Verdicts of an aggregator are copies and may tell of rules that are gone: they are not compared.",
    severity=Severity.MEDIUM,
    remedy=collect_again(
        "Look in AWS Config in {region} whether the rule is still there, and which service made it."
    ),
    reconciles=True,
)
def rules_with_verdicts_are_listed(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per region with verdicts."""
    if reads_aggregator(evidence):
        return
    for account in evidence.accounts:
        for region in evidence.regions(account):
            where = evidence.item_pointer(COMPLIANCE, account, region)
            yield from as_far_as_readable(_region(evidence, account, region), account, region, where, ())


def _region(evidence: Evidence, account: str, region: str) -> Iterator[Row]:
    listed = {one.name: one for one in require_readable(every_rule(evidence, account, region))}
    told = results(evidence, account, region)
    named = {one.rule: one.pointer for one in told.found}
    named |= {one.rule: one.pointer for one in told.own.values()}
    if not named:
        return
    absent = sorted(named.keys() - listed.keys())
    said = f"{plural(len(named), 'rule')} with a verdict or a result"
    yield Row(
        subject="rules with a verdict",
        account=account,
        region=region,
        verdict=Verdict.EXCEPTION if absent else Verdict.MET,
        observed=f"{said}; not listed: {joined_names(absent)}" if absent else f"{said}, all listed",
        expected="all listed",
        pointers=tuple(named[name] for name in absent[:5])
        or (evidence.item_pointer(RULES, account, region),),
        note=LIKELY if absent else "",
        doubts=(RULES, COMPLIANCE) if absent else (),
    )
