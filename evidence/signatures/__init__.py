"""Checks signatures: CMS, time-stamps, the report's, and whom a reader trusts. `signing` makes them."""
