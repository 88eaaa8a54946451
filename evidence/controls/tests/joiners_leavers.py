"""Tests who has access against the company's own list of people: JML-1 to JML-4 (docs/people.md)."""

from collections.abc import Iterator
from datetime import timedelta

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.controls.people_access import NEEDS, USES, UserAccess
from evidence.controls.people_matching import BY_OWNER, RULES, PersonMatch
from evidence.controls.tests._people_rows import (
    Judged,
    columns_of,
    gone,
    list_of,
    rows_of_people,
    user_row,
    user_rows,
)
from evidence.readers.evidence import Evidence
from evidence.readers.identity_store import USERS
from evidence.readers.pointer import Pointer
from evidence.statements.people import StatedPerson

WORD = "The list is the company's own word, and as old as its export. "
_MATCHED = "Matched users to the company's own list of people (people.csv) as JML-1 does. "
_TAKE_AWAY = (
    (
        "[person] aws identitystore list-group-memberships-for-member --identity-store-id {store} "
        "--member-id UserId={person}"
    ),
    (
        "[person] aws identitystore delete-group-membership --identity-store-id {store} --membership-id "
        "{membership_id}"
    ),
    (
        "[person] aws sso-admin list-account-assignments-for-principal --instance-arn {instance} "
        "--principal-type USER --principal-id {person}"
    ),
    "[user] aws iam delete-login-profile --user-name {user}",
    "[user] aws iam list-access-keys --user-name {user}",
    "[user] aws iam update-access-key --user-name {user} --access-key-id {access_key_id} --status Inactive",
)
"""Commands that take a user's access away."""
_ENDED = (
    "Disable or delete the user {subject}: at the identity provider if that provisions it, else in IAM "
    "Identity Center, Users; of an IAM user, under IAM, Users, Security credentials, disable console access "
    "and make its keys inactive."
)


