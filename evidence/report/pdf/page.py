"""Fills the templates: from a bundle and its results to one HTML document."""

from collections.abc import Sequence
from datetime import UTC
from textwrap import shorten
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from evidence.bundle.open import Bundle
from evidence.controls.by_account import by_account, of_organization
from evidence.controls.declaration import Verdict
from evidence.controls.results import Results
from evidence.controls.summary import FIX_FIRST
from evidence.diff import Changes
from evidence.diff.model import SubjectChange
from evidence.diff.text import change_facts
from evidence.findings import TimeStampSubject
from evidence.report import conclusions, executive_summary, reconciliation
from evidence.report.access_review import review_view
from evidence.report.accounts import is_organization
from evidence.report.assets import folder
from evidence.report.facts import ItemFacts, SignerInfo, check_same_bundle
from evidence.report.lax_settings import lax_headline
from evidence.report.model import day, moment, plural
from evidence.report.names import SAYS_NOTHING, short_subject
from evidence.report.pdf import headlines
from evidence.report.pdf.annex import annex
from evidence.report.pdf.heatmap import MOST_COLUMNS, heat_maps
from evidence.report.pdf.matrix import matrix
from evidence.report.pdf.questions import answers
from evidence.report.pdf.render import png_address
from evidence.report.pdf.roles import CHOSEN_SHOWN, printed_roles, role_name
from evidence.report.pdf.scope import distance, scope, scope_sentence
from evidence.report.pdf.sources import ItemCalls, read_ledger
from evidence.report.pdf.times import time_facts
from evidence.report.priorities import lapses, priorities
from evidence.report.statements import MOST_SHOWN, statements_section
from evidence.report.text import printable

MOST_CHANGED = 12
"""Things that changed, named one by one."""
MOST_JUDGED, _NAME, _SEEN = 3, 56, 70
"""Members named of a test that ends otherwise, and lengths of what names them; changes.json has all."""
MOST_OPEN = 12
"""Tests named on the third page because they did not see all the evidence."""


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
        brief=brief,
        sentence=sentence,
        role_name=role_name,
        judged=judged,
    )
    return env


def judged(members: Sequence[SubjectChange], *, now: bool) -> str:
    """Return who fails now and did not before, or the reverse: names, as many as a line has room for.

    `changes.json` has all of them, and what was observed.
    """
    found = [one for one in members if (one.new if now else one.old) is Verdict.EXCEPTION]
    more = f"; {len(found) - MOST_JUDGED} more" if len(found) > MOST_JUDGED else ""
    return "; ".join(map(_name_of, found[:MOST_JUDGED])) + more


def _name_of(one: SubjectChange) -> str:
    """Return who or what is judged; of an id that tells nobody, the beginning of what was observed."""
    short = short_subject(one.subject)
    if short.startswith("permissionSet/") or (SAYS_NOTHING.fullmatch(short) and " " not in short):
        return brief(short_subject(one.observed.partition(",")[0]), _SEEN)
    place = f" in {one.region}" if one.region and short == "recorder" else ""
    return f"{brief(short.removeprefix('user/').removeprefix('service/'), _NAME)}{place}"


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


def brief(text: str, limit: int) -> str:
    """Return text within a limit, cut between words; what is cut stands in full elsewhere in the report."""
    return shorten(text, limit, placeholder=" …") if len(text) > limit else text


def sentence(text: str) -> str:
    """Return text with a full stop, so that another sentence can follow."""
    return text if text.endswith((".", "!", "?", ":")) or not text else f"{text}."


def html(
    bundle: Bundle,
    results: Results,
    facts: Sequence[ItemFacts],
    signer: SignerInfo | None,
    *,
    logo: bytes = b"",
    changes: Changes | None = None,
) -> str:
    """Return the report as HTML. Raises UsageError when the results belong to another bundle."""
    check_same_bundle(bundle, results)
    template = environment().get_template("report.html.j2")
    return template.render(
        _context(bundle, results, tuple(facts), signer),
        logo=Markup("{}").format(png_address(logo)),
        since=change_facts(changes, MOST_CHANGED) if changes else None,
    )


def _context(
    bundle: Bundle, results: Results, facts: tuple[ItemFacts, ...], signer: SignerInfo | None
) -> dict[str, Any]:
    among_accounts = is_organization(bundle)
    tests = conclusions.views(results, among_accounts=among_accounts)
    summary = executive_summary.summary(tests)
    ledger = read_ledger(bundle.calls())
    scoped = scope(bundle)
    first = priorities(results, among_accounts=among_accounts)
    return {
        **_of_accounts(bundle, results),
        "bundle": bundle,
        "review": review_view(bundle),
        "run": bundle.run,
        "look": bundle.run.settings.report,
        "entity": bundle.run.settings.entity,
        "entity_name": bundle.run.settings.entity.name or f"AWS {_accounts(bundle)}",
        "results": results,
        "signer": signer,
        "tests": tests,
        "topics": conclusions.topics(tests),
        "passed": [test for test in tests if not (test.in_full or test.attested)],
        "attested": [test for test in tests if test.attested],
        "summary": summary,
        "scope_sentence": scope_sentence(bundle),
        "distance": distance(bundle.run.settings.entity, bundle.run.finished),
        "priorities": first,
        "fix_first": FIX_FIRST,
        "priorities_more": sum(one.exceptions for one in first[FIX_FIRST:]),
        "lapses": lapses(results, bundle.run.finished.astimezone(UTC).date()),
        "most_open": MOST_OPEN,
        "answers": answers(tests),
        "matrix": matrix(
            [test for test in tests if test.result.criteria], summary.criteria, summary.headline
        ),
        "marks": [conclusions.mark(conclusion) for conclusion in conclusions.MARKS],
        "scope": scoped,
        "sections": headlines.sections(bundle, facts, ledger),
        "when": time_facts(bundle),
        "laxer": lax_headline(results.lax_settings),
        "stated": statements_section(results),
        "most_stated": MOST_SHOWN,
        "roles": printed_roles(bundle, _with_exceptions(results)),
        "chosen_shown": CHOSEN_SHOWN,
        "ledger": ledger,
        "items_and_calls": [(row, ledger.items.get(row.item, ItemCalls())) for row in scoped.items],
        "stamped": bundle.time_stamp_of(TimeStampSubject.SEAL) is not None,
        "blind_spots": [fact for fact in facts if fact.blind_spots and _planned(bundle, fact.item)],
        "reconciliation": reconciliation.page(bundle),
        "created": bundle.run.finished.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _with_exceptions(results: Results) -> frozenset[str]:
    """Return the ARNs that exceptions are about, accepted ones too."""
    failing = (Verdict.EXCEPTION, Verdict.ACCEPTED)
    return frozenset(
        arn for test in results.tests for row in test.rows.with_verdict(failing) for arn in row.arns
    )


def _of_accounts(bundle: Bundle, results: Results) -> dict[str, Any]:
    """Return what the report shows of each account, where there are several."""
    if not is_organization(bundle):
        return {"heat_maps": (), "annex": None, "binned": False}
    found = by_account(bundle, results)
    return {
        "heat_maps": heat_maps(bundle, found, of_organization(bundle, results)),
        "annex": annex(bundle, found, {test.id: test.family for test in results.tests}),
        "binned": len(bundle.run.accounts) > MOST_COLUMNS,
    }


def _planned(bundle: Bundle, item: str) -> bool:
    return bool(bundle.units(item))


def _accounts(bundle: Bundle) -> str:
    accounts = bundle.run.accounts
    return f"account {accounts[0]}" if len(accounts) == 1 else plural(len(accounts), "account")
