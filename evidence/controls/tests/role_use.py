"""Tests sampled roles' documents, and what roles and their permissions are used for."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.controls.rows import unreadable_rows
from evidence.policies.document import readable_statements
from evidence.policies.role_documents import DocumentKind, RoleDocument
from evidence.readers.authorization_details import DETAILS, IamRole, roles
from evidence.readers.evidence import Evidence, day, joined_names, plural
from evidence.readers.last_accessed import COMPLETED, LAST_ACCESSED, ServiceUse, service_use
from evidence.readers.pointer import Pointer
from evidence.readers.policy_validation import VALIDATION, ValidatedDocument, validated_documents
from evidence.readers.sampled_roles import DOCUMENTS, InspectedRole, readable_roles
from evidence.readers.unreadable import MalformedEvidenceError, sort_out

CRITERIA = ("CC6.1", "CC6.3")
USE = ("last used", "created")
"""Columns of PRIV-6."""


@control_test(
    id="PRIV-4",
    title="Policies of sampled roles pass Access Analyzer's validation",
    topic=topics.LEAST_PRIVILEGE,
    criteria=CRITERIA,
    risk="A policy with a fault in it grants something else than its author meant.",
    procedure="Had Access Analyzer validate each document of each sampled role (ValidatePolicy), trust "
    "policies as resource policies for roles, the others as identity policies. An ERROR or a "
    "SECURITY_WARNING is an exception; WARNING and SUGGESTION are listed.",
    population="Each trust, inline and attached document of each sampled role",
    attribute="No ERROR and no SECURITY_WARNING",
    needs=(DOCUMENTS, VALIDATION),
    empty="No role is in the sample.",
    severity=Severity.MEDIUM,
    remedy=Remedy(
        console="IAM, Access Analyzer's policy validation, in the editor of each policy of {role}: mend "
        "what it calls an error or a security warning. The first command says the same, until it "
        "finds nothing.",
        cli=(
            "aws accessanalyzer validate-policy --policy-type {type} --policy-document file://policy.json",
            (
                "[attached] aws iam create-policy-version --policy-arn {attached} --policy-document "
                "file://policy.json --set-as-default"
            ),
            "[of_aws] aws iam detach-role-policy --role-name {role} --policy-arn {of_aws}",
            (
                "[inline] aws iam put-role-policy --role-name {role} --policy-name {inline} "
                "--policy-document file://policy.json"
            ),
            (
                "[trust] aws iam update-assume-role-policy --role-name {role} --policy-document "
                "file://policy.json"
            ),
        ),
    ),
    limits="The checks are AWS's, of grammar and known bad practice: a clean document can still allow too "
    "much. Boundaries are not validated. Documents of AWS's own policies are AWS's to mend.",
)
def documents_validated(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per document of a sampled role, and one per validated document that no role has."""
    for account in evidence.accounts:
        readable, odd = sort_out(validated_documents(evidence, account))
        answers = {(one.role, one.document): one for one in readable}
        for role in readable_roles(evidence, account):
            for name in _names(role):
                key = role.arn, name
                yield _validation_row(account, key, role.pointer, answers.pop(key, None))
        for key, found in answers.items():
            said = "validated, but no sampled role has it"
            yield _validation_row(account, key, found.pointer, None, said)
        yield from unreadable_rows(((account, "", one) for one in odd), VALID, dict.fromkeys(VALIDATED, ""))


def _names(role: InspectedRole) -> Iterator[str]:
    for found in role.documents:
        if found.kind is DocumentKind.TRUST and not found.document:
            raise MalformedEvidenceError(f"{role.arn} has no trust policy")
        if found.kind is not DocumentKind.BOUNDARY:
            yield found.label(":")


VALID = "no ERROR, no SECURITY_WARNING"
VALIDATED = ("role", "document", "type", "serious", "advice")


def _validation_row(
    account: str,
    key: tuple[str, str],
    place: Pointer,
    answer: ValidatedDocument | None,
    said: str = "not validated",
) -> Row:
    verdict, kind, serious, advice = Verdict.NOT_DETERMINED, "", "", ""
    document, _, name = key[1].partition(":")
    if answer is not None:
        kind, serious, advice = answer.policy_type, joined_names(answer.serious), joined_names(answer.advice)
        said = f"findings: {serious}" if serious else "no serious finding"
        verdict = Verdict.EXCEPTION if serious else Verdict.MET
        wanted = "RESOURCE_POLICY" if key[1] == "trust" else "IDENTITY_POLICY"
        if kind != wanted:
            verdict, said = Verdict.NOT_DETERMINED, f"validated as {kind}, which it is not"
    return Row(
        subject=" ".join(key),
        account=account,
        verdict=verdict,
        observed=said,
        expected=VALID,
        pointers=(*([answer.pointer] if answer else []), place),
        note=f"Advice: {advice}." if advice else "",
        attributes=dict(zip(VALIDATED, (*key, kind, serious, advice), strict=True)),
        arns=(key[0],),
        fills={"type": kind, "of_aws" if ":iam::aws:" in name else document: name or document},
    )


