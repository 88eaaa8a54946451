"""What no second source tells of: classes of cuts (b) under which a conclusion may become better.

Each stands in docs/threat-model.md under its name, with the reason; a test holds that. A class takes nothing
but what its items, kinds and members say, so that whatever is new is unexplained until somebody looks.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.omissions.cuts import Cut, Side
from tests.omissions.judge import Change


@dataclass(frozen=True, slots=True)
class Untold:
    """A class of answers that AWS gives once, in one place."""

    name: str
    """As docs/threat-model.md has it."""
    item: str
    kinds: frozenset[str]
    tests: frozenset[str]
    """Whose conclusions it may make better."""
    paths: frozenset[str] = frozenset({""})
    """Members that are cut; empty text for records, pages and lists of them."""

    def explains(self, cut: Cut, test: str) -> bool:
        """Say whether this is why a test concludes better after a cut."""
        return (
            cut.side is Side.ANSWERED
            and cut.item == self.item
            and cut.kind in self.kinds
            and cut.path in self.paths
            and test in self.tests
        )


LISTED = frozenset({"record", "every record", "first page", "last page"})
IN_A_RECORD = frozenset({"member", "list in a record", "first of a list", "last of a list"})
CLASSES = (
    Untold(
        "Assignments of permission sets",
        "identity-center.assignments",
        LISTED,
        frozenset({"IDC-3", "IDC-4", "IDC-6", "IPE-13"}),
    ),
    Untold(
        "Memberships of groups",
        "identity-store.memberships",
        frozenset({"every record"}),
        frozenset({"IPE-12"}),
    ),
    Untold(
        "Permission sets that nobody is assigned",
        "identity-center.permission-sets",
        frozenset({"record"}),
        frozenset({"IDC-4", "IDC-5"}),
    ),
    Untold(
        "What a permission set holds",
        "identity-center.permission-sets",
        IN_A_RECORD,
        frozenset({"IDC-4"}),
        frozenset({"ManagedPolicies"}),
    ),
    Untold(
        "What a policy says",
        "iam.authorization-details",
        IN_A_RECORD,
        frozenset({"PRIV-1", "TRUST-1"}),
        frozenset(
            {
                "RoleDetail.AssumeRolePolicyDocument.Statement",
                "Policy.PolicyVersionList[].Document.Statement",
                "Policy.PolicyVersionList[].Document.Statement[].Action",
                "Policy.PolicyVersionList[].Document.Statement[].Resource",
            }
        ),
    ),
    Untold(
        "Rules of Config, where an aggregator gives the verdicts",
        "config.rules",
        frozenset({"record"}),
        frozenset({"CFG-3"}),
    ),
    Untold(
        "Findings of Access Analyzer",
        "access-analyzer.findings",
        LISTED,
        frozenset({"AA-2", "AA-3", "AA-5", "AA-6"}),
    ),
    Untold("Root's virtual MFA device", "iam.mfa-devices", LISTED, frozenset({"ROOT-3"})),
    Untold(
        "What a policy of the organization is attached to",
        "organizations.policies",
        IN_A_RECORD,
        frozenset({"ROOT-6"}),
        frozenset({"Targets"}),
    ),
    Untold(
        "The day of root's last use",
        "iam.credential-report",
        frozenset({"field N/A", "field blank"}),
        frozenset({"ROOT-4"}),
        frozenset({"password_last_used"}),
    ),
)


def explained(cut: Cut, change: Change, classes: Iterable[Untold] = CLASSES) -> str:
    """Return the class that explains what became better; empty where none does."""
    return next((one.name for one in classes if one.explains(cut, change.test)), "")
