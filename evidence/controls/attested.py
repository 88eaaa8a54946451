"""ATT: what auditors ask for and no API of AWS shows. Management attests it, or nothing is concluded."""

from evidence.controls.attestations import attested_test
from evidence.controls.base import register

register(
    attested_test(
        "ATT-1",
        "Root's credentials and hardware key are out of reach",
        ("CC6.1", "CC6.4"),
        "Whoever holds root's password and key can do everything, and no policy stops them.",
    ),
    attested_test(
        "ATT-2",
        "The identity provider enforces MFA for everyone assigned to AWS",
        ("CC6.1",),
        "A stolen password at the identity provider opens every account that its owner is assigned to.",
    ),
    attested_test(
        "ATT-3",
        "Contractors without a corporate identity are known, and how they get access",
        ("CC6.2",),
        "Access that joins and leaves by no personnel process stays when the contract ends.",
    ),
    attested_test(
        "ATT-4",
        "Repositories are scanned for committed keys",
        ("CC6.1", "CC7.1"),
        "A key committed to a repository is a key that everybody with a copy holds.",
    ),
    attested_test(
        "ATT-5",
        "Active analyzer findings are reviewed monthly",
        ("CC6.6", "CC7.2"),
        "A finding that nobody reads protects nothing.",
    ),
    attested_test(
        "ATT-6",
        "Long-lived keys that must exist are kept in a secret store",
        ("CC6.1",),
        "A key in a file or a chat is copied without trace.",
    ),
)
