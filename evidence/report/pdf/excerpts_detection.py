"""Excerpts detection for the report: AWS Config's required rules, Access Analyzer's findings."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evidence.bundle.open import Bundle
from evidence.readers import access_analyzer
from evidence.readers.access_analyzer import ACTIVE, AccessFinding
from evidence.readers.config_aggregator import AGGREGATORS, read_aggregator
from evidence.readers.config_results import (
    COMPLIANCE,
    COMPLIANCE_TYPES,
    COMPLIANT,
    ConfigResult,
    every_result,
    reads_aggregator,
)
from evidence.readers.config_state import ConfigRule, every_rule
from evidence.readers.evidence import Evidence
from evidence.readers.unreadable import Unreadable, sort_out
from evidence.report.accounts import is_organization
from evidence.report.model import Column, Fact, Table, counted, day, excerpt, moment, plural, yes_no
from evidence.report.names import sheet_pointer

Place = tuple[str, str]
"""Account and region."""
NEVER = "—"


@dataclass(frozen=True, slots=True)
class RuleExcerpt:
    """What the excerpt of AWS Config rests on."""

    evidence: Evidence
    rules: Sequence[ConfigRule]
    unread_rules: Sequence[Unreadable]
    counts: dict[tuple[Place, str], Counter[str]]
    """Results by place and rule: how many of each kind."""
    unread_results: Sequence[Unreadable]

    def deployed(self) -> dict[str, list[ConfigRule]]:
        """Return the required rules and where each is deployed."""
        required = self.evidence.thresholds.required_config_rules
        found: dict[str, list[ConfigRule]] = {identifier: [] for identifier in required}
        for rule in self.rules:
            found.get(rule.identifier, []).append(rule)
        return found

    def results_of(self, rule: ConfigRule) -> tuple[str, str]:
        """Return how many of a rule's results are COMPLIANT, and the others by kind."""
        files = {
            file
            for unit in self.evidence.bundle.units(COMPLIANCE, rule.account)
            if unit.target.region == rule.region
            for file in unit.files
        }
        told_elsewhere = reads_aggregator(self.evidence)
        for unread in self.unread_results:
            if told_elsewhere or unread.pointer.file in files:
                return unread.short, unread.short
        return _in_words(Counter(self.counts.get(((rule.account, rule.region), rule.name), {})))


def config_rules(bundle: Bundle) -> tuple[list[Fact], list[Table]]:
    """Return the required rules: where deployed, when evaluated, what they found."""
    made = _rule_excerpt(Evidence.whole(bundle))
    deployed = made.deployed()
    results = sum(count.total() for count in made.counts.values())
    facts = [
        Fact("Required rules", f"{len(deployed)}"),
        counted("Deployed in at least one region", sum(map(bool, deployed.values())), made.unread_rules),
        counted("Rules in all regions together", len(made.rules), made.unread_rules),
        counted("Evaluation results", results, made.unread_results),
        *_aggregator(made.evidence),
    ]
    if is_organization(bundle):
        return facts, [_rules_in_brief(made, deployed, len(bundle.run.accounts))]
    rows: list[tuple[str, ...]] = [(unread.short, *[NEVER] * 5) for unread in made.unread_rules]
    absent = made.unread_rules[0].short if made.unread_rules else "not deployed in any region in scope"
    for identifier, found in deployed.items():
        rows.extend(_rule_row(made, identifier, rule) for rule in found)
        if not found:
            rows.append((identifier, absent, *[NEVER] * 4))
    columns = (
        Column("Source identifier", "mono", 30),
        Column("Account and region", width=20),
        Column("State", width=10),
        Column("Last evaluated", width=15),
        Column("Compliant", "number", 10),
        Column("Other results", width=15),
    )
    return facts, [excerpt("Required rules", columns, rows, sheet_pointer("config.rules"), limit=40)]


def _rule_excerpt(evidence: Evidence) -> RuleExcerpt:
    rules, unread_rules = sort_out(every_rule(evidence))
    told, unread_results = sort_out(every_result(evidence))
    counts: dict[tuple[Place, str], Counter[str]] = {}
    for one in told:
        if not isinstance(one, ConfigResult):
            continue
        if one.compliance not in COMPLIANCE_TYPES:
            unread_results.append(Unreadable(one.pointer, f"a result of {one.rule} is {one.compliance!r}"))
        counts.setdefault(((one.account, one.region), one.rule), Counter())[one.compliance] += 1
    return RuleExcerpt(evidence, rules, unread_rules, counts, unread_results)


