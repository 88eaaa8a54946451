"""Holds the demo account's data: Northwind Ledger, a fintech with one organization on AWS.

Data only, one file a topic. Ages are days before the demo account's `now`; what is wrong on purpose is listed
in `evidence.demo_account.planted`. Where a service's answer is kept as AWS shows it, the members are boto3's.
"""
