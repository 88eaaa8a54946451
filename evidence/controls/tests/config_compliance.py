"""Tests what AWS Config's rules say about each resource: CFG-4 (CC7.1, CC4.1, CC6.1)."""

from collections.abc import Callable, Iterator, Mapping

from evidence.controls import topics
from evidence.controls.declaration import Conclusion, Remedy, Row, Severity, Verdict, control_test
from evidence.controls.rows import as_far_as_readable, with_every_account
from evidence.controls.tests._config_facts import (
    ROOT_MFA_RULES,
    dated,
    no_root_credentials,
    readable_report,
)
from evidence.readers.account_summary import SUMMARY
from evidence.readers.authorization_details import users
from evidence.readers.config_results import (
    COMPLIANCE,
    ConfigResult,
    ConfigResults,
    reads_aggregator,
    results,
    results_item,
)
from evidence.readers.config_state import RULES, ConfigRule, counted_rule_identifiers, rules
from evidence.readers.credential_report import CredentialRow
from evidence.readers.evidence import CREDENTIAL_REPORT, Evidence
from evidence.readers.pointer import Pointer

DETAILS = "iam.authorization-details"
VERDICTS = {
    "COMPLIANT": Verdict.MET,
    "NON_COMPLIANT": Verdict.EXCEPTION,
    "INSUFFICIENT_DATA": Verdict.NOT_DETERMINED,
    "NOT_APPLICABLE": Verdict.OUT_OF_SCOPE,
}
"""By AWS's word; another word settles nothing."""
ATTRIBUTES = ("rule", "resource type", "resource", "recorded")
NOBODY: Mapping[str, tuple[str, Callable[[CredentialRow], bool]]] = {
    "IAM_USER_MFA_ENABLED": ("there is no IAM user", lambda _: True),
    "IAM_USER_UNUSED_CREDENTIALS_CHECK": ("there is no IAM user", lambda _: True),
    "IAM_USER_NO_POLICIES_CHECK": ("there is no IAM user", lambda _: True),
    "IAM_USER_GROUP_MEMBERSHIP_CHECK": ("there is no IAM user", lambda _: True),
    "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS": (
        "no IAM user has a password",
        lambda user: user.password is not False,
    ),
    "ACCESS_KEYS_ROTATED": (
        "no IAM user has an active access key",
        lambda user: bool(user.active_keys or user.additional),
    ),
}
"""Rules about users: what the credential report says when they have nobody to look at, and whom they would.

A rule without a result may have found nothing in its scope, or may not have been able to look. Only where
another source shows that there is nothing to look at is it left out of what is inspected.
"""


