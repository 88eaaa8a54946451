"""Names of the company that never was, and names that somebody chose to do harm."""

ACCOUNTS = ("111122223333", "123456789012", "210987654321")
LONG_ARN = "arn:aws:iam::123456789012:role/" + "a-path-without-an-end/" * 24 + "deploy"
HOSTILE = (
    '=HYPERLINK("http://x.invalid";"y")',
    "<script>alert(1)</script>",
    "turn\u202eleft",
    "محمد علي",
    "{{ 7 * 7 }}",
    "<r><t>rich</t></r>",
    LONG_ARN,
)
