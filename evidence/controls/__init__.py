"""Tests of controls over a sealed bundle: one file per topic, found by `base.catalogue`."""
