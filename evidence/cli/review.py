"""`evidence review`: access reviews, from the reviewers' workbooks to a sealed bundle of their decisions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting, setting_options
from evidence.cli.completion import complete_bundle_or_pack
from evidence.cli.options import BundleOrPack, Json, Quiet
from evidence.cli.output import Output
from evidence.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from evidence.bundle import Bundle
    from evidence.comparison import PackedResults
    from evidence.review.closing import ReviewProblem
    from evidence.review.index import OpenedReview
    from evidence.review.people import StatedPeople
    from evidence.review.previous import LastReview
    from evidence.settings.model import Settings
    from evidence.statements.files import Statements

_SHOWN = 40


@collecting.accepts_settings(collecting.archive_settings)
def open(  # noqa: A001 (the command)
    *,
    settings: "Settings",
    bundle: BundleOrPack,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="DIR", help="Where to leave the workbooks; new or empty."),
    ] = Path("review"),
    people: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="people.csv: one workbook for each manager; default: the one in the pack."
        ),
    ] = None,
    last_review: Annotated[
        Path | None,
        typer.Option(
            metavar="BUNDLE|PACK",
            help="The review before, for the column Last review; default: the last one in the archive.",
            autocompletion=complete_bundle_or_pack,
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Open an access review: make the reviewers' workbooks from a verified bundle or pack. Asks AWS nothing.

    Leaves one workbook for each manager whom people.csv names, for each owner whom tags of accounts name, or
    one in all; and review.json, which `evidence review close` needs: keep it.
    """
    from evidence.clock import system_clock
    from evidence.comparison import read_any
    from evidence.review.index import FILE
    from evidence.review.opening import plan_review, write_review
    from evidence.statements.files import read_statements
    from evidence.storage import own_folder

    out, now = Output(json, quiet), system_clock().now()
    given = _stated(read_statements({"people": people}))
    found: LastReview | None = _last(last_review) if last_review else None

    with own_folder(output) as folder:

        def make(read: "Bundle", _: "PackedResults | None", stated: "Statements") -> "OpenedReview":
            last = found or _archived(settings, read.run.scope)
            plan = plan_review(read, given or _stated(stated), last)
            return write_review(plan, folder, opened=now, window_days=settings.period.review_days)

        opened, _ = read_any(bundle, make, now=now)
    document = opened.model_dump(mode="json", exclude={"workbooks": {"__all__": {"rows"}}})
    document["workbooks"] = [
        {**shown, "rows": len(one.rows)}
        for shown, one in zip(document["workbooks"], opened.workbooks, strict=True)
    ]
    lines = [f"{output / one.name}  {len(one.rows)} rows, for {one.reviewer}" for one in opened.workbooks]
    out.result(document, "\n".join([*lines, str(output / FILE)]))
    if opened.not_shown:
        out.say(f"{opened.bundle} does not show all access: {opened.not_shown} things cannot be reviewed.")
    out.say(f"Have it back within {opened.window_days} days, and keep {output / FILE}: closing needs it.")


@collecting.accepts_settings(collecting.reviewing_settings)
def close(
    *,
    settings: "Settings",
    files: Annotated[
        list[Path], typer.Argument(metavar="FILES…", help="The workbooks that came back, filled in.")
    ],
    bundle: BundleOrPack,
    opened: Annotated[
        Path, typer.Option(metavar="FILE", help="review.json, as `evidence review open` left it.")
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="DIR", help="Where to leave the files; new or empty."),
    ] = Path("review-closed"),
    previous: setting_options.Previous = None,
    incomplete: Annotated[
        bool,
        typer.Option("--incomplete", help="Seal what there is, though something is wrong: REV-2 tells it."),
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Close an access review: check what came back, and seal the decisions into a bundle of their own.

    Every row must be there, unchanged, decided once, by somebody who is not the person reviewed, within the
    window; otherwise all that is wrong is listed, and nothing sealed. With --incomplete what there is is
    sealed, and the command ends with 3. Leaves the bundle, results, report, workbook, page and pack; with
    --archive the bundle takes its place in the chain, and its pack in the archive.
    """
    from evidence.clock import system_clock
    from evidence.comparison import read_any
    from evidence.review.closing import close_review, reviewed_bundle
    from evidence.review.delivery import deliver_review
    from evidence.review.index import read_index
    from evidence.signing.authority import authority_at
    from evidence.signing.load import load_signer
    from evidence.statements.files import read_statements

    out, clock = Output(json, quiet), system_clock()
    index, content = read_index(opened)
    signer = load_signer(settings.signing, collecting.ask_passphrase, now=clock.now())
    statements = read_statements(settings.accepted.paths)
    reviewed, _ = read_any(bundle, lambda one, *_: reviewed_bundle(one, index), now=clock.now())
    digest = previous
    if previous and Path(previous).exists():
        digest, _ = read_any(Path(previous), lambda one, *_: one.digest, now=clock.now())
    review = close_review(files, index, content, reviewed, now=clock.now())
    _tell(out, review.problems)
    if review.problems and not incomplete:
        raise UsageError(
            f"The review is not complete: {len(review.problems)} things are wrong. Nothing was sealed.",
            "Have them put right and close it again, or seal what there is with --incomplete.",
        )
    delivery = deliver_review(
        review, settings, output, previous=digest, statements=statements, signer=signer,
        authority=authority_at(settings.timestamp, clock), clock=clock, say=out.say,
    )  # fmt: skip
    document = delivery.document() | {"problems": [str(one) for one in review.problems]}
    out.result(document, delivery.text())
    if review.problems or delivery.unstamped:
        raise typer.Exit(ExitCode.GAPS)


def _tell(out: Output, problems: "tuple[ReviewProblem, ...]") -> None:
    for one in problems[:_SHOWN]:
        out.say(str(one))
    if len(problems) > _SHOWN:
        out.say(f"… and {len(problems) - _SHOWN} more")


def _stated(statements: "Statements") -> "StatedPeople | None":
    """Return the list of people that lies in a pack, if one does."""
    from evidence.review.people import StatedPeople

    given = statements.people
    return StatedPeople(given.used, given.said.people) if given else None


def _last(path: Path) -> "LastReview":
    from evidence.clock import system_clock
    from evidence.comparison import read_any
    from evidence.review.previous import last_review

    return read_any(path, lambda one, *_: last_review(one), now=system_clock().now())[0]


def _archived(settings: "Settings", scope: str) -> "LastReview | None":
    """Return the last review of a scope in the archive, if there is an archive with one."""
    from evidence.archive.store import store_of
    from evidence.review.previous import last_packed_review

    if settings.archive.place is None:
        return None
    store = store_of(settings.archive)
    name = last_packed_review(store, scope)
    if name is None:
        return None
    with store.opened(name) as pack:
        return _last(pack)
