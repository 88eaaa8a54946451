"""Tests what AWS Config says of users and root beside the credential report: CFG-5 (CC7.1, CC4.1)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from evidence.controls import topics
from evidence.controls.declaration import Conclusion, Remedy, Row, Severity, Verdict, control_test
from evidence.controls.rows import as_far_as_readable, with_every_account
from evidence.controls.tests._config_facts import (
    ROOT_MFA_RULES,
    dated,
    present_keys,
    root_without_credentials,
)
from evidence.readers.authorization_details import users
from evidence.readers.config_results import COMPLIANCE, ConfigResult, ConfigResults, reads_aggregator, results
from evidence.readers.config_state import RULES, ConfigRule, rules
from evidence.readers.credential_report import CredentialReport, CredentialRow
from evidence.readers.evidence import CREDENTIAL_REPORT, Evidence, require_text
from evidence.readers.pointer import Pointer
from evidence.readers.unreadable import MalformedEvidenceError
from evidence.settings.model import Thresholds

DETAILS = "iam.authorization-details"
NOTHING = "no result"
COLUMNS = ("name", "config", "credential report", "recorded by config", "report generated")
UNHELD = "An aggregator keeps no NOT_APPLICABLE: that it holds no result tells nothing."
LIMITS = {
    "ACCESS_KEYS_ROTATED": "maxAccessKeyAge",
    "IAM_USER_UNUSED_CREDENTIALS_CHECK": "maxCredentialUsageAge",
}
"""Rule to the parameter that a rule too lax, or too strict, differs in."""
DEFAULT_DAYS = 90
"""What both rules check when the parameter is not given (AWS Config developer guide)."""

Expectation = Callable[[CredentialRow, datetime, Thresholds], bool | None]
"""Whether a user complies by the credential report; None when the rule has nothing to say of the user.

Raises MalformedEvidenceError when the report does not tell.
"""


def _has_mfa(user: CredentialRow, _as_of: datetime, _limits: Thresholds) -> bool | None:
    return user.mfa


def _console_mfa(user: CredentialRow, _as_of: datetime, _limits: Thresholds) -> bool | None:
    return user.mfa if user.password else None


def _keys_rotated(user: CredentialRow, as_of: datetime, limits: Thresholds) -> bool | None:
    ages = [as_of - _known(key.rotated, user) for key in user.active_keys]
    return max(ages) <= timedelta(days=limits.key_max_age_days) if ages else None


def _credentials_used(user: CredentialRow, as_of: datetime, limits: Thresholds) -> bool | None:
    last = [_known(key.used or key.rotated, user) for key in user.active_keys]
    if user.password:
        last.append(_known(user.password_used or user.password_changed or user.created, user))
    return as_of - min(last) <= timedelta(days=limits.unused_days) if last else None


def _known(when: datetime | None, user: CredentialRow) -> datetime:
    if when is None:
        raise MalformedEvidenceError(f"the credential report does not date a credential of {user.user}")
    return when


OF_USERS: Mapping[str, Expectation] = {
    "IAM_USER_MFA_ENABLED": _has_mfa,
    "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS": _console_mfa,
    "ACCESS_KEYS_ROTATED": _keys_rotated,
    "IAM_USER_UNUSED_CREDENTIALS_CHECK": _credentials_used,
}
OF_ROOT: Mapping[str, Callable[[CredentialRow], bool | None]] = {
    "IAM_ROOT_ACCESS_KEY_CHECK": lambda root: not present_keys(root),
    "ROOT_ACCOUNT_MFA_ENABLED": lambda root: None if root_without_credentials(root) else root.mfa,
}


@dataclass(frozen=True, slots=True)
class ResourceComparison:
    """One resource: what this tool computes, and what Config says."""

    rule: ConfigRule
    resource: str
    """Config's id: AIDA… for users, the account for root."""
    name: str
    ours: bool | None
    row: CredentialRow | None
    """The row of the credential report; None for a resource that the report does not know."""
    result: ConfigResult | None
    generated: datetime
    unknown: str = ""
    """Why this tool cannot tell."""

    @property
    def pointer(self) -> Pointer | None:
        """Where the credential report tells of it."""
        return self.row.pointer if self.row else None