@control_test(
    id="CFG-4",
    title="Resources comply with the rules",
    topic=topics.CONFIG,
    criteria=("CC7.1", "CC4.1", "CC6.1"),
    risk="A rule that reports a weakness nobody mends shows that the control does not work.",
    procedure="Listed every result of every deployed rule that is required or reported, read "
    "{config_source}, and compared it with Config's own verdict on the rule. INSUFFICIENT_DATA and "
    "NOT_APPLICABLE are not COMPLIANT: a rule without any other result leaves the test not concluded, unless "
    "the credential report shows that the account has nobody for the rule to look at. NOT_APPLICABLE of "
    "root's MFA is out of scope where credential report and account summary both show a root without "
    "password, keys and certificates, else it settles nothing.",
    population="Every resource each of these rules was evaluated on, in every region in scope",
    attribute="COMPLIANT",
    needs=(RULES, COMPLIANCE),
    uses=(DETAILS, CREDENTIAL_REPORT, SUMMARY),
    empty="No rule gave a result, which shows nothing.",
    severity=Severity.MEDIUM,
    empty_conclusion=Conclusion.NOT_CONCLUDED,
    remedy=Remedy(
        console="AWS Config in region {region}, Rules, open the rule of {subject}, Resources in scope: "
        "mend the resource that is noncompliant (its IAM page), then Actions, Re-evaluate.",
        cli=(
            (
                "aws configservice get-compliance-details-by-config-rule --config-rule-name {rule} "
                "--compliance-types NON_COMPLIANT --region {region}"
            ),
            "aws configservice start-config-rules-evaluation --config-rule-names {rule} --region {region}",
        ),
    ),
    limits="Config sees what it records; a result is as old as its recorded time, given in each row.",
)
def compliant(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per rule and resource, one for each rule whose results do not settle it.

    And one for an account without any result beside others that have some.
    """
    rows = _results(evidence)
    yield from with_every_account(
        evidence, results_item(evidence), rows, "no rule gave a result", "COMPLIANT"
    )


def _results(evidence: Evidence) -> Iterator[Row]:
    names = _user_names(evidence)
    for account in evidence.accounts:
        rows = _report_rows(evidence, account)
        for region in evidence.regions(account):
            found = _results_in(evidence, account, region, names)
            where = evidence.item_pointer(results_item(evidence), account, region)
            columns = (*ATTRIBUTES, *(("source",) if reads_aggregator(evidence) else ()))
            for row in as_far_as_readable(found, account, region, where, columns):
                yield _dated(row, rows)


def _results_in(evidence: Evidence, account: str, region: str, names: dict[str, str]) -> Iterator[Row]:
    wanted = counted_rule_identifiers(evidence)
    deployed = {
        rule.name: rule
        for rule in rules(evidence, account, region)
        if rule.identifier in wanted and rule.deployed
    }
    yield from _region_rows(evidence, deployed, results(evidence, account, region), names)


def _report_rows(evidence: Evidence, account: str) -> dict[str, CredentialRow]:
    """Return the rows of the credential report as Config names them: by unique id, root by the account."""
    report = readable_report(evidence, account)
    if report is None:
        return {}
    ids = {user.arn: user.id for user in users(evidence, account)[0]}
    return {ids.get(row.arn, row.arn): row for row in report.users} | {account: report.root}


def _dated(row: Row, rows: Mapping[str, CredentialRow]) -> Row:
    """Return an exception with the day the fact began, where the report tells it; never the evaluation's."""
    found = rows.get(row.attributes["resource"])
    if row.verdict is not Verdict.EXCEPTION or found is None:
        return row
    return dated(row, row.subject.partition(" ")[0], found)


def _region_rows(
    evidence: Evidence, deployed: dict[str, ConfigRule], told: ConfigResults, names: dict[str, str]
) -> Iterator[Row]:
    seen: dict[str, set[Verdict]] = {name: set() for name in deployed}
    more = {"source": told.source} if reads_aggregator(evidence) else {}
    for one in told.found:
        rule = deployed.get(one.rule)
        if rule is not None:
            row = _result_row(evidence, rule, one, names, told, more)
            seen[rule.name].add(row.verdict)
            yield row
    for rule in deployed.values():
        yield from _unsettled(evidence, rule, seen[rule.name], told, more)


def _result_row(  # noqa: PLR0917
    evidence: Evidence,
    rule: ConfigRule,
    told: ConfigResult,
    names: dict[str, str],
    of: ConfigResults,
    more: dict[str, str],
) -> Row:
    resource, kind, recorded, note = told.resource, told.compliance, told.recorded, told.annotation
    verdict = VERDICTS.get(kind, Verdict.NOT_DETERMINED)
    pointers: tuple[Pointer, ...] = (told.pointer,)
    if kind == "NOT_APPLICABLE" and rule.identifier in ROOT_MFA_RULES:
        shown = no_root_credentials(evidence, rule.account)
        verdict, pointers = Verdict.OUT_OF_SCOPE if shown else Verdict.NOT_DETERMINED, (*pointers, *shown)
        said = (
            "Root has no credentials, by the credential report and the account summary."
            if shown
            else "Means a root without credentials, which its other sources do not both show: see ROOT-1."
        )
        note = f"{note} {said}".strip()
    if resource in names:
        note = f"{names[resource]}: {note}" if note else names[resource]
    return Row(
        subject=f"{rule.identifier} {resource}",
        account=rule.account,
        region=rule.region,
        verdict=Verdict.NOT_DETERMINED if of.doubt and verdict is Verdict.MET else verdict,
        observed=f"{kind}, as held by an aggregator: {of.doubt}" if of.doubt else kind,
        expected="COMPLIANT",
        pointers=pointers,
        note=note,
        attributes=dict(
            zip(
                ATTRIBUTES,
                (rule.name, told.resource_type, resource, recorded.isoformat()),
                strict=True,
            )
        )
        | more,
        fills={"rule": rule.name},
    )


def _unsettled(
    evidence: Evidence, rule: ConfigRule, seen: set[Verdict], of: ConfigResults, more: dict[str, str]
) -> Iterator[Row]:
    """Yield a row when a rule gave no result that counts, or when Config itself says otherwise."""
    own = of.own.get(rule.name)
    said = own.compliance if own else "no verdict"
    pointers: tuple[Pointer, ...] = (own.pointer,) if own else (rule.pointer,)
    verdict = Verdict.NOT_DETERMINED
    if of.doubt:
        observed, pointers = of.doubt, of.pointers
    elif not seen - {Verdict.OUT_OF_SCOPE}:
        observed = "no result" if not seen else "only NOT_APPLICABLE results"
        nobody, where = _nobody(evidence, rule) if said != "NON_COMPLIANT" else ("", ())
        if nobody:
            verdict, observed, pointers = Verdict.OUT_OF_SCOPE, f"{observed}: {nobody}", (*pointers, *where)
    elif said == "NON_COMPLIANT" and Verdict.EXCEPTION not in seen:
        observed = "Config calls the rule NON_COMPLIANT; no listed result is"
    else:
        return
    yield Row(
        subject=rule.identifier,
        account=rule.account,
        region=rule.region,
        verdict=verdict,
        observed=observed,
        expected="results, and Config's own verdict in line with them",
        pointers=pointers,
        note=f"Config's verdict on the rule: {said}.",
        attributes=dict(zip(ATTRIBUTES, (rule.name, "", "", ""), strict=True)) | more,
        fills={"rule": rule.name},
    )


def _nobody(evidence: Evidence, rule: ConfigRule) -> tuple[str, tuple[Pointer, ...]]:
    """Return what shows that a rule has nobody to look at, and where; nothing where that is not shown."""
    if rule.identifier in ROOT_MFA_RULES:
        shown = no_root_credentials(evidence, rule.account)
        return ("root has no credentials", shown) if shown else ("", ())
    said, looks_at = NOBODY.get(rule.identifier, ("", None))
    report = readable_report(evidence, rule.account)
    if looks_at is None or report is None:
        return "", ()
    if any(looks_at(user) for user in report.users):
        return "", ()
    when = f"{report.generated:%Y-%m-%d %H:%M}Z"
    return f"{said} by the credential report of {when}", (report.pointer,)


def _user_names(evidence: Evidence) -> dict[str, str]:
    """Return ARN by unique id: Config names users AIDA…"""
    return {user.id: user.arn for account in evidence.accounts for user in users(evidence, account)[0]}
