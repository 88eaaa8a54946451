"""Verifiers that ship in every pack stand on their own: one file each, to be read before it is run."""
