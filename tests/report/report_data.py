"""A bundle full of names nobody should print carelessly, and results over it."""

from datetime import UTC, datetime
from pathlib import Path

from evidence.bundle import Bundle
from evidence.bundle.format.models import SampleSelection
from evidence.controls.declaration import Conclusion, Verdict
from evidence.controls.engine import run_tests
from evidence.controls.results import Results, TestResult
from evidence.controls.row_results import RowResult, Rows
from evidence.readers.pointer import Pointer
from evidence.report import ItemFacts
from evidence.settings.audit_sample import DRAW_METHOD
from evidence.settings.model import Entity, SealedSettings
from tests.support.bundles import (
    ACCOUNT,
    ACCOUNT_TARGET,
    ORGANIZATION_TARGET,
    gap,
    make_bundle,
    region_target,
)

LONG = "x" * 100_000
NAMES = (
    "Анна Каренина",
    "Ελένη",
    "田中太郎",
    "김철수",
    "محمد علي",
    "יוסי כהן",
    "नमस्ते",
    "🦊 fox",
)
HOSTILE = (
    "=HYPERLINK(1)",
    "+1",
    "-1",
    "@x",
    "#N/A",
    "bell\x07bell",
    "turn\u202eleft",
    "<script>alert(1)</script>",
    '<a rel=attachment href="file:///etc/passwd">pull</a>',
    "{{ 7 * 7 }}",
    "_x0041_",
    "rune\U00010330rune",
    "<r><t>rich</t></r>",
    LONG,
)
FACTS = (
    ItemFacts(
        item="iam.credential-report",
        title="IAM credential report",
        headline=1,
        operations=("iam:GenerateCredentialReport", "iam:GetCredentialReport"),
        blind_spots=("Says nothing of people who sign in through `Identity Center`.",),
    ),
)
_COLUMNS = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,"
    "cert_2_active,cert_2_last_rotated"
)


def _csv(users: int) -> bytes:
    def row(user: str, arn: str, password: str, key: str) -> str:
        never = "false,N/A,N/A,N/A,N/A"
        return (
            f"{user},{arn},2023-01-01T00:00:00+00:00,{password},no_information,2023-01-01T00:00:00+00:00,N/A,"
            f"true,{key},{never},false,N/A,false,N/A"
        )

    active = "true,2026-08-01T00:00:00+00:00,2026-09-01T00:00:00+00:00,us-east-1,s3"
    rows = [row("<root_account>", f"arn:aws:iam::{ACCOUNT}:root", "not_supported", "false,N/A,N/A,N/A,N/A")]
    rows += [row(f"=user{i}", f"arn:aws:iam::{ACCOUNT}:user/=user{i}", "false", active) for i in range(users)]
    return "\n".join([_COLUMNS, *rows, ""]).encode()


def _deep(levels: int) -> object:
    made: object = "bottom"
    for _ in range(levels):
        made = {"Statement": made}
    return made


def bundle_of(parent: Path, users: int = 12) -> Bundle:
    people = [
        {
            "UserId": f"u-{i}",
            "UserName": name,
            "ExternalIds": [{"Issuer": "https://idp.example", "Id": str(i)}],
        }
        for i, name in enumerate((*NAMES, *HOSTILE[:-1], "y" * 40_000))
    ]
    role = {
        "RoleName": "deploy",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/deploy",
        "SelectedBy": "random",
        "Role": {"AssumeRolePolicyDocument": _deep(30), "Big": 12345678901234567890},
        "InlinePolicies": [{"PolicyName": "many", "PolicyDocument": {"Statement": ["s" * 90] * 300}}],
        "AttachedPolicies": [],
        "PermissionsBoundary": None,
    }
    records = {
        "iam.credential-report": {
            ACCOUNT_TARGET: [{"GeneratedTime": "2026-10-01T05:50:00Z", "ReportFormat": "text/csv"}]
        },
        "iam.account-summary": {ACCOUNT_TARGET: [{"AccountMFAEnabled": 1, "Users": users}]},
        "iam.sample-role-policies": {ACCOUNT_TARGET: [role]},
        "identity-store.users": {ORGANIZATION_TARGET: people},
        "config.rules": {region_target(): []},
    }
    return make_bundle(
        parent,
        records,
        {f"{ACCOUNT}/iam/credential-report.csv": _csv(users)},
        [gap("iam.password-policy"), gap("config.recorders", region_target("eu-west-1"))],
        SealedSettings(entity=Entity(name="Northwind <Ledger> & Söhne")),
        excluded=["account.contacts"],
        samples=[
            SampleSelection(
                account=ACCOUNT,
                method=DRAW_METHOD,
                seed="ab" * 32,
                seed_source="given by the auditor",
                population=40,
                population_digest="cd" * 32,
                size=15,
                named=(f"arn:aws:iam::{ACCOUNT}:role/payments/named-role",),
                chosen=(f"arn:aws:iam::{ACCOUNT}:role/deploy",),
            )
        ],
    )


def results_of(bundle: Bundle, exceptions: int = 0) -> Results:
    """The catalogue's tests over the bundle, and one more whose exceptions are the hostile names."""
    performed = run_tests(bundle)
    subjects = [*NAMES, *HOSTILE, *(f"arn:aws:iam::{ACCOUNT}:user/={i}" for i in range(exceptions))]
    rows = tuple(
        RowResult(
            subject=subject,
            account=ACCOUNT,
            region="",
            verdict=Verdict.EXCEPTION,
            observed="old",
            expected="new",
            pointers=(Pointer(f"{ACCOUNT}/iam/credential-report.csv", line),),
            since=datetime(2026, 6, 1, tzinfo=UTC),
            note="",
            attributes={"days": "91"},
            arns=(f"arn:aws:iam::{ACCOUNT}:role/deploy",),
        )
        for line, subject in enumerate(subjects, start=3)
    )
    hostile = performed.tests[0].model_copy(
        update={
            "id": "KEY-9",
            "conclusion": Conclusion.EXCEPTIONS,
            "rows": Rows.of(rows),
            "exceptions": len(rows),
            "considered": len(rows),
            "population_size": len(rows),
            "inspected": len(rows),
        }
    )
    return performed.model_copy(update={"tests": (*performed.tests, TestResult.model_validate(hostile))})
