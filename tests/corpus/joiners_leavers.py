"""JML: who has access against the company's own list of people. The day of the evidence is 1 October, 06:00."""

# ruff: noqa: E501  rows of tables are read across

from typing import Any

from evidence.controls.declaration import Conclusion
from evidence.readers.evidence import Known
from evidence.statements.people import PeopleFile
from tests.controls.world import ACCOUNT, IAM, KNOWN, key, password, row
from tests.controls.world_records import (
    ADMIN_SET,
    ADMINISTRATOR,
    DETAILS,
    member,
    permission_set,
    person,
    user,
)
from tests.corpus.labelled import EMPTY, EXCEPTION, FAIL, MET, OPEN, OUTSIDE, PASS, UNSETTLED, Case, table

IAM_DETAILS, ASSIGNMENTS = "iam.authorization-details", "identity-center.assignments"
SETS, USERS, GROUPS = "identity-center.permission-sets", "identity-store.users", "identity-store.groups"
HEAD = "id,name,email,started,left,manager,contractor"
OTHERS = "ledger team,The ledger team,,2024-01-01,,,no"
"""Who answers for the service account of the account in good order."""


def known(*lines: str, head: str = HEAD) -> Known:
    """A list of these lines, the first of which is line 2."""
    return Known(people=PeopleFile.read("\n".join((head, *lines)).encode()))


def assigned(
    principal: str, kind: str = "USER", sets: str = ADMIN_SET, account: str = ACCOUNT
) -> dict[str, str]:
    return {"AccountId": account, "PermissionSetArn": sets, "PrincipalType": kind, "PrincipalId": principal}


def store(changes: dict[str, Any] | None = None, **others: Any) -> dict[str, Any]:
    """Ann, of Identity Center, alone, with a permission set of her own."""
    return {USERS: [person("ann") | (changes or {})], ASSIGNMENTS: [assigned("id-ann")]} | others


def mails(*addresses: tuple[str, bool]) -> dict[str, Any]:
    return {"Emails": [{"Value": value, "Primary": primary} for value, primary in addresses]}


def without(name: str) -> dict[str, Any]:
    return {USERS: [{key: value for key, value in person("ann").items() if key != name}]}


ANN = "ann,Ann Berg,ann@x.example,2025-01-01,,,no"
CUT = {ASSIGNMENTS: [assigned("id-ann", sets="arn:cut")]}
CLOSED = {"organizations.accounts": [member(ACCOUNT, "management"), member("333333333333", "old", "SUSPENDED")],
          ASSIGNMENTS: [assigned("id-ann", account="333333333333")]}  # fmt: skip

Value = tuple[str, dict[str, Any], Conclusion, str]


def _store(value: Value) -> dict[str, Any]:
    """Of (Ann's line or lines, records, conclusion, verdict on Ann)."""
    lines, records, conclusion, verdict = value
    return {"records": store() | records, "known": known(OTHERS, *lines.split("\n")), "conclusion": conclusion,
            "rows": {"id-ann": verdict}}  # fmt: skip


