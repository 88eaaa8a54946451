"""Tests completeness over accounts (IPE): who asked in each, and that none is forgotten (CC4.1)."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from evidence.bundle import LocatedRecord
from evidence.bundle.format.models import AccountState
from evidence.controls import topics
from evidence.controls.declaration import Family, Remedy, Row, Severity, Verdict, control_test
from evidence.controls.tests._collect_again import collect_again
from evidence.controls.tests.ipe import RUN
from evidence.readers.caller import CALLER, callers, only_caller
from evidence.readers.evidence import Evidence, joined_names
from evidence.readers.organizations import (
    ACCOUNTS,
    DELEGATED,
    ORGANIZATION,
    POLICIES,
    UNITS,
    OrganizationAccount,
    accounts,
    organizations,
)
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import Unreadable, require_readable, sort_out
from evidence.settings.model import NO_REASON

UNKNOWN = "not known to the run: created or moved while it went on, or overlooked"


ACCOUNT_ID = re.compile("[0-9]{12}")
NAMING: dict[str, Callable[[Any], list[str]]] = {
    UNITS: lambda value: [str(value.get("AccountId", ""))],
    POLICIES: lambda value: [str(target["TargetId"]) for target in value.get("Targets", ())],
    DELEGATED: lambda value: [str(value["DelegatedAdministrator"]["Id"])],
    "identity-center.assignments": lambda value: [str(value["AccountId"])],
    "access-analyzer.findings": lambda value: _owner(value["Finding"]),
}
"""What a record of an item names as the organization's, beside units and roots."""


def _owner(finding: Any) -> list[str]:
    """Return whose a finding is; a resolved one tells of the past, of an account that may have left."""
    return [] if finding.get("status") == "RESOLVED" else [str(finding.get("resourceOwnerAccount", ""))]


@control_test(
    id="IPE-8",
    title="The caller at the end is the caller at the start",
    topic=topics.COMPLETENESS,
    criteria=(),
    family=Family.RELIABILITY,
    risk="Evidence gathered by two identities shows what neither of them saw as a whole.",
    procedure="Asked AWS who is calling (GetCallerIdentity) at the start and at the end of the run, and "
    "compared account and ARN. In every other account asked the same, and compared the answer with the "
    "account that was to be read and the role that was assumed for it.",
    population="The run, and each account that was entered through a role",
    attribute="Same account, same ARN; a session of the role that was assumed",
    needs=(CALLER,),
    empty="There is always one run.",
    severity=Severity.MEDIUM,
    remedy=collect_again(
        "Let nothing else change the credentials of the run (a profile, a variable, a renewed "
        "session of another role)."
    ),
)
def same_caller(evidence: Evidence) -> Iterator[Row]:
    """Yield one row for the run, and one per account entered."""
    yield _run(evidence)
    states = {entry.account: entry for entry in evidence.run.account_states}
    for account in evidence.accounts:
        if account != evidence.run.caller_start.account:
            yield _entered(evidence, account, states.get(account))


def _run(evidence: Evidence) -> Row:
    start, end = evidence.run.caller_start, evidence.run.caller_end
    asked = list(require_readable(callers(evidence, start.account)))
    seen = [(one.account, one.arn) for one in asked]
    seen += [(part.caller.account, part.caller.arn) for part in evidence.run.parts]
    others = [arn for account, arn in seen if (account, arn) != (start.account, start.arn)]
    verdict, observed = Verdict.NOT_DETERMINED, "the caller could not be asked again"
    if end is not None:
        others += [end.arn] if (start.account, start.arn) != (end.account, end.arn) else []
        verdict, observed = (Verdict.EXCEPTION if others else Verdict.MET), joined_names(others) or end.arn
    return Row(
        subject=start.arn,
        account=start.account,
        verdict=verdict,
        observed=f"also seen: {observed}" if others else f"at the end: {observed}",
        expected=start.arn,
        pointers=(RUN, *(one.pointer for one in asked)),
    )


def _entered(evidence: Evidence, account: str, entry: AccountState | None) -> Row:
    one = only_caller(evidence, account)
    session = _session(entry.role) if entry and entry.role else ""
    same = bool(session) and one.account == account and one.arn.startswith(session)
    return Row(
        subject=one.arn,
        account=account,
        verdict=Verdict.MET if same else Verdict.EXCEPTION,
        observed=f"{one.arn} in {one.account}",
        expected=f"a session of {entry.role} in {account}" if session and entry else "a role in run.json",
        pointers=(one.pointer, RUN),
    )


def _session(role: str) -> str:
    """Return how the ARN of a session of a role begins: without the role's path."""
    partition, account, name = role.split(":")[1], role.split(":")[4], role.rpartition("/")[2]
    return f"arn:{partition}:sts::{account}:assumed-role/{name}/"


