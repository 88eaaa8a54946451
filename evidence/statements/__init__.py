"""Reads what management states: accepted exceptions and attestations, each file whole or not at all."""
