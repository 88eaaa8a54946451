"""Settings (`evidence.toml` and options) as typed values, and the audit sample that they ask for."""