def _aggregator(evidence: Evidence) -> list[Fact]:
    """Name the aggregator that the results were read from; nothing where the accounts told them."""
    if not evidence.bundle.units(AGGREGATORS):
        return []
    name, one = "Results read from", read_aggregator(evidence)
    if isinstance(one, Unreadable):
        return [Fact(name, one.short, one.why)]
    return [Fact(name, one.label, "copies; IPE-11 tells whether it holds every account")]


def _rules_in_brief(made: RuleExcerpt, deployed: dict[str, list[ConfigRule]], accounts: int) -> Table:
    """Return the required rules over many accounts: in how many each stands, and what it found there."""
    columns = (
        Column("Source identifier", "mono", 30),
        Column("Accounts with it", "number", 12),
        Column("Accounts without", "number", 12),
        Column("Oldest evaluation", width=15),
        Column("Compliant", "number", 10),
        Column("Other results"),
    )
    rows = (_rule_in_brief(made, identifier, found, accounts) for identifier, found in deployed.items())
    note = "An account is with a rule when it is deployed in at least one of its regions in scope."
    pointer = sheet_pointer("config.rules")
    return excerpt("Required rules, over all accounts", columns, rows, pointer, limit=40, note=note)


def _rule_in_brief(
    made: RuleExcerpt, identifier: str, found: list[ConfigRule], accounts: int
) -> tuple[str, ...]:
    if made.unread_rules:
        return (identifier, *[made.unread_rules[0].short] * 5)
    kinds: Counter[str] = Counter()
    for rule in found:
        kinds.update(made.counts.get(((rule.account, rule.region), rule.name), {}))
    evaluated = [rule.succeeded for rule in found if rule.succeeded]
    never = len(found) - len(evaluated)
    oldest = moment(min(evaluated)).removesuffix(" UTC") if evaluated else NEVER
    unread = made.unread_results
    holders = len({rule.account for rule in found})
    return (
        identifier,
        f"{holders:,}",
        f"{accounts - holders:,}",
        f"{oldest}; {never:,} never" if never else oldest,
        *((unread[0].short, unread[0].short) if unread else _in_words(kinds)),
    )


def _rule_row(made: RuleExcerpt, identifier: str, rule: ConfigRule) -> tuple[str, ...]:
    return (
        identifier,
        f"{rule.account} {rule.region}",
        rule.state,
        moment(rule.succeeded).removesuffix(" UTC"),
        *made.results_of(rule),
    )


def _in_words(kinds: Counter[str]) -> tuple[str, str]:
    """Return the number of COMPLIANT results, and of each other kind."""
    others = sorted((kind, count) for kind, count in kinds.items() if kind != COMPLIANT)
    words = ", ".join(f"{count:,} {kind.lower().replace('_', ' ')}" for kind, count in others)
    return f"{kinds[COMPLIANT]:,}", words or "none"


def analyzer_findings(bundle: Bundle) -> tuple[list[Fact], list[Table]]:
    """Return analyzers by kind and findings by status; active ones first, public ones before others."""
    evidence = Evidence.whole(bundle)
    analyzers, unread_analyzers = sort_out(access_analyzer.analyzers(evidence))
    findings, unread = sort_out(access_analyzer.findings(evidence))
    kinds = Counter(f"{one.kind} {one.status}" for one in analyzers)
    facts = [
        Fact("Analyzers", unread_analyzers[0].short, unread_analyzers[0].why)
        if unread_analyzers
        else Fact("Analyzers", plural(len(analyzers), "analyzer"), _tally(kinds))
    ]
    if bundle.units(access_analyzer.FINDINGS):
        statuses = Counter(one.status for one in findings)
        facts.append(counted("Findings", len(findings), unread, _tally(statuses)))
    many = is_organization(bundle)
    columns = (
        Column("Resource", "mono", 40),
        Column("Status", width=10),
        Column("Account and region" if many else "Region", width=15),
        Column("Public", width=10),
        Column("Since", width=12),
        Column("Kind"),
    )
    rows = [(one.short, *["not readable"] * 5) for one in unread]
    rows += [_finding_row(one, many) for one in sorted(findings, key=_finding_order)]
    table = excerpt(
        "Findings, active and public first", columns, rows, sheet_pointer(access_analyzer.FINDINGS)
    )
    return facts, [table] if rows else []


def _tally(counter: Counter[str]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(counter.items()))


def _finding_order(one: AccessFinding) -> tuple[bool, bool, str, int]:
    return one.status != ACTIVE, not one.public, one.pointer.file, one.pointer.line or 0


def _finding_row(one: AccessFinding, many: bool) -> tuple[str, ...]:
    return (
        one.resource,
        one.status,
        f"{one.account} {one.region}" if many else one.region,
        yes_no(one.public),
        day(one.created),
        one.kind,
    )
