"""Corroborates a bundle: does CloudTrail, AWS's own record, hold the requests that its ledger lists?

Claims (what the ledger says) and events (what CloudTrail says) give one verdict a call (`matching`). Events
come from LookupEvents (`lookup`) or from files (`files`). The result is a signed addendum beside the bundle.
"""
