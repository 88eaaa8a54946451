"""Says of each cause of gaps what it means and what to do about it; commands are data, as beside tests.

In a command, `{role}` and its like stand for what a gap and its run tell; `controls.remedies` fills them in.
"""

from dataclasses import dataclass

from evidence.aws.denials import NEXT_STEPS
from evidence.controls.declaration import Remedy
from evidence.records import Cause


@dataclass(frozen=True, slots=True)
class CauseExplanation:
    """What a cause means, and what to do."""

    means: str
    remedy: Remedy


def slug(cause: Cause) -> str:
    """Return a cause as a word of the command line: `permission-missing`."""
    return cause.name.lower().replace("_", "-")


def cause_named(word: str) -> Cause | None:
    """Return the cause that a word names, by its slug or as gaps print it; None for any other word."""
    said = word.strip().lower()
    return next((cause for cause in Cause if said in (slug(cause), cause.value.lower())), None)


_PRINTED = "--policy-document file://evidence-policy.json"
_LIST = "aws organizations list-policies-for-target --target-id {account} --filter "
_CHANGE = "aws organizations update-policy --policy-id {policy_id} --content {policy}"


def _refused(cause: Cause, means: str, *commands: str) -> CauseExplanation:
    return CauseExplanation(means, Remedy(NEXT_STEPS[cause], commands))


