"""KEY-3: credentials beyond passwords and access keys, on both sides of each limit."""

# ruff: noqa: E501  rows of tables are read across

from collections.abc import Mapping
from typing import Any

from evidence.records import Cause
from tests.controls.world import ACCOUNT_TARGET, IAM, ago, row
from tests.controls.world_records import ADMINISTRATOR, EVERYTHING, policy, user
from tests.corpus.labelled import (
    EMPTY,
    EXCEPTION,
    FAIL,
    MET,
    OPEN,
    OUTSIDE,
    PASS,
    UNSETTLED,
    USER_GUIDE,
    Case,
    table,
)
from tests.support.bundles import gap

DETAILS, SERVICE = "iam.authorization-details", "iam.service-credentials"
OF_USERS, CERTIFICATES = "iam.user-credentials", "iam.server-certificates"
BEDROCK, CODECOMMIT = "bedrock.amazonaws.com", "codecommit.amazonaws.com"
API = "https://docs.aws.amazon.com/IAM/latest/APIReference/"
SERVICE_DOC = f"{API}API_ServiceSpecificCredentialMetadata.html"
KEYS_DOC = f"{API}API_SSHPublicKeyMetadata.html"
SIGNING_DOC = f"{API}API_SigningCertificate.html"
SERVER_DOC = f"{API}API_ServerCertificateMetadata.html"
ROTATE_DOC = f"{USER_GUIDE}id_credentials_service-specific-creds.html"
SECOND = 1 / 86_400
CREDENTIAL = f"user/ann credential for {BEDROCK} ACCA1"
KEY, SIGNING = "user/ann SSH public key APKA1", "user/ann signing certificate CERT1"
CERTIFICATE = "server-certificate/www"
VERDICTS = {PASS: MET, FAIL: EXCEPTION, OPEN: UNSETTLED, EMPTY: OUTSIDE}


def service(made: float | None = 9, expires: float | None = None, **changes: Any) -> dict[str, Any]:
    members = {
        "UserName": "ann",
        "ServiceName": BEDROCK,
        "ServiceSpecificCredentialId": "ACCA1",
        "Status": "Active",
    }
    members |= {} if made is None else {"CreateDate": ago(made)}
    return members | ({} if expires is None else {"ExpirationDate": ago(expires)}) | changes


def of_user(name: str = "ann", keys: Any = (), signing: Any = ()) -> dict[str, Any]:
    return {
        "UserName": name,
        "Arn": f"{IAM}:user/{name}",
        "SSHPublicKeys": list(keys),
        "SigningCertificates": list(signing),
    }


def ssh(made: float | None, status: str = "Active") -> dict[str, Any]:
    return {"UserName": "ann", "SSHPublicKeyId": "APKA1", "Status": status} | (
        {} if made is None else {"UploadDate": ago(made)}
    )


def signed(made: float | None, status: str = "Active") -> dict[str, Any]:
    return {"UserName": "ann", "CertificateId": "CERT1", "Status": status} | (
        {} if made is None else {"UploadDate": ago(made)}
    )


def certificate(expires: float | None) -> dict[str, Any]:
    members = {"ServerCertificateName": "www", "Arn": f"{IAM}:{CERTIFICATE}", "UploadDate": ago(400)}
    return members | ({} if expires is None else {"Expiration": ago(expires)})


def world(
    services: Any = (), users: Any = None, certificates: Any = (), details: Any = None
) -> Mapping[str, list[Any]]:
    """One user, ann, of whom all was asked, and what there is."""
    return {
        DETAILS: list(details) if details is not None else [user("ann")],
        SERVICE: list(services),
        OF_USERS: [of_user()] if users is None else list(users),
        CERTIFICATES: list(certificates),
    }


def _service(value: tuple[Any, Any]) -> dict[str, Any]:
    made, conclusion = value
    return {
        "records": world([made]),
        "conclusion": conclusion,
        "rows": {CREDENTIAL: VERDICTS[conclusion]},
        "only": True,
    }


def _key(value: tuple[Any, Any]) -> dict[str, Any]:
    made, conclusion = value
    return {"records": world(users=[of_user(keys=[made])]), "conclusion": conclusion,
            "rows": {KEY: VERDICTS[conclusion]}, "only": True}  # fmt: skip


