"""Verifies a bundle: what lies in its folder, whether it is as sealed, and what that establishes."""
