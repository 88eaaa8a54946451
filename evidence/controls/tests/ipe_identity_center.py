"""Tests that roles and providers of Identity Center in the accounts agree with what was found of it (IPE)."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from evidence.controls import topics
from evidence.controls.declaration import Family, Row, Severity, Verdict, control_test
from evidence.controls.rows import unreadable_rows
from evidence.controls.tests._collect_again import collect_again
from evidence.readers.authorization_details import DETAILS, IamRole, roles
from evidence.readers.evidence import Evidence, day, joined_names, plural
from evidence.readers.identity_center import (
    INSTANCE,
    ITEMS,
    SETS,
    DirectoryInstance,
    instances,
    permission_sets,
    vanished_sets,
)
from evidence.readers.organizations import ORGANIZATION, organizations
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.principals import IDENTITY_CENTER_PATH, IDENTITY_CENTER_PREFIX
from evidence.readers.unreadable import require_readable

PROVIDERS = "iam.identity-providers"
PROVIDER = ":saml-provider/AWSSSO_"
EXPECTED = "an organization instance at home there, with their permission sets"
COLUMNS = ("roles", "home", "last used")
SESSION = timedelta(hours=12)
"""The longest session of a permission set: a role used since was assigned a session ago."""


@control_test(
    id="IPE-15",
    title="Roles of Identity Center agree with the instance",
    topic=topics.COMPLETENESS,
    criteria=(),
    family=Family.RELIABILITY,
    risk="Where people are let in by an instance that nobody found, none of its people is looked at.",
    procedure="Compared the roles under /aws-reserved/sso.amazonaws.com/ and the SAML provider AWSSSO_… of "
    "each account, which Identity Center alone makes, with the organization instance: there must be one, "
    "at home in the region that the roles' paths name, and a role used within the last 12 hours must belong "
    "to a permission set that is listed. Permission sets that are listed need an instance as well.",
    population="The roles and the provider of Identity Center in each account, and permission sets that no "
    "instance holds",
    attribute="An instance is there, at home where the roles say; the sets of roles in use are listed",
    needs=(DETAILS, INSTANCE, ORGANIZATION, SETS),
    uses=(PROVIDERS,),
    empty="No account has a role or a provider of Identity Center.",
    severity=Severity.MEDIUM,
    remedy=collect_again(
        "Look at whether IAM Identity Center was set up or removed while the run was under way, "
        "and ask its home region as well (regions in evidence.toml)."
    ),
    limits="A role whose path names no region is taken to agree with any. A role that was not used lately "
    "and whose set is gone is a leftover: PRIV-2 tells.",
    reconciles=True,
    doubts=ITEMS,
)
def reserved_roles_agree(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account with roles or a provider of Identity Center."""
    management = {one.management for one in require_readable(organizations(evidence))}
    found = [one for one in require_readable(instances(evidence)) if one.owner in management]
    sets = {one.name for one in require_readable(permission_sets(evidence))}
    vanished = any(True for _ in require_readable(vanished_sets(evidence)))
    for account in evidence.accounts:
        found_roles, odd = roles(evidence, account)
        made = [role for role in found_roles if role.of_identity_center]
        provider = _providers(evidence, account)
        if made or provider:
            problem, doubts = _problem(made, found)
            if not problem and not vanished:
                problem, doubts = _used_without_set(evidence, account, made, sets)
            yield _row(account, made, provider, problem, doubts)
        yield from unreadable_rows(((account, "", one) for one in odd), EXPECTED, COLUMNS)
    if sets and not found:
        yield _without_instance(evidence, sets)


def _without_instance(evidence: Evidence, sets: set[str]) -> Row:
    """Return the row of permission sets that no instance holds: there must be one."""
    return Row(
        subject="permission sets of Identity Center",
        account="",
        verdict=Verdict.EXCEPTION,
        observed=f"{plural(len(sets), 'permission set')} listed, and no organization instance was found",
        expected="the organization instance that holds them",
        pointers=tuple(pointer_to(located) for located in islice(evidence.records(SETS), 5)),
        attributes=dict.fromkeys(COLUMNS, ""),
        doubts=(INSTANCE, *ITEMS),
    )


def _providers(evidence: Evidence, account: str) -> list[Pointer]:
    """Return where the SAML providers of Identity Center stand."""
    return [
        pointer_to(located)
        for located in evidence.records(PROVIDERS, account)
        if PROVIDER in str((located.value.get("SAMLProvider") or {}).get("Arn"))
    ]


def _home(role: IamRole) -> str:
    """Return the home region that a role's path names; empty where it names none."""
    return role.path.removeprefix(IDENTITY_CENTER_PATH).strip("/")


def _problem(made: list[IamRole], found: list[DirectoryInstance]) -> tuple[str, tuple[str, ...]]:
    """Return what does not agree with the instance, and what that puts in doubt."""
    if not found:
        return "no organization instance was found", (INSTANCE, *ITEMS)
    homes = {home for role in made if (home := _home(role))}
    elsewhere = sorted(homes - {one.region for one in found})
    if elsewhere:
        at = joined_names(one.region for one in found)
        return f"the instance is at home in {at}, not in {joined_names(elsewhere)}", (INSTANCE, *ITEMS)
    return "", ()


def _used_without_set(
    evidence: Evidence, account: str, made: list[IamRole], sets: set[str]
) -> tuple[str, tuple[str, ...]]:
    """Return the roles in use whose permission set no list holds."""
    since = evidence.collected_at(DETAILS, account) - SESSION
    orphans = [
        role.name
        for role in made
        if role.used
        and role.used >= since
        and role.name.removeprefix(IDENTITY_CENTER_PREFIX).rpartition("_")[0] not in sets
    ]
    if not orphans:
        return "", ()
    return f"used within 12 hours, of a permission set that is not listed: {joined_names(orphans)}", ITEMS


def _row(
    account: str, made: list[IamRole], provider: list[Pointer], problem: str, doubts: tuple[str, ...]
) -> Row:
    homes = sorted({_home(role) or "a region not named" for role in made})
    used = max((role.used for role in made if role.used), default=None)
    what = f"{plural(len(made), 'role')} of Identity Center"
    what += f", at home in {joined_names(homes)}, last used {day(used)}" if made else ""
    what += ", and its provider" if provider else ""
    return Row(
        subject=f"Identity Center in {account}",
        account=account,
        verdict=Verdict.EXCEPTION if problem else Verdict.MET,
        observed=f"{what}; {problem}" if problem else what,
        expected=EXPECTED,
        pointers=(*(role.pointer for role in made[:5]), *provider),
        attributes=dict(zip(COLUMNS, (str(len(made)), ", ".join(homes), day(used)), strict=True)),
        doubts=doubts,
    )
