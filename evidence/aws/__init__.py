"""Everything that touches AWS: sessions, the read-only gate, one checked and retried call, causes of failure.

Knows no bundle and no collector; boto3's client names and AWS's operation names are its only vocabulary.
"""
