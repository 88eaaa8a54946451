"""Plans and runs a collection: from settings to a sealed bundle."""

from evidence.collect.collect import collect, look_ahead
from evidence.collect.estimate import BY_DEMO_ACCOUNT, by_bundle

__all__ = ["BY_DEMO_ACCOUNT", "by_bundle", "collect", "look_ahead"]
