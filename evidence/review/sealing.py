"""Seals an access review into a bundle of its own: decisions, returned workbooks, and review.json."""

import hashlib
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from evidence import __version__, file_names
from evidence.bundle.format import bag, strictjson
from evidence.bundle.format.chain import Follows
from evidence.bundle.format.models import (
    AccessReviewScope,
    Attachment,
    Caller,
    ClockSkew,
    ItemScope,
    OpenedWorkbook,
    Run,
    TargetRecord,
    Tool,
    Unit,
)
from evidence.bundle.format.seal import SealSigner
from evidence.bundle.write.writer import BundleWriter
from evidence.clock import Clock
from evidence.readers.access_review import DECISIONS
from evidence.records import Outcome, Scope, Target
from evidence.review.closing import ClosedReview
from evidence.review.index import FILE
from evidence.review.previous import PREFIX
from evidence.settings.model import Settings

TITLE = "Decisions of an access review"
ATTACHED_BY = "evidence"
NOBODY_ASKED = "no AWS call was made"
"""In the place of the caller's ARN and id."""
_FOLDER = bag.ATTACHMENTS.rpartition("/")[0]


def seal_review(
    review: ClosedReview,
    settings: Settings,
    out: Path,
    *,
    follows: Follows,
    signer: SealSigner | None,
    clock: Clock,
) -> Path:
    """Write and seal the bundle of a review; return its folder below `out`.

    Raises StorageError, SigningError, and what `follows` raises.
    """
    origin = review.reviewed.run
    account = origin.caller_start.account
    position = follows(origin.scope)
    name = f"{PREFIX}{account}-{review.closed.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    writer = BundleWriter.create(out, name)
    try:
        target = Target(Scope.ORGANIZATION, account)
        path = f"{target.folder}/{DECISIONS.replace('.', '/', 1)}.jsonl"
        writer.write(path, b"".join(map(strictjson.line, review.records)))
        attached = tuple(_attached(review, writer))
        writer.write(bag.ATTACHMENTS, strictjson.document([one.model_dump(mode="json") for one in attached]))
        writer.write(bag.CALLS, b"")
        finished = clock.now()
        run = Run(
            bundle=name,
            tool=_tool(),
            settings=settings.sealed(),
            partition=origin.partition,
            scope=origin.scope,
            accounts=origin.accounts,
            account_states=tuple(
                state.model_copy(update={"reason": "its access was reviewed", "role": ""})
                for state in origin.account_states
                if state.in_scope
            ),
            regions=(),
            caller_start=_nobody(account),
            caller_end=_nobody(account),
            started=review.closed,
            finished=finished,
            clock=ClockSkew(first_aws_date=None, last_aws_date=None, max_skew_seconds=None),
            items=(ItemScope(item=DECISIONS, planned=True, reason="", title=TITLE),),
            units=(_unit(target, path, len(review.records), review.closed, finished),),
            sequence=position.sequence,
            previous=position.previous,
            access_review=_scope(review, attached),
        )
        return writer.publish(run, (), signer)
    except BaseException:  # an interrupt too: half a bundle must not stay
        writer.abandon()
        raise


def _attached(review: ClosedReview, writer: BundleWriter) -> Iterator[Attachment]:
    """Write review.json and what came back, and yield their entries: each workbook under its opened name."""
    told = f"the access review of {review.reviewed.name}"
    documents = [(FILE, review.index, f"What was opened: {told}.")]
    documents += [
        (one.opened.name, one.content, f"Workbook for {one.opened.reviewer}, as it came back: {told}.")
        for one in review.files
    ]
    for name, content, note in documents:
        path = f"{_FOLDER}/{file_names.short_file_name(name, file_names.LONGEST_ATTACHMENT)}"
        writer.write(path, content)
        yield Attachment(
            file=path,
            item=DECISIONS,
            by=ATTACHED_BY,
            note=note,
            added=review.closed,
            sha256=hashlib.sha256(content).hexdigest(),
            bytes=len(content),
        )


def _scope(review: ClosedReview, attached: tuple[Attachment, ...]) -> AccessReviewScope:
    opened = review.opened
    back = {one.opened.name: kept for one, kept in zip(review.files, attached[1:], strict=True)}
    return AccessReviewScope(
        reviewed=review.reviewed.name,
        reviewed_digest=review.reviewed.digest,
        reviewed_finished=review.reviewed.run.finished,
        opened=opened.opened,
        closed=review.closed,
        window_days=opened.window_days,
        rows=opened.rows,
        rows_sha256=opened.rows_sha256,
        previous_review=opened.previous_review,
        incomplete=bool(review.problems),
        workbooks=tuple(
            OpenedWorkbook(
                name=one.name,
                rows=len(one.rows),
                file=back[one.name].file if one.name in back else None,
                sha256=back[one.name].sha256 if one.name in back else None,
            )
            for one in opened.workbooks
        ),
    )


def _unit(target: Target, path: str, records: int, started: datetime, finished: datetime) -> Unit:
    return Unit(
        item=DECISIONS,
        target=TargetRecord.of(target),
        outcome=Outcome.COLLECTED,
        records=records,
        files=(path,),
        started=started,
        finished=finished,
        calls=0,
    )


def _nobody(account: str) -> Caller:
    """Return what stands for the caller: the account of the reviewed bundle, whose chain this continues."""
    return Caller(account=account, arn=NOBODY_ASKED, user_id=NOBODY_ASKED)


def _tool() -> Tool:
    return Tool(name="evidence", version=__version__, python=platform.python_version(), libraries={})
