"""All tests of controls over a large account, against reading and JSON-parsing the same files once."""

import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.measure import Row, pairwise, process
from evidence.bundle import Bundle
from tests.support.bundles import ACCOUNT, ACCOUNT_TARGET, NOW, make_bundle

# As large as IAM's quotas let an account be: 1,500 policies of five versions of 6 kB; 10 kB of inline
# policies in a role, 2 kB in a user.
USERS, ROLES, POLICIES, VERSIONS = 5_000, 10_000, 1_500, 5
IAM = f"arn:aws:iam::{ACCOUNT}"
DETAILS = "iam.authorization-details"
SERVICES = ("s3", "dynamodb", "sqs", "kms", "logs", "ecr", "states", "secretsmanager")
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
REPORT = f"{ACCOUNT}/iam/credential-report.csv"
MAKE = (
    "import sys; from pathlib import Path; from benchmarks.testing import large_bundle; "
    "large_bundle(Path(sys.argv[1]))"
)
TEST = (
    "import sys; from pathlib import Path; from benchmarks.testing import perform; perform(Path(sys.argv[1]))"
)


def testing_row(scratch: Path) -> Row:
    """`run_tests` over the bundle against one plain `json.loads` of every line of its .jsonl files."""
    process([sys.executable, "-c", MAKE, scratch])  # in a process of its own: a child starts with our peak
    (root,) = scratch.glob("evidence-*")
    bundle = _opened(root)
    size = sum(path.stat().st_size for path in _files(bundle))
    memory = process([sys.executable, "-c", TEST, bundle.root]).megabytes
    base = process([sys.executable, "-c", TEST, ""]).megabytes
    seconds = pairwise(lambda: perform(bundle.root), lambda: _parse_once(bundle), runs=3)
    note = f"{size / 1e6:.0f} MB, peak {memory} MiB, {base} MiB of it before reading"
    return Row("all tests / parsing their files once", *seconds, 3.0, note)


def perform(root: Path) -> None:
    """Run every test over a bundle whose integrity is not the question here; nothing for no bundle."""
    from evidence.controls.engine import run_tests

    if root.name:
        run_tests(_opened(root))


def _opened(root: Path) -> Bundle:
    """Open without hashing: `verify` has a row of its own."""
    from evidence.bundle.format import bag

    manifest = bag.parse_manifest((root / bag.MANIFEST).read_bytes())
    return Bundle(root, "0" * 64, {name.removeprefix("data/"): digest for name, digest in manifest.items()})


def _files(bundle: Bundle) -> list[Path]:
    return sorted(bundle.root.glob("data/**/*.jsonl"))


def _parse_once(bundle: Bundle) -> None:
    for path in _files(bundle):
        with path.open("rb") as lines:
            for line in lines:
                json.loads(line)


def large_bundle(parent: Path) -> Bundle:
    """Write a bundle of 5,000 users, 10,000 roles and 200 MB of authorization details, in good order."""
    return sized_bundle(parent, USERS, ROLES, POLICIES)


def sized_bundle(parent: Path, users: int, roles: int, policies: int, **options: Any) -> Bundle:
    """Write a bundle of an account of this size, in good order."""
    from tests.controls.world import good

    world = good()
    records: dict[str, Any] = dict(world.records)
    records[DETAILS] = {ACCOUNT_TARGET: _Lazy(users, roles, policies)}
    summary = records["iam.account-summary"][ACCOUNT_TARGET][0]
    summary |= {"Users": users, "Groups": 0, "Roles": roles, "Policies": policies}
    files = {REPORT: _report(users)}
    return make_bundle(parent, records, files, regions=("us-east-1", "eu-west-1"), **options)


