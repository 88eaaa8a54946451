"""Computes what each test of controls shows of each account, out of the same rows and gaps.

The conclusion of a test is over all accounts; this is the part of each. An account of which something is
missing that the test needs is never without exceptions, and one without members shows nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from evidence.bundle import Bundle
from evidence.controls.catalogue import catalogue
from evidence.controls.counts import count_rows
from evidence.controls.declaration import Conclusion, ControlTest, Verdict
from evidence.controls.results import Results, TestResult
from evidence.readers.closed_regions import closing_coverage
from evidence.readers.missing import MissingKind

OF_NO_ACCOUNT = ""


@dataclass(frozen=True, slots=True)
class AccountResult:
    """One test over one account."""

    account: str
    conclusion: Conclusion
    inspected: int
    exceptions: int
    """Rows that fail, those that management accepted among them unless acceptance meets the rule."""
    not_determined: int
    missing: int
    """Targets of the account for which a needed item is missing."""
    complete: bool
    """All its evidence was there and settled each member; an exception may be known all the same."""


def by_account(bundle: Bundle, results: Results) -> dict[str, tuple[AccountResult, ...]]:
    """Return, by the test's id, one result for each account in scope, in the order of the run.

    What management attests is of no account and left out.
    """
    return {
        result.id: tuple(_results(bundle, result, test, bundle.run.accounts))
        for result, test in _tested(results)
    }


def of_organization(bundle: Bundle, results: Results) -> dict[str, AccountResult]:
    """Return, by the test's id, what it shows of members that are of no account in scope.

    People, permission sets, policies of the organization, and accounts that were left out. Tests without such
    members are left out.
    """
    inside = frozenset(bundle.run.accounts)
    return {
        result.id: next(_results(bundle, result, test, (OF_NO_ACCOUNT,)))
        for result, test in _tested(results)
        if any(row.account not in inside for row in result.rows)
    }


def _tested(results: Results) -> Iterator[tuple[TestResult, ControlTest | None]]:
    known = catalogue()
    for result in results.tests:
        test = known.get(result.id)
        if not (result.attestation or (test and test.attested)):
            yield result, test


def _results(
    bundle: Bundle, result: TestResult, test: ControlTest | None, accounts: Iterable[str]
) -> Iterator[AccountResult]:
    inside = frozenset(bundle.run.accounts)
    counts: dict[str, Counter[Verdict]] = {}
    for row in result.rows:
        account = row.account if row.account in inside else OF_NO_ACCOUNT
        counts.setdefault(account, Counter())[row.verdict] += 1
    covered = closing_coverage(bundle, result.needs)
    lacking = Counter(target.account for target in covered.targets - covered.closed)
    # The rule could not run, or what is missing is of no one account: nothing is known of any.
    besides = {one.account for one in result.holes if one.what is not MissingKind.GAP}
    nothing = covered.nothing or "" in besides
    rule = _AccountRule(
        nothing,
        frozenset(besides),
        accepting=bool(test and test.met_by_acceptance),
        without=test.empty_conclusion if test else Conclusion.NOT_CONCLUDED,
    )
    return (_result(account, counts.get(account, Counter()), lacking[account], rule) for account in accounts)


@dataclass(frozen=True, slots=True)
class _AccountRule:
    """What of a test holds for each account alike."""

    unknown: bool
    doubtful: frozenset[str]
    """Accounts of which more is missing than what was not collected."""
    accepting: bool
    without: Conclusion
    """The conclusion where an account has no members."""


def _result(account: str, verdicts: Counter[Verdict], missing: int, rule: _AccountRule) -> AccountResult:
    exceptions = verdicts[Verdict.EXCEPTION] + (0 if rule.accepting else verdicts[Verdict.ACCEPTED])
    inspected = count_rows(verdicts.elements()).inspected
    holes = bool(rule.unknown or missing or account in rule.doubtful or verdicts[Verdict.NOT_DETERMINED])
    if exceptions:
        conclusion = Conclusion.EXCEPTIONS
    elif holes:
        conclusion = Conclusion.NOT_CONCLUDED
    else:
        conclusion = Conclusion.NO_EXCEPTIONS if inspected else rule.without
    complete = not holes and conclusion is not Conclusion.NOT_CONCLUDED
    return AccountResult(
        account, conclusion, inspected, exceptions, verdicts[Verdict.NOT_DETERMINED], missing, complete
    )
