"""Excerpts detection for the report: AWS Config's required rules, Access Analyzer's findings."""

from collections import Counter
from typing import Any

from evidence.bundle.open import Bundle, LocatedRecord
from evidence.report.accounts import is_organization
from evidence.report.model import Column, Fact, Table, day, excerpt, moment, plural, yes_no
from evidence.report.names import sheet_pointer

Place = tuple[str, str]
"""Account and region."""
Results = Counter[tuple[Place, str, str]]
"""Evaluation results by place, rule and kind."""
NEVER = "—"
AGGREGATE = "config.aggregate-compliance"
RESULTS = {"config.rule-compliance": "EvaluationResult", AGGREGATE: "AggregateEvaluationResult"}
"""Item to the member that holds one result."""


def _place(located: LocatedRecord) -> Place:
    return located.target.account, located.target.region or ""


def config_rules(bundle: Bundle) -> tuple[list[Fact], list[Table]]:
    """Return the required rules: where deployed, when evaluated, what they found."""
    results = _results(bundle)
    required = bundle.run.settings.thresholds.required_config_rules
    deployed: dict[str, list[LocatedRecord]] = {identifier: [] for identifier in required}
    rules = 0
    for located in bundle.records("config.rules"):
        if "ConfigRule" in located.value:
            rules += 1
            deployed.get(_identifier(located), []).append(located)
    facts = [
        Fact("Required rules", f"{len(required)}"),
        Fact("Deployed in at least one region", f"{sum(bool(found) for found in deployed.values())}"),
        Fact("Rules in all regions together", f"{rules:,}"),
        Fact("Evaluation results", f"{sum(results.values()):,}"),
        *_aggregators(bundle),
    ]
    if is_organization(bundle):
        return facts, [_rules_in_brief(bundle, deployed, results)]
    rows: list[tuple[str, ...]] = []
    for identifier, found in deployed.items():
        rows.extend(_rule_row(identifier, located, results) for located in found)
        if not found:
            rows.append((identifier, "not deployed in any region in scope", "—", "—", "—", "—"))
    columns = (
        Column("Source identifier", "mono", 30),
        Column("Account and region", width=20),
        Column("State", width=10),
        Column("Last evaluated", width=15),
        Column("Compliant", "number", 10),
        Column("Other results", width=15),
    )
    return facts, [excerpt("Required rules", columns, rows, sheet_pointer("config.rules"), limit=40)]


def _results(bundle: Bundle) -> Results:
    """Count results, from whichever of the two items the run collected."""
    results: Results = Counter()
    for item, kind in RESULTS.items():
        for located in bundle.records(item):
            result = located.value.get(kind)
            if isinstance(result, dict):
                place = _place(located)
                if item == AGGREGATE:
                    place = str(result.get("AccountId", "")), str(result.get("AwsRegion", ""))
                name = str(located.value.get("ConfigRuleName", ""))
                results[place, name, str(result.get("ComplianceType", ""))] += 1
    return results


def _aggregators(bundle: Bundle) -> list[Fact]:
    """Name the aggregator that the results were read from; nothing where the accounts told them."""
    facts = []
    for located in bundle.records("config.aggregators"):
        one = located.value.get("ConfigurationAggregator")
        if isinstance(one, dict) and located.value.get("Used") is True:
            name, region = one.get("ConfigurationAggregatorName", ""), located.value.get("Region", "")
            where = f"aggregator {name} in {located.target.account} {region}"
            facts.append(
                Fact("Results read from", where, "copies; IPE-11 tells whether it holds every account")
            )
    return facts


def _rules_in_brief(bundle: Bundle, deployed: dict[str, list[LocatedRecord]], results: Results) -> Table:
    """Return the required rules over many accounts: in how many each stands, and what it found there."""
    columns = (
        Column("Source identifier", "mono", 30),
        Column("Accounts with it", "number", 12),
        Column("Accounts without", "number", 12),
        Column("Oldest evaluation", width=15),
        Column("Compliant", "number", 10),
        Column("Other results"),
    )
    counts: dict[tuple[Place, str], Counter[str]] = {}
    for (place, name, kind), count in results.items():
        counts.setdefault((place, name), Counter())[kind] += count
    rows = (_rule_in_brief(identifier, found, counts, bundle) for identifier, found in deployed.items())
    note = "An account is with a rule when it is deployed in at least one of its regions in scope."
    pointer = sheet_pointer("config.rules")
    return excerpt("Required rules, over all accounts", columns, rows, pointer, limit=40, note=note)


