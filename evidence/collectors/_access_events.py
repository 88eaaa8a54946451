"""Lists the events of CloudTrail that tell how access changed: the names that are looked up, and where.

One table: a name that is not in it is not asked for, and nothing may be concluded from its absence.
"""

from dataclasses import dataclass
from enum import StrEnum

ROOT = "root"
"""The user name of root's events, its sign-ins included: looked up as such, whatever they are called."""

_IAM, _ORGANIZATIONS = "iam.amazonaws.com", "organizations.amazonaws.com"
_SSO, _DIRECTORY = "sso.amazonaws.com", "sso-directory.amazonaws.com"
_STORE, _SCIM = "identitystore.amazonaws.com", "identitystore-scim.amazonaws.com"
_CONFIG, _ANALYZER = "config.amazonaws.com", "access-analyzer.amazonaws.com"


class Recorded(StrEnum):
    """Where CloudTrail records an event."""

    IAM = "the region of IAM"
    ORGANIZATIONS = "the region of Organizations"
    HOME = "Identity Center's home region"
    EVERYWHERE = "every region"


@dataclass(frozen=True, slots=True)
class AccessEvents:
    """Events of one kind."""

    names: tuple[str, ...]
    sources: tuple[str, ...]
    """Other services have events of the same names, of people who are none of ours: they are not kept."""
    recorded: Recorded


TABLE = (
    # Where identities come from (IDC-2).
    AccessEvents(
        (
            "CreateExternalIdPConfigurationForDirectory",
            "EnableExternalIdPConfigurationForDirectory",
            "UpdateExternalIdPConfigurationForDirectory",
            "DisableExternalIdPConfigurationForDirectory",
            "DeleteExternalIdPConfigurationForDirectory",
            "ImportExternalIdPCertificate",
            "DeleteExternalIdPCertificate",
            "AssociateDirectory",
            "CreateProvisioningTenant",
            "DeleteProvisioningTenant",
            "CreateBearerToken",
            "DeleteBearerToken",
        ),
        (_SSO, _DIRECTORY),
        Recorded.HOME,
    ),
    # Who is there, and in which groups: by hand, by the API, by SCIM.
    AccessEvents(
        (
            "DeleteUser",
            "DeleteGroup",
            "CreateUser",
            "DisableUser",
            "PatchUser",
            "PutUser",
            "CreateGroup",
            "PatchGroup",
            "AddMemberToGroup",
            "RemoveMemberFromGroup",
            "CreateGroupMembership",
            "DeleteGroupMembership",
        ),
        (_DIRECTORY, _STORE, _SCIM),
        Recorded.HOME,
    ),
    AccessEvents(("CreateAccountAssignment", "DeleteAccountAssignment"), (_SSO,), Recorded.HOME),
    AccessEvents(
        (
            "CreateUser",
            "DeleteUser",
            "CreateAccessKey",
            "UpdateAccessKey",
            "DeleteAccessKey",
            "DeactivateMFADevice",
            "AttachUserPolicy",
            "AddUserToGroup",
        ),
        (_IAM,),
        Recorded.IAM,
    ),
    AccessEvents(("LeaveOrganization", "DisablePolicyType"), (_ORGANIZATIONS,), Recorded.ORGANIZATIONS),
    AccessEvents(("StopConfigurationRecorder", "DeleteConfigRule"), (_CONFIG,), Recorded.EVERYWHERE),
    AccessEvents(("DeleteAnalyzer", "CreateArchiveRule"), (_ANALYZER,), Recorded.EVERYWHERE),
)


def sources_by_name(where: frozenset[Recorded]) -> dict[str, frozenset[str]]:
    """Return the names to ask for in a region that is all of these, each with its sources, by the table."""
    found: dict[str, frozenset[str]] = {}
    for row in TABLE:
        if row.recorded in where:
            for name in row.names:
                found[name] = found.get(name, frozenset()) | frozenset(row.sources)
    return found
