"""Reads what management states, each file whole or not at all."""
