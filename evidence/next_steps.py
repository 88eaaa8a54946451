"""Says what to do about each cause of a gap."""

from evidence.records import Cause

REFUSALS = {
    Cause.DENIED_BY_SCP: "A statement with Deny in a service control policy refuses it, and no policy of the "
    "account can allow it: have the organization's administrators except this role there, or leave it out.",
    Cause.ALLOWED_BY_NO_SCP: "The service control policies of a level above the account do not allow it, and "
    "no policy of the account can: have the organization's administrators allow it at each level.",
    Cause.DENIED_BY_RCP: "A resource control policy refuses it, and no policy of the account can allow it: "
    "have the organization's administrators except this role there.",
    Cause.DENIED_BY_BOUNDARY: "The permissions boundary of the role or user that asks does not let it "
    "through: add the actions that `evidence policy` prints to the boundary; its own policies do not help.",
    Cause.DENIED_BY_SESSION_POLICY: "The policy of the session does not let it through: get the credentials "
    "without that session policy, or with the actions that `evidence policy` prints in it.",
    Cause.DENIED_BY_ENDPOINT: "The policy of the VPC endpoint on the way does not let it through: add the "
    "actions that `evidence policy` prints there, or run elsewhere.",
    Cause.DENIED_BY_IDENTITY_POLICY: "A statement with Deny in a policy of the role or user that asks "
    "refuses it, and outweighs any Allow: change that statement.",
    Cause.DENIED_BY_RESOURCE_POLICY: "The policy of the resource that was asked does not let it through: "
    "change that policy.",
    Cause.REFUSED_BY_KEY: "Let the role that asks decrypt with the key: in the key's policy and its own.",
}
"""Where attaching the policy that `evidence policy` prints would not help."""

_ASSUME_ROLE = "sts:AssumeRole"
_STEPS = REFUSALS | {
    Cause.PERMISSION_MISSING: "Attach what `evidence policy` prints to the role that asks; in an "
    "organization, what `--for management` and `--for members` print.",
    Cause.ROLE_NOT_ASSUMED: "Pass the external id that the role's trust policy asks for (--external-id, or "
    "aws.external_id); the role of --role must exist in each account and trust the caller. Then `evidence "
    "plan`, with the same options, enters one account in seconds.",
    Cause.SERVICE_NOT_ENABLED: "The service is off there, which may be as meant: enable it, or leave the "
    "item out with --exclude-item.",
    Cause.REGION_DISABLED: "Enable the region, or name the others with --regions.",
    Cause.REGION_CHANGING: "Collect once AWS has enabled or disabled the region.",
    Cause.THROTTLED: "Collect with fewer calls at once (--concurrency, --workers), or more time "
    "(--deadline).",
    Cause.CREDENTIALS_EXPIRED: "Sign in again, for longer than a run takes.",
    Cause.CLOCK_WRONG: "Set this machine's clock (timedatectl, sntp), and collect again.",
    Cause.ANSWER_INCOMPLETE: "Collect again; if it stays so, a proxy may answer in AWS's place.",
    Cause.UNREACHABLE: "Let this machine reach AWS's endpoints there (proxy, firewall, VPC endpoint), or "
    "name the regions that it may reach with --regions.",
    Cause.DEADLINE: "Collect again with more time: --deadline for the run, collect.unit_seconds for an item.",
    Cause.PREREQUISITE_MISSING: "Close the gap of the item it builds on: this one goes with it.",
    Cause.FAILED: "Collect again; if it stays so, ask AWS: `evidence show BUNDLE` has its words, calls.jsonl "
    "the request's id.",
    Cause.NO_TIME_STAMP: "Check --timestamp-url. `evidence timestamp BUNDLE` adds the seal's any time; the "
    "opening's cannot be had later.",
    Cause.LEFT_OUT: "Ask the owner of the original: nobody has said where in its records a person stands.",
}
_MAY_NOT_ASSUME = (
    "Attach what `evidence policy --for management` prints, with the same --role, to the caller."
)


def next_step(cause: Cause, operation: str = "") -> str:
    """Return what to do about gaps of a cause, at this operation (`service:Operation`)."""
    if cause is Cause.PERMISSION_MISSING and operation == _ASSUME_ROLE:
        return _MAY_NOT_ASSUME
    return _STEPS[cause]
