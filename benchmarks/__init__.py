"""`make bench`: ratios against the bare library or the named peer, measured in one run. Not tests."""