CASES: tuple[Case, ...] = (
    Case("JML-1", "everybody is on the list", PASS, {"id-ingrid": MET, "id-tomas": OUTSIDE, "user/svc-ledger": MET,
         "user/dormant": OUTSIDE, "people.csv line 3": OUTSIDE}, known=KNOWN, only=True),
    Case("JML-1", "nobody said who is on it", OPEN, only=True),
    Case("JML-1", "a user that cannot be read costs one row", OPEN, {"id-ann": MET, "organization/identity-store/users.jsonl:2": UNSETTLED},
         store() | {USERS: [person("ann"), {"UserName": "b"}]}, known=known(OTHERS, ANN)),
    Case("JML-1", "a group that cannot be read hides no IAM user", FAIL, {"user/svc-ledger": EXCEPTION},
         store() | {GROUPS: [{}]}, known=known(ANN)),
)  # fmt: skip
CASES += table("JML-1", {
    "the id is the user name": (ANN, {}, PASS, MET),
    "the id in capitals": ("ANN,,,,,,", {}, PASS, MET),
    "the e-mail is the user name": (",Ann,ann@x.example,,,,", {USERS: [person("ann") | {"UserName": "Ann@X.example"}]}, PASS, MET),
    "the e-mail is the primary one": (",Ann,ann@x.example,,,,", {USERS: [person("ann") | {"UserName": "a1"} | mails(("b@x.example", False), ("ann@x.example", True))]}, PASS, MET),
    "the e-mail is the only one": (",Ann,ann@x.example,,,,", {USERS: [person("ann") | {"UserName": "a1", "Emails": [{"Value": "ann@x.example"}]}]}, PASS, MET),
    "the e-mail is another than the primary one": (",Ann,ann@x.example,,,,", {USERS: [person("ann") | {"UserName": "a1"} | mails(("ann@x.example", False), ("b@x.example", True))]}, FAIL, EXCEPTION),
    "the same display name and nothing else": (",Ann Berg,a.berg@x.example,,,,", {USERS: [person("ann") | {"DisplayName": "Ann Berg"}]}, FAIL, EXCEPTION),
    "the e-mail's first part is the user name": (",Ann,ann@x.example,,,,", {}, FAIL, EXCEPTION),
    "two lines, one by the id and one by the e-mail": ("ann,Ann,,,,,\nanna,Anna,ann@x.example,,,,", {USERS: [person("ann") | mails(("ann@x.example", True))]}, OPEN, UNSETTLED),
    "somebody else": ("bob,Bob,bob@x.example,,,,", {}, FAIL, EXCEPTION),
    "left, and is on the list all the same": ("ann,Ann,,2020-01-01,2021-01-01,,no", {}, PASS, MET),
    "nobody knows her, and she is disabled": ("bob,,,,,,", {USERS: [person("ann") | {"UserStatus": "DISABLED"}]}, PASS, OUTSIDE),
    "nobody knows her, and no status": ("bob,,,,,,", without("UserStatus"), OPEN, UNSETTLED),
    "nobody knows her, and a new status": ("bob,,,,,,", {USERS: [person("ann") | {"UserStatus": "PAUSED"}]}, OPEN, UNSETTLED),
    "nobody knows her, and she holds nothing": ("bob,,,,,,", {ASSIGNMENTS: []}, PASS, OUTSIDE),
    "nobody knows her, in an account that is closed": ("bob,,,,,,", CLOSED, PASS, OUTSIDE),
    "nobody knows her, a set that no list holds": ("bob,,,,,,", CUT, OPEN, UNSETTLED),
    "nobody knows her, through a group": ("bob,,,,,,", {ASSIGNMENTS: [assigned("g-1", "GROUP")],
        "identity-store.memberships": [{"GroupId": "g-1", "MembershipId": "m", "MemberId": {"UserId": "id-ann"}}]}, FAIL, EXCEPTION),
    "an id with a blank behind it": ("ann\u00a0,Ann,,,,,", {}, PASS, MET),
}, _store)  # fmt: skip

STRONG = {"AttachedManagedPolicies": [{"PolicyArn": ADMINISTRATOR, "PolicyName": "p"}]}
KEY_ONLY, CONSOLE = row("kim", **key(1, 30, 1)), row("kim", **password(30, 1))


def tagged(**tags: str) -> dict[str, Any]:
    return {"Tags": [{"Key": name, "Value": value} for name, value in tags.items()]}


IamValue = tuple[str, dict[str, str], dict[str, Any] | None, Conclusion, str]


def _iam(value: IamValue) -> dict[str, Any]:
    """Of (Kim's line, row of the report, what the details say, None for nothing, conclusion, verdict on Kim)."""
    lines, report, detail, conclusion, verdict = value
    more = [] if detail is None else [user("kim", **detail)]
    return {"records": store() | {IAM_DETAILS: [*DETAILS, *more]}, "report": [report, row("svc-ledger", **key(1, 30, 1))],
            "known": known(OTHERS, ANN, *lines.split("\n")), "conclusion": conclusion, "rows": {"user/kim": verdict}}  # fmt: skip


