"""Lists the workbook's sheets of access reviews and audit samples."""

from collections.abc import Iterator

from evidence.period.model import PeriodResults
from evidence.period.render.words import PeriodWords
from evidence.period.render.workbook_sheet import PEOPLE, PeriodSheet, marked
from evidence.report.model import yes_no
from evidence.report.workbook.sheets import columns_of


def sheets(results: PeriodResults) -> Iterator[PeriodSheet]:
    """Yield the sheets in their order."""
    words = PeriodWords(results)
    yield PeriodSheet(
        "Reviews", "Access reviews of the archive", PEOPLE,
        columns_of(("Bundle", 8), ("Bundle whose access was reviewed", 46), ("Opened (UTC)", 19),
        ("Closed (UTC)", 19),
                   ("Rows", 8), ("Decided", 9), ("Kept", 8), ("Revoked", 9), ("To change", 9),
                   ("Complete", 10),
                   ("Why not", 50), ("Reviewers", 44), ("SHA-256 of the bundle reviewed", 66)),
        ((one.bundle, one.reviewed, one.opened, one.closed, one.rows, one.decided, one.kept, one.revoked,
        one.changed,
          yes_no(one.complete), "\n".join(one.why_not), "; ".join(one.reviewers), one.reviewed_digest)
         for one in results.reviews),
        breaks=(10,),
    )  # fmt: skip
    yield PeriodSheet(
        "Decisions", "What reviews took away or changed, and what became of it", PEOPLE,
        columns_of(("Review, bundle", 9), ("Whose access", 44), ("Access", 44), ("Account", 15),
        ("Decision", 11),
                   ("Decided on", 12), ("Reviewer", 30), ("Gone by bundle", 9), ("Gone (UTC)", 19),
                   ("Still in bundle", 9), ("In words", 44)),
        ((review.bundle, one.subject, one.access, one.account, one.decision, one.decided_on, one.reviewer,
        one.gone_by,
          one.gone, one.still_in, words.gone(one)) for review in results.reviews for one in review.decisions),
    )  # fmt: skip
    yield PeriodSheet(
        "Samples", "Audit samples: from what, with which seed, by which method", PEOPLE,
        columns_of(("Of", 22), ("Population", 50), ("Members", 9), ("Drawn", 8), ("Size asked for", 8),
        ("Seed", 30),
                   ("Seed from", 24), ("Method", 44), ("Whole", 9), ("Lacks", 44),
                   ("SHA-256 of the population", 66)),
        ((one.of, one.population_of, one.population, len(one.members), one.size, one.seed, one.seed_source,
        one.method,
          marked("whole" if one.whole else "not whole"), "\n".join(one.lacking), one.population_digest)
         for one in results.samples),
        ("The rank of a member is the SHA-256 of seed, newline, member (UTF-8); the first are the sample.",),
        breaks=(7,),
    )  # fmt: skip
    yield PeriodSheet(
        "Sampled", "Members of the audit samples", PEOPLE,
        columns_of(("Sample of", 22), ("No.", 6), ("Member, as ranked", 60), ("Name", 40), ("When", 40),
        ("Observed", 44),
                   ("Where to look", 54), ("Rank", 66)),
        ((sample.of, one.number, one.member, one.name, one.when, one.observed,
          ", ".join(map(words.pointer, one.pointers)),
          one.rank) for sample in results.samples for one in sample.members),
        breaks=(6,),
    )  # fmt: skip
