"""Generates an organization's accounts, its tree of organizational units and its policies."""

from collections.abc import Iterator
from typing import Any

from evidence.demo_account.account import organization as embedded
from evidence.demo_account.account.shapes import deny, document
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT, ORGANIZATION_ID, digest, hex_of
from evidence.demo_account.planted import PlantedException
from tests.aws_server.generated.extent import BY_DEFAULT, REGIONS, Extent

MANAGEMENT, SECURITY, LOGS, SHARED = "management", "security", "logs", "shared"
PRODUCTION, STAGING, DEVELOPMENT, SANDBOX = "production", "staging", "development", "sandbox"
WORKLOADS = {PRODUCTION: 30, STAGING: 20, DEVELOPMENT: 20, SANDBOX: 20, SHARED: 10}
"""Kinds of account and how many of a hundred there are."""
DOMAINS = ("payments", "ledger", "risk", "data", "mobile", "portal", "lending", "treasury", "identity",
           "search", "marketing", "logistics")  # fmt: skip
ACTIVE, SUSPENDED, CLOSING = "ACTIVE", "SUSPENDED", "PENDING_CLOSURE"
_ACCOUNTS_OF_A_DOMAIN = 25

Row = tuple[str, str, str, str, str, int]


class GeneratedOrganization:
    """What the answers about the organization are made from: the names are those of `account.organization`.

    Of a hundred accounts about two are suspended and one was taken over with a company that was bought; its
    OU is not under the policy that restricts root. In small organizations there is one of each from five
    and eight accounts on. One in 150 is being closed.
    """

    ROOT_ID = embedded.ROOT_ID
    SECURITY_CONTACT = embedded.SECURITY_CONTACT

    def __init__(self, extent: Extent) -> None:
        self.extent = extent
        self.OUS: dict[str, tuple[str, str]] = {}
        self.KINDS: dict[str, str] = {}
        """Account to its kind."""
        self.DOMAINS: dict[str, str] = {}
        """Account to the team it belongs to."""
        self._tree()
        self.ACCOUNTS: tuple[Row, ...] = tuple(self._rows())
        self.ROWS = {row[0]: row for row in self.ACCOUNTS}
        self.active = tuple(row[0] for row in self.ACCOUNTS if row[3] == ACTIVE)
        """Ids of the accounts that can be entered, the management account first."""
        self.DELEGATED = {
            self.active[1]: {
                "access-analyzer.amazonaws.com": 700, "config.amazonaws.com": 690,
                "guardduty.amazonaws.com": 720,
            },
            self.active[2]: {"cloudtrail.amazonaws.com": 690},
        }  # fmt: skip
        self.AGGREGATOR = (self.active[1], *embedded.AGGREGATOR[1:])
        self.ACCOUNT_TAGS = {
            account: {"environment": kind, "owner": f"{self.DOMAINS[account]}@northwind.example"}
            for account, kind in self.KINDS.items()
        }
        self.ENABLED_REGIONS = {
            name: "ENABLED_BY_DEFAULT" if name in BY_DEFAULT else "ENABLED" for name in extent.enabled
        }
        self.DISABLED_REGIONS = REGIONS[extent.regions :]
        self.POLICIES = tuple(self._policies())

    def _ou(self, name: str, parent: str) -> str:
        number = f"ou-nw01-{hex_of(8, 'unit', name, parent)}"
        self.OUS[number] = (name, parent)
        return number

    def _tree(self) -> None:
        self._security, self._infrastructure, workloads, self._sandbox, self._closed = (
            self._ou(name, self.ROOT_ID)
            for name in ("Security", "Infrastructure", "Workloads", "Sandbox", "Suspended")
        )
        self._bound = (self._security, self._infrastructure, workloads, self._sandbox, self._closed)
        self._acquired = self._ou("Acquired", self.ROOT_ID) if self.extent.accounts >= 8 else ""
        self._domains = DOMAINS[: max(1, min(len(DOMAINS), self.extent.accounts // _ACCOUNTS_OF_A_DOMAIN))]
        self._places: dict[tuple[str, str], str] = {}
        for domain in self._domains:
            above = self._ou(domain.capitalize(), workloads)
            production, other = self._ou("Production", above), self._ou("Non-production", above)
            self._places |= {(domain, PRODUCTION): production, (domain, STAGING): other,
                             (domain, DEVELOPMENT): other}  # fmt: skip

    def _rows(self) -> Iterator[Row]:
        yield self._row(MANAGEMENT_ACCOUNT, MANAGEMENT, "platform", ACTIVE, self.ROOT_ID)
        yield self._row(self._number(1), SECURITY, "security", ACTIVE, self._security)
        yield self._row(self._number(2), LOGS, "security", ACTIVE, self._security)
        count = self.extent.accounts
        suspended = max(round(count * 0.02), int(count >= 5))
        closing = max(count // 150, int(count >= 30))
        acquired = max(count // 100, 1) if self._acquired else 0
        for index in range(3, count):
            draw = self.extent.draw("account", str(index))
            kind = draw.choices(list(WORKLOADS), list(WORKLOADS.values()))[0]
            domain = draw.choice(self._domains)
            state, ou = ACTIVE, self._place(kind, domain)
            if index >= count - suspended:
                state, ou = SUSPENDED, self._closed
            elif index >= count - suspended - closing:
                state, ou = CLOSING, self._closed
            elif index < 3 + acquired:
                ou = self._acquired
            yield self._row(self._number(index), kind, domain, state, ou)

    def _place(self, kind: str, domain: str) -> str:
        if kind == SANDBOX:
            return self._sandbox
        return self._places.get((domain, kind), self._infrastructure)

    def _number(self, index: int) -> str:
        """Return an account number; the index is its end, so that no two are the same."""
        drawn = int.from_bytes(digest("account", str(self.extent.seed), str(index))[:4], "big")
        return f"{2 + drawn % 7}{drawn % 10**6:06d}{index:05d}"

    def _row(self, account: str, kind: str, domain: str, state: str, ou: str) -> Row:
        self.KINDS[account], self.DOMAINS[account] = kind, domain
        age = self.extent.draw("age", account).randint(200, 1400)
        name = f"{domain}-{kind}-{account[-5:]}"
        if kind == MANAGEMENT:
            name, age = "Northwind Ledger (management)", 2190
        return (account, name, f"aws+{name.split(' ')[0].lower()}@northwind.example", state, ou, age)

    def _policies(self) -> Iterator[tuple[Any, ...]]:
        everywhere = (self.ROOT_ID, *self.OUS, *self.ROWS)
        targets = {
            "p-FullAWSAccess": everywhere, "p-RCPFullAWSAccess": everywhere,
            "p-nwleave1": (self.ROOT_ID,), "p-nwroot01": self._bound, "p-nwquaran": (self._closed,),
        }  # fmt: skip
        for row in embedded.POLICIES:
            if row[0] in targets:
                yield (*row[:6], targets[row[0]])
        trail = document(deny(["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"]))
        yield ("p-nwtrail1", "ProtectLogging", "Nobody stops the trail", embedded.SCP, False, trail,
               self._bound)  # fmt: skip

    def planted(self) -> Iterator[tuple[str, PlantedException]]:
        """Yield account and exception of each account outside the policies that bind the others."""
        base = f"arn:aws:organizations::{MANAGEMENT_ACCOUNT}:account/{ORGANIZATION_ID}"
        for account, _, _, state, ou, _ in self.ACCOUNTS:
            if ou == self._acquired and state == ACTIVE:
                why = "Its OU is not under the policy that denies root"
                yield account, PlantedException("ROOT-6", f"{base}/{account}", why)
