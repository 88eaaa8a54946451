"""Tests multi-factor authentication of IAM users: devices (MFA-1), policies that demand it (MFA-2)."""

import re
from collections.abc import Iterable, Iterator, Mapping

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.controls.rows import unreadable_lines, unreadable_rows
from evidence.controls.tests._administrators import severities
from evidence.policies import enforcement
from evidence.policies.actions import database
from evidence.policies.conditions import RequestContext, Truth
from evidence.policies.document import Statement
from evidence.readers.authorization_details import DETAILS, read, users
from evidence.readers.credential_report import CredentialRow
from evidence.readers.evidence import CREDENTIAL_REPORT, Evidence, joined_names
from evidence.readers.principals import Iam, ManagedPolicy, Principal

REPORT = "iam.credential-report"


@control_test(
    id="MFA-1",
    title="Console users have MFA",
    topic=topics.PEOPLE,
    criteria=("CC6.1", "CC6.2"),
    risk="A guessed or phished password is enough to sign in.",
    procedure="For every user of the credential report with password_enabled = true, read mfa_active. Root "
    "is "
    "tested in ROOT-1.",
    population="Every IAM user with a console password",
    attribute="mfa_active is true",
    needs=(REPORT,),
    uses=(DETAILS,),
    decides_nothing=(DETAILS,),
    empty="No IAM user has a console password.",
    severity=Severity.MEDIUM,
    remedy=Remedy(
        console="The user signs in and registers a device: Security credentials, Assign MFA device; or "
        "an administrator does: IAM, Users, {subject}, Security credentials. A hardware token "
        "can be enabled by command. Where nobody uses the password, take it away instead.",
        cli=(
            (
                "aws iam enable-mfa-device --user-name {user} --serial-number {serial_number} "
                "--authentication-code1 {first_code} --authentication-code2 {next_code}"
            ),
            "aws iam delete-login-profile --user-name {user}",
        ),
    ),
    limits="Shows that a device is registered, not that policy demands it at each sign-in.",
)
def console_mfa(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per user with a password."""
    for account in evidence.accounts:
        weights = severities(evidence, account)
        for user in evidence.credential_report(account).known_users:
            if user.password is False:
                continue
            verdict = Verdict.MET if user.mfa else Verdict.EXCEPTION
            yield Row(
                subject=user.arn,
                account=account,
                verdict=Verdict.NOT_DETERMINED if user.password is None else verdict,
                observed="MFA active" if user.mfa else "console password without MFA",
                expected="MFA active",
                pointers=(user.pointer,),
                note="The report does not say whether a password is set." if user.password is None else "",
                severity=weights.get(user.arn),
            )
        yield from unreadable_lines(evidence, account, "MFA active", ())


Tags = tuple[tuple[str, str], ...]
_PRESENT, _TAG = "aws:multifactorauthpresent", "aws:principaltag/"
_TAG_VARIABLE = re.compile(r"\$\{(aws:PrincipalTag/[^${},]+)", re.IGNORECASE)
EXPECTED = "a Deny of all but MFA enrolment and the own password, without MFA"


class Denials:
    """The Deny statements that an account's users are under."""

    def __init__(self, iam: Iam, tags: Mapping[str, Tags]) -> None:
        self._iam = iam
        self._tags = tags
        self.users = {one.arn: one for one in iam.principals if one.kind == "user"}
        self.odd = iam.odd("user")

    def of(self, user: Principal) -> tuple[Statement, ...]:
        """Return every Deny that a user is under, of those that can be read."""
        found = [digest for holder in self._iam.holders(user) for _, digest in self._iam.digests(holder)]
        boundary = self._iam.policies.get(user.boundary)
        if isinstance(boundary, ManagedPolicy):
            found.append(boundary.digest)
        return tuple(statement for digest in found for statement in digest.denials)

    def unread(self, user: Principal) -> tuple[str, ...]:
        """Say which policies a user is under that nobody can read: a Deny may stand there."""
        unread = self._iam.unread(*self._iam.holders(user))
        known = not user.boundary or isinstance(self._iam.policies.get(user.boundary), ManagedPolicy)
        return unread if known else (*unread, f"the boundary {user.boundary}")

    def context(self, user: CredentialRow, denials: Iterable[Statement], *, key: bool) -> RequestContext:
        """Return what is known of a direct request without MFA: of a session, or with a long-lived key."""
        values = {**_who(user), enforcement.VIA_SERVICE: ("false",)}
        absent = {"aws:multifactorauthage"}
        if key:
            absent.add(_PRESENT)
        else:
            values[_PRESENT] = ("false",)
        if user.arn in self._tags:
            asked = {demand.key for one in denials for demand in one.conditions} | set(_variables(denials))
            tags = {f"{_TAG}{name.lower()}": (value,) for name, value in self._tags[user.arn]}
            values |= tags
            absent |= {name for name in asked if name.startswith(_TAG) and name not in tags}
        return RequestContext(values, frozenset(absent))


def _variables(denials: Iterable[Statement]) -> Iterator[str]:
    """Yield the tags of the user that values of conditions name, in lower case."""
    for one in denials:
        for demand in one.conditions:
            for value in demand.values:
                yield from (name.lower() for name in _TAG_VARIABLE.findall(value))


@control_test(
    id="MFA-2",
    title="Policy demands MFA of console users",
    topic=topics.PEOPLE,
    criteria=("CC6.1", "CC6.2"),
    risk="A registered device protects nothing while the user may act without it.",
    procedure="For every user with a console password, took the Deny statements of the user's own and the "
    "groups' policies, inline and attached, and of the permissions boundary, and asked what remains "
    "undenied to a session whose aws:MultiFactorAuthPresent is false, and to a request that carries no "
    "such key, as those with long-lived keys do. Nothing may remain but enrolment of MFA and the own "
    f"password: {', '.join(enforcement.ENROLMENT)}; reading and listing of IAM is noted. A principal tag "
    f"that exempts is judged by the user's tags. Actions are looked up in {database()}.",
    population="Every IAM user with a console password",
    attribute="Under a Deny of all but enrolment without MFA",
    needs=(CREDENTIAL_REPORT, DETAILS),
    empty="No IAM user has a console password.",
    severity=Severity.MEDIUM,
    remedy=Remedy(
        console="IAM, Policies, Create policy: Deny with NotAction for all but enrolment of MFA and the "
        "own password, on the condition BoolIfExists aws:MultiFactorAuthPresent false. Attach it "
        "to a group of all users with a password, and add {subject} to it.",
        cli=(
            "aws iam create-policy --policy-name DemandMFA --policy-document file://demand-mfa.json",
            "aws iam attach-group-policy --group-name {group} --policy-arn {policy}",
            "aws iam add-user-to-group --group-name {group} --user-name {user}",
        ),
    ),
    limits="An Allow on condition of MFA is not enforcement and does not count: another policy may allow the "
    "same without. Service control policies are not taken into account.",
)
def mfa_enforced(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per user with a password."""
    for account in evidence.accounts:
        tags = {user.arn: user.tags for user in users(evidence, account)[0]}
        denials = Denials(read(evidence, account), tags)
        weights = severities(evidence, account)
        reported = evidence.credential_report(account).users
        if all(user.arn in denials.users for user in reported if user.password is not False):
            yield from unreadable_rows(((account, "", one) for one in denials.odd), EXPECTED, ("groups",))
        for user in reported:
            if user.password is False:
                continue
            holder = denials.users.get(user.arn)
            verdict, observed, note = _judge(denials, holder, user)
            if user.password is None:
                verdict, note = Verdict.NOT_DETERMINED, "The report does not say whether a password is set."
            yield Row(
                subject=user.arn,
                account=account,
                verdict=verdict,
                observed=observed,
                expected=EXPECTED,
                pointers=(
                    user.pointer,
                    *((holder.pointer,) if holder else (one.pointer for one in denials.odd[:3])),
                ),
                note=note,
                attributes={"groups": joined_names(holder.groups) if holder else ""},
                severity=weights.get(user.arn),
            )


def _judge(denials: Denials, holder: Principal | None, user: CredentialRow) -> tuple[Verdict, str, str]:
    """Return verdict, observation and note."""
    if holder is None and denials.odd:
        return Verdict.NOT_DETERMINED, f"not described; a record cannot be read: {denials.odd[0]}", ""
    if holder is None:
        return Verdict.NOT_DETERMINED, "the authorization details do not describe the user", ""
    listed = denials.of(holder)
    contexts = [denials.context(user, listed, key=key) for key in (False, True)]
    found = [enforcement.without_mfa(listed, context) for context in contexts]
    weakest = min(found, key=lambda one: one.enforced)
    if weakest.enforced is Truth.YES:
        return Verdict.MET, "everything but enrolment is denied without MFA", _left_open(found)
    if unread := denials.unread(holder):
        return Verdict.NOT_DETERMINED, f"under what cannot be read: {joined_names(unread, 3)}", ""
    verdict = Verdict.EXCEPTION if weakest.enforced is Truth.NO else Verdict.NOT_DETERMINED
    if found[0].enforced is Truth.YES and weakest.statements == 0:
        return (
            verdict,
            (
                "denied to sessions without MFA, not to requests with a long-lived key, which carry no "
                "aws:MultiFactorAuthPresent (Bool where BoolIfExists belongs)"
            ),
            "",
        )
    return verdict, _words(weakest), ""


def _left_open(found: Iterable[enforcement.Enforcement]) -> str:
    """Return what an enforcing policy leaves open that changes nothing, or that nobody asks for directly."""
    parts = list(found)
    reading = dict.fromkeys(name for one in parts for name in one.reading)
    notes = [f"Reading IAM is left open: {joined_names(reading, 6)}."] if reading else []
    if any(one.direct for one in parts):
        notes.append("What a service asks for on the user's behalf is left out (aws:ViaAWSService).")
    return " ".join(notes)


def _words(found: enforcement.Enforcement) -> str:
    if found.enforced is Truth.UNKNOWN:
        left = f", and for {joined_names(found.unknown)}" if found.unknown else ""
        return f"whether everything is denied without MFA hangs on conditions or resources{left}"
    if not found.statements:
        return "no policy denies everything but a list without MFA"
    return f"without MFA these remain beside enrolment: {joined_names(found.beyond)}"


def _who(user: CredentialRow) -> dict[str, tuple[str, ...]]:
    return {
        "aws:principalarn": (user.arn,),
        "aws:username": (user.arn.rpartition("/")[2],),
        "aws:principaltype": ("User",),
        "aws:principalaccount": (user.arn.split(":")[4],),
    }
