"""Redacts a sealed bundle: copies it with keyed pseudonyms in the place of people (docs/sharing.md)."""