@control_test(
    id="IPE-10",
    title="No account of the organization is forgotten",
    topic=topics.COMPLETENESS,
    criteria=(),
    family=Family.RELIABILITY,
    risk="An account that nobody looked at can hold anything, and no other test will say so.",
    procedure="Compared the accounts that AWS Organizations lists (ListAccounts) with those in scope of the "
    "run, and with those that the run, the tree, policies, delegations, assignments and findings name. "
    "An account that management left out is named with its reason; one that was merely not asked for is an "
    "exception. One that is closed lets nobody in.",
    population="Every account of the organization, and every account named elsewhere that it does not list",
    attribute="Listed, and in scope or left out for a reason that management wrote",
    needs=(ACCOUNTS,),
    uses=(ORGANIZATION, *NAMING),
    empty="The account belongs to no organization.",
    severity=Severity.MEDIUM,
    outside="Every account that the organization lists was left out, each for the reason in its row.",
    limits="That an account is in scope does not mean that nothing is missing there: see IPE-4 and the gaps. "
    "Whether a reason is good is for a person to judge. Accounts outside the organization are not listed.",
    remedy=Remedy(
        console="Collect again with {account} in scope, or leave it out with a reason: under "
        "[aws.exclude_accounts] in evidence.toml, its number and why nothing in it matters to "
        "the audit.",
        cli=("evidence run --organization",),
    ),
)
def no_account_forgotten(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account of the organization, and one per account that only others name."""
    listed, unreadable = sort_out(accounts(evidence))
    active = [one.id for one in listed if not one.closed]
    covered = f"{len(set(active) & set(evidence.run.accounts))} of {len(active)}"
    states = {entry.account: entry for entry in evidence.run.account_states}
    for account in listed:
        entry = states.get(account.id)
        verdict, observed = _covered(evidence, account, entry)
        yield Row(
            subject=account.arn or account.id,
            account=account.id,
            verdict=verdict,
            observed=observed,
            expected=IN_SCOPE,
            pointers=(account.pointer, RUN),
            note=f"{covered} active accounts are in scope." if verdict is Verdict.EXCEPTION else "",
            attributes={
                "name": account.name,
                "organizational unit": entry.unit if entry else "",
                "active accounts in scope": covered,
            },
        )
    known = {one.id for one in listed}
    strangers = {} if not listed else {one: at for one, at in _named(evidence).items() if one not in known}
    for one, where in strangers.items():
        yield _odd_row(one, where, Verdict.EXCEPTION, f"named by {where.file}, and not listed")
    for broken in unreadable:
        observed = f"not in the documented form: {broken.why}"
        yield _odd_row("", broken.pointer, Verdict.NOT_DETERMINED, observed)


IN_SCOPE = "in scope, or left out for a stated reason"
BY_MANAGEMENT = "excluded by "
"""How a reason begins that stands in the settings (evidence.collect.accounts)."""


def _covered(
    evidence: Evidence, account: OrganizationAccount, entry: AccountState | None
) -> tuple[Verdict, str]:
    reason, condition = entry.reason if entry else "", account.state or "in a state that AWS does not tell"
    if account.id in evidence.bundle.accounts:
        return Verdict.MET, f"{condition}, in scope"
    written = reason.startswith(BY_MANAGEMENT) and not reason.endswith(f": {NO_REASON}")
    if account.closed or written:
        return Verdict.OUT_OF_SCOPE, f"{condition}, not collected: {reason or 'closed'}"
    return Verdict.EXCEPTION, f"{condition}, not collected: {reason or UNKNOWN}"


def _odd_row(account: str, where: Pointer, verdict: Verdict, observed: str) -> Row:
    columns = ("name", "organizational unit", "active accounts in scope")
    return Row(
        subject=account or str(where),
        account=account,
        verdict=verdict,
        observed=observed,
        expected=f"listed, and {IN_SCOPE}",
        pointers=(where, RUN) if where != RUN else (RUN,),
        attributes=dict.fromkeys(columns, ""),
    )


def _named(evidence: Evidence) -> dict[str, Pointer]:
    """Return the accounts that something else than the list names as the organization's, and where."""
    found = {one.account: RUN for one in evidence.run.account_states if one.state not in ("", "UNKNOWN")}
    found |= {unit.target.account: RUN for unit in evidence.bundle.units(ACCOUNTS)}
    for one in organizations(evidence):
        if not isinstance(one, Unreadable):
            found.setdefault(one.management, one.pointer)
    for item, names in NAMING.items():
        for made in evidence.each(item, partial(_names, names)):
            if not isinstance(made, Unreadable):
                for name in made[0]:
                    found.setdefault(name, made[1])
    return {one: where for one, where in found.items() if ACCOUNT_ID.fullmatch(one)}


def _names(names: Callable[[Any], list[str]], located: LocatedRecord) -> tuple[list[str], Pointer]:
    return names(located.value), pointer_to(located)
