"""`iam.last-accessed`: which services the sampled roles may use, and when they last did."""

from collections.abc import Iterator
from typing import Any

from evidence.collectors._polling import poll
from evidence.collectors._sampled_roles import DETAILS, SampledRole, sampled_roles
from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

GENERATE = Operation("iam", "GenerateServiceLastAccessedDetails", list_key="JobId")
# The list of services may be absent while the job runs; its status never is.
REPORT = Operation("iam", "GetServiceLastAccessedDetails", list_key="JobStatus")


@collector(
    item="iam.last-accessed",
    title="Services last used by sampled roles",
    scope=Scope.ACCOUNT,
    operations=(GENERATE, REPORT),
    shape=(
        "one record a role: Arn, JobStatus (COMPLETED or FAILED), JobCompletionDate, ServicesLastAccessed; "
        "Error where AWS's job failed"
    ),
    blind_spots=(
        "AWS tracks up to 400 days, less in newer regions, and recent use may take four hours to appear.",
        "Counts attempts, denied ones included: a date does not prove that access was granted.",
        "Single actions are tracked for some services only; for the rest only the service is known.",
        "Ignores service control policies, boundaries and resource policies: not all listed can be used.",
    ),
    needs=(DETAILS,),
    calls=96,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Have AWS report on each sampled role."""
    yield from ctx.map(_role, sampled_roles(ctx))


def _role(ctx: Context, role: SampledRole) -> dict[str, Any]:
    job = (ctx.call(GENERATE, Arn=role.arn, Granularity="ACTION_LEVEL") or {})["JobId"]

    def ask() -> list[dict[str, Any]] | None:
        pages = list(ctx.pages(REPORT, JobId=job))
        return pages if pages[-1]["JobStatus"] != "IN_PROGRESS" else None

    pages = poll(ctx, ask, f"the last-accessed report on {role.arn}")
    report = pages[-1]
    return {
        "Arn": role.arn,
        "JobStatus": report["JobStatus"],
        "JobCompletionDate": report.get("JobCompletionDate"),
        "ServicesLastAccessed": [one for page in pages for one in page.get("ServicesLastAccessed", ())],
        **({"Error": report["Error"]} if "Error" in report else {}),
    }
