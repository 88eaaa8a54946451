"""Planner and runner: from settings to a sealed bundle."""

from evidence.collect.collect import collect, look_ahead

__all__ = ["collect", "look_ahead"]