CAUSES = {
    Cause.PERMISSION_MISSING: CauseExplanation(
        "AWS did not allow the request, and named no policy that denies it: no policy of the role or user "
        "that asks allows the action.",
        Remedy(
            "Attach the policy that `evidence policy` prints to the role or user that asks, in the account "
            "of the gap; of an organization's members, `evidence policy --for members`.",
            (
                "evidence policy > evidence-policy.json",
                f"[role] aws iam put-role-policy --role-name {{role}} --policy-name evidence {_PRINTED}",
                f"[user] aws iam create-policy --policy-name evidence {_PRINTED}",
                "[user] aws iam attach-user-policy --user-name {user} --policy-arn {policy_arn}",
            ),
        ),
    ),
    Cause.ROLE_NOT_ASSUMED: CauseExplanation(
        "The role through which the account is read could not be assumed: there is no such role, its trust "
        "policy does not name the caller or asks for another external id, or the caller may not assume it.",
        Remedy(
            "Compare the role's name and path, its trust policy and its external id with [aws] role and "
            "external_id; `evidence policy --for members` prints a template with the role.",
            (
                "aws iam get-role --role-name {role}",
                "aws iam update-assume-role-policy --role-name {role} --policy-document {trust_policy}",
            ),
        ),
    ),
    Cause.DENIED_BY_SCP: _refused(
        Cause.DENIED_BY_SCP,
        "A service control policy of the organization has a statement with Deny for it.",
        f"{_LIST}SERVICE_CONTROL_POLICY",
        _CHANGE,
    ),
    Cause.ALLOWED_BY_NO_SCP: _refused(
        Cause.ALLOWED_BY_NO_SCP,
        "At some level above the account no service control policy allows it, as where FullAWSAccess was "
        "replaced by a list of what may be used.",
        f"{_LIST}SERVICE_CONTROL_POLICY",
        _CHANGE,
    ),
    Cause.DENIED_BY_RCP: _refused(
        Cause.DENIED_BY_RCP,
        "A resource control policy of the organization refuses it.",
        f"{_LIST}RESOURCE_CONTROL_POLICY",
        _CHANGE,
    ),
    Cause.DENIED_BY_BOUNDARY: _refused(
        Cause.DENIED_BY_BOUNDARY,
        "The role or user that asks has a permissions boundary, and it leaves the action out.",
        "aws iam create-policy-version --policy-arn {boundary} --policy-document {policy} --set-as-default",
    ),
    Cause.DENIED_BY_SESSION_POLICY: _refused(
        Cause.DENIED_BY_SESSION_POLICY,
        "The credentials came with a policy of their own that narrows them, and it leaves the action out.",
    ),
    Cause.DENIED_BY_ENDPOINT: _refused(
        Cause.DENIED_BY_ENDPOINT,
        "The request went through a VPC endpoint, whose policy leaves the action out.",
        "aws ec2 modify-vpc-endpoint --vpc-endpoint-id {vpc_endpoint} --policy-document {policy}",
    ),
    Cause.DENIED_BY_IDENTITY_POLICY: _refused(
        Cause.DENIED_BY_IDENTITY_POLICY,
        "A policy of the role or user that asks has a statement with Deny for it.",
    ),
    Cause.DENIED_BY_RESOURCE_POLICY: _refused(
        Cause.DENIED_BY_RESOURCE_POLICY,
        "What was asked about has a policy of its own, and that does not let the caller in.",
    ),
    Cause.REFUSED_BY_KEY: _refused(
        Cause.REFUSED_BY_KEY,
        "What was asked for is encrypted with a key of AWS KMS that is disabled, gone, or not for the "
        "caller.",
        "aws kms put-key-policy --key-id {key} --policy {policy}",
    ),
    Cause.SERVICE_NOT_ENABLED: CauseExplanation(
        "The service is not switched on where it was asked, so that nothing is there to read.",
        Remedy(
            "Switch the service on where the control needs it, and collect again. Where it is off on "
            "purpose, leave the item or the account out in the settings and say why."
        ),
    ),
    Cause.REGION_DISABLED: CauseExplanation(
        "The region did not take credentials that are good elsewhere: it is not enabled for the account.",
        Remedy(
            "Where nobody uses the region, name the others in [aws] regions: the report lists it as left "
            "out. Else enable it: Account, AWS Regions.",
            (
                "aws account get-region-opt-status --account-id {account} --region-name {region}",
                "aws account enable-region --account-id {account} --region-name {region}",
            ),
        ),
    ),
    Cause.REGION_CHANGING: CauseExplanation(
        "The region was being enabled or disabled while evidence was collected.",
        Remedy(
            "Wait until it is done, and collect again.",
            ("aws account get-region-opt-status --account-id {account} --region-name {region}",),
        ),
    ),
    Cause.THROTTLED: CauseExplanation(
        "AWS kept answering that there were too many requests, from this run or from others in the account.",
        Remedy(
            "Collect again with fewer calls at once, or at an hour at which less is running.",
            ("evidence run --concurrency 4 --output {folder}",),
        ),
    ),
    Cause.CREDENTIALS_EXPIRED: CauseExplanation(
        "AWS did not take the credentials any more while others still worked: a session had ended.",
        Remedy("Sign in again, with a session that outlasts the run, and collect again."),
    ),
    Cause.CLOCK_WRONG: CauseExplanation(
        "This machine's clock is minutes off AWS's, so that signed requests are refused.",
        Remedy("Have the clock set by NTP, and collect again."),
    ),
    Cause.ANSWER_INCOMPLETE: CauseExplanation(
        "AWS answered, but the answer was cut short, broke off between two pages, or lacks what it must "
        "have. What was read of it is no population.",
        Remedy(
            "Collect again. If it comes back, ask what stands between this machine and AWS: a proxy, say."
        ),
    ),
    Cause.UNREACHABLE: CauseExplanation(
        "The service's endpoint was not reached, while others were.",
        Remedy(
            "Check the network, any proxy and VPC endpoints, AWS_ENDPOINT_URL, and whether the service "
            "exists in that region; then collect again."
        ),
    ),
    Cause.DEADLINE: CauseExplanation(
        "The time of the run, or of this item, was over before AWS had answered all of it.",
        Remedy(
            "Collect again with more time: --deadline for the run, [collect] unit_seconds for one item.",
            ("evidence run --deadline 7200 --output {folder}",),
        ),
    ),
    Cause.PREREQUISITE_MISSING: CauseExplanation(
        "It is asked for by what another item has found, and that item is a gap itself.",
        Remedy("Mend the gap that the message names; this one goes with it."),
    ),
    Cause.FAILED: CauseExplanation(
        "AWS answered with an error that is none of the others; its code and message stand in the gap.",
        Remedy(
            "Collect again. If it comes back, look up the code in AWS's documentation of the operation, or "
            "ask AWS's support with the request id of the call ledger."
        ),
    ),
    Cause.NO_TIME_STAMP: CauseExplanation(
        "The time-stamping authority gave no time-stamp before collecting began, so that the bundle's start "
        "rests on the signer's word.",
        Remedy(
            "It cannot be added to this bundle. Check --timestamp-url and --timestamp-ca, and collect again; "
            "the end of the collection can still be time-stamped.",
            ("evidence timestamp {bundle}",),
        ),
    ),
}
"""Every cause has its entry; a test holds that, and that commands exist."""
