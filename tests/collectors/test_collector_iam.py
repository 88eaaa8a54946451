import json
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from evidence.aws.failures import AnswerError
from evidence.collectors import iam_service_credentials
from evidence.collectors._polling import ASKS, LONGEST_WAIT
from tests.collectors.collector_fakes import ACCOUNT, Run, files_of, records_of

THEN = datetime(2026, 10, 1, 5, tzinfo=UTC)
CSV = b'user,arn\r\n<root_account>,x\r\n"a,b",\xc3\xa9\n\n'
REPORT = {"Content": CSV, "ReportFormat": "text/csv", "GeneratedTime": THEN}


def one_after_another(*answers):
    queue = list(answers)
    return lambda _: queue.pop(0) if len(queue) > 1 else queue[0]


class TestCredentialReport:
    def test_bytes_are_kept_as_they_came(self, collected: Run) -> None:
        yields, _ = collected(
            "iam.credential-report",
            {"GenerateCredentialReport": {"State": "COMPLETE"}, "GetCredentialReport": REPORT},
        )
        assert files_of(yields) == {"credential-report.csv": CSV}
        assert records_of(yields) == [{"GeneratedTime": THEN, "ReportFormat": "text/csv"}]

    def test_waits_until_it_is_complete(self, collected: Run) -> None:
        states = one_after_another({"State": "STARTED"}, {"State": "INPROGRESS"}, {"State": "COMPLETE"})
        yields, ctx = collected(
            "iam.credential-report", {"GenerateCredentialReport": states, "GetCredentialReport": REPORT}
        )
        assert files_of(yields)["credential-report.csv"] == CSV
        assert ctx.waits == [0.1, 0.2]

    @pytest.mark.parametrize("code", ["ReportNotPresent", "ReportExpired", "ReportInProgress"])
    def test_has_it_made_again_when_it_is_gone(self, collected: Run, code: str) -> None:
        yields, ctx = collected(
            "iam.credential-report",
            {
                "GenerateCredentialReport": {"State": "COMPLETE"},
                "GetCredentialReport": one_after_another(code, REPORT),
            },
        )
        assert files_of(yields)["credential-report.csv"] == CSV
        assert [name for name, *_ in ctx.asked].count("GenerateCredentialReport") == 2

    def test_gives_up_after_a_bounded_number_of_asks(self, collected: Run) -> None:
        calls = []

        def never(_):
            calls.append(1)
            return {"State": "INPROGRESS"}

        with pytest.raises(AnswerError, match="not ready"):
            collected("iam.credential-report", {"GenerateCredentialReport": never})
        assert len(calls) == ASKS

    def test_other_errors_pass_through(self, collected: Run) -> None:
        answers = {"GenerateCredentialReport": {"State": "COMPLETE"}, "GetCredentialReport": "AccessDenied"}
        with pytest.raises(ClientError):
            collected("iam.credential-report", answers)


def test_longest_wait_is_short_enough_to_notice_an_interrupt() -> None:
    assert LONGEST_WAIT <= 5


def test_summary_is_flat(collected: Run) -> None:
    yields, _ = collected("iam.account-summary", {"GetAccountSummary": {"SummaryMap": {"Users": 3}}})
    assert yields == [{"Users": 3}]


def test_no_password_policy_is_evidence(collected: Run) -> None:
    yields, _ = collected("iam.password-policy", {"GetAccountPasswordPolicy": "NoSuchEntity"})
    assert yields == [{"PasswordPolicy": None}]


def test_password_policy(collected: Run) -> None:
    policy = {"MinimumPasswordLength": 14, "ExpirePasswords": False}
    yields, _ = collected("iam.password-policy", {"GetAccountPasswordPolicy": {"PasswordPolicy": policy}})
    assert yields == [{"PasswordPolicy": policy}]


def test_password_policy_denied_is_no_policy_null(collected: Run) -> None:
    with pytest.raises(ClientError):
        collected("iam.password-policy", {"GetAccountPasswordPolicy": "AccessDenied"})


def details(**lists):
    empty = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    return {**empty, **lists}


def test_authorization_details_name_their_kind_over_all_pages(collected: Run) -> None:
    trust = {"Version": "2012-10-17", "Statement": []}
    role = {"RoleName": "reader", "AssumeRolePolicyDocument": json.dumps(trust)}
    pages = [
        details(UserDetailList=[{"UserName": "ann"}], GroupDetailList=[{"GroupName": "all"}]),
        details(),
        details(RoleDetailList=[role], Policies=[{"PolicyName": "Read"}]),
    ]
    yields, ctx = collected("iam.authorization-details", {"GetAccountAuthorizationDetails": pages})
    assert yields == [
        {"UserDetail": {"UserName": "ann"}},
        {"GroupDetail": {"GroupName": "all"}},
        {"RoleDetail": {"RoleName": "reader", "AssumeRolePolicyDocument": trust}},
        {"Policy": {"PolicyName": "Read"}},
    ]
    # Leaving AWSManagedPolicy out would lose the documents of AdministratorAccess and the like.
    assert set(ctx.asked[0][2]["Filter"]) == {
        "User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"
    }  # fmt: skip


