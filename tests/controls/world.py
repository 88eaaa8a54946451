"""A small account in good order: every item that a test needs, with no exception. Cases change one thing."""

import copy
import functools
import hashlib
import pickle
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from evidence.bundle import Bundle
from evidence.bundle.format import strictjson
from evidence.bundle.format.models import SampleSelection, StratumSelection
from evidence.controls.catalogue import catalogue
from evidence.controls.results import TestResult
from evidence.readers.credential_report import COLUMNS
from evidence.readers.evidence import Known
from evidence.records import Scope, Target
from evidence.settings.audit_sample import METHOD, choose_roles
from evidence.settings.model import SealedSettings
from evidence.statements.people import PeopleFile
from tests.support.bundles import (
    ACCOUNT,
    ACCOUNT_TARGET,
    NOW,
    ORGANIZATION_TARGET,
    BundleInMemory,
    bundle_in_memory,
    make_bundle,
)
from tests.support.rows import performed

US, EU = Target(Scope.REGION, ACCOUNT, "us-east-1"), Target(Scope.REGION, ACCOUNT, "eu-west-1")
REPORT_FILE = f"{ACCOUNT}/iam/credential-report.csv"
IAM = f"arn:aws:iam::{ACCOUNT}"


def ago(days: float) -> str:
    """A time before the evidence was collected, as it stands in records."""
    return (NOW - timedelta(days=days)).isoformat().replace("+00:00", "Z")


def stamp(days: float) -> str:
    """The same as the credential report writes it."""
    return (NOW - timedelta(days=days)).isoformat()


def row(user: str, **changes: str) -> dict[str, str]:
    """A row of the credential report: no password, no keys."""
    arn = f"{IAM}:root" if user == "<root_account>" else f"{IAM}:user/{user}"
    values = dict.fromkeys(COLUMNS, "N/A")
    values |= {"user": user, "arn": arn, "user_creation_time": stamp(400), "password_enabled": "false"}
    values |= {name: "false" for name in COLUMNS if name.endswith("_active")}
    return values | changes


def key(number: int, rotated: float, used: float | None, active: bool = True) -> dict[str, str]:
    """The columns of one access key."""
    prefix = f"access_key_{number}_"
    return {
        f"{prefix}active": str(active).lower(),
        f"{prefix}last_rotated": stamp(rotated),
        f"{prefix}last_used_date": "N/A" if used is None else stamp(used),
    }


def password(changed: float, used: float | None, mfa: bool = True) -> dict[str, str]:
    """The columns of a console password."""
    return {
        "password_enabled": "true",
        "password_last_changed": stamp(changed),
        "password_last_used": "no_information" if used is None else stamp(used),
        "mfa_active": str(mfa).lower(),
    }


ROOT = row("<root_account>", password_enabled="not_supported", mfa_active="true")


def csv_of(rows: Sequence[Mapping[str, str]], columns: Sequence[str] = COLUMNS) -> bytes:
    lines = [",".join(columns), *(",".join(values[name] for name in columns) for values in rows)]
    return "\n".join(lines).encode()


PEOPLE = b"""id,name,email,started,left,manager,contractor
ingrid,Ingrid Solheim,ingrid@x.example,2025-03-01,,,no
ledger team,The ledger team,ledger@x.example,2024-01-01,,ingrid,no
tomas,Tomas Lindqvist,tomas@x.example,2025-06-01,2026-12-31,ingrid,yes
"""
KNOWN = Known(people=PeopleFile.read(PEOPLE))
"""What the company says of the account in good order: nobody has access whom it does not know."""


class World:
    """Records and files of a bundle to be; tests change them, then perform a test of controls."""

    def __init__(self, records: dict[str, dict[Target, list[Any]]], report: list[dict[str, str]]) -> None:
        self.records = records
        self.report = report
        self.options: dict[str, Any] = {}

    def bundle(self) -> BundleInMemory:
        """Return the bundle, in memory."""
        data, options = self._contents()
        return bundle_in_memory(*data, **options)

    def written(self, parent: Path) -> Bundle:
        """Write the bundle, for what needs a folder."""
        data, options = self._contents()
        return make_bundle(parent, *data, **options)

    def _contents(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What the bundle holds, with the selection of roles as the runner records it."""
        options = dict(self.options)
        files = dict(options.pop("files", {}))
        if "iam.credential-report" in self.records:
            files.setdefault(REPORT_FILE, csv_of(self.report))
        if "iam.authorization-details" in self.records:
            targets = self.records["iam.authorization-details"]
            options.setdefault("samples", [self.selection(options.get("settings"), one) for one in targets])
        return (self.records, files), options

    def selection(
        self, settings: SealedSettings | None = None, target: Target = ACCOUNT_TARGET
    ) -> SampleSelection:
        """The recorded selection that fits an account's details."""
        sampling = (settings or SealedSettings()).sampling
        details = self.records["iam.authorization-details"][target]
        seed = sampling.seed or hashlib.sha256(b"".join(map(strictjson.line, details))).hexdigest()
        roles = [one["RoleDetail"] for one in details if isinstance(one, dict) and "RoleDetail" in one]
        sample = choose_roles(roles, sampling, seed)
        return SampleSelection(
            account=target.account,
            method=METHOD,
            seed=seed,
            seed_source="digest of iam.authorization-details",
            population=sample.population,
            population_digest=sample.population_digest,
            size=sample.size,
            named=sample.named,
            chosen=sample.chosen,
            strata=tuple(
                StratumSelection(
                    name=entry.name,
                    population=entry.population,
                    population_digest=entry.population_digest,
                    chosen=entry.chosen,
                )
                for entry in sample.strata
            ),
        )


def good(test: str = "") -> World:
    """Return the account in good order, with the items that only the cases of this test of controls tell of.

    Other tests do without them: a new item changes nothing of what they say.
    """
    from tests.corpus.labelled import items_in_good_order, run_in_good_order

    own = items_in_good_order()
    read = (*catalogue()[test].needs, *catalogue()[test].uses) if test else ()
    more = copy.deepcopy({item: own[item] for item in read if item in own})
    users = [row("svc-ledger", **key(1, 30, 1), mfa_active="true"), row("dormant", mfa_active="true")]
    world = World(pickle.loads(_records()) | more, [dict(ROOT), *users])  # noqa: S301
    world.options |= run_in_good_order(read)
    return world


@functools.cache
def _records() -> bytes:
    """The records, to be copied a thousand times, which pickle does faster than copy."""
    from tests.controls.world_records import RECORDS

    return pickle.dumps(RECORDS)


def perform_in(world: World, test: str) -> TestResult:
    return performed(catalogue()[test], world.bundle())


Change = Callable[[World], object]


def verdicts(result: TestResult) -> list[str]:
    return [entry.verdict.value for entry in result.rows]


__all__ = ["ACCOUNT", "ACCOUNT_TARGET", "EU", "NOW", "ORGANIZATION_TARGET", "US"]