def _signing(value: tuple[Any, Any]) -> dict[str, Any]:
    made, conclusion = value
    return {"records": world(users=[of_user(signing=[made])]), "conclusion": conclusion,
            "rows": {SIGNING: VERDICTS[conclusion]}, "only": True}  # fmt: skip


def _certificate(value: tuple[Any, Any]) -> dict[str, Any]:
    made, conclusion = value
    subject = CERTIFICATE if conclusion != OPEN else "123456789012/iam/server-certificates.jsonl:1"
    return {
        "records": world(certificates=[made]),
        "conclusion": conclusion,
        "rows": {subject: VERDICTS[conclusion]},
        "only": True,
    }


IN_GOOD_ORDER = {
    SERVICE: {ACCOUNT_TARGET: [service() | {"UserName": "svc-ledger", "ServiceName": CODECOMMIT}]},
    OF_USERS: {ACCOUNT_TARGET: [of_user("svc-ledger"), of_user("dormant")]},
    CERTIFICATES: {ACCOUNT_TARGET: [certificate(-30)]},
}

CASES: tuple[Case, ...] = (
    *table("KEY-3", {
        "exactly 90 days": (service(90), PASS),
        "a second more than 90 days": (service(90 + SECOND), FAIL),
        "a second less than 90 days": (service(90 - SECOND), PASS),
        "made today": (service(0), PASS),
        "old, and it will expire": (service(91, -9), FAIL),
        "young, and it will expire": (service(9, -9), PASS),
        "it expires in a second": (service(9, -SECOND), PASS),
        "it expired at that moment": (service(9, 0), FAIL),
        "it expired a second ago, and is still active by its status": (service(9, SECOND), FAIL),
        "it expired, and says so": (service(42, 12, Status="Expired"), FAIL),
        "it says that it expired, and not when": (service(42, Status="Expired"), FAIL),
        "old and inactive": (service(500, Status="Inactive"), EMPTY),
        "inactive, and it expired": (service(500, 100, Status="Inactive"), FAIL),
        "active, made on an unknown day": (service(None), OPEN),
    }, _service, reference=SERVICE_DOC),
    *table("KEY-3", {
        "SSH key of exactly 90 days": (ssh(90), PASS),
        "SSH key, a second more": (ssh(90 + SECOND), FAIL),
        "SSH key, a second less": (ssh(90 - SECOND), PASS),
        "an old inactive SSH key": (ssh(500, "Inactive"), EMPTY),
        "SSH key without a date": (ssh(None), OPEN),
    }, _key, reference=KEYS_DOC),
    *table("KEY-3", {
        "signing certificate of exactly 90 days": (signed(90), PASS),
        "signing certificate, a second more": (signed(90 + SECOND), FAIL),
        "an old inactive signing certificate": (signed(500, "Inactive"), EMPTY),
        "signing certificate without a date": (signed(None), OPEN),
    }, _signing, reference=SIGNING_DOC),
    *table("KEY-3", {
        "server certificate that expires in a second": (certificate(-SECOND), PASS),
        "server certificate that expired at that moment": (certificate(0), FAIL),
        "server certificate that expired a second ago": (certificate(SECOND), FAIL),
        "server certificate that expires in a year, uploaded long ago": (certificate(-365), PASS),
        "server certificate without expiration": (certificate(None), OPEN),
    }, _certificate, reference=SERVER_DOC),
    Case("KEY-3", "no users, no certificates", EMPTY, records=world(users=[], details=[]), only=True, reference=SERVER_DOC),
    Case("KEY-3", "no users, one valid certificate", PASS, records=world(users=[], details=[], certificates=[certificate(-9)]),
         rows={CERTIFICATE: MET}, only=True, reference=SERVER_DOC),
    Case("KEY-3", "no users, one expired certificate", FAIL, records=world(users=[], details=[], certificates=[certificate(9)]),
         rows={CERTIFICATE: EXCEPTION}, only=True, reference=SERVER_DOC),
    Case("KEY-3", "a user with nothing", EMPTY, records=world(), only=True, reference=KEYS_DOC),
    Case("KEY-3", "a limit of 30 days", FAIL, thresholds={"key_max_age_days": 30}, only=True, reference=ROTATE_DOC,
         records=world([service(30)], [of_user(keys=[ssh(31)])]), rows={CREDENTIAL: MET, KEY: EXCEPTION}),
    Case("KEY-3", "one credential old, one young", FAIL, only=True, reference=ROTATE_DOC,
         records=world([service(91), service(9, ServiceSpecificCredentialId="ACCA2", ServiceName=CODECOMMIT)]),
         rows={CREDENTIAL: EXCEPTION, f"user/ann credential for {CODECOMMIT} ACCA2": MET}),
    # Who holds it decides what it weighs.
    Case("KEY-3", "an administrator's old key", FAIL, only=True, reference=ROTATE_DOC, severities={KEY: "high"},
         records=world(users=[of_user(keys=[ssh(91)])], details=[
             user("ann", AttachedManagedPolicies=[{"PolicyArn": ADMINISTRATOR}]), policy(ADMINISTRATOR, EVERYTHING)]),
         rows={KEY: EXCEPTION}),
    Case("KEY-3", "anybody's old key", FAIL, only=True, reference=ROTATE_DOC, severities={KEY: "medium"},
         records=world(users=[of_user(keys=[ssh(91)])]), rows={KEY: EXCEPTION}),
    Case("KEY-3", "a credential of a user whom the details do not hold", FAIL, only=True, reference=SERVICE_DOC,
         records=world([service(91, UserName="gone")]), rows={f"user/gone credential for {BEDROCK} ACCA1": EXCEPTION}),
    # What was not shown is no pass.
    Case("KEY-3", "a user who was not asked about", OPEN, only=True, reference=KEYS_DOC,
         records=world(users=[of_user("bob")], details=[user("ann"), user("bob")]), rows={"user/ann": UNSETTLED}),
    Case("KEY-3", "a user who was deleted meanwhile", EMPTY, only=True, reference=KEYS_DOC,
         records=world(users=[{"UserName": "ann", "Arn": f"{IAM}:user/ann", "Vanished": True}])),
    Case("KEY-3", "the credential report counts a certificate that the list lacks", OPEN, only=True, reference=SIGNING_DOC,
         records=world(), report=[row("ann", cert_1_active="true", cert_1_last_rotated=ago(9))], rows={"user/ann": UNSETTLED}),
    Case("KEY-3", "the credential report counts as the list", PASS, only=True, reference=SIGNING_DOC,
         records=world(users=[of_user(signing=[signed(9)])]), report=[row("ann", cert_1_active="true", cert_1_last_rotated=ago(9))],
         rows={SIGNING: MET}),
    Case("KEY-3", "the credential report counts a certificate fewer", PASS, only=True, reference=SIGNING_DOC,
         records=world(users=[of_user(signing=[signed(9)])]), report=[row("ann")], rows={SIGNING: MET}),
    *table("KEY-3", {
        "a status that IAM has not": (service(9, Status="Paused"), SERVICE),
        "a credential without id": ({"UserName": "ann", "ServiceName": BEDROCK, "Status": "Active"}, SERVICE),
        "a credential whose day is a word": (service(9, CreateDate="yesterday"), SERVICE),
        "a credential that is text": ("ACCA1", SERVICE),
        "a user's keys that are text": (of_user() | {"SSHPublicKeys": "APKA1"}, OF_USERS),
        "a user's certificates that are missing": ({"UserName": "ann", "SSHPublicKeys": []}, OF_USERS),
    }, lambda value: {
        "records": world([service(91, ServiceSpecificCredentialId="ACCA9")], [of_user(), of_user("bob")], [certificate(-9)],
                         [user("ann"), user("bob")])
        | {value[1]: [*([service(91, ServiceSpecificCredentialId="ACCA9")] if value[1] == SERVICE else [of_user(), of_user("bob")]), value[0]]},
        "rows": {f"user/ann credential for {BEDROCK} ACCA9": EXCEPTION, CERTIFICATE: MET,
                 f"123456789012/iam/{value[1].partition('.')[2]}.jsonl:{2 if value[1] == SERVICE else 3}": UNSETTLED}, "only": True,
    }, conclusion=FAIL, reference=SERVICE_DOC),
    *table("KEY-3", {f"{item} was refused": item for item in (DETAILS, SERVICE, OF_USERS, CERTIFICATES)}, lambda item: {
        "records": world([service(9)], [of_user(keys=[ssh(9)])], [certificate(-9)]),
        "gaps": [gap(item, ACCOUNT_TARGET, Cause.PERMISSION_MISSING)]}, conclusion=OPEN, reference=SERVICE_DOC),
)  # fmt: skip
