"""Collectors gather evidence: one file for each evidence item, found by `base.catalogue`."""
