"""Reads IAM policies: what a document says, and what it means for a request (docs/policy-semantics.md).

Questions that the evidence does not settle are answered `Truth.UNKNOWN` or `Decision.NOT_DETERMINED`, never
by a guess. Nothing here knows bundles or tests of controls.
"""
