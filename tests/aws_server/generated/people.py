"""Generates Identity Center of an organization: people, groups, permission sets and assignments."""

from collections.abc import Iterator

from evidence.demo_account.account import identity_center as embedded
from evidence.demo_account.account.policies import ADMINISTRATOR, SECURITY_AUDIT, VIEW_ONLY
from evidence.demo_account.account.shapes import allow, document
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT
from evidence.demo_account.planted import PlantedException, permission_set, person
from tests.aws_server.generated.organization import DEVELOPMENT, STAGING, GeneratedOrganization

ADMINISTRATORS = 4
_GIVEN = ("Ingrid", "Tomas", "Amara", "Lucía", "Marek", "Sofia", "Henrik", "Priya", "Daniel", "Claire",
          "Елена", "伟", "由紀", "민준", "ليلى", "Noa", "Giorgos", "Zoë", "Paul", "Kofi")  # fmt: skip
_FAMILY = ("Solheim", "Lindqvist", "Okafor", "Fernández", "Nowak", "Rossi", "Larsen", "Raman", "Osei",
           "Dubois", "Петрова", "张", "田中", "김", "حداد", "Levi", "Papadakis", "Müller", "O'Neill",
           "Mensah")  # fmt: skip


class GeneratedPeople:
    """What Identity Center's answers are made from: the names are those of `account.identity_center`."""

    ISSUER, INSTANCE_AGE = embedded.ISSUER, embedded.INSTANCE_AGE
    joined, member_since = staticmethod(embedded.joined), staticmethod(embedded.member_since)
    APPLICATIONS, TOKEN_ISSUERS = embedded.APPLICATIONS, embedded.TOKEN_ISSUERS

    def __init__(self, organization: GeneratedOrganization) -> None:
        extent = organization.extent
        count = min(3000, 20 + 2 * extent.accounts)
        draw = extent.draw("people")
        self.PEOPLE = tuple(
            (f"person.{number:04d}", draw.choice(_GIVEN), draw.choice(_FAMILY)) for number in range(count)
        )
        names = [name for name, _, _ in self.PEOPLE]
        administrators, others = tuple(names[:ADMINISTRATORS]), names[ADMINISTRATORS:]
        teams: dict[str, list[str]] = {}
        for name in others:
            teams.setdefault(draw.choice(sorted({*organization.DOMAINS.values()})), []).append(name)
        self._left = others[0]
        self.DISABLED = (self._left,)
        self.LOCAL = (("contractor.audit", "External", "Contractor (audit)"),)
        self.GROUPS = {
            "aws-administrators": ("Administer accounts", administrators),
            "aws-auditors": ("External auditors", ("contractor.audit",)),
            **{f"aws-{team}": (f"Team {team}", tuple(members)) for team, members in sorted(teams.items())},
        }
        self.PERMISSION_SETS = {
            "AdministratorAccess": {"managed": [ADMINISTRATOR], "session": "PT1H", "about": "Administrators"},
            "SecurityAudit": {"managed": [SECURITY_AUDIT], "session": "PT8H", "about": "Security, auditors"},
            "ViewOnly": {"managed": [VIEW_ONLY], "session": "PT8H", "about": "Teams in their accounts"},
            "Developer": {
                "managed": [VIEW_ONLY], "session": "PT12H", "about": "Teams outside production",
                "inline": document(allow(["lambda:UpdateFunctionCode"], "arn:aws:lambda:*:*:function:dev-*")),
            },
        }  # fmt: skip
        self.ASSIGNMENTS = tuple(self._assignments(organization, sorted(teams)))

    def _assignments(
        self, organization: GeneratedOrganization, teams: list[str]
    ) -> Iterator[tuple[str, str, str, frozenset[str]]]:
        active = frozenset(organization.active)
        yield "AdministratorAccess", "GROUP", "aws-administrators", active
        yield "SecurityAudit", "GROUP", "aws-auditors", active
        for team in teams:
            own = frozenset(account for account in active if organization.DOMAINS[account] == team)
            tried = frozenset(a for a in own if organization.KINDS[a] in (STAGING, DEVELOPMENT))
            if own:
                yield "ViewOnly", "GROUP", f"aws-{team}", own
            if tried:
                yield "Developer", "GROUP", f"aws-{team}", tried
        self._direct = organization.active[1]
        yield "ViewOnly", "USER", self._left, frozenset({self._direct})

    def planted(self) -> Iterator[tuple[str, PlantedException]]:
        """Yield what is wrong in Identity Center: with its account, none where it is of the organization."""
        direct = f"{permission_set('ViewOnly')} {self._direct} USER:{person(self._left)}"
        yield MANAGEMENT_ACCOUNT, PlantedException("IDC-2", person("contractor.audit"), "Made by hand")
        yield self._direct, PlantedException("IDC-3", direct, "Straight to a person")
        yield "", PlantedException("IDC-5", permission_set("Developer"), "Sessions of 12 hours")
        yield "", PlantedException("IDC-6", person(self._left), "Disabled, still assigned")
