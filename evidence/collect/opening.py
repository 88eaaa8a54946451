"""Has a run's opening statement time-stamped before evidence is asked for, to be sealed with it."""

from collections.abc import Callable
from datetime import datetime

from evidence.aws.identity import CallerIdentity
from evidence.bundle.format.models import Caller, GapRecord, ItemScope, Opening, TargetRecord
from evidence.bundle.format.seal import TimeStampAuthority
from evidence.bundle.write.writer import BundleWriter
from evidence.errors import AuthorityError
from evidence.records import Cause, Scope

_RANDOM_BYTES = 32


def open_run(
    writer: BundleWriter,
    authority: TimeStampAuthority | None,
    draw: Callable[[int], bytes],
    *,
    bundle: str,
    identity: CallerIdentity,
    started: datetime,
    items: tuple[ItemScope, ...],
    previous: str | None,
) -> GapRecord | None:
    """Write the time-stamped opening statement into the bundle; return the gap when the authority gives none.

    Without an authority there is neither.
    """
    if authority is None:
        return None
    # what checks time-stamps takes as long to load as asking who is asking
    from evidence.bundle.verify.opening import ITEM, stamped_statement

    statement = Opening(
        bundle=bundle,
        caller=Caller(account=identity.account, arn=identity.arn, user_id=identity.user_id),
        started=started,
        items=tuple(sorted(entry.item for entry in items if entry.planned)),
        previous=previous,
        random=draw(_RANDOM_BYTES).hex(),
    )
    try:
        files = stamped_statement(statement, authority)
    except AuthorityError as error:
        return GapRecord(
            item=ITEM,
            target=TargetRecord(scope=Scope.ACCOUNT, account=identity.account),
            cause=Cause.NO_TIME_STAMP,
            operation="",
            error_code="",
            message=error.message,
            effect="That the evidence is not older than stated rests on the signer's word and AWS's clock.",
        )
    for path, content in files.items():
        writer.write(path, content)
    return None