@dataclass(frozen=True)
class _Lazy:
    """Records made as they are written, so that the maker needs no more memory than the tested."""

    users: int
    roles: int
    policies: int

    def __len__(self) -> int:
        return self.users + self.roles + self.policies

    def __iter__(self) -> Iterator[dict[str, Any]]:
        draw = random.Random(7)  # noqa: S311  not for secrets
        for number in range(self.users):
            lists = {"GroupList": [], "UserPolicyList": _inline(draw, documents=1, statements=3)}
            yield {"UserDetail": self._principal("User", "user", number) | lists}
        for number in range(self.roles):
            used = {"LastUsedDate": _day(number % 60), "Region": "eu-west-1"}
            lists = {"InstanceProfileList": [], "RolePolicyList": _inline(draw, documents=2, statements=8)}
            more = {"AssumeRolePolicyDocument": TRUST, "RoleLastUsed": used}
            yield {"RoleDetail": self._principal("Role", "role", number) | lists | more}
        for number in range(self.policies):
            yield {"Policy": _policy(number, draw)}

    def _principal(self, kind: str, word: str, number: int) -> dict[str, Any]:
        name, own = f"{word}-{number:05}", f"own-{number % self.policies}"
        return {
            "Path": "/team/",
            f"{kind}Name": name,
            f"{kind}Id": f"A{kind[0]}DA{number:016}",
            "Arn": f"{IAM}:{word}/team/{name}",
            "CreateDate": _day(500),
            "AttachedManagedPolicies": [{"PolicyName": own, "PolicyArn": f"{IAM}:policy/{own}"}],
            "Tags": [{"Key": "owner", "Value": f"team-{number % 40}@example.com"}],
        }


def _inline(draw: random.Random, documents: int, statements: int) -> list[dict[str, Any]]:
    return [
        {"PolicyName": f"inline-{part}", "PolicyDocument": _document(draw, statements)}
        for part in range(documents)
    ]


def _policy(number: int, draw: random.Random) -> dict[str, Any]:
    own = f"own-{number}"
    versions = [
        {"VersionId": f"v{version}", "IsDefaultVersion": version == VERSIONS, "CreateDate": _day(400),
         "Document": _document(draw, statements=9)} for version in range(1, VERSIONS + 1)
    ]  # fmt: skip
    return {
        "PolicyName": own,
        "PolicyId": f"ANPA{number:016}",
        "Arn": f"{IAM}:policy/{own}",
        "Path": "/",
        "DefaultVersionId": f"v{VERSIONS}",
        "AttachmentCount": 10,
        "IsAttachable": True,
        "PolicyVersionList": versions,
    }


def _document(draw: random.Random, statements: int) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [_statement(draw, draw.choice(SERVICES)) for _ in range(statements)],
    }


def _statement(draw: random.Random, service: str) -> dict[str, Any]:
    """A statement of some 900 bytes: twelve actions on six resources, no two statements alike."""
    verbs = ("Get", "List", "Put", "Delete", "Describe", "Tag")
    things = [f"arn:aws:{service}:eu-west-1:{ACCOUNT}:thing/{draw.getrandbits(64):x}" for _ in range(3)]
    return {
        "Sid": f"{service.title()}{draw.getrandbits(32)}",
        "Effect": "Allow",
        "Action": [f"{service}:{verb}Thing{draw.randrange(40)}" for verb in verbs for _ in range(2)],
        "Resource": [resource for thing in things for resource in (thing, f"{thing}/*")],
        "Condition": {"StringEquals": {"aws:ResourceTag/team": f"team-{draw.randrange(40)}"}},
    }


def _report(count: int) -> bytes:
    from tests.controls.world import ROOT, csv_of, key, password, row

    users = (f"user-{number:05}" for number in range(count))
    rows = [
        row(name, arn=f"{IAM}:user/team/{name}", **(password(30, 2) if number % 10 == 0 else key(1, 30, 2)))
        for number, name in enumerate(users)
    ]
    return csv_of([dict(ROOT), *rows])


def _day(ago: int) -> str:
    return (NOW - timedelta(days=ago)).isoformat().replace("+00:00", "Z")
