"""Tests completeness over accounts (IPE): who asked in each, and that none is forgotten (CC4.1)."""

from collections.abc import Iterator

from evidence.bundle.format.models import AccountState
from evidence.controls import topics
from evidence.controls.declaration import Family, Row, Verdict, control_test
from evidence.controls.tests.ipe import RUN
from evidence.readers.caller import CALLER, callers, only_caller
from evidence.readers.evidence import Evidence, joined_names, require_text
from evidence.readers.organizations import ACCOUNTS, accounts
from evidence.readers.unreadable import require_readable

UNKNOWN = "not known to the run: created or moved while it went on, or overlooked"


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
    "run. An account that was left out is named with its reason; one that is closed lets nobody in.",
    population="Every account of the organization; those left out, with a reason, are out of scope",
    attribute="In scope, or left out for a reason that run.json states",
    needs=(ACCOUNTS,),
    empty="The account belongs to no organization.",
    outside="Every account that the organization lists was left out, each for the reason in its row.",
    limits="That an account is in scope does not mean that nothing is missing there: see IPE-4 and the gaps. "
    "Whether a reason is good is for a person to judge. Accounts outside the organization are not listed.",
)
def no_account_forgotten(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account of the organization."""
    states = {entry.account: entry for entry in evidence.run.account_states}
    for account in require_readable(accounts(evidence)):
        entry = states.get(account.id)
        reason, condition = entry.reason if entry else "", account.state
        if account.id in evidence.run.accounts:
            verdict, observed = Verdict.MET, f"{condition}, in scope"
        elif account.closed or reason:
            verdict, observed = Verdict.OUT_OF_SCOPE, f"{condition}, not collected: {reason or 'closed'}"
        else:
            verdict, observed = Verdict.EXCEPTION, f"{condition}, {UNKNOWN}"
        yield Row(
            subject=require_text(account.arn),
            account=account.id,
            verdict=verdict,
            observed=observed,
            expected="in scope, or left out for a stated reason",
            pointers=(account.pointer, RUN),
            attributes={
                "name": require_text(account.name),
                "organizational unit": entry.unit if entry else "",
            },
        )
