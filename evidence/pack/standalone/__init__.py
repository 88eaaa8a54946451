"""Verifiers that ship in every pack and stand on their own: each is one file, to be read before it is run."""
