"""Says when the evidence was made, by whose word: the signer's, AWS's, a time-stamping authority's."""

from evidence.bundle.open import Bundle
from evidence.findings import TimeStampSubject
from evidence.readers.access_review import is_review
from evidence.report.model import Fact, moment

_LEDGER = "by AWS's own clock, in whole seconds, in the call ledger"
_NO_AUTHORITY = "no time-stamp; this end rests on the words below"


def time_facts(bundle: Bundle) -> tuple[Fact, ...]:
    """Return what is known of the times of a bundle, the strongest first.

    An authority's word counts for a reader who trusts it: the report cannot know whom its readers trust.
    """
    run = bundle.run
    if is_review(bundle):
        return (
            _stamp(bundle, "Sealed before", TimeStampSubject.SEAL, "the seal's signature"),
            Fact("Signed", moment(run.finished), "the signer's own claim"),
        )
    return (
        _stamp(
            bundle, "Sealed after", TimeStampSubject.OPENING, "the run's opening statement, inside the bundle"
        ),
        _stamp(
            bundle, "Sealed before", TimeStampSubject.SEAL, "the seal's signature, beside the bundle's lists"
        ),
        Fact("First answer of AWS", moment(run.clock.first_aws_date), _LEDGER),
        Fact("Last answer of AWS", moment(run.clock.last_aws_date), _LEDGER),
        Fact(
            "Largest difference of clocks", _skew(run.clock.max_skew_seconds), "the machine's against AWS's"
        ),
        Fact("Signed", moment(run.finished), "the signer's own claim"),
    )


def _stamp(bundle: Bundle, name: str, what: TimeStampSubject, over: str) -> Fact:
    found = bundle.time_stamp_of(what)
    if found is None:
        return Fact(name, "not shown", _NO_AUTHORITY)
    return Fact(name, moment(found.time), f"says {found.authority}, which time-stamped {over}")


def _skew(seconds: float | None) -> str:
    return "not known: no answer carried a date" if seconds is None else f"{seconds:.1f} seconds"
