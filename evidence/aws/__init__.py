"""Everything that talks to AWS is here: sessions, the read-only gate, calls with retries, causes of failure.

Knows no bundle and no collector; boto3's client names and AWS's operation names are its only vocabulary.
"""
