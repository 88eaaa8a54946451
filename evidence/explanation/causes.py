"""Says of each cause of gaps what it means, and which commands mend it; in words, `next_steps` says it.

Commands are data, as beside tests: `{role}` and its like stand for what a gap and its run tell, and
`controls.remedies` fills them in.
"""

from dataclasses import dataclass

from evidence.controls.declaration import Remedy
from evidence.controls.remedies import without_names
from evidence.next_steps import next_step
from evidence.records import Cause


@dataclass(frozen=True, slots=True)
class CauseExplanation:
    """What a cause means."""

    means: str
    commands: tuple[str, ...] = ()
    """What mends it by command, where a command does."""


def remedy_for(cause: Cause, operation: str = "") -> Remedy:
    """Return what to do about gaps of a cause, at this operation (`service:Operation`)."""
    return Remedy(next_step(cause, operation), CAUSES[cause].commands)


def cause_named(word: str) -> Cause | None:
    """Return the cause that a word names, by its slug or as gaps print it; None for any other word."""
    said = word.strip().lower()
    return next((cause for cause in Cause if said in (cause.slug, cause.value.lower())), None)


_PRINTED = "--policy-document file://evidence-policy.json"
_LIST = "aws organizations list-policies-for-target --target-id {account} --filter "
_CHANGE = "aws organizations update-policy --policy-id {policy_id} --content {policy}"

CAUSES = {
    Cause.PERMISSION_MISSING: CauseExplanation(
        "AWS did not allow the request, and named no policy that denies it: no policy of the role or user "
        "that asks allows the action.",
        (
            "evidence policy > evidence-policy.json",
            f"[role] aws iam put-role-policy --role-name {{role}} --policy-name evidence {_PRINTED}",
            f"[user] aws iam create-policy --policy-name evidence {_PRINTED}",
            "[user] aws iam attach-user-policy --user-name {user} --policy-arn {policy_arn}",
        ),
    ),
    Cause.ROLE_NOT_ASSUMED: CauseExplanation(
        "The role through which the account is read could not be assumed: there is no such role, its trust "
        "policy does not name the caller or asks for another external id, or the caller may not assume it.",
        (
            "aws iam get-role --role-name {role}",
            "aws iam update-assume-role-policy --role-name {role} --policy-document {trust_policy}",
        ),
    ),
    Cause.DENIED_BY_SCP: CauseExplanation(
        "A service control policy of the organization has a statement with Deny for it.",
        (f"{_LIST}SERVICE_CONTROL_POLICY", _CHANGE),
    ),
    Cause.ALLOWED_BY_NO_SCP: CauseExplanation(
        "At some level above the account no service control policy allows it, as where FullAWSAccess was "
        "replaced by a list of what may be used.",
        (f"{_LIST}SERVICE_CONTROL_POLICY", _CHANGE),
    ),
    Cause.DENIED_BY_RCP: CauseExplanation(
        "A resource control policy of the organization refuses it.",
        (f"{_LIST}RESOURCE_CONTROL_POLICY", _CHANGE),
    ),
    Cause.DENIED_BY_BOUNDARY: CauseExplanation(
        "The role or user that asks has a permissions boundary, and it leaves the action out.",
        ("aws iam create-policy-version --policy-arn {arn} --policy-document {policy} --set-as-default",),
    ),
    Cause.DENIED_BY_SESSION_POLICY: CauseExplanation(
        "The credentials came with a policy of their own that narrows them, and it leaves the action out."
    ),
    Cause.DENIED_BY_ENDPOINT: CauseExplanation(
        "The request went through a VPC endpoint, whose policy leaves the action out.",
        ("aws ec2 modify-vpc-endpoint --vpc-endpoint-id {vpc_endpoint} --policy-document {policy}",),
    ),
    Cause.DENIED_BY_IDENTITY_POLICY: CauseExplanation(
        "A policy of the role or user that asks has a statement with Deny for it."
    ),
    Cause.DENIED_BY_RESOURCE_POLICY: CauseExplanation(
        "What was asked about has a policy of its own, and that does not let the caller in."
    ),
    Cause.REFUSED_BY_KEY: CauseExplanation(
        "What was asked for is encrypted with a key of AWS KMS that is disabled, gone, or not for the "
        "caller.",
        ("aws kms put-key-policy --key-id {key} --policy {policy}",),
    ),
    Cause.SERVICE_NOT_ENABLED: CauseExplanation(
        "The service is not switched on where it was asked, so that nothing is there to read."
    ),
    Cause.REGION_DISABLED: CauseExplanation(
        "The region did not take credentials that are good elsewhere: it is not enabled for the account.",
        (
            "aws account get-region-opt-status --region-name {region}",
            "aws account enable-region --region-name {region}",
        ),
    ),
    Cause.REGION_CHANGING: CauseExplanation(
        "The region was being enabled or disabled while evidence was collected.",
        ("aws account get-region-opt-status --region-name {region}",),
    ),
    Cause.THROTTLED: CauseExplanation(
        "AWS kept answering that there were too many requests, from this run or from others in the account.",
        ("evidence run --concurrency 4 --output {folder}",),
    ),
    Cause.CREDENTIALS_EXPIRED: CauseExplanation(
        "AWS did not take the credentials any more while others still worked: a session had ended."
    ),
    Cause.CLOCK_WRONG: CauseExplanation(
        "This machine's clock is minutes off AWS's, so that signed requests are refused."
    ),
    Cause.ANSWER_INCOMPLETE: CauseExplanation(
        "AWS answered, but the answer was cut short, broke off between two pages, or lacks what it must "
        "have. What was read of it is no population."
    ),
    Cause.UNREACHABLE: CauseExplanation("The service's endpoint was not reached, while others were."),
    Cause.DEADLINE: CauseExplanation(
        "The time of the run, or of this item, was over before AWS had answered all of it.",
        ("evidence run --deadline 7200 --output {folder}",),
    ),
    Cause.PREREQUISITE_MISSING: CauseExplanation(
        "It is asked for by what another item has found, and that item is a gap itself."
    ),
    Cause.FAILED: CauseExplanation(
        "AWS answered with an error that is none of the others; its code and message stand in the gap."
    ),
    Cause.NO_TIME_STAMP: CauseExplanation(
        "The time-stamping authority gave no time-stamp before collecting began, so that the bundle's start "
        "rests on the signer's word.",
        ("evidence timestamp {bundle}",),
    ),
    Cause.LEFT_OUT: CauseExplanation(
        "The bundle is a redacted copy, and nobody has said where in the records of a custom item a person "
        "stands: none of them is in it."
    ),
}
"""Every cause has its entry; a test holds that, and that commands exist."""


def cause_section(cause: Cause) -> list[str]:
    """Return what stands under a cause's heading in docs/errors.md, as lines of Markdown."""
    remedy = without_names(remedy_for(cause))
    commands = ["", "```sh", *remedy.cli, "```"] if remedy.cli else []
    return [
        f"Printed as: {cause.value}.", "", CAUSES[cause].means, "",
        f"**What to do:** {remedy.console}", *commands,
    ]  # fmt: skip