LISTED, NOBODY = "kim,Kim,kim@x.example,2024-01-01,,,no", "zoe,Zoe,zoe@x.example,2024-01-01,,,no"
CASES += table("JML-1", {
    "IAM: a password, and the id is the user name": (LISTED, CONSOLE, {}, PASS, MET),
    "IAM: a password, and nobody's": (NOBODY, CONSOLE, tagged(), FAIL, EXCEPTION),
    "IAM: a password, and the tag email": (",Kim,kim.1@x.example,,,,", CONSOLE, tagged(Email="Kim.1@x.example"), PASS, MET),
    "IAM: keys only, and the id is the user name": (LISTED, KEY_ONLY, {}, PASS, MET),
    "IAM: keys only, the owner is on the list by e-mail": (NOBODY, KEY_ONLY, tagged(owner="zoe@x.example"), PASS, MET),
    "IAM: keys only, the owner is on the list by id": (NOBODY, KEY_ONLY, tagged(Owner="Zoe"), PASS, MET),
    "IAM: keys only, the owner is a name": (NOBODY, KEY_ONLY, tagged(owner="Zoe Ek"), FAIL, EXCEPTION),
    "IAM: keys only, the owner is a team": (NOBODY, KEY_ONLY, tagged(owner="team@x.example"), FAIL, EXCEPTION),
    "IAM: keys only, without a tag": (NOBODY, KEY_ONLY, tagged(), FAIL, EXCEPTION),
    "IAM: the tag email goes before the owner's": (f"{LISTED}\n{NOBODY}", row("k1", **key(1, 30, 1)) | {"arn": f"{IAM}:user/kim"}, tagged(email="kim@x.example", owner="zoe"), PASS, MET),
    "IAM: the owner left 30 hours ago": ("zoe,Zoe,,,2026-09-29,,no", KEY_ONLY, tagged(owner="zoe"), FAIL, EXCEPTION),
    "IAM: the owner left 6 hours ago": ("zoe,Zoe,,,2026-09-30,,no", KEY_ONLY, tagged(owner="zoe"), PASS, MET),
    "IAM: nothing that could be used": (NOBODY, row("kim"), tagged(), PASS, OUTSIDE),
    "IAM: credentials without a column": (NOBODY, row("kim", additional_credentials_info="one more"), tagged(), OPEN, UNSETTLED),
    "IAM: made after the details were listed": (NOBODY, CONSOLE, None, OPEN, UNSETTLED),
    "IAM: on the list, made after the details were listed": (LISTED, CONSOLE, None, PASS, MET),
}, _iam)  # fmt: skip
CASES += (
    Case("JML-1", "an administrator weighs more", FAIL, {"user/kim": EXCEPTION, "id-ann": EXCEPTION, "id-bob": EXCEPTION},
         {IAM_DETAILS: [*DETAILS, user("kim", **STRONG, **tagged())], USERS: [person("ann"), person("bob")],
          SETS: [permission_set("Admin_Set", ADMIN_SET, managed=(ADMINISTRATOR,)), permission_set("Other", "arn:o")],
          ASSIGNMENTS: [assigned("id-ann"), assigned("id-bob", sets="arn:o")]},
         report=[CONSOLE], known=known(OTHERS),
         severities={"user/kim": "high", "id-ann": "high", "id-bob": "medium"}),
)  # fmt: skip


def day(name: str, when: str, contractor: str = "no") -> str:
    """Ann's line with one day."""
    started, left = (when, "") if name == "started" else ("2025-01-01", when)
    return f"ann,Ann,,{started},{left},zoe,{contractor}"


