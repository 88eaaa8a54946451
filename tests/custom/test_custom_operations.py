"""What custom items may ask AWS for: nothing that writes, starts a job or hands out a secret."""

from dataclasses import replace
from pathlib import Path

import pytest
from botocore.exceptions import ParamValidationError

from evidence.aws.custom_operations import custom_request
from evidence.aws.gate import allow_only
from evidence.aws.models import open_session
from evidence.collect.custom import custom_scope
from evidence.collectors._summary import items_document, items_text
from evidence.collectors.base import catalogue
from evidence.controls import declaration
from evidence.controls.custom import custom_tests
from evidence.controls.summary import catalogue_json
from evidence.errors import UsageError, WriteRefusedError
from evidence.permissions import NeededPermissions
from evidence.records import Operation
from evidence.settings.model import CollectSettings, Settings
from evidence.settings.sections import CustomSettings
from tests.support.custom import ALL, ITEM, ROTATION, installed, scope

REFUSED = {
    Operation("iam", "GenerateCredentialReport", "State"): "jobs and writes are never taken",
    Operation("iam", "GenerateServiceLastAccessedDetails", "JobId"): "jobs and writes are never taken",
    Operation("iam", "DeleteUser", "UserName"): "jobs and writes are never taken",
    Operation("kms", "GetParametersForImport", "KeyId"): "bytes",
    Operation("secretsmanager", "GetSecretValue", "Name"): "may be a secret",
    Operation("secretsmanager", "BatchGetSecretValue", "SecretValues"): "jobs and writes are never taken",
    Operation("sts", "GetSessionToken", "Credentials"): "may be a secret",
    Operation("ecr", "GetAuthorizationToken", "authorizationData"): "may be a secret",
    Operation("ssm", "GetParameter", "Parameter"): "marks as sensitive",
    Operation("dynamodb", "GetItem", "Item"): "bytes",
    Operation("dynamodb", "ListTables", "TableNames"): "LastEvaluatedTableName that more follows",
    Operation("kms", "ListKeys", "Keys"): "NextMarker that more follows",
    Operation("s3", "ListBuckets", "Buckets"): "nothing says that it only reads",
    Operation("secretsmanager", "ListSecrets", "Secrets"): "has no member Secrets",
    Operation("secretsmanager", "ListSecrets", "SecretList", ("iam:ListUsers",)): "are not declared",
    Operation("secretsmanager", "ListSecrets", "SecretList"): "pins nothing",
    Operation("secretsmanager", "ListSecrets", "SecretList", pin="0" * 64): f"pins {'0' * 64}",
    Operation("secretsmanager", "ListNothing", "SecretList"): "unknown to AWS's models",
    Operation("nosuch", "ListNothing", "SecretList"): "unknown to AWS's models",
}


@pytest.mark.parametrize("operation", REFUSED, ids=lambda one: f"{one.service}:{one.name}")
def test_an_operation_that_may_do_more_than_read_is_refused(operation: Operation) -> None:
    with pytest.raises(UsageError) as refused:
        custom_request(operation)
    assert REFUSED[operation] in refused.value.message


def test_levels_are_aws_own_whatever_the_name_says(monkeypatch: pytest.MonkeyPatch) -> None:
    from evidence.policies.actions import Action

    listed = Operation("secretsmanager", "ListSecrets", "SecretList")
    writes = Action("secretsmanager:ListSecrets", frozenset({"Read", "Write"}), ())
    monkeypatch.setattr("evidence.aws.custom_operations.expand", lambda _: (writes,))
    with pytest.raises(UsageError, match="and only List and Read are taken"):
        custom_request(listed)


def test_the_gate_lets_a_pinned_operation_through_and_looks_again_itself(example: Path) -> None:
    (item,) = scope().items
    declared = catalogue([item])[ITEM].operations
    session = open_session()
    allow_only(session, declared)
    client = session.create_client(
        "secretsmanager", "us-east-1", aws_access_key_id="x", aws_secret_access_key="y"
    )
    with pytest.raises(WriteRefusedError):
        client.delete_secret(SecretId="a")
    with pytest.raises(WriteRefusedError):
        client.get_secret_value(SecretId="a")
    with pytest.raises(ParamValidationError):
        client.describe_secret()  # past the gate's first two questions
    with pytest.raises(UsageError, match="pins 0000"):
        allow_only(open_session(), [replace(declared[0], pin="0" * 64)])


