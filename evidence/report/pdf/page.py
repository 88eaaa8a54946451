"""Fills the templates: from a bundle and its results to one HTML document."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from evidence.bundle.open import Bundle
from evidence.controls.by_account import by_account
from evidence.controls.declaration import Family
from evidence.controls.results import Results
from evidence.controls.summary import FIX_FIRST
from evidence.diff import Changes
from evidence.diff.text import change_facts
from evidence.report import conclusions, reconciliation
from evidence.report.accounts import is_organization
from evidence.report.assets import folder
from evidence.report.facts import ItemFacts, SignerInfo, check_same_bundle
from evidence.report.lax_settings import lax_headline
from evidence.report.model import day, moment, plural
from evidence.report.pdf import headlines
from evidence.report.pdf.annex import annex
from evidence.report.pdf.heatmap import MOST_COLUMNS, heat_maps
from evidence.report.pdf.matrix import matrix
from evidence.report.pdf.roles import CHOSEN_SHOWN, printed_roles, role_name
from evidence.report.pdf.scope import scope
from evidence.report.pdf.sources import read_ledger
from evidence.report.pdf.times import time_facts
from evidence.report.statements import MOST_SHOWN, statements_section
from evidence.report.text import printable


def environment() -> Environment:
    """Return Jinja as the report needs it: everything escaped and made printable, nothing undefined."""
    env = Environment(
        loader=FileSystemLoader(folder()),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        moment=moment,
        day=day,
        plural=plural,
        thousands=lambda number: f"{number:,}",
        marked=marked,
        role_name=role_name,
    )
    return env


def _finalize(value: Any) -> Any:
    """Make plain text printable; markup comes from our own macros only."""
    if type(value) is str:
        return printable(value)
    return "—" if value is None else value


def marked(text: str) -> Markup:
    """Return text with what stands between backticks set as code, all of it escaped."""
    pieces = printable(text).split("`")
    if len(pieces) % 2 == 0:
        return Markup("{}").format(printable(text))
    return Markup("").join(
        Markup('<span class="mono">{}</span>').format(piece) if number % 2 else Markup("{}").format(piece)
        for number, piece in enumerate(pieces)
    )


def html(
    bundle: Bundle,
    results: Results,
    facts: Sequence[ItemFacts],
    signer: SignerInfo | None,
    changes: Changes | None = None,
) -> str:
    """Return the report as HTML. Raises UsageError when the results belong to another bundle."""
    check_same_bundle(bundle, results)
    template = environment().get_template("report.html.j2")
    since = change_facts(changes) if changes else None
    return template.render(_context(bundle, results, tuple(facts), signer), since=since)


def _context(
    bundle: Bundle, results: Results, facts: tuple[ItemFacts, ...], signer: SignerInfo | None
) -> dict[str, Any]:
    tests = conclusions.views(results, is_organization(bundle))
    summary = conclusions.summary(tests)
    ledger = read_ledger(bundle.calls())
    scoped = scope(bundle, facts)
    return {
        **_of_accounts(bundle, results),
        "bundle": bundle,
        "run": bundle.run,
        "entity": bundle.run.settings.entity,
        "entity_name": bundle.run.settings.entity.name or f"AWS {_accounts(bundle)}",
        "results": results,
        "signer": signer,
        "tests": tests,
        "topics": conclusions.topics(tests),
        "summary": summary,
        "fix_first": results.joined[:FIX_FIRST],
        "commands_shown": conclusions.COMMANDS_SHOWN,
        "matrix": matrix(
            [test for test in tests if test.result.criteria], summary.criteria, summary.headline
        ),
        "marks": [conclusions.mark(conclusion) for conclusion in conclusions.MARKS],
        "scope": scoped,
        "sections": headlines.sections(bundle, facts, ledger),
        "when": time_facts(bundle),
        "laxer": lax_headline(results),
        "stated": statements_section(results),
        "most_stated": MOST_SHOWN,
        "roles": printed_roles(bundle),
        "chosen_shown": CHOSEN_SHOWN,
        "ledger": ledger,
        "titles": {fact.item: fact.title for fact in facts},
        "blind_spots": [fact for fact in facts if fact.blind_spots and _planned(bundle, fact.item)],
        "reconciliation": reconciliation.page(bundle, results),
        "created": bundle.run.finished.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _of_accounts(bundle: Bundle, results: Results) -> dict[str, Any]:
    """Return what the report shows of each account, where there are several."""
    if not is_organization(bundle):
        return {"heat_maps": (), "annex": None, "binned": False}
    found = by_account(bundle, results)
    return {
        "heat_maps": heat_maps(bundle, found),
        "annex": annex(bundle, found, {t.id for t in results.tests if t.family is Family.RELIABILITY}),
        "binned": len(bundle.run.accounts) > MOST_COLUMNS,
    }


def _planned(bundle: Bundle, item: str) -> bool:
    return bool(bundle.units(item))


def _accounts(bundle: Bundle) -> str:
    accounts = bundle.run.accounts
    return f"account {accounts[0]}" if len(accounts) == 1 else plural(len(accounts), "account")
