"""Fills the report's six sections: the kinds of evidence that auditors ask for by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evidence.bundle.format.models import GapRecord
from evidence.bundle.open import Bundle
from evidence.readers.access_review import DECISIONS
from evidence.records import items_for_source
from evidence.report.access_review import review_view
from evidence.report.accounts import is_organization
from evidence.report.facts import ItemFacts
from evidence.report.model import Fact, Table
from evidence.report.names import FILES, UNITS
from evidence.report.pdf import excerpts_detection, excerpts_iam, excerpts_identity
from evidence.report.pdf.sources import (
    ORGANIZATION_SOURCE_UNITS,
    SOURCE_UNITS,
    EvidenceSource,
    LedgerSummary,
    unit_source,
)

Excerpt = Callable[[Bundle], tuple[list[Fact], list[Table]]]


@dataclass(frozen=True, slots=True)
class Headline:
    """One of the six: what it is called and what its section shows."""

    number: int
    name: str
    items: tuple[str, ...]
    """The evidence items it rests on, most important first."""
    shows: str
    excerpt: Excerpt


@dataclass(frozen=True, slots=True)
class ItemSource:
    """One evidence item inside a section, and its source calls."""

    item: str
    sources: tuple[EvidenceSource, ...]
    more: int
    elsewhere: str
    """The sheet that has them all."""
    planned: bool


@dataclass(frozen=True, slots=True)
class HeadlineSection:
    """One of the six, ready to print."""

    number: int
    name: str
    shows: str
    items: tuple[ItemSource, ...]
    facts: tuple[Fact, ...]
    tables: tuple[Table, ...]
    gaps: tuple[GapRecord, ...]


HEADLINES = (
    Headline(
        1,
        "IAM credential report",
        ("iam.credential-report",),
        "AWS's own list of the root user and every IAM user, with the state and age of each password, "
        "access key, certificate and MFA device. The file in the bundle is byte for byte what AWS returned.",
        excerpts_iam.credential_report,
    ),
    Headline(
        2,
        "Security status: root MFA, root keys, users' MFA",
        ("iam.account-summary", "iam.mfa-devices"),
        "The figures behind the security status page of the IAM console: whether root has MFA, whether root "
        "has access keys or certificates, and how many users have MFA.",
        excerpts_iam.security_status,
    ),
    Headline(
        3,
        "AWS Config results of the required rules",
        ("config.rules", "config.rule-compliance", "config.recorders"),
        "For each required managed rule, matched by its source identifier and not by its name: where it is "
        "deployed, when it was last evaluated, and what it found.",
        excerpts_detection.config_rules,
    ),
    Headline(
        4,
        "IAM Access Analyzer findings",
        ("access-analyzer.findings", "access-analyzer.analyzers"),
        "The analyzers in each region and what they found: resources and roles that can be reached from "
        "outside the account or the organization. Public access comes first.",
        excerpts_detection.analyzer_findings,
    ),
    Headline(
        5,
        "IAM Identity Center and its external identity provider",
        (
            "identity-center.instance",
            "identity-store.users",
            "cloudtrail.access-events",
            "identity-center.permission-sets",
            "identity-center.assignments",
        ),
        "The Identity Center instance, its people, groups and assignments. No public API returns the "
        "identity source, so where identities come from is inferred from the issuers recorded on people, "
        "from CloudTrail events and from attached documents.",
        excerpts_identity.identity_center,
    ),
    Headline(
        6,
        "Sample role policies",
        ("iam.sample-role-policies",),
        "The trust policy, permission policies and permissions boundary of each key role and of a random "
        "sample of the others. How the sample was drawn, and the documents themselves, are in annex B.",
        excerpts_iam.sampled_roles,
    ),
)


def sections(bundle: Bundle, facts: Sequence[ItemFacts], ledger: LedgerSummary) -> list[HeadlineSection]:
    """Return the six sections, in their order; of an access review what it is made of."""
    review = review_view(bundle)
    if review is None:
        return [_section(headline, bundle, facts, ledger) for headline in HEADLINES]
    items = (_item(DECISIONS, bundle, ledger),)
    return [
        HeadlineSection(number, one.name, one.shows, items if number == 1 else (), one.facts, one.tables, ())
        for number, one in enumerate(review.sections, start=1)
    ]


def _section(
    headline: Headline, bundle: Bundle, facts: Sequence[ItemFacts], ledger: LedgerSummary
) -> HeadlineSection:
    named = [fact.item for fact in facts if fact.headline == headline.number]
    items = items_for_source((*headline.items, *named), bundle.run.settings.config_source)
    shown, tables = headline.excerpt(bundle)
    return HeadlineSection(
        number=headline.number,
        name=headline.name,
        shows=headline.shows,
        items=tuple(_item(item, bundle, ledger) for item in items),
        facts=tuple(shown),
        tables=tuple(tables),
        gaps=tuple(gap for gap in bundle.gaps if gap.item in items),
    )


def _item(item: str, bundle: Bundle, ledger: LedgerSummary) -> ItemSource:
    units = bundle.units(item)
    most = ORGANIZATION_SOURCE_UNITS if is_organization(bundle) else SOURCE_UNITS
    return ItemSource(
        item=item,
        sources=tuple(unit_source(bundle, ledger, unit) for unit in units[:most]),
        more=max(0, len(units) - most),
        elsewhere=UNITS if is_organization(bundle) else FILES,
        planned=bool(units),
    )
