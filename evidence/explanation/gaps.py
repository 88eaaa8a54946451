"""Explains why something is missing, and what to do about it."""

from collections.abc import Iterator, Sequence

from evidence.aws.denials import KEY_ARN
from evidence.bundle import Bundle
from evidence.bundle.format.models import GapRecord
from evidence.controls.catalogue import catalogue
from evidence.controls.declaration import Row, Verdict
from evidence.controls.remedies import remedy_of, without_names
from evidence.explanation.causes import CAUSES, remedy_for
from evidence.explanation.model import Explanation, ExplanationPart
from evidence.records import Cause
from evidence.report.gaps import GapRow, gap_rows, organization_gap_rows
from evidence.report.model import plural
from evidence.toml import toml_string

MOST = 10
_WHY = (
    "What is missing could hold anything, so it is never a pass: a test that needs it is not concluded, or "
    "says that it is not complete. An auditor asks for it again, or widens their own work."
)
_LEFT_OUT = (
    "A gap cannot be accepted: no entry of exceptions.toml takes it. What is left out on purpose stands in "
    "the settings instead; the report's scope then prints it as left out, and tests that need it stay not "
    "concluded. So leave out what is out of scope, and nothing else."
)


def explain_cause(cause: Cause, bundle: Bundle | None = None) -> Explanation:
    """Return what a cause of gaps means and what to do; with a bundle, about its gaps."""
    gaps = [gap for gap in bundle.gaps if gap.cause is cause] if bundle else []
    operations = dict.fromkeys(gap.operation for gap in gaps) or {"": None}
    steps = dict.fromkeys(without_names(remedy_for(cause, one)).console for one in operations)
    commands = (
        tuple(_commands(cause, gaps, bundle)) if bundle and gaps else without_names(remedy_for(cause)).cli
    )
    return Explanation(
        kind="gap cause",
        id=cause.slug,
        title=cause.value,
        bundle=bundle.name if bundle else "",
        parts=(
            ExplanationPart("What it means", (CAUSES[cause].means,)),
            ExplanationPart("Why auditors ask", (_WHY,)),
            *([_here(gaps)] if bundle else []),
            ExplanationPart("What to do", tuple(steps), commands),
            ExplanationPart("How to accept it", (_LEFT_OUT,), draft=_draft(cause, gaps)),
        ),
    )


def _here(gaps: Sequence[GapRecord]) -> ExplanationPart:
    if not gaps:
        return ExplanationPart("In this bundle", ("No gap has this cause.",))
    rows = gap_rows(tuple(gaps))
    if len(rows) > MOST:
        rows = organization_gap_rows(gaps)  # what differs in nothing but account and region, once
    items = {gap.item for gap in gaps}
    tests = [test.id for test in catalogue().values() if items.intersection(test.needs)]
    more = f"And {len(rows) - MOST:,} more: sheet Gaps of the workbook." if len(rows) > MOST else ""
    return ExplanationPart(
        f"In this bundle: {plural(len(gaps), 'gap')}",
        (
            *map(_gap_line, rows[:MOST]),
            more,
            f"Tests that need it: {', '.join(tests)}." if tests else "",
        ),
    )


def _gap_line(row: GapRow) -> str:
    refused = " ".join(filter(None, (row.operation, row.error)))
    said = ": ".join(filter(None, (f"{row.item} ({row.targets})", refused, row.message)))
    return f"{said.rstrip('.')}. {row.effect}"


def _commands(cause: Cause, gaps: Sequence[GapRecord], bundle: Bundle) -> Iterator[str]:
    """Yield the commands with what the gaps tell, each once."""
    found: dict[str, None] = {}
    roles = {state.account: state.role for state in bundle.run.account_states if state.role}
    for gap in gaps:
        account = gap.target.account
        row = Row(
            subject="", account=account, region=gap.target.region or "", verdict=Verdict.EXCEPTION,
            observed="", expected="", pointers=(),
            fills=_who(roles.get(account) or bundle.run.caller_start.arn) | _key(gap),
        )  # fmt: skip
        found |= dict.fromkeys(remedy_of(remedy_for(cause), row).cli)
        if len(found) > MOST:
            break
    yield from list(found)[:MOST]


def _who(arn: str) -> dict[str, str]:
    """Return who asked, by the ARN of a role, of a session of one, or of a user."""
    kind, *path = arn.rpartition(":")[2].split("/")
    if kind == "assumed-role" and path:
        return {"role": path[0]}
    return {kind: path[-1]} if kind in ("role", "user") and path else {}


def _key(gap: GapRecord) -> dict[str, str]:
    named = KEY_ARN.search(gap.message)
    return {"key": named[0]} if named else {}


def _draft(cause: Cause, gaps: Sequence[GapRecord]) -> str:
    """Return the settings that leave out what these gaps are of; an account's reason is to be filled in."""
    if not gaps:
        return ""
    if cause is Cause.ROLE_NOT_ASSUMED:
        accounts = sorted({gap.target.account for gap in gaps})[:MOST]
        named = "\n".join(f'{toml_string(one)} = ""' for one in accounts)
        return f"[aws.exclude_accounts]\n{named}\n"
    items = ", ".join(map(toml_string, sorted({gap.item for gap in gaps})))
    return f"[collect]\nexclude = [{items}]\n"
