"""Three accounts in one bundle: each asked as itself, and one that lets nobody in."""

import json

import pytest

from evidence.bundle import Bundle
from evidence.bundle.format.models import AccountState, GapRecord, TargetRecord
from evidence.controls.catalogue import catalogue
from evidence.records import Cause, Scope, Target
from tests.support.bundles import ACCOUNT, bundle_in_memory
from tests.support.rows import performed

ONE, TWO = "222222222222", "333333333333"
ROLE = "audit/EvidenceCollector"
SESSION = "assumed-role/EvidenceCollector/evidence"


def arn_in(account: str, session: str = SESSION) -> str:
    return f"arn:aws:sts::{account}:{session}"


def state(account: str) -> AccountState:
    role = "" if account == ACCOUNT else f"arn:aws:iam::{account}:role/{ROLE}"
    return AccountState(account=account, state="ACTIVE", in_scope=True, reason="listed", role=role)


def closed(account: str, item: str, region: str | None = None) -> GapRecord:
    return GapRecord(
        item=item,
        target=TargetRecord(scope=Scope.REGION if region else Scope.ACCOUNT, account=account, region=region),
        cause=Cause.ROLE_NOT_ASSUMED,
        operation="sts:AssumeRole",
        error_code="AccessDenied",
        message=f"arn:aws:iam::{account}:role/{ROLE} could not be assumed: …",
        effect="Nothing can be concluded.",
    )


def three(callers: dict[str, str], gaps: tuple[GapRecord, ...] = ()) -> Bundle:
    """A bundle of three accounts with who was asking in each, and their regions."""
    own = "arn:aws:sts::123456789012:assumed-role/EvidenceReader/audit"
    asked = {ACCOUNT: own} | callers
    regions = [{"RegionName": "us-east-1", "RegionOptStatus": "ENABLED"}]
    records = {
        "sts.caller": {
            Target(Scope.ACCOUNT, account): [{"Account": arn.split(":")[4], "Arn": arn, "UserId": "u"}]
            for account, arn in asked.items()
        },
        "account.regions": {Target(Scope.ACCOUNT, account): regions for account in asked},
    }
    accounts = (ACCOUNT, ONE, TWO)
    return bundle_in_memory(records, gaps=gaps, accounts=accounts, account_states=tuple(map(state, accounts)))


def result(bundle: Bundle, test: str):
    return performed(catalogue()[test], bundle)


def test_each_account_is_asked_through_its_own_role() -> None:
    bundle = three({ONE: arn_in(ONE), TWO: arn_in(TWO)})
    found = result(bundle, "IPE-8")
    assert [row.verdict.value for row in found.rows] == ["met"] * 3
    assert found.conclusion == "no exceptions"


WRONG = {
    "the caller's own role": f"arn:aws:sts::{ONE}:assumed-role/EvidenceReader/audit",
    "a role whose name is longer": arn_in(ONE, "assumed-role/EvidenceCollector2/evidence"),
    "another account": arn_in(TWO),
    "the caller's own account": arn_in(ACCOUNT),
    "a user": f"arn:aws:iam::{ONE}:user/EvidenceCollector",
}


@pytest.mark.parametrize("arn", WRONG.values(), ids=WRONG)
def test_anybody_else_in_an_account_is_an_exception(arn) -> None:
    found = result(three({ONE: arn, TWO: arn_in(TWO)}), "IPE-8")
    assert [row.verdict.value for row in found.rows] == ["met", "exception", "met"]
    assert found.conclusion == "exceptions noted"


@pytest.mark.parametrize(
    ("test", "conclusion"),
    [("IPE-4", "not concluded"), ("IPE-8", "not concluded"), ("IPE-9", "exceptions noted")],
)
def test_an_account_that_lets_nobody_in_leaves_nothing_complete(test, conclusion) -> None:
    gaps = (closed(TWO, "sts.caller"), closed(TWO, "account.regions"))
    found = result(three({ONE: arn_in(ONE)}, gaps), test)
    assert (found.conclusion, found.complete) == (conclusion, False)
    assert TWO in json.dumps([found.reason, [row.account for row in found.rows]])
