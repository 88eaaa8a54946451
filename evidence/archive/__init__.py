"""Keeps packs in an archive, where a chain links each bundle to the one before."""
