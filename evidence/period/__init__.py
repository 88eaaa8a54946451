"""Tells what the packs of an archive show of a period: coverage, tests, populations, people, reviews.

`source` opens one verified pack after another; everything else keeps what it needs of each and lets it go.
"""