@control_test(
    id="CFG-5",
    title="Config agrees with the credential report",
    topic=topics.CONFIG,
    criteria=("CC7.1", "CC4.1"),
    risk="A rule that calls compliant what is not makes everybody look away.",
    procedure="For each deployed rule on root, MFA, age and use of credentials, computed the verdict on "
    "every user from the credential report, with the limits in force here ({key_max_age_days} days for "
    "the age of keys, {unused_days} for use), and put it beside Config's own, read {config_source}. A "
    "difference is either lag or a wrong rule: both are shown with their times.",
    population="Every user, or root, that such a rule or this tool has a verdict on, by rule and region",
    attribute="The same verdict",
    needs=(RULES, COMPLIANCE, CREDENTIAL_REPORT, DETAILS),
    empty="No rule that can be compared with the credential report is deployed (CFG-2).",
    severity=Severity.MEDIUM,
    empty_conclusion=Conclusion.NOT_CONCLUDED,
    remedy=Remedy(
        console="AWS Config in region {region}, Rules: compare the rule's parameters and scope with what "
        "is required; if they are right, Re-evaluate, and collect again after the credential "
        "report is renewed (4 hours).",
        cli=(
            "aws configservice describe-config-rules --config-rule-names {rule} --region {region}",
            "aws configservice start-config-rules-evaluation --config-rule-names {rule} --region {region}",
        ),
    ),
    limits="Config's results and the report are of different hours; each row gives both times.",
)
def agreement(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per rule, region and resource; one for an account without, beside others with some."""
    nothing = "no rule that can be compared is deployed"
    yield from with_every_account(evidence, RULES, _agreements(evidence), nothing, "the same verdict")


def _agreements(evidence: Evidence) -> Iterator[Row]:
    columns = (*COLUMNS, *(("source",) if reads_aggregator(evidence) else ()))
    for account in evidence.accounts:
        for region in evidence.regions(account):
            where = evidence.item_pointer(RULES, account, region)
            rows = _agreements_in(evidence, account, region)
            yield from as_far_as_readable(rows, account, region, where, columns)


def _agreements_in(evidence: Evidence, account: str, region: str) -> Iterator[Row]:
    told = results(evidence, account, region)
    by_rule = _by_resource(told)
    compared = [
        rule
        for rule in rules(evidence, account, region)
        if rule.deployed and rule.identifier in (*OF_USERS, *OF_ROOT)
    ]
    report, ids = evidence.credential_report(account), _ids(evidence, account)
    odd = tuple(map(str, users(evidence, account)[1]))
    for rule in compared:
        for one in _compared(evidence, rule, report, ids, by_rule.get(rule.name, {}), odd=odd):
            yield _row(evidence, one, told)


def _ids(evidence: Evidence, account: str) -> dict[str, str]:
    """Return users' unique ids by ARN: Config names users AIDA…, the credential report does not."""
    return {user.arn: require_text(user.id) for user in users(evidence, account)[0]}


def _by_resource(told: ConfigResults) -> dict[str, dict[str, ConfigResult]]:
    """Return the results by rule name and resource id."""
    found: dict[str, dict[str, ConfigResult]] = {}
    for one in told.found:
        found.setdefault(one.rule, {})[one.resource] = one
    return found


def _compared(
    evidence: Evidence,
    rule: ConfigRule,
    report: CredentialReport,
    ids: Mapping[str, str],
    found: Mapping[str, ConfigResult],
    *,
    odd: Sequence[str],
) -> Iterator[ResourceComparison]:
    """Yield a comparison for each resource; `odd` says which users nobody can read."""
    left, when = dict(found), report.generated
    if rule.identifier in OF_ROOT:
        ours = OF_ROOT[rule.identifier](report.root)
        result = left.pop(rule.account, None)
        yield ResourceComparison(rule, rule.account, "root", ours, report.root, result, when)
    else:
        for user in report.users:
            resource = ids.get(user.arn, user.arn)
            result = left.pop(resource, None)
            expected, unknown = _expected(rule, user, when, evidence.thresholds)
            if odd and user.arn not in ids:
                unknown = f"the id that Config uses cannot be read: {odd[0]}"
            if result is not None or expected is not None or unknown:
                yield ResourceComparison(rule, resource, user.arn, expected, user, result, when, unknown)
    for resource, result in left.items():
        unknown = f"it may be a user who cannot be read: {odd[0]}" if odd else ""
        nowhere = "not in the credential report"
        yield ResourceComparison(rule, resource, nowhere, None, None, result, when, unknown)


def _expected(
    rule: ConfigRule, user: CredentialRow, when: datetime, limits: Thresholds
) -> tuple[bool | None, str]:
    if user.password is None:
        return None, "the report does not say whether a password is set"
    if user.additional and rule.identifier in LIMITS:
        return None, f"AWS lists credentials without columns: {user.additional}"
    try:
        return OF_USERS[rule.identifier](user, when, limits), ""
    except MalformedEvidenceError as error:
        return None, str(error)


def _row(evidence: Evidence, compared: ResourceComparison, told: ConfigResults) -> Row:
    rule, result = compared.rule, compared.result
    config, recorded = _said(result)
    ours = {True: "COMPLIANT", False: "NON_COMPLIANT", None: "nothing to judge"}[compared.ours]
    verdict, cause = _verdict(compared, config), ""
    if told.doubt or (told.source and result is None and verdict is Verdict.EXCEPTION):
        verdict = Verdict.NOT_DETERMINED
        cause = f"The aggregator cannot be relied on here: {told.doubt}." if told.doubt else UNHELD
    if verdict is Verdict.EXCEPTION:
        cause = _cause(compared, recorded, evidence.thresholds)
    made = Row(
        subject=f"{rule.identifier} {compared.resource}",
        account=rule.account,
        region=rule.region,
        verdict=verdict,
        observed=f"Config: {config}; by the credential report: {compared.unknown or ours}",
        expected="the same verdict",
        pointers=tuple(pointer for pointer in (result and result.pointer, compared.pointer) if pointer)
        or (rule.pointer,),
        note=cause,
        attributes={
            "name": compared.name,
            "config": config,
            "credential report": compared.unknown or ours,
            "recorded by config": recorded.isoformat() if recorded else "",
            "report generated": compared.generated.isoformat(),
        }
        | ({"source": told.source} if reads_aggregator(evidence) else {}),
        fills={"rule": rule.name},
    )
    if compared.row and compared.ours is False and verdict is Verdict.EXCEPTION:
        return dated(made, rule.identifier, compared.row)
    return made


def _said(result: ConfigResult | None) -> tuple[str, datetime | None]:
    if result is None:
        return NOTHING, None
    return result.compliance, result.recorded


def _verdict(compared: ResourceComparison, config: str) -> Verdict:
    if compared.unknown or config == "INSUFFICIENT_DATA":
        return Verdict.NOT_DETERMINED
    if config not in (NOTHING, "COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE"):
        raise MalformedEvidenceError(f"a result of {compared.rule.name} is {config!r}")
    if compared.row is None:
        return Verdict.EXCEPTION
    silent = compared.rule.identifier in ROOT_MFA_RULES and compared.row.password is None
    if silent and config == "NOT_APPLICABLE" and not compared.ours:
        return Verdict.NOT_DETERMINED  # the report does not say whether root has a password
    if compared.ours is None:
        return Verdict.EXCEPTION if config == "NON_COMPLIANT" else Verdict.MET
    same = config == ("COMPLIANT" if compared.ours else "NON_COMPLIANT")
    return Verdict.MET if same else Verdict.EXCEPTION


def _cause(compared: ResourceComparison, recorded: datetime | None, limits: Thresholds) -> str:
    """Return the likely cause of a difference: a rule with another limit, one that sees less, or lag."""
    rule = compared.rule
    if rule.narrowed:
        return f"Wrong rule: it is narrowed to {rule.narrowed}."
    parameter = LIMITS.get(rule.identifier)
    if parameter:
        given = int(rule.parameters.get(parameter, DEFAULT_DAYS))
        required = limits.key_max_age_days if parameter == "maxAccessKeyAge" else limits.unused_days
        if given != required:
            return f"Wrong rule: its {parameter} is {given} where {required} is required."
    if recorded is None:
        return "Config has no result: it does not record the user, or has not evaluated the rule on it yet."
    if compared.pointer is None:
        return "Lag: the user was deleted, or made after the credential report was generated."
    if recorded < compared.generated:
        return f"Lag: Config's result is of {recorded:%Y-%m-%d %H:%M}Z, older than the credential report."
    return "Lag of the credential report, which is older than Config's result, or a wrong rule."
