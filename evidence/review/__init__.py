"""Access reviews: the reviewers' workbooks, what comes back in them, and the bundle that it is sealed into.

Neither step asks AWS anything: both are made from a verified bundle (docs/access-review.md).
"""
