"""Tests CloudTrail: what is done in an account is recorded (CC7.2)."""

from collections.abc import Iterator, Sequence

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.controls.rows import none_found, unreadable_rows
from evidence.readers.cloudtrail import TRAILS, LoggingTrail, trails
from evidence.readers.evidence import Evidence, joined_names
from evidence.readers.unreadable import Unreadable, sort_out


@control_test(
    id="CT-1",
    title="What is done is recorded",
    topic=topics.CLOUDTRAIL,
    criteria=("CC7.2",),
    risk="What nobody records can be neither noticed nor investigated.",
    procedure="In each account looked for a trail, its own or the organization's, that is logging, records "
    "all management events in all regions, has log file validation, and last delivered without error. "
    "Whether the organization's trail, which members see as a shadow, does so was read in the account that "
    "owns it.",
    population="Each account in scope",
    attribute="One trail that records everything, and works",
    needs=(TRAILS,),
    somewhere=True,
    empty="No account is in scope.",
    severity=Severity.HIGH,
    remedy=Remedy(
        console="CloudTrail in the organization's management account, Trails, Create trail: all "
        "accounts, management events Read and Write, log file validation on; it covers every "
        "region. A trail that is there: in its home region Start logging, and mend what its page "
        "names.",
        cli=(
            (
                "[none] aws cloudtrail create-trail --name organization --s3-bucket-name {bucket} "
                "--is-multi-region-trail --enable-log-file-validation --is-organization-trail"
            ),
            "[none] aws cloudtrail start-logging --name organization",
            (
                "[trail] aws cloudtrail update-trail --name {trail} --is-multi-region-trail "
                "--enable-log-file-validation"
            ),
            "[trail] aws cloudtrail start-logging --name {trail}",
        ),
    ),
    limits="What the trail's bucket holds, how long, and who may change it, is not shown. Event data stores "
    "of CloudTrail Lake are not looked for. Trails of one region each do not meet the rule.",
)
def recorded(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account."""
    found: dict[str, list[LoggingTrail]] = {}
    unreadable: dict[str, list[tuple[str, str, Unreadable]]] = {}
    for account in evidence.accounts:
        found[account], unreadable[account] = [], []
        for region in evidence.regions(account):
            known, odd = sort_out(trails(evidence, account, region))
            found[account] += known
            unreadable[account] += [(account, region, one) for one in odd]
    owned = {one.arn: one for every in found.values() for one in every if not one.shadow}
    for account in evidence.accounts:
        seen = {one.arn: one for one in found[account]}
        yield _row(evidence, account, list(seen.values()), owned, unknown=bool(unreadable[account]))
        yield from unreadable_rows(unreadable[account], EXPECTED, {"trail": ""})


EXPECTED = "a trail of all management events in all regions, validated, logging and delivering"


def _row(
    evidence: Evidence,
    account: str,
    seen: Sequence[LoggingTrail],
    owned: dict[str, LoggingTrail],
    *,
    unknown: bool,
) -> Row:
    """Return an account's row: each trail that it sees is judged by what its owner tells of it."""
    told = [owned.get(one.arn, one) for one in seen]
    good = [one for one in told if not one.problems and not one.shadow]
    untold = [one for one in told if one.shadow and not one.problems]
    note = ""
    if good:
        verdict = Verdict.MET
        note = f"It leaves out events of {joined_names(good[0].left_out)}." if good[0].left_out else ""
    elif untold or unknown:
        verdict = Verdict.NOT_DETERMINED
    else:
        verdict, note = none_found(evidence, TRAILS, account)
    shown = good[:1] or told
    regions = evidence.regions(account)
    return Row(
        subject=f"arn:{evidence.run.partition}:iam::{account}:root",
        account=account,
        verdict=verdict,
        observed="; ".join(map(_state, shown)) or "no trail",
        expected=EXPECTED,
        pointers=tuple(
            dict.fromkeys(one.pointer for trail in shown for one in (trail, *seen) if one.arn == trail.arn)
        )
        or tuple(evidence.item_pointer(TRAILS, account, region) for region in regions),
        note=note,
        attributes={"trail": joined_names(one.arn for one in shown)},
        fills={"trail": tuple(one.arn for one in shown)} if shown else {"none": "yes"},
    )


def _state(trail: LoggingTrail) -> str:
    kind = "the organization's trail" if trail.for_organization else "trail"
    if trail.problems:
        return f"{kind} {trail.name} {', '.join(trail.problems)}"
    if trail.shadow:
        return f"{kind} {trail.name}: whether it logs is known in {trail.owner}, which this run did not read"
    return f"{kind} {trail.name} records everything, and works"
