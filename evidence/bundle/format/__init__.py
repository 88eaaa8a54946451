"""The bundle's format: its files, their names and records, and the one form that each may have."""
