"""Redaction: a sealed bundle copied with keyed pseudonyms in the place of people (docs/sharing.md)."""
