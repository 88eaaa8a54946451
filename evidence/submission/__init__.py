"""Submissions: several packs, of several organizations or accounts, in one signed zip with one cover."""
