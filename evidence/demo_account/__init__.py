"""Simulates an AWS organization, the demo account, for `evidence demo` and `evidence demo-aws`.

It answers over HTTP as AWS would: boto3 and the AWS CLI take it for AWS when AWS_ENDPOINT_URL names it.
`account/` holds the data, `script` says how it changes, `as_of` makes the account of a day; `planted` lists
what is wrong with it on purpose, `answers/` has one function for each operation that is answered before moto
is asked. moto is an extra (`aws-evidence[demo]`) and is imported only when serving. Faults, throttling and
larger organizations are for tests: `python -m tests.aws_server`.
"""

from evidence.demo_account.server import DemoServer, create_app, serve

__all__ = ["DemoServer", "create_app", "serve"]
