"""An example: one evidence item and two tests of controls that are not part of `evidence`."""

from collections.abc import Iterator

from evidence.controls.custom import CustomTest
from evidence.controls.declaration import Remedy, Row, Severity, Verdict
from evidence.custom.declarations import CustomItem, CustomOperation
from evidence.readers.evidence import Evidence
from evidence.readers.pointer import pointer_to
from evidence.records import Scope

ITEM = "custom-acme-evidence.secrets"

SECRETS = CustomItem(
    name="secrets",
    title="Secrets Manager: what the secrets are and whether they rotate",
    scope=Scope.REGION,
    lists=CustomOperation(
        service="secretsmanager",
        name="ListSecrets",
        list_key="SecretList",
        pin="1330603cb99b37e1525c697b1cb7a28be5b46d3d09046e7c7a81f8252739ed3d",
    ),
    details=(
        CustomOperation(
            service="secretsmanager",
            name="DescribeSecret",
            list_key="ARN",
            pin="81cd96334e0a56ed0f35ce0816fb3917e1541ce944689d0212009379f26df819",
            from_member={"SecretId": "ARN"},
        ),
    ),
    shape="`ListSecrets` and `DescribeSecret`, each as AWS answers for one secret",
    blind_spots=(
        "The values of secrets are not read, nor who may read them.",
        "Secrets that are kept elsewhere are not seen.",
    ),
)


def rotation(evidence: Evidence) -> Iterator[Row]:
    """Yield a row for each secret."""
    for located in evidence.records(ITEM):
        described = located.value["DescribeSecret"]
        rotates = described.get("RotationEnabled", False)
        yield Row(
            subject=described["ARN"],
            account=located.target.account,
            region=located.target.region or "",
            verdict=Verdict.MET if rotates else Verdict.EXCEPTION,
            observed="rotation is on" if rotates else "rotation is off",
            expected="rotation is on",
            pointers=(pointer_to(located),),
            attributes={"name": described["Name"]},
        )


ROTATION = CustomTest(
    name="ROT-1",
    title="Secrets rotate",
    risk="A secret that never changes stays with everybody who has ever seen it.",
    procedure="Listed the secrets of every region and looked at whether AWS rotates each.",
    population="Secrets of Secrets Manager",
    attribute="RotationEnabled is true",
    needs=(ITEM,),
    rule=rotation,
    severity=Severity.MEDIUM,
    remedy=Remedy(
        console="Secrets Manager, the secret, Rotation: edit, and turn automatic rotation on.",
        cli=("aws secretsmanager rotate-secret --secret-id {subject} --region {region}",),
    ),
    empty="There are no secrets in Secrets Manager.",
)


def passwords(evidence: Evidence) -> Iterator[Row]:
    """Yield a row for each user of IAM, by the reader that our tests use."""
    for account in evidence.accounts:
        for user in evidence.credential_report(account).users:
            yield Row(
                subject=user.arn,
                account=account,
                verdict=Verdict.EXCEPTION if user.password else Verdict.MET,
                observed="has a password" if user.password else "has none",
                expected="has none",
                pointers=(user.pointer,),
            )


PASSWORDS = CustomTest(
    name="PWD-1",
    title="People sign in through Identity Center: no IAM user has a password",
    risk="A password of IAM stays valid after a person has left the company's directory.",
    procedure="Read the credential report of every account.",
    population="Users of the credential report, without root",
    attribute="password_enabled is false",
    needs=("iam.credential-report",),
    rule=passwords,
    severity=Severity.MEDIUM,
    remedy=Remedy(console="IAM, Users, the user, Security credentials: disable console access."),
    empty="There are no users.",
)
