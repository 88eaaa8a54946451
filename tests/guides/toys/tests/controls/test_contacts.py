"""CONTACT-1: each account names its company."""

from tests.controls.world import ACCOUNT_TARGET, good, perform_in


def test_a_contact_without_a_company(tmp_path) -> None:
    world = good()
    del world.records["account.contact-information"][ACCOUNT_TARGET][0]["ContactInformation"]["CompanyName"]
    assert perform_in(world, "CONTACT-1", tmp_path).conclusion == "exceptions noted"
