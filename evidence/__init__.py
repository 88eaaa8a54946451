"""`evidence`: SOC 2 access-control evidence from AWS, collected, sealed, tested and rendered."""

__version__ = "0.1.0"
