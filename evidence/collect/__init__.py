"""Planner and runner: from settings to a sealed bundle."""

from evidence.collect.collect import collect

__all__ = ["collect"]
