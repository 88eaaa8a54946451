"""`python -m tests.differential.serve SEED READY_FILE`: the demo server, holding a generated account."""

import json
import sys
from pathlib import Path
from typing import Any

from evidence.clock import system_clock
from evidence.demo_account.account import policies, roles, users
from evidence.demo_account.answers import credentials
from evidence.demo_account.server import create_app, serve, write_ready_file
from tests.differential.accounts import Account, account


def install(made: Account) -> None:
    """Put the account's parts where the demo account's own are; before the server is made."""
    used = {name for role in roles.ROLES for name in (*role.policies, role.boundary)}
    kept = [policy for policy in policies.CUSTOMER if policy.name in used]
    policies.CUSTOMER = (*kept, *(_acceptable(policy) for policy in made.policies))
    users.USERS, users.GROUPS, users.ROOT = tuple(made.users), tuple(made.groups), made.root
    if made.password_policy is not None:
        users.PASSWORD_POLICY = dict(made.password_policy)
    plain_row = credentials._root_row
    credentials._root_row = lambda context: _root_row(plain_row(context), made.root_password)


def _acceptable(policy: Any) -> Any:
    """moto refuses documents that AWS takes; they are put in afterwards."""
    from dataclasses import replace

    from tests.differential.accounts import DOCUMENTS

    return replace(policy, versions=[DOCUMENTS["narrow"] for _ in policy.versions])


def finish(made: Account) -> None:
    """Change what moto's own checks stand in the way of; after the server is made."""
    from moto.iam.models import iam_backends

    backend = iam_backends["123456789012"]["aws"]
    for policy in made.policies:
        held = next(held for arn, held in backend.managed_policies.items() if arn.endswith(f"/{policy.name}"))
        for version, document in zip(held.versions, policy.versions, strict=True):
            version.document = json.dumps(document)
    if made.password_policy is None:
        backend.account_password_policy = None


def _root_row(row: list[str], password: str) -> list[str]:
    """Root's row with the word that newer or older accounts have for the password."""
    return [*row[:3], password, *row[4:]]


def main() -> None:
    """Serve until ended."""
    seed, ready = sys.argv[1:]
    made = account(int(seed))
    install(made)
    app = create_app(system_clock().now())
    finish(made)
    serve("127.0.0.1", 0, app, lambda url: write_ready_file(Path(ready), url))


if __name__ == "__main__":
    main()
