"""Generates organizations of any size from a seed: each account when it is first asked for anything.

`organization` draws the accounts and organizational units, `site` what one account holds, `plants` what is
wrong with it on purpose, `people` Identity Center. Nothing depends on anything but accounts, regions and
seed, so that any number of server processes answer alike without telling each other anything.
"""
