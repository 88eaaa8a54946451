"""Serves a generated organization: an account is made when asked for, and forgotten again."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from evidence.demo_account.account import config_rules, members, trails
from evidence.demo_account.account.shapes import User
from evidence.demo_account.answers import AnswerContext
from evidence.demo_account.answers.last_accessed import job_id
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT
from evidence.demo_account.moto_account import fill_member
from evidence.demo_account.planted import PlantedException
from evidence.demo_account.trail import Trail
from evidence.demo_account.world import Wsgi
from tests.aws_server.generated.extent import HOME, Extent
from tests.aws_server.generated.organization import GeneratedOrganization
from tests.aws_server.generated.people import GeneratedPeople
from tests.aws_server.generated.plants import spoil
from tests.aws_server.generated.site import GeneratedAccount

KEPT = 512
"""Accounts kept at once; the one not asked for longest goes first."""


@dataclass
class GeneratedAccountContext(AnswerContext):
    """Answers of one generated account."""

    holds: Any = None
    """A backend of moto's with the account's IAM."""
    root_user: User | None = members.ROOT
    own: bool = True

    @property
    def iam(self) -> Any:
        """The account's IAM."""
        return self.holds

    def job(self, number: str) -> str | None:
        """Return a last-accessed job; what another process started is found by its id, and done."""
        if number in self.jobs:
            return self.jobs[number]
        held = (self.iam.roles, self.iam.users, self.iam.groups, self.iam.managed_policies)
        for arn in (one.arn for kind in held for one in kind.values()):
            for level in ("ACTION_LEVEL", "SERVICE_LEVEL"):
                if job_id(arn, level) == number:
                    return f"{arn}|{level}|polled"
        return None


class GeneratedWorld:
    """The accounts of a generated organization. Safe for use by many threads."""

    moto: Wsgi | None = None

    def __init__(self, extent: Extent, now: datetime, trail: Trail | None) -> None:
        self._now, self._trail = now, trail
        self.organization = GeneratedOrganization(extent)
        self._people = GeneratedPeople(self.organization)
        self._open = frozenset(self.organization.active)
        self._kept: OrderedDict[str, GeneratedAccountContext] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def management(self) -> AnswerContext:
        """The management account's context."""
        return self._of(MANAGEMENT_ACCOUNT)

    def context(self, account: str) -> AnswerContext | None:
        """Return an account's context, None for one that nobody can enter (suspended, closing)."""
        return self._of(account) if account in self._open else None

    def _of(self, account: str) -> GeneratedAccountContext:
        with self._lock:
            context = self._kept.get(account)
            if context is None:
                context = self._kept[account] = self._made(account)
                if len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(account)
            return context

    def site(self, account: str) -> GeneratedAccount:
        """Return what an account holds, its plants applied."""
        site = GeneratedAccount(self.organization, account)
        spoil(site, self.organization)
        return site

    def _made(self, account: str) -> GeneratedAccountContext:
        site = self.site(account)
        return GeneratedAccountContext(
            now=self._now, account=account, trail=self._trail, organization=self.organization,
            config=_config(site), analyzers=_analyzers(site), people=self._people, trails=_trails(site),
            neighbour=self.context, holds=_backend_of(account, site.content(), self._now),
            root_user=site.root,
        )  # fmt: skip

    def planted(self) -> Iterator[tuple[str, PlantedException]]:
        """Yield every exception with its account: the organization's first, then account by account."""
        yield from self.organization.planted()
        yield from self._people.planted()
        for account in self.organization.active:
            yield from ((account, plant) for plant in self.site(account).planted)


def _backend_of(account: str, content: members.MemberAccount, now: datetime) -> Any:
    """Return a backend of moto's that holds one account, and of which moto itself knows nothing."""
    from moto.core.model_instances import reset_model_data
    from moto.iam.models import IAMBackend

    backend = IAMBackend("aws", account)
    fill_member(backend, account, content, now)
    reset_model_data()  # moto remembers every object it ever made
    return backend


def _config(site: GeneratedAccount) -> Any:
    """Return what Config's answers are made from: the names are those of `account.config_rules`."""
    recording = {region: (group, region not in site.stopped) for region, group in site.recording.items()}
    return SimpleNamespace(
        RECORDING=recording, RULES=site.rules, STALE_RULES=site.stale, VOLUMES=site.volumes,
        CONFORMANCE_PACKS={}, delivery_channel=config_rules.delivery_channel,
        recorder=lambda region: config_rules.recorder(region, site.account, recording),
        recorder_status=lambda region: config_rules.recorder_status(region, site.account, recording),
    )  # fmt: skip


def _analyzers(site: GeneratedAccount) -> Any:
    def arn(region: str, name: str) -> str:
        return next((one["arn"] for one in site.analyzers.get(region, []) if one["name"] == name), name)

    return SimpleNamespace(arn=arn, ANALYZERS=site.analyzers, ARCHIVE_RULES={}, FINDINGS=site.findings)


def _trails(site: GeneratedAccount) -> Any:
    """Return the organization's trail, which members see too, and events, which its owner alone has."""
    here = site.account == MANAGEMENT_ACCOUNT
    return SimpleNamespace(
        TRAIL_ARN=trails.TRAIL_ARN, STATUS=trails.STATUS, SELECTORS=trails.SELECTORS,
        ABOUT=trails.ABOUT, ANSWERED=trails.ANSWERED,
        DIRECTORY_DETAILS=trails.DIRECTORY_DETAILS,
        TRAILS={HOME: trails.TRAILS[HOME]}, EVENTS=trails.EVENTS if here else {},
    )  # fmt: skip
