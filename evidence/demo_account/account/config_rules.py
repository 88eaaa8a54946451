"""Lists the demo account's AWS Config recorders, rules and conformance packs, by region."""

from collections.abc import Mapping

from evidence.demo_account.account.shapes import DaysAgo
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT, hex_of

_IAM_TYPES = ["AWS::IAM::Group", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::User"]
_EVERYTHING = {
    "allSupported": True, "includeGlobalResourceTypes": True, "resourceTypes": [],
    "recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"},
}  # fmt: skip
_WITHOUT_IAM = {
    "allSupported": False, "includeGlobalResourceTypes": False, "resourceTypes": [],
    "exclusionByResourceTypes": {"resourceTypes": _IAM_TYPES},
    "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"},
}  # fmt: skip

RECORDING = {
    "us-east-1": (_EVERYTHING, True),
    "us-west-2": (_WITHOUT_IAM, True),
    "eu-west-1": (_WITHOUT_IAM, True),
    # Planted: stopped 19 days ago and forgotten.
    "eu-central-1": (_WITHOUT_IAM, False),
    "ap-southeast-2": (_WITHOUT_IAM, True),
}
"""Region to recording group, and whether the recorder runs. IAM is recorded in us-east-1 only."""
STOPPED = 19.0
"""Age of the last stop of a recorder that stands still."""


def arn(region: str) -> str:
    """Return the part all Config ARNs of a region share."""
    return f"arn:aws:config:{region}:{MANAGEMENT_ACCOUNT}"


def group(*, iam: bool) -> dict[str, object]:
    """Return a recording group: everything, with IAM or without."""
    return _EVERYTHING if iam else _WITHOUT_IAM


Recording = Mapping[str, tuple[dict[str, object], bool]]


def recorder(
    region: str, account: str = MANAGEMENT_ACCOUNT, recording: Recording = RECORDING
) -> dict[str, object]:
    """Return the recorder of a region as AWS describes it."""
    return {
        "arn": f"arn:aws:config:{region}:{account}:configuration-recorder/default/{hex_of(16, region)}",
        "name": "default",
        "roleARN": f"arn:aws:iam::{account}:role/service-role/config-recorder",
        "recordingGroup": recording[region][0],
        "recordingMode": {"recordingFrequency": "CONTINUOUS", "recordingModeOverrides": []},
        "recordingScope": "PAID",
    }


def recorder_status(
    region: str,
    account: str = MANAGEMENT_ACCOUNT,
    recording: Recording = RECORDING,
    stopped: float = STOPPED,
) -> dict[str, object]:
    """Return the status of a region's recorder; `stopped` is the age of its last stop."""
    status = {
        "arn": recorder(region, account, recording)["arn"],
        "name": "default",
        "recording": recording[region][1],
        "lastStartTime": DaysAgo(1100),
        "lastStatus": "Success",
        "lastStatusChangeTime": DaysAgo(0.01),
    }
    return (
        status
        if recording[region][1]
        else {
            **status,
            "lastStopTime": DaysAgo(stopped, once=True),
            "lastStatusChangeTime": DaysAgo(stopped, once=True),
        }
    )


def delivery_channel(region: str) -> dict[str, object]:
    """Return the delivery channel of a region."""
    return {
        "name": "default",
        "s3BucketName": "northwind-config-345678901234",
        "s3KeyPrefix": region,
        "configSnapshotDeliveryProperties": {"deliveryFrequency": "TwentyFour_Hours"},
    }


def rule(name: str, identifier: str, about: str, parameters: str = "{}", **more: object) -> dict[str, object]:
    """Return a rule of AWS's as it is described, without ARN and id."""
    return {
        "ConfigRuleName": name,
        "Description": about,
        "Source": {"Owner": "AWS", "SourceIdentifier": identifier},
        "InputParameters": parameters,
        "MaximumExecutionFrequency": "TwentyFour_Hours",
        "ConfigRuleState": "ACTIVE",
        "EvaluationModes": [{"Mode": "DETECTIVE"}],
        **more,
    }


_PACK = "conformance-pack-access-baseline-x1k2"
_BY_PACK = {"CreatedBy": "config-conforms.amazonaws.com"}
_ENCRYPTED = rule("encrypted-volumes", "ENCRYPTED_VOLUMES", "EBS volumes are encrypted")
_TRAIL = rule("cloudtrail-enabled", "CLOUD_TRAIL_ENABLED", "A trail is on")

RULES: dict[str, list[dict[str, object]]] = {
    # Planted: IAM_USER_MFA_ENABLED, which is required, is deployed nowhere.
    "us-east-1": [
        rule(
            f"iam-root-access-key-check-{_PACK}",
            "IAM_ROOT_ACCESS_KEY_CHECK",
            "Root has no access key",
            **_BY_PACK,
        ),
        rule(f"root-account-mfa-enabled-{_PACK}", "ROOT_ACCOUNT_MFA_ENABLED", "Root has MFA", **_BY_PACK),
        rule(
            "securityhub-mfa-enabled-for-iam-console-access-1a2b3c4d",
            "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS",
            "Console users have MFA",
            CreatedBy="securityhub.amazonaws.com",
        ),
        # Planted: laxer than required (90).
        rule(
            "northwind-access-keys-rotated",
            "ACCESS_KEYS_ROTATED",
            "Keys are rotated",
            '{"maxAccessKeyAge":"120"}',
        ),
        rule(
            "root-account-hardware-mfa-enabled", "ROOT_ACCOUNT_HARDWARE_MFA_ENABLED", "Root has hardware MFA"
        ),
        rule(
            "iam-user-unused-credentials-check",
            "IAM_USER_UNUSED_CREDENTIALS_CHECK",
            "Unused credentials are removed",
            '{"maxCredentialUsageAge":"90"}',
        ),
        rule(
            "iam-external-access-analyzer-enabled",
            "IAM_EXTERNAL_ACCESS_ANALYZER_ENABLED",
            "External access is analysed",
        ),
        _TRAIL,
    ],
    "us-west-2": [_ENCRYPTED, _TRAIL],
    "eu-west-1": [_ENCRYPTED, _TRAIL],
    "eu-central-1": [_TRAIL],
    "ap-southeast-2": [_TRAIL],
}

STALE_RULES = {"IAM_ROOT_ACCESS_KEY_CHECK": 3.1}
"""Planted: identifier to days since its last success; it has failed since. Others: hours ago."""

VOLUMES = {"us-west-2": 41, "eu-west-1": 231}
"""Volumes Config evaluates, by region: enough to need pages of 100."""

CONFORMANCE_PACKS: dict[str, list[dict[str, object]]] = {
    "us-east-1": [
        {
            "ConformancePackName": "access-baseline",
            "ConformancePackArn": f"{arn('us-east-1')}:conformance-pack/access-baseline/{_PACK}",
            "ConformancePackId": _PACK,
            "ConformancePackInputParameters": [],
            "LastUpdateRequestedTime": DaysAgo(96),
        }
    ],
}
