"""Tests of controls run over a sealed bundle: one file for each topic, found by `catalogue`."""