@control_test(
    id="PRIV-5",
    title="Sampled roles use the services they may use",
    topic=topics.LEAST_PRIVILEGE,
    criteria=CRITERIA,
    risk="A permission that nobody needs serves whoever takes over the role.",
    procedure="Had IAM report, for each sampled role, the services that its policies allow and when each was "
    "last used (GenerateServiceLastAccessedDetails). A service allowed and never used in AWS's tracking "
    "period is listed. A report without any service is believed of a role whose policies allow nothing.",
    population="Each sampled role",
    attribute="Every service that the role may use was used in the tracking period",
    needs=(DOCUMENTS, LAST_ACCESSED),
    empty="No role is in the sample.",
    severity=Severity.LOW,
    advisory=True,
    remedy=Remedy(
        console="IAM, Roles, {subject}, Last Accessed lists services and last uses; take what is unused "
        "out of its policies.",
        cli=(
            "aws iam generate-service-last-accessed-details --arn {subject}",
            "aws iam get-service-last-accessed-details --job-id {job_id}",
        ),
    ),
    limits="AWS tracks up to 400 days, less in newer regions; an attempt counts as use, and a use takes up "
    "to 4 hours to show. Roles for rare tasks have good reasons not to use what they may.",
)
def unused_services(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per sampled role."""
    for account in evidence.accounts:
        reports = service_use(evidence, account)
        for role in readable_roles(evidence, account):
            yield _services_row(role, reports.get(role.arn))


def _services_row(role: InspectedRole, report: ServiceUse | None) -> Row:
    verdict, observed, unused = Verdict.NOT_DETERMINED, "no report on its use", ""
    if report is not None:
        observed = f"AWS's job ended as {report.status}"
        if report.status == COMPLETED and not report.services:
            verdict, observed = _no_service(role)
        elif report.status == COMPLETED:
            idle = report.never_used
            verdict = Verdict.EXCEPTION if idle else Verdict.MET
            observed = f"{len(idle)} of {plural(len(report.services), 'service')} allowed never used"
            unused = joined_names(idle, 30)
    return Row(
        subject=role.arn,
        account=role.account,
        verdict=verdict,
        observed=observed,
        expected="every service allowed was used",
        pointers=(*([report.pointer] if report else []), role.pointer),
        note=f"Never used in the tracking period: {unused}." if unused else "",
        attributes={"unused services": unused},
    )


def _no_service(role: InspectedRole) -> tuple[Verdict, str]:
    """Return what a report without any service means: nothing is allowed, or the sources contradict."""
    documents = role.of_kind(DocumentKind.INLINE, DocumentKind.ATTACHED)
    allowing = [one.label(" ") for one in documents if not _denies_only(one)]
    if allowing:
        said = f"AWS's report lists no service that the role may use, contrary to {joined_names(allowing)}"
        return Verdict.NOT_DETERMINED, said
    looked_at = (
        f"none of its {plural(len(documents), 'policy document')} allows" if documents else "no policy allows"
    )
    return Verdict.MET, f"no service to use: AWS's report lists none, and {looked_at} anything"


def _denies_only(one: RoleDocument) -> bool:
    found = readable_statements(one.document)
    return bool(found) and all(statement.denies for statement in found)


@control_test(
    id="PRIV-6",
    title="Roles are in use",
    topic=topics.LEAST_PRIVILEGE,
    criteria=CRITERIA,
    risk="A role that nobody uses is watched by nobody, and still opens for those it trusts.",
    procedure="For every role, computed the age of its last use (RoleLastUsed) at the time of collection; "
    "one without a use on record ages from its creation. More than {unused_days} days is an exception. "
    "Service-linked roles and those that Identity Center made are left out: AWS manages them.",
    population="Every role outside /aws-service-role/ that Identity Center did not make",
    attribute="Used, or made, within {unused_days} days",
    needs=(DETAILS,),
    empty="No account in scope has a role of its own.",
    severity=Severity.MEDIUM,
    remedy=Remedy(
        console="IAM, Roles: see the last activity of {subject}, ask its owner, and delete it. By "
        "command its policies go first. One for emergencies is accepted in exceptions.toml.",
        cli=(
            "aws iam list-attached-role-policies --role-name {role}",
            "aws iam detach-role-policy --role-name {role} --policy-arn {policy}",
            "aws iam list-role-policies --role-name {role}",
            "aws iam delete-role-policy --role-name {role} --policy-name {inline}",
            "aws iam list-instance-profiles-for-role --role-name {role}",
            "aws iam delete-role --role-name {role}",
        ),
    ),
    limits="AWS keeps the last use for 400 days. A role for emergencies is unused by design: accept it.",
)
def unused_roles(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per role; those that AWS manages are not members."""
    limit = timedelta(days=evidence.thresholds.unused_days)
    for account in evidence.accounts:
        as_of = evidence.collected_at(DETAILS, account)
        found, odd = roles(evidence, account)
        for role in found:
            if not role.service_linked and not role.of_identity_center:
                yield _role_row(account, role, as_of, limit)
        within = f"used within {limit.days} days"
        yield from unreadable_rows(((account, "", one) for one in odd), within, USE)


def _role_row(account: str, role: IamRole, as_of: datetime, limit: timedelta) -> Row:
    last, created = role.used, role.created
    since = last or created
    old = as_of - since > limit
    days = plural((as_of - since).days, "day")
    return Row(
        subject=role.arn,
        account=account,
        verdict=Verdict.EXCEPTION if old else Verdict.MET,
        observed=f"last used {day(last)}, {days}"
        if last
        else f"no use on record, made {day(created)}, {days}",
        expected=f"used within {limit.days} days",
        pointers=(role.pointer,),
        since=since + limit if old else None,
        began=since,
        attributes=dict(zip(USE, (day(last), day(created)), strict=True)),
    )
