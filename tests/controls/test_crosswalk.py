"""The crosswalk to other frameworks: complete, well formed, and shown."""

import re

from evidence.controls.catalogue import catalogue
from evidence.controls.crosswalk import crosswalk, frameworks, in_words, why_unmapped
from evidence.controls.summary import catalogue_json, catalogue_markdown


def test_every_test_is_mapped_or_its_family_says_why_not() -> None:
    unmapped = {test.id for test in catalogue().values() if why_unmapped(test.family)}
    assert set(crosswalk()) == set(catalogue()) - unmapped
    assert {catalogue()[test].family.value for test in unmapped} == {"reliability"}


LAST = {"A.5": 37, "A.6": 8, "A.7": 14, "A.8": 34, "1": 22, "2": 4, "3": 9, "4": 16, "5": 6}
"""The last number of each part of Annex A, and of the CIS benchmark."""


def test_ids_have_the_form_of_their_framework() -> None:
    forms = {framework.key: framework.form for framework in frameworks()}
    for test, mapped in crosswalk().items():
        for key, ids in mapped.items():
            assert ids and len(set(ids)) == len(ids), test
            assert all(re.fullmatch(forms[key], one) for one in ids), (test, ids)
        for one in (*mapped.get("iso", ()), *mapped.get("cis", ())):
            part, _, number = one.rpartition(".")
            assert int(number) <= LAST[part], (test, one)


def test_the_catalogue_shows_it() -> None:
    assert f"- **Elsewhere:** {in_words('MFA-1')}\n" in catalogue_markdown()
    assert in_words("MFA-1").startswith(
        "ISO/IEC 27001:2022: A.8.5; CIS AWS Foundations Benchmark 3.0.0: 1.10; "
    )
    (shown,) = [one["crosswalk"] for one in catalogue_json() if one["id"] == "PRIV-9"]
    assert shown == {"iso": ["A.5.24"], "cis": ["1.17"], "nist": ["IR-7"]}
    assert in_words("IPE-4") == in_words("ATT-X-OWN") == ""
