"""Plans and runs a collection: from settings to a sealed bundle."""

from evidence.collect.collect import collect, look_ahead, outline_run
from evidence.collect.estimate import by_bundle, by_demo_account
from evidence.collect.staging import has_stopped, sealed_before

__all__ = [
    "by_bundle",
    "by_demo_account",
    "collect",
    "has_stopped",
    "look_ahead",
    "outline_run",
    "sealed_before",
]