def test_mfa_devices_lose_their_seeds(collected: Run) -> None:
    serial = f"arn:aws:iam::{ACCOUNT}:mfa/root-account-mfa-device"
    device = {"SerialNumber": serial, "Base32StringSeed": b"SECRET", "QRCodePNG": b"\x89PNG"}
    pages = [{"VirtualMFADevices": [device]}, {"VirtualMFADevices": [{"SerialNumber": f"{serial}-2"}]}]
    yields, ctx = collected("iam.mfa-devices", {"ListVirtualMFADevices": pages})
    assert yields == [{"SerialNumber": serial}, {"SerialNumber": f"{serial}-2"}]
    assert ctx.asked[0][2] == {"AssignmentStatus": "Any"}


def test_identity_providers_with_details_in_parallel(collected: Run) -> None:
    saml, oidc = f"arn:aws:iam::{ACCOUNT}:saml-provider/Okta", f"arn:aws:iam::{ACCOUNT}:oidc-provider/git"
    yields, ctx = collected(
        "iam.identity-providers",
        {
            "ListSAMLProviders": {"SAMLProviderList": [{"Arn": saml}]},
            "GetSAMLProvider": {"SAMLMetadataDocument": "<xml/>"},
            "ListOpenIDConnectProviders": {"OpenIDConnectProviderList": [{"Arn": oidc}]},
            "GetOpenIDConnectProvider": {"Url": "git"},
        },
    )
    assert yields == [
        {"SAMLProvider": {"Arn": saml, "SAMLMetadataDocument": "<xml/>"}},
        {"OpenIDConnectProvider": {"Arn": oidc, "Url": "git"}},
    ]
    assert ctx.depth() == 2


def test_service_credentials_of_all_users_lose_secrets(collected: Run) -> None:
    made = {"UserName": "ann", "ServiceName": "bedrock.amazonaws.com", "Status": "Active", "CreateDate": THEN}
    pages = [
        {"ServiceSpecificCredentials": [made | {"ServiceSpecificCredentialId": f"ACCA{n:016}"}]}
        for n in range(2)
    ]
    yields, ctx = collected("iam.service-credentials", {"ListServiceSpecificCredentials": pages})
    assert [one["ServiceSpecificCredentialId"] for one in yields] == [f"ACCA{n:016}" for n in range(2)]
    assert ctx.asked[0][2] == {"AllUsers": True}
    secrets = {"ServicePassword", "ServiceCredentialSecret", "ServiceApiKeyValue"}
    assert not secrets & iam_service_credentials.KEPT


def test_server_certificates(collected: Run) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:server-certificate/www"
    listed = {"Path": "/", "ServerCertificateName": "www", "ServerCertificateId": f"ASCA{7:016}", "Arn": arn}
    answer = {"ServerCertificateMetadataList": [listed]}
    yields, _ = collected("iam.server-certificates", {"ListServerCertificates": answer})
    assert yields == [listed]


def test_a_user_deleted_between_list_and_question_is_told_of(collected: Run) -> None:
    users = [
        {"UserDetail": {"UserName": name, "Arn": f"arn:aws:iam::{ACCOUNT}:user/{name}"}}
        for name in ("ann", "gone")
    ]
    odd = [{"UserDetail": {"Arn": "nameless"}}, {"RoleDetail": {"RoleName": "r"}}]

    key = {
        "UserName": "ann",
        "SSHPublicKeyId": "APKA0123456789ABCDEF",
        "Status": "Active",
        "UploadDate": THEN,
    }

    def keys(asked):
        return "NoSuchEntity" if asked["UserName"] == "gone" else {"SSHPublicKeys": [key]}

    body = {"CertificateBody": "x", "UploadDate": THEN}
    certificate = {
        "UserName": "ann",
        "CertificateId": "CERT0123456789ABCDEFGHIJKLMN",
        "Status": "Active",
    } | body
    yields, _ = collected(
        "iam.user-credentials",
        {"ListSSHPublicKeys": keys, "ListSigningCertificates": {"Certificates": [certificate]}},
        needed={"iam.authorization-details": [*users, *odd]},
    )
    first, second = yields
    assert [one["SSHPublicKeyId"] for one in first["SSHPublicKeys"]] == ["APKA0123456789ABCDEF"]
    assert [sorted(one) for one in first["SigningCertificates"]] == [
        ["CertificateId", "Status", "UploadDate", "UserName"]
    ]
    assert second == {"UserName": "gone", "Arn": users[1]["UserDetail"]["Arn"], "Vanished": True}