def _rule_in_brief(
    identifier: str, found: list[LocatedRecord], counts: dict[tuple[Place, str], Counter[str]], bundle: Bundle
) -> tuple[str, ...]:
    kinds: Counter[str] = Counter()
    evaluated = []
    for located in found:
        kinds.update(
            counts.get((_place(located), str(located.value["ConfigRule"].get("ConfigRuleName", ""))), {})
        )
        status = located.value.get("EvaluationStatus") or {}
        evaluated.append(moment(status.get("LastSuccessfulEvaluationTime")).removesuffix(" UTC"))
    accounts = len({located.target.account for located in found})
    never = evaluated.count(NEVER)
    oldest = min((time for time in evaluated if time != NEVER), default=NEVER)
    return (
        identifier,
        f"{accounts:,}",
        f"{len(bundle.run.accounts) - accounts:,}",
        f"{oldest}; {never:,} never" if never else oldest,
        f"{kinds.pop('COMPLIANT', 0):,}",
        ", ".join(f"{count:,} {_words(kind)}" for kind, count in sorted(kinds.items())) or "none",
    )


def _identifier(located: LocatedRecord) -> str:
    source = located.value["ConfigRule"].get("Source")
    return str(source.get("SourceIdentifier", "")) if isinstance(source, dict) else ""


def _rule_row(identifier: str, located: LocatedRecord, results: Results) -> tuple[str, ...]:
    rule = located.value["ConfigRule"]
    status = located.value.get("EvaluationStatus") or {}
    place, name = _place(located), str(rule.get("ConfigRuleName", ""))
    other = [
        f"{count:,} {_words(kind)}"
        for (where, of, kind), count in sorted(results.items())
        if where == place and of == name and kind != "COMPLIANT"
    ]
    return (
        identifier,
        " ".join(place),
        str(rule.get("ConfigRuleState", "")),
        moment(status.get("LastSuccessfulEvaluationTime")).removesuffix(" UTC"),
        f"{results[place, name, 'COMPLIANT']:,}",
        ", ".join(other) or "none",
    )


def _words(kind: str) -> str:
    return kind.lower().replace("_", " ")


def analyzer_findings(bundle: Bundle) -> tuple[list[Fact], list[Table]]:
    """Return analyzers by kind and findings by status; active ones first, public ones before others."""
    kinds: Counter[str] = Counter()
    for located in bundle.records("access-analyzer.analyzers"):
        analyzer = located.value.get("Analyzer") or {}
        kinds[f"{analyzer.get('type', '?')} {analyzer.get('status', '?')}"] += 1
    findings = list(bundle.records("access-analyzer.findings"))
    statuses = Counter(str(_finding(x).get("status", "?")) for x in findings)
    facts = [Fact("Analyzers", plural(sum(kinds.values()), "analyzer"), _counted(kinds))]
    if bundle.units("access-analyzer.findings"):
        facts.append(Fact("Findings", f"{len(findings):,}", _counted(statuses)))
    columns = (
        Column("Resource", "mono", 40),
        Column("Status", width=10),
        Column("Account and region" if is_organization(bundle) else "Region", width=15),
        Column("Public", width=10),
        Column("Since", width=12),
        Column("Kind"),
    )
    rows = (
        _finding_row(located, is_organization(bundle)) for located in sorted(findings, key=_finding_order)
    )
    table = excerpt(
        "Findings, active and public first", columns, rows, sheet_pointer("access-analyzer.findings")
    )
    return facts, [table] if findings else []


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(counter.items()))


def _finding(located: LocatedRecord) -> dict[str, Any]:
    finding = located.value.get("Finding")
    return finding if isinstance(finding, dict) else {}


def _is_public(located: LocatedRecord) -> bool:
    """Tell whether any detail of the finding says that access is public."""
    details = (located.value.get("Details") or {}).get("findingDetails") or []
    return any(
        isinstance(part, dict) and part.get("isPublic") is True
        for detail in details
        if isinstance(detail, dict)
        for part in detail.values()
    )


def _finding_order(located: LocatedRecord) -> tuple[bool, bool, str, int]:
    return _finding(located).get("status") != "ACTIVE", not _is_public(located), located.file, located.line


def _finding_row(located: LocatedRecord, many: bool) -> tuple[str, ...]:
    finding = _finding(located)
    return (
        str(finding.get("resource", "")),
        str(finding.get("status", "")),
        " ".join(_place(located)) if many else located.target.region or "",
        yes_no(_is_public(located)),
        day(finding.get("createdAt")),
        str(finding.get("findingType", "")),
    )
