"""Collectors: one file per evidence item, found by `base.catalogue`."""