BROKEN = {
    "a job": ('name="DescribeSecret"', 'name="RotateSecret"', "jobs and writes are never taken"),
    "a parameter that makes refusals answers": (
        'list_key="SecretList",', 'list_key="SecretList", parameters={"absent": ["AccessDenied"]},',
        "takes no parameter absent",
    ),
    "an organization": ("scope=Scope.REGION", "scope=Scope.ORGANIZATION", "be loaded (ValidationError)"),
    "no item": ("SECRETS = CustomItem(", "SECRETS = dict(", "is no CustomItem"),
    "raises": ("SECRETS = CustomItem(", "SECRETS = Missing(", "cannot be loaded (NameError)"),
    "no needs": ("needs=(ITEM,)", "needs=()", "no missing evidence could keep it from concluding"),
    "an item that is not there": ("needs=(ITEM,)", 'needs=("custom-x.y",)', "neither one of ours"),
    "braces": ('title="Secrets rotate"', 'title="Secrets {0.__class__}"', "has braces in its words"),
    "a test among ours": (
        "SECRETS = CustomItem(",
        "from evidence.controls import declaration as d\nd.registry['X-1'] = None\nSECRETS = CustomItem(",
        "declares tests or items among those of this program",
    ),
    "an id of ours": ('name="ROT-1"', 'name="../MFA-1"', "cannot be taken"),
}  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN)
def test_a_declaration_that_cannot_be_taken_ends_the_run_before_aws_is_asked(
    tmp_path: Path, broken: str
) -> None:
    old, new, said = BROKEN[broken]
    with (
        installed(tmp_path / "site", lambda text: text.replace(old, new, 1)),
        pytest.raises(UsageError) as refused,
    ):
        scope()
    assert said in refused.value.message
    assert None not in declaration.registry.values()


def test_packages_are_told_apart_by_every_file_that_their_wheel_brought(tmp_path: Path) -> None:
    with installed(tmp_path / "a"):
        first = scope()
    with installed(tmp_path / "b") as folder:
        assert scope() == first, "the place does not matter"
        (folder / "acme_evidence-1.2.0.dist-info" / "INSTALLER").write_text("uv")
        assert scope() == first
        (folder / "acme_evidence-1.2.0.dist-info" / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: Acme_Evidence\nVersion: 1.2.0\nSummary: another\n"
        )
        changed = scope()
    assert changed.packages[0].sha256 != first.packages[0].sha256
    assert changed.packages[0].name == first.packages[0].name


def test_what_is_not_installed_or_cannot_be_hashed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No installed package has the entry point 'acme-secrets'"):
        scope()
    with installed(tmp_path / "a") as folder:
        info = folder / "acme_evidence-1.2.0.dist-info"
        record = (info / "RECORD").read_text()
        (info / "RECORD").write_text(record.replace("acme_evidence.py,,\n", ""))
        with pytest.raises(UsageError, match="not among the files"):
            scope()
        (info / "RECORD").write_text(record + "acme_more.py,,\n")
        with pytest.raises(UsageError, match=r"lists acme_more\.py, which cannot be read"):
            scope()
        (info / "RECORD").unlink()
        with pytest.raises(UsageError, match="lists no files"):
            scope()


def test_two_packages_of_one_entry_point_and_a_cluster_are_refused(example: Path, tmp_path: Path) -> None:
    other = example / "other-1.0.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (other / "entry_points.txt").write_text("[evidence.items]\nacme-secrets = acme_evidence:SECRETS\n")
    with pytest.raises(UsageError, match="Several packages have the entry point 'acme-secrets'"):
        scope()
    on_cluster = CollectSettings(executor="dask://127.0.0.1:8786")
    with pytest.raises(UsageError, match="on this machine alone"):
        custom_scope(ALL.model_copy(update={"collect": on_cluster}))


def test_nothing_is_loaded_that_is_not_switched_on(tmp_path: Path) -> None:
    with installed(tmp_path / "site", lambda _: "raise SystemExit(9)\n"):
        assert not custom_scope(Settings()).packages
        assert not custom_scope(Settings(custom=CustomSettings())).items


def test_the_policy_and_the_catalogues_have_what_is_switched_on_and_say_whose_it_is(example: Path) -> None:
    custom = scope().items
    actions = NeededPermissions(custom=custom).document()["Statement"][0]["Action"]
    assert {"secretsmanager:ListSecrets", "secretsmanager:DescribeSecret"} <= set(actions)
    (item,) = [one for one in items_document(custom) if "package" in one]
    assert (item["item"], item["package"]["name"]) == (ITEM, "acme-evidence")
    assert "acme-evidence 1.2.0" in items_text(custom) and ITEM not in items_text()
    listed = {one["id"]: one["family"] for one in catalogue_json(custom_tests(ALL.custom))}
    assert listed[ROTATION] == "custom"
