"""Says what an exception of an administrator weighs, for the tests that ask."""

from evidence.controls.declaration import Severity
from evidence.readers import authorization_details
from evidence.readers.administrators import is_certain_administrator
from evidence.readers.authorization_details import DETAILS
from evidence.readers.evidence import Evidence
from evidence.readers.unreadable import MALFORMED


def severities(evidence: Evidence, account: str) -> dict[str, Severity]:
    """Return, by ARN, what an exception of a user who is administrator weighs more than that of others.

    A holder of administrator power that lacks what a test asks (MFA, rotation, use, the IdP) is high. Where
    the details are not there, or cannot be read, nobody is known to be one.
    """
    return evidence.once_of(DETAILS, account, "severities", lambda: _severities(evidence, account))


def _severities(evidence: Evidence, account: str) -> dict[str, Severity]:
    try:
        iam = authorization_details.read(evidence, account)
    except MALFORMED:
        return {}
    users = (one for one in iam.principals if one.kind == "user")
    return {one.arn: Severity.HIGH for one in users if is_certain_administrator(iam, one)}
