"""Custom tests and items: what installed packages declare, and which of it a run has switched on.

Code is found by entry points of installed distributions alone, never in a pack or a working folder.
"""
