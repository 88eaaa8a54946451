"""AA: coverage by analyzers and findings; more stands in tests/controls/test_analyzer.py."""

from tests.controls.world import EU, US
from tests.controls.world_records import analyzer, finding
from tests.corpus.labelled import EXCEPTION, FAIL, MET, PASS, UNSETTLED, Case

ANALYZERS, FINDINGS = "access-analyzer.analyzers", "access-analyzer.findings"
HERE = analyzer("us-east-1")
LIST = "https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_AnalyzerSummary.html"

CASES: tuple[Case, ...] = (
    Case("AA-1", "two analyzers, one works", PASS, {"eu-west-1": MET},
         {ANALYZERS: {EU: [analyzer("eu-west-1", "x", status="FAILED"), analyzer("eu-west-1", "y")]}}),
    Case("AA-1", "none anywhere", FAIL, {"us-east-1": EXCEPTION, "eu-west-1": EXCEPTION},
         {ANALYZERS: {US: [], EU: []}}),
    Case("AA-1", "an analyzer of unused access in the organization", FAIL, {"us-east-1": EXCEPTION},
         {ANALYZERS: {US: [analyzer("us-east-1", type="ORGANIZATION_UNUSED_ACCESS")]}}, reference=LIST),
    Case("AA-1", "a status that AWS has not", FAIL, {"us-east-1": EXCEPTION},
         {ANALYZERS: {US: [analyzer("us-east-1", status="GONE")]}}, reference=LIST),
    Case("AA-2", "two of three are resolved", FAIL, {"c": EXCEPTION},
         {FINDINGS: {US: [finding("a", "RESOLVED"), finding("b", "RESOLVED"), finding("c", "ACTIVE")]}}),
    Case("AA-2", "public", FAIL, {"p": EXCEPTION}, {FINDINGS: {US: [finding("p", "ACTIVE", public=True)]}}),
    Case("AA-2", "an error does not hide what is known", FAIL, {"e": UNSETTLED, "p": EXCEPTION},
         {FINDINGS: {US: [finding("e", "ACTIVE", error="INTERNAL_ERROR"), finding("p", "ACTIVE")]}}),
    Case("AA-2", "a resolved finding with an error", PASS, {},
         {FINDINGS: {US: [finding("e", "RESOLVED", error="INTERNAL_ERROR")]}}),
)  # fmt: skip
