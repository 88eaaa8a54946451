"""Lists the accounts that have exceptions or gaps, one line each, within bounds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evidence.bundle.open import Bundle
from evidence.controls.by_account import AccountResult
from evidence.controls.declaration import Conclusion, Family
from evidence.report.accounts import AccountRow, account_rows, first_names

MOST_ACCOUNTS = 60
TESTS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account as printed."""

    account: str
    name: str
    ou: str
    passed: str
    """Tests without exceptions: controls, reliability of the evidence, then custom ones if there are any."""
    noted: str
    """Tests with exceptions and how many."""
    open: str
    """Tests that did not see all of the account's evidence."""
    gaps: int
    weight: tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Annex:
    """The annex: the accounts that need a look, and how many do not."""

    lines: tuple[AccountLine, ...]
    more: int
    clean: int
    """Accounts in scope without exceptions and gaps, every test concluded or without members."""


def annex(
    bundle: Bundle, found: Mapping[str, Sequence[AccountResult]], families: Mapping[str, Family]
) -> Annex:
    """Return the accounts with exceptions, gaps or holes, those with most such tests first.

    `families`: each test's, as every family is counted apart.
    """
    of: dict[str, list[tuple[str, AccountResult]]] = {}
    for test, results in found.items():
        for result in results:
            of.setdefault(result.account, []).append((test, result))
    known = [row for row in account_rows(bundle) if row.in_scope]
    lines = [_line(row, of.get(row.account, []), families) for row in known]
    telling = sorted(
        (line for line in lines if line.noted or line.open or line.gaps), key=lambda line: line.weight
    )
    return Annex(tuple(telling[:MOST_ACCOUNTS]), len(telling[MOST_ACCOUNTS:]), len(lines) - len(telling))


def _line(
    known: AccountRow, results: Sequence[tuple[str, AccountResult]], families: Mapping[str, Family]
) -> AccountLine:
    noted = [f"{test} ({result.exceptions:,})" for test, result in results if result.exceptions]
    counted = [family for family in Family if family is not Family.CUSTOM or family in families.values()]
    passed = Counter(
        families[test] for test, result in results if result.conclusion is Conclusion.NO_EXCEPTIONS
    )
    unknown = [test for test, result in results if not result.complete]
    return AccountLine(
        account=known.account,
        name=known.name,
        ou=known.ou,
        passed=", ".join(str(passed[family]) for family in counted),
        noted=first_names(noted, TESTS_SHOWN),
        open=first_names(unknown, TESTS_SHOWN),
        gaps=known.gaps,
        weight=(-len(noted) - len(unknown), -len(noted), known.account),
    )
