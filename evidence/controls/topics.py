"""The topics that tests of controls stand under, in the order of the catalogue, the report and the workbook.

A test names its topic in its declaration. One that belongs to none of these declares a topic of its own in
its file, `ControlTopic("Backups")`: it comes after the others, by name, and before the two that close the
catalogue.
"""

from evidence.controls.declaration import ControlTopic

ROOT = ControlTopic("Root", order=1, prefixes=("ROOT", "ORG"))
PEOPLE = ControlTopic("People and credentials", order=2, prefixes=("USER", "MFA", "KEY", "PWD"))
LEAST_PRIVILEGE = ControlTopic("Least privilege", order=3, prefixes=("PRIV", "TRUST", "SAMPLE"))
CLOUDTRAIL = ControlTopic("CloudTrail", order=4)
CONFIG = ControlTopic("AWS Config", order=5)
ACCESS_ANALYZER = ControlTopic("Access Analyzer", order=6)
IDENTITY_CENTER = ControlTopic("Identity Center", order=7)
JOINERS_LEAVERS = ControlTopic("Joiners and leavers", order=8, prefixes=("JML",))
ACCESS_REVIEWS = ControlTopic("Access reviews", order=9, prefixes=("REV",))

COMPLETENESS = ControlTopic("Completeness and accuracy", order=98)
ATTESTED = ControlTopic("Attested by management", order=99)
CUSTOM = ControlTopic("Custom tests", order=100)
"""Those of installed packages, which are never ours."""
