"""Corroboration: does AWS's own record, CloudTrail, hold the requests that a bundle's ledger lists?

Claims (what the ledger says) and events (what CloudTrail says) give one verdict a call (`matching`). Events
come from LookupEvents (`lookup`) or from files (`files`). The result is a signed addendum beside the bundle.
"""
