"""`iam.credential-report`: every IAM user's password, MFA and keys, in AWS's own bytes."""

from collections.abc import Iterator
from typing import Any

from evidence.collectors._polling import poll
from evidence.collectors.base import Context, RawFile, Yield, collector
from evidence.records import Operation, Scope, ValueKind

GENERATE = Operation("iam", "GenerateCredentialReport", list_key="State")
REPORT = Operation("iam", "GetCredentialReport", list_key="Content")

# The first name of each is what AWS sends, the second what its documentation calls it.
NOT_THERE = (
    *("ReportNotPresent", "CredentialReportNotPresent"),
    *("ReportExpired", "CredentialReportExpired"),
    *("ReportInProgress", "CredentialReportNotReady"),
)


@collector(
    item="iam.credential-report",
    title="IAM credential report",
    scope=Scope.ACCOUNT,
    operations=(GENERATE, REPORT),
    shape="credential-report.csv, exactly AWS's bytes; one record: GeneratedTime and ReportFormat",
    blind_spots=(
        (
            "AWS makes a new report at most every four hours: users and keys changed since its GeneratedTime "
            "are not in it."
        ),
        (
            "Shows IAM users and root only: people who sign in through Identity Center or another identity "
            "provider do not appear."
        ),
        "Last-used dates can lag by four hours, and password_last_used covers console sign-in only.",
        "mfa_active says that a device is registered, not that a policy demands it.",
        "Shows who can sign in and how, not what anybody may then do.",
    ),
    headline=1,
    calls=2,
    people={("user",): ValueKind.LOGIN},
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Have AWS make the report, wait for it, keep its bytes."""

    def ask() -> dict[str, Any] | None:
        # Generating is also the way to ask for progress; it starts again where a report has expired since.
        state = ctx.call(GENERATE)
        return ctx.call(REPORT, absent=NOT_THERE) if state and state["State"] == "COMPLETE" else None

    report = poll(ctx, ask, "the credential report")
    yield RawFile("credential-report.csv", report["Content"])
    yield {"GeneratedTime": report["GeneratedTime"], "ReportFormat": report["ReportFormat"]}
