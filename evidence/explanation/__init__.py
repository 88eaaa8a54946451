"""Explains tests, exceptions and gaps: what each means, why auditors ask, and what to do about it."""
