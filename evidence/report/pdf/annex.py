"""Lists the accounts that have exceptions or gaps, one line each, within bounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evidence.bundle.open import Bundle
from evidence.controls.by_account import AccountResult
from evidence.controls.declaration import Conclusion
from evidence.report.accounts import account_rows

MOST_ACCOUNTS = 60
TESTS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account as printed."""

    account: str
    name: str
    ou: str
    passed: int
    """Tests without exceptions."""
    noted: str
    """Tests with exceptions and how many."""
    open: str
    """Tests not concluded."""
    gaps: int
    weight: tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Annex:
    """The annex: the accounts that need a look, and how many do not."""

    lines: tuple[AccountLine, ...]
    more: int
    clean: int
    """Accounts in scope without exceptions and gaps, every test concluded or without members."""


def annex(bundle: Bundle, found: Mapping[str, Sequence[AccountResult]]) -> Annex:
    """Return the accounts with exceptions, gaps or tests not concluded, those with most such tests first."""
    of: dict[str, list[tuple[str, AccountResult]]] = {}
    for test, results in found.items():
        for result in results:
            of.setdefault(result.account, []).append((test, result))
    known = [row for row in account_rows(bundle) if row.in_scope]
    lines = [_line(row.account, row.name, row.ou, row.gaps, of.get(row.account, [])) for row in known]
    telling = sorted(
        (line for line in lines if line.noted or line.open or line.gaps), key=lambda line: line.weight
    )
    return Annex(tuple(telling[:MOST_ACCOUNTS]), len(telling[MOST_ACCOUNTS:]), len(lines) - len(telling))


def _line(
    account: str, name: str, ou: str, gaps: int, results: Sequence[tuple[str, AccountResult]]
) -> AccountLine:
    noted = [f"{test} ({result.exceptions:,})" for test, result in results if result.exceptions]
    unknown = [test for test, result in results if result.conclusion is Conclusion.NOT_CONCLUDED]
    return AccountLine(
        account=account,
        name=name,
        ou=ou,
        passed=sum(result.conclusion is Conclusion.NO_EXCEPTIONS for _, result in results),
        noted=_some(noted),
        open=_some(unknown),
        gaps=gaps,
        weight=(-len(noted) - len(unknown), -len(noted), account),
    )


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:TESTS_SHOWN])
    return shown if len(names) <= TESTS_SHOWN else f"{shown} and {len(names) - TESTS_SHOWN} more"