UNLISTED = "bob,Bob,,2025-01-01,,,no"
TWO = "ann,Ann,,2030-01-01,,,yes\nanna,Anna,ann@x.example,2030-01-01,,,yes"
MAILED = {USERS: [person("ann") | mails(("ann@x.example", True))]}
DISABLED = {USERS: [person("ann") | {"UserStatus": "DISABLED"}]}
CASES += table("JML-2", {
    "no last day": (day("left", ""), {}, PASS, MET),
    "left 30 hours ago": (day("left", "2026-09-29"), {}, FAIL, EXCEPTION),
    "left 6 hours ago": (day("left", "2026-09-30"), {}, PASS, MET),
    "the last day is today": (day("left", "2026-10-01"), {}, PASS, MET),
    "the last day is to come": (day("left", "2026-12-31"), {}, PASS, MET),
    "the last day there is": (day("left", "9999-12-31"), {}, PASS, MET),
    "left long ago": ("ann,Ann,,0001-01-01,0001-01-01,,no", {}, FAIL, EXCEPTION),
    "left, and is disabled": (day("left", "2026-01-01"), DISABLED, EMPTY, OUTSIDE),
    "left, and holds nothing": (day("left", "2026-01-01"), {ASSIGNMENTS: []}, EMPTY, OUTSIDE),
    "left, and a new status": (day("left", "2026-01-01"), {USERS: [person("ann") | {"UserStatus": "PAUSED"}]}, OPEN, UNSETTLED),
    "here, and a new status": (day("left", ""), {USERS: [person("ann") | {"UserStatus": "PAUSED"}]}, PASS, MET),
    "left, a set that no list holds": (day("left", "2026-01-01"), CUT, OPEN, UNSETTLED),
    "on no line": (UNLISTED, {}, EMPTY, OUTSIDE),
    "on two lines": (TWO, MAILED, OPEN, UNSETTLED),
}, _store)  # fmt: skip
CASES += table("JML-2", {
    "IAM: left, and has a password": (LISTED.replace(",,,no", ",2026-09-01,,no"), CONSOLE, {}, FAIL, EXCEPTION),
    "IAM: left, and has a key": (LISTED.replace(",,,no", ",2026-09-01,,no"), KEY_ONLY, {}, FAIL, EXCEPTION),
    "IAM: left, and has nothing that could be used": (LISTED.replace(",,,no", ",2026-09-01,,no"), row("kim"), {}, PASS, OUTSIDE),
    "IAM: the owner left": (NOBODY.replace(",,,no", ",2026-09-01,,no"), KEY_ONLY, tagged(owner="zoe"), PASS, OUTSIDE),
    "IAM: whose tags are not known": (NOBODY, CONSOLE, None, OPEN, UNSETTLED),
}, _iam)  # fmt: skip
CASES += (
    Case("JML-2", "exactly as many hours as allowed", PASS, {"id-ann": MET}, store(),
         known=known(OTHERS, day("left", "2026-09-30")), thresholds={"leaver_access_hours": 6}),
    Case("JML-2", "an hour more than allowed", FAIL, {"id-ann": EXCEPTION}, store(),
         known=known(OTHERS, day("left", "2026-09-30")), thresholds={"leaver_access_hours": 5}, severities={"id-ann": "high"}),
    Case("JML-2", "a list that does not say who left", OPEN, {"id-ann": UNSETTLED}, store(), known=known("ann", head="id")),
    Case("JML-2", "nobody gave a list", OPEN, records=store(), only=True),
)  # fmt: skip
CASES += table("JML-3", {
    "the first day is today": (day("started", "2026-10-01"), {}, PASS, MET),
    "the first day is tomorrow": (day("started", "2026-10-02"), {}, FAIL, EXCEPTION),
    "the first day was long ago": (day("started", "1999-10-02"), {}, PASS, MET),
    "no first day": (day("started", ""), {}, OPEN, UNSETTLED),
    "to come, and disabled": (day("started", "2026-11-01"), DISABLED, EMPTY, OUTSIDE),
    "to come, and holds nothing": (day("started", "2026-11-01"), {ASSIGNMENTS: []}, EMPTY, OUTSIDE),
    "to come, and no status": (day("started", "2026-11-01"), without("UserStatus"), OPEN, UNSETTLED),
    "on no line": (UNLISTED, {}, EMPTY, OUTSIDE),
    "on two lines": (TWO, MAILED, OPEN, UNSETTLED),
}, _store)  # fmt: skip
CASES += table("JML-3", {
    "IAM: to come, and has a password": (LISTED.replace("2024", "2027"), CONSOLE, {}, FAIL, EXCEPTION),
    "IAM: to come, and has a key": (LISTED.replace("2024", "2027"), KEY_ONLY, {}, FAIL, EXCEPTION),
    "IAM: the owner is to come": (NOBODY.replace("2024", "2027"), KEY_ONLY, tagged(owner="zoe"), PASS, OUTSIDE),
}, _iam)  # fmt: skip
CASES += table("JML-4", {
    "the contract ends today": (day("left", "2026-10-01", "yes"), {}, PASS, MET),
    "the contract ends next year": (day("left", "2027-10-01", "Yes"), {}, PASS, MET),
    "the contract ended yesterday": (day("left", "2026-09-30", "yes"), {}, FAIL, EXCEPTION),
    "the contract has no end": (day("left", "", "yes"), {}, FAIL, EXCEPTION),
    "no contractor": (day("left", "", "no"), {}, EMPTY, OUTSIDE),
    "an empty cell": (day("left", "", ""), {}, EMPTY, OUTSIDE),
    "no end, and disabled": (day("left", "", "yes"), DISABLED, EMPTY, OUTSIDE),
    "no end, and no status": (day("left", "", "yes"), without("UserStatus"), OPEN, UNSETTLED),
    "on no line": (UNLISTED, {}, EMPTY, OUTSIDE),
    "on two lines": (TWO, MAILED, OPEN, UNSETTLED),
}, _store)  # fmt: skip
CASES += table("JML-4", {
    "IAM: no end, and has a password": (LISTED.replace(",no", ",yes"), CONSOLE, {}, FAIL, EXCEPTION),
    "IAM: no end, and owns a service account": (NOBODY.replace(",no", ",yes"), KEY_ONLY, tagged(owner="zoe"), EMPTY, OUTSIDE),
}, _iam)  # fmt: skip
CASES += (
    Case("JML-4", "a list that does not say who is a contractor", OPEN, {"id-ann": UNSETTLED}, store(),
         known=known("ann,", head="id,left")),
)  # fmt: skip
