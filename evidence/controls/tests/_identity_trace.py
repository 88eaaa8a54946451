"""Traces a role of Identity Center to the people who can take it: set, assignment, group, member."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from evidence.controls.declaration import Verdict
from evidence.readers.authorization_details import IDENTITY_CENTER_PREFIX
from evidence.readers.evidence import Evidence, joined_names, plural
from evidence.readers.identity_directory import ASSIGNMENTS, GROUPS, ITEMS, MEMBERSHIPS, SETS, USERS


class RoleTracer:
    """Reads Identity Center's items once, when the first role is traced."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    def trace(self, account: str, role: str) -> tuple[Verdict, str]:
        """Return the verdict on a role `AWSReservedSSO_<permission set>_<16 hex digits>` and its trace."""
        missing = [item for item in ITEMS if not self._evidence.has(item)]
        if missing:
            return Verdict.NOT_DETERMINED, f"Cannot be traced to people: {', '.join(missing)} not collected."
        name = role.removeprefix(IDENTITY_CENTER_PREFIX).rpartition("_")[0]
        sets = self._sets.get(name, [])
        if not sets:
            return Verdict.EXCEPTION, f"Identity Center has no permission set {name}: the role is a leftover."
        entries = [entry for arn in sets for entry in self._assignments[account, arn]]
        holders = joined_names(sorted(self._holder(entry) for entry in entries)) or "assigned to nobody"
        return Verdict.MET, f"Permission set {name}: {holders}."

    def _holder(self, entry: dict[str, Any]) -> str:
        principal = entry["PrincipalId"]
        if entry["PrincipalType"] == "USER":
            return f"user {self._users.get(principal, f'{principal} (deleted)')}"
        members = sorted(self._users.get(user, f"{user} (deleted)") for user in self._members[principal])
        group = self._groups.get(principal, f"{principal} (deleted)")
        return f"group {group} with {plural(len(members), 'member')}: {joined_names(members)}".rstrip(": ")

    @cached_property
    def _sets(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for record in self._values(SETS):
            found[record["PermissionSet"]["Name"]].append(record["PermissionSet"]["PermissionSetArn"])
        return found

    @cached_property
    def _assignments(self) -> dict[tuple[str, str], list[dict[str, Any]]]:
        found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for record in self._values(ASSIGNMENTS):
            found[record["AccountId"], record["PermissionSetArn"]].append(record)
        return found

    @cached_property
    def _users(self) -> dict[str, str]:
        return {record["UserId"]: record.get("UserName", record["UserId"]) for record in self._values(USERS)}

    @cached_property
    def _groups(self) -> dict[str, str]:
        return {
            record["GroupId"]: record.get("DisplayName", record["GroupId"]) for record in self._values(GROUPS)
        }

    @cached_property
    def _members(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for record in self._values(MEMBERSHIPS):
            found[record["GroupId"]].append(record["MemberId"]["UserId"])
        return found

    def _values(self, item: str) -> Iterator[dict[str, Any]]:
        return (located.value for located in self._evidence.records(item))
