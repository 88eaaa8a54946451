"""When a bundle without an exception shows that it is gone: what is missing elsewhere does not matter."""

import pytest

from evidence.period.absence import ExceptionKey, UnseenMembers
from evidence.period.identities import Identities

ACCOUNT, OTHER = "111111111111", "222222222222"
NAME = f"arn:aws:iam::{ACCOUNT}:user/mara"
KEY = ExceptionKey("MFA-1", NAME, ACCOUNT, "", "0")
REGIONAL = ExceptionKey("AA-1", "eu-west-1", ACCOUNT, "eu-west-1", "0")


@pytest.fixture
def unseen() -> UnseenMembers:
    return UnseenMembers(
        1, {"MFA-1": "words", "AA-1": "words"}, lambda _: "words", {ACCOUNT: frozenset({"us-east-1"})},
        lambda _: False,
    )  # fmt: skip


def test_what_is_covered_and_performed(unseen: UnseenMembers) -> None:
    assert unseen.why(KEY) == ""
    assert unseen.why(KEY._replace(test="KEY-1")) == "the test was not performed"
    assert unseen.why(KEY._replace(account=OTHER)) == f"account {OTHER} was not asked"
    assert unseen.why(REGIONAL) == f"eu-west-1 of {ACCOUNT} was not asked"
    assert unseen.why(KEY._replace(account="")) == "", "of the organization"


def test_not_determined_is_not_gone(unseen: UnseenMembers) -> None:
    unseen.undetermined(KEY, NAME, "no details")
    assert unseen.why(KEY) == "not determined: no details"
    assert unseen.why(KEY._replace(subject="another")) == "", "of one member alone"


@pytest.mark.parametrize("subject", ["a.csv:7", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"])
def test_a_row_that_stands_for_several(unseen: UnseenMembers, subject: str) -> None:
    unseen.undetermined(KEY._replace(subject=subject), subject, "cannot be read")
    assert unseen.why(KEY) == "not determined: cannot be read"
    assert unseen.why(KEY._replace(test="AA-1")) == ""


def test_an_audit_sample(unseen: UnseenMembers) -> None:
    """While the bundle is open it is known whom the sample leaves out; later, anybody may be."""
    unseen.left_out(KEY)
    inspected = KEY._replace(subject="another")
    assert (unseen.why(KEY), unseen.why(inspected)) == ("the audit sample left it out", "")
    unseen.forget_samples()
    assert unseen.why(inspected) == "the audit sample left it out"


def test_names_and_ids() -> None:
    names = Identities()
    assert names.key(f"{NAME} key", {}) == f"{NAME} key"
    assert names.key(NAME, {NAME: "AIDA1"}) == NAME, "as it was called before its id was known"
    assert names.key("arn:renamed", {"arn:renamed": "AIDA1"}) == NAME
    assert names.key(NAME, {NAME: "AIDA2"}) == "AIDA2", "another one of that name"
    assert names.key(NAME, {}) == "AIDA2"