@control_test(
    id="JML-1",
    title="Everybody with access is on the company's list",
    topic=topics.JOINERS_LEAVERS,
    criteria=("CC6.1", "CC6.2"),
    risk="Whom the company does not know as its own keeps access that nobody takes away when they leave.",
    procedure="Held each user against the company's own list of people (people.csv). "
    + " ".join(RULES)
    + " Who answers by the owner tag ({owner_tag}) may not have left for more than {leaver_access_hours} "
    "hours.",
    population="Each user of the identity store that is not disabled and holds an assignment in an open "
    "account, and each IAM user with a console password or an active key; people of the list whose no user "
    "is are listed, out of scope",
    attribute="The user is one person's of the list, or somebody of the list answers for it",
    needs=NEEDS,
    uses=USES,
    needs_people=True,
    empty="Nobody has access.",
    outside="No user has access.",
    severity=Severity.MEDIUM,
    limits=WORD
    + "A user that two lines of it match is not determined. A user name or an address that somebody else "
    "took over is theirs here; a tag says what whoever could tag wrote. Roles that outsiders take are looked "
    "at by TRUST-1, root by ROOT-1 to ROOT-6.",
    remedy=Remedy(
        console="Find out whose {subject} is. Somebody's of the company: add the line to people.csv, or the "
        "user's name or address to the line. A program's: tag it {owner_tag} with the id or e-mail of who "
        "answers for it, or accept it in exceptions.toml. Nobody's: disable or delete it, at the identity "
        "provider if that provisions it, else in IAM Identity Center, Users, or IAM, Users.",
        cli=(
            *_TAKE_AWAY,
            "[user] aws iam tag-user --user-name {user} --tags Key={owner_tag},Value={who_answers}",
        ),
    ),
)
def on_the_list(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per user, then one for each person of the list whose no user is."""
    people = list_of(evidence)
    limit = timedelta(hours=evidence.thresholds.leaver_access_hours)
    used: set[int] = set()

    def judged(user: UserAccess, match: PersonMatch) -> Row:
        if match.by != BY_OWNER:
            used.update(one.line for one in match.candidates)
        return user_row(user, match, _listed(user, match, limit), "on the company's list of people")

    yield from user_rows(evidence, judged, "on the company's list of people")
    if evidence.complete:
        searched = tuple(Pointer(unit.files[0]) for unit in evidence.bundle.units(USERS) if unit.files)[:1]
        yield from (_without_user(one, searched) for one in people.people if one.line not in used)


def _listed(user: UserAccess, match: PersonMatch, limit: timedelta) -> Judged:
    said = f"{user.words}; {match.in_words}"
    if user.outside:
        return Verdict.OUT_OF_SCOPE, said, ""
    if match.ambiguous:
        return Verdict.NOT_DETERMINED, said, "One line is a person's: correct the list, or the user."
    if match.person is None:
        if user.access is None or user.without_tags:
            return Verdict.NOT_DETERMINED, said, user.without_tags
        note = "A program's, as it has keys only: nobody of the list answers for it." if user.service else ""
        return Verdict.EXCEPTION, said, note
    if match.by == BY_OWNER and gone(match.person, user, limit):
        known = Verdict.EXCEPTION if user.access else Verdict.NOT_DETERMINED
        return known, f"{said}, who left {match.person.left}", "Somebody else has to answer for it."
    return Verdict.MET, said, ""


def _without_user(person: StatedPerson, searched: tuple[Pointer, ...]) -> Row:
    return Row(
        subject=f"people.csv line {person.line}",
        account="",
        verdict=Verdict.OUT_OF_SCOPE,
        observed=f"{person.label} has no user",
        outside="on the list, and without a user in AWS",
        expected="nothing: not everybody needs access",
        pointers=searched,
        attributes=columns_of(None, person, ""),
    )


@control_test(
    id="JML-2",
    title="Who left has no access",
    topic=topics.JOINERS_LEAVERS,
    criteria=("CC6.2", "CC6.3"),
    risk="Who left can still read, change and delete, and nobody watches what they do.",
    procedure=_MATCHED + "Of those whose last day ended, at 24:00 UTC, more than {leaver_access_hours} hours "
    "before the users were listed, none may have access.",
    population="Each user with access, as in JML-1, that is one person's of the list",
    attribute="The person has not left for more than {leaver_access_hours} hours",
    needs=NEEDS,
    uses=USES,
    needs_people=True,
    empty="Nobody has access.",
    outside="No user with access is a person's of the list.",
    severity=Severity.MEDIUM,
    limits=WORD + "This is one day: when access was taken away is told by `evidence period`, over several "
    "bundles. Sessions that began before last until they end (IDC-5). Users that are on no line are JML-1's.",
    remedy=Remedy(console=_ENDED + " Then look at what was done with it since the last day.", cli=_TAKE_AWAY),
)
def leavers(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per user."""
    people = list_of(evidence)
    limit = timedelta(hours=evidence.thresholds.leaver_access_hours)

    def judge(person: StatedPerson, user: UserAccess) -> Judged:
        if not people.says("left"):
            return Verdict.NOT_DETERMINED, "the list has no column left", ""
        if person.left is None:
            return Verdict.MET, "no last day", ""
        if gone(person, user, limit):
            return Verdict.EXCEPTION, f"last day {person.left}", ""
        note = "Within the time allowed." if gone(person, user, timedelta()) else ""
        return Verdict.MET, f"last day {person.left}", note

    yield from rows_of_people(
        evidence, judge, f"no access {evidence.thresholds.leaver_access_hours} h after leaving"
    )


@control_test(
    id="JML-3",
    title="Nobody has access before starting",
    topic=topics.JOINERS_LEAVERS,
    criteria=("CC6.2", "CC6.3"),
    risk="Access before the first day is used by somebody who has signed nothing yet, or by somebody else.",
    procedure=_MATCHED + "Nobody may have access whose first day is after the UTC day on which the users "
    "were listed.",
    population="Each user with access, as in JML-1, that is one person's of the list",
    attribute="The person's first day has come",
    needs=NEEDS,
    uses=USES,
    needs_people=True,
    empty="Nobody has access.",
    outside="No user with access is a person's of the list.",
    severity=Severity.MEDIUM,
    limits=WORD + "This is one day: what was so between two bundles is told by `evidence period`.",
    remedy=Remedy(
        console=_ENDED + " Give the access back on the first day; or correct the day in people.csv.",
        cli=_TAKE_AWAY,
    ),
)
def joiners(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per user."""

    def judge(person: StatedPerson, user: UserAccess) -> Judged:
        if person.started is None:
            return Verdict.NOT_DETERMINED, "the list does not say since when", ""
        early = person.started > user.seen.date()
        return Verdict.EXCEPTION if early else Verdict.MET, f"first day {person.started}", ""

    yield from rows_of_people(evidence, judge, "a first day that has come")


@control_test(
    id="JML-4",
    title="Contractors have an end date that has not passed",
    topic=topics.JOINERS_LEAVERS,
    criteria=("CC6.2", "CC6.3"),
    risk="A contract without an end in the list is one after which nobody thinks of the access.",
    procedure=_MATCHED
    + "Of those whom the list calls contractors, looked at the end of the contract (left): "
    "it must be there, and not before the UTC day on which the users were listed.",
    population="Each user with access, as in JML-1, that is one contractor's of the list",
    attribute="The contract has an end that has not passed",
    needs=NEEDS,
    uses=USES,
    needs_people=True,
    empty="Nobody has access.",
    outside="No user with access is a contractor's of the list.",
    severity=Severity.MEDIUM,
    limits=WORD + "Who is a contractor is what it says, and an empty cell says no.",
    remedy=Remedy(
        console="Ask who ordered the work ({manager}) until when it goes on, and write the day into "
        "people.csv; where it is over: " + _ENDED[0].lower() + _ENDED[1:],
        cli=_TAKE_AWAY,
    ),
)
def contractors(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per user; those of employees are out of scope."""
    people = list_of(evidence)

    def judge(person: StatedPerson, user: UserAccess) -> Judged:
        if not people.says("contractor"):
            return Verdict.NOT_DETERMINED, "the list has no column contractor", ""
        if not person.contractor:
            return Verdict.OUT_OF_SCOPE, "no contractor", ""
        if person.left is None:
            return Verdict.EXCEPTION, "a contractor without an end date", ""
        ended = person.left < user.seen.date()
        return Verdict.EXCEPTION if ended else Verdict.MET, f"a contractor until {person.left}", ""

    yield from rows_of_people(evidence, judge, "an end date that has not passed", "not a contractor's")
